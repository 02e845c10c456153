export { SimulatedTerminal, type Answer, type SimulatedCard, type TerminalOptions } from './terminal.ts';
export type { Endpoint, PlainEndpoint } from './connection.ts';
export { readAmounts, answerSummary, receipt } from './receipt.ts';
export { parseScenario, type Scenario, type ScenarioStep } from './scenario.ts';
export { performScenario, type Performed } from './perform.ts';
export { openFleet } from './fleet.ts';
export { type Screen, runPanel } from './panel.ts';
