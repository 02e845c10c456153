import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FieldInput } from '../../src/codec/index.ts';
import { presenceFault } from '../../src/codec/index.ts';
import { demoTrack2 } from '../../src/demo/programme.ts';
import type { Answer } from '../../src/profiles/answer.ts';
import { openProfiles } from '../../src/profiles/index.ts';
import { networkCode, readNative } from './by-hand/read.ts';
import { writeNative } from './by-hand/write.ts';

/** The contract was written by hand before profiles/native.json said it. The two must agree on everything. */
const native = openProfiles().get('native')!;
const NOW = Date.UTC(2026, 10, 23, 8, 0, 0);

const mti = fc.constantFrom(
  ...'0200 0200 0200 0201 0220 0221 0400 0401 0420 0421 0500 0520 0800 0801 0100 0600'.split(' '),
);
const rials = fc.bigInt({ min: 0n, max: 999_999_999_999n }).map((value) => String(value).padStart(12, '0'));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const of = (...values: string[]) => fc.constantFrom(...values);
const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'.split('')), minLength: length, maxLength: length });
const line = fc.tuple(digits(13), of('00', '01', '02', '03'), digits(6), digits(12)).map((parts) => parts.join(''));

const tags = fc.record({
  '01': maybe(
    fc.oneof(
      fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('')),
      digits(5),
    ),
  ),
  '02': maybe(of('1.2.3')),
  '10': maybe(of('632708000001', 'x')),
  '14': maybe(fc.oneof(digits(13), digits(4))),
  '15': maybe(of('0', '1', '7')),
  '20': maybe(of('AB'.repeat(16), 'XY')),
  '35': maybe(of('goods/1', '')),
  '37': maybe(of('{}')),
  '77': maybe(of('unknown')),
});
const request = fc.record({
  2: maybe(of('6037990000000071', '6037990000000070', '603799')),
  3: of('179800', '179898', '000000', '310000', '279800', '379800', '479800', '123456'),
  4: fc.oneof(rials, of('0'.repeat(12))),
  7: of('1123041907', '1323041907'),
  11: of('000124', '000000'),
  12: of('074907', '250000'),
  13: of('1123', '0230'),
  14: maybe(of('2912')),
  22: maybe(of('051', '071', '999')),
  24: maybe(of('003')),
  25: maybe(of('00')),
  32: maybe(of('581672')),
  35: maybe(of(demoTrack2(7), '6037990000000070=29122010000000000')),
  37: maybe(of('632708000001')),
  38: maybe(of('123456')),
  39: maybe(of('17', '68')),
  41: of('10000001'),
  42: maybe(of('000000000000001')),
  48: maybe(tags),
  49: maybe(of('364', '840')),
  52: maybe(of('A1B2C3D4E5F60718')),
  53: maybe(of('01'.padEnd(16, '0'), '99'.padEnd(16, '0'))),
  55: maybe(of('9F2608AABBCCDDEEFF0011')),
  70: maybe(of('001', '101', '301')),
  74: maybe(digits(10)),
  86: maybe(digits(16)),
  90: maybe(digits(42)),
  95: maybe(rials.map((text) => text.padEnd(42, '0'))),
  97: maybe(of('C0000000000000012', 'D0000000000000012')),
});

function messageOf(type: string, fields: Readonly<Record<string, FieldInput | undefined>>) {
  const present = Object.entries(fields).filter(
    ([, value]) => value !== undefined && Object.values(value).some((each) => each !== undefined),
  );
  return native.codec.decode(native.codec.encode({ mti: type, fields: Object.fromEntries(present) }));
}

const reason = (mapped: object) => ({ ...mapped, ...('reason' in mapped && 'rc' in mapped ? { reason: '' } : {}) });

test('profiles/native.json reads every request as the mapping by hand does', () => {
  fc.assert(
    fc.property(mti, request, (type, fields) => {
      const message = messageOf(type, fields);
      expect(native.networkCode(message)).toBe(networkCode(message));
      if (presenceFault(message) !== undefined) return;
      expect(reason(native.read(message))).toEqual(reason(readNative(message)));
    }),
    { numRuns: 2_000 },
  );
});

const amount = maybe(fc.bigInt({ min: 0n, max: 2_000_000_000_000n }));
const total = fc.record({ count: fc.nat(999), rials: fc.bigInt({ min: 0n, max: 1_000_000_000_000n }) });
const answer: fc.Arbitrary<Answer> = fc.record({
  rc: of('00', '10', '51', '30'),
  rrn: maybe(of('632712000009')),
  authCode: maybe(of('123456', '12')),
  voucherRials: amount,
  cardRials: amount,
  cashRials: amount,
  creditLeftRials: amount,
  lines: maybe(
    fc.array(
      fc.record({
        verdict: fc.constantFrom('00' as const, '03' as const),
        voucherRials: fc.bigInt({ min: 0n, max: 999_999n }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  ),
  quoteRef: maybe(digits(13)),
  receiptToken: maybe(of('AbCdEfGhIjKlMnOpQrStUv')),
  text: maybe(of('تراکنش نامعتبر است')),
  news: maybe(of('000000012deadbeef')),
  creditDates: maybe(of('پایان اعتبار')),
  chunk: maybe(of('0000000000000700')),
  certificate: maybe(of('0101MIIB')),
  fault: maybe(of('48.01')),
  keyBlocks: maybe(fc.constant({ tpk: 'B0096P0TE00E0000', tak: 'B0096M3TG00E0000' })),
  totals: maybe(fc.record({ purchases: total, reversals: total, returns: total, returnReversals: total })),
  passThrough: maybe(fc.constant({ '55': '8A023030', '38': '999999' })),
});

test('and writes every answer as that did', () => {
  fc.assert(
    fc.property(mti, request, answer, (type, fields, told) => {
      // An authorisation code is of an approval: nothing says one to a reversal, which has the terminal's (wire.md 3).
      const said = type.startsWith('04') ? { ...told, authCode: undefined } : told;
      const message = messageOf(type, fields);
      expect(native.write(message, said, NOW)).toEqual(writeNative(message, said, NOW));
    }),
    { numRuns: 2_000 },
  );
});

test('also where nothing but a few elements of the request could be saved', () => {
  const few: Record<string, string> = { 3: '179800', 11: '000001', 41: '10000001' };
  for (const type of ['0200', '0400', '0500', '0800', '0600']) {
    const saved = { mti: type, get: (de: number | string) => few[String(de)], fields: () => [], entries: () => [] };
    const said: Answer = { rc: '30', rrn: '632790000001', fault: '4', text: 'خطا' };
    expect(native.write(saved, said, NOW)).toEqual(writeNative(saved, said, NOW));
  }
});
