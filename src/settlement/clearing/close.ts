import type { Pool, PoolClient } from 'pg';
import type { Now } from '../../ops/clock.ts';
import type { BankProfile } from '../payments/profile.ts';
import { closeBusinessDay } from './day.ts';
import { personName } from '../../ops/person-name.ts';
import { transaction } from '../../ops/database.ts';
import { getClearing, record } from './state.ts';

/** A net is one pass over the day's postings, and so is each shard's: more of them read more. A day of 5,000,000 postings takes
 *  seconds (bench/settlement). */
export const SHARDS = 1;

export interface ClearingRequest {
  readonly day: string;
  readonly profile: BankProfile;
  /** Who makes the files; never who releases them. */
  readonly maker: string;
  /** Netting runs in so many transactions. */
  readonly shards: number;
}

/** Puts a day's clearing on record. The first request of a day counts: its profile and maker stay.
 *  @returns whether this was the first
 *  @throws GatewayError `person.name` */
export async function beginClearing(pool: Pool, request: ClearingRequest, clock: Now): Promise<boolean> {
  return transaction(pool, (db) => beginIn(db, request, clock.now()));
}

/** The same in a transaction that is under way.
 *  @param now ms since the epoch */
export async function beginIn(db: PoolClient, request: ClearingRequest, now: number): Promise<boolean> {
  const maker = personName(request.maker);
  const at = new Date(now);
  const { rowCount } = await db.query(
    `insert into clearings (business_day, shards, profile, maker, started_at, touched_at)
     values ($1, $2, $3, $4, $5, $5) on conflict do nothing`,
    [request.day, request.shards, JSON.stringify(request.profile), maker, at],
  );
  if (rowCount === 1) await record(db, request.day, maker, 'begun', { profile: request.profile.name });
  return rowCount === 1;
}

/** Closes the business day in the ledger: from here on, whatever is decided belongs to the next day. */
export async function closeDay(pool: Pool, day: string, clock: Now): Promise<void> {
  const clearing = await getClearing(pool, day);
  if (clearing.state !== 'closing') return;
  await closeBusinessDay(pool, day);
  const closed = await pool.query(
    `update clearings set state = 'closed', closed_at = $2, touched_at = now()
      where business_day = $1 and state = 'closing'`,
    [day, new Date(clock.now())],
  );
  if (closed.rowCount === 1) await record(pool, day, clearing.maker, 'closed');
}
