import type { Command } from 'commander';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { exportJournal, keptHash, verifyJournal } from '../ledger/index.ts';
import { systemClock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import { withBooks } from './books.ts';

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
    const { path, lines, last } = await exportJournal(pool, day, folder, systemClock.now());
    console.log(`${path}: ${lines.toLocaleString('en')} lines; SHA-256 of the last ${last}`);
  });
}

async function verify(path: string): Promise<void> {
  const alone = await verifyJournal(await read(path));
  const kept = alone.day === undefined ? undefined : await keptFor(alone.day);
  const { fault, lines, last } = kept === undefined ? alone : await verifyJournal(await read(path), kept);
  if (fault !== undefined) {
    console.error(`${path}:${fault.line}: changed: ${fault.reason}`);
    process.exitCode = 1;
    return;
  }
  const compared =
    kept === undefined
      ? `not compared with a database; SHA-256 of the last ${last}`
      : 'the last as the database has it';
  console.log(`${path}: ${lines.toLocaleString('en')} lines, none changed; ${compared}`);
}

async function read(path: string): Promise<Readable> {
  return (await open(path)).createReadStream();
}

/** What the database has for the day, where there is one. */
async function keptFor(day: string): Promise<string | undefined> {
  try {
    return await withBooks((pool) => keptHash(pool, day));
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}
