import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openTestLedger, type TestLedger } from '../support/books.ts';
import { context, entry } from '../support/functions.ts';
import {
  bucket,
  decides,
  NOON,
  openDays,
  SALE,
  SALE_SENT,
  TODAY,
  withBooks,
  YESTERDAY,
  type Case,
} from '../support/household.ts';

/** Returns, reversals and completions, each function called alone on books of its own: what it says, and what then stands. */

let books: TestLedger;
let pool: pg.Pool;
beforeAll(async () => {
  books = await openTestLedger();
  ({ pool } = books);
  await openDays(pool);
});
afterAll(() => books.close());

/** The purchase has spent 500 of bucket 1 and 100 of bucket 2. */
const SPENT = [bucket(1, { spent_rials: 500 }), bucket(2, { spent_rials: 100 })];
const HELD = [bucket(1, { held_rials: 500 }), bucket(2, { held_rials: 100 })];
const BACK = [[0, 0, 0], [0, 0, 0]]; // prettier-ignore
const STANDS = [[500, 0, 0], [100, 0, 0]]; // prettier-ignore
const bought = (more = {}) => ({ buckets: SPENT, transactions: [{ ...SALE, ...more }] });

describe('a return', () => {
  const of = (total_rials: number, more = {}) => ({ op: 'return', total_rials, args: { rrn: SALE.rrn }, ...more });
  const RETURNED_250 = { returned_rials: [250, 0, 0], given_rials: [150, 100], given_voucher: 250 };
  const LEFT = [bucket(1, { spent_rials: 350 }), bucket(2)];
  test.each<Case>([
    ['of a part gives back the last taken first', bought(), of(250), { kind: 'approved', rc: '00', movement: 'return', voucher_rials: 250, bucket_ids: [2, 1], take_rials: [100, 150], left_rials: 550, original_id: 50 }, { buckets: [[350, 0, 0], [0, 0, 0]], transactions: { 50: { state: 'approved', ...RETURNED_250 } } }],
    ['of all', bought(), of(600), { kind: 'approved', rc: '00', left_rials: 900 }, { buckets: BACK, transactions: { 50: { returned_rials: [600, 0, 0], given_voucher: 600 } } }],
    ['of a rial more than was sold', bought(), of(601), { kind: 'declined', rc: '61', reason: 'return.too-much', movement: null }, { buckets: STANDS, transactions: { 50: { returned_rials: null, given_voucher: 0 } } }],
    ['of the rest after another', { buckets: LEFT, transactions: [{ ...SALE, ...RETURNED_250 }] }, of(350), { kind: 'approved', rc: '00', bucket_ids: [1], take_rials: [350] }, { buckets: BACK }],
    ['of more than the rest', { buckets: LEFT, transactions: [{ ...SALE, ...RETURNED_250 }] }, of(351), { kind: 'declined', rc: '61' }, { buckets: [[350, 0, 0], [0, 0, 0]] }],
    ['of more than a corrected price', bought({ price_rials: 400, given_rials: [100, 100], given_voucher: 200 }), of(401), { kind: 'declined', rc: '61' }, {}],
    ['with a part of the card waits for the bank', bought({ total_rials: 900, card_rials: 300 }), of(700), { kind: 'held', state: 'held', bank: 'card', voucher_rials: 600, card_rials: 100, movement: null }, { buckets: STANDS, transactions: { 50: { pending_rials: 700, returned_rials: [600, 100, 0] } } }],
    ['takes the fee with the last of the card', bought({ total_rials: 900, card_rials: 300, fee_rials: 50 }), of(900), { kind: 'held', card_rials: 300, fee_rials: 50 }, {}],
    ['leaves the fee until then', bought({ total_rials: 900, card_rials: 300, fee_rials: 50 }), of(850), { kind: 'held', card_rials: 250, fee_rials: 0 }, {}],
    ['of what was paid in cash is last', bought({ total_rials: 900, cash_rials: 300 }), of(700), { kind: 'approved', voucher_rials: 600, card_rials: 0, cash_rials: 100 }, { buckets: BACK }],
    ['at another terminal of the shop', bought(), of(600, { terminal_id: '20000002' }), { kind: 'approved', rc: '00' }, { buckets: BACK }],
    ['at another shop', bought(), of(600, { merchant_id: '000000000000102' }), { kind: 'declined', rc: '25', reason: 'original.unknown' }, { buckets: STANDS }],
    ['by another household', bought(), of(600, { household_id: 'H2' }), { kind: 'declined', rc: '25' }, { buckets: STANDS }],
    ['by another card of no household', { transactions: [{ ...SALE, household_id: '', voucher_rials: 0, card_rials: 600, bucket_ids: [], take_rials: [] }] }, of(600, { household_id: '', masked: '603799******0007' }), { kind: 'declined', rc: '25' }, {}],
    ['of a purchase that was reversed before', bought({ state: 'reversed' }), of(600), { kind: 'declined', rc: '25' }, { buckets: STANDS }],
    ['of a purchase whose bank is still asked', bought({ state: 'held', rc: null }), of(600), { kind: 'declined', rc: '25' }, { buckets: STANDS }],
    ['of a purchase of a closed day', bought({ business_day: YESTERDAY }), of(600), { kind: 'approved', business_day: TODAY, original_day: YESTERDAY }, { buckets: BACK }],
    ['of credit past its end is not left to spend', { buckets: [bucket(1, { spent_rials: 500, valid_to: YESTERDAY }), SPENT[1]!], transactions: [SALE] }, of(600), { kind: 'approved', rc: '00', left_rials: 400 }, { buckets: BACK }],
  ])('%s', (...row) => decides(pool, 'decide_return', row)); // prettier-ignore
});

describe('a reversal', () => {
  const of = (args = {}, more = {}) => ({ op: 'reverse', total_rials: 600, args: { stan: SALE.stan, transmission: SALE_SENT, reason: '17', ...args }, ...more }); // prettier-ignore
  const NOTHING = { kind: 'done', rc: '00', movement: null, row_kind: 'advice' };
  const RETURN = { ...SALE, transaction_id: 51, kind: 'return', stan: '000002', total_rials: 250, voucher_rials: 250, bucket_ids: [2, 1], take_rials: [100, 150], original_id: 50, original_day: TODAY }; // prettier-ignore
  const RETURNED = { ...SALE, returned_rials: [250, 0, 0], given_rials: [150, 100], given_voucher: 250 };
  const OF_RETURN = of({ stan: '000002' });
  const LEFT = [bucket(1, { spent_rials: 350 }), bucket(2)];
  const reservation = { household_id: 'H1', quote_ref: '1632711000050', transaction_id: 50, state: 'held', expires_at: NOON + 1, total_rials: 600, voucher_rials: 600, bucket_ids: [1, 2], take_rials: [500, 100] }; // prettier-ignore
  test.each<Case>([
    ['takes all of a purchase back', bought(), of(), { kind: 'done', rc: '00', reason: 'reversed', movement: 'reverse', row_kind: 'reversal', voucher_rials: 600, total_rials: 600, left_rials: 900 }, { buckets: BACK, transactions: { 50: { state: 'reversed', given_voucher: 600 } }, advices: [] }],
    ['down to a corrected total', bought(), of({ corrected: 400 }), { rc: '00', movement: 'reverse', voucher_rials: 200, take_rials: [100, 100] }, { buckets: [[400, 0, 0], [0, 0, 0]], transactions: { 50: { state: 'approved', price_rials: 400 } } }],
    ['to more than the total', bought(), of({ corrected: 700 }), NOTHING, { buckets: STANDS }],
    ['after a return takes the rest back', { buckets: LEFT, transactions: [RETURNED] }, of(), { movement: 'reverse', voucher_rials: 350, take_rials: [350] }, { buckets: BACK, transactions: { 50: { state: 'reversed' } } }],
    ['with a part of the card tells the bank', bought({ total_rials: 900, card_rials: 300 }), of(), { movement: 'reverse', voucher_rials: 600, card_rials: 300, total_rials: 900 }, { buckets: BACK, advices: [[300, '17']] }],
    ['of what was reversed before', bought({ state: 'reversed', given_rials: [500, 100], given_voucher: 600 }), of(), NOTHING, { buckets: STANDS, advices: [] }],
    ['of what was declined', bought({ state: 'declined', rc: '51' }), of(), NOTHING, { buckets: STANDS }],
    ['of a purchase of a closed day', bought({ business_day: YESTERDAY }), of(), { movement: 'reverse', business_day: TODAY, original_day: YESTERDAY }, { buckets: BACK }],
    ['before its original', { buckets: SPENT }, of(), { kind: 'done', rc: '00', reason: 'original.awaited', household_id: '', movement: null }, { buckets: STANDS, tombstones: 1 }],
    ['before its original, again', { more: [['tombstones', { terminal_id: SALE.terminal_id, stan: SALE.stan, transmission: SALE_SENT, rrn: '632711000099', at: NOON }]] }, of(), { reason: 'original.awaited', rrn: '632711000099' }, { tombstones: 1 }],
    ['of another terminal', bought(), of({}, { terminal_id: '20000002' }), { reason: 'original.awaited' }, { buckets: STANDS, tombstones: 1, transactions: { 50: { state: 'approved' } } }],
    ['while the bank is asked is kept for later', { buckets: HELD, transactions: [{ ...SALE, state: 'held', rc: null }] }, of(), NOTHING, { buckets: [[0, 500, 0], [0, 100, 0]], transactions: { 50: { state: 'held', reversal: '17' } } }],
    ['down to a total while the bank is asked', { buckets: HELD, transactions: [{ ...SALE, state: 'held', rc: null }] }, of({ corrected: 400 }), { reason: 'reversed.later' }, { transactions: { 50: { reversal: null, corrected_rials: 400 } } }],
    ['down to a total while a return is at the bank', bought({ returned_rials: [100, 0, 0], pending_rials: 100 }), of({ corrected: 400 }), { ...NOTHING, reason: 'reversed.later' }, { buckets: STANDS, transactions: { 50: { corrected_rials: 400, price_rials: null } } }],
    ['of a household that is not locked', bought(), of({}, { household_id: 'H2' }), { kind: 'again' }, { buckets: STANDS, transactions: { 50: { state: 'approved' } } }],
    ['for want of an advice that came meanwhile', bought({ confirmed_at: NOON }), of({ unconfirmed: true }), { reason: 'confirmed.meanwhile', row_kind: null, movement: null }, { buckets: STANDS, transactions: { 50: { state: 'approved' } } }],
    ['of a reservation ends it', { buckets: HELD, transactions: [{ ...SALE, kind: 'quote', quote_ref: '1632711000050', bucket_ids: [], take_rials: [] }], quotes: [reservation] }, of(), { ...NOTHING, left_rials: 900 }, { buckets: BACK, quotes: ['released'] }],
    ['of a return takes the credit again', { buckets: LEFT, transactions: [RETURNED, RETURN] }, OF_RETURN, { movement: 'reverse-return', voucher_rials: 250, bucket_ids: [1, 2], take_rials: [150, 100], short_rials: null, left_rials: 300 }, { buckets: STANDS, transactions: { 50: { returned_rials: [0, 0, 0], given_voucher: 0 }, 51: { state: 'reversed', given_voucher: 250 } }, shortages: [] }],
    ['of a return down to a total', { buckets: LEFT, transactions: [RETURNED, RETURN] }, of({ stan: '000002', corrected: 200 }), { movement: 'reverse-return', voucher_rials: 50, take_rials: [50] }, { buckets: [[400, 0, 0], [0, 0, 0]], transactions: { 50: { returned_rials: [200, 0, 0] }, 51: { state: 'approved', price_rials: 200 } } }],
    ['of a return whose credit is spent again', { buckets: [bucket(1, { spent_rials: 500 }), bucket(2, { spent_rials: 360 })], transactions: [RETURNED, RETURN] }, OF_RETURN, { movement: 'reverse-return', voucher_rials: 250, bucket_ids: [2], take_rials: [40], short_rials: 210, left_rials: 0 }, { buckets: [[500, 0, 0], [400, 0, 0]], shortages: [210] }],
  ])('%s', (...row) => decides(pool, 'decide_reverse', row)); // prettier-ignore
});

describe('a completion', () => {
  const LATER = NOON + 5_000;
  const of = (leg: string, more = {}) => ({ op: 'complete', at: LATER, args: { id: 50, day: TODAY, leg, ...more } });
  const by = (more = {}) => ({ buckets: HELD, transactions: [{ ...SALE, state: 'held', rc: null, bank: 'card', total_rials: 900, card_rials: 300, ...more }] }); // prettier-ignore
  const ENDED = { kind: 'done', movement: 'release', voucher_rials: 0, card_rials: 0 };
  const GIVEN_UP = { bucket_ids: [], take_rials: [], voucher_rials: 0, card_rials: 0 };
  const RETURN = { ...SALE, transaction_id: 51, kind: 'return', state: 'held', rc: null, bank: 'card', stan: '000002', total_rials: 700, voucher_rials: 600, card_rials: 100, bucket_ids: [2, 1], take_rials: [100, 500], original_id: 50, original_day: TODAY }; // prettier-ignore
  const returning = (more = {}) => ({ buckets: SPENT, transactions: [{ ...SALE, total_rials: 900, card_rials: 300, returned_rials: [600, 100, 0], given_voucher: 600, given_card: 100, pending_rials: 700, ...more }, RETURN] }); // prettier-ignore
  const ofReturn = (leg: string, more = {}) => of(leg, { id: 51, ...more });
  test.each<Case>([
    ['that the bank approved captures', by(), of('approved', { auth: '123456' }), { kind: 'done', rc: '00', auth_code: '123456', movement: 'capture', voucher_rials: 600, card_rials: 300 }, { buckets: STANDS, transactions: { 50: { state: 'approved', rc: '00' } }, advices: [] }],
    ['with cash beside it', by({ bank: 'pin-check', card_rials: 0, cash_rials: 300 }), of('approved'), { rc: '10', movement: 'capture', auth_code: '000050' }, { buckets: STANDS }],
    ['starts the time to confirm with the answer', by({ confirm_by: SALE.at + 60_000 }), of('approved'), { movement: 'capture' }, { transactions: { 50: { confirm_by: LATER + 60_000 } } }],
    ['that the bank declined releases', by(), of('declined', { rc: '51', bank: '51' }), { ...ENDED, rc: '51', reason: 'bank.declined.51' }, { buckets: BACK, transactions: { 50: { state: 'declined', ...GIVEN_UP } }, advices: [] }],
    ['that was never sent releases', by(), of('unsent', { rc: '91' }), { ...ENDED, rc: '91' }, { buckets: BACK, advices: [] }],
    ['in doubt releases, and reverses at the bank', by(), of('doubt', { rc: '68' }), { ...ENDED, rc: '68' }, { buckets: BACK, advices: [[300, '68']] }],
    ['in doubt about a PIN has nothing to reverse', by({ bank: 'pin-check', total_rials: 600, card_rials: 0 }), of('doubt', { rc: '68' }), ENDED, { buckets: BACK, advices: [] }],
    ['that the bank approved after a reversal', by({ reversal: '17' }), of('approved'), { ...ENDED, rc: '68', reason: 'reversed.meanwhile' }, { buckets: BACK, transactions: { 50: { state: 'reversed' } }, advices: [[300, '17']] }],
    ['that the bank declined after a reversal', by({ reversal: '17' }), of('declined', { rc: '51' }), { ...ENDED, reason: 'reversed.meanwhile' }, { buckets: BACK, advices: [] }],
    ['a second time', bought({ total_rials: 900, card_rials: 300 }), of('declined', { rc: '51' }), { kind: 'done', rc: '00', movement: null }, { buckets: STANDS, transactions: { 50: { state: 'approved' } } }],
    ['of an ordinary transaction moves no credit', { transactions: [{ ...SALE, kind: 'forward', state: 'held', rc: null, voucher_rials: 0, card_rials: 600, bucket_ids: [], take_rials: [] }] }, of('approved'), { kind: 'done', rc: '00', movement: null }, { transactions: { 50: { state: 'approved' } } }],
    ['of a return that the bank took', returning(), ofReturn('approved'), { kind: 'done', rc: '00', movement: 'return', bucket_ids: [2, 1], take_rials: [100, 500] }, { buckets: BACK, transactions: { 50: { pending_rials: null, given_rials: [500, 100] }, 51: { state: 'approved' } }, advices: [] }],
    ['of a return that the bank did not take', returning(), ofReturn('declined', { rc: '12' }), { kind: 'done', rc: '12', movement: null }, { buckets: STANDS, transactions: { 50: { pending_rials: null, returned_rials: [0, 0, 0], given_voucher: 0 }, 51: { state: 'declined' } } }],
    ['of a return whose purchase was reversed meanwhile', returning({ state: 'reversed' }), ofReturn('declined', { rc: '12' }), { kind: 'done', rc: '00', movement: 'return' }, { buckets: BACK, transactions: { 51: { state: 'approved' } }, advices: [[100, '17']] }],
  ])('%s', (...row) => decides(pool, 'decide_complete', row)); // prettier-ignore

  test.each([
    ['of nobody', {}, { id: 99, day: TODAY }],
    ['of another day', by(), { id: 50, day: YESTERDAY }],
  ])('%s is a fault of the caller', async (_, standing, args) => {
    const call = withBooks(pool, standing, (functions) =>
      functions.call('decide_complete', entry({ household_id: 'H1', args: { leg: 'approved', ...args } }), context({})),
    );
    await expect(call).rejects.toThrow(/no transaction \d+ of household H1/);
  });
});
