import { encodeChunk, readChunkRequest, readWireReport } from '../../updates/format/index.ts';
import { tehran } from '../../ops/clock.ts';
import type { Message } from '../../codec/index.ts';
import type { Answer, Mapped, Transaction } from '../../profiles/index.ts';
import type { RequestKind } from '../case.ts';

/** What the scripted gateway side says where no rule of a case says otherwise: everything that can be approved is. */

/** Credit that is left after every transaction of the laboratory. */
export const LEFT_RIALS = 12_345_678n;
/** Tag 17, as the gateway writes it for receipts. */
export const CREDIT_DATES = 'پایان اعتبار ۱۴۰۵/۰۹/۳۰؛ شارژ بعدی ۱۴۰۵/۱۰/۰۱';
const BALANCE_RIALS = 50_000_000n;

/** The file that the update cases serve: three pieces. */
export const UPDATE_FILE = 'timestamp.json';
export const UPDATE_BYTES = Buffer.from(
  JSON.stringify({ signed: { _type: 'timestamp', version: 1, laboratory: 'k'.repeat(1_500) }, signatures: [] }),
);

export function kindOf(tx: Mapped, message: Message): RequestKind {
  if (tx.kind === 'refused') return byMti(message);
  switch (tx.kind) {
    case 'network':
      return NETWORK[tx.code] ?? 'other';
    case 'forward':
      return tx.processingCode.startsWith('31') ? 'balance' : 'ordinary';
    case 'quote-release':
      return 'release';
    case 'goods':
      return 'goods';
    default:
      return tx.kind;
  }
}

/** The list of a laboratory. */
const GOODS: NonNullable<Answer['goods']> = [
  { code: '6260000000017', category: '1', nameFa: 'روغن مایع', unit: '00', capRials: 900_000n },
  { code: '0000000000002', category: '2', nameFa: 'برنج', unit: '01', capRials: undefined },
  { code: '0000000000005', category: '5', nameFa: 'شیر', unit: '02', capRials: undefined },
];

const NETWORK: Readonly<Record<string, RequestKind>> = {
  '001': 'sign-on',
  '002': 'sign-off',
  '101': 'keys',
  '301': 'echo',
  '901': 'piece',
  '902': 'report',
};

/** What a request that breaks the contract was meant to be. */
function byMti(message: Message): RequestKind {
  const code = message.has(3) ? (message.get(3) ?? '') : '';
  if (message.mti.startsWith('02'))
    return code === '000000' ? 'ordinary' : /^(17|68|80)/.test(code) ? 'purchase' : 'other';
  if (message.mti.startsWith('04')) return 'reversal';
  return message.mti.startsWith('05') ? 'totals' : 'other';
}

/** Reference YDDDhh + 6 digits (wire.md 3, DE 37). */
export function rrnOf(now: number, serial: number): string {
  const { isoDate, time } = tehran(now);
  const day = Math.floor((Date.parse(isoDate) - Date.parse(`${isoDate.slice(0, 4)}-01-01`)) / 86_400_000) + 1;
  return `${isoDate[3] ?? '0'}${String(day).padStart(3, '0')}${time.slice(0, 2)}${String(serial % 1_000_000).padStart(6, '0')}`;
}

/** A quote that was given: what it was about, and its parts. */
export interface Quote {
  readonly totalRials: bigint;
  readonly voucherRials: bigint;
  readonly cardRials: bigint;
}

/** @param serial counts the transactions of the run
 *  @param quote that a purchase names */
export function decide(tx: Transaction, now: number, serial: number, token: string, quote?: Quote): Answer {
  const approval = {
    rc: '00',
    rrn: rrnOf(now, serial),
    authCode: String(100_000 + (serial % 900_000)),
    creditLeftRials: LEFT_RIALS,
  };
  switch (tx.kind) {
    case 'purchase':
      // Another card part than the customer was told is nobody's purchase (docs/profiles.md, `amount`).
      if (tx.totalOf === 'card' && quote?.cardRials !== tx.totalRials) return { rc: '25', rrn: approval.rrn };
      return {
        ...approval,
        voucherRials: quote?.voucherRials ?? tx.totalRials,
        ...(quote === undefined ? {} : { cardRials: quote.cardRials }),
        receiptToken: token,
        creditDates: CREDIT_DATES,
        lines: tx.basket?.map(({ amountRials }) => ({ verdict: '00' as const, voucherRials: amountRials })),
      };
    case 'quote':
      return {
        ...approval,
        ...(tx.totalRials > 0n ? { voucherRials: tx.totalRials, cardRials: 0n } : {}),
        ...(tx.reserve ? { quoteRef: `1${approval.rrn}` } : {}),
        lines: tx.basket?.map(({ amountRials }) => ({ verdict: '00' as const, voucherRials: amountRials })),
      };
    case 'return':
      return { ...approval, voucherRials: tx.totalRials };
    case 'forward':
      return tx.processingCode.startsWith('31')
        ? { ...approval, creditLeftRials: undefined, passThrough: { '54': balances() } }
        : { ...approval, creditLeftRials: undefined, cardRials: tx.totalRials };
    case 'quote-release':
      return approval;
    case 'goods':
      return { rc: '00', goods: GOODS, page: tx.page };
    case 'reversal':
      return { rc: '00', rrn: tx.original.rrn ?? approval.rrn, creditLeftRials: LEFT_RIALS };
    case 'advice':
      return { rc: '00', rrn: tx.original.rrn ?? approval.rrn };
    case 'totals':
      return { rc: '00' };
    case 'network':
      return network(tx);
  }
}

function network(tx: Extract<Transaction, { kind: 'network' }>): Answer {
  try {
    if (tx.code === '901') {
      const { file, offset } = readChunkRequest(tx.wanted ?? '');
      return file === UPDATE_FILE ? { rc: '00', chunk: encodeChunk(UPDATE_BYTES, offset) } : { rc: '25' };
    }
    if (tx.code === '902') readWireReport(tx.report ?? '');
    return NETWORK[tx.code] === undefined ? { rc: '12', fault: '70' } : { rc: '00' };
  } catch {
    return { rc: '30', fault: tx.code === '901' ? '48.35' : '48.37' };
  }
}

function balances(): string {
  const rials = String(BALANCE_RIALS).padStart(12, '0');
  return `0001364C${rials}0002364C${rials}`;
}
