import type { Fault } from '../case.ts';
import { dials, reverses, sends, sendsAgainAsNew, sendsNone } from '../checks.ts';
import { area, buy, NO_SUCCESS, step, SUCCESS } from './steps.ts';

const lost = (fault: Fault) => [{ on: 'purchase', fault, times: 1 } as const];
const EARLY = { question: 'early', expect: false } as const;

/** wire.md 9.3: what was not answered is reversed. */
export const SILENCES = area('silence', [
  {
    id: 'no-answer',
    title: { fa: 'خرید بی‌پاسخ می‌ماند', en: 'A purchase is not answered' },
    source: 'wire.md 9.3',
    steps: [step(buy(), lost('silence'), [...NO_SUCCESS, EARLY])],
    must: [sends('purchase', 1), reverses('purchase', ['68', '22'])],
    never: [sendsAgainAsNew('purchase')],
  },
  {
    id: 'late-answer',
    title: { fa: 'پاسخ پس از مهلت می‌رسد', en: 'The answer comes after the device gave up' },
    source: 'wire.md 9.3',
    steps: [step(buy(), lost('late'), [...NO_SUCCESS, EARLY])],
    must: [reverses('purchase', ['68', '22'])],
    never: [sendsAgainAsNew('purchase')],
  },
  {
    id: 'closed',
    title: { fa: 'ارتباط پیش از پاسخ قطع می‌شود', en: 'The connection closes before the answer' },
    source: 'wire.md 9.3',
    steps: [step(buy(), lost('close'), NO_SUCCESS)],
    must: [dials(1), reverses('purchase', ['68', '22'])],
    never: [sendsAgainAsNew('purchase')],
  },
  {
    id: 'half',
    title: { fa: 'ارتباط میان پاسخ قطع می‌شود', en: 'The connection closes in the middle of the answer' },
    source: 'wire.md 9.3',
    steps: [step(buy(), lost('half'), NO_SUCCESS)],
    must: [dials(1), reverses('purchase', ['68', '22'])],
    never: [sendsAgainAsNew('purchase')],
  },
  {
    id: 'ordinary',
    title: { fa: 'خرید عادی بی‌پاسخ می‌ماند', en: 'An ordinary purchase is not answered' },
    source: 'wire.md 9.3',
    needs: 'ordinary',
    steps: [step(buy({}, '000000'), [{ on: 'ordinary', fault: 'silence', times: 1 }], NO_SUCCESS)],
    must: [reverses('ordinary', ['68', '22'])],
    never: [sendsAgainAsNew('ordinary')],
  },
  {
    id: 'then-next',
    title: { fa: 'پس از بی‌پاسخی، خرید بعدی', en: 'After a silence, the next purchase' },
    source: 'wire.md 9.1, 9.3',
    steps: [step(buy(), lost('silence'), NO_SUCCESS), step(buy({ rials: 2_000_000n }), [], SUCCESS)],
    must: [reverses('purchase', ['68', '22']), sends('purchase', 2)],
  },
  {
    id: 'balance',
    title: { fa: 'مانده‌ی بانکی بی‌پاسخ می‌ماند', en: 'A balance inquiry is not answered' },
    source: 'wire.md 9.3',
    needs: 'balance',
    steps: [step({ do: 'balance' }, [{ on: 'balance', fault: 'silence' }], [{ question: 'success', expect: false }])],
    must: [sends('balance')],
    never: [sendsNone('reversal', 'inquiry-reversed')],
  },
]);
