import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inWords } from '../../src/field/number-words.ts';

test.each([
  [0n, 'صفر', 'zero'],
  [1n, 'یک', 'one'],
  [19n, 'نوزده', 'nineteen'],
  [21n, 'بیست و یک', 'twenty-one'],
  [100n, 'یکصد', 'one hundred'],
  [1_000n, 'هزار', 'one thousand'],
  [1_001n, 'هزار و یک', 'one thousand one'],
  [50_000n, 'پنجاه هزار', 'fifty thousand'],
  [215_318n, 'دویست و پانزده هزار و سیصد و هجده', 'two hundred fifteen thousand three hundred eighteen'],
  [2_500_000n, 'دو میلیون و پانصد هزار', 'two million five hundred thousand'],
  [1_000_000_000n, 'یک میلیارد', 'one billion'],
  [
    999_999_999_999_999n,
    'نهصد و نود و نه هزار میلیارد و نهصد و نود و نه میلیارد و نهصد و نود و نه میلیون و نهصد و نود و نه هزار و نهصد و نود و نه',
    'nine hundred ninety-nine trillion nine hundred ninety-nine billion nine hundred ninety-nine million nine hundred ninety-nine thousand nine hundred ninety-nine',
  ],
])('%s', (amount, fa, en) => {
  expect(inWords('fa', amount)).toBe(fa);
  expect(inWords('en', amount)).toBe(en);
});

test('the English words say the number again, and no two numbers have the same Persian words', () => {
  const amounts = fc.bigInt(0n, 999_999_999_999_999n);
  fc.assert(fc.property(amounts, (amount) => said(inWords('en', amount)) === amount));
  fc.assert(fc.property(amounts, amounts, (a, b) => a === b || inWords('fa', a) !== inWords('fa', b)));
});

test('what no receipt has is no amount', () => {
  expect(() => inWords('en', -1n)).toThrow(RangeError);
  expect(() => inWords('fa', 10n ** 18n)).toThrow(RangeError);
});

const SMALL = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' '); // prettier-ignore
const TENS = '  twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES = new Map([['thousand', 10n ** 3n], ['million', 10n ** 6n], ['billion', 10n ** 9n], ['trillion', 10n ** 12n]]); // prettier-ignore

/** A reader of its own, word by word. */
function said(words: string): bigint {
  let [whole, group] = [0n, 0n];
  for (const word of words.split(/[ -]/)) {
    const scale = SCALES.get(word);
    if (scale !== undefined) [whole, group] = [whole + group * scale, 0n];
    else if (word === 'hundred') group *= 100n;
    else group += SMALL.includes(word) ? BigInt(SMALL.indexOf(word)) : BigInt(TENS.indexOf(word) * 10);
  }
  return whole + group;
}
