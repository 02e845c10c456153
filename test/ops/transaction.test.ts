import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openPool } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { transaction } from '../../src/ops/database.ts';
import { temporaryPostgres } from '../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(server.url, 1);
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  await pool.query('create table notes (note text)');
});
beforeEach(async () => {
  await pool.query('truncate notes');
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

const note = (tx: pg.PoolClient) => tx.query(`insert into notes values ('here') returning note`);
const kept = async () => (await pool.query('select 1 from notes')).rowCount;

test('what resolves is committed, and its result comes back', async () => {
  const { rows } = await transaction(pool, note);
  expect([rows, await kept()]).toEqual([[{ note: 'here' }], 1]);
});

test('what rejects is rolled back, with its own error', async () => {
  const fault = new Error('no');
  const body = async (tx: pg.PoolClient) => {
    await note(tx);
    throw fault;
  };
  await expect(transaction(pool, body)).rejects.toBe(fault);
  expect(await kept()).toBe(0);
});

test('a dry run gives its result and leaves nothing', async () => {
  expect((await transaction(pool, note, { undo: true })).rowCount).toBe(1);
  expect(await kept()).toBe(0);
});

test('the mode is the one that was asked for', async () => {
  await expect(transaction(pool, note, { mode: 'read only' })).rejects.toMatchObject({ code: '25006' });
  const mode = 'isolation level repeatable read read only';
  const shown = await transaction(pool, (tx) => tx.query('show transaction_isolation'), { mode });
  expect(shown.rows).toEqual([{ transaction_isolation: 'repeatable read' }]);
});

test('a connection that dies under it fails this one, and not the next', async () => {
  const body = async (tx: pg.PoolClient) => {
    await note(tx);
    await tx.query('select pg_terminate_backend(pg_backend_pid())');
  };
  await expect(transaction(pool, body)).rejects.toMatchObject({ code: '57P01' });
  expect(await kept()).toBe(0);
});
