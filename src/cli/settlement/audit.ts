import Table from 'cli-table3';
import type { Command } from 'commander';
import { groupedRials } from '../../field/rials.ts';
import { explain, type Explained, dayBalances, unexplained, type DayBalance } from '../../settlement/audit/index.ts';
import { asked, type Asked } from '../../settlement/clearing/index.ts';
import { withSettlement } from '../../settlement/open.ts';
import { day, withJson } from '../options.ts';
import { printEach, type JsonOption } from '../print.ts';

/** `settlement unexplained` and `settlement explain`. */
export function registerAudit(settlement: Command): void {
  withJson(settlement.command('unexplained'))
    .description('every rial that is neither paid, carried nor in a named break: prints nothing when there is none')
    .option('--from <day>', 'first business day, Gregorian or Jalali', day('--from'), '2000-01-01')
    .option('--to <day>', 'last business day', day('--to'), '2999-12-31')
    .option('--balance', 'also where the rials of each day are')
    .action(async (options: JsonOption & { from: string; to: string; balance?: boolean }) => {
      await withSettlement(async ({ context }) => {
        const { from, to } = options;
        if (options.balance === true) {
          const days = await dayBalances(context.pool, from, to);
          printEach(options, days, () => balanceTable(days));
        }
        const found = await asked(context.pool, await unexplained(context.pool, from, to));
        if (found.length === 0) return;
        printEach(options, found, () => found.map(findingLine).join('\n'));
        process.exitCode = 1;
      });
    });
  withJson(settlement.command('explain'))
    .description('from a line of a payment file to its transactions, postings and frames, and back')
    .argument('<what>', 'an order (InstrId, or MsgId/position), a Sheba, a merchant, or an RRN')
    .option('--everywhere', 'look for an RRN that others made through all days, not only the last week')
    .action(async (what: string, options: JsonOption & { everywhere?: boolean }) => {
      await withSettlement(async ({ context }) => {
        const steps = await explain(context.pool, what, options.everywhere === true);
        printEach(options, steps, () => steps.map(stepText).join('\n\n'));
      });
    });
}

function findingLine({ day, merchant, rials: by, reason, ...question }: Asked): string {
  const seen = question.break === null ? '' : ` (break ${question.break}, of ${question.owner ?? 'nobody'})`;
  return `${day} ${merchant ?? '-'}: ${groupedRials(BigInt(by))} rials: ${reason}${seen}`;
}

function balanceTable(days: readonly DayBalance[]): string {
  const columns = ['moved', 'fees', 'carriedIn', 'paid', 'underWay', 'returned', 'remainders', 'carriedOut'] as const;
  const table = new Table({ head: ['day', 'merchants', ...columns], style: { head: [], border: [] } });
  for (const day of days) {
    table.push([day.day, String(day.merchants), ...columns.map((column) => groupedRials(BigInt(day[column])))]);
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
