import Table from 'cli-table3';
import type { Command } from 'commander';
import { doubtBook, type Doubt, type DoubtBook } from '../../handlers/bank/doubts.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig } from '../../ops/config.ts';
import { openPool } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { databaseUrl } from '../../ops/runtime.ts';

const MOST = 500;

/** What is in doubt between us and the bank, seen and worked at from the command line (docs/operations.md). */
export function registerAdvices(bank: Command): void {
  const advices = bank.command('advices').description('what is in doubt with the bank: reversals under way, open legs');
  advices
    .command('list', { isDefault: true })
    .description('the oldest first, with owner, age, attempts and the last reason')
    .option('--json', 'one JSON line each')
    .action(list);
  advices
    .command('retry <id>')
    .description('send it now, also one that the bank refused')
    .action((id: string) => change(id, (book) => book.retry(number(id), systemClock.now()), 'is due now'));
  advices
    .command('own <id> <owner>')
    .description('take it: who looks after it from now on')
    .option('--note <text>', 'what is known so far')
    .action((id: string, owner: string, { note }: { note?: string }) =>
      change(id, (book) => book.own(number(id), name(owner), note?.slice(0, 500)), `belongs to ${owner}`),
    );
  advices
    .command('resolve <id>')
    .description('end one that the bank refused for good, once it is settled with the bank')
    .option('--by <name>', 'who settled it, where the database has no people')
    .requiredOption('--note <text>', 'how')
    .action((id: string, { by, note }: { by: string; note: string }) =>
      change(id, (book) => book.resolve(number(id), name(by), note.slice(0, 500)), 'is resolved'),
    );
}

async function list({ json }: { json?: true }): Promise<void> {
  const doubts = await withBook((book) => book.list(MOST));
  if (json === true) {
    for (const doubt of doubts) console.log(JSON.stringify({ ...doubt, amountRials: String(doubt.amountRials) }));
    return;
  }
  if (doubts.length === 0) {
    console.log('nothing is in doubt with the bank');
    return;
  }
  const table = new Table({
    head: ['id', 'kind', 'MTI', 'terminal', 'RRN', 'rials', 'age', 'attempts', 'owner', 'why', 'note'],
    style: { head: [], border: [] },
  });
  const now = systemClock.now();
  for (const doubt of doubts) table.push(cells(doubt, now));
  console.log(table.toString());
  if (doubts.length === MOST) console.log(`only the oldest ${MOST} are shown`);
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

async function change(id: string, work: (book: DoubtBook) => Promise<boolean>, done: string): Promise<void> {
  if (!(await withBook(work))) {
    throw new GatewayError('bank.advice', `Advice ${id} is not open for that: see kalabarg bank advices list.`);
  }
  console.log(`advice ${id} ${done}`);
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
  if (!/^\d{1,18}$/.test(id)) throw new GatewayError('bank.advice', `${id} is not the number of an advice.`);
  return id;
}

function name(text: string): string {
  if (!/^\S(?:.{0,58}\S)?$/.test(text)) throw new GatewayError('bank.advice', 'An owner has 1 to 60 characters.');
  return text;
}
