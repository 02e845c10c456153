import { check, fresh, of, sends } from '../checks.ts';
import type { Case } from '../case.ts';
import { area, buy, NO_SUCCESS, START, step, SUCCESS } from './steps.ts';

/** Whatever the device has counted before: the laboratory's day begins here. */
const OPEN = step({ do: 'totals' }, [{ on: 'totals', answer: { rc: '00' } }]);
const CLOSE = step({ do: 'totals' });

const agree = check(
  'totals-wrong',
  'جمع‌های پایانه با مرکز برابر باشد',
  "the device's totals agree with the gateway's",
  (seen) => {
    const last = fresh(seen, 'totals').at(-1);
    if (last === undefined) return 'no totals were seen';
    return last.answer?.rc === '00' ? undefined : (last.why ?? `they were answered ${last.answer?.rc ?? '-'}`);
  },
);

const counted = (id: string, fa: string, en: string, steps: Case['steps'], needs: Case['needs'] = 'totals') => ({
  id,
  title: { fa, en },
  source: 'wire.md 3, 5 tag 40',
  needs,
  steps: [OPEN, ...steps, CLOSE],
  must: [sends('totals', 2), agree],
});

/** wire.md 3 (0500/0520). */
export const TOTALS = area('totals', [
  counted('nothing', 'روز بی‌تراکنش', 'A day of nothing', []),
  counted('purchases', 'دو خرید', 'Two purchases', [
    step(buy(), [], SUCCESS),
    step(buy({ rials: 2_500_000n }), [], SUCCESS),
  ]),
  counted('declined', 'خرید ردشده شمرده نمی‌شود', 'A declined purchase is not counted', [
    step(buy(), [], SUCCESS),
    step(buy({ rials: 700_000n }), [{ on: 'purchase', answer: { rc: '51' } }], NO_SUCCESS),
  ]),
  counted(
    'cancelled',
    'خرید ابطال‌شده',
    'A cancelled purchase',
    [step(buy(), [], SUCCESS), step({ do: 'take-back' }), step(buy({ rials: 900_000n }), [], SUCCESS)],
    'cancel',
  ),
  counted(
    'returned',
    'خرید و مرجوعی',
    'A purchase and a return',
    [step(buy(), [], SUCCESS), step({ do: 'give-back', rials: 400_000n }, [], SUCCESS)],
    'return',
  ),
  counted('unanswered', 'خرید بی‌پاسخ که برگشت خورد', 'An unanswered purchase that was reversed', [
    step(buy(), [{ on: 'purchase', fault: 'silence', times: 1 }], NO_SUCCESS),
    step(buy({ rials: 600_000n }), [], SUCCESS),
  ]),
  {
    id: 'disagree',
    title: { fa: 'جمع‌ها برابر نیستند (۹۵)', en: 'The totals do not agree (95)' },
    source: 'wire.md 6',
    needs: 'totals',
    steps: [
      step({ do: 'totals' }, [{ on: 'totals', answer: { rc: '95' } }], [{ question: 'success', expect: false }]),
      OPEN,
    ],
    must: [sends('totals', 2)],
  },
  {
    id: 'repeated',
    title: { fa: 'جمع‌ها بی‌پاسخ می‌ماند', en: 'Totals are not answered' },
    source: 'wire.md 3, 9.1',
    needs: 'totals',
    steps: [step({ do: 'totals' }, [{ on: 'totals', fault: 'silence', times: 1 }])],
    must: [
      check(
        'totals-not-repeated',
        'با همان محتوا تکرار شود (0501)',
        'they are repeated with the same content (0501)',
        (seen) => {
          const [first, second] = of(seen, 'totals');
          if (first === undefined || second === undefined) return 'they were not';
          return second.repeats === undefined ? 'the repeat has other content' : undefined;
        },
      ),
    ],
  },
  {
    id: 'power-cut',
    title: { fa: 'قطع برق هنگام جمع‌ها', en: 'A power cut during totals' },
    source: 'wire.md 9.1',
    needs: 'totals',
    steps: [
      OPEN,
      step(buy(), [], SUCCESS),
      step({ do: 'totals', cut: 'totalling' }, [{ on: 'totals', fault: 'silence', times: 1 }]),
      START,
      CLOSE,
    ],
    must: [agree],
  },
]);
