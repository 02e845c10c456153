import type { Command } from 'commander';
import pg from 'pg';
import { verifyLedger } from '../ledger/verify.ts';
import { loadConfig } from '../ops/config.ts';
import { databaseUrl } from '../ops/runtime.ts';

export function register(program: Command): void {
  program
    .command('ledger')
    .description('the books')
    .command('verify')
    .description('recompute the journal: legs sum to zero, no credit below zero, one capture for each approval')
    .action(verify);
}

async function verify(): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl(loadConfig()), max: 1 });
  try {
    const faults = await verifyLedger(pool);
    for (const { check, count } of faults) console.error(`${check}: ${count}`);
    if (faults.length > 0) process.exitCode = 1;
    else console.log('the books are in order');
  } finally {
    await pool.end();
  }
}
