import { existsSync, type Stats } from 'node:fs';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Now } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { isTaken } from '../files/taken.ts';
import { hashIn, isCompanion } from './companion.ts';
import { failuresOf, keepFailures, moveTo } from './quarantine.ts';
import type { Taker } from './take-process.ts';

/** The watched folder: what acquirers and banks put there is taken in, and moved to taken/, refused/ or quarantine/. */
export interface InboxContext {
  readonly pool: Pool;
  readonly folder: string;
  readonly take: Taker;
  /** The one that files have their times by. */
  readonly clock: Now;
  readonly log: Log;
  /** Once it is aborted, no further file is looked at. */
  readonly signal?: AbortSignal;
}

export interface InboxOutcome {
  readonly name: string;
  readonly outcome: 'taken' | 'refused' | 'quarantined';
  readonly message: string;
}

/** A file that changed less long ago may still be written. Names that start with a dot are never looked at. */
const SETTLED_MS = 2_000;
/** So often may the reading of a file fail. */
const MOST_FAILURES = 2;

/** Takes what lies in the inbox, oldest name first; one bad file does not stop the others. A file whose taking fails for a
 *  reason that is not the file's (the database) stays for the next look. */
export async function takeInbox(context: InboxContext): Promise<InboxOutcome[]> {
  const { folder, log, signal } = context;
  await mkdir(folder, { recursive: true });
  const outcomes: InboxOutcome[] = [];
  const entries = (await readdir(folder, { withFileTypes: true })).filter((each) => !each.isDirectory());
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (signal?.aborted === true) break;
    if (name.startsWith('.')) continue;
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
  const { folder, clock } = context;
  const path = join(folder, name);
  // lstat opens nothing: a FIFO or a device that is opened may hold whoever opens it for ever.
  const found = await lstat(path).catch(ifGone);
  if (found === undefined) return undefined; // it went with the file that it belongs to
  if (!found.isFile()) {
    return refuse(
      context,
      name,
      new GatewayError('file.refused', `${name} is ${kindOf(found)}: only regular files are taken.`),
    );
  }
  if (isCompanion(name)) {
    await putAway(context, path, name);
    return undefined;
  }
  if (clock.now() - found.mtimeMs < SETTLED_MS) return undefined;
  return attempt(context, path, name);
}

/** Counted before it is tried: what ends the whole gateway is counted too. */
async function attempt(context: InboxContext, path: string, name: string): Promise<InboxOutcome | undefined> {
  const { folder, clock, log } = context;
  const failures = await failuresOf(folder, name);
  if (failures >= MOST_FAILURES) return quarantine(context, name, `${name}: the gateway ended while it was read`);
  await keepFailures(folder, name, failures + 1);
  try {
    const message = await context.take(path, name);
    await keepFailures(folder, name, 0);
    await moveTo(folder, 'taken', name, clock.now());
    log.info({ file: name, message }, 'file taken');
    return { name, outcome: 'taken', message };
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'take.died') {
      if (failures + 1 >= MOST_FAILURES) return quarantine(context, name, error.message);
      log.error({ file: name, error: error.message }, 'file could not be read: it is tried once more');
      return undefined;
    }
    await keepFailures(folder, name, failures);
    if (error instanceof GatewayError && error.code === 'take.stopped') return undefined;
    // One that is still being written is whole another time.
    if (!(error instanceof GatewayError) || error.code === 'file.changed') throw error;
    await keepFailures(folder, name, 0);
    return refuse(context, name, error);
  }
}

async function refuse({ folder, clock, log }: InboxContext, name: string, error: GatewayError): Promise<InboxOutcome> {
  const message = messageOf(error);
  await moveTo(folder, 'refused', name, clock.now(), message);
  log.warn({ file: name, reason: error.code }, 'file refused');
  return { name, outcome: 'refused', message };
}

async function quarantine({ folder, clock, log }: InboxContext, name: string, why: string): Promise<InboxOutcome> {
  const message = `${why}. Reading it failed ${MOST_FAILURES} times: it is in quarantine, and nothing of it was taken.`;
  await keepFailures(folder, name, 0);
  await moveTo(folder, 'quarantine', name, clock.now(), message);
  log.error({ file: name, reason: message }, 'ALARM a file of the inbox is in quarantine');
  return { name, outcome: 'quarantined', message };
}

/** A companion goes where its file went; one that came after it follows, one that came before waits. */
async function putAway({ pool, folder, clock }: InboxContext, path: string, name: string): Promise<void> {
  const hash = existsSync(path) ? await hashIn(path) : undefined;
  if (hash !== undefined && (await isTaken(pool, hash))) await moveTo(folder, 'taken', name, clock.now());
}

function ifGone(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  return undefined;
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}
