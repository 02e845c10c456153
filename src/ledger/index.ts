export type * from './ledger.ts';
export { loadFiles, type LoadedFile, type LoadOptions } from './load/load.ts';
export { migrate } from './migrate.ts';
export { openLedger, type LedgerOptions } from './pg-ledger.ts';
export { applyProgrammes } from './programmes/apply.ts';
export { showProgrammes } from './programmes/show.ts';
export { seedDemo } from './seed.ts';
export { showCredit, type HouseholdCredit } from './show.ts';
export { verifyLedger } from './verify.ts';
