import Table from 'cli-table3';
import type { Command } from 'commander';
import { doubtBook, type Doubt, type DoubtBook } from '../../handlers/bank/doubts.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig } from '../../ops/config.ts';
import { openPool } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { databaseUrl } from '../../ops/runtime.ts';
import { withJson } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';

const MOST = 500;

/** What is in doubt between us and the bank, seen and worked at from the command line (docs/operations.md). */
export function register(program: Command): void {
  const doubts = program.command('doubts');
  withJson(doubts.command('list', { isDefault: true }))
    .description('the oldest first, with owner, age, attempts and the last reason')
    .action(list);
  withJson(doubts.command('retry'))
    .description('send one now, even if the bank refused it')
    .argument('<id>')
    .action((id: string, options: JsonOption) =>
      change(options, id, 'due', 'is due now', (book) => book.retry(number(id), systemClock.now())),
    );
  withJson(doubts.command('own'))
    .description('take one over: the owner looks after it from now on')
    .argument('<id>')
    .argument('<owner>')
    .option('--note <text>', 'what is known so far')
    .action((id: string, owner: string, options: JsonOption & { note?: string }) =>
      change(options, id, 'owned', `belongs to ${owner}`, (book) =>
        book.own(number(id), name(owner), options.note?.slice(0, 500)),
      ),
    );
  withJson(doubts.command('resolve'))
    .description('end one that the bank refused for good, once it is settled with the bank')
    .argument('<id>')
    .option('--by <name>', 'who settled it, where the database has no people')
    .requiredOption('--note <text>', 'how')
    .action((id: string, options: JsonOption & { by: string; note: string }) =>
      change(options, id, 'resolved', 'is resolved', (book) =>
        book.resolve(number(id), name(options.by), options.note.slice(0, 500)),
      ),
    );
}

async function list(options: JsonOption): Promise<void> {
  const doubts = await withBook((book) => book.list(MOST));
  printEach(options, doubts.map(summaryOf), () =>
    doubts.length === 0 ? 'nothing is in doubt with the bank' : table(doubts),
  );
}

function summaryOf({ since, nextAt, ...doubt }: Doubt): object {
  const instant = (ms: number): string => new Date(ms).toISOString();
  return { ...doubt, since: instant(since), ...(nextAt === undefined ? {} : { nextAt: instant(nextAt) }) };
}

function table(doubts: readonly Doubt[]): string {
  const table = new Table({
    head: ['id', 'kind', 'MTI', 'terminal', 'RRN', 'rials', 'age', 'attempts', 'owner', 'why', 'note'],
    style: { head: [], border: [] },
  });
  const now = systemClock.now();
  for (const doubt of doubts) table.push(cells(doubt, now));
  return doubts.length < MOST ? table.toString() : `${table.toString()}\nonly the oldest ${MOST} are shown`;
}

function cells(doubt: Doubt, now: number): string[] {
  const { id = '', kind, mti, terminal, rrn, amountRials, since, attempts, owner, why = '', note = '' } = doubt;
  return [id, kind, mti, terminal, rrn, String(amountRials), age(now - since), String(attempts), owner, why, note];
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h`;
}

async function change(
  options: JsonOption,
  id: string,
  state: 'due' | 'owned' | 'resolved',
  said: string,
  work: (book: DoubtBook) => Promise<boolean>,
): Promise<void> {
  if (!(await withBook(work))) {
    throw new GatewayError('bank.advice', `Doubt ${id} is not in a state that allows this: see kalabarg doubts list.`);
  }
  print(options, { id, state }, () => `doubt ${id} ${said}`);
}

async function withBook<Result>(work: (book: DoubtBook) => Promise<Result>): Promise<Result> {
  const pool = openPool(databaseUrl(loadConfig()), 1);
  try {
    return await work(doubtBook(pool));
  } finally {
    await pool.end();
  }
}

function number(id: string): string {
  if (!/^\d{1,18}$/.test(id))
    throw new GatewayError('bank.advice', `${id} is not the number of a doubt: see kalabarg doubts list.`);
  return id;
}

function name(text: string): string {
  if (!/^\S(?:.{0,58}\S)?$/.test(text))
    throw new GatewayError('bank.advice', 'The name of a person has 1 to 60 characters.');
  return text;
}
