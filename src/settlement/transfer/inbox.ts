import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { Clock } from '../../ops/clock.ts';
import type { CsvMap } from '../acquirer/mapped-csv.ts';
import { findAcquirerReader } from '../acquirer/open.ts';
import { takeAcquirerFile } from '../acquirer/take.ts';
import { takeAnswers } from '../answers/take.ts';
import { isTaken } from '../files/taken.ts';
import { checkCompanion, companionOf, hashIn, isCompanion } from './companion.ts';

/** The watched folder: what acquirers and banks put there is taken in, and moved to taken/ or refused/. */
export interface InboxContext {
  readonly pool: Pool;
  readonly folder: string;
  readonly acquirerCsv: readonly CsvMap[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface InboxOutcome {
  readonly name: string;
  readonly outcome: 'taken' | 'refused';
  readonly message: string;
}

/** A file that changed less long ago may still be written. Names that start with a dot are never looked at. */
const SETTLED_MS = 2_000;
/** Bytes, of the usual file systems. */
const LONGEST_NAME = 255;

/** Takes what lies in the inbox, oldest name first; one bad file does not stop the others. A file whose taking fails for a
 *  reason that is not the file's (the database) stays for the next look. */
export async function takeInbox(context: InboxContext): Promise<InboxOutcome[]> {
  const { folder, log } = context;
  await mkdir(folder, { recursive: true });
  const outcomes: InboxOutcome[] = [];
  const entries = (await readdir(folder, { withFileTypes: true })).filter((each) => each.isFile());
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    // Whatever is wrong with one file, its name and the disk among it, is that file's business.
    try {
      const outcome = await takeOne(context, name);
      if (outcome !== undefined) outcomes.push(outcome);
    } catch (error) {
      log.error({ err: error, file: name }, 'file could not be taken: it stays in the inbox');
    }
  }
  return outcomes;
}

/** @returns undefined for what is not to be taken now */
async function takeOne(context: InboxContext, name: string): Promise<InboxOutcome | undefined> {
  const { folder, log } = context;
  const path = join(folder, name);
  if (isCompanion(name)) {
    await putAway(context, path, name);
    return undefined;
  }
  if (name.startsWith('.') || Date.now() - (await stat(path)).mtimeMs < SETTLED_MS) return undefined;
  try {
    const message = await takeFile(context, path, name);
    await moveTo(folder, 'taken', name);
    log.info({ file: name, message }, 'file taken');
    return { name, outcome: 'taken', message };
  } catch (error) {
    // One that is still being written is whole another time.
    if (!(error instanceof GatewayError) || error.code === 'file.changed') throw error;
    const message = messageOf(error);
    const reason = join(await subfolder(folder, 'refused'), `${shortName(name, '.reason.txt')}.reason.txt`);
    await writeFile(reason, `${message}\n`);
    await moveTo(folder, 'refused', name);
    log.warn({ file: name, reason: error.code }, 'file refused');
    return { name, outcome: 'refused', message };
  }
}

/** A companion goes where its file went; one that came after it follows, one that came before waits. */
async function putAway({ pool, folder }: InboxContext, path: string, name: string): Promise<void> {
  const hash = existsSync(path) ? await hashIn(path) : undefined;
  if (hash !== undefined && (await isTaken(pool, hash))) await moveTo(folder, 'taken', name);
}

async function takeFile({ pool, clock, acquirerCsv }: InboxContext, path: string, name: string): Promise<string> {
  await checkCompanion(path, name);
  const reader = findAcquirerReader(path, name, acquirerCsv);
  if (reader !== undefined) {
    const taken = await takeAcquirerFile(pool, path, name, reader, clock.now());
    return taken.repeated ? 'taken before' : `${taken.lines} lines, ${taken.matched} matched`;
  }
  const { kind, repeated, orders, leftovers } = await takeAnswers(pool, path, name);
  if (repeated) return 'taken before';
  return `${kind}: ${orders.paid.count} paid, ${orders.returned.count} returned, ${leftovers} left over`;
}

async function moveTo(folder: string, where: string, name: string): Promise<void> {
  const stamp = `${Date.now()}-`;
  const to = join(await subfolder(folder, where), stamp + shortName(name, stamp + companionOf('')));
  const from = join(folder, name);
  await rename(from, to);
  if (existsSync(companionOf(from))) await rename(companionOf(from), companionOf(to));
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

async function subfolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  return path;
}
