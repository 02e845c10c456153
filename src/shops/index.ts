export {
  actOnOwnCase,
  beginOwnCase,
  ownCase,
  ownCases,
  refusalOf,
  type OwnCase,
  type OwnRequest,
  type Refusal,
} from './case/applicant.ts';
export { actOnCase, attachPaper, beginCase, detachPaper } from './case/cases.ts';
export type { CaseRequest, ValueFaults } from './case/step.ts';
export { capabilitiesOf, proofsOf, type ShopCapability } from './standing/capabilities.ts';
export { CAPABILITIES, CAPABILITY_STATES, type Capability } from './standing/capability.ts';
export { applyWord, checkAgain, dropUnasked, QUESTION_VALUES, takeQuestion, type Question } from './case/checks.ts';
export { askOwner, confirmCase } from './case/confirm.ts';
export { CHECKED, type Checked, type Word } from './requirements/registry-words.ts';
export { beginChange, beginChangeFor, sayClosed, shebaChanges, stopSheba } from './case/changes.ts';
export { dispute, disputesOf, releaseDispute } from './standing/disputes.ts';
export { runShopDuties } from './duties.ts';
export { askAgain, remindersOf } from './standing/expiry.ts';
export { CASE_KINDS, CHANGE_ITEMS, type ChangeKind } from './requirements/kinds.ts';
export { CASE_STATES, positionOf, type CaseState, type Position } from './case/case.ts';
export { fieldDevice, type FieldDevice } from './devices.ts';
export {
  isSettled,
  isWithApplicant,
  ITEM_CODES,
  ITEM_STATES,
  REASON_CODES,
  type ItemCode,
  type ReasonCode,
} from './requirements/item.ts';
export { measuredSteps, shopFees, type Measured, type MeasuredStep, type ShopFees } from './desk/measured.ts';
export {
  demandRoom,
  dropPaper,
  missingPapers,
  overduePapers,
  sealedPaper,
  type KeptPaper,
  type SealedPaper,
} from './requirements/papers.ts';
export { demandShop, shopItems, shopOf } from './listed.ts';
export { NOTICE_STATES } from './standing/appeal.ts';
export {
  actOnShopNotice,
  appeal,
  giveNotice,
  listNotices,
  noticesOf,
  readNotice,
  respond,
  type Notice,
} from './standing/notices.ts';
export {
  addNoticePaper,
  demandNoticeRoom,
  dropNoticePaper,
  noticePapers,
  overdueNoticePapers,
  removeNoticePaper,
  sealedNoticePaper,
  type NoticePaper,
} from './standing/notice-papers.ts';
export { sanctionTables } from './standing/sanction.ts';
export { shopRules, type NeededPaper, type ShopRules } from './requirements/rules.ts';
export { claimCase, claimOf, releaseCase } from './desk/claims.ts';
export { addComment, listComments } from './desk/comments.ts';
export { differencesOf } from './desk/differences.ts';
export { LINKS, PARTIES, relationsOf } from './case/relations.ts';
export { listCases, type CaseLine, type QueuePlace } from './desk/queue.ts';
export { reasonTemplates, reasonWords, type ReasonWords } from './requirements/reason-templates.ts';
export { agreement, drawSamples, sampleOf } from './desk/samples.ts';
export { demandCase, readCase, type KeptCase, type KeptItem } from './case/store.ts';
export {
  applyStandings,
  confirmDecision,
  decide,
  shopStanding,
  STANDING_STATES,
  type StandingState,
} from './standing/standing.ts';
export { addViolation, recordOf } from './standing/violations.ts';
export { OPEN_SAMPLE } from './desk/samples.ts';
