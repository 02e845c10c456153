import { describe, expect, test } from '@jest/globals';
import type { FieldInput, Message } from '../../src/codec/index.ts';
import { demoPan, demoTrack2 } from '../../src/demo/programme.ts';
import { expired } from '../../src/profiles/card.ts';
import { openProfiles } from '../../src/profiles/index.ts';

const native = openProfiles().get('native')!;
const { codec } = native;
const readNative = (asked: Message) => native.read(asked);
const REQUEST: Readonly<Record<number, string>> = {
  3: '179800',
  4: '000002500000',
  7: '1123041907',
  11: '000124',
  12: '074907',
  13: '1123',
  22: '051',
  25: '00',
  35: demoTrack2(7),
  41: '10000001',
  42: '000000000000001',
  49: '364',
};
type Fields = Readonly<Record<number, FieldInput | undefined>>;
const message = (fields: Fields = {}, mti = '0200') =>
  codec.decode(codec.encode({ mti, fields: { ...REQUEST, ...fields } }));

describe('wire.md 4: processing codes become kinds', () => {
  test.each<[string, Fields, object]>([
    ['subsidised, rest from the card', {}, { kind: 'purchase', rest: 'card', totalRials: 2_500_000n }],
    ['subsidised, rest in cash', { 3: '179898' }, { kind: 'purchase', rest: 'cash' }],
    ['with a quote', { 48: { '14': '1234567890123' } }, { kind: 'purchase', quoteRef: '1234567890123' }],
    ['ordinary', { 3: '000000' }, { kind: 'forward', processingCode: '000000' }],
    ['balance', { 3: '310000', 4: '000000000000' }, { kind: 'forward', totalRials: 0n }],
    ['inquiry', { 3: '379800', 4: '000000000000' }, { kind: 'quote', reserve: false, totalRials: 0n }],
    ['an inquiry of zero reserves nothing', { 3: '379800', 4: '000000000000', 48: { '15': '1' } }, { reserve: false }],
    ['reserve', { 3: '379800', 48: { '15': '1' } }, { kind: 'quote', reserve: true }],
    ['release', { 3: '479800', 48: { '14': '1234567890123' } }, { kind: 'quote-release', quoteRef: '1234567890123' }],
    ['return', { 3: '279800', 48: { '10': '632708000001' } }, { kind: 'return', originalRrn: '632708000001' }],
    ['PIN in DE 52', { 52: 'A1B2C3D4E5F60718' }, { pin: { block: Buffer.from('A1B2C3D4E5F60718', 'hex'), format: 0 } }],
    ['AES PIN in tag 20', { 48: { '20': 'AB'.repeat(16) } }, { pin: { block: Buffer.alloc(16, 0xab), format: 4 } }],
  ])('%s', (_name, fields, expected) => {
    expect(readNative(message(fields))).toMatchObject(expected);
  });
});

describe('what is refused, with which code and field', () => {
  test.each<[string, Fields, string, string | undefined]>([
    ['unknown code', { 3: '123456' }, '12', undefined],
    ['amount zero', { 4: '000000000000' }, '13', '4'],
    ['currency', { 49: '840' }, '30', '49'],
    ['STAN zero', { 11: '000000' }, '30', '11'],
    ['entry mode 000', { 22: '000' }, '30', '22'],
    ['entry mode 999', { 22: '999' }, '30', '22'],
    ['key scheme 99', { 53: '99'.padEnd(16, '0') }, '30', '53'],
    ['key scheme 00', { 53: '0'.repeat(16) }, '30', '53'],
    ['a key scheme with something behind it', { 53: '01'.padEnd(15, '0') + '1' }, '30', '53'],
    ['time of day', { 12: '246000' }, '30', '12'],
    ['date', { 13: '1332' }, '30', '13'],
    ['31 February', { 13: '0231' }, '30', '13'],
    ['30 February', { 13: '0230' }, '30', '13'],
    ['31 April', { 13: '0431' }, '30', '13'],
    ['no day', { 13: '1100' }, '30', '13'],
    ['31 November in DE 7', { 7: '1131041907' }, '30', '7'],
    ['DE 7', { 7: '1323041907' }, '30', '7'],
    ['check digit of track 2', { 35: '6037990000000070=2912' + '2010000000000' }, '30', '35'],
    ['check digit of DE 2', { 2: '6037990000000070', 35: undefined }, '30', '2'],
    ['DE 2 and 35 differ', { 2: demoPan(8) }, '30', '2'],
    ['no card', { 35: undefined }, '30', '2'],
    ['basket', { 48: { '01': '123' } }, '30', '48.01'],
    ['quote reference', { 48: { '14': 'x' } }, '30', '48.14'],
    ['return without RRN', { 3: '279800' }, '30', '48.10'],
    ['release without reference', { 3: '479800' }, '30', '48.14'],
    ['tag 15', { 3: '379800', 48: { '15': '7' } }, '30', '48.15'],
    ['tag 20', { 48: { '20': 'ABC' } }, '30', '48.20'],
  ])('%s', (_name, fields, rc, path) => {
    expect(readNative(message(fields))).toMatchObject({ kind: 'refused', rc, path });
  });

  test('an MTI that nobody serves is RC 12', () => {
    expect(readNative(message({}, '0600'))).toMatchObject({ kind: 'refused', rc: '12' });
  });
});

describe('reversals (DE 90, DE 95)', () => {
  const original = '0200' + '000124' + '1123041907' + '0'.repeat(22);
  test.each<[string, Fields, object]>([
    [
      'full',
      { 90: original, 39: '17' },
      {
        kind: 'reversal',
        original: { mti: '0200', stan: '000124', transmission: '1123041907' },
        reason: '17',
        correctedRials: undefined,
      },
    ],
    ['partial', { 90: original, 95: '000001000000'.padEnd(42, '0') }, { correctedRials: 1_000_000n }],
    [
      'a corrected total that is no less',
      { 90: original, 95: '000002500000'.padEnd(42, '0') },
      { kind: 'refused', rc: '13', path: '95' },
    ],
  ])('%s', (_name, fields, expected) => {
    expect(readNative(message({ ...fields, 22: undefined }, '0400'))).toMatchObject(expected);
  });
});

test('a reversal is taken whatever its DE 22 and 53 say: it needs neither', () => {
  const fields = { 22: '999', 53: '99'.padEnd(16, '0'), 90: '02000001241123041907'.padEnd(42, '0') };
  expect(readNative(message(fields, '0400'))).toMatchObject({ kind: 'reversal' });
});

test('a card is good to the end of its month', () => {
  expect([expired('2611', '2611'), expired('2610', '2611'), expired(undefined, '2611')]).toEqual([false, true, false]);
});
