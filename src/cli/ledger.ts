import type { Command } from 'commander';
import { verifyLedger } from '../ledger/verify.ts';
import { withBooks } from './books.ts';

export function register(program: Command): void {
  program
    .command('ledger')
    .description('the books')
    .command('verify')
    .description('recompute the books from the journal, also while the gateway works; names what does not agree')
    .action(verify);
}

async function verify(): Promise<void> {
  await withBooks(async (pool) => {
    const faults = await verifyLedger(pool);
    for (const { check, count, examples } of faults) {
      const more = count > examples.length ? ' …' : '';
      console.error(`${check}: ${count.toLocaleString('en')} (${examples.join('; ')}${more})`);
    }
    if (faults.length > 0) process.exitCode = 1;
    else console.log('the books are in order');
  });
}
