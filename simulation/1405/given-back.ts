import type { Ledger, PurchaseRequest } from '../../src/ledger/index.ts';
import { tehran } from '../../src/ops/clock.ts';
import type { Counter, Step } from './announcements.ts';
import { moneyUnitOf } from './converted.ts';
import { givenBack, inSteps, type GivenBack } from './switch.ts';

/** The product's side of what is given back: terminals that reverse purchases at once, and shops that take them back days later. */

export interface Sale {
  readonly n: number;
  readonly request: PurchaseRequest;
  readonly rrn: string;
  /** Of the day of purchases. */
  readonly number: number;
  readonly back: GivenBack;
}

/** By the number of the day of purchases on which they come back. */
export type Due = Map<number, Sale[]>;

/** Notes an approved purchase that will come back. */
export function noteSale(due: Due, seed: number, counter: Counter, sale: Omit<Sale, 'back' | 'number'>): void {
  const back = givenBack(seed, sale.n, counter);
  if (back === undefined) return;
  const day = counter.number + back.later;
  const sales = due.get(day) ?? [];
  due.set(day, sales);
  sales.push({ ...sale, number: counter.number, back });
}

/** More than a terminal uses on a day of purchases. */
const STANS = 10_000;
/** At once, this many. */
const AT_ONCE = 400;

/** Gives back what is due on this day. */
export async function giveBack(
  ledger: Ledger,
  due: Due,
  { number, at, successor }: Step & { kind: 'back' },
  answered: (n: number, text: string) => void,
): Promise<void> {
  const households = new Map<number, Sale[]>();
  for (const sale of due.get(number) ?? []) households.set(sale.n, [...(households.get(sale.n) ?? []), sale]);
  due.delete(number);
  const waiting = [...households.values()];
  let place = 0;
  const shop = async (): Promise<void> => {
    while (place < waiting.length) {
      // of one household one after the other, the oldest purchase first
      for (const sale of waiting[place++]!.sort((a, b) => a.number - b.number))
        answered(sale.n, await back(ledger, sale, at, successor));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, shop));
}

async function back(ledger: Ledger, { request, rrn, number, back }: Sale, at: number, successor: Counter['successor']) {
  const unit = successor === undefined || back.old ? undefined : moneyUnitOf(successor);
  const whole = Number(request.totalRials);
  const rials = back.half ? Math.floor(whole / 2) + 1 : whole;
  const totalRials = BigInt(unit === undefined ? rials : inSteps(rials, Number(unit.stepRials)));
  const { time, date } = tehran(at);
  const head = {
    // a name of its own: what comes back of other days has the same instant
    key: {
      ...request.key,
      stan: String(Number(request.key.stan) + STANS * (number + 1)).padStart(6, '0'),
      localTime: time,
      localDate: date,
    },
    merchant: request.merchant,
    contentHash: request.contentHash,
    at,
  };
  if (back.how === 'reversal') {
    const { stan } = request.key;
    const original = { mti: '0200', stan, transmission: request.transmission };
    const { rc } = await ledger.reverse({ ...head, original, totalRials, correctedRials: undefined, reason: '17' });
    return `reversed ${rc}`;
  }
  const transmission = new Date(at).toISOString().replace(/^\d+-(\d+)-(\d+)T(\d+):(\d+):(\d+).*/, '$1$2$3$4$5');
  const decision = await ledger.return({
    ...head,
    transmission,
    card: request.card,
    totalRials,
    originalRrn: rrn,
    unit,
  });
  if (!('outcome' in decision)) return decision.kind;
  const { rc, voucherRials, creditLeftRials, creditEnds = '-', nextCharge = '-' } = decision.outcome;
  return ['returned', rc, voucherRials, creditLeftRials, creditEnds, nextCharge].join(' ');
}
