import Table from 'cli-table3';
import type { Command } from 'commander';
import { explain, type Explained, dayBalances, unexplained, type DayBalance } from '../../settlement/audit/index.ts';
import { asked, type Asked } from '../../settlement/clearing/index.ts';
import { gregorianDay } from '../../settlement/calendar/index.ts';
import { withSettlement } from '../../settlement/open.ts';
import { rials } from './settle.ts';

/** `settlement unexplained` and `settlement explain`. */
export function registerAudit(settlement: Command): void {
  settlement
    .command('unexplained')
    .description('every rial that is neither paid, carried nor in a named break: prints nothing when there is none')
    .option('--from <day>', 'first business day, Gregorian or Jalali', gregorianDay, '2000-01-01')
    .option('--to <day>', 'last business day', gregorianDay, '2999-12-31')
    .option('--json', 'a line each, for programs')
    .option('--balance', 'also where the rials of each day are')
    .action(async (options: { from: string; to: string; balance?: boolean; json?: boolean }) => {
      await withSettlement(async ({ context }) => {
        const { from, to, json = false } = options;
        if (options.balance === true) {
          const days = await dayBalances(context.pool, from, to);
          if (json) for (const each of days) console.log(JSON.stringify(each));
          else console.log(balanceTable(days));
        }
        const found = await asked(context.pool, await unexplained(context.pool, from, to));
        for (const each of found) console.log(json ? JSON.stringify(each) : findingLine(each));
        if (found.length > 0) process.exitCode = 1;
      });
    });
  settlement
    .command('explain')
    .description('from a line of a payment file to its transactions, postings and frames, and back')
    .argument('<what>', 'an order (InstrId, or MsgId/position), a Sheba, a merchant, or an RRN')
    .option('--everywhere', 'look for an RRN that others made through all days, not the last week only')
    .option('--json', 'for programs')
    .action(async (what: string, options: { json?: boolean; everywhere?: boolean }) => {
      await withSettlement(async ({ context }) => {
        const steps = await explain(context.pool, what, options.everywhere === true);
        console.log(options.json === true ? JSON.stringify(steps, undefined, 2) : steps.map(stepText).join('\n\n'));
      });
    });
}

function findingLine({ day, merchant, rials: by, reason, ...question }: Asked): string {
  const seen = question.break === null ? '' : ` (break ${question.break}, of ${question.owner ?? 'nobody'})`;
  return `${day} ${merchant ?? '-'}: ${rials(BigInt(by))} rials: ${reason}${seen}`;
}

function balanceTable(days: readonly DayBalance[]): string {
  const columns = ['moved', 'fees', 'carriedIn', 'paid', 'underWay', 'returned', 'carriedOut'] as const;
  const table = new Table({ head: ['day', 'merchants', ...columns], style: { head: [], border: [] } });
  for (const day of days) {
    table.push([day.day, String(day.merchants), ...columns.map((column) => rials(BigInt(day[column])))]);
  }
  return table.toString();
}

function stepText({ title, rows, more }: Explained): string {
  const [first] = rows;
  if (first === undefined) return `${title}: none`;
  const table = new Table({ head: Object.keys(first), style: { head: [], border: [] } });
  for (const row of rows) table.push(Object.values(row).map(cell));
  return `${title}:\n${table.toString()}${more ? '\n… and more' : ''}`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}
