import { expect, test } from '@jest/globals';
import { compile, defineSpec, loadSpec, type Codec } from '../../src/codec/index.ts';
import { CODE_PAGES } from '../../src/codec/tables.ts';

const inPage = (encoding: 'ebcdic-500' | 'ebcdic-037'): Codec =>
  compile(defineSpec({ extends: 'iso87-ebcdic', name: encoding, mti: { encoding }, types: { text: { encoding } } }));

test.each([
  { page: '1047', codec: compile(loadSpec('iso87-ebcdic')), hex: 'ad5abd' },
  { page: '500', codec: inPage('ebcdic-500'), hex: '4a4f5a' },
  { page: '037', codec: inPage('ebcdic-037'), hex: 'ba5abb' },
])('EBCDIC $page has its own places for brackets and exclamation marks', ({ codec, hex }) => {
  const bytes = codec.encode({ mti: '0800', fields: { 41: 'A[!]B678' } });
  expect(bytes.subarray(-8).toString('hex')).toBe(`c1${hex}c2f6f7f8`);
  expect(codec.decode(bytes).get(41)).toBe('A[!]B678');
});

test.each(Object.entries(CODE_PAGES))('%s has a character of its own for each byte', (_name, page) => {
  expect([page.length, new Set(page).size]).toEqual([256, 256]);
});

test('EBCDIC 037 differs from 1047 in brackets, ^, ¬, ¨, Ý and line ends, and in nothing else', () => {
  const [open, other] = [CODE_PAGES.ebcdic, CODE_PAGES['ebcdic-037']];
  const moved = Array.from(open).filter((character, byte) => character !== other[byte]);
  expect(moved.sort().join('')).toBe('\n[]^\x85¨¬Ý');
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
