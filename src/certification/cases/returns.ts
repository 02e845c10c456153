import { carries, check, fresh, reverses, sends, sendsNone } from '../checks.ts';
import { area, buy, NO_SUCCESS, step, SUCCESS } from './steps.ts';

const namesPurchase = check(
  'return-names-no-purchase',
  'برچسب ۱۰ شماره‌ی مرجع همان خرید باشد',
  "tag 10 is the RRN of the purchase's answer",
  (seen) => {
    const [bought] = fresh(seen, 'purchase');
    const [back] = fresh(seen, 'return');
    const [wanted, got] = [bought?.answer?.message.get(37), back?.message.get('48.10')?.trim()];
    return wanted === got ? undefined : `tag 10 is ${got ?? 'absent'}, the RRN was ${wanted ?? 'none'}`;
  },
);

/** wire.md 4 (27 98 00). */
export const RETURNS = area('return', [
  {
    id: 'whole',
    title: { fa: 'مرجوعی کامل', en: 'A full return' },
    source: 'wire.md 4, 5 tag 10',
    needs: 'return',
    steps: [step(buy(), [], SUCCESS), step({ do: 'give-back', rials: 1_000_000n }, [], SUCCESS)],
    must: [carries('return', 3, '279800'), sends('return', 1), namesPurchase],
  },
  {
    id: 'part',
    title: { fa: 'مرجوعی بخشی', en: 'A return of a part' },
    source: 'wire.md 4',
    needs: 'return',
    steps: [step(buy(), [], SUCCESS), step({ do: 'give-back', rials: 400_000n }, [], SUCCESS)],
    must: [carries('return', 4, '000000400000'), namesPurchase],
  },
  {
    id: 'refused',
    title: { fa: 'مرجوعی رد می‌شود (۲۵)', en: 'A return is refused (25)' },
    source: 'wire.md 6',
    needs: 'return',
    steps: [
      step(buy(), [], SUCCESS),
      step({ do: 'give-back', rials: 400_000n }, [{ on: 'return', answer: { rc: '25' } }], NO_SUCCESS),
    ],
    never: [sendsNone('reversal')],
  },
  {
    id: 'unanswered',
    title: { fa: 'مرجوعی بی‌پاسخ می‌ماند', en: 'A return is not answered' },
    source: 'wire.md 9.3',
    needs: 'return',
    steps: [
      step(buy(), [], SUCCESS),
      step({ do: 'give-back', rials: 400_000n }, [{ on: 'return', fault: 'silence' }], NO_SUCCESS),
    ],
    must: [reverses('return', ['68', '22'])],
  },
]);
