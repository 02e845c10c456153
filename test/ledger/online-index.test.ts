import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { buildIndex, onlineIndexOf, type OnlineIndex } from '../../src/ledger/online-index.ts';
import { openPool } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(server.url, 6);
  pool.on('error', () => undefined);
  await pool.query(`select prepare_days('2026-11-20', 4)`);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

const index = (text: string): OnlineIndex => {
  const found = onlineIndexOf('9999_test.sql', `-- concurrently\n${text}`);
  if (found === undefined) throw new Error('it is none');
  return found;
};
/** On the parent, and on each partition: whether it is whole. */
const standing = async (name: string): Promise<boolean[]> => {
  const { rows } = await pool.query<{ valid: boolean }>(
    `select indisvalid as valid from pg_index where indexrelid = to_regclass($1)
      union all select x.indisvalid from pg_inherits i join pg_index x on x.indexrelid = i.inhrelid where i.inhparent = to_regclass($1)`,
    [name],
  );
  return rows.map(({ valid }) => valid);
};
const days = async (): Promise<number> => {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int as n from pg_inherits where inhparent = 'transactions'::regclass`,
  );
  return rows[0]?.n ?? 0;
};
const sell = (db: pg.Pool | pg.PoolClient, id: number, table = 'transactions'): Promise<unknown> =>
  db.query(
    `insert into ${table} (household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time, local_date, merchant_id, masked, at,
       reason, rrn, total_rials)
     values ('h', $1, '2026-11-20', 'purchase', 'held', '10000001', '000001', '120000', '1120', '000000000000001', '603799******0000', 0, '', '632400000001', 1)`,
    [id],
  );

test('it stands on each partition, on those that come later, and a second run finds nothing to do', async () => {
  const wanted = index('create index by_masked on transactions (masked, at) where state is not null');
  await buildIndex(pool, wanted);
  expect(await standing('by_masked')).toEqual(Array<boolean>(1 + (await days())).fill(true));
  await pool.query(`select prepare_days('2026-12-10', 2)`);
  expect(await standing('by_masked')).toEqual(Array<boolean>(1 + (await days())).fill(true));
  const { rows: before } = await pool.query(`select oid from pg_class where relkind = 'i' order by oid`);
  await buildIndex(pool, wanted);
  expect((await pool.query(`select oid from pg_class where relkind = 'i' order by oid`)).rows).toEqual(before);
});

test('sales go on while it waits for an older one; cut off, it leaves a half index, which the next run makes anew', async () => {
  const wanted = index('create index by_rrn_and_stan on transactions (rrn, stan)');
  const older = await pool.connect();
  await older.query('begin');
  await sell(older, 1, 'transactions_20261120'); // its partition alone: the whole table is asked for in short tries
  const state = { over: false };
  const building = buildIndex(pool, wanted)
    .then(
      () => undefined,
      (error: unknown) => error,
    )
    .finally(() => (state.over = true));
  const builder = async (): Promise<number | undefined> =>
    (
      await pool.query<{ pid: number }>(
        `select pid from pg_stat_activity where query like 'create index concurrently transactions_20261120%' and wait_event_type = 'Lock'`,
      )
    ).rows[0]?.pid;
  let pid: number | undefined;
  while (!state.over && (pid = await builder()) === undefined);
  expect(state.over).toBe(false);
  await sell(pool, 2); // it does not wait: else this test never ends
  await pool.query('select pg_cancel_backend($1)', [pid]);
  expect(await building).toMatchObject({ code: '57014' });
  await older.query('rollback');
  older.release();
  expect(await standing('by_rrn_and_stan')).toContain(false);
  const { rows: half } = await pool.query(`select indexrelid from pg_index where not indisvalid and indisready`);
  expect(half.length).toBeGreaterThan(0);
  await buildIndex(pool, wanted);
  expect(await standing('by_rrn_and_stan')).toEqual(Array<boolean>(1 + (await days())).fill(true));
  expect((await pool.query('select 1 from pg_index where not indisvalid')).rows).toEqual([]);
});

test('a table without partitions; and two runs at once build it once', async () => {
  const wanted = index('create unique index by_name on merchants (name, merchant_id)');
  await Promise.all([buildIndex(pool, wanted), buildIndex(pool, wanted)]);
  expect(await standing('by_name')).toEqual([true]);
});

test('what is no single index is no such migration', () => {
  expect(onlineIndexOf('1.sql', 'create index a on b (c);')).toBeUndefined();
  expect(onlineIndexOf('1.sql', '-- contract: 0001.sql\ndrop table b;')).toBeUndefined();
  for (const text of ['create index a on b (c); drop table b;', 'drop table b;', 'create index on b (c);', ''])
    expect(() => onlineIndexOf('1.sql', `-- concurrently\n${text}`)).toThrow(/1\.sql: after/);
});
