/** A device that updates itself: slots on disk, signed metadata, and what it tells of itself (terminals.md 3). */
export { startDevice, type Device, type Outcome } from './device.ts';
export { openDisk, PowerCut, type Disk, type Power } from './disk.ts';
export { httpsSource, type Patience } from './https.ts';
export { type Sensors } from './plan.ts';
export { readDeviceSettings, type DeviceSettings } from './settings.ts';
export { openQueue, type ReversalQueue } from './queue.ts';
export { goodsNames, menuOf, outcomeText } from './show.ts';
export { startSlot } from './slots.ts';
export { readState } from './state.ts';
export { firstOf, type UpdateSource } from './source.ts';
export { type Host } from './trial.ts';
export { plantRoot } from './trust.ts';
export { wireSource } from './wire.ts';
