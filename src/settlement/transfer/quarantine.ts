import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { companionOf } from './companion.ts';

/** Where files of the inbox go, and how often the reading of one failed. The count lies beside the files, so that a gateway that
 *  dies with a file does not begin anew. */

export type Place = 'taken' | 'refused' | 'quarantine';

/** Bytes, of the usual file systems. */
const LONGEST_NAME = 255;

/** Moves a file, with its companion, below the inbox. @param at now, ms: part of its new name @param why put beside it */
export async function moveTo(folder: string, place: Place, name: string, at: number, why?: string): Promise<void> {
  const stamp = `${at}-`;
  const into = join(folder, place);
  await mkdir(into, { recursive: true });
  if (why !== undefined) await writeFile(join(into, `${shortName(name, '.reason.txt')}.reason.txt`), `${why}\n`);
  const to = join(into, stamp + shortName(name, stamp + companionOf('')));
  const from = join(folder, name);
  await rename(from, to);
  if (existsSync(companionOf(from))) await rename(companionOf(from), companionOf(to));
}

/** @returns how many files wait in quarantine for a person */
export async function countQuarantined(folder: string): Promise<number> {
  const path = join(folder, 'quarantine');
  if (!existsSync(path)) return 0;
  const names = await readdir(path);
  return names.filter((name) => !name.endsWith('.reason.txt') && !name.endsWith(companionOf(''))).length;
}

interface Failures {
  readonly size: number;
  readonly mtimeMs: number;
  readonly count: number;
}

/** How often reading this file failed, whoever read it; another file of that name begins anew. */
export async function failuresOf(folder: string, name: string): Promise<number> {
  const path = countPath(folder, name);
  if (!existsSync(path)) return 0;
  const { size, mtimeMs, count } = readCount(await readFile(path, 'utf8'));
  const now = await stat(join(folder, name));
  return now.size === size && now.mtimeMs === mtimeMs ? count : 0;
}

/** @param count 0: nothing is known against it */
export async function keepFailures(folder: string, name: string, count: number): Promise<void> {
  const path = countPath(folder, name);
  if (count === 0) {
    await rm(path, { force: true });
    return;
  }
  const { size, mtimeMs } = await stat(join(folder, name));
  await writeFile(`${path}.part`, JSON.stringify({ size, mtimeMs, count } satisfies Failures));
  await rename(`${path}.part`, path);
}

/** What a power cut left unreadable begins anew. */
function readCount(text: string): Failures {
  try {
    return JSON.parse(text) as Failures;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { size: -1, mtimeMs: -1, count: 0 };
  }
}

function countPath(folder: string, name: string): string {
  return join(folder, `.failed-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`);
}

/** A name that still fits the file system with `beside` put to it: a long one is cut, and told apart by its hash. */
function shortName(name: string, beside: string): string {
  const room = LONGEST_NAME - Buffer.byteLength(beside);
  if (Buffer.byteLength(name) <= room) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  const cut = Buffer.from(name)
    .subarray(0, room - hash.length - 1)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
  return `${cut}-${hash}`;
}
