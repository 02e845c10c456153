import { carries, hasBasket, hasPin, sends, sendsNone } from '../checks.ts';
import type { Line } from '../case.ts';
import { area, buy, step, SUCCESS } from './steps.ts';

const OIL: Line = { goods: '6260000000017', unit: '00', quantity: 2, amountRials: 1_800_000n };
const RICE: Line = { goods: '0000000000002', unit: '01', quantity: 1_500, amountRials: 4_200_000n };
const MILK: Line = { goods: '0000000000005', unit: '02', quantity: 900, amountRials: 300_000n };

/** wire.md 3, 4, 5 (tag 01), 7. */
export const PURCHASES = area('purchase', [
  {
    id: 'whole-from-voucher',
    title: { fa: 'همه از اعتبار کالابرگ', en: 'All from the voucher' },
    source: 'wire.md 4, 7',
    steps: [step(buy(), [], SUCCESS)],
    must: [
      sends('purchase', 1),
      carries('purchase', 3, '179800'),
      carries('purchase', 4, '000001000000'),
      carries('purchase', 22, /^(?:021|051|071)$/),
      carries('purchase', 25, '00'),
      carries('purchase', 49, '364'),
      hasPin('purchase'),
    ],
    never: [sendsNone('reversal'), sendsNone('ordinary')],
  },
  {
    id: 'rest-from-card',
    title: { fa: 'بخشی از کارت', en: 'A part from the card' },
    source: 'wire.md 4, 7',
    steps: [
      step(
        buy({ rials: 3_000_000n }),
        [{ on: 'purchase', answer: { rc: '00', voucherRials: 2_200_000n, cardRials: 800_000n } }],
        [...SUCCESS, { question: 'amount', about: 800_000n, expect: true }],
      ),
    ],
    must: [sends('purchase', 1), hasPin('purchase')],
    never: [sendsNone('reversal'), sendsNone('ordinary', 'card-part-sent-apart')],
  },
  {
    id: 'rest-in-cash',
    title: { fa: 'مانده نقدی (کد ۱۰)', en: 'The rest in cash (code 10)' },
    source: 'wire.md 4, 6, 7',
    needs: 'cash',
    steps: [
      step(
        buy({ rials: 3_000_000n }, '179898'),
        [{ on: 'purchase', answer: { rc: '10', voucherRials: 2_500_000n, cashRials: 500_000n } }],
        [...SUCCESS, { question: 'amount', about: 500_000n, expect: true }],
      ),
    ],
    must: [carries('purchase', 3, '179898'), sends('purchase', 1)],
    never: [sendsNone('reversal')],
  },
  {
    id: 'basket',
    title: { fa: 'سبد با کالای شمارشی', en: 'A basket of pieces' },
    source: 'wire.md 5, tag 01',
    needs: 'basket',
    steps: [step(buy({ rials: 1_800_000n, basket: [OIL] }), [], SUCCESS)],
    must: [hasBasket([OIL])],
  },
  {
    id: 'basket-weights',
    title: { fa: 'سبد با وزن و حجم', en: 'A basket of weights and volumes' },
    source: 'wire.md 5, tag 01',
    needs: 'basket',
    steps: [step(buy({ rials: 4_500_000n, basket: [RICE, MILK] }), [], SUCCESS)],
    must: [hasBasket([RICE, MILK]), carries('purchase', 4, '000004500000')],
  },
  {
    id: 'basket-not-eligible',
    title: { fa: 'کالای غیرمشمول در سبد', en: 'Goods in the basket that are not eligible' },
    source: 'wire.md 5, tag 12',
    needs: 'basket',
    steps: [
      step(
        buy({ rials: 2_100_000n, basket: [OIL, MILK] }),
        [
          {
            on: 'purchase',
            answer: {
              rc: '00',
              voucherRials: 1_800_000n,
              cardRials: 300_000n,
              lines: [
                { verdict: '00', voucherRials: 1_800_000n },
                { verdict: '01', voucherRials: 0n },
              ],
            },
          },
        ],
        [...SUCCESS, { question: 'amount', about: 300_000n, expect: true }],
      ),
    ],
    must: [hasBasket([OIL, MILK])],
  },
  {
    id: 'one-rial',
    title: { fa: 'کم‌ترین مبلغ', en: 'The smallest amount' },
    source: 'wire.md 3, DE 4',
    steps: [step(buy({ rials: 1n }), [], SUCCESS)],
    must: [carries('purchase', 4, '000000000001')],
  },
  {
    id: 'large',
    title: { fa: 'مبلغ بزرگ', en: 'A large amount' },
    source: 'wire.md 3, DE 4',
    steps: [step(buy({ rials: 98_765_432_100n }), [], SUCCESS)],
    must: [carries('purchase', 4, '098765432100')],
  },
  {
    id: 'ordinary',
    title: { fa: 'خرید عادی', en: 'An ordinary purchase' },
    source: 'wire.md 4',
    needs: 'ordinary',
    steps: [step(buy({}, '000000'), [], SUCCESS)],
    must: [carries('ordinary', 3, '000000'), sends('ordinary', 1), hasPin('ordinary')],
    never: [sendsNone('purchase')],
  },
  {
    id: 'slow',
    title: { fa: 'پاسخ کند اما به‌موقع', en: 'A slow answer that is in time' },
    source: 'wire.md 9.3',
    steps: [step(buy(), [{ on: 'purchase', fault: 'slow' }], SUCCESS)],
    must: [sends('purchase', 1)],
    never: [sendsNone('reversal')],
  },
  {
    id: 'three-in-a-row',
    title: { fa: 'سه خرید پشت سر هم', en: 'Three purchases in a row' },
    source: 'wire.md 9.1',
    steps: [step(buy(), [], SUCCESS), step(buy(), [], SUCCESS), step(buy(), [], SUCCESS)],
    must: [sends('purchase', 3)],
    never: [sendsNone('reversal')],
  },
]);
