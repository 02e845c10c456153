import type { ComplaintKind, ComplaintPosition, Finding, Remedy } from '../../complaints/index.ts';
import { html, type Html } from '../html.ts';
import { momentOf, t, type Language, type Text } from '../language.ts';

/** Complaints in the words of who complains. */

export const KIND: Readonly<Record<ComplaintKind, Text>> = {
  deducted: { fa: 'پول یا اعتبار کم شد، ولی خرید انجام نشد', en: 'Money or credit was taken, and the purchase failed' },
  amount: { fa: 'مبلغ درست نیست', en: 'The amount is wrong' },
  not_paid: { fa: 'پول این فروش به حساب فروشگاه نیامده است', en: 'This sale was not paid to the shop' },
  overcharged: { fa: 'گران‌فروشی', en: 'Overcharged' },
  refused_to_sell: { fa: 'فروشنده از فروش خودداری کرد', en: 'The shop refused to sell' },
};

export const FINDING: Readonly<Record<Finding, Text>> = {
  in_doubt: {
    fa: 'این خرید هنوز نزد بانک در دست پرسش است. تا چند دقیقهٔ دیگر یا پذیرفته می‌شود یا خودبه‌خود برمی‌گردد.',
    en: 'The bank is still being asked about this purchase. Within minutes it is approved, or goes back by itself.',
  },
  reversing: {
    fa: 'این خرید برگشت خورده و برگشت آن در راه بانک است. اعتبار کالابرگ برگشته است و سهم کارت را بانک حداکثر تا ۷۲ ساعت برمی‌گرداند.',
    en: 'This purchase was undone, and its reversal is on its way to the bank. The voucher credit is back; the bank returns the card’s part within 72 hours.',
  },
  not_deducted: {
    fa: 'این خرید رد شده و چیزی از اعتبار کم نشده است. اگر از کارت کم شده است، بنویسید تا بررسی کنیم.',
    en: 'This purchase was refused, and no credit was taken. If the card was charged, say so and we look into it.',
  },
  reversed: {
    fa: 'این خرید برگشت خورده و همهٔ آن به خریدار برگشته است.',
    en: 'This purchase was undone, and all of it went back to the customer.',
  },
  returned: {
    fa: 'همهٔ مبلغ این خرید پیش‌تر به خریدار برگشته است.',
    en: 'All of this purchase was returned to the customer before.',
  },
  paid: {
    fa: 'پول این فروش به حساب فروشگاه واریز شده است. جزئیات در «روزها و واریزها» است.',
    en: 'This sale was paid to the shop: see “Days and pay-outs”.',
  },
  due: {
    fa: 'پول این فروش در راه است و هنوز دیر نشده است. زمان آن در «روزها و واریزها» است.',
    en: 'The money of this sale is on its way, and not late: see “Days and pay-outs”.',
  },
  stands: {
    fa: 'خرید همان‌گونه که روی رسید است ثبت شده؛ کارشناس آن را بررسی می‌کند.',
    en: 'The purchase is recorded as on the receipt; our staff look into it.',
  },
};

const PARTY = {
  system: { fa: 'سامانه؛ خودکار', en: 'the system, by itself' },
  bank: { fa: 'بانک', en: 'the bank' },
  complainant: { fa: 'شما', en: 'you' },
  support: { fa: 'کارشناس پشتیبانی', en: 'our support' },
  second_person: { fa: 'نفر دوم؛ تأیید پیشنهاد پشتیبانی', en: 'a second person, to approve what support proposed' },
} as const;

const STATE = {
  WATCHED: { fa: 'در راه حل شدن', en: 'Being settled' },
  ANSWERED: { fa: 'پاسخ داده شد', en: 'Answered' },
  OPEN: { fa: 'در دست بررسی', en: 'Being looked into' },
  ASKED: { fa: 'از شما پرسشی شده است', en: 'You were asked something' },
  LAPSED: { fa: 'بی‌پاسخ ماند؛ با پاسخ شما ادامه می‌یابد', en: 'No answer came; it goes on when you answer' },
  PROPOSED: { fa: 'پیشنهاد در دست تأیید است', en: 'A proposal waits to be approved' },
  ACCEPTED: { fa: 'پذیرفته شد', en: 'Accepted' },
  REFUSED: { fa: 'پذیرفته نشد', en: 'Refused' },
  WITHDRAWN: { fa: 'پس گرفته شد', en: 'Withdrawn' },
} as const;

const REMEDY: Readonly<Record<Remedy, Text>> = {
  return: { fa: 'مبلغ به اعتبار کالابرگ خانوار برگشت.', en: 'The amount went back to the household’s credit.' },
  credit_shop: { fa: 'مبلغ با تسویهٔ بعدی به فروشگاه پرداخت می‌شود.', en: 'The shop is paid with its next settlement.' },
  debit_shop: { fa: 'مبلغ از تسویهٔ بعدی فروشگاه کم می‌شود.', en: 'It comes off the shop’s next settlement.' },
  none: { fa: '', en: '' },
};

export interface Told {
  readonly number: string;
  readonly kind: ComplaintKind;
  readonly finding: Finding;
  readonly asked: string | null;
  readonly remedy: Remedy | null;
  readonly reason: string | null;
  readonly position: ComplaintPosition;
}

/** Where a complaint is, and whom it waits on. */
export function complaintCard(language: Language, told: Told, more?: Html): Html {
  const { number, kind, finding, asked, remedy, reason, position } = told;
  const { state, waiting } = position;
  const colour =
    state === 'ACCEPTED' || (state === 'ANSWERED' && waiting === undefined)
      ? 'good'
      : state === 'REFUSED' || state === 'LAPSED'
        ? 'bad'
        : 'wait';
  const ended = state === 'ACCEPTED' || state === 'REFUSED' || state === 'WITHDRAWN';
  return html`<div class="card ${colour}">
    <p><strong>${t(language, { fa: 'شکایت', en: 'Complaint' })} <bdi dir="ltr">${number}</bdi></strong> <span class="tag ${colour}">${t(language, STATE[state])}</span></p>
    <p>${t(language, KIND[kind])}</p>
    ${!ended && html`<p>${t(language, FINDING[finding])}</p>`}
    ${waiting !== undefined && html`<p>${t(language, { fa: 'منتظر', en: 'Waits on' })} ${t(language, PARTY[waiting.on])}${waiting.until !== Infinity && html`، ${t(language, { fa: 'تا', en: 'until' })} ${momentOf(language, waiting.until)}`}.</p>`}
    ${asked !== null && (state === 'ASKED' || state === 'LAPSED') && html`<p>${t(language, { fa: 'پرسش ما:', en: 'We ask:' })} <bdi>${asked}</bdi></p>`}
    ${state === 'ACCEPTED' && remedy !== null && html`<p>${t(language, REMEDY[remedy])}</p>`}
    ${ended && reason !== null && html`<p><bdi>${reason}</bdi></p>`}
    ${more}
  </div>`; // prettier-ignore
}
