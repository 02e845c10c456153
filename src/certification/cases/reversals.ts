import type { Rule } from '../case.ts';
import {
  carries,
  check,
  fresh,
  goesOnReversing,
  isFinal,
  of,
  repeatsUntilFinal,
  reverses,
  sends,
  tradesWhileReversing,
} from '../checks.ts';
import { area, buy, NO_SUCCESS, step, SUCCESS } from './steps.ts';

const LOST: Rule = { on: 'purchase', fault: 'silence', times: 1 };
const back = (rule: Omit<Rule, 'on'>): Rule => ({ on: 'reversal', ...rule });

/** wire.md 3 (0400/0420), 9.3. */
export const REVERSALS = area('reversal', [
  {
    id: 'form',
    title: { fa: 'شکل پیام برگشت', en: 'The form of a reversal' },
    source: 'wire.md 3, DE 90',
    steps: [step(buy(), [LOST], NO_SUCCESS)],
    must: [
      reverses('purchase', ['68', '22']),
      carries('reversal', 90, /^020[01]\d{6}\d{10}\d{22}$/),
      carries('reversal', 49, '364'),
      check(
        'reversal-reuses-stan',
        'برگشت شماره‌ی پیگیری خود را دارد',
        'the reversal has a STAN of its own',
        (seen) => {
          const [sale, reversal] = [fresh(seen, 'purchase')[0], of(seen, 'reversal')[0]];
          if (reversal?.unsaid.has('own-stan') === true) return undefined; // so the profile names its original
          return sale?.message.get(11) === reversal?.message.get(11) ? 'it has that of the purchase' : undefined;
        },
      ),
    ],
    never: [goesOnReversing()],
  },
  {
    id: 'unanswered',
    title: { fa: 'برگشت بی‌پاسخ می‌ماند', en: 'A reversal is not answered' },
    source: 'wire.md 3, 9.3',
    steps: [
      step(buy(), [LOST, back({ fault: 'silence', times: 2 })], NO_SUCCESS),
      step(buy({ rials: 2_000_000n }), [], SUCCESS),
    ],
    must: [repeatsUntilFinal('reversal'), sends('reversal', 1)],
    never: [goesOnReversing(), tradesWhileReversing()],
  },
  {
    id: 'wrong-mac',
    title: { fa: 'MAC پاسخ برگشت نادرست است', en: "The MAC of a reversal's answer is wrong" },
    source: 'wire.md 8, 9.3',
    steps: [step(buy(), [LOST, back({ fault: 'wrong-mac', times: 1 })], NO_SUCCESS), step(buy(), [], SUCCESS)],
    must: [repeatsUntilFinal('reversal')],
    never: [tradesWhileReversing()],
  },
  {
    id: 'told-96',
    title: { fa: 'برگشت با کد ۹۶ پاسخ می‌گیرد', en: 'A reversal is answered 96' },
    source: 'wire.md 6, 9.3',
    steps: [step(buy(), [LOST, back({ answer: { rc: '96' }, times: 1 })], NO_SUCCESS), step(buy(), [], SUCCESS)],
    must: [
      check('reversal-not-repeated', 'برگشت دوباره فرستاده شود', 'the reversal is sent again', (seen) =>
        of(seen, 'reversal').length >= 2 ? undefined : 'it was sent once only',
      ),
    ],
    never: [tradesWhileReversing()],
  },
  {
    id: 'told-25',
    title: { fa: 'برگشت با کد ۲۵ پاسخ می‌گیرد', en: 'A reversal is answered 25' },
    source: 'wire.md 6',
    steps: [
      step(buy(), [LOST, back({ answer: { rc: '25' } })], NO_SUCCESS),
      step(buy({ rials: 1_400_000n }), [], SUCCESS),
    ],
    must: [sends('reversal', 1), sends('purchase', 2)],
    never: [goesOnReversing()],
  },
  {
    id: 'closed',
    title: { fa: 'ارتباط هنگام برگشت قطع می‌شود', en: 'The connection closes during a reversal' },
    source: 'wire.md 9.3',
    steps: [step(buy(), [LOST, back({ fault: 'close', times: 1 })], NO_SUCCESS), step(buy(), [], SUCCESS)],
    must: [repeatsUntilFinal('reversal')],
    never: [tradesWhileReversing()],
  },
  {
    id: 'told-76',
    title: { fa: 'برگشت با کد ۷۶ پاسخ می‌گیرد', en: 'A reversal is answered 76' },
    source: 'wire.md 6, 8',
    steps: [step(buy(), [LOST, back({ answer: { rc: '76' }, times: 1 })], NO_SUCCESS), step(buy(), [], SUCCESS)],
    must: [
      sends('keys'),
      check(
        'reversal-not-repeated',
        'برگشت با کلید تازه دوباره فرستاده شود',
        'it is sent again under the new keys',
        (seen) =>
          of(seen, 'reversal').some(({ answer }) => answer !== undefined && isFinal(answer.rc))
            ? undefined
            : 'it is not',
      ),
    ],
  },
  {
    id: 'late-answer-of-original',
    title: { fa: 'پاسخ خرید هنگام برگشت می‌رسد', en: 'The answer of the purchase comes during its reversal' },
    source: 'wire.md 9.3',
    steps: [
      step(buy(), [{ on: 'purchase', fault: 'late', times: 1 }, back({ fault: 'silence', times: 1 })], NO_SUCCESS),
      step(buy({ rials: 1_500_000n }), [], SUCCESS),
    ],
    must: [repeatsUntilFinal('reversal')],
  },
  {
    id: 'by-customer',
    title: { fa: 'ابطال به خواست مشتری', en: 'The customer cancels' },
    source: 'wire.md 3, DE 39 17',
    needs: 'cancel',
    steps: [step(buy(), [], SUCCESS), step({ do: 'take-back' })],
    must: [reverses('purchase', ['17'])],
    never: [goesOnReversing()],
  },
  {
    id: 'by-customer-unanswered',
    title: { fa: 'ابطال بی‌پاسخ می‌ماند', en: 'A cancellation is not answered' },
    source: 'wire.md 9.3',
    needs: 'cancel',
    steps: [
      step(buy(), [], SUCCESS),
      step({ do: 'take-back' }, [back({ fault: 'silence', times: 2 })]),
      step(buy({ rials: 1_600_000n }), [], SUCCESS),
    ],
    must: [reverses('purchase', ['17']), repeatsUntilFinal('reversal')],
    never: [tradesWhileReversing()],
  },
  {
    id: 'of-decline',
    title: { fa: 'پس از رد، ابطال چیزی ندارد', en: 'After a decline there is nothing to cancel' },
    source: 'wire.md 6',
    needs: 'cancel',
    steps: [
      step(buy(), [], SUCCESS),
      step({ do: 'take-back' }),
      step(buy({ rials: 1_700_000n }), [{ on: 'purchase', answer: { rc: '51' } }], NO_SUCCESS),
      step({ do: 'take-back' }),
    ],
    must: [sends('reversal', 1)],
  },
  {
    id: 'many-silences',
    title: { fa: 'چند برگشت بی‌پاسخ، سپس پاسخ', en: 'Many silences, then an answer' },
    source: 'wire.md 9.3',
    steps: [
      step(buy(), [LOST, back({ fault: 'silence', times: 5 })], NO_SUCCESS),
      step(buy({ rials: 1_800_000n }), [], SUCCESS),
    ],
    must: [repeatsUntilFinal('reversal'), sends('reversal', 1)],
    never: [tradesWhileReversing()],
  },
]);
