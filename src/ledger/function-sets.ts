import type pg from 'pg';
import { DECISIONS, DOOR, FUNCTIONS, functionsText } from '../ops/function-set.ts';
import { grantFunctions } from './roles/roles.ts';

/** The functions of one version (src/ops/function-set.ts), in the schemas `decisions_…` and `door_…`. */
export interface FunctionSet {
  /** The digits that end the names of its schemas; empty: of a version that knew of one set only. */
  readonly digits: string;
  readonly ours: boolean;
  /** Sessions that name it, and copies that told of themselves in the last minutes; 0: nobody decides by it. */
  readonly users: number;
}

/** The sets of this database, the newest last. */
export async function functionSets(db: pg.Pool | pg.PoolClient): Promise<FunctionSet[]> {
  const { rows } = await db.query<FunctionSet>(SETS, [DECISIONS]);
  return rows;
}

// A copy is seen by what it calls its sessions (src/ops/database.ts) and by its row; one that serves the public door alone has no row, and one of
// a version before sets does not name its sessions. gateway_copies is read as JSON: the column is not there before its migration.
const SETS = `
  with sets as (
    select substr(n.nspname, 10) as digits, coalesce(m.applied_at, '-infinity') as made
      from pg_namespace n left join migrations m on m.name like 'functions ' || substr(n.nspname, 11) || '%' and n.nspname <> 'decisions'
     where n.nspname = 'decisions' or n.nspname ~ '^decisions_[0-9a-f]{12}$')
  select ltrim(digits, '_') as digits, 'decisions' || digits = $1 as ours,
         (select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and digits <> ''
             and application_name like '%decisions' || digits || '%')::int
         + (select count(*) from gateway_copies c where coalesce(to_jsonb(c) ->> 'functions', 'decisions') = 'decisions' || digits
             and c.seen_at > now() - interval '2 minutes')::int as users
    from sets order by made, digits`;

/** Whether this version's is there. */
export async function oursStands(db: pg.Pool | pg.PoolClient): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>('select to_regnamespace($1) is not null as there', [DECISIONS]);
  return rows[0]?.there === true;
}

/** Makes this version's, unless it stands. What stands is never changed: sessions work by it. */
export async function createOurs(tx: pg.PoolClient): Promise<void> {
  if (!(await oursStands(tx))) {
    await tx.query(`create schema ${DECISIONS}`);
    await tx.query(`select set_config('search_path', '${DECISIONS},' || current_setting('search_path'), true)`);
    await tx.query('set local check_function_bodies = off');
    await tx.query(functionsText());
    await tx.query('set local check_function_bodies = on');
    // Bodies are checked once all of them stand.
    await tx.query(
      `select case lanname when 'sql' then fmgr_sql_validator(p.oid) else plpgsql_validator(p.oid) end
         from pg_proc p join pg_language l on l.oid = prolang where pronamespace in ('${DECISIONS}'::regnamespace, '${DOOR}'::regnamespace)`,
    );
    await tx.query('insert into migrations (name) values ($1) on conflict (name) do update set applied_at = now()', [
      FUNCTIONS,
    ]);
  }
  await grantFunctions(tx);
}

/** Removes sets that nobody decides by, never this version's.
 *  @param kept how many of the others stay, the newest: the way back
 *  @returns the names of what was removed */
export async function removeIdle(tx: pg.PoolClient, kept: number): Promise<string[]> {
  const others = (await functionSets(tx)).filter(({ ours }) => !ours);
  const idle = others.slice(0, others.length - kept).filter(({ users }) => users === 0);
  for (const { digits } of idle) await remove(tx, digits);
  return idle.map(({ digits }) => setName(digits));
}

/** All of them, in use or not: before the tables are brought over from a version that knew of one set only. */
export async function removeAll(tx: pg.PoolClient): Promise<void> {
  for (const { digits } of (await tx.query<{ digits: string }>(NAMES)).rows) await remove(tx, digits);
}

const NAMES = `select ltrim(substr(nspname, 10), '_') as digits from pg_namespace where nspname ~ '^decisions(_[0-9a-f]{12})?$'`;

async function remove(tx: pg.PoolClient, digits: string): Promise<void> {
  const end = digits === '' ? '' : `_${digits}`;
  await tx.query(`drop schema if exists decisions${end}, door${end} cascade`);
  await tx.query(
    `delete from migrations where name like 'functions %' and to_regnamespace('decisions_' || substr(name, 11, 12)) is null`,
  );
}

/** What the schema of a set is called. */
export const setName = (digits: string): string => (digits === '' ? 'decisions' : `decisions_${digits}`);
