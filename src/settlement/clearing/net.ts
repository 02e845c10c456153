import type { Pool } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { ROOM_FOR_A_DAY, sql } from './sql.ts';
import { transaction } from '../../ops/database.ts';
import { getClearing, reached } from './state.ts';

/** Nets one shard of the shops for a closed day, in one transaction. Idempotent.
 *  @throws GatewayError `clearing.order` while an earlier day still has to hand over what it carries */
export async function netShard(pool: Pool, day: string, shard: number): Promise<void> {
  await transaction(pool, async (db) => {
    const clearing = await getClearing(db, day);
    if (reached(clearing.state, 'netted')) return;
    if (clearing.state !== 'closed')
      throw new GatewayError('clearing.order', `${day} can be netted only after it is closed.`);
    const earlier = await db.query<{ day: string }>(
      `select business_day::text as day from clearings
        where business_day < $1 and state in ('closing', 'closed', 'netted') order by 1 limit 1`,
      [day],
    );
    if (earlier.rows[0] !== undefined) {
      throw new GatewayError('clearing.order', `${day} waits for the orders of ${earlier.rows[0].day}.`);
    }
    // Claims the shard: another worker that nets it now waits here, and then sees that it is done.
    const claimed = await db.query(
      `insert into clearing_shards (business_day, shard, merchants) values ($1, $2, 0) on conflict do nothing`,
      [day, shard],
    );
    if (claimed.rowCount !== 1) return;
    await db.query(ROOM_FOR_A_DAY);
    await db.query(sql('net'), [day, shard, clearing.shards]);
  });
  await pool.query(
    `update clearings c set state = 'netted', touched_at = now()
      where business_day = $1 and state = 'closed'
        and shards = (select count(*) from clearing_shards s where s.business_day = c.business_day)`,
    [day],
  );
}
