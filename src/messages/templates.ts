/** What people are told, word for word (people.md 5). A message holds codes, numbers and what to do: never a link, since fraudsters send
 *  those, and never a balance beside a name. `{name}` is filled in; `{code}` only when it is sent. A text that changes has a new version. */

export type Language = 'fa' | 'en';

interface Template {
  readonly version: number;
  readonly fa: string;
  readonly en: string;
}

export const TEMPLATES = {
  'code.sign-in': {
    version: 1,
    fa: 'کالابرگ\nکد ورود شما: {code}\nتا ۵ دقیقه معتبر است. این کد را به هیچ‌کس نگویید.',
    en: 'Kalabarg\nYour sign-in code: {code}\nIt holds for 5 minutes. Tell it to nobody.',
  },
  'code.confirm': {
    version: 1,
    fa: 'کالابرگ\nکد تأیید پروندهٔ {number}: {code}\nبا گفتن این کد به کارمند، درستی اطلاعات پرونده و شرایط نسخهٔ {terms} را می‌پذیرید. تا ۵ دقیقه معتبر است.',
    en: 'Kalabarg\nCode for case {number}: {code}\nBy telling it to the clerk you confirm what the case says and accept the terms, version {terms}. It holds for 5 minutes.',
  },
  'change.begun': {
    version: 1,
    fa: 'کالابرگ\nدرخواست «{change}» برای فروشگاه شما ثبت شد؛ پروندهٔ {number}. اگر شما نخواسته‌اید، همین امروز با پشتیبانی تماس بگیرید.',
    en: 'Kalabarg\nA request was made for your shop: {change}, case {number}. If it was not you, call support today.',
  },
  'change.approved': {
    version: 1,
    fa: 'کالابرگ\nدرخواست «{change}» فروشگاه شما پذیرفته شد؛ پروندهٔ {number}.',
    en: 'Kalabarg\nThe request of your shop was approved: {change}, case {number}.',
  },
  'sheba.approved': {
    version: 1,
    fa: 'کالابرگ\nاز {day} پول فروش به شبای تازهٔ منتهی به {last} واریز می‌شود و تا آن روز به شبای پیشین؛ پروندهٔ {number}. اگر شما نخواسته‌اید، پیش از آن روز با پشتیبانی تماس بگیرید.',
    en: 'Kalabarg\nFrom {day} your pay-outs go to the new Sheba that ends with {last}, until then to the one of before; case {number}. If it was not you, call support before that day.',
  },
  'sheba.stopped': {
    version: 1,
    fa: 'کالابرگ\nتغییر شبا به شمارهٔ منتهی به {last} متوقف شد. پول فروش همچنان به شبای پیشین واریز می‌شود.',
    en: 'Kalabarg\nThe change to the Sheba that ends with {last} was stopped. Your pay-outs go on to the one of before.',
  },
  'notice.given': {
    version: 1,
    fa: 'کالابرگ\nاخطار شمارهٔ {number} برای فروشگاه شما صادر شد. تا {until} می‌توانید پاسخ و مدارک خود را بدهید؛ تا تصمیم نفر دیگر چیزی تغییر نمی‌کند.',
    en: 'Kalabarg\nNotice {number} was given to your shop. You can answer until {until}; nothing changes until another person has decided.',
  },
  'notice.decided': {
    version: 1,
    fa: 'کالابرگ\nدربارهٔ اخطار {number} تصمیم گرفته شد و اجرا می‌شود. تا {until} می‌توانید اعتراض کنید؛ نفر سومی رسیدگی می‌کند.',
    en: 'Kalabarg\nNotice {number} was decided, and the sanction is in force. You can appeal until {until}; a third person decides.',
  },
  'notice.upheld': {
    version: 1,
    fa: 'کالابرگ\nتصمیم دربارهٔ اخطار {number} قطعی شد.',
    en: 'Kalabarg\nThe decision about notice {number} is final.',
  },
  'notice.fell': {
    version: 1,
    fa: 'کالابرگ\nاخطار {number} کنار گذاشته شد و اثری برای فروشگاه شما ندارد.',
    en: 'Kalabarg\nNotice {number} was dropped and has no effect on your shop.',
  },
  'items.asked': {
    version: 1,
    fa: 'کالابرگ\nلطفاً تا {day} این موارد را در پروندهٔ {number} دوباره نشان دهید: {items}. تا آن روز فروشگاه مانند پیش کار می‌کند.',
    en: 'Kalabarg\nPlease show these again by {day} in case {number}: {items}. Until then your shop works as before.',
  },
  'item.ends': {
    version: 1,
    fa: 'کالابرگ\n{item} فروشگاه شما تا {day} معتبر است ({days} روز دیگر). مدرک تازه را در پروندهٔ {number} بدهید؛ اگر ندهید، ساعت ۲ بامداد {end} {stops} متوقف می‌شود.',
    en: 'Kalabarg\n{item} of your shop holds until {day} ({days} days). Show the new one in case {number}; without it, at 02:00 on {end} this stops: {stops}.',
  },
  'item.ended': {
    version: 1,
    fa: 'کالابرگ\nاعتبار {item} فروشگاه شما پایان یافت؛ {stops} متوقف است. مدرک تازه را در پروندهٔ {number} بدهید تا دوباره آغاز شود.',
    en: 'Kalabarg\n{item} of your shop has ended; stopped: {stops}. Show the new one in case {number} to go on.',
  },
  'enrolment.approved': {
    version: 1,
    fa: 'کالابرگ\nپروندهٔ {number} پذیرفته شد. پایانهٔ فروش شما آماده می‌شود و خبر می‌دهیم؛ کاری لازم نیست.',
    en: 'Kalabarg\nCase {number} is approved. Your terminal is being prepared and we will tell you; there is nothing to do.',
  },
  'enrolment.terminal-ready': {
    version: 1,
    fa: 'کالابرگ\nپایانهٔ {terminal} آماده است. دستگاه را روشن کنید، به‌روزرسانی را بپذیرید و نخستین خرید را با منوی کالابرگ انجام دهید.',
    en: 'Kalabarg\nTerminal {terminal} is ready. Switch the device on, accept the update, and make the first purchase from the kalabarg menu.',
  },
  'enrolment.serial': {
    version: 1,
    fa: 'کالابرگ\nسریال دستگاه در پروندهٔ {number} پذیرفته نشد. سریال پشت دستگاه را آماده داشته باشید؛ همکاران ما با شما تماس می‌گیرند.',
    en: 'Kalabarg\nThe serial of the device in case {number} was not accepted. Have the serial on its back at hand; we will call you.',
  },
  'terminal.outdated': {
    version: 1,
    fa: 'کالابرگ\nنرم‌افزار پایانهٔ {terminals} قدیمی است و از {day} با آن خرید کالابرگ انجام نمی‌شود. پیش از آن روز دستگاه را روشن و به شبکه وصل نگه دارید و به‌روزرسانی را بپذیرید؛ اگر نشد، با پشتیبانی تماس بگیرید.',
    en: 'Kalabarg\nThe software of terminal {terminals} is old: from {day} on it makes no kalabarg purchases. Before that day keep the device on and connected, and accept the update; if that fails, call support.',
  },
  'case.sent': {
    version: 1,
    fa: 'کالابرگ\nدرخواست شما با شمارهٔ {number} رسید و بررسی می‌شود. نتیجه را به همین شماره پیامک می‌کنیم.',
    en: 'Kalabarg\nYour application {number} has arrived and is being checked. We tell you the outcome by SMS to this number.',
  },
  'case.returned': {
    version: 1,
    fa: 'کالابرگ\nپروندهٔ {number} برای اصلاح برگشت: {items}. تا {day} در صفحهٔ پیگیری یا نزد کارمند ثبت‌نام اصلاح کنید.',
    en: 'Kalabarg\nCase {number} comes back to be put right: {items}. Do it by {day}, on the page of your case or with a clerk.',
  },
  'case.refused': {
    version: 1,
    fa: 'کالابرگ\nدرخواست {number} پذیرفته نشد؛ دلیل آن در پرونده نوشته شده است. تا {day} می‌توانید اعتراض کنید.',
    en: 'Kalabarg\nApplication {number} was refused; the case says why. You may appeal until {day}.',
  },
  'case.lapses': {
    version: 1,
    fa: 'کالابرگ\nپروندهٔ {number} منتظر شماست: {items}. اگر تا {day} کامل نشود بسته می‌شود؛ هر زمان بخواهید دوباره باز می‌شود.',
    en: 'Kalabarg\nCase {number} waits for you: {items}. If it is not complete by {day} it closes; it opens again whenever you like.',
  },
  'complaint.asked': {
    version: 1,
    fa: 'کالابرگ\nدربارهٔ شکایت {number} پرسشی از شما داریم. در سایت کالابرگ، بخش «پیگیری شکایت»، آن را ببینید و تا ۱۰ روز پاسخ بدهید.',
    en: 'Kalabarg\nWe have a question about complaint {number}. See it on the Kalabarg site under “Follow a complaint”, and answer within 10 days.',
  },
  'complaint.ended': {
    version: 1,
    fa: 'کالابرگ\nرسیدگی به شکایت {number} پایان یافت. نتیجه را در سایت کالابرگ، بخش «پیگیری شکایت»، ببینید.',
    en: 'Kalabarg\nComplaint {number} has been decided. See the result on the Kalabarg site under “Follow a complaint”.',
  },
} as const satisfies Readonly<Record<string, Template>>;

export type TemplateName = keyof typeof TEMPLATES;

/** Stands in a text for what is sent once and kept nowhere. */
export const CODE = '{code}';

/** The names of what is filled in, without the code. */
export function placesOf(text: string): string[] {
  const names = Array.from(text.matchAll(/\{([a-z]+)\}/gi), ([, name = '']) => name);
  return [...new Set(names)].filter((name) => `{${name}}` !== CODE);
}
