import { blockCipher, type BlockCipher, kcv } from '../../hsm/crypto/index.ts';
import { type KeySpec, demand, type Operation } from '../../hsm/index.ts';
import type { Field, FieldReader } from '../../hsm/payshield/index.ts';
import type { LmkKey, SimulatorLmk } from './lmk.ts';
import { Refusal } from './refusal.ts';

/** What a command works with. */
export interface Workshop {
  readonly lmk: SimulatorLmk;
  readonly random: (bytes: number) => Buffer;
}

/** Reads its fields and gives those of a good answer.
 *  @throws Refusal for any other */
export type Command = (fields: FieldReader, workshop: Workshop) => readonly Field[];

/** A key field that stands under the LMK, for an operation.
 *  @param type its key type code where the LMK is a variant one
 *  @throws Refusal */
export function openKey(field: string, type: string, operation: Operation, { lmk }: Workshop): LmkKey {
  const key = field.startsWith('S') ? lmk.unwrapBlock(field) : lmk.unwrapVariant(field, type);
  // A variant's type was checked by the pair it is under; what it may do is up to the command.
  if (field.startsWith('S')) demand(operation, key.usage, key.mode);
  return key;
}

export function cipherOf(key: LmkKey): BlockCipher {
  return blockCipher(key.algorithm, key.key);
}

export function checkValue(key: Pick<LmkKey, 'algorithm' | 'key'>): string {
  return kcv(key.algorithm, key.key);
}

/** Puts a key under the LMK: a key block, or the variant of its type. */
export function keepKey(key: LmkKey, scheme: string, type: string, { lmk }: Workshop): string {
  if (scheme === 'S') return lmk.wrapBlock(key);
  if (key.algorithm === 'AES') throw new Refusal('26');
  return lmk.wrapVariant(key.key, type);
}

/** `%nn`: the simulator holds LMK 00 only. */
export function skipLmkId(fields: FieldReader): void {
  if (fields.peek() !== '%') return;
  if (fields.text(3) !== '%00') throw new Refusal('13');
}

/** Nothing may follow. */
export function end(fields: FieldReader): void {
  skipLmkId(fields);
  if (fields.left > 0) throw new Refusal('15');
}

/** Key type codes have three hexadecimal digits. */
export function typeCode(fields: FieldReader): string {
  return fields.matching(3, /^[0-9A-F]{3}$/, 'a key type code');
}

export function specOf(key: LmkKey): KeySpec {
  return { usage: key.usage, algorithm: key.algorithm, bits: (key.key.length * 8) as KeySpec['bits'] };
}
