import { expect, test } from '@jest/globals';
import { readFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, defineSpec, loadSpec } from '../../src/codec/index.ts';
import { importMoov } from '../../src/spec-tools/import/moov.ts';
import { fieldsOf } from '../../src/spec-tools/plans.ts';
import { corpusFrames } from './corpus.ts';
import { kalabarg } from '../support/command.ts';
import { packager } from './packagers.ts';

const text = (value: unknown): string => JSON.stringify(value);
const ascii = (length: number, prefix = 'ASCII.Fixed', type = 'String') => ({ type, length, enc: 'ASCII', prefix });
const MTI = { 0: ascii(4), 1: { type: 'Bitmap', length: 8, enc: 'Binary', prefix: 'Binary.Fixed' } };

/** The corpus's dialect `name` as a moov user would write it down. */
function moovSpec(name: string, packed: boolean): string {
  const spec = loadSpec(new URL(`../conformance/specs/${name}.json`, import.meta.url).pathname);
  const family = packed ? 'BCD' : 'ASCII';
  const fields = fieldsOf(spec).flatMap(([de, { type, max, prefix }]): [number, object][] => {
    if (type === 'x+n' && packed) return [];
    const enc = type === 'b' ? 'Binary' : packed && (type === 'n' || type === 'z') ? 'BCD' : 'ASCII';
    const kind = type === 'b' ? 'Binary' : type === 'z' ? 'Track2' : type === 'n' ? 'Numeric' : 'String';
    const length = 'L'.repeat(String(max).length);
    return [[de, { type: kind, length: max, enc, prefix: `${family}.${prefix === undefined ? 'Fixed' : length}` }]];
  });
  const head = { 0: { type: 'String', length: 4, enc: family, prefix: `${family}.Fixed` }, 1: MTI[1] };
  return text({ name, fields: { ...head, ...(Object.fromEntries(fields) as object) } });
}

test.each([
  ['ascii-bin', false],
  ['bcd-l0', true],
])('a moov specification of %s decodes the corpus to the same values', (dialect, packed) => {
  const { json, issues } = importMoov(moovSpec(dialect, packed), dialect);
  expect(issues).toEqual([]);
  const codec = compile(defineSpec(json));
  let compared = 0;
  for (const { id, dialect_id, hex, mti, fields } of corpusFrames) {
    // moov has no sign in front of packed digits, and the corpus's frames with such fields are not its.
    const signed = Object.keys(fields).some((de) => ['28', '29', '30', '31', '97'].includes(de));
    if (dialect_id !== dialect || (packed && signed)) continue;
    compared++;
    expect({ id, ...codec.decode(Buffer.from(hex, 'hex')).clearFields() }).toEqual({ id, mti, fields });
  }
  expect(compared).toBeGreaterThan(15);
});

test('composites become content: positions, tags, BER-TLV, bitmaps', () => {
  const { json, issues } = importMoov(
    text({
      fields: {
        ...MTI,
        3: {
          type: 'Composite',
          length: 6,
          prefix: 'ASCII.Fixed',
          subfields: { 1: ascii(2), 2: ascii(2), 10: ascii(2) },
        },
        48: {
          type: 'Composite',
          length: 999,
          prefix: 'ASCII.LLL',
          tag: { length: 2, enc: 'ASCII', padding: { type: 'Left', pad: '0' }, sort: 'StringsByInt' },
          subfields: { 1: ascii(99, 'ASCII.LL'), 14: ascii(99, 'ASCII.LL') },
        },
        55: {
          type: 'Composite',
          length: 255,
          prefix: 'ASCII.LLL',
          tag: { enc: 'BerTLVTag', sort: 'StringsByHex' },
          subfields: { '9F02': { type: 'Hex', description: 'Amount', enc: 'Binary', prefix: 'BerTLV' } },
        },
        60: {
          type: 'Composite',
          length: 99,
          prefix: 'ASCII.LL',
          bitmap: { type: 'Bitmap', length: 8, enc: 'Binary', prefix: 'Binary.Fixed', disableautoexpand: true },
          subfields: { 2: { type: 'Numeric', length: 4, enc: 'BCD', prefix: 'BCD.Fixed' }, 3: ascii(9, 'ASCII.L') },
        },
      },
    }),
    'composites',
  );
  expect(issues).toEqual([]);
  const codec = compile(defineSpec(json));
  const fields = { 3: '179800', 48: '0103abc1402xy', 55: '9F0206000000012500', 60: '600000000000000012343161' };
  const message = codec.decode(
    codec.encode({ mti: '0200', fields: { ...fields, 60: '6000000000000000123431' + '61' } }),
  );
  expect(message.clearFields({ deep: true }).fields).toMatchObject({
    3: { f1: '17', f2: '98', f10: '00' },
    48: [
      ['01', 'abc'],
      ['14', 'xy'],
    ],
    55: { '9F02': '000000012500' },
    60: { 2: '1234', 3: 'a' },
  });
});

test.each([
  [{ type: 'Positive', length: 4, enc: 'ASCII', prefix: 'ASCII.Fixed' }, 'Positive', 'lost'],
  [{ type: 'String', length: 4, enc: 'Morse', prefix: 'ASCII.Fixed' }, 'enc Morse', 'lost'],
  [{ type: 'String', length: 4, enc: 'ASCII', prefix: 'Hex.LL' }, 'Hex.LL', 'lost'],
  [{ type: 'Binary', length: 4, enc: 'BCD', prefix: 'BCD.Fixed' }, 'Binary BCD', 'lost'],
  [{ type: 'String', enc: 'ASCII', prefix: 'ASCII.LL' }, 'length undefined', 'lost'],
  [{ ...ascii(4), sort: 'up' }, 'sort', 'changed'],
  [{ ...ascii(400), prefix: 'ASCII.LL' }, 'ASCII.LL', 'changed'],
  [{ ...ascii(4, 'ASCII.Fixed', 'Numeric'), padding: { type: 'Right', pad: 'F' } }, 'padding Right "F"', 'changed'],
])('%j is reported', (field, what, kind) => {
  const { issues } = importMoov(text({ fields: { ...MTI, 60: field } }), 'one');
  expect(issues.map((issue) => [issue.path, issue.what, issue.kind])).toEqual([['60', what, kind]]);
});

test.each([
  ['{', /not JSON/],
  ['[]', /no "fields"/],
  ['{"fields":{"2":3}}', /fields\.2: must be an object/],
])('no specification: %s', (file, message) => {
  expect(() => importMoov(file, 'bad')).toThrow(message);
});

test('bitmaps that moov does not expand are always there', () => {
  const fixed = { type: 'Bitmap', length: 16, enc: 'Binary', prefix: 'Binary.Fixed', disableautoexpand: true };
  const { json, issues } = importMoov(text({ fields: { ...MTI, 1: fixed, 11: ascii(6) } }), 'both');
  expect(issues).toEqual([]);
  const codec = compile(defineSpec(json));
  const frame = codec.encode({ mti: '0800', fields: { 11: '000123' } });
  expect(frame.toString('hex').slice(8, 40)).toBe('80200000000000000000000000000000');
  expect(codec.decode(frame).get(11)).toBe('000123');
});

test('kalabarg spec import writes the dialect, and ends with 1 when something is lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-spec-import-'));
  const [moov, xml, out] = ['a.json', 'b.xml', 'out.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(moov, text({ fields: { ...MTI, 11: ascii(6) } }));
  const printed = await kalabarg('spec', 'import', 'moov', moov, '--name', 'mine');
  expect(printed.status).toBe(0);
  expect(JSON.parse(printed.out)).toMatchObject({ name: 'mine', fields: { 11: { format: 'ans6' } } });
  expect(printed.errors).toBe('1 element; 0 lost, 0 changed');
  writeFileSync(
    xml,
    packager(
      '<isofield id="0" length="4" class="IFA_NUMERIC"/><isofield id="1" length="16" class="IFA_BITMAP"/><isofield id="9" length="2" class="Odd"/>',
    ),
  );
  const written = await kalabarg('spec', 'import', 'jpos', xml, '-o', out);
  expect([written.status, written.errors]).toEqual([
    1,
    'lost: 9: Odd: a class that is not known here\n0 elements; 1 lost, 0 changed',
  ]);
  expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ name: 'b', bitmap: { encoding: 'hex', count: 2 } });
});
