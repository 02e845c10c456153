export { SimulatedTerminal, type Answer, type SimulatedCard, type TerminalOptions } from './terminal.ts';
export type { Endpoint, PlainEndpoint } from './connection.ts';
export { readAmounts } from './amounts.ts';
export { deviceUnits, wholeSteps, type DeviceUnits } from './units.ts';
export { unitCalled } from './words.ts';
export { creditEndsIn } from './credit-ends.ts';
export { answerSummary, receipt, type Slip } from './receipt.ts';
export { goodsCode, quantityOf, totalOf, writeBasket, MOST_LINES, type BasketItem } from './basket.ts';
export { isApprovedPurchase, keptPurchase, restored, type KeptPurchase } from './last.ts';
export { parseScenario, type Scenario, type ScenarioStep } from './scenario.ts';
export { performScenario, type Performed } from './perform.ts';
export { sell, type KeepPurchase } from './sell.ts';
export { openFleet } from './fleet.ts';
export { FULL_MENU, type Deed, type MenuEntry } from './menu.ts';
export { type Ask, type LastPurchase, type PanelOptions, type Screen, runPanel } from './panel.ts';
export {
  firstOf,
  goodsNames,
  httpsSource,
  menuOf,
  openDisk,
  openQueue,
  outcomeText,
  plantRoot,
  readDeviceSettings,
  readState,
  startDevice,
  startSlot,
  wireSource,
  type Device,
  type DeviceSettings,
  type Disk,
  type Outcome,
  type ReversalQueue,
  type UpdateSource,
} from './device/index.ts';
export * from './till/index.ts';
