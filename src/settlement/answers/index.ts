/** What banks answer to payment files. */
export { closeLeftover, listLeftovers, type Leftover } from './leftovers.ts';
export { takeAnswers } from './take.ts';
