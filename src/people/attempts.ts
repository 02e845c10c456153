import type { Pool } from 'pg';
import { addressGroup } from '../ops/address.ts';
import { sha256 } from '../ops/sha256.ts';

/** Guessing is slowed down by account and by address. Each attempt is counted before it is looked at, so that many at once are
 *  many; a success forgives. Names that nobody has are counted like others: the answer says nothing. */

interface Limit {
  /** Attempts that cost nothing. */
  readonly free: number;
  readonly firstMs: number;
  readonly mostMs: number;
}

const OF_ACCOUNT: Limit = { free: 5, firstMs: 30_000, mostMs: 15 * 60_000 };
const OF_ADDRESS: Limit = { free: 30, firstMs: 30_000, mostMs: 60 * 60_000 };
/** Without an attempt for so long, all is forgotten. */
const FORGOTTEN_MS = 24 * 3_600_000;

export interface Attempt {
  readonly login: string;
  /** As a socket says it; undefined: on this machine's own command line. */
  readonly address: string | undefined;
}

/** @returns 0: it may be made, and counts; else how long to wait, ms
 *  @param now ms since the epoch */
export async function takeAttempt(pool: Pool, attempt: Attempt, now: number): Promise<number> {
  for (const [subject, limit] of subjectsOf(attempt)) {
    const waitMs = await take(pool, subject, limit, now);
    if (waitMs > 0) return waitMs;
  }
  return 0;
}

/** After a step that was right: what it took is given back. A guesser with an account of his own wins nothing by that. */
export async function giveAttemptBack(pool: Pool, attempt: Attempt, now: number): Promise<void> {
  await pool.query(
    'update sign_in_attempts set failures = greatest(0, failures - 1), free_at = $2 where subject = any ($1)',
    [subjectsOf(attempt).map(([subject]) => subject), new Date(now)],
  );
}

/** After a sign-in: nothing is held against the account any more. */
export async function forgiveAttempts(pool: Pool, attempt: Attempt, now: number): Promise<void> {
  await giveAttemptBack(pool, attempt, now);
  await pool.query('delete from sign_in_attempts where subject = $1', [subjectsOf(attempt).at(-1)?.[0]]);
}

/** The address first: a flood from one place does not lock the accounts of people elsewhere. */
function subjectsOf({ login, address }: Attempt): [Buffer, Limit][] {
  const account: [Buffer, Limit] = [sha256(`account ${login.toLowerCase()}`), OF_ACCOUNT];
  return address === undefined ? [account] : [[sha256(`address ${addressGroup(address)}`), OF_ADDRESS], account];
}

async function take(pool: Pool, subject: Buffer, { free, firstMs, mostMs }: Limit, now: number): Promise<number> {
  const { rows } = await pool.query<{ wait: number }>(
    `insert into sign_in_attempts as a (subject, failures, last_at, free_at) values ($1, 1, $2, $2)
     on conflict (subject) do update set
       failures = case when a.last_at < $2::timestamptz - make_interval(secs => $6 / 1000.0) then 1 else a.failures + 1 end,
       last_at = $2,
       free_at = case when a.last_at < $2::timestamptz - make_interval(secs => $6 / 1000.0) or a.failures + 1 < $3 then $2::timestamptz
         else $2::timestamptz + make_interval(secs => least($5::float8, $4::float8 * 2 ^ least(a.failures + 1 - $3, 20)) / 1000) end
     where a.free_at <= $2
     returning 0 as wait`,
    [subject, new Date(now), free, firstMs, mostMs, FORGOTTEN_MS],
  );
  if (rows.length > 0) return 0;
  const held = await pool.query<{ free_at: Date }>('select free_at from sign_in_attempts where subject = $1', [
    subject,
  ]);
  return Math.max(1, (held.rows[0]?.free_at.getTime() ?? now) - now);
}
