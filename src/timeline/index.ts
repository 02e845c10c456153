/** The road of one transaction, from its bytes to the shop's Sheba; lists of transactions, and search. */
export { capturedFrames, shownFrame } from './captured.ts';
export { readFacts, type Facts } from './facts.ts';
export { opaqueId, refOf, TRANSACTION_KINDS, TRANSACTION_STATES } from './kinds.ts';
export { listTransactions, type TransactionFilter, type TransactionPlace, type TransactionRow } from './list.ts';
export { HIT_KINDS, panIn, search } from './search.ts';
export { maskedSheba, PARTIES, STEP_KINDS, type Step, type Waiting } from './step.ts';
export { timelineOf, type Timeline } from './timeline.ts';
export { ANSWER_CODES, codeWords } from './words.ts';
