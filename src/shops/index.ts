export { actOnCase, attachPaper, beginCase, detachPaper, type CaseRequest, type ValueFaults } from './cases.ts';
export { capabilitiesOf, mayNow, proofsOf, shopFacts, type ShopCapability } from './capabilities.ts';
export { CAPABILITIES, CAPABILITY_STATES, type Capability } from './capability.ts';
export { CASE_STATES, positionOf } from './case.ts';
export {
  beginChange,
  beginChangeFor,
  sayClosed,
  shebaChanges,
  stopSheba,
  type Change,
  type ShebaChange,
} from './changes.ts';
export { runShopDuties } from './duties.ts';
export { askAgain, ITEM_NAMES, remindersOf } from './expiry.ts';
export { CASE_KINDS, CHANGE_ITEMS, type CaseKind, type ChangeKind } from './kinds.ts';
export { ITEM_CODES, ITEM_STATES, REASON_CODES, type ItemCode, type ReasonCode } from './item.ts';
export {
  demandRoom,
  dropPaper,
  missingPapers,
  overduePapers,
  sealedPaper,
  type KeptPaper,
  type SealedPaper,
} from './papers.ts';
export { shopOf } from './listed.ts';
export { shopRules } from './rules.ts';
export { listCases, readCase, type KeptCase } from './store.ts';
export {
  applyStandings,
  confirmDecision,
  decide,
  shopStanding,
  STANDING_STATES,
  type StandingState,
} from './standing.ts';
