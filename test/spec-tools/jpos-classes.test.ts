import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { compile, defineSpec, type Codec } from '../../src/codec/index.ts';
import { xmlText } from '../../src/ops/xml-text.ts';
import { importJpos } from '../../src/spec-tools/import/jpos.ts';
import { packager } from './packagers.ts';

const head = `<isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFA_NUMERIC"/>
<isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>`;
const HEAD_BYTES = 12;

function codecOf(fields: string): { codec: Codec; issues: string[] } {
  const { json, issues } = importJpos(packager(`${head}\n${fields}`), 'own');
  const codec = compile(defineSpec<Record<string, unknown>>(json));
  return { codec, issues: issues.map(({ path, kind, reason }) => `${path} ${kind}: ${reason}`) };
}

const field = (type: string, length: number, more = ''): string =>
  `<isofield id="60" length="${length}" name="Own" class="org.jpos.iso.${type}" ${more}/>`;
const PAD = 'pad="true"';

/** What jPOS's class makes of a value: its bytes, by its source. */
test.each<[type: string, length: number, more: string, value: string, bytes: string]>([
  ['IF_CHAR', 4, '', 'AB  ', '41422020'],
  ['IFE_CHAR', 4, '', 'AB  ', 'c1c24040'],
  ['IF_ECHAR', 4, '', 'AB  ', 'c1c24040'],
  ['IFA_NUMERIC', 3, '', '007', '303037'],
  ['IFE_NUMERIC', 3, '', '007', 'f0f0f7'],
  ['IFB_NUMERIC', 3, PAD, '123', '0123'],
  ['IFB_NUMERIC', 3, '', '123', '1230'],
  ['IFB_FNUMERIC', 3, '', '123', '123f'],
  ['IFB_FNUMERIC', 3, PAD, '123', '0123'],
  ['IFA_AMOUNT2003', 4, '', '1234', '31323334'],
  ['IFB_AMOUNT2003', 4, '', '1234', '1234'],
  ['IFA_AMOUNT', 4, '', 'D123', '44313233'],
  ['IFE_AMOUNT', 4, '', 'C123', 'c3f1f2f3'],
  ['IFB_AMOUNT', 9, '', 'D00000123', '4400000123'],
  ['IFB_AMOUNT', 12, PAD, 'C00000000123', '43000000000123'],
  ['IFB_AMOUNT', 12, '', 'C00000000123', '43000000001230'],
  ['IFB_BINARY', 2, '', '01FF', '01ff'],
  ['IFA_BINARY', 2, '', '01FF', '30314646'],
  ['IFE_BINARY', 2, '', '01FF', 'f0f1c6c6'],
  ['IFB_HEX', 4, '', '1A2B', '1a2b'],
  ['IFA_LCHAR', 9, '', 'AB', '324142'],
  ['IFA_LLCHAR', 99, '', 'AB', '30324142'],
  ['IFA_LLLCHAR', 999, '', 'AB', '3030324142'],
  ['IFA_LLLLCHAR', 9999, '', 'AB', '303030324142'],
  ['IFA_LLLLLCHAR', 9999, '', 'AB', '30303030324142'],
  ['IFA_LLLLLLCHAR', 9999, '', 'AB', '3030303030324142'],
  ['IFAE_LLCHAR', 99, '', 'AB', '3032c1c2'],
  ['IFA_LLNUM', 19, '', '123', '3033313233'],
  ['IFA_LLLNUM', 19, '', '123', '303033313233'],
  ['IFA_LBINARY', 9, '', '01FF', '3201ff'],
  ['IFA_LLBINARY', 99, '', '01FF', '303201ff'],
  ['IFA_LLLBINARY', 999, '', '01FF', '30303201ff'],
  ['IFA_LLLLBINARY', 999, '', '01FF', '3030303201ff'],
  ['IFA_LLLLLBINARY', 999, '', '01FF', '303030303201ff'],
  ['IFA_LLLLLLBINARY', 999, '', '01FF', '30303030303201ff'],
  ['IFA_LLABINARY', 99, '', '01FF', '303230314646'],
  ['IFA_LLLABINARY', 99, '', '01FF', '30303230314646'],
  ['IFB_LLCHAR', 99, '', 'AB', '024142'],
  ['IFB_LLLCHAR', 999, '', 'AB', '00024142'],
  ['IFB_LLLLCHAR', 9999, '', 'AB', '00024142'],
  ['IFB_LLLLLLCHAR', 9999, '', 'AB', '0000024142'],
  ['IFB_LLNUM', 19, PAD, '123', '030123'],
  ['IFB_LLNUM', 19, '', '123', '031230'],
  ['IFB_LLLNUM', 19, '', '123', '00031230'],
  ['IFB_FLLNUM', 19, '', '123', '03123f'],
  ['IFB_FLLNUM', 19, PAD, '123', '030123'],
  ['IFB_FLLLNUM', 19, '', '123', '0003123f'],
  ['IFB_LLBINARY', 99, '', '01FF', '0201ff'],
  ['IFB_LLLBINARY', 999, '', '01FF', '000201ff'],
  ['IFB_LLLLBINARY', 999, '', '01FF', '000201ff'],
  ['IFB_LLHEX', 49, '', '01FF', '0401ff'],
  ['IFB_LLLHEX', 49, '', '01FF', '000401ff'],
  ['IFB_LLHCHAR', 200, '', 'AB', '024142'],
  ['IFB_LLLHCHAR', 2000, '', 'AB', '00024142'],
  ['IFB_LLHECHAR', 200, '', 'AB', '02c1c2'],
  ['IFB_LLLHECHAR', 200, '', 'AB', '0002c1c2'],
  ['IFB_LLHNUM', 200, '', '123', '031230'],
  ['IFB_LLHNUM', 200, PAD, '123', '030123'],
  ['IFB_LLLHNUM', 200, PAD, '123', '00030123'],
  ['IFB_LLHBINARY', 255, '', '01FF', '0201ff'],
  ['IFB_LLHBINARY', 200, 'inclusive="true"', '01FF', '0301ff'],
  ['IFB_LLLHBINARY', 2000, 'inclusive="true"', '01FF', '000401ff'],
  ['IFB_LLLHBINARY', 2000, '', '01FF', '000201ff'],
  ['IFE_LCHAR', 9, '', 'AB', 'f2c1c2'],
  ['IFE_LLCHAR', 99, '', 'AB', 'f0f2c1c2'],
  ['IFE_LLLCHAR', 999, '', 'AB', 'f0f0f2c1c2'],
  ['IFE_LLLLCHAR', 999, '', 'AB', 'f0f0f0f2c1c2'],
  ['IFEA_LLCHAR', 99, '', 'AB', 'f0f24142'],
  ['IFE_LNUM', 9, '', '123', 'f3f1f2f3'],
  ['IFE_LLNUM', 19, '', '123', 'f0f3f1f2f3'],
  ['IFE_LLLNUM', 19, '', '123', 'f0f0f3f1f2f3'],
  ['IFEB_LLNUM', 19, '', '123', 'f0f2123f'],
  ['IFEB_LLLNUM', 19, '', '1234', 'f0f0f21234'],
  ['IFE_LBINARY', 9, '', '01FF', 'f201ff'],
  ['IFE_LLBINARY', 99, '', '01FF', 'f0f201ff'],
  ['IFE_LLLBINARY', 999, '', '01FF', 'f0f0f201ff'],
  ['IFE_LLLLBINARY', 999, '', '01FF', 'f0f0f0f201ff'],
  ['IFE_LLLEBINARY', 999, '', '52303037', 'f0f0f4d9f0f0f7'],
])('%s of %i %s', (type, length, more, value, bytes) => {
  const { codec, issues } = codecOf(field(type, length, more));
  expect(issues).toEqual([]);
  const frame = codec.encode({ mti: '0200', fields: { 60: value } });
  expect(frame.subarray(HEAD_BYTES).toString('hex')).toBe(bytes);
  expect(codec.decode(frame).get(60)).toBe(value);
});

test.each([
  ['IFA_FLLCHAR', 'a length and a value in a place of full length'],
  ['IFA_FLLNUM', 'a length and a value in a place of full length'],
  ['IFB_LLHFBINARY', 'a length and a value in a place of full length'],
  ['IFEP_LLCHAR', "the subfield's number stands between its length and its value"],
  ['IFEP_LLLCHAR', "the subfield's number stands between its length and its value"],
  ['IFEP_LLLBINARY', "the subfield's number stands between its length and its value"],
  ['IFELPE_LLLCHAR', "the subfield's number stands between its length and its value"],
  ['IFIPM_LLLCHAR', 'a tag outside of a packager of tags'],
  ['IFMC_LLCHAR', 'a tag outside of a packager of tags'],
  ['IFEMC_LLLCHAR', 'a tag outside of a packager of tags'],
  ['IFEPE_LLCHAR', 'a tag outside of a packager of tags'],
  ['IFMC_TCC', 'a character that is there or not, by what it is'],
  ['IFE_SIGNED_NUMERIC', 'the sign is in the zone of the last digit'],
  ['IF_TCHAR', 'a mark ends it, not a length'],
  ['IF_NOP', 'holds nothing'],
  ['IFB_BITMAP', 'a bitmap among elements'],
  ['IFA_LLHBINARY', 'a class that is not known here'],
])('%s is lost, with the reason', (type, reason) => {
  expect(codecOf(field(type, 50)).issues).toEqual([`60 lost: ${reason}`]);
});

test('a class of one’s own is not taken for jPOS’s of that name', () => {
  const own = '<isofield id="60" length="50" name="Own" class="com.bank.IF_CHAR"/>';
  expect(codecOf(own).issues).toEqual(['60 lost: a class that is not known here']);
});

test('what no message may have there is not described here, and nothing is lost', () => {
  const { codec, issues } = codecOf(field('IF_UNUSED', 0));
  expect(issues).toEqual([]);
  expect(() => codec.encode({ mti: '0200', fields: { 60: '' } })).toThrow('not an element of this dialect');
});

test('packed digits whose ASCII length counts what fills them (IFA_LLBNUM), and those of peers that do not', () => {
  const { codec, issues } = codecOf(field('IFA_LLBNUM', 19, PAD));
  expect(issues).toEqual([
    '60 changed: odd digits are written with their own length here; jPOS counts what fills them, and reads it as a digit',
  ]);
  const start = codec.encode({ mti: '0200', fields: { 60: '' } }).subarray(0, HEAD_BYTES);
  for (const [length, value] of [
    ['3230', '06037991234567890123'],
    ['3139', '6037991234567890123'],
  ] as const) {
    const wire = Buffer.concat([start, Buffer.from(`${length}06037991234567890123`, 'hex')]);
    expect(codec.decode(wire).get(60)).toBe(value);
    expect(codec.encode({ mti: '0200', fields: { 60: value } })).toEqual(wire);
  }
});

test('attributes that change the bytes are lost, others told', () => {
  expect(codecOf(field('IFA_LLBINARY', 50, 'inclusive="true"')).issues).toEqual([
    '60 lost: inclusive="true" needs a binary length',
  ]);
  expect(codecOf(field('IFA_LLCHAR', 50, 'params="x"')).issues).toEqual([
    '60 lost: an attribute that is not known here',
  ]);
  expect(codecOf(field('IF_CHAR', 50, 'trim="true"')).issues).toEqual([
    '60 changed: there the last value of a message may be shorter',
  ]);
});

const nested = (outer: string, attributes: string, inner: string): string =>
  `<isofieldpackager id="48" length="200" name="Own" class="org.jpos.iso.${outer}" ${attributes}>${inner}</isofieldpackager>`;
const sub = (id: number, type: string, length: number, more = ''): string =>
  `<isofield id="${id}" length="${length}" name="Sub ${id}" class="org.jpos.iso.${type}" ${more}/>`;

test.each<[what: string, xml: string, bytes: string, value: unknown]>([
  [
    'PDS of IPM',
    nested(
      'IFA_LLLCHAR',
      'packager="org.jpos.iso.packager.GenericSubFieldPackager"',
      sub(23, 'IFIPM_LLLCHAR', 99) + sub(158, 'IFIPM_LLLCHAR', 99),
    ),
    '021' + '0023003CT6' + '0158004SALE',
    { '0023': 'CT6', '0158': 'SALE' },
  ],
  [
    'tags of Europay',
    nested(
      'IFA_LLLCHAR',
      'packager="org.jpos.iso.packager.EuroSubFieldPackager"',
      sub(26, 'IFMC_LLCHAR', 10) + sub(63, 'IFMC_LLCHAR', 10),
    ),
    '015' + '2603ABC' + '6304WXYZ',
    { 26: 'ABC', 63: 'WXYZ' },
  ],
  [
    'tags whose numbers a mapper gives',
    nested(
      'IFA_LLLCHAR',
      'packager="org.jpos.iso.packager.GenericTaggedFieldsPackager" tagMapper="org.jpos.iso.packager.TTDecimalTagMapper" tagSize="2" lenSize="2"',
      sub(1, 'IFA_TTLLCHAR', 10) + sub(14, 'IFA_TTLLCHAR', 10),
    ),
    '013' + '0103ABC' + '1402XY',
    { '01': 'ABC', 14: 'XY' },
  ],
  [
    'positions that begin at 1, though 0 is described',
    nested(
      'IFA_LLLCHAR',
      'packager="org.jpos.iso.packager.GenericSubFieldPackager" emitBitmap="false"',
      sub(0, 'IF_CHAR', 5) + sub(1, 'IF_CHAR', 2) + sub(2, 'IFA_LLCHAR', 9),
    ),
    '006' + 'AB' + '02XY',
    { f1: 'AB', f2: 'XY' },
  ],
])('subfields: %s', (_, xml, text, value) => {
  const { codec, issues } = codecOf(xml);
  expect(issues).toEqual([]);
  const frame = codec.encode({ mti: '0200', fields: { 48: text.slice(3) } });
  expect(frame.toString('latin1', HEAD_BYTES)).toBe(text);
  const read = codec.decode(frame).clearFields({ deep: true }).fields['48'] as
    Record<string, string> | [string, string][];
  expect(Array.isArray(read) ? Object.fromEntries(read) : read).toEqual(value);
});

test('jPOS translates EBCDIC text before it looks inside', () => {
  const { codec, issues } = codecOf(
    nested(
      'IFE_LLLCHAR',
      'packager="org.jpos.iso.packager.GenericSubFieldPackager" emitBitmap="false"',
      sub(1, 'IF_CHAR', 2) + sub(2, 'IFA_LLNUM', 9),
    ),
  );
  expect(issues).toEqual([]);
  const frame = codec.encode({ mti: '0200', fields: { 48: 'AB0212' } });
  expect(frame.subarray(HEAD_BYTES).toString('hex')).toBe('f0f0f6' + 'c1c2f0f2f1f2');
  expect(codec.decode(frame).clearFields({ deep: true }).fields['48']).toEqual({ f1: 'AB', f2: '12' });
});

test('tags of BER inside bytes', () => {
  const { codec, issues } = codecOf(
    nested('IFA_LLLBINARY', 'packager="org.jpos.tlv.packager.bertlv.BERTLVBinaryPackager"', ''),
  );
  expect(issues).toEqual([]);
  const frame = codec.encode({ mti: '0200', fields: { 48: '9F0206000012500000' } });
  expect(codec.decode(frame).get('48.9F02')).toBe('000012500000');
});

test.each<[what: string, xml: string, reason: string]>([
  [
    'a header',
    nested('IFA_LLLCHAR', 'packager="org.jpos.iso.packager.GenericPackager" headerLength="1"', sub(1, 'IF_CHAR', 2)),
    'a header of 1 bytes before its subfields',
  ],
  [
    'a bitmap that grows',
    nested(
      'IFB_LLHBINARY',
      'packager="org.jpos.iso.packager.GenericPackager"',
      sub(0, 'IFB_BITMAP', 16) + sub(2, 'IF_CHAR', 2),
    ),
    'its bitmap of 16 bytes may be shorter',
  ],
  [
    'an unknown subfield',
    nested(
      'IFA_LLLCHAR',
      'packager="org.jpos.iso.packager.GenericSubFieldPackager"',
      sub(1, 'IF_TCHAR', 2, 'token="#"'),
    ),
    'a subfield that is not known hides where those behind it begin',
  ],
  [
    'bytes in translated text',
    nested('IFE_LLLCHAR', 'packager="org.jpos.iso.packager.GenericSubFieldPackager"', sub(1, 'IFB_BINARY', 2)),
    'subfields that are not text in a value that is translated',
  ],
  [
    'lengths before tags',
    nested(
      'IFA_LLLCHAR',
      'packager="org.jpos.iso.packager.GenericTaggedFieldsPackager" tagMapper="org.jpos.iso.packager.TTDecimalTagMapper" swapTagAndLen="true"',
      sub(1, 'IFA_TTLLCHAR', 2),
    ),
    'lengths stand before their tags',
  ],
])('a value stays whole where its inside cannot be said: %s', (_, xml, reason) => {
  const { codec, issues } = codecOf(xml);
  expect(issues.at(-1)).toBe(`48 changed: ${reason}; the value stays whole`);
  expect(() => codec.encode({ mti: '0200', fields: { 48: '4142' } })).not.toThrow();
});

const sample = (name: string): Buffer => readFileSync(new URL(`./fixtures/jpos/${name}`, import.meta.url));
const imported = (name: string): ReturnType<typeof importJpos> => importJpos(xmlText(sample(name)), name);

test.each([
  ['bom.xml', 'Name'],
  ['utf16.xml', 'Name'],
  ['latin1.xml', 'Désignation'],
])('a packager file in its own encoding: %s', (name, title) => {
  const { json, issues } = imported(name);
  expect(issues).toEqual([]);
  expect(json).toMatchObject({ fields: { 43: { name: title }, 49: { name: 'Currency' } } });
});

test('a file whose bytes are not what it declares is refused', () => {
  expect(() =>
    xmlText(Buffer.concat([Buffer.from('<?xml version="1.0"?>\n<isopackager name="'), Buffer.from([0xe9])])),
  ).toThrow('line 2');
});

test('validators are skipped and named', () => {
  const { json, issues } = imported('validator.xml');
  expect(issues).toEqual([
    {
      path: '3',
      what: 'TEST0100Validator',
      kind: 'changed',
      reason: 'a validator: what it checks is not checked here',
    },
  ]);
  expect(json).toMatchObject({ fields: { 3: { format: 'n6' } } });
  const more = `<isofield id="4" length="12" name="A" class="IFA_NUMERIC"><isofieldvalidator class="IVA_NUM" minlen="1"><property name="a" value="b"/></isofieldvalidator></isofield>
<isovalidator class="org.jpos.iso.validator.MSGTEST"/>`;
  expect(codecOf(more).issues).toHaveLength(2);
});

test('the frame of a host with IFE_LLLEBINARY decodes, and encodes to the same bytes', () => {
  const codec = compile(defineSpec<Record<string, unknown>>(imported('lllebinary.xml').json));
  const frame = Buffer.from(sample('lllebinary.hex').toString('latin1').trim(), 'hex');
  const message = codec.decode(frame);
  expect(message.get(3)).toBe('000000');
  expect(Buffer.from(message.get(48) ?? '', 'hex').toString('latin1')).toBe('R007');
  expect(codec.encode({ mti: message.mti, fields: { 3: message.get(3), 48: message.get(48) } })).toEqual(frame);
});

test('amounts and packed digits of llbnum.xml', () => {
  const { json, issues } = imported('llbnum.xml');
  expect(issues.map(({ path, kind }) => `${path} ${kind}`)).toEqual(['2 changed']);
  const codec = compile(defineSpec<Record<string, unknown>>(json));
  const frame = codec.encode({ mti: '0200', fields: { 2: '06037991234567890123', 28: 'D00000000123' } });
  expect(frame.toString('latin1', 20, 22) + frame.toString('hex', 22)).toBe(
    '20' + '06037991234567890123' + '44000000001230',
  );
});

test.each([
  ['emitBitmap="false"', 'messages without a bitmap'],
  ['bitmapField="0"', 'the bitmap is described as field 1 here'],
  ['thirdBitmapField="66"', 'the third bitmap stands behind, or in element 65'],
])('a packager with %s is named as lost', (attribute, reason) => {
  const { issues } = importJpos(`<isopackager ${attribute}>${head}</isopackager>`, 'own');
  expect(issues).toEqual([{ path: 'bitmap', what: attribute, kind: 'lost', reason }]);
});

test('the bitmap of ANSI X9.2 announces no other', () => {
  const xml = `<isopackager>${head.replace('IFB_BITMAP', 'X92_BITMAP')}${sub(3, 'IFA_NUMERIC', 6)}</isopackager>`;
  const { json, issues } = importJpos(xml, 'x92');
  expect(issues).toEqual([]);
  expect(json).toMatchObject({ bitmap: { encoding: 'hex', count: 1 } });
});
