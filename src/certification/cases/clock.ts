import { carries, check, fresh, of, sends, sendsNone, stan } from '../checks.ts';
import { localInstantOf } from './instant.ts';
import { area, buy, NO_SUCCESS, START, step, SUCCESS } from './steps.ts';

const SLACK_MS = 120_000;

const rightTime = check(
  'clock-wrong',
  'ساعت پایانه پس از ورود درست باشد (حداکثر دو دقیقه اختلاف)',
  'after sign-on the clock of the device is right to two minutes (DE 12, 13)',
  (seen) => {
    const sale = fresh(seen, 'purchase').at(-1);
    if (sale === undefined) return 'no purchase was seen';
    const away = Math.abs(localInstantOf(sale) - sale.at);
    return away <= SLACK_MS ? undefined : `it is ${Math.round(away / 60_000)} minutes off`;
  },
);

/** wire.md 3 (DE 7, 11, 12, 13), 9.1; terminals.md 3. */
export const CLOCKS = area('clock', [
  {
    id: 'right',
    asksTime: true,
    title: { fa: 'زمان‌های پیام', en: 'Times in a message' },
    source: 'wire.md 3, DE 7, 12, 13',
    steps: [step(buy(), [], SUCCESS)],
    must: [
      rightTime,
      check('de7-not-utc', 'DE 7 به وقت جهانی باشد', 'DE 7 is UTC', ({ requests }) => {
        const bad = requests.find(({ message, at }) => {
          const [hour, minute] = [Number(message.get(7)?.slice(4, 6)), Number(message.get(7)?.slice(6, 8))];
          const away = Math.abs(hour * 60 + minute - (Math.floor(at / 60_000) % 1_440));
          return Math.min(away, 1_440 - away) > 5;
        });
        return bad === undefined ? undefined : `STAN ${stan(bad)}: ${bad.message.get(7) ?? ''}`;
      }),
    ],
  },
  {
    id: 'behind',
    asksTime: true,
    title: { fa: 'ساعت پایانه سه روز عقب است', en: 'The clock of the device is three days behind' },
    source: 'terminals.md 3',
    steps: [step({ do: 'set-clock', days: -3 }), step({ do: 'restart' }), step(buy(), [], SUCCESS)],
    must: [rightTime],
  },
  {
    id: 'refused',
    title: { fa: 'خرید به دلیل ساعت رد می‌شود (۳۰)', en: 'A purchase is refused for the clock (30)' },
    source: 'wire.md 3, 5 tag 90',
    steps: [
      step(
        buy(),
        [
          {
            on: 'purchase',
            answer: { rc: '30', fault: '13', text: 'ساعت یا تاریخ پایانه درست نیست؛ آن را تنظیم کنید' },
            times: 1,
          },
        ],
        [...NO_SUCCESS, { question: 'text', about: 'ساعت یا تاریخ پایانه درست نیست؛ آن را تنظیم کنید', expect: true }],
      ),
      step({ do: 'restart' }),
      step(buy(), [], SUCCESS),
    ],
    must: [sends('purchase', 2)],
    never: [sendsNone('reversal', 'decline-reversed')],
  },
  {
    id: 'stan-wraps',
    title: { fa: 'شماره‌ی پیگیری از ۹۹۹۹۹۹ می‌گذرد', en: 'The STAN goes beyond 999999' },
    source: 'wire.md 3, DE 11',
    steps: [
      step({ do: 'set-stan', stan: 999_999 }),
      START,
      step(buy(), [], SUCCESS),
      step(buy({ rials: 1_900_000n }), [], SUCCESS),
    ],
    must: [
      sends('purchase', 2),
      check(
        'stan-zero',
        'شماره‌ی پیگیری صفر نشود و از ۱ ادامه یابد',
        'after 999999 comes 000001, never 000000',
        ({ requests }) => {
          if (requests.some(({ message }) => message.get(11) === '000000')) return 'STAN 000000 was seen';
          return requests.some(({ message }) => Number(message.get(11)) < 100)
            ? undefined
            : 'no STAN after the wrap was seen';
        },
      ),
    ],
  },
  {
    id: 'stan-rises',
    title: { fa: 'شماره‌ی پیگیری یکی‌یکی بالا می‌رود', en: 'The STAN rises by one' },
    source: 'wire.md 3, DE 11',
    steps: [step(buy(), [], SUCCESS), step({ do: 'inquire' }), step(buy({ rials: 1_250_000n }), [], SUCCESS)],
    must: [
      check('stan-gap', 'شماره‌های پیگیری پشت سر هم باشند', 'each STAN is one above the one before', ({ requests }) => {
        const all = requests
          .filter(({ repeats, kind, unsaid }) => {
            const named = unsaid.has('own-stan') && (kind === 'reversal' || kind === 'advice');
            return repeats === undefined && !named;
          })
          .map(({ message }) => Number(message.get(11)));
        const at = all.findIndex((each, index) => index > 0 && each !== ((all[index - 1] ?? 0) % 999_999) + 1);
        return at < 0 ? undefined : `${all[at] ?? ''} follows ${all[at - 1] ?? ''}`;
      }),
    ],
  },
  {
    id: 'repeat-keeps-time',
    asksTime: true,
    title: { fa: 'تکرار، زمان و شماره‌ی نخست را دارد', en: 'A repeat keeps time and STAN' },
    source: 'wire.md 9.1',
    steps: [
      step(
        buy(),
        [
          { on: 'purchase', fault: 'silence', times: 1 },
          { on: 'reversal', fault: 'silence', times: 1 },
        ],
        NO_SUCCESS,
      ),
      step(buy({ rials: 2_300_000n }), [], SUCCESS),
    ],
    must: [
      check('reversal-not-repeated', 'تکرار همان DE 11، 12، 13', 'a repeat has the same DE 11, 12, 13', (seen) => {
        const [first, second] = of(seen, 'reversal');
        if (first === undefined || second === undefined) return 'there was no repeat';
        const other = [11, 12, 13].find((de) => first.message.get(de) !== second.message.get(de));
        return other === undefined ? undefined : `DE ${other} is another`;
      }),
      carries('reversal', 12, /^\d{6}$/),
    ],
  },
]);
