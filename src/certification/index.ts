/** Certification of devices: scripted cases, a gateway side that makes faults on demand, a signed report (docs/vendors.md). */
export { AREAS, CAPABILITY_NAMES, type Capability, type Case } from './case.ts';
export { certifyGateway } from './against/run.ts';
export { CASES } from './cases/index.ts';
export type { DeviceKeys } from './host/keys.ts';
export { reportHtml } from './report/html.ts';
export { reportOf, signReport, verifyReport, type Report } from './report/report.ts';
export { Host } from './host/host.ts';
export { HandGone, type Hand } from './hand.ts';
export { isCertified } from './registry/index.ts';
export { runCases } from './run.ts';
export { fileStore, memoryRun, waive, type Result, type RunState, type Subject } from './state.ts';
export { openRig, RIG_PATIENCE_MS, type Rig } from './simulated/rig.ts';
