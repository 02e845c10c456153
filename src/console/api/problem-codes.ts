import type { Text } from './language.ts';

export interface Known {
  readonly status: number;
  readonly title: Text;
  /** What to do, in Persian; in English it is the error's own message. */
  readonly detailFa: string;
}

/** Every code that the API answers with: its status, and what it says in both languages. */
export const PROBLEMS: Readonly<Record<string, Known>> = {
  'break.rials': {
    status: 422,
    title: { en: 'More than the break is about', fa: 'بیش از مبلغ مغایرت است' },
    detailFa: 'مبلغ سند از مبلغ مغایرت بیشتر نباشد.',
  },
  'break.state': {
    status: 409,
    title: { en: 'Not as the break stands', fa: 'در این وضعیت مغایرت شدنی نیست' },
    detailFa: 'مغایرت را دوباره بخوانید.',
  },
  'break.unknown': {
    status: 404,
    title: { en: 'There is no such break', fa: 'چنین مغایرتی نیست' },
    detailFa: 'شماره را بررسی کنید.',
  },
  'move.blocked': {
    status: 409,
    title: { en: 'The household is blocked', fa: 'خانوار مسدود است' },
    detailFa: 'نخست خانوار را آزاد کنید.',
  },
  'move.card': {
    status: 422,
    title: { en: 'Not a card of this household', fa: 'کارت این خانوار نیست' },
    detailFa: 'کارت‌های خانوار را ببینید.',
  },
  'move.changed': {
    status: 409,
    title: { en: 'The members have changed', fa: 'شمار اعضا تغییر کرده است' },
    detailFa: 'این درخواست را رد کنید و دوباره پیشنهاد دهید.',
  },
  'move.ended': {
    status: 409,
    title: { en: 'The household is over', fa: 'خانوار پایان یافته است' },
    detailFa: 'جابه‌جایی‌های این خانوار را ببینید.',
  },
  'move.household': {
    status: 422,
    title: { en: 'There is no such household', fa: 'چنین خانواری نیست' },
    detailFa: 'شماره را بررسی کنید.',
  },
  'move.invalid': {
    status: 422,
    title: { en: 'Households cannot change so', fa: 'خانوار این‌گونه تغییر نمی‌کند' },
    detailFa: 'آنچه پیام می‌گوید را اصلاح کنید.',
  },
  'move.months-twice': {
    status: 409,
    title: { en: 'The new household had this month', fa: 'خانوار جدید اعتبار این ماه را گرفته است' },
    detailFa: 'جابه‌جایی کارت را بدون نفر پیشنهاد دهید.',
  },
  'move.same-person': {
    status: 409,
    title: { en: 'Another person must approve', fa: 'شخص دیگری باید تأیید کند' },
    detailFa: 'پیشنهاددهنده نمی‌تواند تأیید کند.',
  },
  'move.state': {
    status: 409,
    title: { en: 'This was decided before', fa: 'پیش‌تر دربارهٔ آن تصمیم گرفته شده است' },
    detailFa: 'پیشنهاد دیگری بدهید.',
  },
  'move.to-inactive': {
    status: 409,
    title: { en: 'The receiving household is not active', fa: 'خانوار مقصد فعال نیست' },
    detailFa: 'شماره را بررسی کنید یا خانوار را آزاد کنید.',
  },
  'move.unknown': {
    status: 404,
    title: { en: 'There is no such change of households', fa: 'چنین تغییری پیشنهاد نشده است' },
    detailFa: 'شماره را بررسی کنید.',
  },
  'authority.binding-invalid': {
    status: 422,
    title: { en: 'An authority cannot be bound so', fa: 'مرجع را این‌گونه نمی‌توان پیوند داد' },
    detailFa: 'آنچه پیام می‌گوید را اصلاح کنید.',
  },
  'authority.binding-state': {
    status: 409,
    title: { en: 'Not as this binding stands', fa: 'در این وضعیت پیوند شدنی نیست' },
    detailFa: 'فهرست را دوباره بخوانید.',
  },
  'authority.binding-unknown': {
    status: 404,
    title: { en: 'There is no such binding', fa: 'چنین پیوندی نیست' },
    detailFa: 'شماره را بررسی کنید.',
  },
  'authority.binding-unseen': {
    status: 422,
    title: { en: 'No copy has it so in its file', fa: 'هیچ نسخهٔ درحال‌کار آن را در فایل خود ندارد' },
    detailFa: 'یکی از مواردی را برگزینید که نسخه‌ها در فایل خود دارند.',
  },
  'authority.same-person': {
    status: 409,
    title: { en: 'Another person must approve', fa: 'شخص دیگری باید تأیید کند' },
    detailFa: 'پیشنهاددهنده نمی‌تواند تأیید کند.',
  },
  'programme.unknown': {
    status: 422,
    title: { en: 'There is no such programme', fa: 'چنین برنامه‌ای نیست' },
    detailFa: 'نام برنامه را بررسی کنید.',
  },
  'stand-in.invalid': {
    status: 422,
    title: { en: 'Such a rule cannot be', fa: 'چنین قاعده‌ای شدنی نیست' },
    detailFa: 'آنچه پیام می‌گوید را اصلاح کنید.',
  },
  'stand-in.same-person': {
    status: 409,
    title: { en: 'Another person must approve', fa: 'شخص دیگری باید تأیید کند' },
    detailFa: 'پیشنهاددهنده نمی‌تواند تأیید کند.',
  },
  'stand-in.state': {
    status: 409,
    title: { en: 'This was decided before', fa: 'پیش‌تر دربارهٔ آن تصمیم گرفته شده است' },
    detailFa: 'قاعدهٔ دیگری پیشنهاد دهید.',
  },
  'stand-in.unknown': {
    status: 404,
    title: { en: 'There is no such rule', fa: 'چنین قاعده‌ای نیست' },
    detailFa: 'شماره را بررسی کنید.',
  },
  'bank.advice': {
    status: 409,
    title: { en: 'Not as the doubt stands', fa: 'در این وضعیت شدنی نیست' },
    detailFa: 'فهرست موارد نامعلوم را دوباره بخوانید.',
  },
  'clearing.changed': {
    status: 409,
    title: { en: 'What was made is not what is there now', fa: 'آنچه ساخته شد دیگر همان نیست' },
    detailFa: 'هیچ‌چیز فرستاده نمی‌شود؛ یافته‌های روز را ببینید.',
  },
  'clearing.order': {
    status: 409,
    title: { en: 'Not as the clearing stands', fa: 'در این مرحلهٔ تسویه شدنی نیست' },
    detailFa: 'روز کاری را دوباره بخوانید: steps می‌گوید به کجا رسیده است.',
  },
  'clearing.unknown': {
    status: 404,
    title: { en: 'There is no such clearing', fa: 'برای این روز تسویه‌ای آغاز نشده است' },
    detailFa: 'روز را بررسی کنید.',
  },
  'date.invalid': {
    status: 400,
    title: { en: 'There is no such day', fa: 'چنین روزی نیست' },
    detailFa: 'تاریخ را به شکل YYYY-MM-DD بدهید.',
  },
  'day.not-begun': {
    status: 409,
    title: { en: 'The day has not begun', fa: 'این روز هنوز آغاز نشده است' },
    detailFa: 'روزی که آغاز نشده بسته نمی‌شود.',
  },
  'day.order': {
    status: 409,
    title: { en: 'An earlier day is still open', fa: 'روز پیشین هنوز باز است' },
    detailFa: 'نخست روز پیشین را ببندید.',
  },
  'day.unknown': {
    status: 404,
    title: { en: 'There is no such business day', fa: 'چنین روز کاری‌ای نیست' },
    detailFa: 'روز را بررسی کنید.',
  },
  'delivery.answered': {
    status: 409,
    title: { en: 'The bank has the file', fa: 'بانک فایل را گرفته است' },
    detailFa: 'بانک به حواله‌های آن پاسخ داده است؛ دوباره فرستاده نمی‌شود.',
  },
  'delivery.known': {
    status: 409,
    title: { en: 'The file is not in doubt', fa: 'دربارهٔ این فایل ابهامی نیست' },
    detailFa: 'فایل رسیده است یا هنوز نرفته؛ دوباره بخوانید.',
  },
  'delivery.same-person': {
    status: 403,
    title: { en: 'Another person must say it too', fa: 'نفر دیگری هم باید بگوید' },
    detailFa: 'دو نفر باید بگویند که فایل نرسیده است.',
  },
  'hold.left': {
    status: 409,
    title: { en: 'It cannot be held any more', fa: 'دیگر نمی‌شود آن را نگه داشت' },
    detailFa: 'حواله آزاد شده یا پیش‌تر نگه داشته شده است؛ از بانک بخواهید.',
  },
  'hold.unknown': {
    status: 404,
    title: { en: 'There is no such order', fa: 'چنین حواله‌ای نیست' },
    detailFa: 'شناسه را بررسی کنید.',
  },
  'leftover.unknown': {
    status: 409,
    title: { en: 'It is not open', fa: 'باز نیست' },
    detailFa: 'شاید پیش‌تر بسته شده باشد.',
  },
  'person.name': {
    status: 422,
    title: { en: 'That is no name', fa: 'این نام خوانا نیست' },
    detailFa: 'نام باید ۱ تا ۶۴ نویسهٔ خوانا باشد.',
  },
  'profile.invalid': {
    status: 409,
    title: { en: 'The bank profile is wrong', fa: 'پروندهٔ بانک درست نیست' },
    detailFa: 'تنظیمات تسویه را بررسی کنید.',
  },
  'release.same-person': {
    status: 403,
    title: { en: 'Another person releases', fa: 'نفر دیگری باید آزاد کند' },
    detailFa: 'سازنده و آزادکننده دو نفرند.',
  },
  'search.pan': {
    status: 400,
    title: { en: 'A card number does not belong in an address', fa: 'شمارهٔ کارت نباید در نشانی بیاید' },
    detailFa: 'با POST /api/v1/search بفرستید.',
  },
  'settlement.payer': {
    status: 409,
    title: { en: 'Nobody is named who pays', fa: 'حساب پرداخت‌کننده تنظیم نشده است' },
    detailFa: 'در settlement.json حساب پرداخت‌کننده را بدهید.',
  },
  'unblock.none': {
    status: 409,
    title: { en: 'Nothing of the shop is blocked', fa: 'چیزی از این فروشگاه مسدود نیست' },
    detailFa: 'فهرست را دوباره بخوانید.',
  },
  'unblock.same-person': {
    status: 403,
    title: { en: 'Another person approves', fa: 'نفر دیگری باید تأیید کند' },
    detailFa: 'پیشنهاددهنده و تأییدکننده دو نفرند.',
  },
  'unblock.sheba': {
    status: 409,
    title: { en: 'The Sheba cannot be paid to', fa: 'به این شبا نمی‌شود پرداخت' },
    detailFa: 'شبا را درست کنید، یا بگویید بانک اشتباه کرده است.',
  },
  'unblock.state': {
    status: 409,
    title: { en: 'It is proposed already', fa: 'پیش‌تر پیشنهاد شده است' },
    detailFa: 'همان را تأیید یا رد کنید.',
  },
  'waiver.none': {
    status: 409,
    title: { en: 'Nothing keeps the day', fa: 'چیزی جلوی این روز را نگرفته است' },
    detailFa: 'روز را دوباره بخوانید.',
  },
  'waiver.same-person': {
    status: 403,
    title: { en: 'Another person approves', fa: 'نفر دیگری باید تأیید کند' },
    detailFa: 'پیشنهاددهنده و تأییدکننده دو نفرند.',
  },
  'waiver.state': {
    status: 409,
    title: { en: 'It is proposed already', fa: 'پیش‌تر پیشنهاد شده است' },
    detailFa: 'همان را تأیید یا رد کنید.',
  },
  'api.csrf': {
    status: 403,
    title: { en: 'The request does not come from our page', fa: 'درخواست از صفحهٔ خود سامانه نیامده است' },
    detailFa: 'صفحه را دوباره باز کنید. برنامه‌ها باید به‌جای کوکی، توکن بفرستند.',
  },
  'api.busy': {
    status: 503,
    title: { en: 'Not ready at this moment', fa: 'سامانه در این لحظه آماده نیست' },
    detailFa: 'کمی بعد دوباره تلاش کنید.',
  },
  'api.failed': {
    status: 500,
    title: { en: 'The request failed here', fa: 'خطا در سامانه' },
    detailFa: 'شناسهٔ درخواست را به پشتیبانی بدهید؛ علت در گزارش سامانه ثبت شده است.',
  },
  'api.invalid': {
    status: 400,
    title: { en: 'The request is not valid', fa: 'درخواست درست نیست' },
    detailFa: 'مواردی را که در errors آمده است اصلاح کنید.',
  },
  'api.key-reused': {
    status: 422,
    title: { en: 'The idempotency key was another request’s', fa: 'این کلید یکتایی از آنِ درخواست دیگری بوده است' },
    detailFa: 'برای هر درخواست تازه، یک Idempotency-Key تازه بفرستید.',
  },
  'api.media-type': {
    status: 415,
    title: { en: 'Send JSON', fa: 'بدنهٔ درخواست باید JSON باشد' },
    detailFa: 'بدنه را با Content-Type: application/json بفرستید.',
  },
  'api.no-version': {
    status: 428,
    title: { en: 'If-Match is missing', fa: 'سرآیند If-Match نیامده است' },
    detailFa: 'نخست بخوانید و ETag همان پاسخ را در If-Match بفرستید.',
  },
  'api.stale': {
    status: 412,
    title: { en: 'It was changed meanwhile', fa: 'در این میان تغییر کرده است' },
    detailFa: 'دوباره بخوانید، تغییر دیگری را ببینید و بعد تصمیم بگیرید.',
  },
  'api.too-large': {
    status: 413,
    title: { en: 'The request is too large', fa: 'درخواست بیش از اندازه بزرگ است' },
    detailFa: 'بدنهٔ درخواست را کوچک‌تر کنید.',
  },
  'api.unknown': {
    status: 404,
    title: { en: 'There is no such thing', fa: 'چنین چیزی نیست' },
    detailFa: 'نشانی را بررسی کنید.',
  },
  'capture.file': {
    status: 422,
    title: { en: 'The recording cannot be read', fa: 'این ضبط خوانده نمی‌شود' },
    detailFa: 'جای ایراد در متن خطا آمده است.',
  },
  'captures.empty': {
    status: 404,
    title: { en: 'There are no such frames', fa: 'چنین پیام‌هایی در آن نیست' },
    detailFa: 'نام اتصال را بررسی کنید.',
  },
  'captures.idle': {
    status: 409,
    title: { en: 'Nothing is being recorded', fa: 'چیزی ضبط نمی‌شود' },
    detailFa: 'ضبط پیش‌تر پایان یافته است.',
  },
  'captures.no-target': {
    status: 503,
    title: { en: 'No test gateway', fa: 'درگاه آزمونی نیست' },
    detailFa: 'KALABARG_REPLAY_TO درگاه آزمون را نام می‌برد؛ یا kalabarg replay را به کار ببرید.',
  },
  'captures.none': {
    status: 503,
    title: { en: 'Nothing is recorded here', fa: 'این پردازش پوشهٔ داده ندارد' },
    detailFa: 'از پردازشی بپرسید که پایانه‌ها به آن وصل‌اند.',
  },
  'captures.replay': {
    status: 422,
    title: { en: 'The recording cannot be played', fa: 'این ضبط بازپخش نمی‌شود' },
    detailFa: 'یا درخواستی از پایانه در آن نیست، یا درگاه آزمون پاسخ نمی‌دهد، یا گواهی و کلید پایانه نزد آن نیست.',
  },
  'captures.replaying': {
    status: 409,
    title: { en: 'Another replay is under way', fa: 'بازپخش دیگری در جریان است' },
    detailFa: 'لختی بعد دوباره بکوشید.',
  },
  'captures.running': {
    status: 409,
    title: { en: 'Another recording runs', fa: 'ضبط دیگری در جریان است' },
    detailFa: 'نخست آن را پایان دهید.',
  },
  'captures.unknown': {
    status: 404,
    title: { en: 'There is no such recording', fa: 'چنین ضبطی نیست' },
    detailFa: 'فهرست ضبط‌ها را ببینید.',
  },
  'captures.which': {
    status: 422,
    title: { en: 'Which connections to record', fa: 'نگفته‌اید چه چیزی ضبط شود' },
    detailFa: 'یا شمارهٔ پایانه‌ها را بدهید یا سهمی از اتصال‌ها را.',
  },
  'certificates.authority': {
    status: 503,
    title: { en: 'No authority for terminals', fa: 'مرجع صدور گواهی پایانه‌ها تنظیم نشده است' },
    detailFa: 'فایل گواهی و کلید مرجع را در تنظیمات سامانه بدهید (docs/settings.md).',
  },
  'certificates.import': {
    status: 422,
    title: { en: 'The certificates are not taken', fa: 'گواهی‌ها پذیرفته نشدند' },
    detailFa: 'هر گواهی باید از مرجعی باشد که در ca.crt است، با CN برابر شمارهٔ پایانه و کاربرد clientAuth.',
  },
  'certificates.key': {
    status: 409,
    title: { en: 'The key is another’s, or revoked', fa: 'این کلید از آنِ پایانهٔ دیگر یا گواهی باطل‌شده است' },
    detailFa: 'هر دستگاه کلید خودش را می‌سازد؛ روی همین دستگاه کلید و درخواست تازه بسازید.',
  },
  'certificates.none': {
    status: 404,
    title: { en: 'No list was written yet', fa: 'هنوز فهرستی نوشته نشده است' },
    detailFa: 'فهرست ابطال هنگامی نوشته می‌شود که مرجع صدور گواهی تنظیم شده باشد.',
  },
  'certificates.request': {
    status: 422,
    title: { en: 'The request for a certificate is refused', fa: 'درخواست گواهی پذیرفته نشد' },
    detailFa:
      'نام درخواست باید فقط CN با شمارهٔ همین پایانه باشد، کلید P-256 یا RSA دست‌کم ۲۰۴۸ بیتی یا Ed25519، و بدون نام و دسترسی دیگر.',
  },
  'certificates.serial': {
    status: 409,
    title: { en: 'The serial was given before', fa: 'این شمارهٔ سریال تکراری است' },
    detailFa: 'مرجع صدور نباید سریال تکراری بدهد؛ گواهی تازه بگیرید.',
  },
  'certificates.terminal': {
    status: 409,
    title: { en: 'The terminal is not in service', fa: 'پایانه در سرویس نیست' },
    detailFa: 'پایانه یا فروشگاه آن فعال نیست؛ نخست وضعیت آن را بررسی کنید.',
  },
  'certificates.unknown': {
    status: 404,
    title: { en: 'There is no such certificate', fa: 'چنین گواهی‌ای نیست' },
    detailFa: 'اثر انگشت یا شمارهٔ پایانه را بررسی کنید.',
  },
  'certification.forged': {
    status: 422,
    title: { en: 'The signature does not hold', fa: 'امضای گزارش درست نیست' },
    detailFa: 'گزارش پس از امضا تغییر کرده است؛ نسخهٔ اصلی را از آزمایشگاه بگیرید.',
  },
  'certification.key': {
    status: 422,
    title: { en: 'The key is not one that is believed', fa: 'این کلید پذیرفته نشده است' },
    detailFa: 'دو نفر باید کلید عمومی آزمایشگاه را بپذیرند.',
  },
  'certification.registered': {
    status: 409,
    title: { en: 'The report is registered already', fa: 'این گزارش پیش‌تر ثبت شده است' },
    detailFa: 'فهرست گواهی‌ها را ببینید.',
  },
  'certification.report': {
    status: 422,
    title: { en: 'This is no report of a finished certification', fa: 'این گزارش یک گواهی کامل نیست' },
    detailFa: 'فایل report.json را که آزمایشگاه امضا کرده است بدهید.',
  },
  'certification.second': {
    status: 409,
    title: { en: 'Another person is needed, or nothing waits', fa: 'شخص دیگری لازم است، یا چیزی در انتظار نیست' },
    detailFa: 'تأیید با شخص دیگری است؛ گواهی را دوباره بخوانید.',
  },
  'certification.unknown': {
    status: 404,
    title: { en: 'There is no such verdict', fa: 'چنین گواهی‌ای نیست' },
    detailFa: 'شناسه را بررسی کنید.',
  },
  'devices.refused': {
    status: 409,
    title: { en: 'Not possible as the device stands', fa: 'در این مرحلهٔ دستگاه شدنی نیست' },
    detailFa: 'دستگاه را دوباره بخوانید: waiting می‌گوید منتظر چه کسی است و چه کاری از او برمی‌آید.',
  },
  'devices.serial': {
    status: 422,
    title: { en: 'Not a serial for this device', fa: 'این سریال پذیرفته نیست' },
    detailFa: 'سریال را از برچسب پشت دستگاه بنویسید. دستگاهی که پایانهٔ فروشگاه دیگری است پذیرفته نمی‌شود.',
  },
  'devices.unknown': {
    status: 404,
    title: { en: 'There is no such device', fa: 'چنین دستگاهی نیست' },
    detailFa: 'شماره را بررسی کنید.',
  },
  'owners.code': {
    status: 422,
    title: { en: 'Not the code', fa: 'کد درست نیست' },
    detailFa: 'کد درست نیست، زمانش گذشته، یا چیزی که تأیید می‌کند عوض شده است. کد تازه بفرستید.',
  },
  'owners.mobile': {
    status: 422,
    title: { en: 'Not a mobile number', fa: 'شماره همراه درست نیست' },
    detailFa: 'شماره همراه ۱۱ رقم دارد و با ۰۹ آغاز می‌شود.',
  },
  'owners.wait': {
    status: 429,
    title: { en: 'Too many codes', fa: 'شمار کدها زیاد است' },
    detailFa: 'به اندازه‌ای که Retry-After می‌گوید صبر کنید.',
  },
  'papers.busy': {
    status: 503,
    title: { en: 'Too many papers at once', fa: 'شمار مدارک هم‌زمان زیاد است' },
    detailFa: 'یک دقیقهٔ دیگر دوباره بفرستید.',
  },
  'papers.cut': {
    status: 400,
    title: { en: 'The paper did not come to its end', fa: 'مدرک تا پایان نرسید' },
    detailFa: 'اتصال را بررسی کنید و دوباره بفرستید؛ چیزی ثبت نشد.',
  },
  'papers.damaged': {
    status: 500,
    title: { en: 'A paper was changed on disk', fa: 'مدرک روی دیسک تغییر کرده است' },
    detailFa: 'به پشتیبانی بگویید؛ پرونده باید از نسخهٔ پشتیبان بازگردانده شود.',
  },
  'papers.failed': {
    status: 500,
    title: { en: 'The paper could not be kept', fa: 'مدرک نگه‌داری نشد' },
    detailFa: 'چیزی ثبت نشد. شناسهٔ درخواست را به پشتیبانی بدهید.',
  },
  'papers.key': {
    status: 503,
    title: { en: 'The key of papers is missing', fa: 'کلید مدارک در دسترس نیست' },
    detailFa: 'به پشتیبانی بگویید؛ مدارک بدون کلید اصلی خوانده نمی‌شوند.',
  },
  'papers.kind': {
    status: 422,
    title: { en: 'No such paper is asked for', fa: 'چنین مدرکی خواسته نشده است' },
    detailFa: 'فهرست مدارک خواسته‌شده در missing آمده است.',
  },
  'papers.many': {
    status: 409,
    title: { en: 'The case has thirty papers', fa: 'این پرونده ۳۰ مدرک دارد' },
    detailFa: 'نخست مدرکی را که لازم نیست حذف کنید.',
  },
  'papers.missing': {
    status: 500,
    title: { en: 'A paper is not on disk', fa: 'مدرک روی دیسک نیست' },
    detailFa: 'به پشتیبانی بگویید؛ پوشهٔ مدارک باید بازگردانده شود.',
  },
  'papers.not-yours': {
    status: 403,
    title: { en: 'Not yours to read', fa: 'خواندن این مدرک با شما نیست' },
    detailFa: 'مدارک را فقط بازبین‌های همین پرونده و حسابرس می‌خوانند؛ ثبت‌کننده بازبین نیست.',
  },
  'papers.refused': {
    status: 422,
    title: { en: 'The paper is not taken', fa: 'این مدرک پذیرفته نشد' },
    detailFa: 'دلیل و راه آن در errors آمده است.',
  },
  'papers.unknown': {
    status: 404,
    title: { en: 'There is no such paper', fa: 'چنین مدرکی نیست' },
    detailFa: 'شاید پیش‌تر حذف شده باشد.',
  },
  'break.same-person': {
    status: 403,
    title: { en: 'Another person approves', fa: 'نفر دیگری باید تأیید کند' },
    detailFa: 'پیشنهاددهنده و تأییدکننده دو نفرند.',
  },
  'break.twice': {
    status: 409,
    title: { en: 'It was posted before', fa: 'پیش‌تر سند آن خورده است' },
    detailFa: 'برای این خرید پیش‌تر همین سند زده شده است.',
  },
  'complaints.receipt': {
    status: 422,
    title: { en: 'No purchase is as the receipt says', fa: 'خریدی با این رسید پیدا نشد' },
    detailFa: 'شمارهٔ مرجع، شمارهٔ پایانه، مبلغ و چهار رقم آخر کارت را با رسید بسنجید.',
  },
  'complaints.rials': {
    status: 422,
    title: { en: 'Not an amount of that purchase', fa: 'مبلغ با خرید نمی‌خواند' },
    detailFa: 'مبلغی بیش از صفر و حداکثر به اندازهٔ خرید بدهید.',
  },
  'complaints.same-person': {
    status: 403,
    title: { en: 'Another person decides', fa: 'نفر دیگری باید تصمیم بگیرد' },
    detailFa: 'پیشنهاددهنده و تصمیم‌گیرنده دو نفرند.',
  },
  'complaints.state': {
    status: 409,
    title: { en: 'Not possible as the complaint stands', fa: 'در این مرحله از شکایت شدنی نیست' },
    detailFa: 'شکایت را دوباره بخوانید: waiting می‌گوید منتظر چه کسی است و چه کاری از او برمی‌آید.',
  },
  'complaints.unknown': {
    status: 404,
    title: { en: 'There is no such complaint', fa: 'چنین شکایتی نیست' },
    detailFa: 'شماره را بررسی کنید.',
  },
  'household.card': {
    status: 409,
    title: { en: 'The household has no card', fa: 'خانوار کارتی ندارد' },
    detailFa: 'نخست فایل کارت‌ها را بارگذاری کنید.',
  },
  'household.unknown': {
    status: 404,
    title: { en: 'There is no such household', fa: 'چنین خانواری نیست' },
    detailFa: 'شمارهٔ خانوار را بررسی کنید یا با شش رقم نخست و چهار رقم پایانی کارت جستجو کنید.',
  },
  'jobs.none': {
    status: 503,
    title: { en: 'There are no queues here', fa: 'این پردازش صفی ندارد' },
    detailFa: 'از پردازشی بپرسید که به پایگاه دادهٔ صف‌ها دسترسی دارد.',
  },
  'ledger.return': {
    status: 409,
    title: { en: 'The return is not possible', fa: 'برگشت اعتبار شدنی نیست' },
    detailFa: 'دلیل در detail انگلیسی است؛ سهم کارت را فقط پایانهٔ فروشگاه برمی‌گرداند.',
  },
  'people.busy': {
    status: 503,
    title: { en: 'Too many people sign in', fa: 'شمار ورودهای هم‌زمان زیاد است' },
    detailFa: 'یک دقیقهٔ دیگر دوباره تلاش کنید.',
  },
  'people.last-admin': {
    status: 409,
    title: { en: 'The last admin', fa: 'تنها مدیر سامانه' },
    detailFa: 'نخست مدیر دیگری بسازید.',
  },
  'people.login': {
    status: 422,
    title: { en: 'Not a login', fa: 'نام کاربری پذیرفته نیست' },
    detailFa: 'نام کاربری ۲ تا ۳۲ نویسه از a-z، 0-9، نقطه، خط زیر و خط تیره است و واژهٔ سامانه نیست.',
  },
  'people.name': {
    status: 422,
    title: { en: 'Not a name', fa: 'نام پذیرفته نیست' },
    detailFa: 'نام ۱ تا ۱۰۰ نویسهٔ خوانا دارد.',
  },
  'people.permission': {
    status: 403,
    title: { en: 'You may not do that', fa: 'اجازهٔ این کار را ندارید' },
    detailFa: 'این کار نقش دیگری می‌خواهد؛ مدیر سامانه نقش‌ها را می‌دهد.',
  },
  'people.proof': {
    status: 403,
    title: { en: 'Prove yourself again', fa: 'تأیید دوبارهٔ هویت لازم است' },
    detailFa: 'گذرواژه و رمز یک‌بارمصرف را دوباره وارد کنید (POST /api/v1/session/proof).',
  },
  'people.second-admin': {
    status: 409,
    title: { en: 'Another admin must do that', fa: 'این کار را مدیر دیگری باید انجام دهد' },
    detailFa:
      'یک مدیر به‌تنهایی هر دو سوی یک کنترل دونفره را نمی‌سازد: نقش یا کد راه‌اندازی طرف دیگر را مدیر دیگری بدهد.',
  },
  'people.state': {
    status: 409,
    title: { en: 'Not in this state', fa: 'در این وضعیت شدنی نیست' },
    detailFa: 'وضعیت این فرد را بررسی کنید.',
  },
  'people.taken': {
    status: 409,
    title: { en: 'The login is taken', fa: 'این نام کاربری گرفته شده است' },
    detailFa: 'نام کاربری دیگری برگزینید.',
  },
  'people.unknown': {
    status: 404,
    title: { en: 'There is no such person', fa: 'چنین فردی نیست' },
    detailFa: 'شناسه را بررسی کنید.',
  },
  'overview.listeners': {
    status: 429,
    title: { en: 'Too many pages listen', fa: 'صفحه‌های زنده بیش از حد است' },
    detailFa: 'یکی از صفحه‌های باز را ببندید یا صفحه را دستی تازه کنید.',
  },
  'password.weak': {
    status: 422,
    title: { en: 'The password is too weak', fa: 'گذرواژه ضعیف است' },
    detailFa: 'دست‌کم ۱۲ نویسه که نام خودتان، ردیف صفحه‌کلید یا گذرواژهٔ رایج نباشد. چند واژهٔ بی‌ربط پشت سر هم خوب است.',
  },
  'rules.file': {
    status: 422,
    title: { en: 'The rules are refused', fa: 'قواعد پذیرفته نشد' },
    detailFa: 'هر مورد با جای آن در متن خطا آمده است؛ آن‌چه آغاز شده تغییر نمی‌کند.',
  },
  'rules.late': {
    status: 409,
    title: { en: 'It has begun meanwhile', fa: 'آغاز آن گذشته است' },
    detailFa: 'پیشنهاد را رد کنید و برای روزی در آینده دوباره بدهید.',
  },
  'rules.reason': {
    status: 422,
    title: { en: 'A reason is missing', fa: 'دلیل نیامده است' },
    detailFa: 'دلیل تغییر را بنویسید.',
  },
  'rules.same': {
    status: 409,
    title: { en: 'Nothing would change', fa: 'چیزی تغییر نمی‌کند' },
    detailFa: 'قواعد همین است که در فایل آمده است.',
  },
  'rules.same-person': {
    status: 403,
    title: { en: 'Another person approves', fa: 'نفر دوم باید تأیید کند' },
    detailFa: 'کسی جز پیشنهاددهنده باید آن را تأیید کند.',
  },
  'rules.stale': {
    status: 409,
    title: { en: 'The rules are others by now', fa: 'قواعد در این میان تغییر کرده است' },
    detailFa: 'دوباره بخوانید، تفاوت را ببینید و از نو پیشنهاد دهید.',
  },
  'rules.state': {
    status: 409,
    title: { en: 'It is decided already', fa: 'پیش‌تر دربارهٔ آن تصمیم گرفته شده است' },
    detailFa: 'فهرست پیشنهادها را ببینید.',
  },
  'rules.unknown': {
    status: 404,
    title: { en: 'There is no such proposal', fa: 'چنین پیشنهادی نیست' },
    detailFa: 'شناسهٔ پیشنهاد را بررسی کنید.',
  },
  'rules.waiting': {
    status: 409,
    title: { en: 'Another proposal waits', fa: 'پیشنهاد دیگری در انتظار است' },
    detailFa: 'نخست آن را تأیید یا رد کنید.',
  },
  'shops.claimed': {
    status: 409,
    title: { en: 'Another reviewer has it in hand', fa: 'پرونده در دست بررسی‌کنندهٔ دیگری است' },
    detailFa: 'پروندهٔ دیگری بردارید، یا از او بخواهید آن را واگذارد؛ پس از دو ساعت خودبه‌خود آزاد می‌شود.',
  },
  'shops.guild': {
    status: 422,
    title: { en: 'That guild is not in the scheme', fa: 'این صنف در طرح نیست' },
    detailFa: 'طرح کالابرگ فقط فروشگاه‌های مواد خوراکی را می‌پذیرد؛ فهرست صنف‌ها در GET /api/v1/shop-rules است.',
  },
  'shops.name': {
    status: 422,
    title: { en: 'Not a name of a shop', fa: 'نام فروشگاه پذیرفته نیست' },
    detailFa: 'نام فروشگاه ۲ تا ۱۰۰ نویسهٔ خوانا دارد.',
  },
  'shops.kind': {
    status: 422,
    title: { en: 'Not a kind of violation', fa: 'این نوع تخلف در جدول نیست' },
    detailFa: 'نوع تخلف را از جدول تنبیه‌ها بردارید.',
  },
  'shops.open': {
    status: 409,
    title: { en: 'There is such a case already', fa: 'چنین پرونده‌ای باز است' },
    detailFa: 'پروندهٔ باز را ادامه دهید یا پس بگیرید.',
  },
  'shops.refused': {
    status: 409,
    title: { en: 'Not possible as the case stands', fa: 'در این مرحله از پرونده شدنی نیست' },
    detailFa: 'پرونده را دوباره بخوانید: waiting می‌گوید منتظر چه کسی است و چه کاری از او برمی‌آید.',
  },
  'shops.rules': {
    status: 503,
    title: { en: 'There are no rules for today', fa: 'برای امروز مقرراتی ثبت نشده است' },
    detailFa: 'مقررات فروشگاه‌ها را در پایگاه داده ثبت کنید.',
  },
  'shops.text': {
    status: 422,
    title: { en: 'The text cannot be kept', fa: 'متن پذیرفته نیست' },
    detailFa: '۱۰ تا ۴۰۰۰ نویسهٔ خوانا بنویسید.',
  },
  'shops.unknown': {
    status: 404,
    title: { en: 'There is no such case or shop', fa: 'چنین پرونده یا فروشگاهی نیست' },
    detailFa: 'شماره را بررسی کنید.',
  },
  'shops.value': {
    status: 422,
    title: { en: 'What was typed is not right', fa: 'اطلاعات واردشده درست نیست' },
    detailFa: 'مواردی را که در errors آمده است اصلاح کنید.',
  },
  'sign-in.locked': {
    status: 429,
    title: { en: 'Too many attempts', fa: 'شمار تلاش‌ها زیاد است' },
    detailFa: 'تا زمانی که در Retry-After آمده است صبر کنید.',
  },
  'sign-in.none': {
    status: 401,
    title: { en: 'Sign in', fa: 'وارد نشده‌اید' },
    detailFa: 'وارد شوید، یا توکنی بفرستید که پایان نیافته باشد.',
  },
  'sign-in.refused': {
    status: 401,
    title: { en: 'Not signed in', fa: 'ورود ناموفق' },
    detailFa: 'نام کاربری، گذرواژه یا رمز درست نیست، یا اجازهٔ ورود ندارید.',
  },
  'signals.busy': {
    status: 503,
    title: { en: 'Another trial is under way', fa: 'آزمون دیگری در جریان است' },
    detailFa: 'یک دقیقهٔ دیگر دوباره تلاش کنید.',
  },
  'signals.days': {
    status: 422,
    title: { en: 'Not days to try a rule on', fa: 'با این روزها نمی‌توان قاعده را آزمود' },
    detailFa: 'روزهای بسته‌شده را بدهید: نخست روز آغاز و بعد روز پایان، حداکثر ۹۲ روز.',
  },
  'signals.refused': {
    status: 409,
    title: { en: 'Not possible as it stands', fa: 'در این وضعیت شدنی نیست' },
    detailFa: 'دوباره بخوانید و ببینید اکنون چه کاری شدنی است.',
  },
  'signals.thresholds': {
    status: 422,
    title: { en: 'The thresholds are not right', fa: 'آستانه‌ها درست نیستند' },
    detailFa: 'آستانه‌های همین قاعده را در محدودهٔ خودشان بدهید.',
  },
  'signals.unknown': {
    status: 404,
    title: { en: 'There is no such signal or rule', fa: 'چنین هشدار یا قاعده‌ای نیست' },
    detailFa: 'شناسه را بررسی کنید.',
  },
  'terminal.not-blocked': {
    status: 409,
    title: { en: 'The terminal is not blocked', fa: 'پایانه مسدود نیست' },
    detailFa: 'وضعیت پایانه را دوباره بخوانید.',
  },
  'terminals.about': {
    status: 422,
    title: { en: 'Not what a terminal may say of itself', fa: 'مشخصات پایانه درست نیست' },
    detailFa: 'شمارهٔ پایانه ۸ حرف یا رقم، سریال ۱ تا ۴۰ حرف و رقم، و مدل و شرکت پرداخت حداکثر ۶۰ نویسه است.',
  },
  'terminals.ended': {
    status: 409,
    title: { en: 'The terminal is retired or lost', fa: 'پایانه از رده خارج یا مفقود است' },
    detailFa: 'این پایانه بازنمی‌گردد؛ دستگاه را با شمارهٔ تازه ثبت کنید.',
  },
  'terminals.exists': {
    status: 409,
    title: { en: 'There is such a terminal already', fa: 'پایانه‌ای با این شماره هست' },
    detailFa: 'شمارهٔ دیگری بدهید، یا بدون شماره ثبت کنید.',
  },
  'terminals.health-rule': {
    status: 400,
    title: { en: 'There is no such rule', fa: 'چنین قاعده‌ای نیست' },
    detailFa: 'یکی از قاعده‌های سلامت پایانه را بدهید.',
  },
  'terminals.move': {
    status: 422,
    title: { en: 'The terminal cannot move so', fa: 'این جابه‌جایی شدنی نیست' },
    detailFa: 'مقصد باید فروشگاه دیگری باشد و روز جابه‌جایی امروز یا پس از آن.',
  },
  'terminals.serial': {
    status: 409,
    title: { en: 'The device serves another terminal', fa: 'این دستگاه پایانهٔ دیگری است' },
    detailFa: 'سریال را از پشت دستگاه بخوانید، یا نخست پایانهٔ دیگر را از رده خارج کنید.',
  },
  'terminals.shop': {
    status: 422,
    title: { en: 'The shop may have no such terminal', fa: 'این فروشگاه نمی‌تواند این پایانه را داشته باشد' },
    detailFa: 'شمارهٔ فروشگاه را بررسی کنید و اجازهٔ «پایانهٔ تازه» را در قابلیت‌های آن ببینید.',
  },
  'terminals.unknown': {
    status: 404,
    title: { en: 'There is no such terminal', fa: 'چنین پایانه‌ای نیست' },
    detailFa: 'شمارهٔ پایانه را بررسی کنید.',
  },
  'token.end': {
    status: 422,
    title: { en: 'Not an end of a token', fa: 'پایان توکن پذیرفته نیست' },
    detailFa: 'پایان توکن باید در آینده و تا دو سال دیگر باشد.',
  },
  'token.name': {
    status: 422,
    title: { en: 'Not a name of a token', fa: 'نام توکن پذیرفته نیست' },
    detailFa: 'نامی ۱ تا ۱۰۰ نویسه‌ای بدهید که بگوید توکن برای چیست.',
  },
  'token.scope': {
    status: 422,
    title: { en: 'Not a scope for you', fa: 'این دامنه را نمی‌توان داد' },
    detailFa: 'توکن فقط آنچه را خودتان اجازه دارید می‌دهد، و نه کارهایی که تأیید دوبارهٔ هویت می‌خواهند.',
  },
  'token.unknown': {
    status: 404,
    title: { en: 'There is no such token', fa: 'چنین توکنی نیست' },
    detailFa: 'شاید پیش‌تر گرفته شده باشد.',
  },
  'updates.exemption': {
    status: 422,
    title: { en: 'Not an exemption', fa: 'این معافیت درست نیست' },
    detailFa: 'یک پایانه، یک فروشگاه یا یک مدل، روز پایان (تا ۴۰۰ روز دیگر) و دلیل بدهید.',
  },
  'updates.freeze': {
    status: 422,
    title: { en: 'Not a freeze', fa: 'این توقف درست نیست' },
    detailFa: 'آغاز، پایان و دلیل آن را بررسی کنید؛ پایان باید پس از آغاز و حداکثر ۴۰۰ روز دیگر باشد.',
  },
  'updates.malformed': {
    status: 422,
    title: { en: 'Not a plan of a rollout', fa: 'برنامهٔ انتشار درست نیست' },
    detailFa: 'مواردی را که در پیام آمده است اصلاح کنید.',
  },
  'updates.minimum': {
    status: 422,
    title: { en: 'Not a minimum version', fa: 'این حداقل نسخه درست نیست' },
    detailFa: 'نسخه باید منتشر شده و به همه رسیده باشد، و مهلت خبر دادن تا روز آغاز کامل باشد.',
  },
  'updates.refused': {
    status: 409,
    title: { en: 'Not possible as it stands', fa: 'در این وضعیت شدنی نیست' },
    detailFa: 'دوباره بخوانید.',
  },
  'updates.same-person': {
    status: 409,
    title: { en: 'Another person must approve', fa: 'شخص دیگری باید تأیید کند' },
    detailFa: 'کسی که آن را آماده یا پیشنهاد کرده است نمی‌تواند تأیید کند.',
  },
  'updates.uncertified': {
    status: 409,
    title: { en: 'The firmware is not certified', fa: 'نرم‌افزار گواهی نشده است' },
    detailFa: 'مدل، نسخه و پروفایلی را که در پیام آمده است گواهی کنید، یا آن را کنار بگذارید.',
  },
  'updates.unknown': {
    status: 404,
    title: {
      en: 'There is no such release, rollout, freeze, minimum or exemption',
      fa: 'چنین نسخه، انتشار، توقف، حداقل یا معافیتی نیست',
    },
    detailFa: 'شماره را بررسی کنید.',
  },
  'views.many': {
    status: 409,
    title: { en: 'Too many views', fa: 'نماها زیاد شده‌اند' },
    detailFa: 'یکی از نماها را بردارید و دوباره نگه دارید.',
  },
  'views.pan': {
    status: 422,
    title: { en: 'A card number is not kept in a view', fa: 'شمارهٔ کارت در نما نگه داشته نمی‌شود' },
    detailFa: 'کارت را با شش رقم اول و چهار رقم آخر بدهید: 603799*0078.',
  },
  'views.unknown': {
    status: 404,
    title: { en: 'There is no such view', fa: 'چنین نمایی نیست' },
    detailFa: 'شاید پیش‌تر برداشته شده باشد؛ نماهای خود را دوباره بخوانید.',
  },
};
