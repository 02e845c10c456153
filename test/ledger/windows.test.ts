import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { decideWindow, listWindows, proposeWindow, verifyLedger, type WindowProposal } from '../../src/ledger/index.ts';
import { firstDayOf, addDays } from '../../src/field/jalali.ts';
import { tehran } from '../../src/ops/clock.ts';
import { DAY, openTestLedger, SHOP, type TestLedger } from './support/books.ts';
import {
  addHousehold,
  header,
  outcome,
  purchaseRequest,
  quoteRequest,
  returnRequest,
  reversalRequest,
} from './model/world.ts';

/** When credit may be spent is policy: rows that two persons made move the days of a month's credit, and buckets stay as they are. */

let books: TestLedger;
let pool: pg.Pool;
const NOW = Date.now();
const day = (days: number): string => tehran(NOW + days * DAY).isoDate;

beforeAll(async () => {
  books = await openTestLedger({ copies: 2 });
  ({ pool } = books);
});
afterAll(() => books.close());

let months = 0;
/** A month that no other test speaks of. */
const nextPeriod = (): string => `13${90 + Math.floor(months / 12)}-${String((months++ % 12) + 1).padStart(2, '0')}`;

interface Home {
  readonly id: string;
  readonly card: Buffer;
  readonly period: string;
}

/** A household with a bucket of 1,000 rials of a month of its own. */
async function home(from: number, to: number, digit?: number, period = nextPeriod()): Promise<Home> {
  const { id, cards } = await addHousehold(pool, 1, [{ rials: 1_000n, from: day(from), to: day(to) }]);
  await pool.query('update buckets set period = $2 where household_id = $1', [id, period]);
  await pool.query('update households set head_last_digit = $2 where household_id = $1', [id, digit ?? null]);
  return { id, card: cards[0]!, period };
}

/** The days that a month's credit is given, whatever the calendar says of that month: the row is written as the two persons' act does. */
async function move(period: string, more: Partial<WindowProposal>): Promise<void> {
  const wanted = {
    programme: 'test',
    period,
    cohort: 'all',
    cohorts: [],
    reason: 'as announced',
    by: 'sara',
    ...more,
  } as const;
  const { rows } = await pool.query<{ id: string }>(
    `insert into credit_windows (programme_id, period, cohort, cohorts, spend_from, spend_to, effective_at, reason, proposed_by, proposed_at)
     values ('test', $1, $2, $3, $4, $5, $6, $7, $8, now()) returning window_id as id`,
    [
      period,
      wanted.cohort,
      wanted.cohorts,
      more.from ?? null,
      more.to ?? null,
      more.effectiveAt ?? 0,
      wanted.reason,
      wanted.by,
    ],
  );
  await decideWindow(pool, rows[0]!.id, 'approved', 'reza');
}

const at = (): number => Math.max(Date.now(), NOW);
const buy = async ({ card }: Home, rials: bigint) => {
  const request = purchaseRequest(header(SHOP, card, at()), rials, 'cash');
  return { request, ...outcome(await books.ledger.purchase(request)) };
};
const left = async ({ card }: Home): Promise<bigint> =>
  outcome(await books.ledger.quote(quoteRequest(header(SHOP, card, at()), 0n, 'card', undefined, false)))
    .creditLeftRials;
const inBucket = async ({ id }: Home): Promise<number[]> => {
  const { rows } = await pool.query<{ numbers: number[] }>(
    'select array[spent_rials, held_rials, expired_rials]::int[] as numbers from buckets where household_id = $1',
    [id],
  );
  return rows[0]!.numbers;
};
/** By the numbers of transactions: a purchase gets its number before it finds what comes back. */
const moved = async ({ id }: Home): Promise<string[]> => {
  const { rows } = await pool.query<{ what: string }>(
    `select kind || ' ' || household_voucher as what from postings
      where household_id = $1 and kind <> 'allocation' order by transaction_id, line`,
    [id],
  );
  return rows.map(({ what }) => what);
};
const housekeep = (): Promise<void> => books.ledger.housekeep(at());

describe('two persons', () => {
  const of = (more: Partial<WindowProposal> = {}): WindowProposal => ({
    programme: 'test', period: '1405-03', cohort: 'all', cohorts: [], to: addDays(firstDayOf('1405-03')!, 60), reason: 'as announced', by: 'sara', ...more,
  }); // prettier-ignore

  test('one proposes, another approves, and both stand in the list and the audit', async () => {
    const { id, state } = await proposeWindow(pool, of({ effectiveAt: NOW + 9 * DAY }));
    expect(state).toBe('proposed');
    await expect(decideWindow(pool, id, 'approved', ' Sara')).rejects.toMatchObject({ code: 'window.same-person' });
    expect(await decideWindow(pool, id, 'approved', 'reza')).toMatchObject({ state: 'coming', decidedBy: 'reza' });
    await expect(decideWindow(pool, id, 'rejected', 'mina')).rejects.toMatchObject({ code: 'window.state' });
    expect((await listWindows(pool, 'test')).find((each) => each.id === id)).toMatchObject({ proposedBy: 'sara' });
    const { rows } = await pool.query(`select act, actor from audit where object = $1 order by seq`, [`window:${id}`]);
    expect(rows).toEqual([
      { act: 'window.proposed', actor: 'sara' },
      { act: 'window.approved', actor: 'reza' },
    ]);
  });

  test('what is rejected changes nothing', async () => {
    const h = await home(-40, -3);
    const { id } = await proposeWindow(pool, of({ period: '1405-04', to: addDays(firstDayOf('1405-04')!, 90) }));
    await decideWindow(pool, id, 'rejected', 'sara'); // who proposed it may take it back
    expect(await left(h)).toBe(0n);
  });

  test.each<[string, Partial<WindowProposal>, string]>([
    ['no day', { to: undefined }, 'window.invalid'],
    ['a last day before the first', { from: '2026-08-01', to: '2026-07-01' }, 'window.invalid'],
    ['a day before its month', { to: '2026-05-01' }, 'window.invalid'],
    ['a day many years later', { to: '2036-05-01' }, 'window.invalid'],
    ['a month that does not exist', { period: '1405-13' }, 'window.invalid'],
    ['cohorts of everybody', { cohorts: [1] }, 'window.invalid'],
    ['no cohort of digits', { cohort: 'digit' }, 'window.invalid'],
    ['a digit that is none', { cohort: 'digit', cohorts: [10] }, 'window.invalid'],
    ['no reason', { reason: ' ' }, 'window.invalid'],
    ['no programme', { programme: 'nothing' }, 'programme.unknown'],
  ])('a proposal of %s is refused', async (_, more, code) => {
    await expect(proposeWindow(pool, of(more))).rejects.toMatchObject({ code });
  });

  test('the database itself refuses a row that one person approved, or that was never proposed', async () => {
    const { id } = await proposeWindow(pool, of());
    const approve = `update credit_windows set verdict = 'approved', decided_by = 'SARA', decided_at = now() where window_id = $1`;
    await expect(pool.query(approve, [id])).rejects.toThrow('credit_windows_check');
    await expect(
      pool.query(`insert into credit_windows (programme_id, period, cohort, spend_to, effective_at, reason, proposed_by, proposed_at, verdict, decided_by, decided_at)
                  values ('test', '1405-03', 'all', '2026-12-01', 0, 'because', 'sara', now(), 'approved', 'reza', now())`),
    ).rejects.toThrow('proposed first');
    await decideWindow(pool, id, 'rejected', 'reza');
  });
});

describe('over a prolongation', () => {
  test('credit that has not gone back yet may be spent again, with no posting of it', async () => {
    const h = await home(-40, -1);
    expect(await buy(h, 100n)).toMatchObject({ rc: '51' });
    await move(h.period, { to: day(9) });
    expect(await left(h)).toBe(1_000n);
    expect(await buy(h, 100n)).toMatchObject({ rc: '00', voucherRials: 100n, creditLeftRials: 900n });
    await housekeep();
    expect(await moved(h)).toEqual(['purchase -100']);
    expect(await inBucket(h)).toEqual([100, 0, 0]);
  });

  test.each([
    ['a purchase', async (h: Home) => { expect(await buy(h, 300n)).toMatchObject({ rc: '00', creditLeftRials: 700n }); }, ['purchase -300', 'prolongation 1000'], [300, 0, 0]], // prettier-ignore
    ['an inquiry', async (h: Home) => { expect(await left(h)).toBe(1_000n); }, ['prolongation 1000'], [0, 0, 0]], // prettier-ignore
    ['a quote that reserves', async (h: Home) => {
      const said = outcome(await books.ledger.quote(quoteRequest(header(SHOP, h.card, at()), 400n, 'cash', undefined, true)));
      expect(said).toMatchObject({ voucherRials: 400n, creditLeftRials: 600n });
    }, ['prolongation 1000'], [0, 400, 0]], // prettier-ignore
    ['the gateway by itself', housekeep, ['prolongation 1000'], [0, 0, 0]],
  ])('what went back to the fund comes back: %s', async (_, act, then, bucket) => {
    const h = await home(-40, -1);
    await housekeep();
    expect(await moved(h)).toEqual(['expiry -1000']);
    await move(h.period, { to: day(9) });
    await act(h);
    expect(await moved(h)).toEqual(['expiry -1000', ...then]);
    expect(await inBucket(h)).toEqual(bucket);
    await housekeep();
    expect(await moved(h)).toEqual(['expiry -1000', ...then]);
    expect(await verifyLedger(pool)).toEqual([]);
  });

  test('a purchase of before is returned and reversed into it, and its credit may be spent', async () => {
    const h = await home(-40, 0);
    const [sale, other] = [await buy(h, 400n), await buy(h, 200n)];
    await move(h.period, { to: day(-1) });
    await housekeep();
    expect(await inBucket(h)).toEqual([600, 0, 400]);
    await move(h.period, { to: day(5) });
    const back = outcome(await books.ledger.return(returnRequest(header(SHOP, h.card, at()), 400n, sale.rrn)));
    expect(back).toMatchObject({ rc: '00', creditLeftRials: 800n });
    expect(await books.ledger.reverse(reversalRequest(other.request, at(), undefined, 200n))).toMatchObject({
      creditLeftRials: 1_000n,
    });
    expect(await inBucket(h)).toEqual([0, 0, 0]);
    expect(await moved(h)).toEqual([
      'purchase -400',
      'purchase -200',
      'expiry -400',
      'return 400',
      'prolongation 400',
      'reversal 200',
    ]);
  });

  test('it ends on its new day, and goes back then', async () => {
    const h = await home(-40, -9);
    await housekeep();
    await move(h.period, { to: day(0) });
    expect(await left(h)).toBe(1_000n);
    await move(h.period, { to: day(-1) });
    expect(await left(h)).toBe(0n);
    await housekeep();
    expect(await moved(h)).toEqual(['expiry -1000', 'prolongation 1000', 'expiry -1000']);
  });

  test('credit that was carried over has nothing to come back', async () => {
    await pool.query(`update programme_rules set carry_over = true where programme_id = 'test'`);
    const { id, cards } = await addHousehold(pool, 1, [
      { rials: 1_000n, from: day(-40), to: day(-1) },
      { rials: 500n, from: day(-5), to: day(20) },
    ]);
    const period = nextPeriod();
    await pool.query(`update buckets set period = $2 where household_id = $1 and amount_rials = 1000`, [id, period]);
    await housekeep();
    await pool.query(`update programme_rules set carry_over = false where programme_id = 'test'`);
    await move(period, { to: day(9) });
    await housekeep();
    expect(await left({ id, card: cards[0]!, period })).toBe(1_500n);
    expect(await moved({ id, card: cards[0]!, period })).toEqual(['carry-over -1000', 'carry-over 1000']);
  });
});

describe('over a shortening', () => {
  test('what is good for longer may be spent no more, and goes back', async () => {
    const h = await home(-10, 20);
    const sale = await buy(h, 400n);
    await move(h.period, { to: day(-1) });
    expect(await buy(h, 100n)).toMatchObject({ rc: '51' });
    expect(await left(h)).toBe(0n);
    const back = outcome(await books.ledger.return(returnRequest(header(SHOP, h.card, at()), 100n, sale.rrn)));
    expect(back).toMatchObject({ rc: '00', creditLeftRials: 0n });
    await housekeep();
    expect(await moved(h)).toEqual(['purchase -400', 'return 100', 'expiry -700']);
    expect(await books.ledger.reverse(reversalRequest(sale.request, at(), undefined, 400n))).toMatchObject({
      rc: '00',
      creditLeftRials: 0n,
    });
    await housekeep();
    expect(await inBucket(h)).toEqual([0, 0, 1_000]);
    expect(await verifyLedger(pool)).toEqual([]);
  });

  test('what a quote has promised is kept', async () => {
    const h = await home(-10, 20);
    const quoted = outcome(
      await books.ledger.quote(quoteRequest(header(SHOP, h.card, at()), 400n, 'cash', undefined, true)),
    );
    await move(h.period, { to: day(-1) });
    await housekeep();
    expect(await inBucket(h)).toEqual([0, 400, 600]);
    const bought = outcome(
      await books.ledger.purchase(
        purchaseRequest(header(SHOP, h.card, at()), 400n, 'cash', undefined, quoted.quoteRef),
      ),
    );
    expect(bought).toMatchObject({ rc: '00', voucherRials: 400n, creditLeftRials: 0n });
    await housekeep();
    expect(await inBucket(h)).toEqual([400, 0, 600]);
  });
});

test('a first day is moved as a last day is', async () => {
  const h = await home(5, 20);
  expect(await left(h)).toBe(0n);
  await move(h.period, { from: day(0) });
  expect(await buy(h, 100n)).toMatchObject({ rc: '00', creditLeftRials: 900n });
  await move(h.period, { from: day(2) });
  expect(await buy(h, 100n)).toMatchObject({ rc: '51' });
});

test('the newest row that names a household holds, and one of a day to come does not yet', async () => {
  const period = nextPeriod();
  const [seven, two, unknown] = [
    await home(-40, -1, 7, period),
    await home(-40, -1, 2, period),
    await home(-40, -1, undefined, period),
  ];
  const all = async (): Promise<bigint[]> => [await left(seven), await left(two), await left(unknown)];
  await housekeep();
  await move(period, { cohort: 'digit', cohorts: [7, 8], to: day(3) });
  expect(await all()).toEqual([1_000n, 0n, 0n]);
  await move(period, { to: day(4), effectiveAt: NOW + DAY });
  expect(await all()).toEqual([1_000n, 0n, 0n]);
  await move(period, { cohort: 'decile', cohorts: [0], to: day(6) });
  expect(await all()).toEqual([1_000n, 1_000n, 1_000n]);
  await move(period, { cohort: 'digit', cohorts: [7], to: day(-2) });
  expect(await all()).toEqual([0n, 1_000n, 1_000n]);
  await housekeep();
  expect(await moved(seven)).toEqual(['expiry -1000', 'prolongation 1000', 'expiry -1000']);
  expect(await verifyLedger(pool)).toEqual([]);
});

test('ends, prolongations, purchases and inquiries at once leave the books exact', async () => {
  const period = nextPeriod();
  const homes = await Promise.all(Array.from({ length: 30 }, () => home(-40, -1, undefined, period)));
  let on = true;
  const tidy = books.ledgers.map(async (each) => {
    while (on) await each.housekeep(at());
  });
  for (let round = 0; round < 4; round++) {
    await move(period, { to: day(round % 2 === 0 ? 5 : -1) });
    await Promise.all(
      homes.map(async ({ card }, i) =>
        books.ledgers[i % 2]!.purchase(purchaseRequest(header(SHOP, card, at()), 10n, 'cash')),
      ),
    );
  }
  await move(period, { to: day(5) });
  on = false;
  await Promise.all(tidy);
  const bought = await Promise.all(homes.map((each) => left(each)));
  const spent = await Promise.all(homes.map(async (each) => BigInt((await inBucket(each))[0]!)));
  expect(bought.map((rials, i) => rials + spent[i]!)).toEqual(homes.map(() => 1_000n));
  expect(spent.every((rials) => rials >= 20n)).toBe(true); // two rounds of four were good
  expect(await verifyLedger(pool)).toEqual([]);
});
