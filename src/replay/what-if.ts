import { Type, type Static } from 'typebox';
import { Codecs, pairExchanges, type Capture } from '../capture/index.ts';
import type { Message } from '../codec/index.ts';
import { GatewayError, messageOf } from '../ops/errors.ts';
import { maskPan } from '../field/pan.ts';
import { readAmounts } from '../simulators/terminal/index.ts';
import { schemaCheck } from '../ops/schema.ts';

const rials = Type.Integer({ minimum: 0, maximum: 999_999_999_999 });
const Schema = Type.Object(
  {
    minimumCardRials: Type.Optional(rials),
    perPurchaseRials: Type.Optional(rials),
    goods: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[0-9]{1,13}$' }),
        Type.Object(
          { eligible: Type.Optional(Type.Boolean()), priceCapRials: Type.Optional(rials) },
          { additionalProperties: false },
        ),
        { additionalProperties: false },
      ),
    ),
    otherGoodsEligible: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** Other rules: the least card part and the most voucher part of a purchase, goods by their code. What they do not say
 *  stays as it was decided. */
export type Programme = Static<typeof Schema>;

export interface Verdict {
  readonly number: number;
  readonly stan: string;
  /** Masked. */
  readonly card: string;
  readonly totalRials: bigint;
  readonly wasVoucherRials: bigint;
  readonly voucherRials: bigint;
}

export interface WhatIf {
  readonly purchases: number;
  /** Purchases that come out otherwise. */
  readonly verdicts: readonly Verdict[];
  readonly wasVoucherRials: bigint;
  readonly voucherRials: bigint;
}

const LINE = 33;

/** @throws GatewayError `programme.invalid` */
export function parseProgramme(text: string, file: string): Programme {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GatewayError('programme.invalid', `${file} is not JSON: ${messageOf(cause)}`, { cause });
  }
  const faults = schemaCheck(Schema)(value).map(({ path, unknownKey, reason }) => {
    const place = `/${path.join('/')}`;
    if (!unknownKey) return `${place} ${reason}`;
    return path.length === 2 && path[0] === 'goods'
      ? `${place} needs goods codes of 1 to 13 digits`
      : `${place} no such rule`;
  });
  if (faults.length === 0) return value as Programme;
  throw new GatewayError('programme.invalid', `${file} is not a programme: ${faults.join('; ')}`);
}

/** What other rules would have decided on recorded purchases, approved ones (00, 10) of subsidised goods. Credit that a
 *  rule would have saved or spent is there, or not, for the next purchase of the same card. */
export function whatIf(capture: Capture, programme: Programme): WhatIf {
  const { exchanges } = pairExchanges(capture.frames, new Codecs());
  const saved = new Map<string, bigint>();
  const verdicts: Verdict[] = [];
  const sum = { purchases: 0, was: 0n, is: 0n };
  const seen = new Set<string>();
  for (const [index, { request, message, answerMessage: answer }] of exchanges.entries()) {
    if (request.from !== 'terminal' || message === undefined || answer === undefined || !counts(message, answer))
      continue;
    const identity = [11, 12, 13, 41].map((de) => message.get(de)).join();
    if (seen.has(identity)) continue; // a repeat moves nothing
    seen.add(identity);
    const pan = message.get(2) ?? message.get(35)?.split('=')[0] ?? '';
    const amounts = readAmounts(answer.get(54));
    const was = amounts.get('9841') ?? 0n;
    const credit = was + (amounts.get('9802') ?? 0n) + (saved.get(pan) ?? 0n);
    const total = BigInt(message.get(4) ?? '0');
    const is = voucherPart(message, answer, programme, total, credit < 0n ? 0n : credit);
    saved.set(pan, (saved.get(pan) ?? 0n) + was - is);
    sum.purchases++;
    sum.was += was;
    sum.is += is;
    if (is !== was)
      verdicts.push({
        number: index + 1,
        stan: message.get(11) ?? '',
        card: maskPan(pan),
        totalRials: total,
        wasVoucherRials: was,
        voucherRials: is,
      });
  }
  return { purchases: sum.purchases, verdicts, wasVoucherRials: sum.was, voucherRials: sum.is };
}

function counts(message: Message, answer: Message): boolean {
  return (
    message.mti.startsWith('020') &&
    /^1798(00|98)$/.test(message.get(3) ?? '') &&
    /^(00|10)$/.test(answer.get(39) ?? '')
  );
}

function voucherPart(message: Message, answer: Message, programme: Programme, total: bigint, credit: bigint): bigint {
  const card = message.get(3) === '179800' ? BigInt(programme.minimumCardRials ?? 0) : 0n;
  const most = [credit, eligible(message, answer, programme, total), total > card ? total - card : 0n];
  if (programme.perPurchaseRials !== undefined) most.push(BigInt(programme.perPurchaseRials));
  return most.reduce((least, one) => (one < least ? one : least));
}

/** Rials of the basket's lines that may draw credit: by the programme where it names the goods, else as it was decided. */
function eligible(message: Message, answer: Message, programme: Programme, total: bigint): bigint {
  const basket = message.get('48.01');
  if (basket === undefined) return total;
  const verdicts = answer.get('48.12');
  let sum = 0n;
  for (let at = 0, line = 0; at + LINE <= basket.length; at += LINE, line++) {
    const goods = basket.slice(at, at + 13).replace(/^0+(?=\d)/, '');
    const rule = Object.entries(programme.goods ?? {}).find(([code]) => code.replace(/^0+(?=\d)/, '') === goods)?.[1];
    const amount = BigInt(basket.slice(at + 21, at + LINE));
    const wasEligible = verdicts === undefined || verdicts.slice(line * 14, line * 14 + 2) !== '01';
    if (!(rule?.eligible ?? programme.otherGoodsEligible ?? wasEligible)) continue;
    const pieces = BigInt(basket.slice(at + 15, at + 21));
    const cap = rule?.priceCapRials === undefined ? amount : BigInt(rule.priceCapRials) * (pieces === 0n ? 1n : pieces);
    sum += cap < amount ? cap : amount;
  }
  return sum;
}

/** For a person. */
export function whatIfText({ purchases, verdicts, wasVoucherRials, voucherRials }: WhatIf): string {
  const amount = (value: bigint): string => value.toLocaleString('en-US').padStart(16);
  const lines = verdicts.map(
    ({ number, stan, card, totalRials, wasVoucherRials: was, voucherRials: is }) =>
      `#${number} STAN ${stan} ${card}: total${amount(totalRials)}  voucher was${amount(was)}  would be${amount(is)}`,
  );
  const change = voucherRials - wasVoucherRials;
  return [
    ...lines,
    `${purchases} purchases, ${verdicts.length} would come out otherwise; vouchers ${wasVoucherRials.toLocaleString('en-US')} → ${voucherRials.toLocaleString('en-US')} rials (${change > 0n ? '+' : ''}${change.toLocaleString('en-US')})`,
  ].join('\n');
}
