import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { RequestHeader } from '../../src/ledger/index.ts';
import { tehran, transmissionDateTime } from '../../src/ops/clock.ts';
import {
  addHousehold,
  header,
  outcome,
  purchaseRequest,
  returnRequest,
  reversalRequest,
  TERMINALS,
} from './model/world.ts';
import { DAY, SHOP, openTestLedger, type OpenLedger, type TestLedger } from './support/books.ts';

/** What names a request (wire.md 9.1), and what names the original of a reversal (wire.md 9.3). */

const NOW = Date.now();

let books: TestLedger;
let pool: pg.Pool;
let ledger: OpenLedger;

beforeAll(async () => {
  books = await openTestLedger({ aheadDays: 60 });
  ({ pool, ledger } = books);
});
afterAll(() => books.close());

const day = (days: number): string => tehran(NOW + days * DAY).isoDate;

async function home(): Promise<{ id: string; card: Buffer }> {
  const { id, cards } = await addHousehold(pool, 2, [{ rials: 1_000n, from: day(-40), to: day(99) }]);
  return { id, card: cards[0]! };
}

async function spent(id: string): Promise<number> {
  const { rows } = await pool.query<{ rials: number }>(
    'select spent_rials::int as rials from buckets where household_id = $1',
    [id],
  );
  return rows[0]!.rials;
}

/** As if the business day had been opened so many days from now, and none were closed. */
async function openDay(days: number): Promise<void> {
  await pool.query('delete from business_days');
  await pool.query('insert into business_days values ($1)', [day(days)]);
}

async function closeDays(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await pool.query(
      `with closed as (update business_days set closed_at = now() where closed_at is null returning business_day)
       insert into business_days (business_day) select max(business_day) + 1 from closed`,
    );
  }
}

describe('a repeat is found wherever its row is', () => {
  test.each<[what: string, open: number, made: number, closed: number, again: number]>([
    ['after a catch-up of closes', -2, 0, 2, 0],
    ['after a longer one, a day later', -6, 0, 7, 1],
    ['of a device whose clock runs a day ahead', 0, 1, 2, 2],
    ['of a device whose clock runs two days ahead', 0, 2, 3, 3],
    ['of yesterday, once its day has closed', -1, -1, 1, 0],
    ['of yesterday, where the day was two behind', -3, -1, 3, 0],
    ['that was kept for five days', 0, -5, 1, 1],
    ['the next day, after closing today early', 1, 0, 1, 1],
    ['nine days later', 0, 0, 9, 9],
    ['twenty days later', 0, 0, 20, 20],
  ])('%s', async (_, open, made, closed, again) => {
    const { id, card } = await home();
    await openDay(open);
    const request = purchaseRequest(header(SHOP, card, NOW + made * DAY), 100n, 'cash');
    const first = await ledger.purchase({ ...request, at: NOW });
    expect(first.kind).toBe('approved');
    const back = returnRequest(header(SHOP, card, NOW + made * DAY), 40n, outcome(first).rrn);
    await ledger.return({ ...back, at: NOW });
    const leg = { stan: '000001', transmission: request.transmission };
    const ordinary = { ...header(SHOP, card, NOW + made * DAY), totalRials: 5n, leg };
    expect((await ledger.forward({ ...ordinary, at: NOW })).kind).toBe('held');
    await closeDays(closed);
    const at = NOW + again * DAY;
    expect((await ledger.purchase({ ...request, at })).kind).toBe('repeat');
    expect((await ledger.return({ ...back, at })).kind).toBe('repeat');
    expect((await ledger.forward({ ...ordinary, at })).kind).toBe('pending');
    expect((await ledger.purchase({ ...request, contentHash: Buffer.from('other'), at })).kind).toBe('conflict');
    expect(await spent(id)).toBe(60);
  });

  test.each([
    ['of last month', -29],
    ['of next month', 29],
    ['of no day', undefined],
  ])('and what could not be is not taken: a date %s', async (_, days) => {
    const { id, card } = await home();
    await openDay(0);
    const head = header(SHOP, card, NOW + (days ?? 0) * DAY);
    const key = { ...head.key, localDate: days === undefined ? '0231' : head.key.localDate };
    const decision = await ledger.purchase(purchaseRequest({ ...head, key, at: NOW }, 100n, 'cash'));
    expect([outcome(decision).rc, await spent(id)]).toEqual(['30', 0]);
  });
});

test.each([
  ['of the same day', 0, 0],
  ['of seven weeks ago', 0, 50],
  ['of a business day that was ten days behind', -10, 12],
])('a return names its purchase by RRN: one %s', async (_, open, later) => {
  const { id, card } = await home();
  await openDay(open);
  const bought = await ledger.purchase(purchaseRequest(header(SHOP, card, NOW), 100n, 'cash'));
  if (later > 0) await closeDays(later);
  const back = returnRequest(header(SHOP, card, NOW + later * DAY), 40n, outcome(bought).rrn);
  expect([outcome(await ledger.return(back)).rc, await spent(id)]).toEqual(['00', 60]);
});

describe('which original a reversal names', () => {
  beforeEach(() => openDay(0));

  interface Named {
    readonly transmission?: string;
    readonly stan?: string;
    readonly rrn?: string;
    /** DE 12 and 13 are the original's. */
    readonly sameTime?: boolean;
    readonly rials?: bigint;
  }

  async function buy(card: Buffer, at = NOW, stan?: string) {
    const head = header(SHOP, card, at);
    const named = { ...head, key: { ...head.key, stan: stan ?? head.key.stan } };
    const { rrn } = outcome(await ledger.purchase(purchaseRequest(named, 100n, 'cash')));
    return { head: named, rrn };
  }

  function reverse(head: RequestHeader, { transmission, stan, rrn, sameTime = false, rials = 100n }: Named, at = NOW) {
    const request = reversalRequest(head, at, undefined, rials);
    const { localTime, localDate } = head.key;
    return ledger.reverse({
      ...request,
      key: sameTime ? { ...request.key, localTime, localDate } : request.key,
      original: { mti: '0200', stan: stan ?? head.key.stan, transmission: transmission ?? head.transmission, rrn },
    });
  }

  const elsewhere = transmissionDateTime(NOW - 3 * DAY);
  test.each<[what: string, named: Named & { readonly own?: boolean }]>([
    ['zeros for DE 7, and the RRN', { transmission: '0000000000', own: true, rials: 99n }],
    ['DE 7 of another day, and the RRN', { transmission: elsewhere, own: true, rials: 99n }],
    ['zeros for all of DE 90, and the RRN', { transmission: '0000000000', stan: '000000', own: true }],
    ['zeros for DE 7, and the time and date of its original', { transmission: '0000000000', sameTime: true }],
    ['DE 7 of another day, and the time and date of its original', { transmission: elsewhere, sameTime: true }],
    ['zeros for DE 7, and what was done once', { transmission: '0000000000' }],
    ['DE 7 against the RRN of nobody', { rrn: '999999999999' }],
  ])('%s', async (_, { own = false, ...named }) => {
    const { id, card } = await home();
    const { head, rrn } = await buy(card, NOW - 3_600_000);
    const reversed = await reverse(head, own ? { ...named, rrn } : named);
    expect([reversed.rc, reversed.reason, await spent(id)]).toEqual(['00', 'reversed', 0]);
  });

  test.each<[what: string, named: Named]>([
    ['zeros for DE 7, and another amount', { transmission: '0000000000', rials: 99n }],
    ['DE 7 of another day', { transmission: elsewhere }],
    ['the RRN of nobody', { transmission: elsewhere, rrn: '999999999999' }],
  ])('nothing that is known: %s', async (_, named) => {
    const { id, card } = await home();
    const { head } = await buy(card, NOW - 3_600_000);
    const reversed = await reverse(head, named);
    expect([reversed.rc, reversed.reason, await spent(id)]).toEqual(['00', 'original.awaited', 100]);
  });

  test.each<[what: string, open: number, clock: number, later: number, named: Named & { readonly own?: boolean }]>([
    ['of three weeks ago', 0, 0, 21, {}],
    ['of seven weeks ago', 0, 0, 50, {}],
    ['of a device whose clock runs four weeks ahead, after three', 0, 28, 21, {}],
    ['of a device whose clock is four weeks behind, after three', 0, -28, 21, {}],
    ['of a business day that nobody closed for six weeks', -40, 0, 0, {}],
    ['of seven weeks ago, by its RRN', 0, 0, 50, { transmission: transmissionDateTime(NOW + 50 * DAY), own: true }],
    ['of seven weeks ago, by its time and date', 0, 0, 50, { transmission: transmissionDateTime(NOW + 50 * DAY), sameTime: true }], // prettier-ignore
  ])('one %s', async (_, open, clock, later, { own = false, ...named }) => {
    const { id, card } = await home();
    await openDay(open);
    const head = header(SHOP, card, NOW + clock * DAY);
    const { rrn } = outcome(await ledger.purchase({ ...purchaseRequest(head, 100n, 'cash'), at: NOW }));
    if (later > 0) await closeDays(later);
    const reversed = await reverse(head, own ? { ...named, rrn } : named, NOW + later * DAY);
    expect([reversed.reason, await spent(id)]).toEqual(['reversed', 0]);
  });

  test('another terminal’s RRN names nothing', async () => {
    const { id, card } = await home();
    const { rrn } = await buy(card);
    const other = header(TERMINALS[1], card, NOW);
    expect((await reverse(other, { rrn })).reason).toBe('original.awaited');
    expect(await spent(id)).toBe(100);
  });

  test('a STAN that began anew within a quarter of an hour: DE 12 and 13 decide', async () => {
    const [one, two] = [await home(), await home()];
    const first = await buy(one.card, NOW - 300_000, '700001');
    await buy(two.card, NOW - 120_000, '700001');
    const resent = transmissionDateTime(NOW);
    await reverse(first.head, { transmission: resent, sameTime: true });
    expect([await spent(one.id), await spent(two.id)]).toEqual([0, 100]);
  });

  test('a terminal that another shop has since: its reversal gives back what the shop before was credited with', async () => {
    const { id, card } = await home();
    const { head } = await buy(card);
    const shop = TERMINALS[2].merchant;
    const move = (merchant: string) =>
      pool.query('update terminals set merchant_id = $2 where terminal_id = $1', [SHOP.terminal, merchant]);
    await move(shop);
    const reversed = await ledger.reverse({ ...reversalRequest(head, NOW), merchant: shop });
    await move(SHOP.merchant);
    expect([reversed.reason, await spent(id)]).toEqual(['reversed', 0]);
    const { rows } = await pool.query(
      `select merchant_id, sum(merchant_payable)::int as rials from postings
        where household_id = $1 and merchant_id is not null group by 1`,
      [id],
    );
    expect(rows).toEqual([{ merchant_id: SHOP.merchant, rials: 0 }]);
  });

  test('an original that comes after its reversal is refused by its time and date as well', async () => {
    const { card } = await home();
    const head = header(SHOP, card, NOW);
    await reverse(head, { transmission: '0000000000', sameTime: true });
    expect(outcome(await ledger.purchase(purchaseRequest(head, 100n, 'cash'))).rc).toBe('12');
  });
});
