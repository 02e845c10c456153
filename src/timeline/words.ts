import { wordsOf } from '../handlers/screen-text.ts';
import type { Text } from '../field/language.ts';

/** What decisions, steps and answers say, in both languages. Codes stay as they are: pages may have words of their own. */

/** Why the ledger or the gate refused, where the code alone does not say it (ledger/functions, handlers/guard). */
const REASONS: Readonly<Record<string, Text>> = {
  'card.unknown': { fa: 'کارت به هیچ خانواری تعلق ندارد', en: 'The card belongs to no household' },
  'basket.sum': { fa: 'جمع سبد با مبلغ خرید برابر نیست', en: 'The basket does not add up to the price' },
  'goods.price': { fa: 'قیمت کالایی بالاتر از نرخ مصوب بود', en: 'A good was above its fixed price' },
  'goods.quantity': {
    fa: 'بیش از سهمیهٔ ماندهٔ خانوار از کالایی بود',
    en: 'More of a good than is left of the household’s quantity',
  },
  'goods.list-missing': {
    fa: 'صندوق فهرست کالا نفرستاد، و این اعتبار فقط کالای سبد را می‌پردازد',
    en: 'The till sent no list of goods, and this credit pays goods alone',
  },
  'approved.stand-in': {
    fa: 'سامانهٔ مرکزی پاسخ نداد؛ تا سقف مجاز بی آن پذیرفته شد (تأیید موقت)',
    en: 'The authority did not answer: taken without it, within the bound (stand-in)',
  },
  'approved.bank-stand-in': {
    fa: 'بانک پاسخ نداد؛ تا سقف مجاز بی آن پذیرفته شد (تأیید موقت)',
    en: 'The bank did not answer: taken without it, within the bound (stand-in)',
  },
  'credit.none': { fa: 'از اعتبار کالابرگ چیزی نمانده است', en: 'No credit is left' },
  'merchant.no-card': { fa: 'این فروشگاه پرداخت با کارت ندارد', en: 'The shop may not take a card part' },
  'merchant.no-voucher': { fa: 'این فروشگاه اکنون کالابرگ نمی‌پذیرد', en: 'The shop may not take vouchers now' },
  'merchant.suspended': { fa: 'فروشگاه معلق است', en: 'The shop is suspended' },
  'merchant.applied': { fa: 'فروشگاه هنوز پذیرفته نشده است', en: 'The shop is not approved yet' },
  'merchant.mismatch': { fa: 'پایانه از آن این فروشگاه نیست', en: 'The terminal is not this shop’s' },
  'terminal.disabled': { fa: 'پایانه از کار برداشته شده است', en: 'The terminal is out of service' },
  'terminal.blocked': { fa: 'پایانه مسدود شده است', en: 'The terminal is blocked' },
  'household.blocked': { fa: 'خانوار مسدود شده است', en: 'The household is blocked' },
  'household.expired': { fa: 'خانوار دیگر مشمول نیست', en: 'The household is not entitled any more' },
  'original.unknown': { fa: 'خرید اصلی پیدا نشد', en: 'The original purchase was not found' },
  'original.awaited': {
    fa: 'برگشت پیش از خرید رسید؛ خرید پذیرفته نخواهد شد',
    en: 'The reversal came first: the original is refused when it comes',
  },
  'return.too-much': {
    fa: 'بیش از آنچه از خرید مانده برگشت خواسته شد',
    en: 'More was to be returned than the purchase keeps',
  },
  'quote.unknown': { fa: 'این رزرو نیست، یا تمام شده است', en: 'There is no such reservation any more' },
  'quote.too-many': { fa: 'رزروهای این خانوار بیش از حد است', en: 'The household has too many reservations' },
  'reversed.before': { fa: 'پیش از رسیدن خرید، برگشت آن رسیده بود', en: 'Its reversal had come before it' },
  'reversed.meanwhile': {
    fa: 'هنگامی که از بانک پرسیده می‌شد، پایانه آن را برگرداند',
    en: 'The terminal reversed it while the bank was asked',
  },
  'date.far': { fa: 'تاریخ پایانه از امروز دور است', en: 'The terminal’s date is too far from today' },
  'clock.wrong': { fa: 'ساعت پایانه درست نیست', en: 'The terminal’s clock is wrong' },
};

/** What a transaction's code and reason say; null: held, there is none yet. */
export function codeWords(code: string | null, reason: string): Text | null {
  if (code === null) return null;
  const [, kind, bankCode] = /^bank\.(declined|doubt|unsent)\.?(\w\w)?$/.exec(reason) ?? [];
  if (kind === 'declined')
    return { fa: `بانک نپذیرفت (کد ${bankCode ?? code})`, en: `The bank declined (code ${bankCode ?? code})` };
  if (kind === 'doubt')
    return { fa: 'پاسخ بانک قطعی نبود؛ برگردانده شد', en: 'The bank’s answer was in doubt: it was reversed' };
  if (kind === 'unsent') return { fa: 'از بانک پرسیده نشد', en: 'The bank was not asked' };
  return REASONS[reason] ?? wordsOf(code);
}

export const VERDICTS: Readonly<Record<string, Text>> = {
  '00': { fa: 'مشمول', en: 'eligible' },
  '01': { fa: 'کالای مشمول نیست', en: 'not an eligible good' },
  '02': { fa: 'بالاتر از سقف قیمت؛ تا سقف پذیرفته شد', en: 'over the price cap: only the cap is taken' },
  '03': { fa: 'بیش از سهمیهٔ خانوار', en: 'over the household’s quantity' },
  '04': { fa: 'این صنف مجاز به فروش آن نیست', en: 'the guild may not sell it' },
};

/** Titles of steps by `titleKey`. */
export const TITLES = {
  'received.request': { fa: 'درخواست رسید', en: 'The request came' },
  'received.reversal': { fa: 'درخواست برگشت رسید', en: 'The reversal came' },
  'checks.passed': { fa: 'پایانه، کلید و MAC درست بود', en: 'Terminal, key and MAC were right' },
  'checks.refused': { fa: 'پیش از تصمیم رد شد', en: 'Refused before it was decided' },
  'decision.approved': { fa: 'پذیرفته شد', en: 'Approved' },
  'decision.split': { fa: 'سهم کالابرگ و کارت معین شد', en: 'Split into voucher and card' },
  'decision.declined': { fa: 'پذیرفته نشد', en: 'Declined' },
  'decision.asked': { fa: 'به پاسخ بانک بستگی دارد', en: 'It hangs on the bank’s word' },
  'hold.open': { fa: 'اعتبار نگه داشته شده است', en: 'Credit is held' },
  'hold.taken': { fa: 'اعتبار نگه داشته و سپس برداشته شد', en: 'Credit was held, then taken' },
  'hold.released': { fa: 'اعتبار نگه داشته و سپس آزاد شد', en: 'Credit was held, then released' },
  'leg.open': { fa: 'از بانک پرسیده شد؛ هنوز پاسخی نیست', en: 'The bank is being asked' },
  'leg.approved': { fa: 'بانک پذیرفت', en: 'The bank approved' },
  'leg.declined': { fa: 'بانک نپذیرفت', en: 'The bank declined' },
  'leg.doubt': { fa: 'پاسخ بانک قطعی نبود', en: 'The bank’s answer was in doubt' },
  'leg.unsent': { fa: 'به بانک فرستاده نشد', en: 'It did not leave for the bank' },
  'completion.approved': { fa: 'پاسخ داده شد: پذیرفته', en: 'Answered: approved' },
  'completion.declined': { fa: 'پاسخ داده شد: رد', en: 'Answered: declined' },
  'confirmation.open': { fa: 'منتظر تأیید تحویل کالا از پایانه', en: 'The terminal’s completion advice is awaited' },
  'confirmation.done': { fa: 'پایانه تحویل کالا را تأیید کرد', en: 'The terminal confirmed: goods were handed over' },
  'postings.done': { fa: 'در دفتر ثبت شد', en: 'Posted' },
  'original.purchase': { fa: 'خریدی که برمی‌گردد', en: 'The purchase that it takes back' },
  'return.done': { fa: 'مرجوعی', en: 'Returned' },
  'return.open': { fa: 'مرجوعی منتظر بانک است', en: 'A return waits for the bank' },
  'return.declined': { fa: 'مرجوعی پذیرفته نشد', en: 'A return was declined' },
  'reversal.done': { fa: 'برگردانده شد', en: 'Reversed' },
  'advice.open': { fa: 'برگشت به بانک فرستاده می‌شود', en: 'A reversal is on its way to the bank' },
  'advice.done': { fa: 'بانک برگشت را پذیرفت', en: 'The bank took the reversal' },
  'advice.refused': {
    fa: 'بانک برگشت را نپذیرفت؛ کارشناس پیگیری می‌کند',
    en: 'The bank refused the reversal: a person settles it',
  },
  'advice.resolved': { fa: 'با بانک حل شد', en: 'Settled with the bank by a person' },
  'complaint.open': { fa: 'شکایت در دست رسیدگی', en: 'A complaint is open' },
  'complaint.ended': { fa: 'شکایت پایان یافت', en: 'A complaint ended' },
  'dispute.open': { fa: 'پرداخت این خرید نگه داشته شده است', en: 'Its pay-out is held: disputed' },
  'dispute.ended': { fa: 'نگه‌داشتن پرداخت پایان یافت', en: 'The dispute ended' },
  'break.open': { fa: 'مغایرت', en: 'A break' },
  'break.resolved': { fa: 'مغایرت پایان یافت', en: 'A break was resolved' },
  'acquirer.matched': { fa: 'در فایل پذیرنده آمد', en: 'It came in the acquirer’s file' },
  'sheba.changed': { fa: 'شبای فروشگاه عوض شد', en: 'The shop’s Sheba changed' },
  'day.open': { fa: 'روز کاری باز است', en: 'The business day is open' },
  'day.closed': { fa: 'روز کاری بسته شد', en: 'The business day was closed' },
  'net.open': { fa: 'حساب روز هنوز بسته نشده است', en: 'The day is not netted yet' },
  'net.pay': { fa: 'حساب روز بسته شد: پرداخت', en: 'Netted: to be paid' },
  'net.carry': { fa: 'حساب روز بسته شد: به روز بعد رفت', en: 'Netted: carried on' },
  'net.hold': { fa: 'حساب روز بسته شد: نگه داشته شد', en: 'Netted: held' },
  'net.zero': { fa: 'حساب روز بسته شد: صفر', en: 'Netted: nothing to pay' },
  'order.made': { fa: 'سطر فایل پرداخت ساخته شد', en: 'A line of the payment file' },
  'order.held': { fa: 'حواله نگه داشته شد', en: 'The order is held' },
  'release.open': { fa: 'منتظر نفر دوم', en: 'A second person must release it' },
  'release.done': { fa: 'نفر دوم آزاد کرد', en: 'Released by a second person' },
  'delivery.open': { fa: 'به بانک فرستاده می‌شود', en: 'On its way to the bank' },
  'delivery.doubt': { fa: 'معلوم نیست بانک فایل را گرفته است', en: 'Nobody knows whether the bank has the file' },
  'delivery.done': { fa: 'به بانک رسید', en: 'The bank has the file' },
  'answer.open': { fa: 'بانک هنوز پاسخ نداده است', en: 'The bank has not answered yet' },
  'answer.paid': { fa: 'بانک پرداخت', en: 'The bank paid' },
  'answer.returned': { fa: 'بانک برگرداند', en: 'The bank returned it' },
  'answer.blocked': { fa: 'بانک نه پرداخته و نه برگردانده است', en: 'The bank neither pays nor returns it' },
  'credited.done': { fa: 'به شبا واریز شد', en: 'Credited to the Sheba' },
  'credited.open': { fa: 'هنوز واریز نشده است', en: 'Not credited yet' },
} as const satisfies Readonly<Record<string, Text>>;
export type TitleKey = keyof typeof TITLES;

/** What the party that is waited for can do now. */
export const CAN: Readonly<Record<string, Text>> = {
  bank: { fa: 'بانک باید پاسخ دهد؛ کاری لازم نیست', en: 'The bank must answer; nothing to do' },
  'bank.reversal': {
    fa: 'برگشت دوباره فرستاده می‌شود تا بانک بپذیرد',
    en: 'The reversal is sent again until the bank takes it',
  },
  'bank.blocked': { fa: 'از بانک بپرسید', en: 'Ask the bank' },
  system: { fa: 'خودکار پیش می‌رود', en: 'It goes on by itself' },
  'operator.refused': {
    fa: 'با بانک حل کنید و نتیجه را در «تردیدها» ثبت کنید',
    en: 'Settle it with the bank, and say so under Doubts',
  },
  'operator.break': { fa: 'دو نفر مغایرت را پایان می‌دهند', en: 'Two persons end the break' },
  'operator.dispute': {
    fa: 'دو نفر آن را آزاد می‌کنند؛ یا روزش می‌رسد',
    en: 'Two persons let it go, or its day ends it',
  },
  'operator.release': { fa: 'نفر دوم فایل را آزاد می‌کند', en: 'A second person releases the file' },
  'operator.delivery': { fa: 'از بانک بپرسید که فایل رسیده است یا نه', en: 'Ask the bank whether it has the file' },
  operator: { fa: 'کارشناس تسویه علت را ببیند و برطرف کند', en: 'Settlement staff look at the reason and end it' },
  shop: { fa: 'فروشگاه شبای درست را بدهد', en: 'The shop gives a right Sheba' },
  'shop.sells': { fa: 'با فروش بعدی برطرف می‌شود', en: 'The next sales end it' },
  terminal: {
    fa: 'پایانه تحویل کالا را تأیید کند؛ وگرنه برگردانده می‌شود',
    en: 'The terminal confirms, or it is reversed',
  },
  complainant: { fa: 'شاکی به پرسش پاسخ دهد', en: 'The complainant answers' },
  support: { fa: 'پشتیبانی به شکایت رسیدگی کند', en: 'Support takes the complaint' },
  second_person: { fa: 'نفر دوم تصمیم بگیرد', en: 'A second person decides' },
};

/** Of the two answers. */
export const ANSWERS = {
  'paid.paid': { fa: 'به فروشگاه پرداخت شده است', en: 'The shop was paid' },
  'paid.reversed': {
    fa: 'خرید برگردانده شده است؛ چیزی به فروشگاه بدهکار نیستیم',
    en: 'The purchase was reversed: nothing is owed',
  },
  'paid.returned': { fa: 'کالا برگردانده شده است؛ چیزی نمانده', en: 'It was returned whole: nothing is left to pay' },
  'paid.declined': { fa: 'خرید پذیرفته نشده بود', en: 'The purchase was declined' },
  'paid.in_doubt': { fa: 'نتیجهٔ بانک هنوز معلوم نیست', en: 'The bank’s word is still awaited' },
  'paid.day_open': { fa: 'روز کاری هنوز باز است', en: 'The business day is still open' },
  'paid.closing': { fa: 'حساب روز بسته می‌شود', en: 'The day is being netted' },
  'paid.checking': { fa: 'فایل پرداخت منتظر نفر دوم است', en: 'The payment file waits for a second person' },
  'paid.sending': { fa: 'فایل پرداخت به بانک می‌رود', en: 'The payment file is on its way to the bank' },
  'paid.at_bank': { fa: 'حواله نزد بانک است', en: 'The bank has the order' },
  'paid.bank_blocked': {
    fa: 'بانک نه پرداخته و نه برگردانده است',
    en: 'The bank neither pays the order nor returns it',
  },
  'paid.bank_refused': { fa: 'بانک حواله را برگرداند', en: 'The bank returned the order' },
  'paid.sheba_changed': {
    fa: 'شبا عوض شد؛ با تسویهٔ بعدی واریز می‌شود',
    en: 'The Sheba changed: it goes with the next settlement',
  },
  'paid.sheba_wrong': { fa: 'شبای فروشگاه درست نیست', en: 'The shop’s Sheba is wrong' },
  'paid.held': { fa: 'پرداخت نگه داشته شده است', en: 'The pay-out is held' },
  'paid.held_break': {
    fa: 'روز فروشگاه با دفترها جور نیست و بررسی می‌شود',
    en: 'The shop’s day does not add up, and is looked into',
  },
  'paid.disputed': { fa: 'این خرید در دست بررسی است', en: 'This purchase is disputed' },
  'paid.next': { fa: 'با تسویهٔ بعدی می‌رود', en: 'It goes with the next settlement' },
  'paid.small': { fa: 'جمع کمتر از کمترین مبلغ واریز است', en: 'The sum is below the least pay-out' },
  'paid.owing': { fa: 'برگشت‌های روز بیش از فروش بود', en: 'More went back than was sold' },
  'paid.nothing_due': {
    fa: 'چیزی از آن را ما نمی‌پردازیم (همهٔ آن با کارت یا نقد بود)',
    en: 'None of it is ours to pay (card or cash)',
  },
  'paid.not_ours': {
    fa: 'خرید عادی بانکی است؛ پذیرنده‌اش تسویه می‌کند',
    en: 'An ordinary card payment: its acquirer settles it',
  },
  'paid.not_a_sale': { fa: 'فروش نیست', en: 'It is no sale' },
  'charged.charged': {
    fa: 'خرید پذیرفته شد و همین مبلغ برداشته شد',
    en: 'The purchase was approved, and this was taken',
  },
  'charged.not_charged': { fa: 'چیزی برداشته نشد', en: 'Nothing was taken' },
  'charged.declined_by_bank': { fa: 'بانک نپذیرفت؛ چیزی برداشته نشد', en: 'The bank declined: nothing was taken' },
  'charged.in_doubt': { fa: 'نتیجهٔ بانک هنوز معلوم نیست', en: 'The bank’s word is still awaited' },
  'charged.reversing': {
    fa: 'اعتبار برگشت؛ برگشت سهم کارت به بانک فرستاده می‌شود',
    en: 'Credit went back; the card part is being reversed at the bank',
  },
  'charged.reversal_refused': {
    fa: 'بانک برگشت سهم کارت را نپذیرفت؛ کارشناس پیگیری می‌کند',
    en: 'The bank refused to reverse the card part: a person settles it',
  },
  'charged.given_back': { fa: 'همه‌چیز برگشت', en: 'Everything went back' },
  'charged.returned': { fa: 'برداشته شد و همهٔ آن پس داده شد', en: 'It was taken, and all of it was given back' },
  'charged.returned_partly': {
    fa: 'برداشته شد و بخشی از آن پس داده شد',
    en: 'It was taken, and a part of it was given back',
  },
  'charged.not_a_sale': { fa: 'فروش نیست', en: 'It is no sale' },
} as const satisfies Readonly<Record<string, Text>>;

/** Codes of both answers, without the question. */
export const ANSWER_CODES: readonly string[] = [
  ...new Set(Object.keys(ANSWERS).map((key) => key.slice(key.indexOf('.') + 1))),
];
