import type { Pool, PoolClient } from 'pg';
import { transaction } from '../../ops/database.ts';
import { sqlIn } from '../../ops/sql.ts';

/** Keeps the list of terminals that are below a minimum version. It holds instants alone: when one comes, nothing has to be written. */

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** A query over how terminals stand: of `sql/standing.sql`. */
export function withStanding(name: 'refresh' | 'counts' | 'terminals'): string {
  return sql(name).replace(':standing', () => sql('standing'));
}

/** Every terminal. A report that is being taken is seen, or waits and sees this. */
export async function refreshOutdated(db: PoolClient, now: number): Promise<void> {
  if (!(await hasMinimums(db))) return;
  await db.query(`select pg_advisory_xact_lock(8583, hashtext('minimums'))`);
  await db.query(withStanding('refresh'), [new Date(now), null, null]);
}

/** One terminal, in the transaction of its report: what it has now it may sell with at once. */
export async function refreshTerminal(db: PoolClient, terminal: string, now: number): Promise<void> {
  if (!(await hasMinimums(db))) return;
  await db.query(`select pg_advisory_xact_lock_shared(8583, hashtext('minimums'))`);
  await db.query(withStanding('refresh'), [new Date(now), terminal, null]);
}

/** Whether there is anything to do: one that is ended or was taken back leaves its terminals on the list. */
async function hasMinimums(db: PoolClient): Promise<boolean> {
  const { rows } = await db.query<{ any: boolean }>(
    `select exists (select from update_minimums where approved_at is not null and ended_at is null) or exists (select from update_outdated) as any`,
  );
  return rows[0]?.any === true;
}

/** The duty: what changed by itself, a contact that says another software, a release that was stopped. */
export function watchMinimums(pool: Pool, now: number): Promise<void> {
  return transaction(pool, (db) => refreshOutdated(db, now));
}
