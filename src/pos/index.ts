/** A point of sale that is drawn in the browser, with everything behind it: of the demo alone (decision 80). */
export { CUSTOMERS, pricedIn } from './counter.ts';
export { POS_FAULTS, type PosDevice, type PosFault, type PosSlip, type PosView } from './device.ts';
export { POS_MENU, typedRials, type PosDeed } from './keypad.ts';
export type { WireFrame } from './frames.ts';
export { openPos, type Pos } from './pos.ts';
export type { Done, Result, Screen } from './screen.ts';
export { creditEndsIn, unitCalled } from '../simulators/terminal/index.ts';
