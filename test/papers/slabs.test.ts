import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { letGo, openSlabs } from '../../src/papers/slabs.ts';

const MIB = 1_048_576;

test('a paper is what came, however it was cut; the memory of the one before shows nowhere', () => {
  const slabs = openSlabs(2);
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 70_000 }), fc.constant(MIB), fc.constant(MIB + 1)), { maxLength: 6 }); // prettier-ignore
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 255 }), (lengths, byte) => {
      const paper = slabs.open();
      const chunks = lengths.map((length, n) => Buffer.alloc(length, (byte + n) % 256));
      for (const chunk of chunks) paper.add(chunk);
      const whole = Buffer.concat(chunks);
      expect(paper.bytes).toBe(whole.length);
      const pieces = paper.pieces();
      expect(Buffer.concat(pieces).equals(whole)).toBe(true);
      paper.giveBack();
      expect([paper.bytes, paper.pieces()]).toEqual([0, []]);
      // of what is kept for the next one; the rest nobody reads any more
      for (const piece of pieces.slice(0, 2)) expect(piece.equals(Buffer.alloc(piece.length))).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('two papers at once have nothing in common', () => {
  const slabs = openSlabs(4);
  const [one, two] = [slabs.open(), slabs.open()];
  one.add(Buffer.alloc(100, 1));
  two.add(Buffer.alloc(100, 2));
  one.add(Buffer.alloc(50, 1));
  one.giveBack();
  slabs.open().add(Buffer.alloc(100, 3));
  expect(Buffer.concat(two.pieces()).equals(Buffer.alloc(100, 2))).toBe(true);
});

test('a chunk is let go only where it is the whole of its memory', () => {
  const own = Buffer.from(new ArrayBuffer(65_536));
  letGo(own);
  expect(own.length).toBe(0);
  const whole = Buffer.from(new ArrayBuffer(65_536));
  const part = whole.subarray(0, 100);
  letGo(part);
  expect([part.length, whole.length]).toEqual([100, 65_536]);
});
