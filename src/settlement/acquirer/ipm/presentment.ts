import type { Message } from '../../../codec/index.ts';
import { isDay } from '../../../field/jalali.ts';
import type { MoneyUnit } from '../../../field/money-unit.ts';
import { stepOf, type AcquirerLine, type LineKind } from '../model.ts';
import { pdsOf } from './codec.ts';

/** What must be there, and what may be left out: files of card networks tell a line by its ARN (DE 31), have no STAN, and tell
 *  approvals only. */
const ELEMENTS: readonly (readonly [de: number, pattern: RegExp, may?: 'be left out'])[] = [
  [4, /^\d{12}$/],
  [11, /^\d{6}$/, 'be left out'],
  [12, /^\d{12}$/],
  [24, /^200$/],
  [31, /^\d{23}$/, 'be left out'],
  [37, /^[A-Za-z0-9]{12}$/, 'be left out'],
  [39, /^0\d\d$/, 'be left out'],
  [41, /^[A-Za-z0-9]{8}$/],
  [42, /^[A-Za-z0-9]{15}$/],
  [49, /^\d{3}$/],
];
const TIME = /^([01]\d|2[0-3])[0-5]\d[0-5]\d$/;
/** DE 54: account, amount type 41, currency, sign, amount n12 (wire.md 7). */
const PART = /^(98|00)41(\d{3})[CD](\d{12})/;
const PART_CHARACTERS = 20;

/** A 1240: one line. PDS 0158 is its kind; without it, a PDS 0025 that begins with R says that it is a reversal. PDS 0176 is
 *  the shop's Sheba. DE 49 is the unit of its file, or that of its own day, as it may repeat what was said then.
 *  @param unitOn the unit of the acquirer on a day
 *  @returns what is wrong first, as a phrase that begins with the element, when it is no line */
export function presentment(
  message: Message,
  record: number,
  file: MoneyUnit,
  unitOn: (day: string) => MoneyUnit,
): AcquirerLine | string {
  for (const [de, pattern, may] of ELEMENTS) {
    const value = message.get(de);
    if (value === undefined && may !== undefined) continue;
    if (value === undefined) return `DE ${de} is not there`;
    if (!pattern.test(value)) return `DE ${de} may not be "${value.slice(0, 20)}"`;
  }
  const at = (de: number): string => message.get(de) ?? '';
  const reference = at(37) || at(31);
  if (reference === '') return 'DE 37 and DE 31 are missing';
  const local = at(12);
  const localDate = `20${local.slice(0, 2)}-${local.slice(2, 4)}-${local.slice(4, 6)}`;
  if (!isDay(localDate) || !TIME.test(local.slice(6))) return `DE 12 "${local}" is not a date and time`;
  const unit = [file, unitOn(localDate)].find(({ numeric }) => numeric === at(49));
  if (unit === undefined) return `DE 49 may not be "${at(49)}"`;
  const pds = pdsOf(message);
  if (typeof pds === 'string') return `DE 48 ${pds}`;
  const kind = kindOf(pds);
  const sheba = pds.get('0176') ?? '';
  if (kind === undefined) return 'DE 48 PDS 0158 is none of SALE, REV, ADJ, CHB';
  if (sheba.length > 34) return 'DE 48 PDS 0176 is longer than a Sheba';
  const parts = partsOf(at(54), unit.numeric);
  if (parts === undefined) return `DE 54 is not made of parts 98 or 00, 41, ${unit.numeric}, D or C, n12, each once`;
  const total = BigInt(at(4));
  if (parts.voucher + parts.card > total) {
    return `DE 54 voucher ${parts.voucher} and card ${parts.card} exceed ${total}`;
  }
  return {
    line: record,
    kind,
    terminal: at(41),
    merchant: at(42),
    localDate,
    localTime: local.slice(6),
    stan: at(11),
    rrn: reference,
    responseCode: at(39).slice(1) || '00',
    totalRials: total * unit.stepRials,
    voucherRials: parts.voucher * unit.stepRials,
    cardRials: parts.card * unit.stepRials,
    trace: '',
    sheba,
    feeRials: 0n,
    ...stepOf(unit),
  };
}

function kindOf(pds: ReadonlyMap<string, string>): LineKind | undefined {
  const kind = pds.get('0158') ?? (pds.get('0025')?.startsWith('R') === true ? 'REV' : 'SALE');
  return kind === 'SALE' || kind === 'REV' || kind === 'ADJ' || kind === 'CHB' ? kind : undefined;
}

function partsOf(text: string, number: string): { voucher: bigint; card: bigint } | undefined {
  const parts = new Map<string, bigint>();
  for (let at = 0; at < text.length; at += PART_CHARACTERS) {
    const [, account, unit, steps] = PART.exec(text.slice(at, at + PART_CHARACTERS)) ?? [];
    if (account === undefined || steps === undefined || unit !== number || parts.has(account)) return undefined;
    parts.set(account, BigInt(steps));
  }
  return { voucher: parts.get('98') ?? 0n, card: parts.get('00') ?? 0n };
}
