/** Where in its work a till can lose its power. */
export const CUT_POINTS = [
  'before-send', // made and kept, not sent
  'awaiting', // sent, no answer yet
  'answered', // the answer is there, nothing was done with it
  'printing', // kept as approved, the slip is half printed
  'reversing', // a reversal is sent, no answer yet
  'confirming', // a completion advice is sent, no answer yet
  'signing-on', // 0800 001 is sent
  'keying', // 0800 101 is sent
  'totalling', // 0500 is sent
  'fetching', // a piece of an update is kept, the next is not asked for
] as const;
export type CutPoint = (typeof CUT_POINTS)[number];

/** The power is gone: nothing that runs goes on. */
export class PowerCut extends Error {
  constructor() {
    super('the power is gone');
  }
}

/** Faults that a till can have, for who wants to see certification find them. */
export const TILL_FAULTS = [
  'reuses-stan', // forgets in a power cut which STAN it used
  'forgets-reversal', // drops a reversal that was not answered
  'accepts-wrong-mac', // believes an answer whatever its MAC
  'prints-early', // prints the slip before the answer
  'miscounts', // leaves reversals out of its totals
  'resends-as-new', // after a time-out sends the same purchase as a new one, and reverses nothing
] as const;
export type TillFault = (typeof TILL_FAULTS)[number];
