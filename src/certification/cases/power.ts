import type { CutPoint, Rule, Step } from '../case.ts';
import { check, fresh, inOrder, names, of, repeatsUntilFinal, reverses, sends, sendsNone, stan } from '../checks.ts';
import { UPDATE_BYTES, UPDATE_FILE } from '../host/decide.ts';
import { area, buy, NO_SUCCESS, START, step, SUCCESS } from './steps.ts';

const HELD: Rule = { on: 'purchase', fault: 'silence', times: 1 };
const cut = (point: CutPoint, rules: readonly Rule[] = []): Step => step(buy({ cut: point }), rules);
const NEXT = step(buy({ rials: 2_200_000n }), [], SUCCESS);

/** After the device is on again the sale is whole: it is reversed, or the slip comes out once more. */
const whole = check(
  'sale-left-open',
  'خرید پس از روشن شدن یا برگشت بخورد یا رسیدش دوباره چاپ شود',
  'after the power cut the sale is reversed, or its slip is printed again',
  (seen) => {
    const [sale] = fresh(seen, 'purchase');
    if (sale === undefined || of(seen, 'reversal').some((each) => names(each, sale))) return undefined;
    return seen.papers.some(({ question, said }) => question === 'copy' && said)
      ? undefined
      : `of STAN ${stan(sale)} nothing more was heard`;
  },
);

/** wire.md 9.1, 9.3: a restart changes nothing. */
export const POWER_CUTS = area('power', [
  {
    id: 'before-send',
    title: { fa: 'پیش از ارسال خرید', en: 'Before a purchase is sent' },
    source: 'wire.md 9.1',
    steps: [cut('before-send'), START, NEXT],
    must: [sends('purchase', 1)],
  },
  {
    id: 'awaiting',
    title: { fa: 'هنگام انتظار برای پاسخ خرید', en: 'While a purchase waits for its answer' },
    source: 'wire.md 9.3',
    steps: [cut('awaiting', [HELD]), START, NEXT],
    must: [
      reverses('purchase', ['68', '22']),
      sends('purchase', 2),
      inOrder('purchase', 'sign-on', 'reversal', 'purchase'),
    ],
  },
  {
    id: 'awaiting-ordinary',
    title: { fa: 'هنگام انتظار برای پاسخ خرید عادی', en: 'While an ordinary purchase waits for its answer' },
    source: 'wire.md 9.3',
    needs: 'ordinary',
    steps: [step(buy({ cut: 'awaiting' }, '000000'), [{ on: 'ordinary', fault: 'silence', times: 1 }]), START],
    must: [reverses('ordinary', ['68', '22'])],
  },
  {
    id: 'answered',
    title: { fa: 'پاسخ رسیده، رسید چاپ نشده', en: 'The answer is there, nothing is printed' },
    source: 'wire.md 9.3',
    steps: [cut('answered'), { ...START, asks: [{ question: 'copy' }] }, NEXT],
    must: [whole, sends('purchase', 2)],
  },
  {
    id: 'printing',
    title: { fa: 'هنگام چاپ رسید', en: 'While the slip is printed' },
    source: 'wire.md 9.3',
    steps: [cut('printing'), { ...START, asks: [{ question: 'copy', expect: true }] }, NEXT],
    must: [whole, sends('purchase', 2)],
  },
  {
    id: 'reversing',
    title: { fa: 'هنگام برگشت', en: 'While a reversal waits for its answer' },
    source: 'wire.md 9.3',
    steps: [cut('reversing', [HELD, { on: 'reversal', fault: 'silence', times: 1 }]), START, NEXT],
    must: [reverses('purchase', ['68', '22']), repeatsUntilFinal('reversal')],
  },
  {
    id: 'after-reversal',
    title: { fa: 'پس از پاسخ برگشت', en: 'After a reversal was answered' },
    source: 'wire.md 9.3',
    steps: [step(buy(), [HELD], NO_SUCCESS), step({ do: 'cut-power' }), START, NEXT],
    must: [sends('reversal', 1), sends('purchase', 2)],
  },
  {
    id: 'twice-awaiting',
    title: { fa: 'دو بار قطع برق در یک خرید', en: 'Two power cuts in one purchase' },
    source: 'wire.md 9.3',
    steps: [
      cut('awaiting', [HELD]),
      step({ do: 'restart', cut: 'reversing' }, [{ on: 'reversal', fault: 'silence', times: 1 }]),
      START,
      NEXT,
    ],
    must: [reverses('purchase', ['68', '22']), repeatsUntilFinal('reversal')],
  },
  {
    id: 'signing-on',
    title: { fa: 'هنگام ورود', en: 'During sign-on' },
    source: 'wire.md 3',
    steps: [step({ do: 'restart', cut: 'signing-on' }, [{ on: 'sign-on', fault: 'silence', times: 1 }]), START, NEXT],
    must: [inOrder('sign-on', 'sign-on', 'keys', 'purchase')],
  },
  {
    id: 'keying',
    title: { fa: 'هنگام دریافت کلید', en: 'During the key download' },
    source: 'wire.md 8',
    steps: [step({ do: 'restart', cut: 'keying' }, [{ on: 'keys', fault: 'silence', times: 1 }]), START, NEXT],
    must: [inOrder('keys', 'keys', 'purchase')],
  },
  {
    id: 'idle',
    title: { fa: 'در بی‌کاری، پس از خرید موفق', en: 'When idle, after an approved purchase' },
    source: 'wire.md 9.1',
    steps: [step(buy(), [], SUCCESS), step({ do: 'cut-power' }), START, NEXT],
    must: [sends('purchase', 2)],
    never: [sendsNone('reversal', 'finished-sale-reversed')],
  },
  {
    id: 'return',
    title: { fa: 'هنگام مرجوعی', en: 'During a return' },
    source: 'wire.md 9.3',
    needs: 'return',
    steps: [
      step(buy(), [], SUCCESS),
      step({ do: 'give-back', rials: 300_000n, cut: 'awaiting' }, [{ on: 'return', fault: 'silence', times: 1 }]),
      START,
    ],
    must: [reverses('return', ['68', '22'])],
  },
  {
    id: 'inquiry',
    title: { fa: 'هنگام استعلام', en: 'During an inquiry' },
    source: 'wire.md 9.3',
    steps: [step({ do: 'inquire', cut: 'awaiting' }, [{ on: 'quote', fault: 'silence', times: 1 }]), START, NEXT],
    must: [sends('purchase', 1)],
    never: [sendsNone('reversal', 'inquiry-reversed')],
  },
  {
    id: 'cancelling',
    title: { fa: 'هنگام ابطال', en: 'During a cancellation' },
    source: 'wire.md 9.3',
    needs: 'cancel',
    steps: [
      step(buy(), [], SUCCESS),
      step({ do: 'take-back', cut: 'reversing' }, [{ on: 'reversal', fault: 'silence', times: 1 }]),
      START,
    ],
    must: [reverses('purchase', ['17']), repeatsUntilFinal('reversal')],
  },
  {
    id: 'fetching',
    title: { fa: 'میان دریافت فایل', en: 'In the middle of a file' },
    source: 'terminals.md 3',
    needs: 'update',
    steps: [step({ do: 'update', cut: 'fetching' }), START, step({ do: 'update' })],
    must: [
      check('update-begins-again', 'دریافت از همان جا ادامه یابد', 'the file goes on where it stopped', (seen) => {
        const last = of(seen, 'piece').at(-1)?.message.get('48.35');
        return last === undefined || !last.endsWith(UPDATE_FILE) || Number(last.slice(0, 8)) + 700 < UPDATE_BYTES.length
          ? 'the last piece was never asked for'
          : undefined;
      }),
    ],
  },
]);
