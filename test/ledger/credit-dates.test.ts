import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { receiptCredit } from '../../src/ledger/index.ts';
import { addDays, jalaliMonth, toJalali } from '../../src/field/jalali.ts';
import { creditDates } from '../../src/handlers/credit-dates.ts';
import { tehran } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import { doorLogin } from '../support/postgres.ts';
import { addHousehold, header, outcome, purchaseRequest, quoteRequest, returnRequest } from './model/world.ts';
import { DAY, openTestLedger, SHOP, type TestLedger } from './support/books.ts';

/** When credit ends and when more comes, as answers and receipts say it (DE 48 tag 17). */

let books: TestLedger;
let pool: pg.Pool;
const NOW = Date.now();
const day = (days: number): string => tehran(NOW + days * DAY).isoDate;
const MONTH = jalaliMonth(day(0));
const NEXT = jalaliMonth(addDays(MONTH.last, 1));

beforeAll(async () => {
  books = await openTestLedger();
  ({ pool } = books);
});
beforeEach(async () => {
  await pool.query('delete from programme_charges');
  await pool.query('delete from credit_window_maps');
});
afterAll(() => books.close());

interface Calendar {
  readonly from: string;
  readonly cohort: 'all' | 'decile' | 'digit';
  readonly days: readonly number[];
  readonly rials: readonly number[];
}

async function charges(programme: string, rows: readonly Calendar[]): Promise<void> {
  for (const { from, cohort, days, rials } of rows)
    await pool.query('insert into programme_charges values ($1, $2, $3, 1, $4, $5)', [
      programme,
      from,
      cohort,
      rials,
      days,
    ]);
}

const EVERYBODY = Array.from({ length: 11 }, () => 10);
const all = (on: number, from = '2020-03-20'): Calendar => ({ from, cohort: 'all', days: [on], rials: EVERYBODY });

test('the months of the database are those of the calendar', async () => {
  const { rows } = await pool.query<{ first: string; last: string; period: string }>(
    'select first_day::text as first, last_day::text as last, period from jalali_months order by first_day',
  );
  expect(rows).toHaveLength(600);
  expect(rows[0]).toEqual({ first: '2021-03-21', last: '2021-04-20', period: '1400-01' });
  for (const { first, last, period } of rows) expect({ first, last, period }).toEqual(jalaliMonth(first));
});

test('a due day is the first on which the rule of that very day charges', async () => {
  const ruleOf = (first: string) =>
    fc.record({
      from: fc.integer({ min: -40, max: 29 }).map((n) => addDays(first, n)),
      cohort: fc.constantFrom('all' as const, 'decile' as const, 'digit' as const),
      seed: fc.array(fc.integer({ min: 0, max: 29 }), { minLength: 11, maxLength: 11 }),
      rials: fc.array(fc.constantFrom(0, 10), { minLength: 11, maxLength: 11 }),
    });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(ruleOf(NEXT.first), { maxLength: 4, minLength: 1, selector: ({ from }) => from }),
      async (rules) => {
        await pool.query('delete from programme_charges');
        const rows = rules.map(({ seed, ...rule }) => ({
          ...rule,
          days: seed.slice(0, { all: 1, digit: 10, decile: 11 }[rule.cohort]),
        }));
        await charges('test', rows);
        const due = (
          await pool.query<{ due: string[] }>('select charge_due($1, $2, $3)::text[] as due', [
            'test',
            NEXT.first,
            NEXT.last,
          ])
        ).rows[0]!.due;
        expect(due).toEqual(Array.from({ length: 121 }, (_, i) => firstDue(rows, Math.floor(i / 11), (i % 11) - 1)));
      },
    ),
    { numRuns: 40 },
  );
});

/** The plain way: day by day. */
function firstDue(rows: readonly Calendar[], decile: number, digit: number): string {
  for (let today = NEXT.first; today <= NEXT.last; today = addDays(today, 1)) {
    const rule = rows.filter(({ from }) => from <= today).sort((a, b) => (a.from < b.from ? 1 : -1))[0];
    if (rule === undefined || (rule.cohort === 'digit' && digit < 0)) continue;
    const on = rule.days[{ all: 0, decile, digit }[rule.cohort]] ?? 0;
    if (on > 0 && on <= Number(toJalali(today).slice(8)) && rule.rials[decile]! > 0) return today;
  }
  return 'infinity';
}

interface Home {
  readonly id: string;
  readonly card: Buffer;
}
const home = async (
  buckets: readonly (readonly [rials: bigint, from: number, to: number, period?: string])[],
): Promise<Home> => {
  const { id, cards } = await addHousehold(pool, 1, buckets.map(([rials, from, to]) => ({ rials, from: day(from), to: day(to) }))); // prettier-ignore
  for (const [index, [, , , period]] of buckets.entries()) {
    if (period === undefined) continue;
    await pool.query(`update buckets set period = $3 where household_id = $1 and period = '1405-0' || $2::text`, [
      id,
      index + 1,
      period,
    ]);
  }
  return { id, card: cards[0]! };
};
const inquiry = async ({ card }: Home) =>
  outcome(await books.ledger.quote(quoteRequest(header(SHOP, card, NOW), 0n, 'card', undefined, false)));
const buy = async ({ card }: Home, rials: bigint, rest: 'card' | 'cash' = 'cash') => {
  const request = purchaseRequest(header(SHOP, card, NOW), rials, rest);
  return { request, decision: await books.ledger.purchase(request) };
};

describe('the end of the credit', () => {
  test('is the first day after which some of what is left is gone', async () => {
    const h = await home([[100n, -9, 3], [500n, -9, 8]]); // prettier-ignore
    expect(await inquiry(h)).toMatchObject({ creditLeftRials: 600n, creditEnds: day(3) });
    expect(outcome((await buy(h, 60n)).decision)).toMatchObject({ creditLeftRials: 540n, creditEnds: day(3) });
    expect(outcome((await buy(h, 40n)).decision)).toMatchObject({ creditLeftRials: 500n, creditEnds: day(8) });
    expect(outcome((await buy(h, 500n)).decision)).toMatchObject({ creditLeftRials: 0n, creditEnds: undefined });
  });

  test('of a return is that of what came back, too', async () => {
    const h = await home([[100n, -9, 3], [500n, -9, 8]]); // prettier-ignore
    const sale = outcome((await buy(h, 100n)).decision);
    const back = await books.ledger.return(returnRequest(header(SHOP, h.card, NOW), 50n, sale.rrn));
    expect(outcome(back)).toMatchObject({ creditLeftRials: 550n, creditEnds: day(3) });
  });

  test('is that of the policy, where one moved it', async () => {
    const h = await home([[100n, -9, 3, '1395-01']]);
    await pool.query(
      `insert into credit_window_maps values (0, jsonb_build_object('test 1395-01', jsonb_build_object('to', $1::text)), null, null)`,
      [day(33)],
    );
    expect(await inquiry(h)).toMatchObject({ creditEnds: day(33) });
  });

  test('is said again by a repeat, whatever was spent since, and not by a purchase that the bank declines', async () => {
    const h = await home([[100n, -9, 3], [500n, -9, 8]]); // prettier-ignore
    const { request, decision } = await buy(h, 60n);
    await buy(h, 40n);
    const again = await books.ledger.purchase(request);
    expect(again.kind).toBe('repeat');
    expect(outcome(again)).toEqual(outcome(decision));
    const held = (await buy(h, 900n, 'card')).decision;
    if (held.kind !== 'held') throw new Error(held.kind);
    expect(await books.ledger.complete(held.ref, { kind: 'declined', rc: '51' })).toMatchObject({
      creditEnds: undefined,
      nextCharge: undefined,
    });
  });
});

describe('the next charge', () => {
  const dayOfMonth = (n: number, { first } = NEXT): string => addDays(first, n - 1);

  test.each<[string, readonly Calendar[], readonly string[], string | undefined]>([
    ['of a household that has this month', [all(15)], [MONTH.period], dayOfMonth(15)],
    ['of one that has both months', [all(15)], [MONTH.period, NEXT.period], undefined],
    ['of one that should have got this month before', [all(1)], [], day(0)],
    ['of a programme without a calendar', [], [MONTH.period], undefined],
    ['after a rule that begins on a later day', [all(5), all(20, dayOfMonth(3))], [MONTH.period], dayOfMonth(20)],
    ['where the rule of before comes first', [all(5), all(20, dayOfMonth(6))], [MONTH.period], dayOfMonth(5)],
    ['of a calendar that begins next month', [all(5, NEXT.first)], [], addDays(NEXT.first, 4)],
    ['of a decile that gets nothing', [{ ...all(15), rials: EVERYBODY.map(() => 0) }], [MONTH.period], undefined],
  ])('%s', async (_, calendar, periods, expected) => {
    await charges('test', calendar);
    const h = await home(periods.map((period) => [100n, -9, 9, period] as const));
    expect(await inquiry(h)).toMatchObject({ nextCharge: expected });
    if (periods.length > 0) expect(outcome((await buy(h, 1n)).decision)).toMatchObject({ nextCharge: expected });
  });

  test('of a digit is its own day', async () => {
    await charges('test', [
      { from: '2020-03-20', cohort: 'digit', days: [5, 5, 5, 15, 15, 15, 15, 25, 25, 25], rials: EVERYBODY },
    ]);
    const h = await home([[100n, -9, 9, MONTH.period]]);
    for (const [digit, expected] of [
      [null, undefined],
      [2, dayOfMonth(5)],
      [3, dayOfMonth(15)],
      [9, dayOfMonth(25)],
    ] as const) {
      // prettier-ignore
      await pool.query('update households set head_last_digit = $2 where household_id = $1', [h.id, digit]);
      expect(await inquiry(h)).toMatchObject({ nextCharge: expected });
    }
  });

  test('is the first day of credit that was granted ahead', async () => {
    await charges('test', [all(29)]);
    const h = await home([[100n, -9, 9, MONTH.period], [100n, 2, 40, NEXT.period]]); // prettier-ignore
    expect(await inquiry(h)).toMatchObject({ creditLeftRials: 100n, nextCharge: day(2) });
  });

  test('is the first of several programmes', async () => {
    await pool.query(`insert into programmes values ('more') on conflict do nothing`);
    await charges('test', [all(20)]);
    await charges('more', [all(10)]);
    const h = await home([[100n, -9, 9, MONTH.period]]);
    await pool.query(
      `insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to) values ($1, 'more', $2, 0, $3, $4)`,
      [h.id, MONTH.period, MONTH.first, MONTH.last],
    );
    expect(await inquiry(h)).toMatchObject({ nextCharge: dayOfMonth(10) });
    const back = outcome((await buy(h, 10n)).decision);
    expect(outcome(await books.ledger.return(returnRequest(header(SHOP, h.card, NOW), 10n, back.rrn)))).toMatchObject({
      nextCharge: dayOfMonth(10),
    });
    await pool.query(`delete from buckets where household_id = $1 and programme_id = 'more'`, [h.id]); // it was never allocated
  });
});

test('the words say both days, one, or nothing, in 120 bytes', () => {
  const said = creditDates({ creditEnds: '2026-08-05', nextCharge: '2026-08-06' });
  expect(said).toBe('پایان اعتبار ۱۴۰۵/۰۵/۱۴؛ شارژ بعدی ۱۴۰۵/۰۵/۱۵');
  expect(Buffer.byteLength(said!)).toBeLessThanOrEqual(120);
  expect(creditDates({ creditEnds: '2026-08-05', nextCharge: undefined })).toBe('پایان اعتبار ۱۴۰۵/۰۵/۱۴');
  expect(creditDates({ creditEnds: undefined, nextCharge: '2026-08-06' })).toBe('شارژ بعدی ۱۴۰۵/۰۵/۱۵');
  expect(creditDates({ creditEnds: undefined, nextCharge: undefined })).toBeUndefined();
});

test('the public role learns of a receipt what was left then, and its days as they stand now', async () => {
  const door = openPool(await doorLogin(books.server.url), 1);
  door.on('error', () => undefined);
  const h = await home([[100n, -9, 3, '1395-02']]);
  const { receiptToken = '' } = outcome((await buy(h, 60n)).decision);
  await buy(h, 30n);
  const digest = createHash('sha256').update(receiptToken).digest();
  expect(await receiptCredit(door, digest)).toEqual({ leftRials: 40n, ends: day(3), nextCharge: undefined });
  await pool.query(
    `insert into credit_window_maps values ($2, jsonb_build_object('test 1395-02', jsonb_build_object('to', $1::text)), null, null)`,
    [day(33), Date.now()],
  );
  await charges('test', [all(15)]);
  expect(await receiptCredit(door, digest)).toMatchObject({ leftRials: 40n, ends: day(33) });
  expect(await receiptCredit(door, Buffer.alloc(32))).toBeUndefined();
  await expect(door.query('select * from buckets')).rejects.toThrow('permission denied');
  await door.end();
});
