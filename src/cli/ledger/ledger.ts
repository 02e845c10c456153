import type { Command } from 'commander';
import { verifyDays, verifyLedger } from '../../ledger/index.ts';
import { gregorianDay } from '../../settlement/calendar/index.ts';
import { headsOf } from '../../settlement/journal.ts';
import { withBooks } from '../books.ts';

export function register(program: Command): void {
  program
    .command('ledger')
    .description('the books')
    .command('verify')
    .description('recompute the books from the journal, also while the gateway works; names what does not agree')
    .option(
      '--since <day>',
      'write the journals again of this business day and later ones only, Gregorian or Jalali',
      gregorianDay,
    )
    .option('--day <day>', 'of this one only, and leave the books alone', gregorianDay)
    .action(verify);
}

async function verify({ since = '', day }: { since?: string; day?: string }): Promise<void> {
  await withBooks(async (pool, config) => {
    const faults = day === undefined ? await verifyLedger(pool) : [];
    for (const { check, count, examples } of faults) {
      const more = count > examples.length ? ' …' : '';
      console.error(`${check}: ${count.toLocaleString('en')} (${examples.join('; ')}${more})`);
    }
    const days = day === undefined ? { from: since, to: '9999' } : { from: day, to: day };
    const changed = await verifyDays(pool, headsOf(config.data), days);
    for (const fault of changed) console.error(`closed days that are not what their journal was: ${fault}`);
    if (faults.length + changed.length > 0) process.exitCode = 1;
    else console.log(day === undefined ? 'the books are in order' : `the journal of ${day} is what was written`);
  });
}
