import { createHash } from 'node:crypto';
import { applyDelta, deltaPath, type DirectorItem } from '../../../updates/format/index.ts';
import type { Disk } from './disk.ts';
import type { SignedTarget } from './plan.ts';
import { sha256 } from './slots.ts';
import { codeOf, type UpdateSource } from './source.ts';

/** Files on their way: kept by their hash, gone on with after a cut, and believed by their hashes alone. */

const FOLDER = 'downloads';

/** Where the verified bytes of a file lie. */
export function readyFile(hash: string): string {
  return `${FOLDER}/${hash}`;
}

export function isReady(disk: Disk, hash: string, length: number): boolean {
  return disk.size(readyFile(hash)) === length && (length > 0 || disk.read(readyFile(hash)) !== undefined);
}

/** What of an older release the device has. */
export interface Old {
  readonly releaseCounter: number;
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** Fetches a file, by a delta where there is one from what is here. It is verified when this returns true.
 *  @returns false: what came is not what was signed; nothing of it is kept
 *  @throws GatewayError of the source: what came so far stays, and the next call goes on behind it */
export async function fetchFile(
  disk: Disk,
  source: UpdateSource,
  item: DirectorItem,
  target: SignedTarget,
  old: Old | undefined,
): Promise<boolean> {
  if (old !== undefined && (await byDelta(disk, source, item, target, old))) return true;
  const part = `${FOLDER}/${target.sha256}.part`;
  // What is here may have been torn by a cut: then the file is fetched once more from its beginning.
  for (const resumed of disk.size(part) > 0 ? [true, false] : [false]) {
    if (!resumed) disk.remove(part);
    await receive(disk, source, part, hashedName(item.file, target.sha256), target.length);
    const bytes = disk.read(part) ?? Buffer.alloc(0);
    if (!isSigned(bytes, target)) continue;
    if (bytes.length === 0) disk.write(readyFile(target.sha256), bytes);
    else disk.move(part, readyFile(target.sha256));
    return true;
  }
  disk.remove(part);
  return false;
}

/** A delta needs no trust: what it makes is held against the hashes of the target. Where it does not serve, the file itself does. */
async function byDelta(
  disk: Disk,
  source: UpdateSource,
  item: DirectorItem,
  target: SignedTarget,
  old: Old,
): Promise<boolean> {
  const delta = target.custom.deltaFrom.find(
    (each) => each.counter === old.releaseCounter && each.sha256 === old.sha256 && each.length < target.length,
  );
  // it lies beside its target and nowhere else
  if (delta === undefined || delta.path !== deltaPath(item.file, delta.counter)) return false;
  const part = `${FOLDER}/${target.sha256}.delta`;
  try {
    await receive(disk, source, part, `targets/${delta.path}`, delta.length);
    const made = applyDelta(old.bytes, disk.read(part) ?? Buffer.alloc(0), target.length);
    if (!isSigned(made, target)) return false;
    disk.write(readyFile(target.sha256), made);
    return true;
  } catch (error) {
    if (['device.missing', 'device.endless', 'updates.delta'].includes(codeOf(error))) return false;
    throw error;
  } finally {
    if (isReady(disk, target.sha256, target.length) || disk.size(part) >= delta.length) disk.remove(part);
  }
}

async function receive(disk: Disk, source: UpdateSource, part: string, name: string, length: number): Promise<void> {
  const has = disk.size(part);
  if (has > length) disk.remove(part);
  if (has === length && length > 0) return;
  let at = disk.size(part);
  for await (const piece of source.pieces(name, at, length)) {
    if (piece.at !== at) {
      disk.remove(part); // the other side begins at the beginning
      at = piece.at;
    }
    if (piece.data.length > 0) disk.append(part, piece.data);
    at += piece.data.length;
  }
}

/** `menu/native-3.json` → `targets/menu/<sha256>.native-3.json` (TUF, consistent snapshots). */
function hashedName(path: string, hash: string): string {
  const slash = path.lastIndexOf('/') + 1;
  return `targets/${path.slice(0, slash)}${hash}.${path.slice(slash)}`;
}

function isSigned(bytes: Buffer, target: SignedTarget): boolean {
  return (
    bytes.length === target.length &&
    sha256(bytes) === target.sha256 &&
    createHash('sha512').update(bytes).digest('hex') === target.sha512
  );
}

/** Removes what no instruction names any more. */
export function sweep(disk: Disk, wanted: readonly string[]): void {
  for (const name of disk.names(FOLDER))
    if (!wanted.some((hash) => name.startsWith(hash))) disk.remove(`${FOLDER}/${name}`);
}
