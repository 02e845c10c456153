import type { Command } from 'commander';
import { verifyDays, verifyLedger } from '../../ledger/index.ts';
import { headsOf } from '../../settlement/journal.ts';
import { withBooks } from '../books.ts';

export function register(program: Command): void {
  program
    .command('ledger')
    .description('the books')
    .command('verify')
    .description('recompute the books from the journal, also while the gateway works; names what does not agree')
    .action(verify);
}

async function verify(): Promise<void> {
  await withBooks(async (pool, config) => {
    const faults = await verifyLedger(pool);
    for (const { check, count, examples } of faults) {
      const more = count > examples.length ? ' …' : '';
      console.error(`${check}: ${count.toLocaleString('en')} (${examples.join('; ')}${more})`);
    }
    const changed = await verifyDays(pool, headsOf(config.data));
    for (const fault of changed) console.error(`closed days that are not what their journal was: ${fault}`);
    if (faults.length + changed.length > 0) process.exitCode = 1;
    else console.log('the books are in order');
  });
}
