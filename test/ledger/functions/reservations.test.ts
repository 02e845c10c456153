import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openTestLedger, type TestLedger } from '../support/books.ts';
import { context, entry, type Argument, type Row } from '../support/functions.ts';
import { bucket, decides, NOON, openDays, QUOTE, QUOTE_REF, SALE, SALE_SENT, TODAY, withBooks, YESTERDAY, type Books, type Case, type Standing } from '../support/household.ts'; // prettier-ignore

/** Quotes, advices, forwarded transactions and what ends by time, each function called alone on books of its own. */

let books: TestLedger;
let pool: pg.Pool;
beforeAll(async () => {
  books = await openTestLedger();
  ({ pool } = books);
  await openDays(pool);
});
afterAll(() => books.close());

const FULL = [bucket(1), bucket(2)];
const RESERVED = [bucket(1, { held_rials: 500 }), bucket(2)];
const OPEN = [[0, 0, 0], [0, 0, 0]]; // prettier-ignore
const KEPT = [[0, 500, 0], [0, 0, 0]]; // prettier-ignore

describe('a quote', () => {
  const of = (total_rials: number, args = {}, more = {}) => ({ op: 'quote', total_rials, args, bucket_ids: [1, 2], open_rials: [500, 400], programme_id: 'test', last_programme: 'test', ...more }); // prettier-ignore
  const reserve = (total_rials: number, more = {}) => of(total_rials, { reserve: true }, more);
  const often = (last: number): Standing => ({
    buckets: FULL,
    quotes: [0, 0, 0, 0, 0, last].map((ago, n) => ({ ...QUOTE, quote_ref: `163271100010${n}`, state: 'released', expires_at: NOON - 479_999 - ago })),
  }); // prettier-ignore
  test.each<Case>([
    ['promises nothing', { buckets: FULL }, of(700), { kind: 'approved', rc: '00', reason: 'quoted', voucher_rials: 700, card_rials: 0, left_rials: 200, quote_ref: null, movement: null }, { buckets: OPEN, quotes: [] }],
    ['of nothing says what there is', { buckets: FULL }, of(0), { kind: 'approved', voucher_rials: 0, left_rials: 900 }, { buckets: OPEN }],
    ['of more than there is', { buckets: FULL }, of(1_000), { kind: 'approved', rc: '00', voucher_rials: 900, card_rials: 100, left_rials: 0 }, { buckets: OPEN }],
    ['that reserves holds', { buckets: FULL }, reserve(700), { kind: 'approved', voucher_rials: 700, quote_ref: '1632712000007', movement: null }, { buckets: [[0, 500, 0], [0, 200, 0]], quotes: ['held'] }],
    ['of another terminal has what the first reserved', { buckets: RESERVED, quotes: [QUOTE] }, reserve(700, { terminal_id: '20000002', bucket_ids: [2], open_rials: [400] }), { voucher_rials: 700, left_rials: 200 }, { buckets: [[0, 500, 0], [0, 200, 0]], quotes: ['released', 'held'] }],
    ['of the same terminal has what is open', { buckets: RESERVED, quotes: [QUOTE] }, reserve(700, { bucket_ids: [2], open_rials: [400] }), { voucher_rials: 400, card_rials: 300, left_rials: 0 }, { buckets: [[0, 500, 0], [0, 400, 0]], quotes: ['held', 'held'] }],
    ['that reserves for the seventh time in ten minutes', often(0), reserve(700), { kind: 'declined', rc: '65', reason: 'quote.too-many' }, { buckets: OPEN }],
    ['that reserves when the first of six is ten minutes ago', often(1), reserve(700), { kind: 'approved', rc: '00' }, { buckets: [[0, 500, 0], [0, 200, 0]] }],
    ['of no household', {}, of(700, {}, { household_id: '' }), { kind: 'declined', rc: '14', reason: 'card.unknown' }, { quotes: [] }],
    ['of a basket that does not add up', { buckets: FULL }, of(700, { reserve: true, basket: [['0000000000001', '01', 1, '699']] }), { kind: 'declined', rc: '40', reason: 'basket.sum' }, { buckets: OPEN, quotes: [] }],
  ])('%s', (...row) => decides(pool, 'decide_quote', row)); // prettier-ignore

  test.each<[rules: Row, ...Case]>([
    [{ min_software_version: '2.1' }, 'software that is too old', { buckets: FULL }, reserve(700, { args: { reserve: true, software: '2.0.9' } }), { kind: 'declined', rc: '58', reason: 'terminal.software' }, { buckets: OPEN, quotes: [] }],
    [{ limited: true, max_purchase_rials: 600 }, 'a rial over the limit', { buckets: FULL }, reserve(601), { kind: 'declined', rc: '61', reason: 'limit.amount' }, { buckets: OPEN, quotes: [] }],
    [{ limited: true, max_purchase_rials: 600 }, 'the limit itself', { buckets: FULL }, reserve(600), { kind: 'approved', rc: '00' }, { buckets: [[0, 500, 0], [0, 100, 0]], quotes: ['held'] }],
  ])('under the rules %j: %s', (rules, ...row) => decides(pool, 'decide_quote', row, rules)); // prettier-ignore
});

describe('a quote that was reserved', () => {
  const reserved = (more = {}, buckets: readonly Row[] = RESERVED): Standing => ({ buckets, quotes: [{ ...QUOTE, ...more }] }); // prettier-ignore
  const of = (more = {}) => ({ op: 'release', total_rials: 0, args: { quoteRef: QUOTE_REF }, ...more });
  test.each<Case>([
    ['gives back what it held', reserved(), of(), { kind: 'approved', rc: '00', reason: 'released', left_rials: 900, movement: null }, { buckets: OPEN, quotes: ['released'] }],
    ['twice', reserved({ state: 'released' }, FULL), of(), { kind: 'approved', rc: '00', left_rials: 900 }, { buckets: OPEN, quotes: ['released'] }],
    ['after its purchase', reserved({ state: 'taken' }, [bucket(1, { spent_rials: 500 }), bucket(2)]), of(), { kind: 'approved', rc: '00', left_rials: 400 }, { buckets: [[500, 0, 0], [0, 0, 0]], quotes: ['taken'] }],
    ['past its time, that nobody ended yet', reserved({ expires_at: NOON - 1 }), of(), { kind: 'approved', left_rials: 900 }, { buckets: OPEN, quotes: ['released'] }],
    ['that nobody knows', reserved(), of({ args: { quoteRef: '1632711000051' } }), { kind: 'declined', rc: '25', reason: 'quote.unknown' }, { buckets: KEPT, quotes: ['held'] }],
    ['of another household', reserved(), of({ household_id: 'H2' }), { kind: 'declined', rc: '25' }, { buckets: KEPT, quotes: ['held'] }],
  ])('is released: %s', (...row) => decides(pool, 'decide_release', row)); // prettier-ignore

  test.each<[what: string, standing: Standing, entry: Row, split: Row, after: Partial<Books>]>([
    ['in its time', reserved(), {}, { rc: null, voucher_rials: 500, bucket_ids: [1], take_rials: [500], left_rials: 400 }, { buckets: OPEN, quotes: ['taken'] }],
    ['at its last millisecond', reserved({ expires_at: NOON + 1 }), {}, { rc: null, voucher_rials: 500 }, { quotes: ['taken'] }],
    ['past its time', reserved({ expires_at: NOON }), {}, { rc: '25', reason: 'quote.unknown' }, { buckets: KEPT, quotes: ['held'] }],
    ['of another amount', reserved(), { total_rials: 499 }, { rc: '25' }, { buckets: KEPT, quotes: ['held'] }],
    ['at another shop', reserved(), { merchant_id: '000000000000102' }, { rc: '25' }, { buckets: KEPT, quotes: ['held'] }],
    ['twice', reserved({ state: 'taken' }), {}, { rc: '25' }, { quotes: ['taken'] }],
    ['once it is released', reserved({ state: 'released' }, FULL), {}, { rc: '25' }, { buckets: OPEN, quotes: ['released'] }],
  ])('is taken: %s', async (_, standing, more, split, after) => {
    const by = { household_id: 'H1', merchant_id: QUOTE.merchant_id, at: NOON, today: TODAY, total_rials: 500, args: { quoteRef: QUOTE_REF } };
    await withBooks(pool, standing, async (functions, found) => {
      const rules = { programme_id: 'test', pin_check: 'none' };
      expect(await functions.call('take_quote', entry({ ...by, ...more }), context({ day: TODAY, rules }))).toMatchObject(split);
      expect(await found()).toMatchObject(after);
    });
  }); // prettier-ignore
});

describe('a completion advice', () => {
  const of = (more = {}) => ({ op: 'advise', total_rials: 600, args: { stan: SALE.stan, transmission: SALE_SENT }, ...more }); // prettier-ignore
  const sold = (more = {}): Standing => ({ buckets: FULL, transactions: [{ ...SALE, ...more }] });
  const REFUSED = { kind: 'done', rc: '25', state: 'declined' };
  const unconfirmed = { transactions: { 50: { confirmed_at: null } } };
  test.each<Case>([
    ['of a purchase', sold(), of(), { kind: 'done', rc: '00', reason: 'confirmed', row_kind: 'advice', rrn: SALE.rrn, left_rials: 900, movement: null }, { buckets: OPEN, transactions: { 50: { confirmed_at: NOON } } }],
    ['a second time leaves the first', sold({ confirmed_at: NOON - 9 }), of(), { rc: '00', reason: 'confirmed' }, { transactions: { 50: { confirmed_at: NOON - 9 } } }],
    ['while the bank is asked', sold({ state: 'held', rc: null }), of(), { rc: '00', reason: 'confirmed' }, { transactions: { 50: { state: 'held', confirmed_at: NOON } } }],
    ['of a purchase that was declined', sold({ state: 'declined', rc: '51' }), of(), { ...REFUSED, reason: 'original.declined', household_id: 'H1' }, unconfirmed],
    ['of a purchase that was reversed before', sold({ state: 'reversed' }), of(), { ...REFUSED, reason: 'original.reversed' }, unconfirmed],
    ['of a return', sold({ kind: 'return' }), of(), { ...REFUSED, reason: 'original.approved' }, unconfirmed],
    ['of another terminal', sold(), of({ terminal_id: '20000002' }), { ...REFUSED, reason: 'original.unknown', household_id: '' }, unconfirmed],
    ['of nothing', {}, of(), { ...REFUSED, reason: 'original.unknown', household_id: '' }, { transactions: {} }],
    ['of a closed day', sold({ business_day: YESTERDAY }), of(), { rc: '00', business_day: TODAY }, { transactions: { 50: { confirmed_at: NOON } } }],
  ])('%s', (...row) => decides(pool, 'decide_advise', row)); // prettier-ignore
});

describe('a forwarded transaction', () => {
  const of = (total_rials: number, more = {}) => ({ op: 'forward', total_rials, ...more });
  const ASKED = { kind: 'held', state: 'held', bank: 'card', row_kind: 'forward', voucher_rials: 0, movement: null };
  test.each<Case>([
    ['is the bank’s, whatever credit there is', { buckets: FULL }, of(700), { ...ASKED, card_rials: 700, total_rials: 700, rrn: '632712000007' }, { buckets: OPEN }],
    ['of no rials asks for a balance', {}, of(0), { ...ASKED, card_rials: 0, total_rials: 0 }, {}],
    ['of a card of no household', {}, of(700, { household_id: '' }), { ...ASKED, household_id: '', card_rials: 700 }, {}],
    ['of a household that may not spend', { buckets: FULL }, of(700, { household_status: 'blocked' }), { ...ASKED, card_rials: 700 }, { buckets: OPEN }],
    ['the last of an hour’s million', {}, of(700, { id: 1_000_099 }), { rrn: '632712999999' }, {}],
    ['one after the hour’s million', {}, of(700, { id: 1_000_100 }), { rrn: expect.stringMatching(/^632724\d{6}$/) }, {}],
  ])('%s', (...row) => decides(pool, 'decide_forward', row)); // prettier-ignore
});

/** Another session has the household while `work` runs. */
async function whileBusy(household: string, work: () => Promise<void>): Promise<void> {
  const other = await pool.connect();
  try {
    await other.query('begin; select pg_advisory_xact_lock(2, hashtext($$' + household + '$$))');
    await work();
  } finally {
    await other.query('rollback');
    other.release();
  }
}

/** Calls a function of time on these books, and compares what it returns and leaves. */
async function ends(name: string, args: readonly Argument[], standing: Standing, result: unknown, after: Partial<Books>): Promise<void> {
  await withBooks(pool, standing, async (functions, read) => {
    expect(await functions.call(name, ...args)).toEqual(result);
    const found = await read();
    expect(found).toMatchObject(after);
    for (const [, , household, fund] of found.postings) expect(Number(household) + Number(fund)).toBe(0);
  });
} // prettier-ignore

describe('reservations end', () => {
  const other = [bucket(1, { household_id: 'H2', bucket_id: 3, held_rials: 500 })];
  const theirs = { ...QUOTE, household_id: 'H2', bucket_ids: [3] };
  const two: Standing = { buckets: [...RESERVED, ...other], quotes: [QUOTE, theirs] };
  type Ends = [what: string, at: number, most: number, standing: Standing, ended: number, after: Partial<Books>];
  const rows: Ends[] = [
    ['before their time: none', NOON + 999, 10, { buckets: RESERVED, quotes: [QUOTE] }, 0, { buckets: KEPT, quotes: ['held'] }],
    ['at their time', NOON + 1_000, 10, { buckets: RESERVED, quotes: [QUOTE] }, 1, { buckets: OPEN, quotes: ['released'] }],
    ['that were taken: none', NOON + 9_000, 10, { buckets: FULL, quotes: [{ ...QUOTE, state: 'taken' }] }, 0, { buckets: OPEN, quotes: ['taken'] }],
    ['that were released: none', NOON + 9_000, 10, { buckets: FULL, quotes: [{ ...QUOTE, state: 'released' }] }, 0, { buckets: OPEN, quotes: ['released'] }],
    ['of two households', NOON + 9_000, 10, two, 2, { buckets: [...OPEN, [0, 0, 0]], quotes: ['released', 'released'] }],
    ['so many at a time', NOON + 9_000, 1, two, 1, { buckets: [...OPEN, [0, 500, 0]], quotes: ['released', 'held'] }],
  ]; // prettier-ignore
  test.each(rows)('%s', (_, at, most, standing, ended, after) =>
    ends('expire_quotes', [at, most], standing, ended, after),
  );
  test('but for those of a household that is busy', () =>
    whileBusy('H1', () =>
      ends('expire_quotes', [NOON + 9_000, 10], two, 1, {
        buckets: [...KEPT, [0, 0, 0]],
        quotes: ['held', 'released'],
      }),
    ));
});

describe('credit ends', () => {
  const past = (more = {}): Row => bucket(1, { valid_to: YESTERDAY, ...more });
  const carrying: Standing['more'] = [
    ['programmes', { programme_id: 'carries' }],
    ['programme_rules', { programme_id: 'carries', valid_from: '2026-01-01', pin_check: 'none', min_card_rials: 0, min_card_as: 'price', confirmation: 'none', confirm_within_ms: 1, carry_over: true }],
  ]; // prettier-ignore
  const ofCarrying = { programme_id: 'carries' };
  const from = (today: string, most = 10, household = ''): Argument[] => [NOON, today, most, household === '' ? '-infinity' : YESTERDAY, household, 1]; // prettier-ignore
  const all = { more: false, last_to: null, last_household: null, last_bucket: null };
  const first = { more: true, last_to: YESTERDAY, last_household: 'H1', last_bucket: 1 };
  const EXPIRY = ['expiry', 1, -500, 500];
  type Ends = [what: string, args: Argument[], standing: Standing, page: unknown, after: Partial<Books>];
  const rows: Ends[] = [
    ['past its last day', from(TODAY), { buckets: [past(), bucket(2)] }, all, { buckets: [[0, 0, 500], [0, 0, 0]], postings: [EXPIRY] }],
    ['not on its last day', from(TODAY), { buckets: [bucket(1, { valid_to: TODAY })] }, all, { buckets: [[0, 0, 0]], postings: [] }],
    ['not while its day is the open business day, whatever a clock says', from('2027-01-01'), { buckets: [bucket(1, { valid_to: TODAY })] }, all, { buckets: [[0, 0, 0]], postings: [] }],
    ['of what is spent: none', from(TODAY), { buckets: [past({ spent_rials: 500 })] }, all, { buckets: [[500, 0, 0]], postings: [] }],
    ['of what is held: none yet', from(TODAY), { buckets: [past({ held_rials: 200 })] }, all, { buckets: [[0, 200, 300]], postings: [['expiry', 1, -300, 300]] }],
    ['that came back late', from(TODAY), { buckets: [past({ spent_rials: 100, expired_rials: 300 })] }, all, { buckets: [[100, 0, 400]], postings: [['expiry', 1, -100, 100]] }],
    ['once', from(TODAY), { buckets: [past({ expired_rials: 500, swept: true })] }, all, { buckets: [[0, 0, 500]], postings: [] }],
    ['into the next bucket where the programme carries over', from(TODAY), { buckets: [past(ofCarrying), bucket(2, ofCarrying)], more: carrying }, all, { buckets: [[0, 0, 500], [0, 0, 0]], postings: [['carry-over', 1, -500, 500], ['carry-over', 2, 500, -500]] }],
    ['not before there is a next bucket', from(TODAY), { buckets: [past(ofCarrying), bucket(2)], more: carrying }, all, { buckets: [[0, 0, 0], [0, 0, 0]], postings: [] }],
    ['a page at a time', from(TODAY, 1), { buckets: [past(), past({ household_id: 'H2', bucket_id: 3 })] }, first, { buckets: [[0, 0, 500], [0, 0, 0]] }],
    ['after the last of the page before', from(TODAY, 10, 'H1'), { buckets: [past(), past({ household_id: 'H2', bucket_id: 3 })] }, all, { buckets: [[0, 0, 0], [0, 0, 500]] }],
  ]; // prettier-ignore
  test.each(rows)('%s', (_, args, standing, page, after) => ends('expire_credit', args, standing, page, after));
  test('but for that of a household that is busy', () =>
    whileBusy('H1', () => ends('expire_credit', from(TODAY), { buckets: [past()] }, all, { buckets: [[0, 0, 0]] })));
});
