import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { removals } from '../../../src/ledger/keep/prune.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 2 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});

afterAll(async () => {
  await pool.end();
  await server.stop();
});

const NOW = Date.UTC(2026, 10, 23, 8);
const DAY_MS = 86_400_000;

async function left(column: string, table: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(`select ${column} as name from ${table} order by 1`);
  return rows.map(({ name }) => name);
}

test('quotes that were over 30 days ago go; held and newer ones stay', async () => {
  const rows = [
    ['0000000000001', 'taken', 31],
    ['0000000000002', 'released', 31],
    ['0000000000003', 'held', 31],
    ['0000000000004', 'taken', 29],
  ] as const;
  for (const [ref, state, days] of rows) {
    await pool.query(`insert into quotes values ('A1', $1, 1, $2, $3, 1, 1, null, '{1}', '{1}')`, [
      ref,
      state,
      NOW - days * DAY_MS,
    ]);
  }
  for (const remove of Object.values(removals(pool))) await remove(NOW);
  expect(await left('quote_ref', 'quotes')).toEqual(['0000000000003', '0000000000004']);
});

test('advices that reached the bank 90 days ago go; refused ones stay until a person has resolved them', async () => {
  const rows = [
    ['delivered', '00', 91, false],
    ['recent', '00', 89, false],
    ['refused', '05', 91, false],
    ['resolved', '05', 91, true],
    ['waiting', null, undefined, false],
  ] as const;
  for (const [lane, rc, days, resolved] of rows) {
    await pool.query(
      `insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg,
         reason, queued_at, due_at, done_rc, done_at, resolved_at)
       values ($1, '0420', 't', 'm', 'r', 1, '{}', '0200', '{}', '', 1, 1, $2, $3, case when $4 then now() end)`,
      [lane, rc, days === undefined ? null : new Date(NOW - days * DAY_MS), resolved],
    );
  }
  for (const remove of Object.values(removals(pool))) await remove(NOW);
  expect(await left('lane', 'bank_advices')).toEqual(['recent', 'refused', 'waiting']);
});

test('what was taken of quantities goes after more than a year', async () => {
  await pool.query(
    `insert into entitlement_uses values ('A1', 'p', '01', '1404-06', 1), ('A1', 'p', '01', '1404-07', 1), ('A1', 'p', '01', '1405-09', 1)`,
  );
  for (const remove of Object.values(removals(pool))) await remove(NOW);
  expect(await left('period', 'entitlement_uses')).toEqual(['1404-07', '1405-09']);
});

test('what stood in, and orders that ended, go after 400 days; what is still to be told stays; lines of lists stay longer', async () => {
  const day = (days: number): string => new Date(NOW - days * DAY_MS).toISOString().slice(0, 10);
  const orders = [
    ['long over', 401, true],
    ['long over, granted', 401, true],
    ['never told, granted', 401, false],
    ['newer', 399, true],
  ] as const;
  for (const [name, days, isDone] of orders) {
    const { rows } = await pool.query<{ id: string }>(
      `insert into authority_orders (authority, programme_id, kind, name, terminal_id, merchant_id, stan, household_id, total_rials, asked_at, due_at, done_at)
       values ('central', 'p', 'purchase', $1, 't', 'm', '1', 'R1', 1, 1, 1, $2) returning order_id as id`,
      [name, isDone ? NOW - days * DAY_MS : null],
    );
    if (name.endsWith('granted'))
      await pool.query(`insert into stand_ins values ($1, 'p', 'R1', 'm', $2, 1)`, [rows[0]?.id, day(days)]);
  }
  for (const days of [401, 399])
    await pool.query(
      `insert into authority_seen values ('central', $1, 'p', '{627760}', 'http://127.0.0.1:9', null, 150, to_timestamp(0), to_timestamp($2 / 1000.0))`,
      [String(days), NOW - days * DAY_MS],
    );
  for (const days of [401, 399])
    await pool.query(`insert into bank_stand_ins values ($1, 'A1', $2, 'm', '{p}', $2, 1, false, 'unsent', 1)`, [
      days,
      day(days),
    ]);
  await pool.query(`insert into authority_lists values ('central', $1, repeat('0', 64), 1, 1, now()), ('central', $2, repeat('0', 64), 1, 1, now())`, [day(431), day(429)]); // prettier-ignore
  await pool.query(
    `insert into authority_list_lines select authority, day, 1, '1', 't', 'confirmed', 1, 'm', 't', 'r' from authority_lists`,
  );
  for (const remove of Object.values(removals(pool))) await remove(NOW);
  expect(await left('name', 'authority_orders')).toEqual(['never told, granted', 'newer']);
  expect(await left('(select name from authority_orders o where o.order_id = s.order_id)', 'stand_ins s')).toEqual([
    'never told, granted',
  ]);
  expect(await left('transaction_id::text', 'bank_stand_ins')).toEqual(['399']);
  expect(await left('digest', 'authority_seen')).toEqual(['399']);
  expect(await left('day::text', 'authority_list_lines')).toEqual([day(429)]);
  expect(await left('day::text', 'authority_lists')).toEqual([day(431), day(429)]);
});
