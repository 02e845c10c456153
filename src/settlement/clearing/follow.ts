import type { Pool } from 'pg';
import { record } from './state.ts';

/** Ends a delivered day once the bank has said yes or no to each of its orders.
 *  @returns how many orders still wait for the bank */
export async function followClearing(pool: Pool, day: string): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    `select count(*)::int as waiting from payment_orders
      where business_day = $1 and state not in ('paid', 'returned', 'held')`,
    [day],
  );
  const waiting = rows[0]?.waiting ?? 0;
  if (waiting > 0) return waiting;
  const ended = await pool.query(
    `update clearings set state = 'settled', settled_at = now(), touched_at = now()
      where business_day = $1 and state = 'delivered'`,
    [day],
  );
  if (ended.rowCount === 1) await record(pool, day, 'gateway', 'settled');
  return 0;
}
