import { createHash } from 'node:crypto';
import type pg from 'pg';
import { GatewayError, sqlStateOf } from '../ops/errors.ts';

/** An index that a migration of its own builds while purchases go on: `-- concurrently` is the first line of its file, and one
 *  `create index` its statement. */
export interface OnlineIndex {
  readonly name: string;
  readonly table: string;
  readonly unique: boolean;
  /** What follows the table: columns, method, condition. */
  readonly rest: string;
}

/** Of a lock that stops purchases, and is held for an instant: they wait behind whoever waits for it. */
const LOCK_MS = 300;
const TRIES = 60;
const TOO_BUSY = '55P03'; // lock_not_available
/** A partition went while its index was built. */
const GONE = '42P01'; // undefined_table
/** One of ours builds at a time. Asked for again and again, never waited for: `create index concurrently` waits for everybody who waits. */
const BUILDER = 8584;
const MAX_NAME = 63;

const STATEMENT = /^create (unique )?index (\w+) on (\w+)\s+([^;]+?)\s*;?\s*$/i;

/** @returns undefined: an ordinary migration
 *  @throws GatewayError `database.migration` when it says `-- concurrently` and is anything but one index */
export function onlineIndexOf(file: string, text: string): OnlineIndex | undefined {
  if (!/^-- concurrently\s*$/m.test(text.split('\n', 1)[0] ?? '')) return undefined;
  const [, unique, name, table, rest] = STATEMENT.exec(text.replace(/^--[^\n]*\n/gm, '').trim()) ?? [];
  if (name === undefined || table === undefined || rest === undefined || name.length > MAX_NAME)
    throw new GatewayError(
      'database.migration',
      `${file}: after "-- concurrently" stands one "create index name on table (…)" alone`,
    );
  return { name, table, unique: unique !== undefined, rest };
}

/** Builds it, or what is left of it to build: on each partition by itself, without holding up who writes there. What another attempt left half
 *  done is thrown away and built anew; what is whole stays. Days that begin meanwhile have it from their start. */
export async function buildIndex(pool: pg.Pool, index: OnlineIndex): Promise<void> {
  const db = await pool.connect();
  let whole = false;
  try {
    while (!(await asksTrue(db, 'select pg_try_advisory_lock($1) as yes', [BUILDER])))
      await db.query('select pg_sleep(1)');
    await build(db, index);
    whole = true;
    await db.query('select pg_advisory_unlock($1)', [BUILDER]);
  } finally {
    db.release(!whole); // its lock and its settings go with it
  }
}

async function build(db: pg.PoolClient, index: OnlineIndex): Promise<void> {
  if ((await stateOf(db, index.name)) === 'whole') return;
  if (!(await asksTrue(db, `select relkind = 'p' as yes from pg_class where oid = to_regclass($1)`, [index.table]))) {
    await buildOn(db, index, index.table, index.name);
    return;
  }
  await shortly(db, `create ${kind(index)} if not exists ${index.name} on only ${index.table} ${index.rest}`);
  for (let partition = await next(db, index); partition !== undefined; partition = await next(db, index)) {
    const own = nameOn(partition, index.name);
    try {
      await buildOn(db, index, partition, own);
      await shortly(db, `alter index ${index.name} attach partition ${own}`);
    } catch (error) {
      if (sqlStateOf(error) !== GONE) throw error;
    }
  }
}

/** A partition on which it does not stand, the newest first: those are asked for most. */
async function next(db: pg.PoolClient, { name, table }: OnlineIndex): Promise<string | undefined> {
  const { rows } = await db.query<{ partition: string }>(
    `select p.inhrelid::regclass::text as partition from pg_inherits p
      where p.inhparent = to_regclass($2)
        and not exists (select 1 from pg_inherits i join pg_index x on x.indexrelid = i.inhrelid
                         where i.inhparent = to_regclass($1) and x.indrelid = p.inhrelid and x.indisvalid)
      order by p.inhrelid desc limit 1`,
    [name, table],
  );
  return rows[0]?.partition;
}

async function buildOn(db: pg.PoolClient, index: OnlineIndex, table: string, name: string): Promise<void> {
  const state = await stateOf(db, name);
  if (state === 'whole') return;
  if (state === 'half') await db.query(`drop index concurrently ${name}`);
  await db.query(`create ${kind(index)} concurrently ${name} on ${table} ${index.rest}`);
}

const kind = ({ unique }: OnlineIndex): string => (unique ? 'unique index' : 'index');

/** The same each time, so that another attempt finds it. */
function nameOn(partition: string, index: string): string {
  const name = `${partition}_${index}`;
  if (name.length <= MAX_NAME) return name;
  return `${name.slice(0, MAX_NAME - 9)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

async function stateOf(db: pg.PoolClient, name: string): Promise<'none' | 'half' | 'whole'> {
  const { rows } = await db.query<{ valid: boolean }>(
    'select indisvalid as valid from pg_index where indexrelid = to_regclass($1)',
    [name],
  );
  return rows[0] === undefined ? 'none' : rows[0].valid ? 'whole' : 'half';
}

/** What locks out purchases for an instant, in short tries. @throws GatewayError `database.busy` */
async function shortly(db: pg.PoolClient, statement: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    await db.query(`set lock_timeout = '${LOCK_MS}ms'`);
    try {
      await db.query(statement);
      return;
    } catch (error) {
      if (sqlStateOf(error) !== TOO_BUSY) throw error;
      if (tries === TRIES)
        throw new GatewayError(
          'database.busy',
          `${statement}: the table is in use for longer than purchases could wait, ${TRIES} times over. What is built stays: run kalabarg db migrate again later.`,
        );
    } finally {
      await db.query('set lock_timeout = 0'); // building waits for as long as it takes, and nobody behind it
    }
    await db.query('select pg_sleep(1)');
  }
}

async function asksTrue(db: pg.PoolClient, question: string, values: unknown[]): Promise<boolean> {
  const { rows } = await db.query<{ yes: boolean }>(question, values);
  return rows[0]?.yes ?? false;
}
