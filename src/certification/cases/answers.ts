import type { Case, Fault } from '../case.ts';
import { reverses, sends, sendsAgainAsNew, sendsNone } from '../checks.ts';
import { area, buy, NO_SUCCESS, step, SUCCESS } from './steps.ts';

/** An answer that nobody vouches for, or that answers something else, is none: the purchase is reversed. */
function unsound(id: string, fault: Fault, fa: string, en: string): Omit<Case, 'area'> {
  const mac = fault === 'wrong-mac' || fault === 'no-mac' || fault === 'foreign-mac';
  return {
    id,
    title: { fa, en },
    source: mac ? 'wire.md 8, 9.3' : 'wire.md 3, 9.3',
    steps: [step(buy(), [{ on: 'purchase', fault, times: 1 }], NO_SUCCESS)],
    must: [reverses('purchase', ['68', '22'])],
    never: [sendsAgainAsNew('purchase')],
  };
}

/** wire.md 8 (MAC), 3 (what is echoed), 9.1 (repeats). */
export const ANSWERS = area('answer', [
  unsound('wrong-mac', 'wrong-mac', 'MAC پاسخ نادرست است', 'The MAC of the answer is wrong'),
  unsound('no-mac', 'no-mac', 'پاسخ MAC ندارد', 'The answer carries no MAC'),
  unsound('foreign-mac', 'foreign-mac', 'پاسخ زیر کلید دیگری MAC شده است', 'The answer is MACed under another key'),
  unsound('other-stan', 'other-stan', 'پاسخ با شماره‌ی پیگیری دیگر', 'The answer has another STAN'),
  unsound('other-terminal', 'other-terminal', 'پاسخ به نام پایانه‌ی دیگر', 'The answer names another terminal'),
  unsound('other-mti', 'other-mti', 'پاسخ از نوع پیام دیگر است', 'The answer has the MTI of another message'),
  unsound('other-amount', 'other-amount', 'مبلغ پاسخ دیگر است', 'The answer has another amount'),
  unsound('garbage', 'garbage', 'پاسخ پیام نیست', 'What comes back is no message'),
  {
    id: 'twice',
    title: { fa: 'پاسخ دو بار می‌رسد', en: 'The answer comes twice' },
    source: 'wire.md 9.1',
    steps: [step(buy(), [{ on: 'purchase', fault: 'twice' }], SUCCESS), step(buy({ rials: 1_300_000n }), [], SUCCESS)],
    must: [sends('purchase', 2)],
    never: [sendsNone('reversal')],
  },
  {
    id: 'wrong-mac-in-decline',
    title: { fa: 'MAC پاسخ رد نادرست است', en: 'The MAC of a decline is wrong' },
    source: 'wire.md 8',
    steps: [step(buy(), [{ on: 'purchase', answer: { rc: '51' }, fault: 'wrong-mac', times: 1 }], NO_SUCCESS)],
    must: [reverses('purchase', ['68', '22'])],
  },
  {
    id: 'closed-after',
    title: { fa: 'ارتباط درست پس از پاسخ قطع می‌شود', en: 'The connection closes right after the answer' },
    source: 'wire.md 9.3',
    steps: [step(buy(), [{ on: 'purchase', fault: 'close-after' }], SUCCESS), step(buy(), [], SUCCESS)],
    must: [sends('purchase', 2)],
    never: [sendsNone('reversal')],
  },
]);
