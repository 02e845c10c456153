import type pg from 'pg';
import type { Clock, Now } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';

type Db = pg.Pool | pg.PoolClient;

/** The instant by the database's clock, ms since the epoch. */
export async function databaseNow(db: Db): Promise<number> {
  const { rows } = await db.query<{ now: string }>({ name: 'database-clock', text: 'select database_clock() as now' });
  return Number(rows[0]?.now);
}

/** The earlier of a copy's clock and the database's: what cannot be undone is done once both say that it is time. */
export async function earlierNow(db: Db, now: number): Promise<number> {
  return Math.min(now, await databaseNow(db));
}

/** Clocks that a time service keeps differ by less. */
const ALARM_MS = 1_000;
const LOOK_EVERY_MS = 10_000;

export interface FollowedClock extends Clock {
  /** How far our own clock is ahead of the database's, as it was last seen, ms. */
  driftMs(): number;
  close(): Promise<void>;
}

export interface FollowOptions {
  readonly pool: pg.Pool;
  readonly own: Clock;
  readonly log: Log;
  readonly onDrift?: (seconds: number) => void;
  readonly everyMs?: number;
}

/** A clock for this copy that goes with the database's: its own, and where that is wrong by over a second, the database's. All
 *  copies then agree which day it is, and what is good on it. Drift is measured every 10 s, and alarmed. */
export async function followDatabaseClock(options: FollowOptions): Promise<FollowedClock> {
  const { pool, own, log, onDrift, everyMs = LOOK_EVERY_MS } = options;
  let drift = 0;
  const look = async (): Promise<void> => {
    drift = await measure(pool, own);
    onDrift?.(drift / 1_000);
    if (Math.abs(drift) < ALARM_MS) return;
    log.error(
      { driftMs: Math.round(drift), own: iso(own.now()), database: iso(own.now() - drift) },
      "ALARM this machine's clock is not the database's, which is gone by: set one of them right",
    );
  };
  await look();
  const loop = own.every(everyMs, look, {
    onError: (error) => {
      log.warn({ error: messageOf(error) }, "the database's clock could not be read; it is read again");
    },
  });
  return {
    ...own,
    now: () => (Math.abs(drift) < ALARM_MS ? own.now() : Math.round(own.now() - drift)),
    driftMs: () => drift,
    close: () => loop.stop(),
  };
}

/** Half of the way to the database and back is taken off; where that takes long, nothing is said of a drift within it. */
async function measure(pool: pg.Pool, own: Now): Promise<number> {
  const before = own.now();
  const theirs = await databaseNow(pool);
  const after = own.now();
  const drift = (before + after) / 2 - theirs;
  return Math.abs(drift) <= (after - before) / 2 ? 0 : drift;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
