import { expect, test } from '@jest/globals';
import { base32 } from '../../src/people/secrets.ts';
import { otpauthUrl, totpCode, totpStep } from '../../src/people/totp.ts';

const SECRET = Buffer.from('12345678901234567890');

/** RFC 6238, appendix B: of eight digits, the last six. */
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('RFC 6238: at %d s the code is %s', (seconds, code) => {
  expect(totpCode(SECRET, Math.floor(seconds / 30))).toBe(code);
});

const NOW = 1_234_567_890_000;
const STEP = Math.floor(NOW / 30_000);

test.each([
  ['the code of now', 0, 0, STEP],
  ['one of the step before', -1, 0, STEP - 1],
  ['one of the step after', 1, 0, STEP + 1],
  ['one of two steps before', -2, 0, undefined],
  ['one of two steps after', 2, 0, undefined],
  ['one that was taken', 0, STEP, undefined],
  ['one older than one that was taken', -1, STEP, undefined],
  ['one newer than one that was taken', 1, STEP, STEP + 1],
])('%s', (_, drift, after, step) => {
  expect(totpStep(SECRET, totpCode(SECRET, STEP + drift), after, NOW)).toBe(step);
});

test.each(['', '12345', '1234567', 'abcdef'])('%p is no code', (code) => {
  expect(totpStep(SECRET, code, 0, NOW)).toBeUndefined();
});

/** RFC 4648, section 10, without padding. */
test.each([
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
])('base32 of %p', (text, encoded) => {
  expect(base32(Buffer.from(text))).toBe(encoded);
});

test('what an app takes', () => {
  expect(otpauthUrl(SECRET, 'maryam')).toBe(
    'otpauth://totp/kalabarg:maryam?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=kalabarg&algorithm=SHA1&digits=6&period=30',
  );
});
