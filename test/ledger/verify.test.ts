import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { verifyLedger } from '../../src/ledger/index.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 2 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  await pool.query(`select open_business_day('2026-11-23')`);
});

afterAll(async () => {
  await pool.end();
  await server.stop();
});

beforeEach(async () => {
  await pool.query('truncate households, buckets, postings, quotes, programmes, entitlement_uses cascade');
  await pool.query(`insert into programmes values ('p');
    insert into households (household_id, members) values ('A1', 2);
    insert into buckets (household_id, bucket_id, programme_id, period, amount_rials, held_rials, valid_from, valid_to)
    values ('A1', 1, 'p', '1405-09', 100, 30, '2026-11-22', '2026-12-21');
    insert into quotes values ('A1', '0000000000001', 2, 'held', 1, 40, 30, null, '{1}', '{30}');
    insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
    values ('A1', 1, 1, '2026-11-23', 1, 'allocation', 1, -100, 100);`);
});

test('books in order have no fault', async () => {
  expect(await verifyLedger(pool)).toEqual([]);
});

const again = `insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
  values ('A1', 9, 1, '2026-11-23', 1,`;

test.each([
  ['buckets that differ from their journal', `update buckets set spent_rials = 1`],
  ['buckets whose held credit is not', `update buckets set held_rials = 29`],
  ['buckets of nobody', `delete from households`],
  [
    'buckets that differ from their journal',
    `${again} 'allocation', 1, -100, 100); update buckets set amount_rials = 200`,
  ],
  ['buckets that differ from their journal', `update buckets set carried_rials = 1`],
  ['buckets that differ from their journal', `delete from buckets; delete from quotes`],
  ['buckets that differ from their journal', `update postings set kind = 'carry-over'`],
  ['held quotes whose credit is not', `update quotes set voucher_rials = 31`],
  ['captures without an approved purchase', `${again} 'purchase', null, 0, 0)`],
  ['rations that differ', `insert into entitlement_uses values ('A1', 'p', '04', '1405-09', 5)`],
  [
    'rations that differ',
    `update quotes set quantities = '{"programme": "p", "period": "1405-09", "used": {"04": 5}}'`,
  ],
])('%s are found (case %#)', async (check, tamper) => {
  await pool.query(tamper);
  const faults = (await verifyLedger(pool)).map((fault) => fault.check);
  expect(faults).toContainEqual(expect.stringContaining(check));
});

test('an offender is named, so that a person can look at it', async () => {
  await pool.query('update buckets set spent_rials = 1');
  const [fault] = await verifyLedger(pool);
  expect(fault).toMatchObject({
    count: 1,
    examples: ['bucket 1 of household A1: 99 rials are open, 100 by its postings'],
  });
});

test('legs are added up again, whatever the constraint promises', async () => {
  await pool.query('alter table postings drop constraint legs_sum_to_zero');
  await pool.query(`${again} 'purchase', null, 0, -1)`);
  await pool.query(`alter table postings add constraint legs_sum_to_zero check (programme_fund + household_voucher + merchant_payable
    + card_clearing + merchant_card + cash_note + merchant_cash + fees + suspense = 0) not valid`);
  expect(await verifyLedger(pool)).toContainEqual({
    check: 'journal rows whose legs do not sum to zero',
    count: 1,
    examples: ['transaction 9 of household A1, line 1'],
  });
});
