/** How releases reach devices, and what stops them (terminals.md 3, rollouts). */
export { endRollout, haltRollout, proposeAgain, proposeRollout, releaseRollout, type ByPerson } from './acts.ts';
export { bucketOf } from './bucket.ts';
export { digestOf, instructionFor, isFor, type DeviceFacts, type LiveRollout } from './director.ts';
export { watchRollouts } from './duty.ts';
export { freezeAt, readFreeze, type Freeze } from './freeze.ts';
export { endFreeze, listFreezes, makeFreeze, type MadeFreeze } from './freezes.ts';
export { verdictOf, type Facts, type Group, type StepDevices, type Verdict } from './machine.ts';
export { bucketsOf, lastStep, PlanSchema, readPlan } from './plan.ts';
export { listReplacements } from './replacements.ts';
export { eventsOf, factsOf, listRollouts, newestRollouts, rolloutOf, type Rollout } from './rows.ts';
