export { SimulatedTerminal, type Answer, type SimulatedCard, type TerminalOptions } from './terminal.ts';
export { readAmounts, receipt } from './receipt.ts';
