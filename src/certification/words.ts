import type { Text } from '../field/language.ts';

/** Words that cases and what is seen have in common. */

/** Kinds of requests, as rules and checks name them. */
export const REQUEST_KINDS = [
  'sign-on',
  'sign-off',
  'keys',
  'echo',
  'piece',
  'report',
  'purchase',
  'ordinary',
  'quote',
  'release',
  'return',
  'balance',
  'reversal',
  'advice',
  'totals',
  'goods',
  'other',
] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

export const FAULTS = {
  silence: { fa: 'پاسخ داده نمی‌شود', en: 'no answer' },
  slow: { fa: 'پاسخ دیر، اما به‌موقع می‌رسد', en: 'the answer comes slowly, but in time' },
  late: { fa: 'پاسخ پس از مهلت پایانه می‌رسد', en: 'the answer comes after the device gave up' },
  'wrong-mac': { fa: 'MAC پاسخ نادرست است', en: 'the MAC of the answer is wrong' },
  'no-mac': { fa: 'پاسخ MAC ندارد', en: 'the answer carries no MAC' },
  'other-stan': { fa: 'پاسخ با شماره‌ی پیگیری دیگر', en: 'the answer has another STAN' },
  'other-terminal': { fa: 'پاسخ به نام پایانه‌ی دیگر', en: 'the answer names another terminal' },
  'other-mti': { fa: 'نوع پیام پاسخ نادرست است', en: 'the answer has the MTI of another message' },
  'other-amount': { fa: 'مبلغ پاسخ دیگر است', en: 'the answer has another amount' },
  twice: { fa: 'پاسخ دو بار می‌رسد', en: 'the answer comes twice' },
  close: { fa: 'ارتباط پیش از پاسخ قطع می‌شود', en: 'the connection closes before the answer' },
  half: { fa: 'ارتباط میان پاسخ قطع می‌شود', en: 'the connection closes in the middle of the answer' },
  'close-after': { fa: 'ارتباط پس از پاسخ قطع می‌شود', en: 'the connection closes after the answer' },
  garbage: { fa: 'پاسخ پیام نیست', en: 'what comes back is no message' },
  'bad-keys': { fa: 'بسته‌ی کلید خراب است', en: 'a key block is damaged' },
  'foreign-mac': { fa: 'پاسخ زیر کلید دیگری MAC شده است', en: 'the answer is MACed under another key' },
  'bad-piece': { fa: 'قطعه‌ی به‌روزرسانی خراب است', en: 'a piece of the update is damaged' },
} as const satisfies Readonly<Record<string, Text>>;
export type Fault = keyof typeof FAULTS;

/** What is seen on the device and not on the wire. */
export interface Ask {
  readonly question: Question;
  /** Of text and amount questions: what is looked for on the slip. */
  readonly about?: string | bigint;
  /** Undefined: either will do; other checks use it. */
  readonly expect?: boolean;
}

export const QUESTIONS = {
  success: { fa: 'آیا پایانه تراکنش را موفق اعلام کرد؟', en: 'Did the device say that the transaction succeeded?' },
  slip: { fa: 'آیا رسید تراکنش موفق چاپ شد؟', en: 'Did the device print the slip of a successful transaction?' },
  early: {
    fa: 'آیا پیش از رسیدن پاسخ، رسید یا پیام موفقیت بیرون آمد؟',
    en: 'Did a slip or a word of success come before the answer?',
  },
  copy: { fa: 'آیا رسید دوباره، با نشان رونوشت، چاپ شد؟', en: 'Was the slip printed again, marked as a copy?' },
  amount: { fa: 'آیا این مبلغ روی رسید هست؟', en: 'Does the slip show this amount?' },
  text: { fa: 'آیا این متن روی رسید یا صفحه هست؟', en: 'Does the slip or the screen show this text?' },
  digits: { fa: 'آیا این شماره روی رسید هست؟', en: 'Does the slip show this number?' },
  reference: { fa: 'آیا شماره‌ی مرجع پاسخ روی رسید هست؟', en: "Does the slip show the answer's reference (RRN)?" },
  masked: {
    fa: 'آیا شماره‌ی کارت روی رسید پوشیده است (حداکثر ۶ رقم اول و ۴ رقم آخر)؟',
    en: 'Is the card number on the slip masked (at most the first 6 and last 4 digits)?',
  },
  jalali: { fa: 'آیا تاریخ رسید شمسی و درست است؟', en: 'Is the date on the slip Jalali, and right?' },
} as const satisfies Readonly<Record<string, Text>>;
export type Question = keyof typeof QUESTIONS;
