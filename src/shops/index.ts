export {
  actOnOwnCase,
  beginOwnCase,
  ownCase,
  ownCases,
  refusalOf,
  type OwnCase,
  type OwnRequest,
  type Refusal,
} from './applicant.ts';
export { actOnCase, attachPaper, beginCase, detachPaper, type CaseRequest, type ValueFaults } from './cases.ts';
export { capabilitiesOf, proofsOf, type ShopCapability } from './capabilities.ts';
export { CAPABILITIES, CAPABILITY_STATES, type Capability } from './capability.ts';
export { applyWord, checkAgain, dropUnasked, QUESTION_VALUES, takeQuestion, type Question } from './checks.ts';
export { askOwner, confirmCase } from './confirm.ts';
export { CHECKED, type Checked, type Word } from './registry-words.ts';
export { beginChange, beginChangeFor, sayClosed, shebaChanges, stopSheba } from './changes.ts';
export { dispute, disputesOf, releaseDispute } from './disputes.ts';
export { runShopDuties } from './duties.ts';
export { askAgain, remindersOf } from './expiry.ts';
export { CASE_KINDS, CHANGE_ITEMS, type ChangeKind } from './kinds.ts';
export { CASE_STATES, positionOf, type CaseState, type Position } from './case.ts';
export { fieldDevice, type FieldDevice } from './devices.ts';
export {
  isSettled,
  isWithApplicant,
  ITEM_CODES,
  ITEM_STATES,
  REASON_CODES,
  type ItemCode,
  type ReasonCode,
} from './item.ts';
export { measuredSteps, shopFees, type Measured, type MeasuredStep, type ShopFees } from './measured.ts';
export {
  demandRoom,
  dropPaper,
  missingPapers,
  overduePapers,
  sealedPaper,
  type KeptPaper,
  type SealedPaper,
} from './papers.ts';
export { shopItems, shopOf } from './listed.ts';
export { NOTICE_STATES } from './appeal.ts';
export {
  actOnShopNotice,
  appeal,
  giveNotice,
  listNotices,
  noticesOf,
  readNotice,
  respond,
  type Notice,
} from './notices.ts';
export { sanctionTables } from './sanction.ts';
export { shopRules, type NeededPaper, type ShopRules } from './rules.ts';
export { claimCase, claimOf, releaseCase } from './claims.ts';
export { addComment, listComments } from './comments.ts';
export { differencesOf, relationsOf } from './differences.ts';
export { listCases, type QueuePlace } from './queue.ts';
export { reasonTemplates, reasonWords, type ReasonWords } from './reason-templates.ts';
export { agreement, drawSamples, sampleOf } from './samples.ts';
export { readCase, type KeptCase, type KeptItem } from './store.ts';
export {
  applyStandings,
  confirmDecision,
  decide,
  shopStanding,
  STANDING_STATES,
  type StandingState,
} from './standing.ts';
export { addViolation, recordOf } from './violations.ts';
