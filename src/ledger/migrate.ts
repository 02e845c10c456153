import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

export async function migrate(pool: pg.Pool): Promise<void> {
  const folder = new URL('./migrations/', import.meta.url);
  const tx = await pool.connect();
  try {
    await tx.query('begin');
    await tx.query('select pg_advisory_xact_lock(8583)');
    await tx.query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    const done = new Set((await tx.query<{ name: string }>('select name from migrations')).rows.map((row) => row.name));
    for (const name of readdirSync(folder)
      .filter((file) => file.endsWith('.sql'))
      .sort()) {
      if (done.has(name)) continue;
      await tx.query(readFileSync(new URL(name, folder), 'utf8'));
      await tx.query('insert into migrations (name) values ($1)', [name]);
    }
    await tx.query('commit');
  } catch (error) {
    await tx.query('rollback');
    throw error;
  } finally {
    tx.release();
  }
}
