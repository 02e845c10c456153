import { describe, expect, test } from '@jest/globals';
import { answerOf } from '../../src/handlers/answer.ts';
import { screenText } from '../../src/handlers/screen-text.ts';
import type { Outcome } from '../../src/ledger/ledger.ts';
import type { Answer } from '../../src/profiles/answer.ts';
import { openProfiles } from '../../src/profiles/index.ts';

const outcome: Outcome = {
  rc: '00',
  reason: 'approved',
  rrn: '632708000001',
  authCode: '123456',
  voucherRials: 10_000_000n,
  cardRials: 2_500_000n,
  cashRials: 0n,
  creditLeftRials: 0n,
  creditEnds: undefined,
  nextCharge: undefined,
  lines: [
    { verdict: '00', voucherRials: 10_000_000n },
    { verdict: '01', voucherRials: 0n },
  ],
  quoteRef: undefined,
  receiptToken: 'AbCdEfGhIjKlMnOpQrStUv',
  fault: undefined,
  passThrough: undefined,
};

const NOW = Date.UTC(2026, 10, 23, 8, 0, 0);
const native = openProfiles().get('native')!;

function written(answer: Answer, mti = '0200', fields: Readonly<Record<string, string>> = {}) {
  const request = { mti, get: (de: number | string) => fields[String(de)], fields: () => [], entries: () => [] };
  return native.write(request, answer, NOW);
}

describe('the answer of an outcome, on the wire', () => {
  test('DE 54 leaves out lines of zero, but never the credit left (wire.md 7)', () => {
    const amounts = '9841364D000010000000' + '0041364D000002500000' + '9802364C000000000000';
    expect(written(answerOf(outcome)).fields[54]).toBe(amounts);
  });

  test('credit beyond twelve digits is shown as the most that DE 54 can say', () => {
    const answer = answerOf({ ...outcome, voucherRials: 0n, cardRials: 0n, creditLeftRials: 1_000_000_000_000n });
    expect(written(answer).fields[54]).toBe('9802364C999999999999');
  });

  test('DE 48 carries the receipt token and a verdict a line (wire.md 5)', () => {
    expect(written(answerOf(outcome)).fields[48]).toEqual({
      '11': 'AbCdEfGhIjKlMnOpQrStUv',
      '12': '0000001000000001000000000000',
    });
  });

  test('a decline has no amounts and no authorisation code, but words for the screen', () => {
    const { fields } = written(answerOf({ ...outcome, rc: '51', lines: undefined, receiptToken: undefined }));
    expect([fields[38], fields[54], fields[48]]).toEqual([undefined, undefined, { '13': screenText('51') }]);
  });

  test.each<[string, string, Readonly<Record<string, string>>, string | undefined]>([
    ['a network message has no RRN', '0800', {}, undefined],
    ["a reversal's is the terminal's", '0400', { 37: '632712000009' }, '632712000009'],
    ["a reversal without one has the ledger's", '0421', {}, '632708000001'],
    ["a purchase has the ledger's", '0201', { 37: '632712000009' }, '632708000001'],
  ])('DE 37: %s', (_, mti, fields, rrn) => {
    expect(written({ rc: '00', rrn: '632708000001' }, mti, fields).fields[37]).toBe(rrn);
  });
});

test('an answer echoes what wire.md 3 says, never a PIN block or track 2', () => {
  const fields: Record<string, string> = {
    3: '179800',
    4: '000001000000',
    7: '1123041907',
    11: '000001',
    35: '6037990000000071=2912',
    41: '10000001',
    52: 'FF',
  };
  const answer = written({ rc: '00' }, '0200', fields);
  expect(answer).toEqual({
    mti: '0210',
    fields: { 3: '179800', 4: '000001000000', 7: '1123080000', 11: '000001', 39: '00', 41: '10000001' },
  });
});

test('every text fits the screen: at most 120 bytes of UTF-8', () => {
  for (let rc = 0; rc < 100; rc++) {
    expect(Buffer.byteLength(screenText(String(rc).padStart(2, '0')) ?? '')).toBeLessThanOrEqual(120);
  }
});
