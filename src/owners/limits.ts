import type { PoolClient } from 'pg';
import { addressGroup } from '../ops/address.ts';
import { GatewayError } from '../ops/errors.ts';
import { peppered, type OwnerKeys } from './keys.ts';

/** How often codes are sent and tried, by mobile and by address. Whether anybody is known under a mobile makes no difference. */

interface Limit {
  /** That cost nothing. */
  readonly free: number;
  readonly firstMs: number;
  readonly mostMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A mobile gets three codes, then fewer and fewer: about twenty in a day whatever anybody does. */
const LIMITS = {
  'ask mobile': { free: 3, firstMs: MINUTE, mostMs: 2 * HOUR },
  'ask address': { free: 20, firstMs: MINUTE, mostMs: HOUR },
  'try mobile': { free: 10, firstMs: MINUTE, mostMs: 2 * HOUR },
  'try address': { free: 50, firstMs: MINUTE, mostMs: HOUR },
} as const satisfies Readonly<Record<string, Limit>>;
type Counted = keyof typeof LIMITS;

/** Without another for so long, all is forgotten. */
const FORGOTTEN_MS = 24 * HOUR;

/** Who is counted. `address` as a socket says it; undefined: whoever asks is signed in, and is known by that. */
export interface Subject {
  readonly mobile: string;
  readonly address: string | undefined;
}

/** Counts one more.
 *  @throws GatewayError `owners.wait` with `waitMs`: too many; this one does not count */
export async function count(
  db: PoolClient,
  what: 'ask' | 'try',
  subject: Subject,
  keys: OwnerKeys,
  now: number,
): Promise<void> {
  // the address first: a flood from one place keeps nobody elsewhere from a code
  for (const [name, key] of subjectsOf(what, subject, keys)) {
    const waitMs = await take(db, key, LIMITS[name], now);
    if (waitMs > 0) throw tooMany(waitMs);
  }
}

/** After a code that was right: the mobile is free again, and the address has what this sign-in took. */
export async function forgive(db: PoolClient, subject: Subject, keys: OwnerKeys, now: number): Promise<void> {
  const all = [...subjectsOf('ask', subject, keys), ...subjectsOf('try', subject, keys)];
  const named = (part: string): Buffer[] => all.filter(([name]) => name.endsWith(part)).map(([, key]) => key);
  await db.query(
    'update owner_attempts set count = greatest(0, count - 1), free_at = least(free_at, $2) where subject = any ($1)',
    [named('address'), new Date(now)],
  );
  // forgotten by the date of its last one; the public door's role may delete nothing
  await db.query('update owner_attempts set count = 0, free_at = least(free_at, $2) where subject = any ($1)', [
    named('mobile'),
    new Date(now),
  ]);
}

function subjectsOf(what: 'ask' | 'try', { mobile, address }: Subject, keys: OwnerKeys): [Counted, Buffer][] {
  const named = (name: Counted, of: string): [Counted, Buffer] => [name, peppered(keys, `${name} ${of}`)];
  return [
    ...(address === undefined ? [] : [named(`${what} address`, addressGroup(address))]),
    named(`${what} mobile`, mobile),
  ];
}

async function take(db: PoolClient, subject: Buffer, { free, firstMs, mostMs }: Limit, now: number): Promise<number> {
  const { rows } = await db.query<{ wait: number }>(
    `insert into owner_attempts as a (subject, count, last_at, free_at) values ($1, 1, $2, $2)
     on conflict (subject) do update set
       count = case when a.last_at < $2::timestamptz - make_interval(secs => $6 / 1000.0) then 1 else a.count + 1 end,
       last_at = $2,
       free_at = case when a.last_at < $2::timestamptz - make_interval(secs => $6 / 1000.0) or a.count + 1 < $3 then $2::timestamptz
         else $2::timestamptz + make_interval(secs => least($5::float8, $4::float8 * 2 ^ least(a.count + 1 - $3, 20)) / 1000) end
     where a.free_at <= $2
     returning 0 as wait`,
    [subject, new Date(now), free, firstMs, mostMs, FORGOTTEN_MS],
  );
  if (rows.length > 0) return 0;
  const held = await db.query<{ free_at: Date }>('select free_at from owner_attempts where subject = $1', [subject]);
  return Math.max(1, (held.rows[0]?.free_at.getTime() ?? now) - now);
}

/** How long to wait, for whoever answers. */
export type Wait = GatewayError & { readonly waitMs: number };

function tooMany(waitMs: number): Wait {
  const minutes = Math.ceil(waitMs / MINUTE);
  return Object.assign(
    new GatewayError('owners.wait', `Too many codes were asked for or tried. Wait ${minutes} min.`),
    {
      waitMs,
    },
  );
}
