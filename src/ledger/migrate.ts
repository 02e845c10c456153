import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { grantRoles } from './roles/roles.ts';

/** Brings the database to this version: tables by migrations, each applied once, and the functions that decide made anew
 *  whenever their text has changed. All of it, or nothing. */
export async function migrate(pool: pg.Pool): Promise<void> {
  if (!(await mayMigrate(pool))) return assertMigrated(pool);
  const tx = await pool.connect();
  try {
    await tx.query('begin');
    await tx.query('select pg_advisory_xact_lock(8583)');
    await tx.query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    const done = new Set((await tx.query<{ name: string }>('select name from migrations')).rows.map((row) => row.name));
    await applyMigrations(tx, done);
    await replaceFunctions(tx, done);
    await grantRoles(tx);
    await tx.query('commit');
  } catch (error) {
    await tx.query('rollback');
    throw error;
  } finally {
    tx.release();
  }
}

/** A role of a duty may not: the owner brings the tables to a version, once (kalabarg db migrate). */
async function mayMigrate(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ owner: boolean }>(
    `select pg_has_role(current_user, relowner, 'member') as owner from pg_class where oid = to_regclass('public.migrations')`,
  );
  return rows[0]?.owner ?? true;
}

/** @throws GatewayError `database.version` */
async function assertMigrated(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>('select name from migrations');
  const done = new Set(rows.map((row) => row.name));
  const missing = [...sqlOf('migrations').map((file) => file.name), functionsOf().name].filter(
    (name) => !done.has(name),
  );
  if (missing.length === 0) return;
  throw new GatewayError(
    'database.version',
    `The database is of another version (${missing.slice(0, 3).join(', ')}), and this role may not change that. ` +
      'Run kalabarg db migrate with the URL of its owner in KALABARG_OWNER_DATABASE_URL.',
  );
}

async function applyMigrations(tx: pg.PoolClient, done: ReadonlySet<string>): Promise<void> {
  for (const { name, text } of sqlOf('migrations')) {
    if (done.has(name)) continue;
    await tx.query(text);
    await tx.query('insert into migrations (name) values ($1)', [name]);
  }
}

/** The functions stand in a schema of their own, so that dropping it leaves nothing of the last version behind. */
async function replaceFunctions(tx: pg.PoolClient, done: ReadonlySet<string>): Promise<void> {
  const { name, text } = functionsOf();
  if (done.has(name)) return;
  await tx.query('drop schema if exists decisions cascade; create schema decisions');
  await tx.query(`select set_config('search_path', 'decisions,' || current_setting('search_path'), true)`);
  await tx.query(text);
  await tx.query(`delete from migrations where name like 'functions %'`);
  await tx.query('insert into migrations (name) values ($1)', [name]);
}

function functionsOf(): { name: string; text: string } {
  const text = sqlOf('functions')
    .map((file) => file.text)
    .join('\n');
  return { name: `functions ${createHash('sha256').update(text).digest('hex')}`, text };
}

function sqlOf(folder: string): { name: string; text: string }[] {
  const from = new URL(`./${folder}/`, import.meta.url);
  return readdirSync(from)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, text: readFileSync(new URL(name, from), 'utf8') }));
}
