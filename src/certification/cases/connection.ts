import { carries, check, dials, inOrder, of, sends, sendsNone } from '../checks.ts';
import { area, buy, START, step, SUCCESS } from './steps.ts';

const on = (rule: object) => [{ on: 'sign-on', ...rule } as const] as never;
const restart = (rules: never) => step({ do: 'restart' }, rules);

/** wire.md 1, 3 (0800), 8. */
export const CONNECTION = area('connection', [
  {
    id: 'first',
    title: { fa: 'روشن شدن، ورود و گرفتن کلید', en: 'Power on, sign-on, keys' },
    source: 'wire.md 3, 8',
    steps: [START],
    must: [inOrder('sign-on', 'keys'), carries('sign-on', 70, '001'), carries('keys', 70, '101')],
    never: [sendsNone('purchase')],
  },
  {
    id: 'echo',
    title: { fa: 'آزمون خط', en: 'Echo' },
    source: 'wire.md 3',
    steps: [step({ do: 'echo' })],
    must: [sends('echo')],
  },
  {
    id: 'unanswered-sign-on',
    title: { fa: 'ورود بی‌پاسخ می‌ماند', en: 'Sign-on is not answered' },
    source: 'wire.md 3',
    steps: [restart(on({ fault: 'silence', times: 1 })), step(buy(), [], SUCCESS)],
    must: [
      check('sign-on-not-repeated', 'ورود دوباره تلاش شود', 'the device tries to sign on again', (seen) =>
        of(seen, 'sign-on').length >= 2 ? undefined : `${of(seen, 'sign-on').length} sign-ons`,
      ),
      inOrder('sign-on', 'sign-on', 'keys', 'purchase'),
    ],
  },
  {
    id: 'refused-sign-on',
    title: { fa: 'ورود رد می‌شود (۵۸)', en: 'Sign-on is refused (58)' },
    source: 'wire.md 6',
    steps: [restart(on({ answer: { rc: '58' } })), START],
    must: [sends('sign-on')],
    never: [sendsNone('purchase')],
  },
  {
    id: 'closed-at-sign-on',
    title: { fa: 'ارتباط هنگام ورود قطع می‌شود', en: 'The connection closes at sign-on' },
    source: 'wire.md 1',
    steps: [restart(on({ fault: 'close', times: 1 })), step(buy(), [], SUCCESS)],
    must: [dials(2), inOrder('sign-on', 'keys', 'purchase')],
  },
  {
    id: 'half-an-answer',
    title: { fa: 'نیمی از پاسخ ورود می‌رسد', en: 'Half of the answer to a sign-on comes' },
    source: 'wire.md 1',
    steps: [restart(on({ fault: 'half', times: 1 })), step(buy(), [], SUCCESS)],
    must: [dials(2), inOrder('sign-on', 'keys', 'purchase')],
  },
  {
    id: 'garbage-at-sign-on',
    title: { fa: 'پاسخ ورود پیام نیست', en: 'The answer to a sign-on is no message' },
    source: 'wire.md 1',
    steps: [restart(on({ fault: 'garbage', times: 1 })), step(buy(), [], SUCCESS)],
    must: [inOrder('sign-on', 'sign-on', 'keys', 'purchase')],
  },
  {
    id: 'sign-off',
    title: { fa: 'خروج، سپس خرید', en: 'Sign-off, then a purchase' },
    source: 'wire.md 3',
    steps: [step({ do: 'sign-off' }), step(buy(), [], SUCCESS)],
    must: [inOrder('sign-off', 'sign-on', 'purchase')],
  },
  {
    id: 'closed-while-idle',
    title: { fa: 'ارتباط در بی‌کاری قطع می‌شود', en: 'The connection closes while the device is idle' },
    source: 'wire.md 1',
    steps: [step({ do: 'echo' }, [{ on: 'echo', fault: 'close-after', times: 1 }]), step(buy(), [], SUCCESS)],
    must: [dials(1), sends('purchase', 1)],
    never: [sendsNone('reversal')],
  },
]);
