import type { Text } from '../../language.ts';

/** What a shop does about a response code (wire.md 6): on the lessons' page and on the guide for the counter. */
export interface Refusal {
  readonly rc: string;
  readonly means: Text;
  readonly say: Text;
}

export const REFUSALS: readonly Refusal[] = [
  {
    rc: '51',
    means: {
      fa: 'اعتبار کالابرگ یا موجودی کارت کافی نیست، یا کالا مشمول نیست',
      en: 'No credit or money left, or the goods are not eligible',
    },
    say: {
      fa: 'ماندهٔ اعتبار را بگیرید؛ کالای دیگر یا پرداخت دیگری پیشنهاد کنید.',
      en: 'Ask for the balance; offer other goods or another way to pay.',
    },
  },
  {
    rc: '55',
    means: { fa: 'رمز نادرست است', en: 'Wrong PIN' },
    say: {
      fa: 'مشتری خودش دوباره رمز بزند. پس از چند بار اشتباه کارت بسته می‌شود.',
      en: 'The customer types it again. After some wrong ones the card is locked.',
    },
  },
  {
    rc: '75',
    means: { fa: 'رمز چند بار نادرست بوده است', en: 'Too many wrong PINs' },
    say: {
      fa: 'امروز با این کارت نمی‌شود؛ بانک صادرکننده راهنمایی می‌کند.',
      en: 'Not with this card today; its bank can help.',
    },
  },
  {
    rc: '54',
    means: { fa: 'تاریخ کارت گذشته است', en: 'Expired card' },
    say: { fa: 'کارت تازه را از بانک بگیرند.', en: 'The bank gives a new one.' },
  },
  {
    rc: '14',
    means: { fa: 'این کارت در کالابرگ نیست', en: 'The card is not in the scheme' },
    say: {
      fa: 'کارت سرپرست خانوار را بخواهید، یا با کارت و نقد بفروشید.',
      en: 'Ask for the card of the head of the household, or sell by card or cash.',
    },
  },
  {
    rc: '57',
    means: { fa: 'خانوار اکنون مجاز نیست', en: 'The household is not permitted now' },
    say: {
      fa: 'دلیلش را ما نمی‌دانیم؛ مشتری از سامانهٔ کالابرگ بپرسد.',
      en: 'The reason is not shown here; the customer asks the scheme.',
    },
  },
  {
    rc: '61',
    means: { fa: 'بیش از سقف مبلغ', en: 'Over the limit of amount' },
    say: { fa: 'مبلغ کمتری بفروشید؛ خرید را خرد نکنید.', en: 'Sell for less; do not cut one sale into many.' },
  },
  {
    rc: '65',
    means: { fa: 'بیش از تعداد مجاز', en: 'Too many purchases' },
    say: { fa: 'فردا دوباره می‌شود.', en: 'It goes again tomorrow.' },
  },
  {
    rc: '03 · 58',
    means: { fa: 'فروشگاه یا پایانه برای کالابرگ فعال نیست', en: 'Shop or terminal not enabled for the voucher' },
    say: { fa: 'نفروشید؛ «فروشگاه من» را ببینید یا تماس بگیرید.', en: 'Do not sell; see “My shop”, or call.' },
  },
  {
    rc: '76',
    means: { fa: 'کلید پایانه تازه نیست', en: 'The terminal’s keys are out of step' },
    say: {
      fa: 'از منو «ارتباط با مرکز» را بزنید و دوباره بفروشید.',
      en: 'Press “Connect to the centre”, and sell again.',
    },
  },
  {
    rc: '91 · 96 · 68',
    means: { fa: 'بانک یا سامانه پاسخ نداد', en: 'No answer from the bank or the system' },
    say: {
      fa: 'پولی کم نمی‌شود یا برمی‌گردد. مانده را بگیرید، بعد یک بار دیگر بفروشید.',
      en: 'Nothing is taken, or it comes back. Ask for the balance, then sell once more.',
    },
  },
];
