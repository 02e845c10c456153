import { expect, test } from '@jest/globals';
import { CodecError, compile, defineSpec, type Codec } from '../../src/codec/index.ts';

/** Every form of length, bitmap and value that links were seen to use, by configuration alone: what stands on the wire is
 *  written out, so that reading and writing cannot be wrong together. */

interface Row {
  readonly what: string;
  readonly format: string;
  readonly element?: Readonly<Record<string, unknown>>;
  readonly value: string;
  /** The element on the wire, its length included. */
  readonly wire: string;
}

const lengths: readonly Row[] = [
  { what: 'LL in ASCII', format: 'ans..20', value: 'ABC', wire: '3033 414243' },
  { what: 'LLL in ASCII', format: 'ans...200', value: 'ABC', wire: '303033 414243' },
  { what: 'LLLL in ASCII', format: 'ans....2000', value: 'ABC', wire: '30303033 414243' },
  { what: 'LL in BCD', format: 'ans..20', element: { prefix: { encoding: 'bcd' } }, value: 'ABCDEFGHIJKL', wire: '12 4142434445464748494a4b4c' }, // prettier-ignore
  {
    what: 'LLL in BCD',
    format: 'ans...200',
    element: { prefix: { encoding: 'bcd' } },
    value: 'ABC',
    wire: '0003 414243',
  },
  {
    what: 'LLLL in BCD',
    format: 'ans....2000',
    element: { prefix: { encoding: 'bcd' } },
    value: 'ABC',
    wire: '0003 414243',
  },
  {
    what: 'LL in one byte',
    format: 'ans..20',
    element: { prefix: { encoding: 'binary' } },
    value: 'ABC',
    wire: '03 414243',
  },
  {
    what: 'LLL in two bytes',
    format: 'ans...200',
    element: { prefix: { encoding: 'binary' } },
    value: 'ABC',
    wire: '0003 414243',
  },
  { what: 'LLLL in four bytes', format: 'ans....2000', element: { prefix: { encoding: 'binary', bytes: 4 } }, value: 'ABC', wire: '00000003 414243' }, // prettier-ignore
  { what: 'LL in EBCDIC', format: 'ans..20', element: { encoding: 'ebcdic', prefix: { encoding: 'ebcdic' } }, value: 'A1', wire: 'f0f2 c1f1' }, // prettier-ignore
  { what: 'LLLL in EBCDIC', format: 'ans....2000', element: { encoding: 'ebcdic', prefix: { encoding: 'ebcdic' } }, value: 'A1', wire: 'f0f0f0f2 c1f1' }, // prettier-ignore
  {
    what: 'LL in three ASCII digits',
    format: 'ans..20',
    element: { prefix: { bytes: 3 } },
    value: 'ABC',
    wire: '303033 414243',
  },
  { what: 'counting digits', format: 'n..19', element: { encoding: 'bcd', prefix: { encoding: 'bcd' } }, value: '12345', wire: '05 012345' }, // prettier-ignore
  { what: 'counting bytes of packed digits', format: 'n..19', element: { encoding: 'bcd', prefix: { encoding: 'bcd', counts: 'bytes' } }, value: '123456', wire: '03 123456' }, // prettier-ignore
  { what: 'counting bytes, odd told by the F', format: 'n..19', element: { encoding: 'bcd', odd: 'right-F', prefix: { encoding: 'bcd', counts: 'bytes' } }, value: '12345', wire: '03 12345f' }, // prettier-ignore
  { what: 'counting characters of UTF-8', format: 'ans..20', element: { encoding: 'utf8', prefix: { counts: 'characters' } }, value: 'نان', wire: '3033 d986d8a7d986' }, // prettier-ignore
  {
    what: 'counting bytes of UTF-8',
    format: 'ans..20',
    element: { encoding: 'utf8' },
    value: 'نان',
    wire: '3036 d986d8a7d986',
  },
  { what: 'an ASCII length that counts itself', format: 'ans..20', element: { prefix: { includesItself: true } }, value: 'ABC', wire: '3035 414243' }, // prettier-ignore
  { what: 'a BCD length that counts itself', format: 'ans...200', element: { prefix: { encoding: 'bcd', includesItself: true } }, value: 'ABC', wire: '0005 414243' }, // prettier-ignore
  { what: 'a binary length that counts itself', format: 'ans...200', element: { prefix: { encoding: 'binary', includesItself: true } }, value: 'ABC', wire: '0005 414243' }, // prettier-ignore
  { what: 'counting bytes of hexadecimal digits', format: 'b..20', element: { encoding: 'hex', prefix: { counts: 'bytes' } }, value: '0A0B', wire: '3034 30413042' }, // prettier-ignore
];

const values: readonly Row[] = [
  {
    what: 'packed, a zero on the left',
    format: 'n3',
    element: { encoding: 'bcd', odd: 'left-0' },
    value: '364',
    wire: '0364',
  },
  {
    what: 'packed, a zero on the right',
    format: 'n3',
    element: { encoding: 'bcd', odd: 'right-0' },
    value: '364',
    wire: '3640',
  },
  {
    what: 'packed, an F on the right',
    format: 'n3',
    element: { encoding: 'bcd', odd: 'right-F' },
    value: '364',
    wire: '364f',
  },
  { what: 'a packed track, an F on the right', format: 'z..37', element: { encoding: 'bcd', odd: 'right-F', prefix: { encoding: 'bcd' } }, value: '12=34', wire: '05 12d34f' }, // prettier-ignore
  { what: 'a packed track, a zero on the left', format: 'z..37', element: { encoding: 'bcd', prefix: { encoding: 'bcd' } }, value: '12=34', wire: '05 012d34' }, // prettier-ignore
  { what: 'a sign and ASCII digits', format: 'x+n8', value: 'D00000100', wire: '44 3030303030313030' },
  {
    what: 'a sign and packed digits',
    format: 'x+n8',
    element: { encoding: 'bcd' },
    value: 'C00000100',
    wire: '43 00000100',
  },
  {
    what: 'a sign and EBCDIC digits',
    format: 'x+n8',
    element: { encoding: 'ebcdic' },
    value: 'C00000100',
    wire: 'c3 f0f0f0f0f0f1f0f0',
  },
  { what: 'ISO 8859-1', format: 'ans4', element: { encoding: 'latin1' }, value: 'Café', wire: '436166e9' },
  { what: 'cp1256', format: 'ans3', element: { encoding: 'cp1256' }, value: 'نان', wire: 'e4c7e4' },
  {
    what: 'cp1256, the Persian letters',
    format: 'ans4',
    element: { encoding: 'cp1256' },
    value: 'پچژگ',
    wire: '818d8e90',
  },
  { what: 'EBCDIC 1047', format: 'ans3', element: { encoding: 'ebcdic' }, value: '[!]', wire: 'ad5abd' },
  { what: 'EBCDIC 500', format: 'ans3', element: { encoding: 'ebcdic-500' }, value: '[!]', wire: '4a4f5a' },
  {
    what: 'EBCDIC 037',
    format: 'ans4',
    element: { encoding: 'ebcdic-037', asciiOnly: false },
    value: '[^]¬',
    wire: 'bab0bb5f',
  },
  { what: 'bytes as hexadecimal digits', format: 'b2', element: { encoding: 'hex' }, value: '0AF1', wire: '30414631' },
  {
    what: 'bytes as EBCDIC hexadecimal digits',
    format: 'b2',
    element: { encoding: 'hex-ebcdic' },
    value: '0AF1',
    wire: 'f0c1c6f1',
  },
  { what: 'padded on the right with spaces', format: 'ans6', element: { pad: { side: 'right', with: ' ' } }, value: 'ABC', wire: '414243202020' }, // prettier-ignore
  { what: 'padded on the left with zeros', format: 'n6', element: { pad: { side: 'left', with: '0' } }, value: '123', wire: '303030313233' }, // prettier-ignore
  { what: 'padded on the left, packed', format: 'n6', element: { encoding: 'bcd', pad: { side: 'left', with: '0' } }, value: '123', wire: '000123' }, // prettier-ignore
];

function codecWith(row: Row): Codec {
  return compile(defineSpec({ name: 'odd', fields: { 2: { name: 'It', format: row.format, ...row.element } } }));
}

test.each([...lengths, ...values])('$what: $value stands as $wire', (row) => {
  const codec = codecWith(row);
  const frame = Buffer.from(`303830304000000000000000${row.wire.replaceAll(' ', '')}`, 'hex');
  expect(codec.encode({ mti: '0800', fields: { 2: row.value } }).toString('hex')).toBe(frame.toString('hex'));
  const message = codec.decode(frame);
  expect(message.get(2)).toBe(row.value);
  expect(message.with({ 2: row.value }).encode()).toEqual(frame);
  // A byte less or more is refused, whatever the form.
  expect(() => codec.decode(frame.subarray(0, -1))).toThrow(CodecError);
  expect(() => codec.decode(Buffer.concat([frame, Buffer.alloc(1)]))).toThrow(CodecError);
});

const BITS = { 3: '000001', 70: '301', 130: '42' };
const elements = { 3: { format: 'n6' }, 70: { format: 'n3' }, 130: { format: 'n2' } };

interface MapRow {
  readonly what: string;
  readonly bitmap: Readonly<Record<string, unknown>>;
  readonly mti?: string;
  readonly fields: readonly (keyof typeof BITS)[];
  /** The whole frame. */
  readonly wire: string;
}

const FIRST = '2000000000000000';
const maps: readonly MapRow[] = [
  { what: 'one, as bytes', bitmap: { encoding: 'binary' }, fields: [3], wire: `30383030 ${FIRST} 303030303031` },
  { what: 'one, hexadecimal', bitmap: { encoding: 'hex' }, fields: [3], wire: `30383030 ${ascii(FIRST)} 303030303031` },
  { what: 'one, hexadecimal in EBCDIC', bitmap: { encoding: 'hex-ebcdic' }, mti: 'ebcdic', fields: [3], wire: `f0f8f0f0 f2${'f0'.repeat(15)} 303030303031` }, // prettier-ignore
  { what: 'two, as bytes', bitmap: { encoding: 'binary' }, fields: [3, 70], wire: '30383030 a000000000000000 0400000000000000 303030303031 333031' }, // prettier-ignore
  { what: 'two, hexadecimal', bitmap: { encoding: 'hex' }, fields: [3, 70], wire: `30383030 ${ascii('A000000000000000')} ${ascii('0400000000000000')} 303030303031 333031` }, // prettier-ignore
  { what: 'three, behind each other', bitmap: { encoding: 'binary', count: 3 }, fields: [3, 70, 130], wire: '30383030 a000000000000000 8400000000000000 4000000000000000 303030303031 333031 3432' }, // prettier-ignore
  { what: 'three, the third where element 65 stands', bitmap: { encoding: 'binary', count: 3, third: 'in-place' }, fields: [3, 70, 130], wire: '30383030 a000000000000000 8400000000000000 303030303031 4000000000000000 333031 3432' }, // prettier-ignore
  { what: 'three, hexadecimal', bitmap: { encoding: 'hex', count: 3 }, fields: [130], wire: `30383030 ${ascii('8000000000000000')} ${ascii('8000000000000000')} ${ascii('4000000000000000')} 3432` }, // prettier-ignore
  {
    what: 'packed MTI in front',
    bitmap: { encoding: 'binary' },
    mti: 'bcd',
    fields: [3],
    wire: `0800 ${FIRST} 303030303031`,
  },
  { what: 'EBCDIC 500 MTI in front', bitmap: { encoding: 'binary' }, mti: 'ebcdic-500', fields: [3], wire: `f0f8f0f0 ${FIRST} 303030303031` }, // prettier-ignore
];

function ascii(digits: string): string {
  return Buffer.from(digits, 'latin1').toString('hex');
}

test.each(maps)('bitmaps, $what', ({ bitmap, mti, fields, wire }) => {
  const codec = compile(
    defineSpec({
      name: 'maps',
      mti: { encoding: mti ?? 'ascii' },
      bitmap,
      fields: bitmap['count'] === 3 ? elements : { 3: elements[3], 70: elements[70] },
    }),
  );
  const frame = Buffer.from(wire.replaceAll(' ', ''), 'hex');
  const given = Object.fromEntries(fields.map((de) => [de, BITS[de]]));
  expect(codec.encode({ mti: '0800', fields: given }).toString('hex')).toBe(frame.toString('hex'));
  expect(codec.decode(frame).clearFields()).toEqual({ mti: '0800', fields: given });
  expect(
    codec
      .decode(frame)
      .with({ [fields[0]!]: BITS[fields[0]!] })
      .encode(),
  ).toEqual(frame);
});
