export { databaseNow, earlierNow, followDatabaseClock } from './clock.ts';
export { chargesOf, findHouseholds, purchasesOf, rationsOf } from './household.ts';
export { factOf, isDemo, noteFact } from './installation.ts';
export { giveBack } from './give-back.ts';
export { goodsList } from './goods.ts';
export { DUTIES } from './housekeep.ts';
export { exportJournal, keptHead, unwritten, verifyDays } from './journal/export.ts';
export { headFolder, headLine, type HeadStore, type JournalHead } from './journal/heads.ts';
export { verifyJournal } from './journal/verify.ts';
export type * from './ledger.ts';
export { referenceColumns } from './load/kinds.ts';
export { loadFiles, type LoadedFile } from './load/load.ts';
export { functionSets, setName } from './function-sets.ts';
export { contract, migrate, migrationFault, neededBy } from './migrate.ts';
export { openLedger } from './pg-ledger.ts';
export { openPanKey, panKeyFault } from './pan-key.ts';
export { collectPrices } from './prices/collect.ts';
export {
  LEAST_SHOPS,
  listPrices,
  priceOutliers,
  priceSpreads,
  type PriceFilter,
  type PriceObservation,
  type PricePlace,
} from './prices/observations.ts';
export { applyProgrammes } from './programmes/apply.ts';
export { auditProgrammes, type MonthAudit } from './programmes/audit.ts';
export { decideBasket, listBaskets, proposeBaskets, type BasketProposal } from './programmes/baskets.ts';
export { chargeProgrammes, type Charged } from './programmes/charge.ts';
export { creditOutlook } from './programmes/outlook.ts';
export { reasonOf } from './programmes/reasons.ts';
export { showProgrammes } from './programmes/show.ts';
export {
  decideWindow,
  listWindows,
  proposeWindow,
  reachOfWindow,
  type CreditWindow,
  type WindowProposal,
  type WindowReach,
} from './programmes/windows.ts';
export {
  cardsThatLook,
  decideMove,
  listMoves,
  moveOf,
  proposeMove,
  type HouseholdMove,
  type MoveProposal,
} from './households/moves.ts';
export { ORDER_DAYS } from './keep/prune.ts';
export {
  decideStandIn,
  listStandIns,
  proposeStandIn,
  standInInForce,
  type StandInRule,
} from './programmes/stand-in.ts';
export {
  authoritiesSeen,
  authorityDigest,
  bindingsOn,
  decideBinding,
  endBinding,
  listBindings,
  noteAuthorities,
  proposeBinding,
  seenAuthority,
  type AuthorityBinding,
  type AuthorityContent,
} from './programmes/authorities.ts';
export {
  listAuthorityDays,
  listStoodIn,
  openOrders,
  sumStoodIn,
  type StoodFilter,
  type StoodIn,
  type StoodPlace,
} from './programmes/stood.ts';
export { receiptCredit } from './receipt-credit.ts';
export { makeLogin, makeRoles, ROLES, tooMuch } from './roles/roles.ts';
export { seedDemo } from './seed.ts';
export { showCredit, type HouseholdCredit } from './show.ts';
export { openUnits, readReading, readUnits } from './units.ts';
export { verifyLedger } from './verify.ts';
export { whatIf, type WhatIfVerdict } from './what-if.ts';
export type { WhatIfLine } from './what-if-lines.ts';
