import { oddParity, xor } from './bytes.ts';
import { HsmError } from '../errors.ts';
import type { KeySpec } from '../hsm.ts';

/** Equal neighbours turn TDES into single DES (SP 800-67 3.3.2). Parity bits do not count. */
export function isWeak(spec: KeySpec, key: Buffer): boolean {
  if (spec.algorithm !== 'TDES') return key.every((byte) => byte === 0);
  const parts = oddParity(key);
  const [one, two, three] = [parts.subarray(0, 8), parts.subarray(8, 16), parts.subarray(16)];
  return one.equals(two) || (three.length > 0 && (two.equals(three) || one.equals(three)));
}

/** The key whose components are held by different people: their XOR, with parity where the algorithm has it.
 *  @throws HsmError `key.components` */
export function combine(spec: KeySpec, components: readonly Buffer[]): Buffer {
  const [first, ...others] = components;
  if (first === undefined || others.length === 0) {
    throw new HsmError('key.components', 'A key is formed from two components at least, held by different people.');
  }
  if (components.some((component) => component.length * 8 !== spec.bits)) {
    throw new HsmError('key.components', `Every component must have ${spec.bits} bits.`);
  }
  return shaped(
    spec,
    others.reduce<Buffer>((sum, component) => xor(sum, component), first),
  );
}

/** With odd parity where the algorithm has it. */
export function shaped(spec: KeySpec, key: Buffer): Buffer {
  return spec.algorithm === 'TDES' ? oddParity(key) : key;
}
