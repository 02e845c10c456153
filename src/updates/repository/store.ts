import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { readRoot, readTargets, type Root, type Signed, type Targets } from './metadata.ts';

/** Metadata and files of updates in the database. */

export type Db = Pool | PoolClient;

export interface Stored {
  readonly role: string;
  readonly version: number;
  readonly expires: Date;
  readonly bytes: Buffer;
  readonly at: Date;
}

/** The newest of each role. */
export async function newestMetadata(db: Db): Promise<ReadonlyMap<string, Stored>> {
  const { rows } = await db.query<Stored>(
    'select distinct on (role) role, version, expires, bytes, at from update_metadata order by role, version desc',
  );
  return new Map(rows.map((row) => [row.role, row]));
}

export async function metadataOf(db: Db, role: string, version: number): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ bytes: Buffer }>(
    'select bytes from update_metadata where role = $1 and version = $2',
    [role, version],
  );
  return rows[0]?.bytes;
}

export async function storeMetadata(
  db: PoolClient,
  role: string,
  metadata: { readonly signed: { readonly version: number; readonly expires: string } },
  now: number,
): Promise<Buffer> {
  const bytes = Buffer.from(JSON.stringify(metadata));
  const { version, expires } = metadata.signed;
  await db.query('insert into update_metadata (role, version, expires, bytes, at) values ($1, $2, $3, $4, $5)', [
    ...[role, version, expires, bytes],
    new Date(now),
  ]);
  return bytes;
}

export interface Trusted {
  readonly root?: Signed<Root>;
  readonly roles: Readonly<Record<string, Signed<Targets>>>;
}

/** What is in force of what is signed offline. */
export async function trustedMetadata(db: Db): Promise<Trusted> {
  const roles: Record<string, Signed<Targets>> = {};
  let root: Signed<Root> | undefined;
  for (const [role, { bytes }] of await newestMetadata(db)) {
    if (role === 'snapshot' || role === 'timestamp') continue;
    const json: unknown = JSON.parse(bytes.toString('utf8'));
    if (role === 'root') root = readRoot(json);
    else roles[role] = readTargets(json);
  }
  return { ...(root === undefined ? {} : { root }), roles };
}

/** One who publishes or signs at a time. */
export async function lockRepository(db: PoolClient): Promise<void> {
  await db.query('select pg_advisory_xact_lock(8583, 750)');
}

/** Devices shall hear of it: the duty signs a new timestamp within a second (online.ts). */
export async function noteChange(db: Db, now: number): Promise<void> {
  await db.query(
    "insert into update_state (changed_at) values ($1) on conflict (one) do update set changed_at = greatest(excluded.changed_at, update_state.changed_at + interval '1 ms')",
    [new Date(now)],
  );
}

export const MOST_FILE_BYTES = 64 * 1_048_576;

/** @returns its SHA-256 in hex. @throws GatewayError `updates.size` */
export async function storeFile(db: Db, content: Buffer): Promise<string> {
  if (content.length > MOST_FILE_BYTES)
    throw new GatewayError(
      'updates.size',
      `A file of an update has at most ${MOST_FILE_BYTES} bytes; this one has ${content.length}.`,
    );
  const sha256 = createHash('sha256').update(content).digest('hex');
  await db.query('insert into update_files (sha256, length, content) values ($1, $2, $3) on conflict do nothing', [
    ...[sha256, content.length],
    content,
  ]);
  return sha256;
}

export async function fileOf(db: Db, sha256: string): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ content: Buffer }>('select content from update_files where sha256 = $1', [sha256]);
  return rows[0]?.content;
}

/** A piece of a file: the database reads no more of it. */
export async function pieceOf(db: Db, sha256: string, from: number, length: number): Promise<Buffer> {
  const { rows } = await db.query<{ piece: Buffer }>(
    'select substring(content from $2 for $3) as piece from update_files where sha256 = $1',
    [sha256, from + 1, length],
  );
  return rows[0]?.piece ?? Buffer.alloc(0);
}
