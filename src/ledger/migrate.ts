import { createHash } from 'node:crypto';
import type pg from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { everySqlIn } from '../ops/sql.ts';
import { transaction } from '../ops/database.ts';
import { grantRoles, lockSchema } from './roles/roles.ts';

/** Brings the database to this version: tables by migrations, each applied once and in the order of their names, then the functions
 *  that decide, created again. A fresh database and one of an older version take the same steps in the same order. All of it, or nothing.
 *  @throws GatewayError `database.order`: what was applied is not the beginning of our sequence */
export async function migrate(pool: pg.Pool): Promise<void> {
  if (!(await mayMigrate(pool))) return assertMigrated(pool);
  await transaction(pool, async (tx) => {
    await lockSchema(tx);
    await tx.query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    const done = await appliedTo(tx);
    const waiting = waitingAfter(done);
    const functions = functionsOf();
    if (waiting.length > 0 || !done.has(functions.name)) {
      // The functions stand in a schema of their own, so that dropping it leaves nothing of the last version behind: no migration
      // meets them.
      await tx.query('drop schema if exists decisions, door cascade');
      for (const { name, text } of waiting) {
        await tx.query(text);
        await tx.query('insert into migrations (name) values ($1)', [name]);
      }
      await createFunctions(tx, functions);
    }
    await grantRoles(tx);
  });
}

/** A role of a duty may not: the owner brings the tables to a version, once (kalabarg db migrate). */
async function mayMigrate(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ owner: boolean }>(
    `select pg_has_role(current_user, relowner, 'member') as owner from pg_class where oid = to_regclass('public.migrations')`,
  );
  return rows[0]?.owner ?? true;
}

/** Why the tables and functions are not those of this version; undefined: they are. Nothing is changed. */
export async function migrationFault(pool: pg.Pool): Promise<string | undefined> {
  const done = await appliedTo(pool);
  const ours = [...migrations().map((file) => file.name), functionsOf().name];
  const missing = ours.filter((name) => !done.has(name));
  const strange = [...done].filter((name) => !ours.includes(name) && !name.startsWith('functions '));
  if (missing.length > 0) return `the database is of another version (${missing.slice(0, 3).join(', ')})`;
  return strange.length > 0 ? `a newer version made the database (${strange.slice(0, 3).join(', ')})` : undefined;
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

async function appliedTo(db: pg.Pool | pg.PoolClient): Promise<Set<string>> {
  return new Set((await db.query<{ name: string }>('select name from migrations')).rows.map((row) => row.name));
}

interface SqlFile {
  readonly name: string;
  readonly text: string;
}

/** The migrations that are still to be applied.
 *  @throws GatewayError `database.order` */
function waitingAfter(done: ReadonlySet<string>): SqlFile[] {
  const sequence = migrations();
  const applied = [...done].filter((name) => !name.startsWith('functions ')).sort();
  const strange = applied.find((name, index) => name !== sequence[index]?.name);
  if (strange === undefined) return sequence.slice(applied.length);
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

/** The types first, since the functions are declared with them; then each file, in any order. Bodies are checked once all of them stand. */
async function createFunctions(tx: pg.PoolClient, { name, text }: SqlFile): Promise<void> {
  await tx.query('create schema decisions');
  await tx.query(`select set_config('search_path', 'decisions,' || current_setting('search_path'), true)`);
  await tx.query('set local check_function_bodies = off');
  await tx.query(text);
  await tx.query('set local check_function_bodies = on');
  await tx.query(
    `select case lanname when 'sql' then fmgr_sql_validator(p.oid) else plpgsql_validator(p.oid) end
       from pg_proc p join pg_language l on l.oid = prolang where pronamespace in ('decisions'::regnamespace, 'door'::regnamespace)`,
  );
  await tx.query(`delete from migrations where name like 'functions %'`);
  await tx.query('insert into migrations (name) values ($1)', [name]);
}

/** All of functions/ as one text, named by its digest. */
function functionsOf(): SqlFile {
  const files = everySqlIn(new URL('./functions/', import.meta.url));
  const text = files
    .toSorted((a, b) => Number(b.name === TYPES) - Number(a.name === TYPES))
    .map((file) => file.text)
    .join('\n');
  return { name: `functions ${createHash('sha256').update(text).digest('hex')}`, text };
}

const TYPES = 'types.sql';
