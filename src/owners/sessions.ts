import type { Pool, PoolClient } from 'pg';
import type { Random } from '../ops/random.ts';
import type { Owner } from './owner.ts';
import { sha256 } from '../ops/sha256.ts';

/** Sessions of owners: 256 random bits, kept as their hash; they end after 30 minutes of silence and 12 hours at most. */

const OWNER_IDLE_MS = 30 * 60_000;
const OWNER_SESSION_MS = 12 * 3_600_000;
/** How exactly the last use is kept. */
const USED_WITHIN_MS = 60_000;
const SHAPE = /^kos_[A-Za-z0-9_-]{43}$/;

export async function openSession(db: PoolClient, mobile: string, now: number, random: Random): Promise<string> {
  const token = `kos_${random.bytes(32).toString('base64url')}`;
  await db.query(
    'insert into owner_sessions (mobile, sha256, made_at, used_at, expires_at) values ($1, $2, $3, $3, $4)',
    [mobile, sha256(token), new Date(now), new Date(now + OWNER_SESSION_MS)],
  );
  return token;
}

/** Whose a token is.
 *  @returns undefined: nobody's, or it has ended */
export async function ownerOf(db: Pool | PoolClient, token: string, now: number): Promise<Owner | undefined> {
  if (!SHAPE.test(token)) return undefined;
  const { rows } = await db.query<{ id: string; mobile: string; used: Date }>(
    `select session_id::text as id, mobile, used_at as used from owner_sessions
      where sha256 = $1 and ended_at is null and expires_at > $2 and used_at > $3`,
    [sha256(token), new Date(now), new Date(now - OWNER_IDLE_MS)],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  if (now - row.used.getTime() > USED_WITHIN_MS)
    await db.query('update owner_sessions set used_at = $2 where session_id = $1 and used_at < $2', [
      row.id,
      new Date(now),
    ]);
  return { mobile: row.mobile, session: row.id };
}

/** Signs out. */
export async function endSession(db: Pool | PoolClient, token: string, now: number): Promise<void> {
  await db.query('update owner_sessions set ended_at = $2 where sha256 = $1 and ended_at is null', [
    sha256(token.slice(0, 100)),
    new Date(now),
  ]);
}
