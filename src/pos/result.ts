import type { MoneyUnit } from '../field/money-unit.ts';
import { maskPan } from '../field/pan.ts';
import { readAmounts, type Answer, type Deed } from '../simulators/terminal/index.ts';
import type { CounterGood } from './counter.ts';
import type { Result, SoldGood, Split } from './screen.ts';

/** What of an answer is shown and printed. */
export function resultOf(
  deed: Deed,
  { rc, message, request, unit }: Answer,
  goods: readonly CounterGood[],
  at: number,
): Result {
  const amounts = readAmounts(message.get(54), unit);
  const pan = request.get(35)?.split(/[=D]/)[0];
  const approved = rc === '00' || rc === '10';
  return {
    ...{ deed, approved, rc, at },
    text: message.get('48.13'),
    rrn: message.get(37),
    stan: request.get(11) ?? '',
    card: pan === undefined ? undefined : maskPan(pan),
    terminal: request.get(41) ?? '',
    unit,
    total: BigInt(request.get(4) ?? '0') * unit.stepRials,
    voucher: amounts.get('9841'),
    byCard: amounts.get('0041'),
    cash: amounts.get('0004'),
    left: amounts.get('9802'),
    balance: amounts.get('0002') ?? amounts.get('0001'),
    ends: message.get('48.17'),
    token: approved ? message.get('48.11') : undefined,
    goods: soldOf(goods, message.get('48.12') ?? '', unit),
  };
}

/** Tag 12: verdict n2 and the voucher's part n12 a line. */
function soldOf(goods: readonly CounterGood[], verdicts: string, { stepRials }: MoneyUnit): SoldGood[] {
  return goods.map((good, index) => {
    const line = /^\d{14}$/.exec(verdicts.slice(index * 14, (index + 1) * 14))?.[0];
    return {
      good,
      verdict: line?.slice(0, 2),
      voucher: line === undefined ? undefined : BigInt(line.slice(2)) * stepRials,
    };
  });
}

/** @param rials that the quote was asked for */
export function splitOf({ message, unit }: Answer, rials: bigint): Split {
  const amounts = readAmounts(message.get(54), unit);
  const voucher = amounts.get('9841') ?? 0n;
  return { voucher, rest: rials - voucher, left: amounts.get('9802') ?? 0n };
}
