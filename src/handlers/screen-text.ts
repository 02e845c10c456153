/** What a response code says to people: Persian for the screen, English for logs. */
export interface Words {
  readonly fa: string;
  readonly en: string;
}

type Table = Readonly<Record<string, readonly [fa: string, en: string]>>;

/** The gateway's own codes (wire.md 6). */
const OWN: Table = {
  '00': ['تراکنش موفق', 'approved'],
  '03': ['پذیرنده مجاز نیست', 'merchant not permitted'],
  '10': ['مانده را نقدی دریافت کنید', 'the rest is due in cash'],
  '12': ['تراکنش نامعتبر است', 'invalid transaction'],
  '13': ['مبلغ نامعتبر است', 'invalid amount'],
  '14': ['کارت مشمول کالابرگ نیست', 'card not known to the scheme'],
  '25': ['تراکنش اصلی یافت نشد', 'original not found'],
  '30': ['خطای قالب پیام', 'format error'],
  '40': ['جمع سبد با مبلغ برابر نیست', 'basket does not add up'],
  '51': ['اعتبار یا موجودی کافی نیست', 'no credit or insufficient funds'],
  '54': ['تاریخ انقضای کارت گذشته است', 'expired card'],
  '55': ['رمز کارت نادرست است', 'wrong PIN'],
  '57': ['خانوار مجاز به استفاده نیست', 'household not permitted'],
  '58': ['پایانه برای کالابرگ فعال نیست', 'terminal not enabled for kalabarg'],
  '61': ['مبلغ بیش از سقف مجاز است', 'over the limit'],
  '63': ['خطای امنیتی پیام', 'wrong MAC'],
  '65': ['تعداد خرید بیش از حد مجاز است', 'too many in the period'],
  '68': ['پاسخ بانک به موقع نرسید', 'answer too late'],
  '75': ['دفعات ورود رمز نادرست بیش از حد است', 'PIN tries exceeded'],
  '76': ['کلید پایانه معتبر نیست؛ ورود مجدد کنید', 'key synchronisation error'],
  '91': ['بانک در دسترس نیست', 'bank switch unavailable'],
  '94': ['شماره پیگیری تکراری است', 'duplicate STAN with different content'],
  '95': ['جمع‌ها برابر نیستند', 'totals disagree'],
  '96': ['خطای سامانه؛ مبلغی کسر نشد', 'system malfunction, nothing was taken'],
};

/** What a bank means by a code (ISO 8583:1987 A.9, docs/domain/response-codes.json). */
const BANK: Table = {
  '00': ['تراکنش موفق', 'approved'],
  '01': ['با بانک صادرکننده تماس بگیرید', 'refer to card issuer'],
  '02': ['پیش‌تر تأیید شده است', 'already confirmed'],
  '03': ['پذیرنده نزد بانک نامعتبر است', 'invalid merchant'],
  '04': ['کارت را ضبط کنید', 'pick up card'],
  '05': ['تراکنش پذیرفته نشد', 'do not honour'],
  '06': ['خطای نامشخص', 'error'],
  '07': ['کارت را ضبط کنید؛ مورد خاص', 'pick up card, special condition'],
  '08': ['با احراز هویت دارنده‌ی کارت', 'honour with identification'],
  '09': ['تراکنش در دست انجام است', 'request in progress'],
  '10': ['بخشی از مبلغ پذیرفته شد', 'approved for a partial amount'],
  '11': ['پذیرفته؛ مشتری ویژه', 'approved, VIP'],
  '12': ['تراکنش نامعتبر است', 'invalid transaction'],
  '13': ['مبلغ نامعتبر است', 'invalid amount'],
  '14': ['شماره‌ی کارت نامعتبر است', 'invalid card number'],
  '15': ['صادرکننده‌ی کارت نامعتبر است', 'no such issuer'],
  '16': ['پذیرفته؛ شیار ۳ به‌روز شود', 'approved, update track 3'],
  '17': ['مشتری منصرف شد', 'customer cancellation'],
  '18': ['اعتراض مشتری', 'customer dispute'],
  '19': ['دوباره تلاش کنید', 're-enter transaction'],
  '20': ['پاسخ نامعتبر', 'invalid response'],
  '21': ['اقدامی انجام نشد', 'no action taken'],
  '22': ['احتمال خرابی کارت یا پایانه', 'suspected malfunction'],
  '23': ['کارمزد نامعتبر است', 'unacceptable transaction fee'],
  '25': ['تراکنش اصلی یافت نشد', 'unable to locate record'],
  '30': ['قالب پیام پذیرفته نشد', 'format error'],
  '31': ['بانک در شبکه پشتیبانی نمی‌شود', 'bank not supported by switch'],
  '32': ['تراکنش ناتمام ماند', 'completed partially'],
  '33': ['کارت منقضی است؛ ضبط شود', 'expired card, pick up'],
  '34': ['احتمال تقلب؛ کارت ضبط شود', 'suspected fraud, pick up'],
  '35': ['با پذیرنده تماس بگیرید؛ کارت ضبط شود', 'contact acquirer, pick up'],
  '36': ['کارت محدود است؛ ضبط شود', 'restricted card, pick up'],
  '37': ['با امنیت بانک تماس بگیرید؛ کارت ضبط شود', 'call acquirer security, pick up'],
  '38': ['دفعات رمز نادرست بیش از حد؛ کارت ضبط شود', 'PIN tries exceeded, pick up'],
  '39': ['کارت حساب اعتباری ندارد', 'no credit account'],
  '40': ['این عملیات پشتیبانی نمی‌شود', 'function not supported'],
  '41': ['کارت مفقودی است', 'lost card'],
  '42': ['کارت حساب عمومی ندارد', 'no universal account'],
  '43': ['کارت مسروقه است', 'stolen card'],
  '44': ['کارت حساب سرمایه‌گذاری ندارد', 'no investment account'],
  '45': ['قبض قابل پرداخت نیست', 'bill cannot be paid'],
  '51': ['موجودی کافی نیست', 'not sufficient funds'],
  '52': ['کارت حساب جاری ندارد', 'no cheque account'],
  '53': ['کارت حساب پس‌انداز ندارد', 'no savings account'],
  '54': ['تاریخ انقضای کارت گذشته است', 'expired card'],
  '55': ['رمز کارت نادرست است', 'incorrect PIN'],
  '56': ['کارت یافت نشد', 'no card record'],
  '57': ['دارنده‌ی کارت مجاز به این تراکنش نیست', 'not permitted to cardholder'],
  '58': ['پایانه مجاز به این تراکنش نیست', 'not permitted to terminal'],
  '59': ['کارت مظنون به تقلب است', 'suspected fraud'],
  '60': ['با پذیرنده تماس بگیرید', 'contact acquirer'],
  '61': ['مبلغ بیش از سقف کارت است', 'exceeds amount limit'],
  '62': ['کارت محدود شده است', 'restricted card'],
  '63': ['خطای امنیتی', 'security violation'],
  '64': ['مبلغ با تراکنش اصلی یکی نیست', 'original amount incorrect'],
  '65': ['دفعات استفاده از کارت بیش از حد است', 'exceeds frequency limit'],
  '66': ['با امنیت بانک تماس بگیرید', 'call acquirer security'],
  '67': ['کارت ضبط شود', 'hard capture'],
  '68': ['پاسخ بانک به موقع نرسید', 'response received too late'],
  '69': ['دفعات رمز نادرست بیش از حد است', 'PIN tries exceeded'],
  '75': ['دفعات رمز نادرست بیش از حد است', 'PIN tries exceeded'],
  '76': ['خطای همگام‌سازی', 'key synchronisation error'],
  '77': ['تاریخ روز کاری نامعتبر است', 'invalid business date'],
  '78': ['کارت فعال نیست', 'inactive card'],
  '79': ['حساب متصل به کارت نامعتبر است', 'invalid linked account'],
  '80': ['تراکنش رد شد', 'transaction denied'],
  '81': ['کارت پذیرفته نشد', 'cancelled card'],
  '82': ['داده‌ی امنیتی کارت نادرست است', 'wrong card security data'],
  '83': ['سرویس‌دهنده نپذیرفت', 'host refuse'],
  '84': ['صادرکننده پاسخ نداد', 'issuer down'],
  '88': ['خطای رمزنگاری', 'cryptographic failure'],
  '90': ['عملیات پایان روز در جریان است', 'cut-off in progress'],
  '91': ['صادرکننده در دسترس نیست', 'issuer or switch inoperative'],
  '92': ['مقصد تراکنش پیدا نشد', 'destination not found'],
  '93': ['تراکنش قابل انجام نیست', 'cannot be completed'],
  '94': ['تراکنش تکراری است', 'duplicate transmission'],
  '95': ['مغایرت در جمع‌ها', 'reconcile error'],
  '96': ['خطای سامانه‌ی بانک', 'system malfunction'],
  '98': ['عملیات ناموفق', 'exceeds cash limit'],
};

/** What a response code of the gateway says; every code has words, those that pass on from a bank too. */
export function wordsOf(rc: string): Words {
  return wordsIn(OWN[rc]) ?? bankWordsOf(rc);
}

/** What a bank says by a code: `14` is its "invalid card number", whatever it means here. */
export function bankWordsOf(bankRc: string): Words {
  return wordsIn(BANK[bankRc]) ?? { fa: 'تراکنش پذیرفته نشد', en: 'a code that nobody agreed on' };
}

function wordsIn(entry: Table[string] | undefined): Words | undefined {
  return entry === undefined ? undefined : { fa: entry[0], en: entry[1] };
}

/** Why a request is refused whose local time is too far from the gateway's. */
export const CLOCK_WRONG = 'clock.wrong';
/** Why amounts are refused that are in another unit of money than the terminal's. */
export const UNIT_WRONG = 'unit.wrong';
/** Why nothing that takes credit is taken from a terminal any more (handlers/guard). */
export const TERMINAL_BLOCKED = 'terminal.blocked';
/** Why no sale is taken from a terminal whose software is below a minimum version (outdated.ts). */
export const TERMINAL_OUTDATED = 'terminal.outdated';
/** Why a terminal is refused whose certificate has expired: it may renew it (renewal.ts). */
export const CERTIFICATE_EXPIRED = 'certificate.expired';
/** Why a shop is refused that may not do this, though it may do other things (src/shops/capability.ts). */
const NO_VOUCHER = 'merchant.no-voucher';
const NO_CARD = 'merchant.no-card';
/** The software is too old for what the programme needs (programme_rules.min_software_version). */
const OLD_FOR_PROGRAMME = 'terminal.software';
/** A programme's basket refuses a line above its fixed price, or above the household's quantity (docs/programmes.md). */
const GOODS_PRICE = 'goods.price';
const GOODS_QUANTITY = 'goods.quantity';
/** It pays only purchases that say their goods. */
const LIST_MISSING = 'goods.list-missing';
/** Approved for an authority that did not answer: the receipt says so (docs/counterparts.md). */
const STAND_IN = 'approved.stand-in';
/** Approved without the issuer's check of the PIN: the bank could not be reached. */
const BANK_STAND_IN = 'approved.bank-stand-in';
/** Why a question is not answered now: its terminal, shop or address asked too often. */
export const TOO_MANY = 'guard.too-many';

/** What a reason says that its code alone does not. */
const REASONS: Readonly<Record<string, string>> = {
  [CLOCK_WRONG]: 'ساعت یا تاریخ پایانه درست نیست؛ آن را تنظیم کنید',
  [UNIT_WRONG]: 'واحد پول پایانه به‌روز نیست؛ پایانه را به‌روز کنید',
  [TERMINAL_BLOCKED]: 'پایانه مسدود شده است؛ با پشتیبانی تماس بگیرید',
  [TERMINAL_OUTDATED]: 'نرم‌افزار پایانه قدیمی است؛ به‌روز کنید یا به پشتیبانی زنگ بزنید',
  [OLD_FOR_PROGRAMME]: 'نرم‌افزار پایانه قدیمی است؛ به‌روز کنید یا به پشتیبانی زنگ بزنید',
  [CERTIFICATE_EXPIRED]: 'گواهی پایانه منقضی شده است؛ پایانه باید آن را تمدید کند',
  [NO_VOUCHER]: 'این فروشگاه اکنون کالابرگ نمی‌پذیرد؛ با کارت بانکی بپردازید',
  [NO_CARD]: 'این فروشگاه پرداخت با کارت ندارد؛ نقدی بپردازید',
  'authority.unreachable': 'سامانه‌ی مرکزی کالابرگ پاسخ نمی‌دهد؛ دقایقی دیگر تلاش کنید',
  [STAND_IN]: 'تأیید موقت کالابرگ؛ سامانه‌ی مرکزی در دسترس نبود',
  [BANK_STAND_IN]: 'تأیید موقت؛ بانک در دسترس نبود و رمز کارت بررسی نشد',
  'authority.stand-in-limit': 'سامانه‌ی مرکزی کالابرگ در دسترس نیست و سقف تأیید موقت پر شده است',
  'authority.off': 'اعتبار این کارت اکنون در دسترس نیست؛ با پشتیبانی تماس بگیرید',
  'authority.doubt': 'سامانه‌ی مرکزی کالابرگ خرید را تأیید نکرد؛ اگر مبلغی کسر شده باشد برمی‌گردد',
  'authority.no-balance': 'مانده‌ی اعتبار این کارت نزد سامانه‌ی مرکزی است و اینجا دیده نمی‌شود',
  'authority.no-return': 'برگشت خرید این کارت در پایانه ممکن نیست؛ با پشتیبانی تماس بگیرید',
  [GOODS_PRICE]: 'قیمت کالا بالاتر از نرخ مصوب است',
  [GOODS_QUANTITY]: 'بیش از سهمیهٔ مانده از این کالا است',
  [LIST_MISSING]: 'با این اعتبار فقط خرید با فهرست کالا ممکن است',
  [TOO_MANY]: 'درخواست‌ها بیش از حد است؛ دقیقه‌ای دیگر تلاش کنید',
};

/** DE 48 tag 13 of an answer: at most 120 bytes of UTF-8.
 *  @param reason why, as the ledger keeps it: words of the bank are shown as the bank's
 *  @param good the name of the good because of which it is refused, as much of it as there is room for
 *  @returns undefined for an approval in full, which needs no words */
export function screenText(rc: string, reason = '', good?: string): string | undefined {
  if (rc === '00' && reason !== STAND_IN) return undefined;
  const words = REASONS[reason];
  if (words !== undefined)
    return good === undefined ? words : `${fitting(good, MOST_BYTES - bytesOf(words) - 2)}: ${words}`;
  const [, kind, bankRc] = /^bank\.(declined|doubt)\.(\w\w)$/.exec(reason) ?? [];
  if (bankRc === undefined) return wordsOf(rc).fa;
  if (kind === 'declined') return `بانک: ${bankWordsOf(bankRc).fa} (کد ${bankRc})`;
  return `پاسخ بانک قطعی نیست (کد ${bankRc})؛ اگر مبلغی کسر شده باشد برمی‌گردد`;
}

const MOST_BYTES = 120;
const bytesOf = (text: string): number => Buffer.byteLength(text);

/** As much of a name as so many bytes hold; what is cut off ends with an ellipsis. */
function fitting(name: string, most: number): string {
  if (bytesOf(name) <= most) return name;
  const letters = Array.from(name);
  while (letters.length > 0 && bytesOf(letters.join('')) + 3 > most) letters.pop();
  return `${letters.join('').trimEnd()}…`;
}
