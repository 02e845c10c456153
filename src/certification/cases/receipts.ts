import { CREDIT_DATES } from '../host/decide.ts';
import { sends } from '../checks.ts';
import { area, buy, step, SUCCESS } from './steps.ts';

/** What a customer takes home (wire.md 5, 7). */
export const RECEIPTS = area('receipt', [
  {
    id: 'purchase',
    title: { fa: 'رسید خرید', en: 'The slip of a purchase' },
    source: 'wire.md 7',
    steps: [
      step(
        buy({ rials: 3_000_000n }),
        [{ on: 'purchase', answer: { rc: '00', voucherRials: 2_100_000n, cardRials: 900_000n } }],
        [
          ...SUCCESS,
          { question: 'amount', about: 3_000_000n, expect: true },
          { question: 'amount', about: 2_100_000n, expect: true },
          { question: 'amount', about: 900_000n, expect: true },
          { question: 'amount', about: 12_345_678n, expect: true },
          { question: 'reference', expect: true },
          { question: 'masked', expect: true },
        ],
      ),
    ],
    must: [sends('purchase', 1)],
  },
  {
    id: 'names',
    title: { fa: 'شماره‌ی پایانه، پیگیری و تاریخ شمسی', en: 'Terminal, STAN and Jalali date' },
    source: 'terminals.md, receipts',
    steps: [
      step(
        buy(),
        [],
        [
          { question: 'digits', about: 'terminal', expect: true },
          { question: 'digits', about: 'stan', expect: true },
          { question: 'jalali', expect: true },
        ],
      ),
    ],
    must: [sends('purchase', 1)],
  },
  {
    id: 'credit-ends',
    title: { fa: 'پایان اعتبار (برچسب ۱۷)', en: 'End of the credit (tag 17)' },
    source: 'terminals.md 3, tag 17',
    steps: [step(buy(), [], [{ question: 'text', about: CREDIT_DATES, expect: true }])],
    must: [sends('purchase', 1)],
  },
  {
    id: 'cash',
    title: { fa: 'مانده‌ی نقدی روی رسید', en: 'The rest in cash on the slip' },
    source: 'wire.md 7',
    needs: 'cash',
    steps: [
      step(
        buy({ rials: 2_000_000n }, '179898'),
        [
          {
            on: 'purchase',
            answer: { rc: '10', voucherRials: 1_350_000n, cashRials: 650_000n, text: 'مانده را نقدی دریافت کنید' },
          },
        ],
        [
          { question: 'amount', about: 1_350_000n, expect: true },
          { question: 'amount', about: 650_000n, expect: true },
          { question: 'text', about: 'مانده را نقدی دریافت کنید', expect: true },
        ],
      ),
    ],
    must: [sends('purchase', 1)],
  },
]);
