import { expect, test } from '@jest/globals';
import { compile, defineSpec, loadSpec } from '../../src/codec/index.ts';

const ebcdic500 = defineSpec({
  extends: 'iso87-ebcdic',
  name: 'ebcdic-500',
  mti: { encoding: 'ebcdic-500' },
  types: { text: { encoding: 'ebcdic-500' } },
});

test.each([
  { page: '1047', codec: compile(loadSpec('iso87-ebcdic')), hex: 'ad5abd' },
  { page: '500', codec: compile(ebcdic500), hex: '4a4f5a' },
])('EBCDIC $page has its own places for brackets and exclamation marks', ({ codec, hex }) => {
  const bytes = codec.encode({ mti: '0800', fields: { 41: 'A[!]B678' } });
  expect(bytes.subarray(-8).toString('hex')).toBe(`c1${hex}c2f6f7f8`);
  expect(codec.decode(bytes).get(41)).toBe('A[!]B678');
});

test('an element of the third bitmap comes with all three', () => {
  const codec = compile(
    defineSpec({
      extends: 'iso2003-ascii',
      name: 'three',
      fields: { 130: { name: 'A trial', format: 'n6' } },
    }),
  );
  const bytes = codec.encode({ mti: '2800', fields: { 11: '000000000001', 130: '123456' } });
  expect(codec.decode(bytes).clearFields()).toEqual({ mti: '2800', fields: { 11: '000000000001', 130: '123456' } });
  expect(bytes[4]! & 0x80).toBe(0x80);
  expect(bytes[12]! & 0x80).toBe(0x80);
});

test('frames cut inside a data set are refused with the path of the data set', () => {
  const codec = compile(loadSpec('iso2003-ascii'));
  const bytes = codec.encode({ mti: '2100', fields: { 34: '01000401023344' } });
  expect(codec.decode(bytes).get(34)).toBe('01000401023344');
  const longer = Buffer.from(bytes);
  longer[longer.length - 5] = 9;
  expect(() => codec.decode(longer)).toThrow(expect.objectContaining({ path: expect.stringMatching(/^34/) }));
});
