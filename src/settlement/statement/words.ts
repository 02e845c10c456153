import { toJalali } from '../../field/jalali.ts';
import type { Statement, StatementLine } from './read.ts';

/** A statement's words, in Persian. */
export const KINDS: Readonly<Record<StatementLine['kind'], string>> = {
  purchase: 'خرید',
  return: 'برگشت کالا',
  reversal: 'اصلاحیه (برگشت تراکنش)',
  fee: 'کارمزد',
  break: 'رفع مغایرت',
  returned: 'برگشت حواله از بانک',
  order: 'حواله به شبا',
};

export const COLUMNS = [
  'تاریخ',
  'ساعت',
  'شرح',
  'شماره مرجع',
  'پایانه',
  'بستانکار (ریال)',
  'بدهکار (ریال)',
  'مانده (ریال)',
  'توضیح',
] as const;
export const OPENING = 'مانده از قبل';
export const TITLE = 'صورت‌حساب تسویه کالابرگ';

/** What stands above the rows, a line each; numbers are isolated, so that they read left to right. */
export function headOf({ name, merchant, from, to, closing }: Statement): string[] {
  return [
    `فروشگاه: \u2068${name}\u2069، شماره پذیرنده: ${isolated(persian(merchant))}`,
    `از ${isolated(persian(jalaliDate(from)))} تا ${isolated(persian(jalaliDate(to)))}`,
    `مانده پایان دوره: ${isolated(money(closing.toString()))} ریال`,
  ];
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

const STATES: Readonly<Record<string, string>> = {
  made: 'آماده',
  sent: 'ارسال‌شده',
  accepted: 'در جریان',
  paid: 'واریزشده',
  returned: 'برگشتی',
};

/** `2026-03-21` → `1405/01/01`. */
export function jalaliDate(isoDate: string): string {
  return toJalali(isoDate).replaceAll('-', '/');
}

/** The state of an order, in Persian; other notes as they are. */
export function noteOf(note: string): string {
  const [sheba = '', state = ''] = note.split(' ');
  const word = STATES[state];
  return word === undefined ? note : `${sheba} ${word}`;
}

/** A statement's rows, as a person reads them, with a running balance. */
export function* rowsOf(opening: bigint, lines: readonly StatementLine[]): Generator<readonly string[]> {
  let balance = opening;
  for (const line of lines) {
    balance += line.credit - line.debit;
    const { reference, terminal, credit, debit } = line;
    const amounts = [credit, debit].map((each) => (each === 0n ? '' : each.toString()));
    const head = [jalaliDate(line.day), line.time, KINDS[line.kind], reference, terminal];
    yield [...head, ...amounts, balance.toString(), noteOf(line.note)];
  }
}
