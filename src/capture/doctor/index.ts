/** The doctor: what a capture says about framing, dialects and answers that fit nothing. */
export { specDrift } from './drift.ts';
export { guessFraming, knownDialects } from './guess.ts';
export { faultOf } from './rank.ts';
export { explainUnmatched } from './unmatched.ts';
