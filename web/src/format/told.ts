import { isDay } from '../../../src/field/jalali.ts';
import { digits } from './digits.ts';
import { amountOf, unitOf, type Looks } from './money.ts';
import { dayOf } from './moment.ts';

/** Sentences that the system writes into rows (what is wrong with a line, what a rollout waits for) are kept in one language. Here they are
 *  read in the reader's; what is not known here is shown as it was written. Pure. */

type Sentence = readonly [pattern: RegExp, fa: string];

/** `$1` a word or a number, `$1r` rials, `$1d` a day, `$1l` a name that is read from left to right. */
const SENTENCES: readonly Sentence[] = [
  // breaks (settlement/acquirer)
  [/^the same (\w+) was told before$/, '$1 پیش‌تر هم گزارش شده بود'],
  [/^(SALE|REV) is unknown here$/, '$1 در دفتر ما نیست'],
  [/^(\w+) of the acquirer$/, '$1 از سوی پذیرندهٔ بانکی'],
  [/^(\w+) that the acquirer does not tell$/, '$1 که پذیرندهٔ بانکی گزارش نمی‌کند'],
  [/^refused there \((\w\w)\), approved here$/, 'آنجا رد شده ($1l)، اینجا تأیید'],
  [/^taken back there, approved here$/, 'آنجا برگشت خورده، اینجا تأیید'],
  [/^sold there, taken back here$/, 'آنجا فروخته شده، اینجا برگشت خورده'],
  [/^total (\d+) there, (\d+) here$/, 'جمع آنجا $1r، اینجا $2r'],
  [/^voucher (\d+) and card (\d+) there, (\d+) and (\d+) here$/, 'آنجا کالابرگ $1r و کارت $2r؛ اینجا $3r و $4r'],
  [/^Sheba (\S+) there, (\S+) here$/, 'شبا آنجا $1l، اینجا $2l'],
  [/^merchant (\S+) there, (\S+) here$/, 'پذیرنده آنجا $1l، اینجا $2l'],
  [/^of business day (\S+), told in the file of (\S+)$/, 'از روز کاری $1d، در فایل $2d آمده'],
  [/^told in line (\d+) of file (\d+)$/, 'در سطر $1 فایل $2 آمد'],
  [/^it has come since$/, 'پس از آن رسیده است'],
  [/^(credit|debit|none) (\d+): (.*)$/s, '$1 $2r: $3'],
  // banks' answers, payments (settlement/answers, clearing)
  [/^booked, and names none of our orders$/, 'ثبت شده و نام هیچ دستور پرداختی از ما را ندارد'],
  [/^a batch that names none of our files$/, 'دسته‌ای که نام هیچ فایلی از ما را ندارد'],
  [/^a statement of an account from which no payment file was made: nothing of it was looked at$/, 'صورت‌حساب حسابی که فایل پرداختی از آن ساخته نشده؛ به آن نگاه نشد'],
  [/^returned by the bank: (AC01|AC04)$/, 'برگشت بانک ($1l): حساب یا شبا پذیرفته نیست'],
  [/^returned by the bank(?:: (\S+))?$/, 'برگشت بانک $1l'],
  [/^BLCK$/, 'حساب نزد بانک مسدود است'],
  [/^the merchant is suspended$/, 'پذیرنده تعلیق شده'],
  [/^the merchant is unknown$/, 'پذیرنده شناخته نیست'],
  [/^the net is negative$/, 'خالص منفی است'],
  // rollouts (updates/rollouts)
  [/^it is (\w+)$/, 'وضعیت: $1'],
  [/^(\d+) devices are silent: nobody knows what they have$/, '$1 دستگاه بی‌خبرند؛ معلوم نیست چه دارند'],
  [/^(\d+) devices are at it$/, '$1 دستگاه در حال نصب'],
  [/^(\d+) devices have not begun$/, '$1 دستگاه هنوز آغاز نکرده'],
  [/^no business day of this step is closed yet$/, 'هنوز هیچ روز کاری از این گام بسته نشده'],
  [/^(\d+) of (\d+) devices that reported could not install it \(([\d.]+) %\)$/, 'از $2 دستگاهی که خبر داده‌اند $1 نتوانسته نصب کند ($3 درصد)'],
  [/^(\d+) of (\d+) business days are closed$/, '$1 از $2 روز کاری بسته شده'],
  [/^(\d+) of (\d+) purchases of updated terminals$/, '$1 از $2 خرید با پایانه‌های به‌روز'],
  [/^(\d+) of (\d+) devices of the step have it \((\d+) are silent\); (\d+) % are wanted$/, '$1 از $2 دستگاه این گام آن را دارند ($3 بی‌خبر)؛ $4 درصد لازم است'],
  [/^the step has no device$/, 'این گام دستگاهی ندارد'],
  [/^purchases declined: ([\d.]+) % with it, ([\d.]+) % without(: too little yet to be sure)?$/, 'خرید ردشده: $1 درصد با آن، $2 درصد بی آن$3'],
  [/^purchases reversed: ([\d.]+) % with it, ([\d.]+) % without(: too little yet to be sure)?$/, 'خرید برگشت‌خورده: $1 درصد با آن، $2 درصد بی آن$3'],
  [/^STANs that never came: ([\d.]+) % with it, ([\d.]+) % without(: too little yet to be sure)?$/, 'شماره‌های پیگیری نرسیده: $1 درصد با آن، $2 درصد بی آن$3'],
  [/^wrong MACs: ([\d.]+) % with it, ([\d.]+) % without(: too little yet to be sure)?$/, 'MAC نادرست: $1 درصد با آن، $2 درصد بی آن$3'],
  [/^terminals silent that traded the day before: ([\d.]+) % with it, ([\d.]+) % without(: too little yet to be sure)?$/, 'پایانهٔ خاموش که روز پیش می‌فروخت: $1 درصد با آن، $2 درصد بی آن$3'],
]; // prettier-ignore

const WORDS: Readonly<Record<string, string>> = {
  SALE: 'خرید',
  REV: 'برگشت',
  ADJ: 'اصلاح',
  CHB: 'بازگشت وجه',
  credit: 'بستانکار کردن فروشگاه،',
  debit: 'بدهکار کردن فروشگاه،',
  proposed: 'پیشنهادشده',
  halted: 'ایستاده',
  done: 'تمام',
  ended: 'پایان‌یافته',
  ': too little yet to be sure': '؛ برای نتیجهٔ قطعی هنوز کم است',
};

/** @param text as the API has it */
export function toldIn(looks: Looks, text: string): string {
  if (looks.language === 'en') return text;
  if (/^none 0: /.test(text)) return `بی‌سند: \u2068${text.slice(8)}\u2069`;
  for (const [pattern, fa] of SENTENCES) {
    const found = pattern.exec(text);
    if (found === null) continue;
    return fa.replace(/\$(\d)([rdl]?)/g, (_, at: string, kind: string) => partOf(looks, found[Number(at)] ?? '', kind));
  }
  return /[\u0600-\u06ff]/.test(text) ? text : `\u2066${text}\u2069`;
}

function partOf(looks: Looks, part: string, kind: string): string {
  if (kind === 'r') return `\u2068${amountOf(looks, part)}\u2069 ${unitOf(looks)}`;
  if (kind === 'd') return isDay(part) ? `\u2068${dayOf(looks.language, part)}\u2069` : `\u2066${part}\u2069`;
  if (kind === 'l') return part === 'none' ? 'ندارد' : `\u2066${part}\u2069`;
  return WORDS[part] ?? (/^[\d.]+$/.test(part) ? digits('fa', part.replace('.', '٫')) : part);
}
