import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { verifyLedger } from '../../src/ledger/index.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import { onBusinessDay } from '../support/clock.ts';
import { commands, expireAll, type Real } from './model/commands.ts';
import { HouseholdModel } from './model/model.ts';
import type { Programme, Rules } from './model/types.ts';
import { addHousehold, addProgramme, setRules } from './model/world.ts';
import { DAY, FREE, openTestLedger, type OpenLedger, type TestLedger } from './support/books.ts';

/** More for a night's run. */
const RUNS = Number(process.env['KALABARG_MODEL_RUNS'] ?? 12);
const HOUSEHOLDS_A_RUN = 10;

let books: TestLedger;
let pools: readonly pg.Pool[];
let ledgers: readonly OpenLedger[];

beforeAll(async () => {
  books = await openTestLedger({ copies: 2, connections: 6, aheadDays: 100 });
  ({ pools, ledgers } = books);
  await addProgramme(pools[0]!, 'basics', FREE);
});
afterAll(() => books.close());

const rule: fc.Arbitrary<Rules> = fc.record({
  pinCheck: fc.constantFrom('issuer' as const, 'none' as const),
  minCardRials: fc.constantFrom(0n, 50n),
  maxPurchaseRials: fc.option(fc.bigInt(100n, 3_000n)),
  maxDayRials: fc.option(fc.bigInt(500n, 6_000n)),
  maxDayPurchases: fc.option(fc.integer({ min: 1, max: 8 })),
  maxPeriodRials: fc.option(fc.bigInt(500n, 8_000n)),
});

/** The second programme rarely limits as well: limits upon limits leave little to buy. */
const rules = fc.record({ test: rule, basics: fc.oneof({ weight: 2, arbitrary: fc.constant(FREE) }, rule) });

async function household(now: number, members: number, model: Readonly<Record<Programme, Rules>>) {
  const day = (days: number): string => tehran(now + days * DAY).isoDate;
  const buckets = [
    { programme: 'test', rials: 500n, from: day(-5), to: day(0) },
    { programme: 'basics', rials: 900n, from: day(-5), to: day(1) },
    { programme: 'test', rials: 2_500n, from: day(-5), to: day(2) },
    { programme: 'basics', rials: 600n, from: day(-5), to: day(20) },
    { programme: 'test', rials: 3_500n, from: day(-5), to: day(30) },
  ] as const;
  const { id, cards } = await addHousehold(pools[0]!, members, buckets);
  const real: Real = {
    ledgers,
    pool: pools[0]!,
    household: id,
    cards,
    now,
    asked: new Map(),
    quoteRefs: new Map(),
    reversals: [],
  };
  return { model: new HouseholdModel(model, members, buckets), real };
}

test('any schedule of requests to many households is answered as the model answers it', async () => {
  const schedules = fc.array(fc.commands([...commands], { maxCommands: 25 }), {
    minLength: HOUSEHOLDS_A_RUN,
    maxLength: HOUSEHOLDS_A_RUN,
  });
  await fc.assert(
    fc.asyncProperty(rules, schedules, schedules, async (law, first, second) => {
      await setRules(pools[0]!, law.test);
      await setRules(pools[0]!, law.basics, 'basics');
      const runs = await Promise.all(first.map((_, n) => household(systemClock.now(), 1 + (n % 3), law)));
      for (const schedule of [first, second]) {
        await Promise.all(runs.map(({ model, real }, n) => fc.asyncModelRun(() => ({ model, real }), schedule[n]!)));
        const day = tehran(Math.max(...runs.map(({ real }) => real.now))).isoDate;
        await onBusinessDay(pools[0]!, day, () => expireAll(ledgers[0]!, runs));
      }
      const { rows } = await pools[0]!.query<{ lane: string; rials: string[] }>(
        'select lane, array_agg(amount_rials order by advice_id) as rials from bank_advices where lane = any($1) group by 1',
        [runs.map(({ real }) => real.household)],
      );
      const queued = new Map(rows.map(({ lane, rials }) => [lane, rials.map(BigInt)]));
      for (const { model, real } of runs) expect(queued.get(real.household) ?? []).toEqual(model.advices);
      expect(await verifyLedger(pools[0]!)).toEqual([]);
    }),
    { numRuns: RUNS, endOnFailure: false },
  );
}, 540_000);
