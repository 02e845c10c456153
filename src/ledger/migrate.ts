import type pg from 'pg';
import { transaction } from '../ops/database.ts';
import { GatewayError, sqlStateOf } from '../ops/errors.ts';
import { FUNCTIONS } from '../ops/function-set.ts';
import { everySqlIn } from '../ops/sql.ts';
import { createOurs, oursStands, removeAll, removeIdle } from './function-sets.ts';
import { buildIndex, onlineIndexOf, type OnlineIndex } from './online-index.ts';
import { grantRoles, lockSchema } from './roles/roles.ts';

/** Purchases that need a table wait behind a migration that waits for it. */
const LOCK_MS = 300;
const TRIES = 60;
/** Versions up to this one knew of one set of functions only, and none could run beside the next. */
const ONE_SET = '0900_forgetting.sql';
const TOO_BUSY = '55P03'; // lock_not_available
/** How many sets of functions of other versions stay though nobody uses them: one, for the way back. */
const WAY_BACK = 1;

/** Brings the database to this version: tables by migrations, each applied once and in the order of their names, then the functions
 *  that decide, beside those of other versions (docs/decisions/0117). A fresh database and one of an older version take the same steps in the
 *  same order. Tables all or not at all up to the next index that is built while purchases go on (`-- concurrently`), then what comes after it, then
 *  functions. Copies of the version before go on meanwhile, and a run that was cut off is taken up by the next.
 *  @throws GatewayError `database.order`: what was applied is not the beginning of our sequence, or a newer version's, beside which this one cannot
 *  run; `database.busy`: somebody holds a table for longer than purchases could wait */
export async function migrate(pool: pg.Pool): Promise<void> {
  if (!(await mayMigrate(pool))) return assertMigrated(pool);
  for (let next = await bringTables(pool); next !== undefined; next = await bringTables(pool)) {
    await buildIndex(pool, next.index);
    await pool.query('insert into migrations (name) values ($1) on conflict do nothing', [next.name]);
  }
  await transaction(pool, async (tx) => {
    await lockSchema(tx);
    await createOurs(tx);
    await removeIdle(tx, WAY_BACK);
  });
}

/** Removes the functions of other versions by which nobody decides any more: after that there is no way back to them but their own
 *  `db migrate`. @returns what was removed */
export async function contract(pool: pg.Pool): Promise<string[]> {
  return transaction(pool, async (tx) => {
    await lockSchema(tx);
    return removeIdle(tx, 0);
  });
}

interface NextIndex {
  readonly name: string;
  readonly index: OnlineIndex;
}

/** @returns the index that is to be built before others can go on; undefined: all is done
 *  @throws GatewayError `database.busy` */
async function bringTables(pool: pg.Pool): Promise<NextIndex | undefined> {
  for (let tries = 1; ; tries++) {
    const brought = await tryTables(pool);
    if (brought !== 'in use') return brought;
    if (tries === TRIES) throw new GatewayError('database.busy', await whoHolds(pool));
    await pool.query('select pg_sleep(1)'); // purchases that waited behind us go on
  }
}

/** @returns `in use`: a table was, nothing is changed */
async function tryTables(pool: pg.Pool): Promise<NextIndex | undefined | 'in use'> {
  try {
    return await transaction(pool, async (tx) => {
      await lockSchema(tx);
      await tx.query(
        'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
      );
      const { waiting, ahead } = waitingAfter(await appliedTo(tx));
      await tx.query(`set local lock_timeout = '${LOCK_MS}ms'`);
      // Their signatures may hold what such a migration changes.
      if (waiting.some(({ name }) => name <= ONE_SET)) await removeAll(tx);
      for (const { name, text } of waiting) {
        const index = onlineIndexOf(name, text);
        if (index !== undefined) return { name, index };
        await tx.query(text);
        const needs = neededBy(text);
        if (needs === undefined) await tx.query('insert into migrations (name) values ($1)', [name]);
        else await tx.query('insert into migrations (name, needs) values ($1, $2)', [name, needs]);
      }
      if (!ahead) await grantRoles(tx); // a newer version's are more than ours
      return undefined;
    });
  } catch (error) {
    if (sqlStateOf(error) === TOO_BUSY) return 'in use';
    throw error;
  }
}

/** Of a migration that takes away what an older version uses (`-- contract: 0935_name.sql` is its first line): the migration that a version
 *  must know to run beside it. All others only add, and whoever does not know them may go on. */
export function neededBy(text: string): string | undefined {
  return /^-- contract: (\S+\.sql)/.exec(text)?.[1];
}

async function whoHolds(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ who: string }>(
    `select format('process %s (%s, %s) since %s', pid, usename, coalesce(nullif(application_name, ''), 'no name'), to_char(xact_start, 'HH24:MI:SS')) as who
       from pg_stat_activity where datname = current_database() and xact_start < now() - interval '2 seconds' and pid <> pg_backend_pid()
      order by xact_start limit 3`,
  );
  const who = rows.map((row) => row.who).join('; ');
  return (
    `The tables are in use for longer than purchases could wait, ${TRIES} times over. Nothing was changed. ` +
    `The oldest transactions: ${who === '' ? 'none any more' : who}. End them, or run kalabarg db migrate again later.`
  );
}

/** A role of a duty may not: the owner brings the tables to a version, once (kalabarg db migrate). */
async function mayMigrate(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ owner: boolean }>(
    `select pg_has_role(current_user, relowner, 'member') as owner from pg_class where oid = to_regclass('public.migrations')`,
  );
  return rows[0]?.owner ?? true;
}

/** Why this version may not run on the tables and functions that are there; undefined: it may. Nothing is changed. */
export async function migrationFault(pool: pg.Pool): Promise<string | undefined> {
  const done = await appliedTo(pool);
  const ours = migrations().map(({ name }) => name);
  const missing = [...ours, FUNCTIONS].filter((name) => !done.has(name));
  if (missing.length === 0 && !(await oursStands(pool))) missing.push(FUNCTIONS);
  if (missing.length > 0) return `the database is of another version (${missing.slice(0, 3).join(', ')})`;
  const after = excluding(done, new Set(ours));
  return after.length > 0 ? `a newer version made the database (${after.slice(0, 3).join(', ')})` : undefined;
}

/** Migrations of a newer version beside which we cannot run. */
function excluding(done: Applied, ours: ReadonlySet<string>): string[] {
  return [...done].flatMap(([name, needs]) => (!ours.has(name) && needs !== null && !ours.has(needs) ? [name] : []));
}

/** @throws GatewayError `database.version` */
async function assertMigrated(pool: pg.Pool): Promise<void> {
  const fault = await migrationFault(pool);
  if (fault === undefined) return;
  throw new GatewayError(
    'database.version',
    `${fault.charAt(0).toUpperCase()}${fault.slice(1)}, and this role may not change that. ` +
      'Run kalabarg db migrate with the URL of its owner in KALABARG_OWNER_DATABASE_URL.',
  );
}

/** What was applied, by name, and what a version must know to run beside it. */
type Applied = ReadonlyMap<string, string | null>;

async function appliedTo(db: pg.Pool | pg.PoolClient): Promise<Applied> {
  // as JSON: the column is not there before its migration
  const { rows } = await db.query<{ name: string; needs: string | null }>(
    `select name, to_jsonb(m) ->> 'needs' as needs from migrations m`,
  );
  return new Map(rows.map(({ name, needs }) => [name, needs]));
}

interface SqlFile {
  readonly name: string;
  readonly text: string;
}

/** The migrations that are still to be applied; `ahead`: a newer version was here, beside which we may run.
 *  @throws GatewayError `database.order` */
function waitingAfter(done: Applied): { waiting: SqlFile[]; ahead: boolean } {
  const sequence = migrations();
  const last = sequence.at(-1)?.name ?? '';
  const applied = [...done.keys()].filter((name) => !name.startsWith('functions ')).sort();
  const [ours, newer] = [applied.filter((name) => name <= last), applied.filter((name) => name > last)];
  const [after] = excluding(done, new Set(sequence.map(({ name }) => name)));
  const strange =
    ours.find((name, index) => name !== sequence[index]?.name) ??
    after ??
    (ours.length < sequence.length ? newer[0] : undefined);
  if (strange === undefined) return { waiting: sequence.slice(ours.length), ahead: newer.length > 0 };
  const skipped = sequence.find(({ name }) => !done.has(name) && name < strange)?.name;
  throw new GatewayError(
    'database.order',
    skipped === undefined
      ? `The database has ${strange}, which this version does not know: a newer version made it. Start that version, or a later one.`
      : `The database has ${strange}, but not ${skipped}, which comes before it: a version that was never released made it. ` +
          'Restore a backup of before, or use an empty database.',
  );
}

function migrations(): SqlFile[] {
  return everySqlIn(new URL('./migrations/', import.meta.url));
}
