/** What the fields of rules are called, and what their values are counted in: of settlement, of programmes, of signals. The API has
 *  them as the files of rules have them; a test fails where a field of those has no word here. Pure. */

export type FieldKind =
  | 'rials'
  | 'percent'
  /** A hundredth of a percent. */
  | 'basisPoints'
  /** A millionth of the amount. */
  | 'perMillion'
  | 'days'
  | 'months'
  | 'seconds'
  | 'ms'
  /** A day of each month, by number. */
  | 'monthDay'
  /** ISO: Monday is 1. */
  | 'weekday'
  | 'period'
  | 'instant'
  | 'number'
  /** From one hour to another. */
  | 'hours'
  /** A word of the file, or a text. */
  | 'text';

export interface RuleField {
  readonly fa: string;
  readonly en: string;
  /** Left out: texts, days and lists, as they are. */
  readonly kind?: FieldKind;
}

const field = (fa: string, en: string, kind?: FieldKind): RuleField => ({ fa, en, ...(kind === undefined ? {} : { kind }) }); // prettier-ignore

/** By name; `section.name` where a section means something else by it. */
export const RULE_FIELDS: Readonly<Record<string, RuleField>> = {
  // dates
  from: field('از', 'From'),
  to: field('تا', 'To'),
  day: field('روز', 'Day', 'monthDay'),
  effectiveAt: field('لازم‌الاجرا از', 'Counts from', 'instant'),
  proposedAt: field('زمان پیشنهاد', 'Proposed at', 'instant'),
  decidedAt: field('زمان تصمیم', 'Decided at', 'instant'),
  // settlement
  settleCardPart: field('تسویهٔ سهم کارت بانکی', 'Settle the card part'),
  minPayoutRials: field('کمترین واریز', 'Smallest pay-out', 'rials'),
  feeFixedRials: field('کارمزد ثابت', 'Fixed fee', 'rials'),
  feeBasisPoints: field('کارمزد درصدی', 'Fee', 'basisPoints'),
  owingAlarmDays: field('هشدار بدهی فروشگاه پس از', 'Alarm of a debt after', 'days'),
  'matching.rules': field('کلیدهای تطبیق، به ترتیب', 'Keys that must agree, in their order'),
  lookbackDays: field('جست‌وجو در روزهای پیش', 'Looks back', 'days'),
  lateDays: field('دیرکرد پذیرفته', 'May come late by', 'days'),
  toleranceDays: field('مهلت پیش از مغایرت', 'Days of grace', 'days'),
  alarmDays: field('هشدار پس از', 'Alarm after', 'days'),
  psp: field('شرکت پرداخت', 'PSP'),
  profiles: field('پروفایل‌ها', 'Profiles'),
  profile: field('پروفایل', 'Profile'),
  business: field('ساعت‌های روز کاری', 'Times on business days'),
  holiday: field('ساعت‌های روز تعطیل', 'Times on holidays'),
  rail: field('سامانهٔ پرداخت', 'Rail'),
  minRials: field('کف مبلغ', 'At least', 'rials'),
  maxRials: field('سقف مبلغ', 'At most', 'rials'),
  cutOff: field('آخرین ساعت پذیرش', 'Cut-off'),
  'holidays.day': field('روز', 'Day'),
  name: field('مناسبت', 'Name'),
  estimated: field('به رؤیت هلال', 'May move by a day'),
  calendar: field('تقویم', 'Calendar'),
  weekdays: field('روزهای هفته', 'Days of the week', 'weekday'),
  unit: field('واحد', 'Unit'),
  alpha: field('کد ISO 4217', 'ISO 4217 code'),
  numeric: field('شمارهٔ ISO 4217', 'ISO 4217 number'),
  exponent: field('رقم اعشار', 'Decimals', 'number'),
  'units.rials': field('ارزش هر واحد به ریال', 'Worth in rials', 'number'),
  nameFa: field('نام فارسی', 'Persian name'),
  nameEn: field('نام انگلیسی', 'English name'),
  lawful: field('پول رایج', 'May be paid with'),
  in: field('به واحد', 'In the unit'),
  fee: field('کارمزد', 'Fee'),
  of: field('از مبلغِ', 'Of the amount of'),
  bands: field('پله‌ها', 'Bands'),
  below: field('کمتر از', 'Below', 'rials'),
  rials: field('مبلغ ثابت', 'Fixed amount', 'rials'),
  perMillion: field('درصد', 'Share', 'perMillion'),
  most: field('حداکثر', 'At most', 'rials'),
  exempt: field('معاف', 'Exempt'),
  rounding: field('گرد کردن', 'Rounding'),
  'cardParts.kind': field('به حساب', 'Counts as'),
  'cardParts.perMillion': field('درصد از خرید', 'Share of the purchase', 'perMillion'),
  purchasesFromRials: field('برای خرید از', 'Of purchases from', 'rials'),
  mostRials: field('سقف قانونی', 'Lawful maximum', 'rials'),
  payee: field('گیرنده', 'Payee'),
  account: field('حساب', 'Account'),
  // programmes
  programme: field('طرح', 'Programme'),
  order: field('نوبت خرج', 'Order of spending', 'number'),
  pinCheck: field('بررسی رمز', 'PIN check'),
  pinCheckFromRials: field('رمز از مبلغ', 'PIN from', 'rials'),
  minCardRials: field('کمترین سهم کارت بانکی', 'Smallest card part', 'rials'),
  minCardAs: field('سهم کارت به حساب', 'Card part counts as'),
  confirmation: field('تأیید پایانه پس از خرید', 'Confirmation by the terminal'),
  confirmWithinMs: field('مهلت تأیید پایانه', 'Confirmed within', 'ms'),
  maxPurchaseRials: field('سقف هر خرید', 'Limit of a purchase', 'rials'),
  maxDayRials: field('سقف روزانهٔ خانوار', 'Limit of a day', 'rials'),
  maxDayPurchases: field('خرید در روز، حداکثر', 'Purchases a day, at most', 'number'),
  maxPeriodRials: field('سقف ماهانهٔ خانوار', 'Limit of a month', 'rials'),
  minSoftwareVersion: field('کمینهٔ نسخهٔ نرم‌افزار پایانه', 'Minimum software of terminals'),
  carryOver: field('انتقال مانده به ماه بعد', 'What is left goes on to the next month'),
  cohort: field('دسته‌بندی خانوارها', 'Households by'),
  cohorts: field('دسته‌ها', 'Groups', 'number'),
  validMonths: field('اعتبار شارژ', 'Charge holds for', 'months'),
  requires: field('شرط', 'Requires'),
  amounts: field('مبلغ شارژ', 'Amounts'),
  deciles: field('دهک‌ها', 'Deciles', 'number'),
  rialsPerPerson: field('به ازای هر نفر', 'A person', 'rials'),
  days: field('روزهای شارژ', 'Days'),
  period: field('ماه', 'Month', 'period'),
  category: field('گروه کالا', 'Category'),
  categories: field('گروه‌های کالا', 'Categories'),
  perPerson: field('سهم هر نفر', 'A person', 'number'),
  perPurchase: field('در هر خرید، حداکثر', 'A purchase, at most', 'number'),
  item: field('قلم', 'Item'),
  items: field('قلم‌های سبد', 'Items'),
  goods: field('کالاها', 'Goods'),
  good: field('کد کالا', 'Code'),
  each: field('هر عدد برابر', 'A piece counts for', 'number'),
  priceRials: field('قیمت', 'Price', 'rials'),
  voucherRials: field('سهم کالابرگ از قیمت', 'Of it the voucher pays', 'rials'),
  overPrice: field('گران‌تر از قیمت', 'Above the price'),
  overQuantity: field('بیش از مقدار', 'Above the quantity'),
  method: field('گونهٔ سبد', 'Kind of basket'),
  withoutList: field('خرید بدون فهرست کالا', 'A purchase without its goods'),
  observePrices: field('ثبت قیمت‌ها', 'Prices are observed'),
  guilds: field('صنف‌ها', 'Guilds'),
  // moved ends of credit
  id: field('شماره', 'Number'),
  state: field('وضعیت', 'State'),
  reason: field('دلیل', 'Reason'),
  proposedBy: field('پیشنهاددهنده', 'Proposed by'),
  decidedBy: field('تصمیم‌گیرنده', 'Decided by'),
  // signals: how much is too much, and what was found
  leftRials: field('ماندهٔ اعتبار پس از خرید، حداکثر', 'Credit left, at most', 'rials'),
  leastRials: field('مبلغ خرید، دست‌کم', 'Amount, at least', 'rials'),
  seconds: field('فاصلهٔ دو خرید، حداکثر', 'Between two purchases, at most', 'seconds'),
  chain: field('خرید پشت سر هم، دست‌کم', 'In a row, at least', 'number'),
  purchases: field('تعداد خرید', 'Purchases', 'number'),
  sharePercent: field('سهم از خریدهای فروشگاه', 'Share of the shop’s purchases', 'percent'),
  digits: field('تعداد رقم پایانی', 'Last digits', 'number'),
  pairs: field('تعداد تکرار', 'Times', 'number'),
  smallRials: field('مبلغ هر خرید، کمتر از', 'Each below', 'rials'),
  sumRials: field('جمع خریدها، دست‌کم', 'Together, at least', 'rials'),
  'signals.days': field('بازهٔ بررسی', 'Days looked at', 'days'),
  'signals.hours': field('ساعت کار صنف‌ها', 'Hours of guilds', 'hours'),
  newDays: field('فروشگاه تازه تا', 'A shop is new for', 'days'),
  times: field('چند برابر میانهٔ صنف', 'Times the median of its guild', 'number'),
  peers: field('فروشگاه‌های دیگر صنف، دست‌کم', 'Other shops of the guild, at least', 'number'),
  lines: field('تعداد قلم', 'Lines', 'number'),
  roundPercent: field('خرید با مبلغ گرد', 'Round amounts', 'percent'),
  wholePercent: field('خرید با تمام اعتبار', 'Whole credits', 'percent'),
  unlistedPercent: field('خرید بدون فهرست کالا', 'Without their goods', 'percent'),
  firstRials: field('مبلغ نخست', 'First amount', 'rials'),
  secondRials: field('مبلغ دوم', 'Second amount', 'rials'),
  households: field('تعداد خانوار', 'Households', 'number'),
  'signals.most': field('بیشترین خرید یک خانوار', 'Most of one household', 'number'),
  cardRials: field('پرداخت با کارت بانکی', 'Paid by bank card', 'rials'),
  terminals: field('پایانه‌ها', 'Terminals'),
  shopsBefore: field('فروشگاه‌های پیشین', 'Shops before'),
  lastDayThere: field('آخرین روز آنجا', 'Last day there'),
  tail: field('رقم‌های پایانی', 'Last digits'),
  sales: field('کل خریدها', 'All purchases', 'number'),
  guild: field('صنف', 'Guild'),
  open: field('ساعت کار', 'Open', 'hours'),
  hours: field('ساعت خریدها', 'Hours of the purchases', 'number'),
  firstDay: field('نخستین روز فروش', 'First day', 'text'),
  medianRials: field('میانهٔ صنف', 'Median of the guild', 'rials'),
  chains: field('تعداد زنجیره', 'Chains', 'number'),
  longest: field('بلندترین زنجیره', 'Longest chain', 'number'),
  fastestSeconds: field('کوتاه‌ترین زمان', 'Fastest', 'seconds'),
  foreign: field('قلم‌های بیرون از صنف', 'Lines of other guilds', 'number'),
  turns: field('جابه‌جایی میان دو پایانه', 'Turns', 'number'),
};

/** Words of the files, `field.word`. */
export const RULE_WORDS: Readonly<Record<string, readonly [fa: string, en: string]>> = {
  'rail.PAYA': ['پایا', 'PAYA'],
  'rail.SATNA': ['ساتنا', 'SATNA'],
  'calendar.bank': ['بانک‌ها', 'banks'],
  'calendar.office': ['اداره‌ها', 'offices'],
  'of.card': ['کارت بانکی', 'the bank card'],
  'of.voucher': ['کالابرگ', 'the voucher'],
  'of.total': ['کل خرید', 'the whole purchase'],
  'rounding.down': ['رو به پایین', 'down'],
  'rounding.half-up': ['به نزدیک‌ترین', 'to the nearest'],
  'rounding.up': ['رو به بالا', 'up'],
  'kind.price': ['بهای کالا', 'a part of the price'],
  'kind.fee': ['کارمزد', 'a fee'],
  'rules.rrn': ['شمارهٔ مرجع', 'RRN'],
  'rules.terminal': ['پایانه', 'terminal'],
  'rules.amount': ['مبلغ', 'amount'],
  'rules.stan': ['شمارهٔ پیگیری', 'STAN'],
  'rules.local-date': ['تاریخ پایانه', 'local date'],
  'rules.trace': ['شمارهٔ رهگیری', 'trace number'],
  'rules.merchant': ['پذیرنده', 'merchant'],
  'pinCheck.issuer': ['صادرکنندهٔ کارت', 'by the issuer'],
  'pinCheck.none': ['بدون رمز', 'none'],
  'minCardAs.price': ['بهای کالا', 'a part of the price'],
  'minCardAs.fee': ['کارمزد', 'a fee'],
  'confirmation.none': ['لازم نیست', 'not needed'],
  'confirmation.required': ['لازم است', 'needed'],
  'cohort.all': ['همهٔ خانوارها', 'all of them'],
  'cohort.decile': ['دهک', 'decile'],
  'cohort.digit': ['رقم آخر کد ملی سرپرست', 'last digit of the head’s national id'],
  'overPrice.split': ['مازاد با مشتری', 'the customer pays the rest'],
  'overPrice.refuse': ['رد خرید', 'refused'],
  'overQuantity.split': ['مازاد با مشتری', 'the customer pays the rest'],
  'overQuantity.refuse': ['رد خرید', 'refused'],
  'method.free': ['آزاد: همهٔ کالاهای طرح', 'free: all goods of the scheme'],
  'method.fixed': ['ثابت: فقط قلم‌های سبد', 'fixed: its items alone'],
  'withoutList.pay': ['پرداخت می‌شود', 'is paid'],
  'withoutList.refuse': ['رد می‌شود', 'is refused'],
  'unit.00': ['عدد', 'pieces'],
  'unit.01': ['گرم', 'grams'],
  'unit.02': ['میلی‌لیتر', 'millilitres'],
  'unit.rial': ['ریال', 'rial'],
  'in.rial': ['ریال', 'rial'],
  'guild.supermarket': ['سوپرمارکت', 'supermarket'],
  'guild.grocery': ['خواربارفروشی', 'grocery'],
  'guild.dairy': ['لبنیات', 'dairy'],
  'guild.butcher': ['قصابی', 'butcher'],
  'guild.chain': ['فروشگاه زنجیره‌ای', 'chain store'],
  'guild.cooperative': ['تعاونی', 'cooperative'],
  'state.proposed': ['منتظر تأیید دوم', 'waits for a second person'],
  'state.effective': ['برقرار', 'in force'],
  'state.coming': ['در راه', 'coming'],
  'state.rejected': ['ردشده', 'rejected'],
  'state.replaced': ['جایش را تازه‌تری گرفته', 'replaced'],
  'state.ended': ['پایان‌یافته', 'ended'],
};
