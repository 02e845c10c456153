/** Why a number is what it is. */
export { explain, type Explained } from './explain.ts';
export { dayOfRrn, householdsOfNumber } from './rrn.ts';
export { findingText, dayBalances, unexplained, type DayBalance } from './unexplained.ts';
