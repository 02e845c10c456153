import { carries, check, fresh, inOrder, namesQuote, sends, sendsNone } from '../checks.ts';
import { area, buy, step, SUCCESS } from './steps.ts';

/** wire.md 4 (37, 47, 31), 5 (tags 14, 15). */
export const INQUIRIES = area('inquiry', [
  {
    id: 'credit-left',
    title: { fa: 'مانده‌ی اعتبار', en: 'The credit that is left' },
    source: 'wire.md 4',
    steps: [step({ do: 'inquire' }, [], [{ question: 'amount', about: 12_345_678n, expect: true }])],
    must: [carries('quote', 3, '379800'), carries('quote', 4, '000000000000')],
    never: [sendsNone('reversal')],
  },
  {
    id: 'unanswered',
    title: { fa: 'استعلام بی‌پاسخ می‌ماند', en: 'An inquiry is not answered' },
    source: 'wire.md 9.3',
    steps: [step({ do: 'inquire' }, [{ on: 'quote', fault: 'silence' }], [{ question: 'success', expect: false }])],
    must: [sends('quote')],
    never: [sendsNone('reversal', 'inquiry-reversed')],
  },
  {
    id: 'quote',
    title: { fa: 'استعلام مبلغ', en: 'A quote' },
    source: 'wire.md 4',
    needs: 'reserve',
    steps: [step({ do: 'quote', rials: 1_500_000n, reserve: false })],
    must: [carries('quote', 3, '379800'), carries('quote', 4, '000001500000')],
  },
  {
    id: 'reserved',
    title: { fa: 'رزرو و خرید با همان رزرو', en: 'A reserved quote, and the purchase on it' },
    source: 'wire.md 4, 5',
    needs: 'reserve',
    steps: [
      step({ do: 'quote', rials: 1_500_000n, reserve: true }),
      step(buy({ rials: 1_500_000n, quoted: true }), [], SUCCESS),
    ],
    must: [carries('quote', '48.15', '1'), inOrder('quote', 'purchase'), namesQuote('purchase')],
  },
  {
    id: 'released',
    title: { fa: 'آزادسازی رزرو', en: 'A reserved quote is released' },
    source: 'wire.md 4',
    needs: 'reserve',
    steps: [step({ do: 'quote', rials: 1_500_000n, reserve: true }), step({ do: 'release' })],
    must: [carries('release', 3, '479800'), namesQuote('release'), sends('release', 1)],
    never: [sendsNone('purchase')],
  },
  {
    id: 'balance',
    title: { fa: 'مانده‌ی حساب بانکی', en: 'The bank balance' },
    source: 'wire.md 4',
    needs: 'balance',
    steps: [step({ do: 'balance' })],
    must: [
      carries('balance', 3, '310000'),
      check('pin-block-wrong', 'رمز درست باشد', 'the PIN block opens', (seen) =>
        fresh(seen, 'balance').every(({ pinGood }) => pinGood === true) ? undefined : 'it does not, or there is none',
      ),
    ],
    never: [sendsNone('reversal', 'inquiry-reversed')],
  },
]);
