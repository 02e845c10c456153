import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrate } from '../../src/ledger/index.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { createDatabase, temporaryPostgres } from '../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: await createDatabase(server, 'empty', 'template0') });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

async function functions(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select proname || ' ' || md5(prosrc) as name from pg_proc where pronamespace = 'decisions'::regnamespace order by 1`,
  );
  return rows.map((row) => row.name);
}

test('many copies that start at once bring an empty database to this version, once', async () => {
  await Promise.all([migrate(pool), migrate(pool), migrate(pool)]);
  expect(await functions()).toEqual(expect.arrayContaining([expect.stringMatching(/^decide_batch /)]));
});

test('functions of another version are replaced, and what it had more goes', async () => {
  const ours = await functions();
  await pool.query(`create or replace function decisions.credit_left(household text, today date) returns bigint
                    language sql as 'select 7::bigint'; create function decisions.of_old() returns int language sql as 'select 1'`);
  await migrate(pool);
  expect(await functions()).not.toEqual(ours); // the text is said to be the same: nothing to do
  await pool.query(`update migrations set name = 'functions of another version' where name like 'functions %'`);
  await migrate(pool);
  expect(await functions()).toEqual(ours);
});
