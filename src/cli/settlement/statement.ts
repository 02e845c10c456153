import type { Command } from 'commander';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { periodForms, readPeriod, type Period } from '../../field/period.ts';
import { systemClock, tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { withSettlement } from '../../settlement/open.ts';
import {
  statementCsv,
  statementHtml,
  printPdf,
  readStatement,
  statementXlsx,
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
    .argument('<merchant>', '15 digits')
    .requiredOption(
      '--of <period>',
      'a day or a month: Jalali as 1405-09-02, 1405-09, or Gregorian as 2026-11-23, 2026-11',
      periodOf,
    )
    .option('--out <file>', 'a file that ends in .csv, .xlsx, .html or .pdf; without it, CSV is printed', outFile)
    .action(async (merchant: string, options: Options) => {
      await withSettlement(async ({ context }) => {
        const now = context.clock.now();
        const statement = await readStatement(context.pool, merchant, { ...options.of, now });
        if (statement === undefined) throw new GatewayError('merchant.unknown', `There is no merchant ${merchant}.`);
        if (options.json === true) console.log(jsonText(statement));
        if (options.out !== undefined) await put(statement, options.out);
        else if (options.json !== true) process.stdout.write(statementCsv(statement));
      });
    });
}

function outFile(text: string): string {
  if (/\.(csv|xlsx|html|pdf)$/.test(text)) return text;
  throw wrongOption(`--out ${text}`, 'a name that ends in .csv, .xlsx, .html or .pdf');
}

async function put(statement: Statement, out: string): Promise<void> {
  if (/\.(csv|html)$/.test(out)) {
    writeText(out, out.endsWith('.html') ? statementHtml(statement) : statementCsv(statement));
    return;
  }
  const printed = out.endsWith('.pdf')
    ? printPdf(statement, out)
    : pipeline(Readable.from(statementXlsx(statement)), createWriteStream(out));
  await printed.catch((cause: unknown) => {
    throw unwritable(out, cause);
  });
}

function periodOf(text: string): Period {
  const period = readPeriod(text);
  if (period !== undefined) return period;
  throw wrongOption(`--of ${text}`, periodForms(tehran(systemClock.now()).isoDate));
}
