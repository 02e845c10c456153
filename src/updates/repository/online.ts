import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { expiryOf, LIFE_MS, readRoot, signed, SPEC_VERSION } from './metadata.ts';
import { ONLINE_ROLES, type OnlineKeys } from './online-keys.ts';
import { lockRepository, newestMetadata, storeMetadata, type Stored } from './store.ts';

/** The two roles that the gateway signs by itself: again when something is new, and in good time before they end. */

interface MetaFile {
  readonly version: number;
  readonly length: number;
  readonly hashes: { readonly sha256: string };
}

/** Signed again when so much of its life is left at most. */
const RENEW = 0.5;
/** Old timestamps and snapshots that a slow device may still ask for. */
const KEEP = 50;

/** Signs what is due.
 *  @returns the version of the new timestamp; undefined: nothing was due, or nothing is published yet
 *  @throws GatewayError `updates.online-keys` where the keys here are not those of the root */
export async function renewOnline(pool: Pool, keys: OnlineKeys, now: number): Promise<number | undefined> {
  if (!(await isDue(pool, now))) return undefined;
  return transaction(pool, async (db) => {
    await lockRepository(db);
    return (await isDue(db, now)) ? signOnline(db, keys, now) : undefined;
  });
}

async function isDue(db: Pool | PoolClient, now: number): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean; due: boolean }>(
    `select exists (select 1 from update_metadata where role = 'root') as there,
            coalesce(t.expires < $1 or s.expires < $2, true) or coalesce(t.at < c.changed_at, false) as due
       from (select 1) one
       left join lateral (select expires, at from update_metadata where role = 'timestamp' order by version desc limit 1) t on true
       left join lateral (select expires from update_metadata where role = 'snapshot' order by version desc limit 1) s on true
       left join update_state c on true`,
    [new Date(now + RENEW * LIFE_MS.timestamp), new Date(now + RENEW * LIFE_MS.snapshot)],
  );
  return rows[0]?.there === true && rows[0].due;
}

/** Signs a timestamp, and a snapshot where it is another or old. The repository is locked.
 *  @returns the version of the timestamp */
export async function signOnline(db: PoolClient, keys: OnlineKeys, now: number): Promise<number> {
  const newest = await newestMetadata(db);
  demandKeys(newest.get('root'), keys);
  const meta: Record<string, MetaFile> = {};
  for (const [role, stored] of newest)
    if (!['root', 'snapshot', 'timestamp'].includes(role)) meta[`${role}.json`] = metaOf(stored);
  const snapshot = await newSnapshot(db, newest.get('snapshot'), meta, keys, now);
  const version = (newest.get('timestamp')?.version ?? 0) + 1;
  const timestamp = {
    _type: 'timestamp',
    spec_version: SPEC_VERSION,
    version,
    expires: expiryOf('timestamp', now),
    meta: { 'snapshot.json': snapshot },
  };
  await storeMetadata(db, 'timestamp', signed(timestamp, [keys.timestamp]), now);
  await db.query(`delete from update_metadata where role = 'timestamp' and version < $1`, [version - KEEP]);
  return version;
}

async function newSnapshot(
  db: PoolClient,
  before: Stored | undefined,
  meta: Readonly<Record<string, MetaFile>>,
  keys: OnlineKeys,
  now: number,
): Promise<MetaFile> {
  if (before !== undefined) {
    const { signed: was, signatures } = JSON.parse(before.bytes.toString('utf8')) as {
      signed: { meta: unknown };
      signatures: { keyid: string }[];
    };
    const same = JSON.stringify(was.meta) === JSON.stringify(meta) && signatures[0]?.keyid === keys.snapshot.keyid;
    if (same && before.expires.getTime() >= now + RENEW * LIFE_MS.snapshot) return metaOf(before);
  }
  const version = (before?.version ?? 0) + 1;
  const snapshot = { _type: 'snapshot', spec_version: SPEC_VERSION, version, expires: expiryOf('snapshot', now), meta };
  const bytes = await storeMetadata(db, 'snapshot', signed(snapshot, [keys.snapshot]), now);
  return metaOf({ version, bytes });
}

function metaOf({ version, bytes }: Pick<Stored, 'version' | 'bytes'>): MetaFile {
  return { version, length: bytes.length, hashes: { sha256: createHash('sha256').update(bytes).digest('hex') } };
}

/** Keys that the root does not name would sign what every device refuses. */
function demandKeys(root: Stored | undefined, keys: OnlineKeys): void {
  if (root === undefined) throw new GatewayError('updates.none', 'Nothing is published yet: docs/updates.md.');
  const { roles, 'x-director': director } = readRoot(JSON.parse(root.bytes.toString('utf8'))).signed;
  const named = { ...roles, director };
  const wrong = ONLINE_ROLES.find((role) => !named[role].keyids.includes(keys[role].keyid));
  if (wrong === undefined) return;
  throw new GatewayError(
    'updates.online-keys',
    `The key of ${wrong} in <data>/secrets is not one that the root names: bring the file that every copy of the gateway shares, or a new root (docs/updates.md).`,
  );
}
