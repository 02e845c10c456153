import type pg from 'pg';

/** Sets the database's clock so far ahead of what it is (behind it, where negative), for tests of what time brings. */
export async function shiftDatabaseClock(pool: pg.Pool, aheadMs: number): Promise<void> {
  await pool.query(`create or replace function database_clock() returns bigint language sql volatile as $$
    select floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ${aheadMs} $$`);
}

/** Does `work` as on a later business day: by the database's clock too. */
export async function onBusinessDay(pool: pg.Pool, day: string, work: () => Promise<unknown>): Promise<void> {
  const { rows } = await pool.query<{ day: string }>(
    'select max(business_day)::text as day from business_days where closed_at is null',
  );
  await pool.query('insert into business_days values ($1) on conflict do nothing', [day]);
  await work();
  await pool.query('delete from business_days where business_day > $1', [rows[0]?.day]);
}
