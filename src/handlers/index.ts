/** From a frame to its answer. The bank side (bank/) and the guard (guard/) have doors of their own. */
export { createPipeline } from './pipeline.ts';
export type { BankPort, BankRequest, UpdatesPort } from './ports.ts';
