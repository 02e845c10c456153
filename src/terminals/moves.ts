import type { Pool } from 'pg';
import { tehran } from '../ops/clock.ts';
import { transaction } from '../ops/database.ts';

/** Lets the moves whose day has come take place, each in a transaction of its own.
 *  @returns how many did */
export async function applyMoves(pool: Pool, now: number): Promise<number> {
  const today = tehran(now).isoDate;
  const { rows } = await pool.query<{ id: string; actor: string; reason: string; onDay: string }>(
    `select move_id::text as id, actor, reason, on_day::text as "onDay" from terminal_moves
      where applied_at is null and dropped_at is null and on_day <= $1 order by move_id limit 500`,
    [today],
  );
  let moved = 0;
  for (const { id, actor, reason, onDay } of rows) {
    await transaction(pool, async (db) => {
      const by = { name: 'clock', reason: `${actor} asked for it on ${onDay}: ${reason}`.slice(0, 1_000) };
      await db.query(`select set_config('kalabarg.by', $1, true)`, [JSON.stringify(by)]);
      const result = await db.query<{ moved: boolean }>('select apply_terminal_move($1, $2) as moved', [id, today]);
      if (result.rows[0]?.moved === true) moved++;
    });
  }
  return moved;
}
