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

export function register(program: Command): void {
  const journal = program
    .command('journal')
    .description("a business day's transactions and postings as a file whose lines are chained");
  journal
    .command('export')
    .description('write journal-<day>.jsonl.gz of a closed business day; the same bytes however often')
    .argument('<day>', 'YYYY-MM-DD')
    .option('--out <folder>', 'where to (default: <data>/journal)')
    .action(write);
  journal
    .command('verify')
    .description('say whether one byte of a journal file was changed, and which line')
    .argument('<file>', 'journal-<day>.jsonl.gz')
    .action(verify);
}

async function write(day: string, options: { out?: string }): Promise<void> {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day)))
    throw new GatewayError('journal.day', `${day} is not a day: YYYY-MM-DD.`);
  await withBooks(async (pool, config) => {
    const folder = options.out ?? join(config.data, 'journal');
    const { path, lines, last } = await exportJournal(pool, day, folder, systemClock.now(), headsOf(config.data));
    console.log(`${path}: ${lines.toLocaleString('en')} lines; SHA-256 of the last ${last}`);
  });
}

async function verify(path: string): Promise<void> {
  const alone = await verifyJournal(await read(path));
  const { database, elsewhere } = alone.day === undefined ? {} : await keptFor(alone.day);
  const kept = database ?? elsewhere;
  const { fault, lines, last } =
    kept === undefined ? alone : await verifyJournal(await read(path), kept.last, kept.previous);
  const others = fault === undefined && elsewhere !== undefined && elsewhere.last !== last ? elsewhere.last : undefined;
  if (fault !== undefined || others !== undefined) {
    const why = fault?.reason ?? `its SHA-256 is ${last}; the second place has ${others ?? ''} for the last line`;
    console.error(`${path}:${fault?.line ?? lines}: changed: ${why}`);
    process.exitCode = 1;
    return;
  }
  const where = database !== undefined ? 'the database' : 'the second place';
  const also = database !== undefined && elsewhere !== undefined ? ', and the second place too' : '';
  const compared =
    kept === undefined
      ? `not compared with a database; SHA-256 of the last ${last}`
      : `the last as ${where} has it${also}`;
  console.log(`${path}: ${lines.toLocaleString('en')} lines, none changed; ${compared}`);
}

async function read(path: string): Promise<Readable> {
  return (await open(path)).createReadStream();
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
