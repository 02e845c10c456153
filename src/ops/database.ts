import pg from 'pg';
import { bounded, boundedClient, PATIENCE, watchFor, type Patience } from './database-watch.ts';
import { GatewayError, sqlStateOf } from './errors.ts';
import { DECISIONS } from './function-set.ts';
import { VERSION } from './version.ts';

/** What every session of ours must have, whatever the server, the database or the role has as its default. Sent with the
 *  start of the connection, where it wins over all of them and costs no round trip. */
const SESSION: Readonly<Record<string, string>> = {
  // Decisions take advisory locks, then read: under a snapshot taken before the lock they would not see who was first.
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  synchronous_commit: 'on', // no answer leaves before its commit is on disk
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  // A load, a netting or a close may take its time; listeners and those who hold a lock of a session stay idle.
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

/** Who a session is of: which version's functions are in use is seen by it (src/ledger/function-sets.ts). */
const NAME = { application_name: `kalabarg ${VERSION} ${DECISIONS}` };

/** The tables are found in one place whatever a role is called; the URL of the connection may name another. */
const SEARCH_PATH = { search_path: 'public' };

const URL_OPTIONS = /([?&])options=([^&#]*)&?/;

/** How to connect so that the session has what the code expects.
 *  @param url `postgres://…`; what its own `options` set holds where ours say nothing
 *  @param settings parameters of PostgreSQL that are this session's alone */
function sessionOf(url: string, settings: Readonly<Record<string, string>> = {}): pg.ClientConfig {
  const own = decodeURIComponent(URL_OPTIONS.exec(url)?.[2]?.replaceAll('+', ' ') ?? '');
  const options = [assignments(SEARCH_PATH), own, assignments({ ...NAME, ...SESSION, ...settings })]
    .filter(Boolean)
    .join(' ');
  return { connectionString: url.replace(URL_OPTIONS, '$1'), options };
}

function assignments(settings: Readonly<Record<string, string>>): string {
  const escaped = (value: string): string => value.replace(/[\\ ]/g, '\\$&');
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${escaped(value)}`)
    .join(' ');
}

/** A pool whose every session has what the code expects of it, and ends when its server falls mute.
 *  @param max connections at most */
export function openPool(
  url: string,
  max: number,
  settings?: Readonly<Record<string, string>>,
  patience = PATIENCE,
): pg.Pool {
  const pool = new pg.Pool({ ...sessionOf(url, settings), max, Client: boundedClient(patience) });
  const watch = watchFor(() => answersAtAll(url, patience), patience);
  pool.on('connect', (client) => {
    // Whoever has taken a connection and asks it nothing just now (a lock is held while files are read) has no ear for its end,
    // and an error that nobody hears ends the process. The next query on it says what happened.
    client.on('error', () => undefined);
    watch(client);
  });
  return pool;
}

/** One connection that has what the code expects of it. */
export async function openClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ ...sessionOf(url), ...bounded(PATIENCE) });
  client.on('error', () => undefined); // whoever listens on it hears it too; without any ear the process would end
  await client.connect();
  watchFor(() => answersAtAll(url, PATIENCE), PATIENCE)(client);
  return client;
}

/** Whether anybody is there: a refusal is an answer too. */
async function answersAtAll(url: string, patience: Patience): Promise<boolean> {
  const client = new pg.Client({ ...sessionOf(url), ...bounded(patience) });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    return sqlStateOf(error) !== undefined || (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
  } finally {
    client.connection.stream.destroy(); // a polite end would wait for a server that may be mute
  }
}

export interface TransactionOptions {
  /** What stands after `begin`. */
  readonly mode?: 'read only' | 'isolation level repeatable read' | 'isolation level repeatable read read only';
  /** Nothing of it stays: a dry run. */
  readonly undo?: boolean;
}

/** Runs `body` in one transaction on a connection of its own: committed when it resolves, rolled back when it rejects.
 *  The error is the body's, or the commit's. */
export async function transaction<T>(
  pool: pg.Pool,
  body: (tx: pg.PoolClient) => Promise<T>,
  { mode, undo = false }: TransactionOptions = {},
): Promise<T> {
  const tx = await pool.connect();
  let broken = false;
  try {
    await tx.query(mode === undefined ? 'begin' : `begin ${mode}`);
    const result = await body(tx);
    await tx.query(undo ? 'rollback' : 'commit');
    return result;
  } catch (error) {
    // The first error is the one to tell. A connection that does not even roll back is not lent again.
    await tx.query('rollback').catch(() => (broken = true));
    throw error;
  } finally {
    tx.release(broken);
  }
}

/** In the transaction that is there, or in one of its own. */
export function within<T>(db: pg.Pool | pg.PoolClient, work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  return 'release' in db ? work(db) : transaction(db, work);
}

/** What a server must do so that a commit that was answered is there after a power cut. */
const DURABLE: Readonly<Record<string, string>> = { fsync: 'on', full_page_writes: 'on' };

interface Shown {
  readonly name: string;
  readonly setting: string;
  readonly source: string;
}

/** Refuses a server on which money could be lost, or a way to it on which sessions do not get what they ask for.
 *  @throws GatewayError `database.settings`: names each setting, what it is, and what to do */
export async function assertServer(pool: pg.Pool, url: string): Promise<void> {
  const { rows } = await pool.query<Shown>(
    `select name, setting, source from pg_settings
      where name = any ($1) or name in ('session_replication_role', 'server_encoding')`,
    [[...Object.keys(DURABLE), ...Object.keys(SESSION)]],
  );
  const shown = new Map([...rows, await serverWideCommit(url)].map((row) => [row.name, row.setting]));
  const faults = [
    ...Object.entries({ ...DURABLE, 'synchronous_commit of the server': 'on' })
      .filter(([name, wanted]) => shown.get(name) !== wanted)
      .map(([name]) => durability(name.split(' ')[0] ?? name)),
    ...Object.entries(SESSION)
      .filter(([name, wanted]) => shown.get(name) !== wanted)
      .map(
        ([name, wanted]) =>
          `${name} is ${shown.get(name) ?? 'not known'} in our sessions, though they ask for ${wanted}. A pooler between us ` +
          'and PostgreSQL must let the start-up parameter "options" through.',
      ),
  ];
  if (shown.get('session_replication_role') !== 'origin')
    faults.push(
      'session_replication_role must be origin: else no trigger runs. alter role … reset session_replication_role.',
    );
  if (shown.get('server_encoding') !== 'UTF8')
    faults.push(`the database's encoding is ${shown.get('server_encoding') ?? '-'}. Make one with encoding 'UTF8'.`);
  if (faults.length === 0) return;
  throw new GatewayError(
    'database.settings',
    `The database is refused:\n${faults.map((each) => `  ${each}`).join('\n')}`,
  );
}

function durability(name: string): string {
  return `${name} is off: a power cut would lose what was answered. Set ${name} = on in postgresql.conf, and reload.`;
}

/** Ours have it on by themselves. What else writes there (psql, a restore) has what the server says. */
async function serverWideCommit(url: string): Promise<Shown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Shown>(
      `select setting, source from pg_settings where name = 'synchronous_commit'`,
    );
    const { setting = '', source = '' } = rows[0] ?? {};
    const ofTheServer = source === 'configuration file' || source === 'command line';
    const name = 'synchronous_commit of the server';
    return { name, setting: ofTheServer && setting === 'off' ? 'off' : 'on', source };
  } finally {
    await client.end();
  }
}
