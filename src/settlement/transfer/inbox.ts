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

/** Takes what lies in the inbox, oldest name first; one bad file does not stop the others. A file whose taking fails for a
 *  reason that is not the file's (the database) stays for the next look. */
export async function takeInbox(context: InboxContext): Promise<InboxOutcome[]> {
  const { folder, log } = context;
  await mkdir(folder, { recursive: true });
  const outcomes: InboxOutcome[] = [];
  const entries = (await readdir(folder, { withFileTypes: true })).filter((each) => each.isFile());
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, name);
    if (isCompanion(name)) {
      await putAway(context, path, name);
      continue;
    }
    if (name.startsWith('.') || Date.now() - (await stat(path)).mtimeMs < SETTLED_MS) continue;
    try {
      const message = await takeFile(context, path, name);
      await moveTo(folder, 'taken', name);
      outcomes.push({ name, outcome: 'taken', message });
      log.info({ file: name, message }, 'file taken');
    } catch (error) {
      if (!(error instanceof GatewayError)) {
        log.error({ err: error, file: name }, 'file could not be taken: it stays in the inbox');
        continue;
      }
      await writeFile(join(await subfolder(folder, 'refused'), `${name}.reason.txt`), `${messageOf(error)}\n`);
      await moveTo(folder, 'refused', name);
      outcomes.push({ name, outcome: 'refused', message: messageOf(error) });
      log.warn({ file: name, reason: error.code }, 'file refused');
    }
  }
  return outcomes;
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
  const { kind, repeated, orders } = await takeAnswers(pool, path, name);
  return repeated ? 'taken before' : `${kind}: ${orders.paid.count} paid, ${orders.returned.count} returned`;
}

async function moveTo(folder: string, where: string, name: string): Promise<void> {
  const [from, to] = [join(folder, name), join(await subfolder(folder, where), `${Date.now()}-${name}`)];
  await rename(from, to);
  if (existsSync(companionOf(from))) await rename(companionOf(from), companionOf(to));
}

async function subfolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  return path;
}
