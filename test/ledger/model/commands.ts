import { expect } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import type {
  BasketLine,
  Decision,
  LegResult,
  RequestHeader,
  ReversalOutcome,
  ReversalRequest,
  TransactionRef,
} from '../../../src/ledger/index.ts';
import { systemClock, tehran } from '../../../src/ops/clock.ts';
import { GOODS, UNKNOWN_GOOD } from './basket.ts';
import type { HouseholdModel } from './model.ts';
import type { Asked, Expected, Quote, Sale } from './types.ts';
import {
  header,
  outcome,
  purchaseRequest,
  quoteRequest,
  returnRequest,
  reversalRequest,
  TERMINALS,
  type Face,
  type Till,
} from './world.ts';

/** What the test remembers of what it asked of one household. */
export interface Real {
  /** Several copies of the gateway: any of them may be asked. */
  readonly ledgers: readonly Face[];
  readonly pool: pg.Pool;
  readonly household: string;
  readonly cards: readonly Buffer[];
  now: number;
  readonly asked: Map<
    Sale,
    {
      readonly head: RequestHeader;
      readonly again: () => Promise<Decision>;
      ref: TransactionRef | undefined;
      rrn: string;
    }
  >;
  readonly quoteRefs: Map<Quote, string>;
  readonly reversals: { readonly request: ReversalRequest; readonly answer: ReversalOutcome }[];
}

export type Command = fc.AsyncCommand<HouseholdModel, Real>;
type Act = (model: HouseholdModel, real: Real, ledger: Face) => Promise<void>;

/** One step against any copy of the ledger, then the credit of model and database side by side. */
class Step implements fc.AsyncCommand<HouseholdModel, Real> {
  readonly #name: string;
  readonly #may: (model: Readonly<HouseholdModel>) => boolean;
  readonly #act: Act;
  readonly #copy: number;

  constructor(name: string, copy: number, may: (model: Readonly<HouseholdModel>) => boolean, act: Act) {
    [this.#name, this.#copy, this.#may, this.#act] = [name, copy, may, act];
  }

  check(model: Readonly<HouseholdModel>): boolean {
    return this.#may(model);
  }

  async run(model: HouseholdModel, real: Real): Promise<void> {
    await this.#act(model, real, real.ledgers[this.#copy % real.ledgers.length]!);
    expect(await shortOf(real)).toEqual(model.shortages.map(({ rials }) => rials).filter((rials) => rials > 0n));
    const { rows } = await real.pool.query<{ open: string; held: string; expired: string }>(
      `select amount_rials - spent_rials - held_rials - expired_rials as open, held_rials as held, expired_rials as expired
         from buckets where household_id = $1 order by valid_to`,
      [real.household],
    );
    const stored = rows.map(({ open, held, expired }) => [BigInt(open), BigInt(held), BigInt(expired)]);
    expect(stored).toEqual(model.buckets.map(({ open, held, expired }) => [open, held, expired]));
  }

  toString(): string {
    return this.#name;
  }
}

/** What reversed returns could not take again, the oldest first. */
async function shortOf(real: Real): Promise<bigint[]> {
  const { rows } = await real.pool.query<{ rials: string }>(
    'select rials from credit_shortages where household_id = $1 order by reversal_id',
    [real.household],
  );
  return rows.map(({ rials }) => BigInt(rials));
}

const todayOf = (real: Real): string => tehran(real.now).isoDate;
const anything = (): boolean => true;
const sold = (model: Readonly<HouseholdModel>): boolean => model.sales.length > 0;
const quoted = (model: Readonly<HouseholdModel>): boolean => model.quotes.length > 0;
const pick = <T>(all: readonly T[], index: number): T => all[index % all.length]!;

function told(decision: Decision): Expected {
  const {
    rc,
    voucherRials: voucher,
    cardRials: card,
    cashRials: cash,
    creditLeftRials: left,
    lines,
  } = outcome(decision);
  return { kind: decision.kind as Expected['kind'], rc, voucher, card, cash, left, lines };
}

const copy = fc.nat(7);
const index = fc.nat(20);
const till = fc.constantFrom(...TERMINALS);
const rials = fc.oneof(fc.bigInt(1n, 400n), fc.bigInt(1n, 4_000n));
const rest = fc.constantFrom('card' as const, 'cash' as const);
const line: fc.Arbitrary<BasketLine> = fc.record({
  goods: fc.constantFrom(...GOODS.map(({ code }) => code), UNKNOWN_GOOD),
  unit: fc.constantFrom('00' as const, '01' as const, '02' as const),
  quantity: fc.integer({ min: 1, max: 2_500 }),
  amountRials: fc.bigInt(1n, 1_500n),
});
const basket = fc.option(fc.array(line, { minLength: 1, maxLength: 4 }), { nil: undefined });
const leg: fc.Arbitrary<LegResult> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'approved' as const, authCode: '123456' }) },
  fc.constant({ kind: 'declined' as const, rc: '51' }),
  fc.constant({ kind: 'unsent' as const, rc: '91' }),
  fc.constant({ kind: 'doubt' as const, rc: '91', why: 'no answer' }),
);
const what = fc.record({ till, rials, rest, basket, card: fc.nat(1) });
type What = typeof what extends fc.Arbitrary<infer T> ? T : never;

function asked({ till: { guild, terminal }, rials: amount, rest: by, basket: lines }: What, real: Real): Asked {
  const total = lines === undefined ? amount : lines.reduce((sum, { amountRials }) => sum + amountRials, 0n);
  return { total, rest: by, basket: lines, guild, terminal, at: real.now, today: todayOf(real) };
}

async function buy(model: HouseholdModel, real: Real, ledger: Face, w: What, quote?: Quote): Promise<void> {
  const ask =
    quote === undefined ? asked(w, real) : { ...asked({ ...w, basket: undefined }, real), total: quote.total };
  const head = header(w.till, real.cards[w.card]!, real.now);
  const ref = quote && real.quoteRefs.get(quote);
  const request = purchaseRequest(head, ask.total, ask.rest, ask.basket, ref);
  const decision = await ledger.purchase(request);
  model.recover(ask.today);
  const sale = model.purchase(ask, quote);
  if (model.recover(ask.today)) sale.answer = { ...sale.answer, left: model.left(ask.today) };
  real.asked.set(sale, {
    head,
    again: () => ledger.purchase(request),
    ref: 'ref' in decision ? decision.ref : undefined,
    rrn: outcome(decision).rrn,
  });
  expect(told(decision)).toEqual(sale.answer);
}

/** At least one rial: a return has an amount. */
function notGivenBack({ voucher, card, cash, returned }: Sale): bigint {
  const rest = voucher + card + cash - returned[0] - returned[1] - returned[2];
  return rest > 0n ? rest : 1n;
}

const steps = {
  purchase: fc.tuple(copy, what).map(([at, w]) =>
    new Step(`buy ${w.rials} ${w.rest}${w.basket ? ' basket' : ''}`, at, anything, (m, real, ledger) => buy(m, real, ledger, w))),
  takeQuote: fc.tuple(copy, what, index).map(([at, w, i]) =>
    new Step(`buy by quote ${i}`, at, quoted, (m, real, ledger) => buy(m, real, ledger, w, pick(m.quotes, i)))),
  complete: fc.tuple(copy, index, leg).map(([at, i, end]) =>
    new Step(`complete ${i} ${end.kind}`, at, (m) => m.sales.some(({ state }) => state === 'held'), async (m, real, ledger) => {
      const sale = pick(m.sales.filter(({ state }) => state === 'held'), i);
      const got = await ledger.complete(real.asked.get(sale)!.ref!, end);
      const { isoDate: today } = tehran(systemClock.now()); // the ledger's own clock
      m.recover(today);
      const answer = m.complete(sale, end);
      const left = m.recover(today) ? m.left(today) : answer.left;
      sale.answer = { ...answer, left };
      expect(told({ kind: 'done', outcome: got } as never)).toEqual(sale.answer);
    })),
  again: fc.tuple(copy, index).map(([at, i]) =>
    new Step(`repeat ${i}`, at, sold, async (m, real) => {
      const sale = pick(m.sales, i);
      const decision = await real.asked.get(sale)!.again();
      m.recover(todayOf(real));
      if (sale.state === 'held') expect(decision.kind).toBe('pending');
      else expect({ ...told(decision), kind: sale.answer.kind }).toEqual(sale.answer);
    })),
  quote: fc.tuple(copy, what, fc.boolean()).map(([at, w, reserve]) =>
    new Step(`quote ${w.rials}${reserve ? ' reserved' : ''}`, at, anything, async (m, real, ledger) => {
      const ask = asked(w, real);
      const head = header(w.till, real.cards[w.card]!, real.now);
      const decision = await ledger.quote(quoteRequest(head, ask.total, ask.rest, ask.basket, reserve));
      m.recover(ask.today);
      const { answer, quote } = m.quote(ask, reserve);
      expect(told(decision)).toEqual(answer);
      if (quote !== undefined) real.quoteRefs.set(quote, outcome(decision).quoteRef!);
    })),
  release: fc.tuple(copy, index, till).map(([at, i, where]) =>
    new Step(`release quote ${i}`, at, quoted, async (m, real, ledger) => {
      const quote = pick(m.quotes, i);
      const head = header(where, real.cards[0]!, real.now);
      const decision = await ledger.releaseQuote({ ...head, quoteRef: real.quoteRefs.get(quote)! });
      m.recover(todayOf(real));
      const answer = m.release(quote, todayOf(real));
      const left = m.recover(todayOf(real)) ? m.left(todayOf(real)) : answer.left;
      expect(told(decision)).toEqual({ ...answer, left });
    })),
  return: fc.tuple(copy, index, fc.option(rials, { nil: undefined })).map(([at, i, some]) =>
    new Step(`return ${some ?? 'all'} of ${i}`, at, sold, async (m, real, ledger) => {
      const original = pick(m.sales, i);
      const amount = some ?? notGivenBack(original);
      const { head: of, rrn } = real.asked.get(original)!;
      const where: Till = TERMINALS.find(({ terminal }) => terminal === of.key.terminal)!;
      const head = header(where, real.cards[1]!, real.now);
      const request = returnRequest(head, amount, rrn);
      const decision = await ledger.return(request);
      m.recover(todayOf(real));
      const sale = m.return(original, amount, todayOf(real));
      if (m.recover(todayOf(real))) sale.answer = { ...sale.answer, left: m.left(todayOf(real)) };
      real.asked.set(sale, { head, again: () => ledger.return(request), ref: 'ref' in decision ? decision.ref : undefined, rrn: outcome(decision).rrn });
      expect(told(decision)).toEqual(sale.answer);
    })),
  reverse: fc.tuple(copy, index, fc.option(rials, { nil: undefined })).map(([at, i, corrected]) =>
    new Step(`reverse ${i}${corrected === undefined ? '' : ` to ${corrected}`}`, at, sold, async (m, real, ledger) => {
      const sale = pick(m.sales, i);
      const request = reversalRequest(real.asked.get(sale)!.head, real.now, corrected);
      const got = await ledger.reverse(request);
      real.reversals.push({ request, answer: got });
      m.recover(todayOf(real));
      const left = m.reverse(sale, corrected ?? 0n, todayOf(real));
      expect([got.kind, got.rc, got.creditLeftRials]).toEqual(['done', '00', m.recover(todayOf(real)) ? m.left(todayOf(real)) : left]);
    })),
  reverseAgain: fc.tuple(copy, index).map(([at, i]) =>
    new Step(`repeat reversal ${i}`, at, anything, async (m, real, ledger) => {
      if (real.reversals.length === 0) return;
      const { request, answer } = pick(real.reversals, i);
      expect(await ledger.reverse(request)).toEqual(answer);
      m.recover(todayOf(real));
    })),
  reverseFirst: fc.tuple(copy, what).map(([at, w]) =>
    new Step('reverse before its original', at, anything, async (m, real, ledger) => {
      m.recover(todayOf(real));
      const head = header(w.till, real.cards[w.card]!, real.now);
      expect((await ledger.reverse(reversalRequest(head, real.now))).rc).toBe('00');
      const decision = await ledger.purchase(purchaseRequest(head, w.rials, w.rest));
      expect([decision.kind, outcome(decision).rc]).toEqual(['declined', '12']);
    })),
  later: fc.tuple(copy, fc.constantFrom(1_000, 130_000, 86_400_000)).map(([at, ms]) =>
    new Step(`${ms} ms later`, at, anything, (_, real) => {
      real.now += ms;
      return Promise.resolve();
    })),
} as const; // prettier-ignore

/** Every kind of step; purchases and their ends more often. */
export const commands = [
  steps.purchase,
  steps.purchase,
  steps.complete,
  steps.complete,
  ...Object.values(steps),
] as const;

/** Time passes for all at once. */
export async function expireAll(ledger: Face, runs: readonly { model: HouseholdModel; real: Real }[]): Promise<void> {
  const now = Math.max(...runs.map(({ real }) => real.now));
  await ledger.housekeep(now);
  for (const { model, real } of runs) {
    model.expire(now, tehran(now).isoDate);
    real.now = now;
  }
}
