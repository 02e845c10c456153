import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { REQUEST_FIELDS, requestsOf } from '../../../src/ledger/entries.ts';
import { DECISIONS } from '../../../src/ops/function-set.ts';
import { openTestLedger, type TestLedger } from '../support/books.ts';
import { alone, context, entry, sale, type Argument, type Row } from '../support/functions.ts';

/** The functions of the ledger, each by itself: what goes in, and what it says. */

let books: TestLedger;
let pool: pg.Pool;
beforeAll(async () => {
  books = await openTestLedger();
  ({ pool } = books);
});
afterAll(() => books.close());

const call = (name: string, ...args: readonly Argument[]) => alone(pool, (functions) => functions.call(name, ...args));

/** A purchase of a household with two buckets, on a day without limits. */
const RULES = {
  programme_id: 'test',
  pin_check: 'none',
  min_card_rials: 0,
  min_card_as: 'price',
  limited: false,
  confirmation: 'none',
};
const BATCH = {
  day: '2026-11-23',
  near: ['1122', '1123', '1124'],
  rrn_day: '6327',
  rrn_hour: '12',
  rrn_base: 100,
  rules: RULES,
};
const ENTRY = {
  ord: 1, op: 'purchase-cash', kept_as: 'purchase', family: '02', refusable: true, id: 107, at: 0, today: '2026-11-23',
  terminal_id: '20000001', merchant_id: '000000000000101', masked: '603799******0006', household_id: 'H1', household_status: 'active',
  members: 2, guild: 'supermarket', total_rials: 700, token: 'T', bucket_ids: [1, 2], open_rials: [500, 400], programme_id: 'test',
  last_programme: 'test',
}; // prettier-ignore

describe('operations', () => {
  test('are those that the ledger sends, each with its row, name and household', async () => {
    const rows = await alone(pool, (functions) => functions.rows('select * from operations() order by op'));
    const ops = [
      'advise',
      'complete',
      'forward',
      'purchase-card',
      'purchase-cash',
      'quote',
      'release',
      'return',
      'reverse',
    ];
    expect(rows.map(({ op }) => op)).toEqual(ops);
    expect(rows.filter(({ spends }) => spends).map(({ op }) => op)).toEqual([
      'purchase-card',
      'purchase-cash',
      'quote',
    ]);
    expect(rows.filter(({ refusable }) => refusable !== true).map(({ op }) => op)).toEqual([
      'advise',
      'complete',
      'reverse',
    ]);
  });

  test('a request has the fields of its type, in their order', async () => {
    const rows = await alone(pool, (functions) =>
      functions.rows(`select attname from pg_attribute where attrelid = 'ledger_request'::regclass order by attnum`),
    );
    expect(rows.map(({ attname }) => attname)).toEqual(Object.keys(REQUEST_FIELDS));
  });
});

test.each<[movement: string, held: number, spent: number, postedAs: string | null, sign: number | null]>([
  ['hold', 1, 0, null, null],
  ['buy', 0, 1, 'purchase', 1],
  ['capture', -1, 1, 'purchase', 1],
  ['release', -1, 0, null, null],
  ['return', 0, -1, 'return', -1],
  ['reverse', 0, -1, 'reversal', -1],
  ['reverse-return', 0, 1, 'reversal', 1],
])('the movement %s', async (movement, held, spent, postedAs, sign) => {
  const rows = await alone(pool, (functions) =>
    functions.rows(`select * from movements() where movement = '${movement}'`),
  );
  expect(rows).toEqual([{ movement, held, spent, posted_as: postedAs, sign }]);
});

describe('a purchase', () => {
  test.each<[what: string, entry: Row, rules: Row, byCard: boolean, verdict: Row]>([
    ['of what the voucher covers is captured at once', {}, {}, false, { kind: 'approved', rc: '00', movement: 'buy', voucher_rials: 700, cash_rials: 0, left_rials: 200, bucket_ids: [1, 2], take_rials: [500, 200] }],
    ['of more than that, with cash', { total_rials: 1_000 }, {}, false, { kind: 'approved', rc: '10', movement: 'buy', voucher_rials: 900, cash_rials: 100, left_rials: 0 }],
    ['of more than that, with the card', { total_rials: 1_000 }, {}, true, { kind: 'held', bank: 'card', movement: 'hold', voucher_rials: 900, card_rials: 100 }],
    ['whose PIN the issuer checks', {}, { pin_check: 'issuer' }, false, { kind: 'held', bank: 'pin-check', movement: 'hold', voucher_rials: 700 }],
    ['from an amount on whose PIN the issuer checks', {}, { pin_check_from_rials: 700 }, false, { kind: 'held', bank: 'pin-check' }],
    ['with a least card part', {}, { min_card_rials: 50 }, true, { kind: 'held', voucher_rials: 650, card_rials: 50, fee_rials: 0 }],
    ['with a least card part that is a fee', {}, { min_card_rials: 50, min_card_as: 'fee' }, true, { voucher_rials: 650, card_rials: 50, fee_rials: 50 }],
    ['that wants a completion advice', {}, { confirmation: 'required', confirm_within_ms: 60_000 }, false, { kind: 'approved', confirm_by: 60_000 }],
    ['of software that is too old', { args: { software: '2.0.9' } }, { min_software_version: '2.1' }, false, { kind: 'declined', rc: '58', reason: 'terminal.software', movement: null }],
    ['of no credit, with cash', { bucket_ids: null, open_rials: null, programme_id: null, last_programme: null }, {}, false, { kind: 'declined', rc: '51', reason: 'credit.none', movement: null }],
    ['of no household, with cash', { household_id: '' }, {}, false, { kind: 'declined', rc: '14', reason: 'card.unknown' }],
    ['of a basket that does not add up', { args: { basket: [['0000000000001', '01', 1, '699']] } }, {}, false, { kind: 'declined', rc: '40', reason: 'basket.sum' }],
    ['of a quote that nobody knows', { args: { quoteRef: '1632712000007' } }, {}, false, { kind: 'declined', rc: '25', reason: 'quote.unknown' }],
  ])('%s', async (_, more, rules, byCard, verdict) => {
    const batch = { ...BATCH, rules: { ...RULES, ...rules } };
    expect(await call('decide_purchase', entry({ ...ENTRY, ...more }), context(batch), byCard)).toMatchObject(verdict);
  }); // prettier-ignore
});

test.each<[what: string, sale: Row, kept: number[]]>([
  ['as it was bought', {}, [600, 300, 100]],
  ['at a corrected price', { price_rials: 700 }, [600, 100, 0]],
  ['after a return', { returned_rials: [200, 0, 0] }, [400, 300, 100]],
  [
    'after a return of more of one part than the price leaves',
    { price_rials: 700, returned_rials: [0, 300, 0] },
    [400, 0, 0],
  ],
  ['reversed', { state: 'reversed' }, [0, 0, 0]],
])('what a purchase keeps: %s', async (_, more, kept) => {
  const bought = { state: 'approved', kind: 'purchase', voucher_rials: 600, card_rials: 300, cash_rials: 100 };
  expect(await call('kept_of', sale({ ...bought, ...more }))).toEqual(kept);
});

test.each<[date: string, today: string, day: string | null]>([
  ['1123', '2026-11-23', '2026-11-23'],
  ['1231', '2027-01-01', '2026-12-31'],
  ['0101', '2026-12-31', '2027-01-01'],
  ['0229', '2026-03-01', null],
  ['0229', '2028-03-01', '2028-02-29'],
  ['1323', '2026-11-23', null],
  ['unconfirmed', '2026-11-23', null],
])('the day of DE 13 %s about %s', async (date, today, day) => {
  expect(await call('local_day_of', date, today)).toBe(day);
});

test.each([
  ['633212000001', '2026-11-28', '2026-11-28'],
  ['636523000001', '2027-01-01', '2026-12-31'],
  ['700100000001', '2026-12-31', '2027-01-01'],
  ['736500000001', '2026-11-28', '2017-12-31'],
  ['A33212000001', '2026-11-28', null],
  ['', '2026-11-28', null],
])('the day of RRN %s about %s', async (rrn, today, day) => {
  expect(await call('day_of_rrn', rrn, today)).toBe(day);
});

test.each<[what: string, sent: string, date: string | null, rrn: string | null, day: string]>([
  ['DE 7 of today', '1128083000', '1128', null, '2026-10-29'],
  ['DE 7 of four weeks ahead', '1226083000', '1226', null, '2026-11-26'],
  ['DE 7 of last December', '1229083000', null, null, '2025-11-28'],
  ['DE 13 of a month before', '1128083000', '1028', null, '2026-09-28'],
  ['an RRN of last year', '1128083000', '1128', '533212000001', '2025-11-20'],
  ['no moment', '0000000000', '1128', '633212000001', '-infinity'],
])('the first day on which a request can lie, by %s', async (_, sent, date, rrn, day) => {
  expect(await call('first_day_of', sent, date, rrn, '2026-11-28')).toBe(day);
});

test.each<[what: string, time: string, transmission: string, made: boolean]>([
  ['the very second', '120000', '1123083000', true],
  ['a repeat a quarter of an hour later', '120000', '1123084500', true],
  ['later than that', '120000', '1123084501', false],
  ['six seconds before', '120000', '1123082954', false],
  ['no moment', '120000', '0000000000', false],
])('a DE 7 of a request made at noon of Tehran: %s', async (_, time, transmission, made) => {
  expect((await call('made_before', '1123', time, transmission)) ?? false).toBe(made);
});

test.each([
  ['2.1', '2.1', true],
  ['2.10', '2.9', true],
  ['2.0.9', '2.1', false],
  ['v2', '2.1', false],
  [null, '2.1', false],
])('software %s where %s is the least', async (version, least, serves) => {
  expect(await call('software_serves', version, least)).toBe(serves);
});

test('a request arrives as it was sent, whatever is in it', async () => {
  const odd = [
    '',
    'NULL',
    'a,b',
    '(x)',
    '{y}',
    '"',
    '\\',
    '\\"',
    "'",
    '\\\\\\\\x00',
    ' blank ',
    'ی\u200cک',
    'line\nend',
  ];
  const base = {
    op: 'quote' as const,
    name: '',
    stan: '',
    localTime: '',
    localDate: '',
    transmission: '',
    merchant: '',
    at: 0,
    totalRials: 0n,
  };
  const sent = odd.map((terminal) => ({ ...base, terminal, contentHash: Buffer.from(terminal), args: { terminal } }));
  const { rows } = await pool.query<{ terminal_id: string; content_hash: Buffer; args: unknown; token: null }>(
    `select terminal_id, content_hash, args, token from unnest($1::text::${DECISIONS}.ledger_request[])`,
    [requestsOf(sent)],
  );
  expect(rows).toEqual(
    odd.map((text) => ({ terminal_id: text, content_hash: Buffer.from(text), args: { terminal: text }, token: null })),
  );
});
