import type pg from 'pg';
import { GatewayError } from '../../ops/errors.ts';

type Queryable = Pick<pg.Pool, 'query'>;

/** A terminal that was cut off, and by what. */
export interface Block {
  readonly terminal: string;
  readonly merchant: string | undefined;
  readonly rule: string;
  readonly evidence: string;
  readonly blockedAt: Date;
}

/** Blocks a terminal on every copy of the gateway; one that is blocked already stays as it is.
 *  @returns whether this blocked it */
export async function block(db: Queryable, terminal: string, rule: string, evidence: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `with acting as (select set_config('kalabarg.by', jsonb_build_object('name', 'gateway', 'reason', $2::text || ': ' || $3::text)::text, true)),
     made as (
       insert into terminal_blocks (terminal_id, rule, evidence) select $1, $2, $3 from acting on conflict do nothing returning 1)
     update terminals set blocked = true where terminal_id = $1 and exists (select from made)`,
    [terminal, rule, evidence],
  );
  return rowCount === 1;
}

/** The blocks that stand, the oldest first. */
export async function standingBlocks(db: Queryable): Promise<Block[]> {
  const { rows } = await db.query<Block>(
    `select b.terminal_id as terminal, t.merchant_id as merchant, rule, evidence, blocked_at as "blockedAt"
       from terminal_blocks b left join terminals t using (terminal_id)
      where lifted_at is null order by blocked_at, block_id limit 10000`,
  );
  return rows;
}

/** @throws GatewayError `terminal.not-blocked` */
export async function lift(db: Queryable, terminal: string, by: string, note: string): Promise<void> {
  const { rowCount } = await db.query(
    `with lifted as (
       update terminal_blocks set lifted_at = now(), lifted_by = $2, note = $3
        where terminal_id = $1 and lifted_at is null returning 1)
     update terminals set blocked = false where terminal_id = $1 and exists (select from lifted)`,
    [terminal, by, note],
  );
  if (rowCount === 0) throw new GatewayError('terminal.not-blocked', `Terminal ${terminal} is not blocked.`);
}
