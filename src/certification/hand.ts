import type { Text } from '../field/language.ts';
import type { Ask, Case, Deed } from './case.ts';

/** Who works on the device under test: a person who is told what to do, or a program with a simulated device. */
export interface Hand {
  /** A case begins. */
  begin(one: Case): Promise<void>;
  /** Resolves when it is done and the device is at rest, or off. Rejects with `HandGone` where nobody is there any more. */
  perform(deed: Deed, instruction: Text): Promise<void>;
  /** What is seen on the device. */
  answer(ask: Ask, question: Text): Promise<boolean>;
}

/** The person has left: the run is kept and goes on another time. */
export class HandGone extends Error {
  constructor() {
    super('nobody is at the device');
  }
}
