import { createHash } from 'node:crypto';

/** Under which secrets of many random bits are kept: tokens, challenges. What can be guessed needs more (a pepper, argon2id). */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
