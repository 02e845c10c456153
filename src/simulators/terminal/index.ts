export { SimulatedTerminal, type Answer, type SimulatedCard } from './terminal.ts';
export { readAmounts, receipt } from './receipt.ts';
