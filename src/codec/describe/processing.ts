import type { Meaning } from './meaning.ts';

/** Whole codes. Source: wire.md 4 and 10; domain/02 for those that terminals of two Iranian PSPs were seen to send. */
const CODES: Readonly<Record<string, readonly [en: string, fa: string]>> = {
  '179800': ['subsidised purchase, the rest from the card', 'خرید کالابرگ؛ باقی‌مانده از کارت'],
  '179898': ['subsidised purchase, the rest in cash', 'خرید کالابرگ؛ باقی‌مانده نقدی'],
  '279800': ['return of a subsidised purchase', 'برگشت خرید کالابرگ'],
  '379800': ['voucher inquiry', 'استعلام اعتبار کالابرگ'],
  '479800': ['release of a reserved quote', 'آزادسازی اعتبار رزروشده'],
  '330000': ['PIN check', 'بررسی رمز'],
  '680000': ['subsidised basket (Sadad)', 'سبد کالابرگ (سداد)'],
  '800000': ['coupon purchase (Behpardakht)', 'خرید کالابرگ (به‌پرداخت)'],
  '810000': ['coupon inquiry (Behpardakht)', 'استعلام کالابرگ (به‌پرداخت)'],
  '820000': ['coupon goods list (Behpardakht)', 'فهرست کالاهای کالابرگ (به‌پرداخت)'],
  '170000': ['bill payment (Behpardakht)', 'پرداخت قبض (به‌پرداخت)'],
  '230000': ['top-up (Behpardakht)', 'شارژ مستقیم (به‌پرداخت)'],
  '150000': ['top-up PIN (Behpardakht)', 'خرید رمز شارژ (به‌پرداخت)'],
  '100000': ['support (Behpardakht)', 'پشتیبانی (به‌پرداخت)'],
  '920000': ['sign-on (Behpardakht)', 'ورود پایانه (به‌پرداخت)'],
  '900000': ['initialisation (Behpardakht)', 'راه‌اندازی پایانه (به‌پرداخت)'],
};

/** Digits 1 and 2. Source: ISO 8583:1987 A.9 */
const TYPES: Readonly<Record<string, readonly [en: string, fa: string]>> = {
  '00': ['purchase', 'خرید'],
  '01': ['cash withdrawal', 'برداشت نقدی'],
  '02': ['debit adjustment', 'اصلاح بدهکار'],
  '03': ['cheque guarantee', 'تضمین چک'],
  '04': ['cheque verification', 'تأیید چک'],
  '09': ['purchase with cash back', 'خرید همراه با دریافت نقد'],
  '20': ['return', 'برگشت خرید'],
  '21': ['deposit', 'واریز'],
  '22': ['credit adjustment', 'اصلاح بستانکار'],
  '30': ['available funds inquiry', 'استعلام موجودی قابل برداشت'],
  '31': ['balance inquiry', 'استعلام موجودی'],
  '40': ['transfer between accounts', 'انتقال وجه'],
};

/** Digits 3 and 4 (from), 5 and 6 (to). `00` goes without saying. */
const ACCOUNTS: Readonly<Record<string, readonly [en: string, fa: string]>> = {
  '10': ['savings', 'پس‌انداز'],
  '20': ['cheque', 'جاری'],
  '30': ['credit', 'اعتباری'],
  '40': ['universal', 'عمومی'],
  '50': ['investment', 'سرمایه‌گذاری'],
  '98': ['voucher', 'کالابرگ'],
};

/** What DE 3 asks for; undefined when neither the whole code nor its type is known. */
export function processingText(code: string): Meaning | undefined {
  const whole = CODES[code];
  if (whole !== undefined) return { en: whole[0], fa: whole[1] };
  const type = TYPES[code.slice(0, 2)];
  if (type === undefined || code.length !== 6) return undefined;
  const [from, to] = [ACCOUNTS[code.slice(2, 4)], ACCOUNTS[code.slice(4, 6)]];
  const en = [type[0], from && `from ${from[0]}`, to && `to ${to[0]}`];
  const fa = [type[1], from && `از حساب ${from[1]}`, to && `به حساب ${to[1]}`];
  return { en: en.filter(Boolean).join(' '), fa: fa.filter(Boolean).join(' ') };
}
