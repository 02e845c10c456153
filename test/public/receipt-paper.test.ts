import { expect, test } from '@jest/globals';
import { RIAL } from '../../src/field/money-unit.ts';
import { receiptBitmap } from '../../src/public/pages/receipt/bitmap.ts';
import { linesOf } from '../../src/public/pages/receipt/lines.ts';
import { receiptPdf } from '../../src/public/pages/receipt/pdf.ts';
import type { Receipt } from '../../src/public/pages/receipt/read.ts';
import { pdfLines } from '../settlement/support/pdf-text.ts';

/** One receipt that has everything, on paper. */
const AT = Date.parse('2026-11-27T22:04:53+03:30');
const RECEIPT: Receipt = {
  ...{ kind: 'purchase', state: 'approved', at: AT, endsAt: AT + 90 * 86_400_000 },
  units: [RIAL],
  cardPart: undefined,
  stoodIn: undefined,
  ...{ rrn: '633118000123', terminal: '10000001', shop: 'فروشگاه نمونه ۱ (Shop A)' },
  ...{ total: 4_000_000n, voucher: 2_500_000n, card: 1_500_000n, cash: 0n, fee: 0n, leastCard: 50_000n },
  lines: [
    { code: '00', voucher: 2_500_000n },
    { code: '01', voucher: 0n },
  ],
  ...{ left: 27_500_000n, leftUntil: '2026-12-21', nextCharge: '2026-12-22' },
  given: { voucher: 1_000_000n, card: 500_000n, cash: 0n },
  back: [{ kind: 'return', at: AT + 3_600_000, rrn: '633119000456', voucher: 1_000_000n, card: 500_000n, cash: 0n }],
  ...{ asking: 0n, cardBack: 'open', original: undefined },
};
const lines = (language: 'fa' | 'en') => linesOf({ receipt: RECEIPT, language, phones: '021-12345678' });
/** As glyphs stand on paper, from left to right: a letter and what stands above it are one. */
const fa = (text: string): string => (text.match(/.\u0654?/gu) ?? []).reverse().join('');

test('the PDF in English, line by line', async () => {
  expect(pdfLines(await receiptPdf(lines('en'), 'en'))).toMatchInlineSnapshot(`
    [
      "Receipt of a voucher purchase",
      "A part of this purchase was returned",
      "Shop(Shop A) ۱ هنومن هاگشورف",
      "TimeFriday 27 November 2026, 22:04",
      "Reference (RRN)633118000123",
      "Terminal10000001",
      "Total4,000,000 rials",
      "four million rials",
      "How it was paid",
      "From the voucher2,500,000 rials",
      "two million five hundred thousand rials",
      "From the bank card1,500,000 rials",
      "one million five hundred thousand rials",
      "Lawful maximum of the card part1,500,000 rials",
      "For this purchase the shop may not take more than this",
      "from a card: neither as a fee, nor by another transaction.",
      "50,000 rials is the least card part of a voucher purchase.",
      "Lines of the basket",
      "Line 12,500,000 rials by the voucher",
      "a good of the voucher",
      "Line 20 rials by the voucher",
      "not a good of the voucher",
      "Voucher credit",
      "Credit left after this purchase27,500,000 rials",
      "The first of it ends",
      "after Monday 21 December 2026",
      "The next chargeTuesday 22 December 2026",
      "What came back",
      "In all1,500,000 rials",
      "one million five hundred thousand rials",
      "To the voucher credit1,000,000 rials",
      "one million rials",
      "To the account of the card500,000 rials",
      "five hundred thousand rials",
      "Return 633119000456",
      "Friday 27 November 2026, 23:04",
      "To the voucher credit 1,000,000 rials · To the account of the",
      "card 500,000 rials",
      "The card part is on its way back: the bank has not",
      "confirmed it yet.",
      "To complain",
      "If an amount is wrong, or the shop took more than this,",
      "open “Complain about a purchase” on this site: it asks",
      "for the reference, the terminal, the amount and the last",
      "four digits of the card. Support by phone:",
      "021-12345678",
      "This receipt can be seen until Thursday 25 February",
      "2027.",
    ]
  `);
});

test('a name in the other script keeps its own order, to its last full stop', async () => {
  const receipt: Receipt = { ...RECEIPT, shop: 'Bakery & Co. (No. 2), Tehran Inc.' };
  const paper = pdfLines(await receiptPdf(linesOf({ receipt, language: 'fa', phones: '' }), 'fa'));
  expect(paper).toContain(`Bakery & Co. (No. 2), Tehran Inc.${fa('فروشگاه')}`);
});

test('the PDF in Persian: words from right to left, numbers from left to right, values at the left', async () => {
  const paper = pdfLines(await receiptPdf(lines('fa'), 'fa'));
  expect(paper).toEqual(
    expect.arrayContaining([
      `(Shop A) ۱ ${fa('فروشگاه نمونه')}${fa('فروشگاه')}`,
      `633118000123${fa('شمارهٔ مرجع')}`,
      `${fa('ریال')} ۴٬۰۰۰٬۰۰۰${fa('مبلغ کل')}`,
      fa('چهار میلیون ریال'),
      `${fa('ریال')} ۱٬۵۰۰٬۰۰۰${fa('از کارت بانکی')}`,
      `${fa('ریال')} ۲۷٬۵۰۰٬۰۰۰${fa('ماندهٔ اعتبار پس از این خرید')}`,
    ]),
  );
});

test.each([
  ['fa', 384],
  ['fa', 576],
  ['en', 384],
  ['en', 576],
] as const)(
  'the bitmap in %s of %i dots begins at its own side, and leaves the edges white',
  async (language, dots) => {
    const { rows, bits } = await receiptBitmap(lines(language), language, dots);
    expect(bits.length).toBe((rows * dots) / 8);
    const black = (x: number, row: number): boolean => (((bits[(row * dots) / 8 + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1) === 1; // prettier-ignore
    let [left, right, edge] = [0, 0, 0];
    for (let row = 0; row < rows; row++) {
      let [begins, ends] = [false, false];
      for (let x = 0; x < 24; x++) {
        begins ||= black(x, row);
        ends ||= black(dots - 1 - x, row);
        if (x < 3 && (black(x, row) || black(dots - 1 - x, row))) edge++;
      }
      if (begins) left++;
      if (ends) right++;
    }
    expect(edge).toBe(0);
    if (language === 'fa') expect(right).toBeGreaterThan(2 * left);
    else expect(left).toBeGreaterThan(2 * right);
  },
);

test('a name that is as long as it may be stays on the paper', async () => {
  const receipt = { ...RECEIPT, shop: 'سوپرمارکت'.repeat(12) };
  const long = linesOf({ receipt, language: 'fa', phones: '' });
  const name = pdfLines(await receiptPdf(long, 'fa')).filter((line) => line.includes(fa('مارکت')));
  expect(name.length).toBeGreaterThan(1);
  for (const line of name) expect(line.length).toBeLessThan(60);
  const { rows } = await receiptBitmap(long, 'fa', 384);
  expect(rows).toBeGreaterThan(400);
});
