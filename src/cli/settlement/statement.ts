import type { Command } from 'commander';
import { addDays, fromJalali } from '../../field/jalali.ts';
import { GatewayError } from '../../ops/errors.ts';
import { withSettlement } from '../../settlement/open.ts';
import {
  statementCsv,
  statementHtml,
  printPdf,
  readStatement,
  type Statement,
} from '../../settlement/statement/index.ts';
import { unwritable, writeText } from '../files.ts';
import { withJson, wrongOption } from '../options.ts';
import { jsonText, type JsonOption } from '../print.ts';

interface Options extends JsonOption {
  readonly of: Period;
  readonly out?: string;
}

export function register(program: Command): void {
  withJson(program.command('statement'))
    .description("a shop's statement, in Persian, of a day or a month")
    .argument('<merchant>', '15 digits')
    .requiredOption('--of <period>', 'Jalali: a day as 1405-09-02, or a month as 1405-09', periodOf)
    .option('--out <file>', 'a file that ends in .csv, .html or .pdf; without it, CSV is printed', outFile)
    .action(async (merchant: string, options: Options) => {
      await withSettlement(async ({ context }) => {
        const { from, to } = options.of;
        const statement = await readStatement(context.pool, merchant, from, to);
        if (statement === undefined) throw new GatewayError('merchant.unknown', `There is no merchant ${merchant}.`);
        if (options.json === true) console.log(jsonText(statement));
        if (options.out !== undefined) await put(statement, options.out);
        else if (options.json !== true) process.stdout.write(statementCsv(statement));
      });
    });
}

function outFile(text: string): string {
  if (/\.(csv|html|pdf)$/.test(text)) return text;
  throw wrongOption(`--out ${text}`, 'a name that ends in .csv, .html or .pdf');
}

async function put(statement: Statement, out: string): Promise<void> {
  if (!out.endsWith('.pdf')) {
    writeText(out, out.endsWith('.html') ? statementHtml(statement) : statementCsv(statement));
    return;
  }
  await printPdf(statement, out).catch((cause: unknown) => {
    throw unwritable(out, cause);
  });
}

/** Gregorian days, ISO. */
interface Period {
  readonly from: string;
  readonly to: string;
}

function periodOf(jalali: string): Period {
  const day = fromJalali(jalali);
  if (day !== undefined) return { from: day, to: day };
  const [, year = '', month = ''] = /^(\d{4})-(\d{2})$/.exec(jalali) ?? [];
  const next = month === '12' ? `${Number(year) + 1}-01` : `${year}-${String(Number(month) + 1).padStart(2, '0')}`;
  const [from, after] = [fromJalali(`${jalali}-01`), fromJalali(`${next}-01`)];
  if (from !== undefined && after !== undefined) return { from, to: addDays(after, -1) };
  throw wrongOption(`--of ${jalali}`, 'a Jalali day as 1405-09-02, or a Jalali month as 1405-09');
}
