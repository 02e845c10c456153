import { check, hasPin, inOrder, of, sends, sendsNone, fresh, stan } from '../checks.ts';
import type { Rule } from '../case.ts';
import { area, buy, NO_SUCCESS, step, SUCCESS } from './steps.ts';

const keys = (rule: Omit<Rule, 'on'>): Rule[] => [{ on: 'keys', ...rule }];

/** wire.md 8. */
export const KEYS = area('keys', [
  {
    id: 'renewed',
    title: { fa: 'کلید تازه در میان روز', en: 'New keys in the middle of the day' },
    source: 'wire.md 8',
    steps: [step({ do: 'keys' }), step(buy(), [], SUCCESS)],
    must: [inOrder('keys', 'purchase'), hasPin('purchase')],
  },
  {
    id: 'told-76',
    title: { fa: 'خرید با کد ۷۶ رد می‌شود', en: 'A purchase is answered 76' },
    source: 'wire.md 6, 8',
    steps: [
      step(buy(), [{ on: 'purchase', times: 1, answer: { rc: '76' } }], NO_SUCCESS),
      step(buy({ rials: 1_100_000n }), [], SUCCESS),
    ],
    must: [inOrder('purchase', 'keys', 'purchase'), hasPin('purchase')],
    never: [sendsNone('reversal')],
  },
  {
    id: 'told-63',
    title: { fa: 'خرید با کد ۶۳ رد می‌شود', en: 'A purchase is answered 63' },
    source: 'wire.md 6, 8',
    steps: [
      step(buy(), [{ on: 'purchase', times: 1, answer: { rc: '63' } }], NO_SUCCESS),
      step(buy({ rials: 1_200_000n }), [], SUCCESS),
    ],
    must: [sends('purchase', 2)],
  },
  {
    id: 'unanswered',
    title: { fa: 'درخواست کلید بی‌پاسخ می‌ماند', en: 'The key download is not answered' },
    source: 'wire.md 8',
    steps: [step({ do: 'restart' }, keys({ fault: 'silence', times: 1 })), step(buy(), [], SUCCESS)],
    must: [inOrder('keys', 'keys', 'purchase')],
  },
  {
    id: 'damaged-block',
    title: { fa: 'بسته‌ی کلید خراب است', en: 'A key block is damaged' },
    source: 'wire.md 5, 8',
    steps: [step({ do: 'keys' }, keys({ fault: 'bad-keys', times: 1 })), step(buy(), [], SUCCESS)],
    must: [
      check('damaged-key-used', 'کلید خراب کنار گذاشته شود', 'the damaged key is not worked with', (seen) => {
        const [first] = fresh(seen, 'purchase');
        return first === undefined || first.mac === 'good'
          ? undefined
          : `STAN ${stan(first)} is MACed under no key of ours`;
      }),
      sends('purchase', 1),
    ],
  },
  {
    id: 'foreign-mac',
    title: { fa: 'پاسخ کلید زیر کلید دیگری MAC شده است', en: 'The key download is MACed under another key' },
    source: 'wire.md 8',
    steps: [step({ do: 'keys' }, keys({ fault: 'foreign-mac', times: 1 })), step(buy(), [], SUCCESS)],
    must: [
      check(
        'unproved-key-used',
        'کلیدی که اصالتش معلوم نیست به‌کار نرود',
        'keys that nobody vouches for are not used',
        (seen) => {
          const bad = of(seen, 'purchase').find(({ mac }) => mac !== 'good');
          return bad === undefined ? undefined : `STAN ${stan(bad)} is MACed under them`;
        },
      ),
      sends('purchase', 1),
    ],
  },
  {
    id: 'refused',
    title: { fa: 'کلید داده نمی‌شود (۵۸)', en: 'Keys are refused (58)' },
    source: 'wire.md 6',
    steps: [step({ do: 'restart' }, keys({ answer: { rc: '58' } }))],
    must: [sends('keys')],
    never: [sendsNone('purchase')],
  },
]);
