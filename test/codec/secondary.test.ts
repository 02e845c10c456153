import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { build } from '../../src/codec/build.ts';
import { dialectOf } from '../../src/codec/dialect.ts';
import { generateWrite } from '../../src/codec/fast/write.ts';
import { CodecError, compile, defineSpec, type Codec } from '../../src/codec/index.ts';
import { walk } from '../../src/codec/walk.ts';

/** An 0800 with DE 11 alone, of a host that always sends both bitmaps. */
const EMPTY = Buffer.from(readFileSync(new URL('./empty-secondary.hex', import.meta.url), 'latin1').trim(), 'hex');

const always = (parent: string): Codec =>
  compile(defineSpec<Record<string, unknown>>({ name: 'always', extends: parent, bitmap: { secondary: 'always' } }));
const usual = (parent: string): Codec =>
  compile(defineSpec<Record<string, unknown>>({ name: 'usual', extends: parent }));

const DIALECTS = ['iso87-ascii', 'iso87-ascii-hexbitmap', 'iso87-bcd', 'iso87-ebcdic', 'kalabarg-pos'];
const NETWORK = { mti: '0800', fields: { 7: '1123101500', 11: '000123' } };
const WITH_70 = { mti: '0800', fields: { ...NETWORK.fields, 70: '301' } };

test('an empty secondary bitmap is refused, unless the dialect says that it is always there', () => {
  expect(() => usual('iso87-ascii-hexbitmap').decode(EMPTY)).toThrow('the secondary bitmap is empty');
  const codec = always('iso87-ascii-hexbitmap');
  const message = codec.decode(EMPTY);
  expect(message.clearFields()).toEqual({ mti: '0800', fields: { 11: '000123' } });
  expect(codec.encode({ mti: '0800', fields: { 11: '000123' } })).toEqual(EMPTY);
});

describe.each(DIALECTS)('%s with a secondary bitmap that is always there', (parent) => {
  const codec = always(parent);

  test('writes it, empty or not, and reads back what it wrote', () => {
    const [plain, more] = [usual(parent).encode(NETWORK), codec.encode(NETWORK)];
    expect(more.length - plain.length).toBe(parent.includes('hex') ? 16 : 8);
    for (const input of [NETWORK, WITH_70]) expect(codec.decode(codec.encode(input)).clearFields()).toEqual(input);
    expect(codec.encode(WITH_70)).toEqual(usual(parent).encode(WITH_70));
  });

  test('refuses a frame without it', () => {
    expect(() => codec.decode(usual(parent).encode(NETWORK))).toThrow('always has the secondary bitmap');
  });

  test('keeps it when elements come and go', () => {
    const message = codec.decode(codec.encode(NETWORK));
    const with70 = message.with([[70, '301']]);
    expect(with70.encode()).toEqual(codec.encode(WITH_70));
    expect(with70.with([[70, undefined]]).encode()).toEqual(codec.encode(NETWORK));
    expect(message.with([[11, '000124']]).get(11)).toBe('000124');
  });

  test('generated code and reference agree', () => {
    const dialect = dialectOf(codec.spec);
    const write = generateWrite(dialect);
    const digits = (length: number): fc.Arbitrary<string> =>
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((all) => all.join(''));
    const fields = fc.record(
      { 3: digits(6), 4: digits(12), 11: digits(6), 39: digits(2), 70: digits(3), 90: digits(42) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, fc.option(fc.nat(40), { nil: undefined }), (some, damaged) => {
        const input = { mti: '0200', fields: some };
        const frame = build(dialect, input);
        expect(write?.(input) ?? frame).toEqual(frame);
        if (damaged !== undefined) frame[damaged % frame.length] = 0x81;
        const seen = (read: () => { fields: unknown }): unknown => {
          try {
            return read().fields;
          } catch (error) {
            if (!(error instanceof CodecError)) throw error;
            return error.reason;
          }
        };
        const slow = seen(() => ({ fields: walk(dialect, frame).elements }));
        expect(seen(() => ({ fields: codec.decode(frame).fields() }))).toEqual(slow);
      }),
      { numRuns: 300 },
    );
  });
});

test('a third bitmap goes with it', () => {
  const spec = defineSpec({
    name: 'three',
    extends: 'iso87-bcd',
    bitmap: { count: 3, secondary: 'always' },
    fields: { 65: null, 130: { name: 'x', format: 'n4' } },
  });
  const three = compile(spec) as Codec;
  expect(three.encode(NETWORK)).toHaveLength(2 + 16 + 5 + 3);
  const input = { mti: '0800', fields: { ...NETWORK.fields, 130: '1234' } };
  expect(three.decode(three.encode(input)).clearFields()).toEqual(input);
});

test('a dialect of one bitmap cannot say so', () => {
  const spec = { name: 'x', extends: 'iso87-ascii', bitmap: { count: 1, secondary: 'always' } };
  expect(() => defineSpec(spec)).toThrow('bitmap.secondary');
  expect(() => defineSpec({ name: 'x', extends: 'iso87-ascii', bitmap: { secondary: 'never' } })).toThrow('secondary');
});

test('lengths that count half bytes: digits with what fills them, and bytes', () => {
  const codec = compile(
    defineSpec({
      name: 'halves',
      extends: 'iso87-ascii',
      fields: {
        2: { format: 'n..20', encoding: 'bcd', prefix: { counts: 'nibbles' } },
        48: { format: 'b..49', encoding: 'binary', prefix: { encoding: 'bcd', counts: 'nibbles' } },
      },
    }),
  ) as Codec;
  const frame = codec.encode({ mti: '0200', fields: { 2: '06037991234567890123', 48: '0102' } });
  expect(frame.toString('hex').slice(8 + 16)).toBe('3230' + '06037991234567890123' + '04' + '0102');
  expect(codec.decode(frame).clearFields().fields).toEqual({ 2: '06037991234567890123', 48: '0102' });
  expect(() => codec.encode({ mti: '0200', fields: { 2: '123' } })).toThrow('odd number of digits');
  const odd = Buffer.from(frame);
  odd.write('19', 12, 'latin1');
  expect(() => codec.decode(odd)).toThrow('the length ends inside a byte');
});

test('bytes that stand in EBCDIC come back, every one', () => {
  const codec = compile(
    defineSpec({
      name: 'translated',
      extends: 'iso87-ascii',
      fields: { 48: { format: 'b...999', encoding: 'ebcdic' } },
    }),
  ) as Codec;
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const value = all.toString('hex').toUpperCase();
  const frame = codec.encode({ mti: '0200', fields: { 48: value } });
  expect(codec.decode(frame).get(48)).toBe(value);
  expect(new Set(frame.subarray(-256)).size).toBe(256);
  const r007 = codec.encode({ mti: '0200', fields: { 48: '52303037' } });
  expect(r007.subarray(-4).toString('hex')).toBe('d9f0f0f7');
});
