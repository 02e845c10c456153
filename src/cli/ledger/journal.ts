import type { Command } from 'commander';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { exportJournal, keptHead, verifyJournal, type JournalHead } from '../../ledger/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import { headsOf } from '../../settlement/journal.ts';
import { withBooks } from '../books.ts';
import { makeFolder, unreadable } from '../files.ts';
import { day, withJson } from '../options.ts';
import { print, type JsonOption } from '../print.ts';

export function register(program: Command): void {
  const journal = program.command('journal');
  withJson(journal.command('export'))
    .description('write journal-<day>.jsonl.gz of a closed business day; the same bytes however often')
    .argument('<day>', 'Gregorian or Jalali', day('<day>'))
    .option('--out <folder>', 'where to write it (default: <data>/journal)')
    .action(write);
  withJson(journal.command('verify'))
    .description('say whether one byte of a journal file was changed, and which line')
    .argument('<file>', 'journal-<day>.jsonl.gz')
    .action(verify);
}

async function write(day: string, options: JsonOption & { out?: string }): Promise<void> {
  await withBooks(async (pool, config) => {
    const folder = options.out ?? join(config.data, 'journal');
    makeFolder(folder);
    const { path, lines, last } = await exportJournal(pool, day, folder, systemClock.now(), headsOf(config.data));
    print(
      options,
      { file: path, lines, last },
      () => `${path}: ${lines.toLocaleString('en')} lines; SHA-256 of the last ${last}`,
    );
  });
}

async function verify(path: string, options: JsonOption): Promise<void> {
  const alone = await verifyJournal(await read(path));
  const { database, elsewhere } = alone.day === undefined ? {} : await keptFor(alone.day);
  const kept = database ?? elsewhere;
  const { fault, lines, last } =
    kept === undefined ? alone : await verifyJournal(await read(path), kept.last, kept.previous);
  const others = fault === undefined && elsewhere !== undefined && elsewhere.last !== last ? elsewhere.last : undefined;
  const comparedWith = [database && 'database', elsewhere && 'second place'].filter((each) => each !== undefined);
  const result = { file: path, day: alone.day ?? null, lines, last, comparedWith };
  if (fault !== undefined || others !== undefined) {
    const why = fault?.reason ?? `its SHA-256 is ${last}; the second place has ${others ?? ''} for the last line`;
    const line = fault?.line ?? lines;
    process.exitCode = 1;
    if (options.json === true) print(options, { ...result, changed: true, line, why }, () => '');
    else console.error(`${path}:${line}: changed: ${why}`);
    return;
  }
  const where = database !== undefined ? 'the database' : 'the second place';
  const also = database !== undefined && elsewhere !== undefined ? ', and the second place too' : '';
  const compared =
    kept === undefined
      ? `not compared with a database; SHA-256 of the last ${last}`
      : `the last as ${where} has it${also}`;
  print(
    options,
    { ...result, changed: false },
    () => `${path}: ${lines.toLocaleString('en')} lines, none changed; ${compared}`,
  );
}

/** @throws GatewayError `file.unreadable` */
async function read(path: string): Promise<Readable> {
  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if ((await file.stat()).isFile()) return file.createReadStream();
  await file.close();
  throw unreadable(path, Object.assign(new Error(), { code: 'EISDIR' }));
}

/** What the database and the second place have for the day, where they are there. */
async function keptFor(
  day: string,
): Promise<{ database?: JournalHead | undefined; elsewhere?: JournalHead | undefined }> {
  const elsewhere = await headsOf(loadConfig().data).get(day);
  try {
    return { elsewhere, database: await withBooks((pool) => keptHead(pool, day)) };
  } catch (error) {
    if (error instanceof GatewayError) return { elsewhere };
    throw error;
  }
}
