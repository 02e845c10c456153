import { isDay } from '../../field/jalali.ts';
import type { MoneyUnit } from '../../field/money-unit.ts';
import { stepOf, type AcquirerLine, type LineKind } from './model.ts';
import { parseIsoRials } from '../../field/rials.ts';

type Values = ReadonlyMap<string, string>;

const FAMILY = 'BkTxCd/Domn/Fmly/SubFmlyCd';
const AT = /^(\d{4}-\d{2}-\d{2})T(([01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?$/;

/** A card transaction of a statement: `Amt` is the card part, which is the money that the account saw, `AmtDtls/InstdAmt` the
 *  whole of it; `TxRef` or `EndToEndId` is the RRN, `SeqNb` the STAN, `POI/Id/Id` the terminal and `POI/GrpId` the shop.
 *  @param entry what stands in Ntry
 *  @param detail what stands in the TxDtls
 *  @param unit of the statement
 *  @returns what is wrong, as a phrase, when it is no line */
export function cardEntry(entry: Values, detail: Values, line: number, unit: MoneyUnit): AcquirerLine | string {
  const kind = kindOf(entry);
  if (kind === undefined) {
    return `${FAMILY} "${(entry.get(FAMILY) ?? '').slice(0, 10)}" is neither POSP nor POSC: no card payment`;
  }
  const card = moneyOf(detail, 'Amt', unit);
  const total = detail.has('AmtDtls/InstdAmt/Amt') ? moneyOf(detail, 'AmtDtls/InstdAmt/Amt', unit) : card;
  if (card === undefined || total === undefined) return `TxDtls has no Amt and InstdAmt in whole ${unit.alpha}`;
  if (card > total) return `Amt ${card} exceeds InstdAmt ${total}`;
  const tx = (name: string): string => detail.get(`CardTx/Tx/Indv/${name}`) ?? '';
  const poi = (name: string): string => detail.get(`CardTx/POI/${name}`) ?? entry.get(`CardTx/POI/${name}`) ?? '';
  const [, localDate = '', localTime = ''] = AT.exec(tx('TxId/TxDtTm')) ?? [];
  const known = {
    terminal: poi('Id/Id'),
    merchant: poi('GrpId'),
    stan: tx('SeqNb'),
    rrn: tx('TxId/TxRef') || (detail.get('Refs/EndToEndId') ?? ''),
    sheba: detail.get('RltdPties/CdtrAcct/Id/IBAN') ?? '',
  };
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    const value = known[name as keyof typeof known];
    if (!pattern.test(value)) return `${name} may not be "${value.slice(0, 40)}"`;
  }
  if (!isDay(localDate)) return `TxDtTm "${tx('TxId/TxDtTm').slice(0, 40)}" is not a date and time`;
  return {
    ...known,
    line,
    kind,
    localDate,
    localTime: localTime.replaceAll(':', ''),
    responseCode: /^\w{3} \S+ (\w\w)$/.exec(detail.get('AddtlTxInf') ?? '')?.[1] ?? '00',
    totalRials: total,
    voucherRials: total - card,
    cardRials: card,
    trace: '',
    feeRials: 0n,
    ...stepOf(unit),
  };
}

const PATTERNS: Readonly<Record<'terminal' | 'merchant' | 'stan' | 'rrn' | 'sheba', RegExp>> = {
  terminal: /^[A-Za-z0-9]{8}$/,
  merchant: /^[A-Za-z0-9]{15}$/,
  stan: /^\d{6}$/,
  rrn: /^[A-Za-z0-9]{12}$/,
  sheba: /^.{0,34}$/,
};

/** ISO 20022 sub-families of card payments: POSP point of sale, POSC credit adjustment. */
function kindOf(entry: Values): LineKind | undefined {
  const family = entry.get(FAMILY);
  if (family === 'POSC') return 'ADJ';
  if (family !== 'POSP') return undefined;
  return entry.get('RvslInd') === 'true' ? 'REV' : 'SALE';
}

/** A credit is positive, a debit negative.
 *  @param otherwise the direction of what this is part of */
export function signedOf(values: Values, unit: MoneyUnit, otherwise?: string): bigint | undefined {
  const rials = moneyOf(values, 'Amt', unit);
  const direction = values.get('CdtDbtInd') ?? otherwise;
  if (rials === undefined || (direction !== 'CRDT' && direction !== 'DBIT')) return undefined;
  return direction === 'CRDT' ? rials : -rials;
}

function moneyOf(values: Values, path: string, unit: MoneyUnit): bigint | undefined {
  return parseIsoRials(values.get(path), values.get(`${path}@Ccy`), [unit]);
}
