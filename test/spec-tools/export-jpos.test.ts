import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { compile, CodecError, defineSpec, loadSpec, type Codec, type Spec } from '../../src/codec/index.ts';
import { importJpos } from '../../src/spec-tools/import/jpos.ts';
import { packagerFields } from '../../src/spec-tools/import/jpos-xml.ts';
import { exportJpos } from '../../src/spec-tools/jpos/export.ts';
import { corpusFrames } from './corpus.ts';

const conformance = new URL('../conformance/specs/', import.meta.url);
const corpusDialects = readdirSync(conformance).map(
  (file) => [file.replace('.json', ''), new URL(file, conformance).pathname] as const,
);
const OURS = [
  'iso87-ascii',
  'iso87-ascii-hexbitmap',
  'iso87-bcd',
  'iso87-ebcdic',
  'kalabarg-pos',
  'bank-switch',
  'iso93-ascii',
  'iso93-bcd',
  'iso2003-ascii',
];

/** Exported and imported again. */
function back(spec: Spec): { codec: Codec; lost: string[]; again: string[] } {
  const { xml, issues } = exportJpos(spec);
  const { json, issues: then } = importJpos(xml, 'back');
  const told = (all: typeof issues): string[] =>
    all.filter(({ kind }) => kind === 'lost').map(({ path, reason }) => `${path}: ${reason}`);
  return { codec: compile(defineSpec<Record<string, unknown>>(json)), lost: told(issues), again: told(then) };
}

test.each(corpusDialects)('%s comes back from jPOS’s form with the same frames', (name, file) => {
  const { codec, lost, again } = back(loadSpec(file));
  expect([...lost, ...again]).toEqual([]);
  const own = corpusFrames.filter(({ dialect_id }) => dialect_id === name);
  for (const { id, hex, mti } of own) {
    const message = codec.decode(Buffer.from(hex, 'hex'));
    expect({ id, mti: message.mti }).toEqual({ id, mti });
    expect(codec.encode(message.clearFields()).toString('hex').toUpperCase()).toBe(hex);
  }
});

test.each(OURS)('%s comes back with the same frames', (name) => {
  const before: Codec = compile(loadSpec(name));
  const { codec, lost, again } = back(before.spec);
  expect([...lost, ...again]).toEqual([]);
  const frames = corpusFrames.flatMap(({ hex }) => {
    try {
      return [before.decode(Buffer.from(hex, 'hex'))];
    } catch (error) {
      if (error instanceof CodecError) return []; // of another dialect
      throw error;
    }
  });
  for (const message of frames) {
    const frame = message.encode();
    const read = codec.decode(frame);
    expect(read.fields()).toEqual(message.fields());
    for (const de of read.fields()) expect(read.bytes(de)).toEqual(message.bytes(de));
    expect(codec.encode(read.clearFields())).toEqual(frame);
  }
});

const spec = (fields: Record<string, unknown>, more: Record<string, unknown> = {}): Spec =>
  defineSpec<Record<string, unknown>>({ name: 'own', fields, ...more });

test('every element that a class can be found for comes back as it was, and the others are told', () => {
  const formats = fc.constantFrom(
    'n6',
    'n..19',
    'n...25',
    'an8',
    'ans..40',
    'ans...999',
    'ans....5000',
    'b8',
    'b...999',
    'x+n8',
    'n5',
  );
  const encodings = fc.constantFrom(undefined, 'ascii', 'latin1', 'bcd', 'ebcdic', 'binary', 'hex', 'hex-ebcdic');
  const prefixes = fc.constantFrom(undefined, 'ascii', 'bcd', 'binary', 'ebcdic');
  const odds = fc.constantFrom(undefined, 'left-0', 'right-0', 'right-F');
  const counts = fc.constantFrom(undefined, undefined, 'bytes', 'nibbles');
  fc.assert(
    fc.property(formats, encodings, prefixes, odds, counts, (format, encoding, prefix, odd, count) => {
      let own: Spec;
      try {
        const length = { ...(prefix && { encoding: prefix }), ...(count && { counts: count }) };
        own = spec({ 60: { name: 'Own', format, ...(encoding && { encoding }), ...(odd && { odd }), prefix: length } });
      } catch (error) {
        if (error instanceof CodecError) return; // no such element
        throw error;
      }
      const { codec, lost, again } = back(own);
      expect(again).toEqual([]);
      if (lost.length > 0) {
        expect(codec.spec.fields[60]).toBeUndefined();
        return;
      }
      const before: Codec = compile(own);
      for (const length of [1, 2, 5, 6, 7, 8, 15, 16, 40]) {
        const value = format.startsWith('b')
          ? '0A'.repeat(length)
          : format.startsWith('x')
            ? 'C00000012'
            : '12345678'.repeat(5).slice(0, length);
        let frame: Buffer;
        try {
          frame = before.encode({ mti: '0200', fields: { 60: value } });
        } catch (error) {
          if (error instanceof CodecError) continue; // not this long
          throw error;
        }
        const read = codec.decode(frame);
        expect(read.bytes(60)).toEqual(before.decode(frame).bytes(60));
        expect(codec.encode({ mti: '0200', fields: { 60: read.get(60) } })).toEqual(frame);
      }
    }),
    { numRuns: 400 },
  );
});

test('what jPOS has no class for is told as lost, with the reason', () => {
  const { issues } = exportJpos(
    spec(
      {
        60: { name: 'A', format: 'x+n..9' },
        61: { name: 'B', format: 'ans..20', prefix: { encoding: 'ascii', includesItself: true } },
        62: { name: 'C', format: 'b..20', encoding: 'hex', prefix: { encoding: 'bcd' } },
      },
      { bitmap: { secondary: 'always' } },
    ),
  );
  expect(issues.filter(({ kind }) => kind === 'lost').map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
    'bitmap: jPOS writes it only as needed',
    '60: a sign and digits of variable length',
    '61: a length that counts itself',
    '62: no class has hex behind a length in bcd of 1 byte(s)',
  ]);
});

test('names are text of XML, whatever they hold', () => {
  const name = '"<&>\u0000\u001b]0;x\u0007 -- پنیر \ud800';
  const { xml } = exportJpos(spec({ 60: { name, format: 'n6' } }));
  expect(packagerFields(xml).fields.find(({ id }) => id === 60)?.name).toBe('"<&>  ]0;x  -- پنیر');
});

test('subfields and tags come back', () => {
  const own = spec({
    48: {
      name: 'Tags',
      format: 'ans...999',
      content: {
        kind: 'tags',
        tag: { encoding: 'ascii', bytes: 2 },
        length: { encoding: 'ascii', bytes: 3 },
        tags: { '01': { name: 'One', format: 'ans...99' }, '40': { name: 'Two', format: 'ans...99' } },
      },
    },
    55: { name: 'Chip', format: 'b...255', encoding: 'binary', content: { kind: 'ber', tags: {} } },
    60: {
      name: 'Bits',
      format: 'b...255',
      encoding: 'binary',
      content: {
        kind: 'bitmapped',
        bytes: 2,
        fields: { 1: { name: 'a', format: 'n3', encoding: 'ascii' }, 12: { name: 'b', format: 'ans..9' } },
      },
    },
    61: {
      name: 'Positions',
      format: 'ans...99',
      encoding: 'ebcdic',
      prefix: { encoding: 'ebcdic' },
      content: {
        kind: 'fields',
        fields: {
          city: { name: 'City', format: 'ans4', encoding: 'ebcdic' },
          count: { name: 'Count', format: 'n..3', encoding: 'ebcdic', prefix: { encoding: 'ebcdic' } },
        },
      },
    },
  });
  const { codec, lost, again } = back(own);
  expect([...lost, ...again]).toEqual([]);
  const input = {
    mti: '0200',
    fields: { 48: '01003abc40002xy', 55: '9F0201AA', 60: '8010' + '313233' + '30327879', 61: 'ABCD0212' },
  };
  const frame = compile(own).encode(input);
  const message = codec.decode(frame);
  expect(codec.encode(input)).toEqual(frame);
  expect(message.get('48.40')).toBe('xy');
  expect(message.get('55.9F02')).toBe('AA');
  expect(message.get('60.12')).toBe('xy');
  expect(message.get('61.f2')).toBe('12');
});
