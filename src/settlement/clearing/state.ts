import type { Pool, PoolClient } from 'pg';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { BankProfile } from '../payments/profile.ts';

export type Db = Pool | PoolClient;

/** How far a day's clearing is. Each step takes it from one to the next, once. */
export const CLEARING_STATES = [
  'closing',
  'closed',
  'netted',
  'made',
  'written',
  'released',
  'delivered',
  'settled',
] as const;
export type ClearingState = (typeof CLEARING_STATES)[number];

export interface Clearing {
  readonly businessDay: string;
  readonly state: ClearingState;
  readonly round: number;
  readonly shards: number;
  readonly profile: BankProfile;
  readonly maker: string;
  readonly checker: string | undefined;
  readonly error: string | undefined;
}

interface Row {
  business_day: string;
  state: ClearingState;
  round: number;
  shards: number;
  profile: BankProfile;
  maker: string;
  checker: string | null;
  error: string | null;
}

const COLUMNS = 'business_day::text, state, round, shards, profile, maker, checker, error';

/** @param lock holds the row until the transaction ends */
export async function findClearing(db: Db, day: string, lock = false): Promise<Clearing | undefined> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from clearings where business_day = $1 ${lock ? 'for update' : ''}`,
    [day],
  );
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

function fromRow(row: Row): Clearing {
  return {
    businessDay: row.business_day,
    state: row.state,
    round: row.round,
    shards: row.shards,
    profile: row.profile,
    maker: row.maker,
    checker: row.checker ?? undefined,
    error: row.error ?? undefined,
  };
}

/** @throws GatewayError `clearing.unknown` */
export async function getClearing(db: Db, day: string, lock = false): Promise<Clearing> {
  const clearing = await findClearing(db, day, lock);
  if (clearing === undefined) throw new GatewayError('clearing.unknown', `There is no clearing of ${day}.`);
  return clearing;
}

/** Clearings that are not at their end, oldest first. */
export async function openClearings(db: Db): Promise<Clearing[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from clearings where state <> 'settled' order by business_day`,
  );
  return rows.map(fromRow);
}

/** Whether `state` is `wanted` or beyond it. */
export function reached(state: ClearingState, wanted: ClearingState): boolean {
  return CLEARING_STATES.indexOf(state) >= CLEARING_STATES.indexOf(wanted);
}

const SERIALIZATION_FAILURE = '40001';
const ATTEMPTS = 8;

/** Runs `body` in one transaction whose statements all see one moment; again, should somebody else have changed meanwhile
 *  what it writes. */
export async function snapshot<T>(pool: Pool, body: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction(pool, body, { mode: 'isolation level repeatable read' });
    } catch (error) {
      const raced = error instanceof Error && 'code' in error && error.code === SERIALIZATION_FAILURE;
      if (!raced || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Runs `body` while no other process does the same step of the same day. A killed process lets go by itself. */
export async function exclusively<T>(pool: Pool, what: string, day: string, body: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const key = `settlement ${what} ${day}`;
  try {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [key]);
    return await body();
  } finally {
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]).catch(() => undefined);
    client.release();
  }
}

/** Keeps who did what to a clearing. */
export async function record(
  db: Db,
  day: string,
  actor: string,
  event: string,
  detail: Record<string, unknown> = {},
): Promise<void> {
  await db.query('insert into settlement_events (business_day, actor, event, detail) values ($1, $2, $3, $4)', [
    day,
    actor,
    event,
    JSON.stringify(detail),
  ]);
}
