import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { assertServer, openClient, openPool } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';

/** What the defaults of a customer's database and role may be, each harmful to us. */
const HARMFUL: Readonly<Record<string, readonly [harmful: string, ours: string]>> = {
  default_transaction_isolation: ['repeatable read', 'read committed'],
  default_transaction_read_only: ['on', 'off'],
  synchronous_commit: ['off', 'on'],
  TimeZone: ['Asia/Tehran', 'UTC'],
  DateStyle: ['SQL, DMY', 'ISO, MDY'],
  IntervalStyle: ['sql_standard', 'postgres'],
  bytea_output: ['escape', 'hex'],
  standard_conforming_strings: ['off', 'on'],
  transform_null_equals: ['on', 'off'],
  statement_timeout: ['5000', '0'],
  lock_timeout: ['60000', '0'],
  idle_in_transaction_session_timeout: ['60000', '0'],
  idle_session_timeout: ['60000', '0'],
  search_path: ['elsewhere', 'public'],
};

let server: EmbeddedPostgres;
let admin: pg.Pool;
beforeAll(async () => {
  server = await temporaryPostgres();
  admin = openPool(server.url, 1);
  await admin.query('create database taken');
  await admin.query('create schema elsewhere; create role clerk login password $$c$$ superuser');
  for (const [name, [harmful]] of Object.entries(HARMFUL)) {
    await admin.query(`alter database taken set ${name} = '${harmful}'`);
    await admin.query(`alter role clerk in database taken set ${name} = '${harmful}'`);
  }
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

const taken = (query = ''): string => {
  const url = new URL(server.url);
  return `postgresql://clerk:c@${url.host}/taken${query}`;
};

describe('a database whose defaults differ from what the code expects', () => {
  const shown = async (db: pg.Pool | pg.Client): Promise<Record<string, string>> => {
    const { rows } = await db.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any ($1)',
      [Object.keys(HARMFUL)],
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  };
  const ours = Object.fromEntries(Object.entries(HARMFUL).map(([name, [, setting]]) => [name, setting]));

  test('every session of a pool has what it needs all the same', async () => {
    const pool = openPool(taken(), 2);
    expect(await shown(pool)).toEqual(ours);
    await pool.end();
  });

  test('so has a single connection, and one whose URL sets options of its own', async () => {
    const client = await openClient(taken('?options=-c%20search_path%3Delsewhere%20-c%20synchronous_commit%3Doff'));
    expect(await shown(client)).toEqual({ ...ours, search_path: 'elsewhere' });
    await client.end();
  });

  test('a value with a space reaches the server whole, and what a caller sets is set', async () => {
    const pool = openPool(taken(), 1, { application_name: 'a b\\c', search_path: 'elsewhere' });
    const { rows } = await pool.query(
      `select current_setting('application_name') as name, current_setting('search_path') as path`,
    );
    expect(rows).toEqual([{ name: 'a b\\c', path: 'elsewhere' }]);
    await pool.end();
  });

  test('is taken: its defaults do no harm', async () => {
    const pool = openPool(taken(), 1);
    await expect(assertServer(pool, taken())).resolves.toBeUndefined();
    await pool.end();
  });
});

describe('a server that could lose money is refused, with the setting and what to do', () => {
  const refusal = async (settings: readonly string[], url = server.url): Promise<string> => {
    for (const setting of settings) await admin.query(`alter system set ${setting}`);
    await admin.query('select pg_reload_conf()');
    const pool = openPool(url, 1);
    try {
      return await assertServer(pool, url).then(
        () => '',
        (error: unknown) => (error as Error).message,
      );
    } finally {
      await pool.end();
      for (const setting of settings) await admin.query(`alter system reset ${setting.split(' ')[0] ?? ''}`);
      await admin.query('select pg_reload_conf()');
    }
  };

  test.each(['fsync', 'full_page_writes', 'synchronous_commit'])('%s = off', async (name) => {
    expect(await refusal([`${name} = off`])).toBe(
      `The database is refused:\n  ${name} is off: a power cut would lose what was answered. Set ${name} = on in postgresql.conf, and reload.`,
    );
  });

  test('all faults at once', async () => {
    expect(await refusal(['fsync = off', 'full_page_writes = off'])).toMatch(/fsync is off[^]*full_page_writes is off/);
  });

  test('a role under which no trigger runs', async () => {
    await admin.query(
      'create role mute login password $$c$$ superuser; alter role mute set session_replication_role = replica',
    );
    const url = `postgresql://mute:c@${new URL(server.url).host}/postgres`;
    expect(await refusal([], url)).toContain('session_replication_role must be origin');
  });

  test('a database of another encoding', async () => {
    await admin.query(`create database latin encoding 'LATIN1' template template0 locale 'C'`);
    const url = server.url.replace(/postgres$/, 'latin');
    expect(await refusal([], url)).toContain("the database's encoding is LATIN1");
  });

  test('a pooler that drops what a session asks for', async () => {
    // What such a pooler leaves: sessions with the defaults of the database.
    const pool = new pg.Pool({ connectionString: taken('?statement_timeout=0'), max: 1 });
    await expect(assertServer(pool, server.url)).rejects.toThrow(
      /default_transaction_isolation is repeatable read in our sessions, though they ask for read committed/,
    );
    await pool.end();
  });
});

test('a connection that dies while somebody holds it, asking nothing, ends no process: its next query says so', async () => {
  const pool = openPool(server.url, 2);
  pool.on('error', () => undefined);
  const held = await pool.connect();
  const { rows } = await held.query<{ pid: number }>('select pg_backend_pid() as pid');
  const died = new Promise((done) => held.once('end', done));
  await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
  await died;
  await expect(held.query('select 1')).rejects.toThrow('not queryable');
  held.release();
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
});
