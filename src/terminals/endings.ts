import type { Pool } from 'pg';
import { DAY_MS } from '../ops/clock.ts';
import { sqlIn } from '../ops/sql.ts';

/** What ends by itself, before it surprises anybody (terminals.md 2): certificates, keys, licences, roots. */

export const ENDING_KINDS = [
  'server-certificate',
  'authority',
  'revocation-list',
  'terminal-certificate',
  'master-key',
  'shared-key',
  'licence',
  'update-role',
  'minimum-version',
] as const;
export type EndingKind = (typeof ENDING_KINDS)[number];

export interface Ending {
  readonly what: EndingKind;
  /** A file, DE 41, a key, a shop, a role. */
  readonly name: string;
  /** ms. */
  readonly endsAt: number;
}

/** Days before the end at which it is told. */
export const WARN_DAYS = [90, 30, 7] as const;

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** What the database knows, the soonest first.
 *  @param keyDays how long a key may serve
 *  @param within days: what ends later is left out */
export async function endingsOf(
  pool: Pool,
  { keyDays, within, now }: { keyDays: number; within: number; now: number },
): Promise<Ending[]> {
  const { rows } = await pool.query<{ what: EndingKind; name: string; ends: Date }>(sql('endings'), [
    keyDays,
    new Date(now + within * DAY_MS),
  ]);
  return rows.map(({ what, name, ends }) => ({ what, name, endsAt: ends.getTime() }));
}

/** How close the end is: 0 when it has come, else the fewest of 7, 30 and 90 days; undefined: it is far. */
export function closenessOf({ endsAt }: Ending, now: number): 0 | 7 | 30 | 90 | undefined {
  if (endsAt <= now) return 0;
  return [7, 30, 90].find((days) => endsAt <= now + days * DAY_MS) as 7 | 30 | 90 | undefined;
}
