export { SimulatedTerminal, type Answer, type SimulatedCard } from './terminal.ts';
export { readAmounts, receipt } from './receipt.ts';
export { parseScenario, type Scenario } from './scenario.ts';
export { performScenario, type Performed } from './perform.ts';
export { openFleet } from './fleet.ts';
