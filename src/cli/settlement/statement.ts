import type { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import { addDays, fromJalali } from '../../field/jalali.ts';
import { withSettlement } from '../../settlement/open.ts';
import {
  statementCsv,
  statementHtml,
  printPdf,
  readStatement,
  type Statement,
} from '../../settlement/statement/index.ts';
import { GatewayError } from '../../ops/errors.ts';

export function register(program: Command): void {
  program
    .command('statement')
    .description("a shop's statement, in Persian, of a day or a month")
    .argument('<merchant>', '15 digits')
    .requiredOption('--of <period>', 'Jalali: 1405-09-02, or the month 1405-09')
    .option('--out <file>', '.csv, .html or .pdf; left out, CSV is printed here')
    .action(async (merchant: string, options: { of: string; out?: string }) => {
      if (options.out !== undefined && !/\.(csv|html|pdf)$/.test(options.out)) {
        throw new GatewayError(
          'statement.out',
          `--out wants a name that ends in .csv, .html or .pdf, not "${options.out}".`,
        );
      }
      await withSettlement(async ({ context }) => {
        const { from, to } = periodOf(options.of);
        const statement = await readStatement(context.pool, merchant, from, to);
        if (statement === undefined) throw new GatewayError('merchant.unknown', `There is no merchant ${merchant}.`);
        await put(statement, options.out);
      });
    });
}

async function put(statement: Statement, out: string | undefined): Promise<void> {
  if (out === undefined) process.stdout.write(statementCsv(statement));
  else if (out.endsWith('.pdf')) await printPdf(statement, out);
  else if (out.endsWith('.html')) writeFileSync(out, statementHtml(statement));
  else writeFileSync(out, statementCsv(statement));
}

/** @throws GatewayError `date.invalid` */
function periodOf(jalali: string): { from: string; to: string } {
  const day = fromJalali(jalali);
  if (day !== undefined) return { from: day, to: day };
  const [, year = '', month = ''] = /^(\d{4})-(\d{2})$/.exec(jalali) ?? [];
  const next = month === '12' ? `${Number(year) + 1}-01` : `${year}-${String(Number(month) + 1).padStart(2, '0')}`;
  const [from, after] = [fromJalali(`${jalali}-01`), fromJalali(`${next}-01`)];
  if (from !== undefined && after !== undefined) return { from, to: addDays(after, -1) };
  throw new GatewayError('date.invalid', `"${jalali}" is not a Jalali day or month: give 1405-09-02 or 1405-09.`);
}
