import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { inline } from '../../ops/printable.ts';
import type { FileFault } from './faults.ts';

export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

/** What was read must be what was hashed: somebody may still write to the file.
 *  @throws GatewayError `file.changed`: nothing is wrong with the file once it is whole */
export async function assertStill(path: string, sha256: string): Promise<void> {
  if ((await fileHash(path)) === sha256) return;
  throw new GatewayError('file.changed', `${path} changed while it was read: nothing of it was taken.`);
}

export async function isTaken(db: Pool | PoolClient, sha256: string): Promise<boolean> {
  const { rowCount } = await db.query('select 1 from taken_files where sha256 = $1', [sha256]);
  return rowCount === 1;
}

export interface TakenFile {
  readonly sha256: string;
  readonly kind: string;
  readonly identity: string;
  readonly name: string;
  readonly lines: number;
}

/** Puts a file on record, in the transaction that applies it.
 *  @throws GatewayError `file.conflict` when another file called itself the same */
export async function recordTaken(db: PoolClient, file: TakenFile): Promise<void> {
  const { rowCount } = await db.query(
    `insert into taken_files (sha256, kind, identity, name, lines) values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [file.sha256, file.kind, file.identity, file.name, file.lines],
  );
  if (rowCount === 1) return;
  throw new GatewayError(
    'file.conflict',
    `${file.name}: a ${file.kind} file "${file.identity}" with other content was taken before.`,
  );
}

/** @throws GatewayError `file.refused` with every fault, line by line */
export function refuseFaults(name: string, faults: readonly FileFault[]): void {
  if (faults.length === 0) return;
  const list = faults
    .map((fault) => `  ${inline(name)}:${fault.line}:${fault.column}: ${inline(fault.reason)}`)
    .join('\n');
  throw new GatewayError('file.refused', `${inline(name)} is refused, nothing of it was taken:\n${list}`);
}

/** Runs a taking; when it turns out that the same bytes were taken meanwhile (by another copy, or by one that was killed while
 *  its last word was on its way), it is a repetition and no conflict. */
export async function unlessTaken<T>(pool: Pool, sha256: string, repeated: T, taking: () => Promise<T>): Promise<T> {
  if (await isTaken(pool, sha256)) return repeated;
  try {
    return await taking();
  } catch (error) {
    const conflict = error instanceof GatewayError && error.code === 'file.conflict';
    if (conflict && (await isTaken(pool, sha256))) return repeated;
    throw error;
  }
}
