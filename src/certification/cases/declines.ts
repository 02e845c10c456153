import type { Case } from '../case.ts';
import { sends, sendsNone } from '../checks.ts';
import { area, buy, NO_SUCCESS, step, SUCCESS } from './steps.ts';

/** wire.md 6: each code that a terminal must take for what it is. */
const CODES: readonly (readonly [rc: string, fa: string, en: string, text: string])[] = [
  ['03', 'پذیرنده مجاز نیست', 'merchant not permitted', 'پذیرنده مجاز نیست'],
  ['12', 'تراکنش نامعتبر', 'invalid transaction', 'تراکنش نامعتبر است'],
  ['13', 'مبلغ نامعتبر', 'invalid amount', 'مبلغ نامعتبر است'],
  ['14', 'کارت ناشناخته در طرح', 'card not known to the scheme', 'کارت مشمول کالابرگ نیست'],
  ['30', 'خطای قالب', 'format error', 'خطای قالب پیام'],
  ['40', 'جمع سبد برابر نیست', 'the basket does not add up', 'جمع سبد با مبلغ برابر نیست'],
  ['51', 'اعتبار ناکافی', 'no credit', 'اعتبار یا موجودی کافی نیست'],
  ['54', 'کارت منقضی', 'expired card', 'تاریخ انقضای کارت گذشته است'],
  ['57', 'خانوار مسدود', 'household not permitted', 'خانوار مجاز به استفاده نیست'],
  ['58', 'پایانه فعال نیست', 'terminal not enabled', 'پایانه برای کالابرگ فعال نیست'],
  ['61', 'بیش از سقف', 'over the limit', 'مبلغ بیش از سقف مجاز است'],
  ['65', 'بیش از تعداد مجاز', 'too many in the period', 'تعداد خرید بیش از حد مجاز است'],
  ['68', 'پاسخ دیر بانک', 'answer too late', 'پاسخ بانک به موقع نرسید'],
  ['75', 'رمز نادرست، بیش از حد', 'PIN tries exceeded', 'دفعات ورود رمز نادرست بیش از حد است'],
  ['91', 'بانک در دسترس نیست', 'bank switch unavailable', 'بانک در دسترس نیست'],
  ['94', 'شماره‌ی پیگیری تکراری', 'duplicate STAN', 'شماره پیگیری تکراری است'],
  ['96', 'خطای سامانه', 'system malfunction', 'خطای سامانه؛ مبلغی کسر نشد'],
  ['Z9', 'کدی که نمی‌شناسد', 'a code that it does not know', 'تراکنش پذیرفته نشد'],
];

function declined([rc, fa, en, text]: (typeof CODES)[number]): Omit<Case, 'area'> {
  return {
    id: rc.toLowerCase(),
    title: { fa: `کد ${rc}: ${fa}`, en: `Code ${rc}: ${en}` },
    source: 'wire.md 6',
    steps: [
      step(
        buy(),
        [{ on: 'purchase', answer: { rc, text } }],
        [...NO_SUCCESS, { question: 'text', about: text, expect: true }],
      ),
    ],
    must: [sends('purchase', 1)],
    never: [sendsNone('reversal', 'decline-reversed'), sendsNone('advice')],
  };
}

export const DECLINES = area('decline', [
  ...CODES.map(declined),
  {
    id: '55-then-good',
    title: { fa: 'رمز نادرست، سپس خرید دوباره', en: 'Wrong PIN, then the purchase once more' },
    source: 'wire.md 6, 9.1',
    steps: [
      step(buy(), [{ on: 'purchase', answer: { rc: '55', text: 'رمز کارت نادرست است' } }], NO_SUCCESS),
      step(buy(), [], SUCCESS),
    ],
    must: [sends('purchase', 2)],
    never: [sendsNone('reversal', 'decline-reversed')],
  },
]);
