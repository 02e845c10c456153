import type { Command } from 'commander';
import { verifyDays, verifyLedger } from '../../ledger/index.ts';
import { headsOf } from '../../settlement/journal.ts';
import { withBooks } from '../books.ts';
import { day, withJson } from '../options.ts';
import { jsonText, type JsonOption } from '../print.ts';

interface Options extends JsonOption {
  readonly since?: string;
  readonly day?: string;
}

export function register(program: Command): void {
  withJson(program.command('ledger').command('verify'))
    .description('recompute the books from the journal, also while the gateway works; names what does not agree')
    .option(
      '--since <day>',
      'write the journals again only of this business day and later ones, Gregorian or Jalali',
      day('--since'),
    )
    .option('--day <day>', 'only of this business day, and leave the books alone', day('--day'))
    .action(verify);
}

async function verify({ json, since = '', day }: Options): Promise<void> {
  await withBooks(async (pool, config) => {
    const faults = day === undefined ? await verifyLedger(pool) : [];
    const days = day === undefined ? { from: since, to: '9999' } : { from: day, to: day };
    const changedDays = await verifyDays(pool, headsOf(config.data), days);
    const inOrder = faults.length + changedDays.length === 0;
    if (!inOrder) process.exitCode = 1;
    if (json === true) {
      console.log(jsonText({ inOrder, faults, changedDays }));
      return;
    }
    for (const { check, count, examples } of faults) {
      const more = count > examples.length ? ' …' : '';
      console.error(`${check}: ${count.toLocaleString('en')} (${examples.join('; ')}${more})`);
    }
    for (const fault of changedDays) console.error(`closed days that are not what their journal was: ${fault}`);
    if (inOrder)
      console.log(day === undefined ? 'the books are in order' : `the journal of ${day} is what was written`);
  });
}
