import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { GatewayError } from '../../ops/errors.ts';
import { fileHash } from '../files/taken.ts';

/** An acquirer may put `<name>.sha256` beside a file, as `sha256sum` writes it (domain/04): it says of formats without a sum of
 *  their own whether the file came whole. */

const SUFFIX = '.sha256';
const HEAD_BYTES = 128;

export function isCompanion(name: string): boolean {
  return name.endsWith(SUFFIX);
}

export function companionOf(path: string): string {
  return path + SUFFIX;
}

/** Compares a file with its companion, where it has one.
 *  @throws GatewayError `file.refused` when they differ, or the companion holds no hash */
export async function checkCompanion(path: string, name: string): Promise<void> {
  const companion = companionOf(path);
  const there = await lstat(companion).catch(() => undefined);
  if (there === undefined) return;
  const told = await hashIn(companion);
  if (told === undefined) {
    throw new GatewayError(
      'file.refused',
      `${name}${SUFFIX} does not begin with 64 hexadecimal digits: ${name} is refused.`,
    );
  }
  const found = await fileHash(path);
  if (told !== found) {
    throw new GatewayError(
      'file.refused',
      `${name} is refused: its SHA-256 is ${found}, ${name}${SUFFIX} says ${told}.`,
    );
  }
}

/** @returns undefined where a companion holds none
 *  @throws GatewayError `file.refused` for what is no regular file: it is not waited for */
export async function hashIn(companion: string): Promise<string | undefined> {
  if (!(await lstat(companion)).isFile()) throw irregular(companion);
  const file = await open(companion, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    if (!(await file.stat()).isFile()) throw irregular(companion);
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    return /^[0-9a-f]{64}(?![0-9a-f])/i.exec(head.toString('latin1', 0, bytesRead))?.[0].toLowerCase();
  } finally {
    await file.close();
  }
}

function irregular(companion: string): GatewayError {
  return new GatewayError(
    'file.refused',
    `${basename(companion)} is not a regular file: the file it belongs to is refused.`,
  );
}
