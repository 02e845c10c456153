/** Simulators: what stands around the gateway, as a library. */
export * from './terminal/index.ts';
export { parseFault, startBankSimulator, type BankOptions, type BankSimulator, type FaultRule } from './bank/index.ts';
