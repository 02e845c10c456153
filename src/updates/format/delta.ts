import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { GatewayError } from '../../ops/errors.ts';

/** A file as pieces of an older one and what is new. Before: `KBD1`, length of the old and of the new file (4 bytes each, big-endian);
 *  then, deflated, operations: 0 offset length — copy from the old; 1 length bytes — insert. Numbers are 4 bytes, big-endian. */

const MAGIC = 'KBD1';
/** What both files have in common is found by blocks of so many bytes. */
const BLOCK = 32;
/** The longest file that a delta is made of or to. */
export const MOST_DELTA_BYTES = 64 * 1_048_576;

/** @returns what makes `next` of `old` */
export function makeDelta(old: Buffer, next: Buffer): Buffer {
  const blocks = new Map<string, number>();
  for (let at = 0; at + BLOCK <= old.length; at += BLOCK) {
    const key = old.toString('latin1', at, at + BLOCK);
    if (!blocks.has(key)) blocks.set(key, at);
  }
  const operations: Buffer[] = [];
  let inserted = 0; // from here to `at` nothing was found
  const insert = (to: number): void => {
    if (to > inserted) operations.push(operation(1, to - inserted), next.subarray(inserted, to));
  };
  for (let at = 0; at + BLOCK <= next.length;) {
    const found = blocks.get(next.toString('latin1', at, at + BLOCK));
    if (found === undefined) {
      at++;
      continue;
    }
    let [from, start] = [found, at];
    while (start > inserted && from > 0 && old[from - 1] === next[start - 1]) [from, start] = [from - 1, start - 1];
    let length = at - start + BLOCK;
    while (start + length < next.length && from + length < old.length && old[from + length] === next[start + length])
      length++;
    insert(start);
    operations.push(operation(0, from, length));
    at = inserted = start + length;
  }
  insert(next.length);
  return Buffer.concat([
    Buffer.from(MAGIC),
    numbers(old.length, next.length),
    deflateRawSync(Buffer.concat(operations)),
  ]);
}

/** Makes the new file of the old one. What comes out is to be checked against its own hash.
 *  @param expected length of the new file, as its target says: no more is ever made
 *  @throws GatewayError `updates.delta`: for another old file, forged, or cut short */
export function applyDelta(old: Buffer, delta: Buffer, expected: number): Buffer {
  const faulty = (why: string) => new GatewayError('updates.delta', `The delta cannot be applied: ${why}.`);
  if (delta.toString('latin1', 0, 4) !== MAGIC || delta.length < 12) throw faulty('it is none');
  if (delta.readUInt32BE(4) !== old.length) throw faulty('it is for another file');
  if (delta.readUInt32BE(8) !== expected || expected > MOST_DELTA_BYTES) throw faulty('it makes another length');
  const made = Buffer.alloc(expected);
  // an operation that makes something makes at least a byte and costs at most nine besides
  const operations = inflated(delta.subarray(12), expected * 10 + 16);
  let [at, filled] = [0, 0];
  while (at < operations.length) {
    const copies = operations[at] === 0;
    const head = copies ? 9 : 5;
    if ((!copies && operations[at] !== 1) || at + head > operations.length) throw faulty('an operation is unknown');
    const from = copies ? operations.readUInt32BE(at + 1) : at + head;
    const length = operations.readUInt32BE(at + head - 4);
    const source = copies ? old : operations;
    if (length === 0 || from + length > source.length || filled + length > expected)
      throw faulty('it goes beyond an end');
    source.copy(made, filled, from, from + length);
    filled += length;
    at += copies ? head : head + length;
  }
  if (filled !== expected) throw faulty('it is cut short');
  return made;
}

function inflated(data: Buffer, most: number): Buffer {
  try {
    return inflateRawSync(data, { maxOutputLength: most });
  } catch (cause) {
    throw new GatewayError('updates.delta', 'The delta cannot be applied: its operations cannot be inflated.', {
      cause,
    });
  }
}

function operation(kind: 0 | 1, ...values: number[]): Buffer {
  return Buffer.concat([Buffer.of(kind), numbers(...values)]);
}

function numbers(...values: number[]): Buffer {
  const written = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => written.writeUInt32BE(value, index * 4));
  return written;
}
