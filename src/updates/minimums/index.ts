/** Minimum versions of terminals: who is told, who is exempt, who sells no more (docs/updates.md). */
export { endExemption, exempt, listExemptions, type Exemption } from './exemptions.ts';
export {
  approveMinimum,
  countsOf,
  endMinimum,
  listMinimums,
  minimumOf,
  NOTICE_DAYS,
  proposeMinimum,
  STANDINGS,
  terminalsBelow,
  type BelowMinimum,
  type Minimum,
  type MinimumCounts,
  type Standing,
} from './minimums.ts';
export { refreshTerminal, watchMinimums } from './refresh.ts';
export { tellShops } from './tell.ts';
