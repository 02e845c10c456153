/** Certification of devices: scripted cases, a gateway side that makes faults on demand, a signed report (docs/vendors.md). */
export { AREAS, CAPABILITIES, CAPABILITY_NAMES, type Capability, type Case } from './case.ts';
export { CASES } from './cases/index.ts';
export { Host, type HostOptions } from './host/host.ts';
export { HandGone, type Hand } from './hand.ts';
export { runCases } from './run.ts';
export { fileStore, memoryRun, waive, type Result, type RunState, type Subject } from './state.ts';
export { openRig, RIG_PATIENCE_MS, type Rig } from './simulated/rig.ts';
