import {
  POS_MENU,
  typedRials,
  unitCalled,
  type Done,
  type PosDeed,
  type Result,
  type Screen,
} from '../../../pos/index.ts';
import { moneyText } from '../../../field/money-text.ts';
import type { MoneyUnit } from '../../../field/money-unit.ts';
import { REFUSALS } from '../learn/codes.ts';
import { html, type Html } from '../../html.ts';
import { digits, ltr, t, type Language, type Text } from '../../language.ts';
import type { Say } from '../../units.ts';

/** What stands on the display of the drawn device. */

export const DEEDS: Readonly<Record<PosDeed, Text>> = {
  '179800': { fa: 'خرید کالابرگ، باقی از کارت', en: 'Voucher purchase, rest by card' },
  '179898': { fa: 'خرید کالابرگ، باقی نقد', en: 'Voucher purchase, rest in cash' },
  '379800': { fa: 'ماندهٔ اعتبار کالابرگ', en: 'Voucher credit left' },
  '000000': { fa: 'خرید عادی', en: 'Ordinary purchase' },
  '310000': { fa: 'موجودی حساب', en: 'Bank balance' },
  reverse: { fa: 'برگشت آخرین خرید', en: 'Take back the last purchase' },
  reprint: { fa: 'چاپ دوبارهٔ رسید', en: 'Print the slip again' },
};

export function deedName(language: Language, deed: string): string {
  return deed in DEEDS ? t(language, DEEDS[deed as PosDeed]) : deed;
}

/** @param unit in which the device takes amounts */
export function displayOf(language: Language, screen: Screen, unit: MoneyUnit, both: Say): Html {
  // A display is narrow: what is asked for is said in every unit, its parts in the device's.
  const money: Say = (rials) => moneyText(rials, unit, language);
  const say = (text: Text): string => t(language, text);
  const line = (text: string | Html): Html => html`<p>${text}</p>`;
  switch (screen.at) {
    case 'menu':
      return html`<ol class="dial">
        ${POS_MENU.map((deed) => html`<li>${deedName(language, deed)}</li>`)}
      </ol>`;
    case 'how':
      return html`${line(deedName(language, screen.deed))}<ol class="dial"><li>${say({ fa: 'کالا با کد', en: 'Goods by their code' })}</li><li>${say({ fa: 'مبلغ', en: 'An amount' })}</li></ol>`; // prettier-ignore
    case 'goods': {
      const total = screen.goods.reduce((sum, { rials }) => sum + rials, 0n);
      return html`${line(say({ fa: 'کد کالا؟ (تأیید بی‌کد: پایان)', en: 'Code of the good? (Enter alone: done)' }))}
        ${screen.goods.map(({ name, rials }) => html`<p class="two"><span>${say(name)}</span><span>${money(rials)}</span></p>`)}
        ${total > 0n && html`<p class="two sum"><span>${say({ fa: 'جمع', en: 'Total' })}</span><span>${both(total)}</span></p>`}
        ${screen.unknown && line(say({ fa: 'چنین کالایی روی پیشخوان نیست', en: 'No good on the counter has this code' }))}${typedOf(language, screen.typed)}`; // prettier-ignore
    }
    case 'amount':
      return html`${line(deedName(language, screen.deed))}${line(say({ fa: `مبلغ (${unit.nameFa})؟`, en: `Amount (${unitCalled(unit, 'en')})?` }))}
        <p class="typed">${both(typedRials(screen.typed, unit))}</p>`;
    case 'card':
      return html`${line(deedName(language, screen.deed))}${screen.rials > 0n && line(both(screen.rials))}
        ${line(say({ fa: 'کارت را وارد کنید (یا شمارهٔ خانوار)', en: 'Insert the card (or type the household)' }))}
        ${screen.unknown && line(say({ fa: 'خانوار ۱ تا ۱۰۰۰', en: 'Households are 1 to 1000' }))}${typedOf(language, screen.typed)}`; // prettier-ignore
    case 'split':
      return html`<p class="two"><span>${say({ fa: 'مبلغ', en: 'Total' })}</span><span>${both(screen.rials)}</span></p>
        <p class="two"><span>${say({ fa: 'از کالابرگ', en: 'From the voucher' })}</span><span>${money(screen.split.voucher)}</span></p>
        <p class="two"><span>${say(screen.deed === '179898' ? { fa: 'نقد', en: 'In cash' } : { fa: 'از کارت', en: 'From the card' })}</span><span>${money(screen.split.rest)}</span></p>
        <p class="two"><span>${say({ fa: 'مانده پس از خرید', en: 'Left afterwards' })}</span><span>${money(screen.split.left)}</span></p>
        ${line(say({ fa: 'تأیید = ادامه، انصراف = نه', en: 'Enter: go on. Cancel: no' }))}`; // prettier-ignore
    case 'pin':
      return html`${screen.rials > 0n && line(both(screen.rials))}${line(html`${say({ fa: 'کارت', en: 'Card' })} ${ltr(screen.card)}`)}
        ${line(say({ fa: 'رمز مشتری؟', en: 'The customer’s PIN?' }))}<p class="typed" aria-label="${digits(language, screen.digits)}">${'●'.repeat(screen.digits)}${'○'.repeat(4 - screen.digits)}</p>`; // prettier-ignore
    case 'busy':
      return line(say(BUSY[screen.what]));
    case 'done':
      return doneOf(language, screen, money);
  }
}

function typedOf(language: Language, typed: string): Html {
  return html`<p class="typed">${digits(language, typed)}▁</p>`;
}

const BUSY: Readonly<Record<'sign-on' | 'quote' | 'sale' | 'taking-back', Text>> = {
  'sign-on': { fa: 'ورود به مرکز و گرفتن کلید…', en: 'Signing on, taking keys…' },
  quote: { fa: 'پرسش اعتبار…', en: 'Asking for the credit…' },
  sale: { fa: 'در حال ارتباط با مرکز…', en: 'Asking the centre…' },
  'taking-back': { fa: 'خط قطع شد؛ برگشت فرستاده می‌شود…', en: 'The line was cut: sending the reversal…' },
};

const ENDS: Readonly<Record<'taken-back' | 'nothing' | 'no-line' | 'reprinted' | 'no-paper', Text>> = {
  'taken-back': { fa: 'آخرین خرید برگشت خورد.', en: 'The last purchase was taken back.' },
  nothing: { fa: 'خریدی برای این کار نیست.', en: 'There is no purchase for that.' },
  'no-line': { fa: 'ارتباط با مرکز برقرار نشد.', en: 'The centre cannot be reached.' },
  reprinted: { fa: 'رسید چاپ شد.', en: 'The slip was printed.' },
  'no-paper': { fa: 'کاغذ نیست.', en: 'There is no paper.' },
};

function doneOf(language: Language, done: Done, money: Say): Html {
  const say = (text: Text): string => t(language, text);
  const line = (text: string | Html): Html => html`<p>${text}</p>`;
  switch (done.how) {
    case 'silence':
      return html`${line(say({ fa: 'پاسخی از مرکز نرسید.', en: 'No answer from the centre.' }))}${line(
        done.reversed
          ? say({ fa: 'خرید برگشت خورد: از کسی چیزی کم نشده است.', en: 'The sale was taken back: nobody has paid.' })
          : say({ fa: 'برگشت در صف است؛ پیش از فروش بعدی فرستاده می‌شود.', en: 'Its reversal is queued: it goes before the next sale.' }), // prettier-ignore
      )}`;
    case 'declined':
      return html`<p class="no">${say({ fa: 'ناموفق، کد', en: 'Declined, code' })} ${ltr(digits(language, done.result.rc))}</p>${line(whyOf(language, done.result))}`; // prettier-ignore
    case 'approved':
      return approvedOf(language, done.result, done.printed, money);
    default:
      return line(say(ENDS[done.how]));
  }
}

/** The gateway says it in Persian (DE 48 tag 13); English readers get the words of the codes. */
function whyOf(language: Language, { rc, text }: Result): string {
  if (language === 'fa') return text ?? '';
  return REFUSALS.find((each) => each.rc.includes(rc))?.means.en ?? '';
}

function approvedOf(language: Language, result: Result, printed: boolean, money: Say): Html {
  const say = (text: Text): string => t(language, text);
  const row = (name: Text, rials: bigint | undefined) =>
    rials !== undefined && html`<p class="two"><span>${say(name)}</span><span>${money(rials)}</span></p>`;
  return html`<p class="yes">${say({ fa: 'موفق', en: 'Approved' })}</p>
    ${row({ fa: 'از کالابرگ', en: 'From the voucher' }, result.voucher)}${row({ fa: 'از کارت', en: 'From the card' }, result.byCard)}
    ${row({ fa: 'نقد بگیرید', en: 'Take in cash' }, result.cash)}${row({ fa: 'ماندهٔ اعتبار', en: 'Credit left' }, result.left)}
    ${row({ fa: 'موجودی حساب', en: 'Balance' }, result.balance)}
    ${!printed && html`<p class="no">${say({ fa: 'کاغذ تمام شد: فروش انجام شده است. کاغذ بگذارید و رسید را دوباره چاپ کنید (۷).', en: 'Out of paper: the sale is made. Put paper in, and print the slip again (7).' })}</p>`}`; // prettier-ignore
}
