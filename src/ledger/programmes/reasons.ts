/** Why a month's credit came or did not come, why goods were refused, and why the voucher does not pay all of a line, for people. Codes of months are those of `month_states`
 *  (functions/grants.sql). */
const REASONS: Readonly<Record<string, readonly [fa: string, en: string]>> = {
  granted: ['داده شده است', 'it was given'],
  owed: ['نوبت آن رسیده و با شارژ بعدی می‌آید', 'it is due, and comes with the next run of charges'],
  'month.skipped': ['باید داده می‌شد و از قلم افتاده است؛ پیگیری کنید', 'it was owed and was skipped: report it'],
  'day.coming': ['روز شارژ آن هنوز نرسیده است', 'its day has not come yet'],
  'household.blocked': ['خانوار مسدود است', 'the household is blocked'],
  'household.expired': ['خانوار دیگر مشمول نیست', 'the household is no longer in the scheme'],
  'household.merged': [
    'خانوار در خانوار دیگری ادغام شده و اعتبارش به آن رفته است',
    'the household has gone up in another, and its credit with it',
  ],
  'household.later': ['خانوار پس از آن ماه ثبت شده است', 'the household was registered after that month'],
  'cohort.no-day': ['برای این گروه روز شارژ تعیین نشده است', 'its cohort has no charge day'],
  'cohort.changed': [
    'گروه خانوار تغییر کرده و روز آن در این ماه نبوده است',
    'its cohort changed, and had no day in this month',
  ],
  'decile.nothing': ['برای این دهک مبلغی تعیین نشده است', 'its decile gets nothing'],
  'digit.unknown': ['رقم آخر کد ملی سرپرست ثبت نشده است', "the last digit of the head's national id is not known"],
  'flag.missing': [
    'شرط دریافت آن (مانند اظهارنامه یا پوشش حمایتی) ثبت نشده است',
    'it needs what is not on record, such as a declaration or cover by Emdad or Behzisti',
  ],
  // why a purchase is refused (functions/shared/basket.sql, goods.sql)
  'goods.price': ['قیمت کالایی بالاتر از نرخ مصوب بود', 'a good was above its fixed price'],
  'goods.quantity': [
    'بیش از سهمیهٔ ماندهٔ خانوار از کالایی بود',
    "it was more of a good than is left of the household's quantity",
  ],
  'goods.list-missing': [
    'صندوق فهرست کالا نفرستاد، و این اعتبار فقط کالای سبد را می‌پردازد',
    'the till sent no list of goods, and this credit pays goods alone',
  ],
  // of a line (what-if-lines.ts)
  'line.unknown': ['در فهرست کالاهای کالابرگ نیست', 'it is not on the list of goods of the voucher'],
  'line.not-in-basket': ['در سبد این طرح نیست', "it is not in this programme's basket"],
  'line.unit': ['واحد آن با واحد فهرست یکی نیست', 'its unit is not that of the list'],
  'line.guild': ['این صنف اجازهٔ فروش آن با کالابرگ را ندارد', 'this guild may not sell it by the voucher'],
  'line.price': ['بالاتر از سقف قیمت: کالابرگ تا سقف می‌پردازد', 'above the price cap: the voucher pays up to the cap'],
  'line.fixed-price': ['گران‌تر از نرخ مصوب: بیشتر از آن را مشتری می‌دهد', 'above its fixed price: the customer pays what is above'],
  'line.customer-part': ['بخشی از نرخ مصوب سهم خود مشتری است', 'a part of its fixed price is the customer’s own'],
  'line.quantity': ['بیش از سهمیهٔ ماندهٔ خانوار', "more than is left of the household's quantity"],
  'line.quantity-of-purchase': ['بیش از سقف هر خرید', 'more than one purchase may have'],
  'line.refused': ['خرید به دلیل کالای دیگری پذیرفته نمی‌شود', 'the purchase is refused because of another good'],
  'line.credit': ['اعتبار نماند', 'no credit was left'],
  'line.card-part': ['سهم ثابت کارت، یا کمتر از کوچک‌ترین واحد پول پایانه', "the fixed part of the card, or less than one step of the terminal's unit"],
}; // prettier-ignore

export interface Reason {
  readonly code: string;
  readonly fa: string;
  readonly en: string;
}

export function reasonOf(code: string): Reason {
  const [fa, en] = REASONS[code] ?? [code, code];
  return { code, fa, en };
}

/** For documentation and tests. */
export const REASON_CODES: readonly string[] = Object.keys(REASONS);
