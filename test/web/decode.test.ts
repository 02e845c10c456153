import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CodecError, compile, elementsOf, interpret, loadSpec, type Reader } from '../../src/codec/index.ts';
import { readHexInput } from '../../web/src/format/hex-input.ts';
import { bytesOf, fieldAtByte } from '../../web/src/format/hex.ts';
import { Bytes } from '../../web/src/node/bytes.ts';

const CAPTURES = new URL('../captures/', import.meta.url);

interface Recorded {
  readonly dialect: string;
  readonly hex: string;
}

function frames(): Recorded[] {
  return readdirSync(CAPTURES)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(new URL(name, CAPTURES), 'utf8').split('\n'))
    .filter((line) => line.startsWith('{"at"'))
    .map((line) => JSON.parse(line) as Recorded)
    .filter(({ hex }) => hex !== '');
}

/** What is read of a message, or why it is not. */
function told(reader: Reader, bytes: Buffer): unknown {
  try {
    return elementsOf(reader.decode(bytes), 'en');
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return [error.code, error.path, error.offset, error.reason];
  }
}

test('without code that is made, every recorded message is read as with it, and each that is cut short is refused alike', () => {
  const pairs = new Map<string, readonly [Reader, Reader]>();
  const recorded = frames();
  expect(recorded.length).toBeGreaterThan(50);
  for (const { dialect, hex } of recorded) {
    const pair = pairs.get(dialect) ?? [compile(loadSpec(dialect)), interpret(loadSpec(dialect))];
    pairs.set(dialect, pair);
    const bytes = Buffer.from(hex, 'hex');
    for (const frame of [bytes, bytes.subarray(0, bytes.length - 3)])
      expect(told(pair[1], frame)).toEqual(told(pair[0], frame));
  }
});

describe('bytes in a browser are as Buffers are', () => {
  const samples = fc.uint8Array({ maxLength: 40 });

  test('as text, cut, found and joined', () => {
    fc.assert(
      fc.property(samples, samples, fc.nat(45), fc.nat(45), (one, other, start, end) => {
        const [ours, theirs] = [Bytes.from(one), Buffer.from(one)];
        for (const encoding of ['hex', 'latin1', 'ascii', 'utf8'] as const) {
          expect(ours.toString(encoding)).toBe(theirs.toString(encoding));
          expect(ours.toString(encoding, start, Math.max(start, end))).toBe(theirs.toString(encoding, start, Math.max(start, end))); // prettier-ignore
        }
        expect([...ours.subarray(start, end)]).toEqual([...theirs.subarray(start, end)]);
        expect([...Bytes.concat([ours, Bytes.from(other)])]).toEqual([...Buffer.concat([theirs, other])]);
        expect(ours.equals(Bytes.from(one))).toBe(true);
        expect([...Bytes.from(theirs.toString('hex'), 'hex')]).toEqual([...one]);
        if (other.length > 0) expect(ours.indexOf(Bytes.from(other))).toBe(theirs.indexOf(other));
      }),
    );
  });

  test('as numbers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 9, maxLength: 9 }), (bytes) => {
        const [ours, theirs] = [Bytes.from(bytes), Buffer.from(bytes)];
        for (const read of ['readUInt8', 'readUInt16BE', 'readUInt16LE', 'readUInt32BE', 'readUInt32LE', 'readBigInt64BE', 'readBigInt64LE'] as const)
          expect(ours[read](1)).toBe(theirs[read](1));
        expect(ours.readUIntBE(1, 3)).toBe(theirs.readUIntBE(1, 3));
      }),
    ); // prettier-ignore
  });

  test('a slice is the same memory, and a hex text ends where it is none', () => {
    const bytes = Bytes.from([1, 2, 3]);
    bytes.slice(1).fill(9);
    expect([...bytes]).toEqual([1, 9, 9]);
    expect(Bytes.from('0a0bzz', 'hex').toString('hex')).toBe(Buffer.from('0a0bzz', 'hex').toString('hex'));
  });
});

test.each([
  ['0200\n0210', ['0200', '0210']],
  ['02 00 32 38', ['02003238']],
  ['# one\n0200 # it\n\n0x02 0x10', ['0200', '0210']],
  ['00000000: 0200 3238 0480 20c0  ..28.. .\n00000008: 9801 1798                ....', ['02003238048020c098011798']],
  ['0000  02 00 32   ..2\n0003  38\n\n0000  08 00', ['02003238', '0800']],
  ['020', 1],
  ['0200\nxyz', 2],
])('of what was pasted, %j, the samples are %j', (text, wanted) => {
  const read = readHexInput(text);
  expect(read.ok ? read.samples : read.line).toEqual(wanted);
});

test('each byte knows its field', () => {
  expect(bytesOf('0200**')).toEqual(['02', '00', '**']);
  expect(fieldAtByte(4, [{ at: 1, length: 2 }, { at: 3, length: 9 }])).toEqual([undefined, 0, 0, 1]); // prettier-ignore
});
