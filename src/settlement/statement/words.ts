import { toJalali } from '../../field/jalali.ts';
import { tehran } from '../../ops/clock.ts';
import type { Statement, StatementLine } from './read.ts';

export type Language = 'fa' | 'en';

/** A statement's words. Printed pages are Persian; tables for spreadsheets come in both languages. */
const KINDS: Readonly<Record<Language, Readonly<Record<StatementLine['kind'], string>>>> = {
  fa: {
    purchase: 'خرید',
    return: 'برگشت کالا',
    reversal: 'اصلاحیه (برگشت تراکنش)',
    fee: 'کارمزد',
    break: 'رفع مغایرت',
    returned: 'برگشت حواله از بانک',
    held: 'حواله نگه داشته شد',
    order: 'حواله به شبا',
  },
  en: {
    purchase: 'Purchase',
    return: 'Return',
    reversal: 'Reversal',
    fee: 'Fee',
    break: 'Correction',
    returned: 'Sent back by the bank',
    held: 'Order held',
    order: 'Order to the Sheba',
  },
};

export const COLUMNS: Readonly<Record<Language, readonly string[]>> = {
  fa: [
    'تاریخ',
    'ساعت',
    'شرح',
    'شماره مرجع',
    'پایانه',
    'کل فروش (ریال)',
    'کالابرگ (ریال)',
    'کارت (ریال)',
    'نقد (ریال)',
    'بستانکار (ریال)',
    'بدهکار (ریال)',
    'مانده (ریال)',
    'توضیح',
  ],
  en: [
    'Date',
    'Time',
    'What',
    'Reference',
    'Terminal',
    'Whole sale (IRR)',
    'Voucher (IRR)',
    'Card (IRR)',
    'Cash (IRR)',
    'Credit (IRR)',
    'Debit (IRR)',
    'Balance (IRR)',
    'Note',
  ],
};
/** The columns that hold money: 5 to 11. */
export function isMoney(column: number): boolean {
  return column >= 5 && column <= 11;
}

const OPENING: Readonly<Record<Language, string>> = { fa: 'مانده از قبل', en: 'Brought forward' };
const SUM: Readonly<Record<Language, string>> = { fa: 'جمع دوره', en: 'Sum of the period' };
export const TITLE = 'صورت‌حساب تسویه کالابرگ';

/** What stands above the rows, a line each; numbers are isolated, so that they read left to right. */
export function headOf({ name, merchant, sheba, from, to, closing, totals, printedAt }: Statement): string[] {
  const rials = (amount: bigint): string => `${isolated(money(amount.toString()))} ریال`;
  return [
    `فروشگاه: \u2068${name}\u2069، شماره پذیرنده: ${isolated(persian(merchant))}، شبا: ${isolated(sheba)}`,
    `از ${isolated(persian(jalaliDate(from)))} تا ${isolated(persian(jalaliDate(to)))}، تاریخ چاپ: ${isolated(persian(printed(printedAt)))}`,
    `کل فروش: ${rials(totals.sales)} (کالابرگ ${isolated(money(String(totals.voucher)))}، کارت ${isolated(money(String(totals.card)))}، نقد ${isolated(money(String(totals.cash)))})`,
    `کارمزد: ${rials(totals.fees)}، حواله‌شده: ${rials(totals.paid)}، مانده پایان دوره: ${rials(closing)}`,
  ];
}

/** `1405/09/06 14:05` in Tehran. */
function printed(ms: number): string {
  const { isoDate, time } = tehran(ms);
  return `${jalaliDate(isoDate)} ${time.slice(0, 2)}:${time.slice(2, 4)}`;
}

function isolated(text: string): string {
  return `\u2066${text}\u2069`;
}

/** `-1000` → `-۱٬۰۰۰`. */
export function money(digits: string): string {
  return persian(digits.replace(/\B(?=(\d{3})+$)/g, '٬'));
}

export function persian(text: string): string {
  return text.replace(/\d/g, (digit) => String.fromCodePoint(0x06f0 + Number(digit)));
}

const STATES: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  fa: {
    made: 'آماده',
    sent: 'ارسال‌شده',
    accepted: 'در جریان',
    paid: 'واریزشده',
    returned: 'برگشتی',
    held: 'نگه‌داشته',
  },
  en: { made: 'ready', sent: 'sent', accepted: 'on its way', paid: 'paid', returned: 'sent back', held: 'held' },
};

/** `2026-03-21` → `1405/01/01`. */
export function jalaliDate(isoDate: string): string {
  return toJalali(isoDate).replaceAll('-', '/');
}

/** The state of an order, in words; other notes as they are. */
function noteOf(note: string, language: Language): string {
  const [sheba = '', state = ''] = note.split(' ');
  const word = STATES[language][state];
  return word === undefined ? note : `${sheba} ${word}`;
}

/** A statement's rows, as a person reads them, with a running balance: what was brought forward first, the sums last. Money is
 *  digits without groups; '' where a row has none. */
export function* rowsOf(
  { from, to, opening, closing, lines, totals }: Statement,
  language: Language = 'fa',
): Generator<readonly string[]> {
  const date = (day: string): string => (language === 'fa' ? jalaliDate(day) : day);
  yield [date(from), '', OPENING[language], '', '', '', '', '', '', '', '', opening.toString(), ''];
  let balance = opening;
  for (const line of lines) {
    balance += line.credit - line.debit;
    const { reference, terminal, sale } = line;
    const tenders = sale === undefined ? [0n, 0n, 0n] : [sale.voucher, sale.card, sale.cash];
    const whole = tenders.reduce((sum, each) => sum + each, 0n);
    const amounts = [whole, ...tenders, line.credit, line.debit].map((each) => (each === 0n ? '' : each.toString()));
    const head = [date(line.day), line.time, KINDS[language][line.kind], reference, terminal];
    yield [...head, ...amounts, balance.toString(), noteOf(line.note, language)];
  }
  const { sales, voucher, card, cash, credit, debit } = totals;
  const sums = [sales, voucher, card, cash, credit, debit, closing].map(String);
  yield [date(to), '', SUM[language], '', '', ...sums, ''];
}
