export type * from './ledger.ts';
export { migrate } from './migrate.ts';
export { openLedger, type LedgerOptions } from './pg-ledger.ts';
export { seedDemo } from './seed.ts';
export { verifyLedger } from './verify.ts';
