import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { contract, functionSets, migrate, migrationFault, verifyLedger } from '../../src/ledger/index.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { DECISIONS, DOOR } from '../../src/ops/function-set.ts';
import { everySqlIn } from '../../src/ops/sql.ts';
import { until } from '../support/attacker.ts';
import { createDatabase, temporaryPostgres } from '../support/postgres.ts';
import { schemaLines } from './support/schema.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;
const pools: pg.Pool[] = [];
const LAST = everySqlIn(new URL('../../src/ledger/migrations/', import.meta.url)).at(-1)?.name ?? '';

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = await database('empty', 'template0');
});
afterAll(async () => {
  for (const each of pools) await each.end();
  await server.stop();
});

async function database(name: string, template: 'postgres' | 'template0'): Promise<pg.Pool> {
  const opened = new pg.Pool({ connectionString: await createDatabase(server, name, template) });
  opened.on('error', () => undefined); // the server stops before its last connection is closed
  pools.push(opened);
  return opened;
}

async function functions(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select proname || ' ' || md5(prosrc) as name from pg_proc where pronamespace = '${DECISIONS}'::regnamespace order by 1`,
  );
  return rows.map((row) => row.name);
}

test('many copies that start at once bring an empty database to this version, once', async () => {
  await Promise.all([migrate(pool), migrate(pool), migrate(pool)]);
  expect(await functions()).toEqual(expect.arrayContaining([expect.stringMatching(/^decide_batch /)]));
});

describe('functions of versions side by side', () => {
  const OTHER = 'a'.repeat(12);
  /** A set of another version, made at that time. */
  const another = (digits: string, at: string): string => `
    create schema decisions_${digits}; create function decisions_${digits}.of_old() returns int language sql as 'select 1';
    create schema door_${digits};
    insert into migrations (name, applied_at) values ('functions ${digits.padEnd(64, '0')}', '${at}')`;
  const sets = async (): Promise<string[]> => {
    const names = await pool.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname like 'decisions%' or nspname like 'door%' order by 1`,
    );
    return names.rows.map(({ name }) => name);
  };

  test('ours is made once and never changed; the newest of the others stays as the way back, the rest goes', async () => {
    const ours = await functions();
    await pool.query(another('b'.repeat(12), '2020-01-01'));
    await pool.query(another(OTHER, '2021-01-01'));
    await migrate(pool);
    expect(await functions()).toEqual(ours);
    expect(await sets()).toEqual([DECISIONS, `decisions_${OTHER}`, DOOR, `door_${OTHER}`].sort());
    const { rows } = await pool.query(`select 1 from migrations where name like 'functions %'`);
    expect(rows).toHaveLength(2);
  });

  test('what a session says that it uses stays, whatever is asked; after its end it goes', async () => {
    const url = new URL(server.url);
    url.pathname = '/empty';
    const session = new pg.Client({
      connectionString: url.href,
      application_name: `kalabarg 0.1.9 decisions_${OTHER}`,
    });
    await session.connect();
    expect(await contract(pool)).toEqual([]);
    expect(await functionSets(pool)).toEqual([
      { digits: OTHER, ours: false, users: 1 },
      { digits: DECISIONS.slice('decisions_'.length), ours: true, users: 0 },
    ]);
    await session.end();
    await until(async () => (await functionSets(pool)).every(({ users }) => users === 0));
    expect(await contract(pool)).toEqual([`decisions_${OTHER}`]);
    expect(await sets()).toEqual([DECISIONS, DOOR]);
  });

  test('the set of a version that knew of one only stays while a copy of it tells of itself', async () => {
    await pool.query(`create schema decisions; create schema door;
      insert into gateway_copies (copy, started_at, seen_at, version, serves, connections, bank_links, drift_ms)
      values ('old', now(), now(), '0.2.0', '{terminals}', 0, 0, 0)`);
    expect(await contract(pool)).toEqual([]);
    await pool.query(`update gateway_copies set seen_at = now() - interval '1 hour'`);
    expect(await contract(pool)).toEqual(['decisions']);
    expect(await sets()).toEqual([DECISIONS, DOOR]);
  });
});

describe('one sequence of migrations', () => {
  const folder = new URL('../../src/ledger/migrations/', import.meta.url);
  const release = new URL('./release-0.1/', import.meta.url);
  const released = readFileSync(new URL('migrations.sha256', release), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('  ').reverse() as [name: string, sha256: string]);

  test('what was released is its beginning, as it was', () => {
    const sequence = everySqlIn(folder).map(({ name, text }) => [
      name,
      createHash('sha256').update(text).digest('hex'),
    ]);
    expect(sequence.slice(0, released.length)).toEqual(released);
  });

  test('a filled database of the last release gets the very schema of a fresh one', async () => {
    const [old, fresh] = [await database('old', 'template0'), await database('fresh', 'postgres')];
    await makeReleased(old, release);
    await sell(old);
    await migrate(old);
    await fresh.query(`select open_business_day('2026-11-23')`);
    const schema = await schemaLines(fresh);
    expect(schema.length).toBeGreaterThan(1_000);
    expect(await schemaLines(old)).toEqual(schema);
    expect(await verifyLedger(old)).toEqual([]);
    expect((await old.query('select 1 from postings where merchant_payable > 0')).rowCount).toBe(1);
  });

  test('a table in use is waited for in short tries, and what came after goes on between them', async () => {
    const busy = await database('busy', 'template0');
    await makeReleased(busy, release);
    await sell(busy);
    const reader = await busy.connect();
    await reader.query('begin; select from transactions');
    const migrated = migrate(busy);
    await until(async () => {
      const { rows } = await busy.query<{ tries: boolean }>(
        `select exists (select from pg_stat_activity where query = 'select pg_sleep(1)' and datname = 'busy') as tries`,
      );
      return rows[0]?.tries === true;
    });
    await busy.query(`update transactions set state = state`);
    await reader.query('commit');
    reader.release();
    await migrated;
    expect(await migrationFault(busy)).toBeUndefined();
  });

  test.each([
    [
      'one was skipped',
      `delete from migrations where name = '0555_loaded_again.sql'`,
      /not 0555_loaded_again\.sql, which comes before it/,
    ],
    [
      'a newer version took away what this one uses',
      `insert into migrations (name, needs) values ('9999_later.sql', '9998_before.sql')`,
      /has 9999_later\.sql, which this version does not know/,
    ],
    ['one of another order was here', `insert into migrations (name) values ('0556_never.sql')`, /has 0556_never\.sql/],
  ])('%s: nothing is applied', async (_, change, said) => {
    const name = `order_${_.replaceAll(' ', '_')}`;
    const other = await database(name, 'postgres');
    await other.query(change);
    const before = await schemaLines(other);
    await expect(migrate(other)).rejects.toMatchObject({
      code: 'database.order',
      message: expect.stringMatching(said),
    });
    expect(await schemaLines(other)).toEqual(before);
  });

  test('a newer version that only adds was here: this one goes on, and leaves its rights alone', async () => {
    const other = await database('newer', 'postgres');
    await other.query(
      `insert into migrations (name, needs) values ('9998_adds.sql', null), ('9999_takes.sql', '${LAST}')`,
    );
    await migrate(other);
    expect(await migrationFault(other)).toBeUndefined();
  });

  /** The last release as it made a database itself: its migrations, then its functions (release-0.1/functions.sql). */
  async function makeReleased(old: pg.Pool, from: URL): Promise<void> {
    const names = new Set(released.map(([name]) => name));
    await old.query('create table migrations (name text primary key, applied_at timestamptz not null default now())');
    for (const { name, text } of everySqlIn(folder).filter((file) => names.has(file.name))) {
      await old.query(text);
      await old.query('insert into migrations (name) values ($1)', [name]);
    }
    await old.query(`create schema decisions; set search_path = decisions, public;
      ${readFileSync(new URL('functions.sql', from), 'utf8')}; reset search_path;
      insert into migrations (name) values ('functions of the last release')`);
  }

  /** A purchase in it, by its own functions. */
  async function sell(old: pg.Pool): Promise<void> {
    const hash = `'\\x${'00'.repeat(32)}'::bytea`;
    /* eslint-disable no-restricted-syntax -- it had one set of functions */
    await old.query(`select open_business_day('2026-11-23');
      insert into programmes values ('kalabarg');
      insert into programme_rules (programme_id, valid_from, pin_check) values ('kalabarg', '2026-03-21', 'none');
      insert into merchants values ('000000000000001', 'Nan', 'dairy', 'IR380170000000100000000001', 'approved');
      insert into terminals (terminal_id, merchant_id) values ('10000001', '000000000000001');
      insert into households values ('H1', 2);
      insert into cards values (${hash}, '603799******0006', 'H1');
      with added as (
        insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
        values ('H1', 'kalabarg', '1405-09', 1000, '2026-11-22', '2026-12-21') returning bucket_id)
      insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
      select 'H1', nextval('transaction_ids'), 1, '2026-11-23', 0, 'allocation', bucket_id, -1000, 1000 from added;
      select decisions.decide_batch('{purchase-cash}', '{10000001}', '{000001}', '{120000}', '{1123}', '{1123083000}',
        '{000000000000001}', array[${hash}], array[${hash}], '{603799******0006}', '{1795422600000}', '{2026-11-23}', '{700}',
        '{0123456789012345678901}', '{NULL}', '{NULL}', '{NULL}')`);
    /* eslint-enable no-restricted-syntax */
  }
});
