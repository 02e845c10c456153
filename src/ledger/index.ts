import type pg from 'pg';
import type { Ledger } from './ledger.ts';
import { PgLedger } from './pg-ledger.ts';
export type * from './ledger.ts';
export { migrate } from './migrate.ts';
export { seedDemo } from './seed.ts';
export function openLedger(options: {
  pool: pg.Pool;
  onBatch?: (size: number) => void;
}): Ledger & { close(): Promise<void> } {
  return new PgLedger(options.pool);
}
