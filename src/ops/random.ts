import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Chance comes in through this port, as time does, so that any run can be replayed (decision 37). */
export interface Random {
  /** A number in [0, 1): spreads attempts, draws samples. Never a secret. */
  readonly fraction: () => number;
  /** A whole number from `least` to `most`, both of them included. */
  readonly between: (least: number, most: number) => number;
  /** A name that nothing else has: a version 4 UUID. */
  readonly uuid: () => string;
  /** Unguessable bytes: keys, tokens, padding. */
  readonly bytes: (count: number) => Buffer;
}

/** The machine's own. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  between: (least, most) => randomInt(least, most + 1),
  uuid: () => randomUUID(),
  bytes: (count) => randomBytes(count),
};
