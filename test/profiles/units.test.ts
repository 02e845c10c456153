import { describe, expect, test } from '@jest/globals';
import type { FieldInput } from '../../src/codec/index.ts';
import { unitsOf } from '../../src/field/money-unit.ts';
import { demoTrack2 } from '../../src/demo/programme.ts';
import { inUnit, openProfiles, type Answer, type Profile, type Transaction } from '../../src/profiles/index.ts';

const profiles = openProfiles();
const NEW = { unit: 'new-rial', alpha: 'IRN', numeric: '999', exponent: 0, rials: 10_000, nameFa: 'ریال نو', nameEn: 'new rial', lawful: true }; // prettier-ignore
const units = unitsOf({
  units: [{ ...NEW, from: '2026-11-23' }],
  terminalUnits: ['native', 'sadad-like', 'behpardakht-like'].map((profile) => ({ profile, from: '2026-11-24', in: 'new-rial' })),
  paymentUnits: [],
  bookUnits: [],
}); // prettier-ignore
const unitOn = units.ofTerminals('native');
/** 24 November, ten minutes past midnight in Tehran. */
const NOW = Date.parse('2026-11-23T20:40:00Z');
const native = profiles.get('native')!;
const REQUEST: Readonly<Record<number, string>> = {
  3: '179800',
  4: '000000000250',
  7: '1123204000',
  11: '000124',
  12: '001000',
  13: '1124',
  22: '051',
  25: '00',
  35: demoTrack2(7),
  41: '10000001',
  42: '000000000000001',
  49: '999',
};
const OLD = { 12: '235800', 13: '1123', 4: '000002500000', 49: '364' };
const ORIGINAL = '0200000124';
type Fields = Readonly<Record<number, FieldInput | undefined>>;

function read(fields: Fields, mti = '0200', profile: Profile = native, base: Fields = REQUEST) {
  const message = profile.codec.decode(profile.codec.encode({ mti, fields: { ...base, ...fields } }));
  return profile.read(message, { now: NOW, terminal: '10000001', merchant: '000000000000001', unitOn });
}

describe('on the day of a change each message is judged by its own date', () => {
  test.each<[what: string, mti: string, fields: Fields, rials: bigint]>([
    ['new unit, new day', '0200', {}, 2_500_000n],
    ['old unit, the day before', '0200', OLD, 2_500_000n],
    ['its repeat', '0201', OLD, 2_500_000n],
    ['a reversal today of a purchase today', '0400', { 90: `${ORIGINAL}1123203500`.padEnd(42, '0') }, 2_500_000n],
    ['a reversal today of a purchase yesterday, as that was said', '0400', { 4: OLD[4], 49: '364', 90: `${ORIGINAL}1123202900`.padEnd(42, '0') }, 2_500_000n],
    ['the same, said anew', '0400', { 90: `${ORIGINAL}1123202900`.padEnd(42, '0') }, 2_500_000n],
    ['an advice today of a purchase yesterday', '0220', { 4: OLD[4], 49: '364', 90: `${ORIGINAL}1123202900`.padEnd(42, '0') }, 2_500_000n],
  ])('%s', (_, mti, fields, totalRials) => {
    expect(read(fields, mti)).toMatchObject({ totalRials });
  }); // prettier-ignore

  test.each<[what: string, mti: string, fields: Fields]>([
    ['old unit, new day', '0200', { 49: '364' }],
    ['new unit, the day before', '0200', { ...OLD, 49: '999' }],
    ['another currency', '0200', { 49: '840' }],
    ['a return in the old unit on the new day', '0200', { 3: '279800', 49: '364', 48: { '10': '632708000001' } }],
    ['a reversal in the old unit of a purchase in the new', '0400', { 49: '364', 90: `${ORIGINAL}1123203500`.padEnd(42, '0') }],
  ])('refused: %s', (_, mti, fields) => {
    expect(read(fields, mti)).toMatchObject({ kind: 'refused', rc: '30', path: '49', isUnit: true });
  }); // prettier-ignore
});

test('a basket, a corrected total and claimed totals are in the same unit', () => {
  const line = '0000000000011' + '00' + '000001' + '000000000250';
  expect(read({ 48: { '01': line } })).toMatchObject({ basket: [{ amountRials: 2_500_000n }] });
  const reversal = { 90: `${ORIGINAL}1123203500`.padEnd(42, '0'), 95: '000000000100'.padEnd(42, '0') };
  expect(read(reversal, '0400')).toMatchObject({ correctedRials: 1_000_000n });
  const claim = { 3: undefined, 4: undefined, 22: undefined, 25: undefined, 35: undefined, 49: undefined };
  expect(read({ ...claim, 76: '0000000002', 88: '0000000000000500' }, '0500')).toMatchObject({
    claimed: { debits: { count: 2, rials: 5_000_000n } },
  });
});

test('a message that has no place for the unit is in that of its profile and day', () => {
  const sadad = profiles.get('sadad-like')!;
  const request = sadad.mtis.size > 0 ? units.ofTerminals('sadad-like') : undefined;
  expect([request?.('2026-11-23').numeric, request?.('2026-11-24').numeric]).toEqual(['364', '999']);
});

describe('an answer says the terminal\'s unit', () => {
  const tx = read({}) as Transaction;
  const approved: Answer = { rc: '00', rrn: '632820000001', voucherRials: 2_000_000n, cardRials: 500_000n, creditLeftRials: 1_234_567n };

  test('DE 54 has its code and steps; what is left is rounded down', () => {
    const request = native.codec.decode(native.codec.encode({ mti: '0200', fields: REQUEST }));
    const written = native.write(request, inUnit(approved, tx), NOW);
    expect(written.fields).toMatchObject({
      4: '000000000250',
      49: '999',
      54: '9841999D0000000002000041999D0000000000509802999C000000000123',
    });
  });

  test.each<[asked: string, parts: readonly bigint[], said: readonly bigint[]]>([
    ['000000000123', [1_000_000n, 234_567n, 0n], [100n, 23n, 0n]],
    ['000000000124', [1_000_000n, 234_567n, 0n], [100n, 24n, 0n]],
    ['000000000124', [567n, 1_234_000n, 0n], [1n, 123n, 0n]],
    ['000000000123', [567n, 1_234_000n, 0n], [0n, 123n, 0n]],
  ])('parts of an older purchase that is returned add up to the %s that was asked for', (asked, parts, said) => {
    const back = read({ 3: '279800', 4: asked, 48: { '10': '632708000001' } }) as Transaction;
    const [voucherRials, cardRials, cashRials] = parts;
    const answer = inUnit({ rc: '00', voucherRials, cardRials, cashRials }, back);
    expect([answer.voucherRials, answer.cardRials, answer.cashRials]).toEqual(said);
    expect(said.reduce((a, b) => a + b)).toBe(BigInt(asked));
  });
}); // prettier-ignore
