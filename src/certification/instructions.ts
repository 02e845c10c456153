import type { Text } from '../field/language.ts';
import { groupedRials } from '../field/rials.ts';
import type { CutPoint, Deed, PurchaseCode } from './case.ts';

/** What a person is told to do on the device. */

const CUTS: Readonly<Record<CutPoint, Text>> = {
  'before-send': {
    fa: 'پس از وارد کردن رمز و درست پیش از ارسال، برق پایانه را قطع کنید',
    en: 'cut the power after the PIN was typed, just before the device sends',
  },
  awaiting: {
    fa: 'هنگام انتظار برای پاسخ، برق پایانه را قطع کنید',
    en: 'cut the power while the device waits for the answer',
  },
  answered: {
    fa: 'همین که پاسخ رسید، پیش از چاپ، برق را قطع کنید',
    en: 'cut the power as the answer comes, before anything is printed',
  },
  printing: { fa: 'هنگام چاپ رسید، برق را قطع کنید', en: 'cut the power while the slip is being printed' },
  reversing: { fa: 'هنگام ارسال برگشت، برق را قطع کنید', en: 'cut the power while the reversal waits for its answer' },
  confirming: {
    fa: 'هنگام ارسال تأیید، برق را قطع کنید',
    en: 'cut the power while the completion advice waits for its answer',
  },
  'signing-on': { fa: 'هنگام ورود (0800 001)، برق را قطع کنید', en: 'cut the power during sign-on (0800 001)' },
  keying: {
    fa: 'هنگام دریافت کلید (0800 101)، برق را قطع کنید',
    en: 'cut the power during the key download (0800 101)',
  },
  totalling: { fa: 'هنگام ارسال جمع‌ها، برق را قطع کنید', en: 'cut the power while the totals wait for their answer' },
  fetching: { fa: 'میان دریافت فایل، برق را قطع کنید', en: 'cut the power in the middle of the file' },
};

const SALES: Readonly<Record<PurchaseCode, Text>> = {
  '179800': { fa: 'خرید کالابرگ، مانده از کارت', en: 'a subsidised purchase, the rest from the card' },
  '179898': { fa: 'خرید کالابرگ، مانده نقدی', en: 'a subsidised purchase, the rest in cash' },
  '000000': { fa: 'خرید عادی', en: 'an ordinary purchase' },
};

/** @param pin that the person types; undefined: the card's own */
export function instructionOf(deed: Deed, pin?: string): Text {
  const { fa: persian, en } = plain(deed, pin);
  const fa = persian
    .replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)))
    .replace(/(?<=[۰-۹]),(?=[۰-۹])/g, '٬');
  const cut = 'cut' in deed ? CUTS[deed.cut] : undefined;
  if (cut === undefined) return { fa: `${fa}.`, en: `${en}.` };
  return { fa: `${fa}؛ ${cut.fa}. پایانه را خاموش بگذارید.`, en: `${en}; ${cut.en}. Leave the device off.` };
}

function plain(deed: Deed, pin: string | undefined): Text {
  const typed = pin === undefined ? { fa: 'رمز کارت آزمایشی را وارد کنید', en: 'type the PIN of the test card' } : { fa: `رمز ${pin} را وارد کنید`, en: `type the PIN ${pin}` }; // prettier-ignore
  switch (deed.do) {
    case 'start':
      return {
        fa: 'پایانه را روشن کنید و بگذارید به صفحه‌ی اصلی برسد',
        en: 'Switch the device on and let it come to its main screen',
      };
    case 'restart':
      return { fa: 'پایانه را خاموش و دوباره روشن کنید', en: 'Switch the device off and on again' };
    case 'buy': {
      const { fa, en } = SALES[deed.code];
      const basket = deed.basket ?? [];
      const goods = basket.map(
        ({ goods, unit, quantity, amountRials }) =>
          `${goods.replace(/^0+/, '')} × ${quantity}${{ '00': '', '01': ' g', '02': ' ml' }[unit]} = ${groupedRials(amountRials)}`,
      );
      return {
        fa: `${fa} به مبلغ ${groupedRials(deed.rials)} ریال انجام دهید${deed.quoted === true ? ' با همان رزرو' : ''}${goods.length === 0 ? '' : ` با سبد: ${goods.join('؛ ')}`}؛ ${typed.fa}`,
        en: `Make ${en} of ${groupedRials(deed.rials)} rials${deed.quoted === true ? ' on the reserved quote' : ''}${goods.length === 0 ? '' : ` with the basket ${goods.join('; ')}`}; ${typed.en}`,
      };
    }
    case 'inquire':
      return { fa: 'مانده‌ی اعتبار کالابرگ را بپرسید', en: 'Ask for the voucher credit that is left' };
    case 'balance':
      return { fa: `مانده‌ی حساب بانکی را بپرسید؛ ${typed.fa}`, en: `Ask for the bank balance; ${typed.en}` };
    case 'quote':
      return {
        fa: `برای ${groupedRials(deed.rials)} ریال استعلام بگیرید${deed.reserve ? ' و اعتبار را رزرو کنید' : ''}`,
        en: `Ask for a quote of ${groupedRials(deed.rials)} rials${deed.reserve ? ' and reserve the credit' : ''}`,
      };
    case 'release':
      return { fa: 'رزرو را رها کنید و خرید نکنید', en: 'Release the reserved quote: do not buy' };
    case 'give-back':
      return {
        fa: `کالای آخرین خرید را به مبلغ ${groupedRials(deed.rials)} ریال مرجوع کنید`,
        en: `Take goods of the last purchase back for ${groupedRials(deed.rials)} rials`,
      };
    case 'take-back':
      return { fa: 'آخرین خرید را به خواست مشتری باطل کنید', en: 'Cancel the last purchase: the customer wants it' };
    case 'totals':
      return { fa: 'جمع‌های روز را بفرستید', en: "Send the day's totals" };
    case 'echo':
      return { fa: 'آزمون ارتباط با مرکز را اجرا کنید', en: 'Run the test of the connection (echo)' };
    case 'keys':
      return { fa: 'کلیدهای تازه بگیرید', en: 'Take new session keys' };
    case 'sign-off':
      return { fa: 'از مرکز خارج شوید (پایان کار)', en: 'Sign off' };
    case 'cut-power':
      return { fa: 'برق پایانه را قطع کنید', en: 'Cut the power of the device' };
    case 'set-clock':
      return {
        fa: `ساعت پایانه را ${Math.abs(deed.days)} روز ${deed.days < 0 ? 'عقب' : 'جلو'} ببرید`,
        en: `Set the clock of the device ${Math.abs(deed.days)} days ${deed.days < 0 ? 'back' : 'ahead'}`,
      };
    case 'set-stan':
      return {
        fa: `شماره‌ی پیگیری بعدی پایانه را ${deed.stan} کنید`,
        en: `Set the next STAN of the device to ${deed.stan}`,
      };
    case 'update':
      return {
        fa: 'بگذارید پایانه فایل به‌روزرسانی را با پیام 0800/901 بگیرد',
        en: 'Let the device fetch the update file by 0800/901',
      };
    case 'report':
      return {
        fa: 'بگذارید پایانه نسخه‌های خود را گزارش کند (0800/902)',
        en: 'Let the device report its versions (0800/902)',
      };
  }
}
