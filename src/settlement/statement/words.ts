import { toJalali } from '../../field/jalali.ts';
import { figuresOf } from '../../field/money-text.ts';
import { decimalOf, type MoneyUnit, type Reading } from '../../field/money-unit.ts';
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
    remainder: 'خرده به حساب خرده‌ها',
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
    remainder: 'Below one unit, to its remainders',
    break: 'Correction',
    returned: 'Sent back by the bank',
    held: 'Order held',
    order: 'Order to the Sheba',
  },
};

const COLUMNS: Readonly<Record<Language, readonly string[]>> = {
  fa: [
    'تاریخ',
    'ساعت',
    'شرح',
    'شماره مرجع',
    'پایانه',
    'کل فروش',
    'کالابرگ',
    'کارت',
    'نقد',
    'بستانکار',
    'بدهکار',
    'مانده',
    'توضیح',
  ],
  en: [
    'Date',
    'Time',
    'What',
    'Reference',
    'Terminal',
    'Whole sale',
    'Voucher',
    'Card',
    'Cash',
    'Credit',
    'Debit',
    'Balance',
    'Note',
  ],
};
/** The heads of its columns; those of money name the unit.
 *  @param beside units whose columns of money come after all others */
export function columnsOf(language: Language, [first, ...others]: Reading, beside = false): readonly string[] {
  const label = ({ nameFa, alpha }: MoneyUnit): string => (language === 'fa' ? nameFa : alpha);
  const heads = COLUMNS[language];
  return [
    ...heads.map((head, column) => (isMoney(column) ? `${head} (${label(first)})` : head)),
    ...(beside ? others : []).flatMap((unit) => heads.filter((_, column) => isMoney(column)).map((head) => `${head} (${label(unit)})`)),
  ];
} // prettier-ignore

/** A cell of money in a unit, to the last rial. */
export function inUnit(rials: string, unit: MoneyUnit): string {
  return rials === '' ? '' : decimalOf(BigInt(rials), unit);
}

/** The columns that hold money: 5 to 11. */
export function isMoney(column: number): boolean {
  return column >= 5 && column <= 11;
}

const OPENING: Readonly<Record<Language, string>> = { fa: 'مانده از قبل', en: 'Brought forward' };
const SUM: Readonly<Record<Language, string>> = { fa: 'جمع دوره', en: 'Sum of the period' };
export const TITLE = 'صورت‌حساب تسویه کالابرگ';

/** What stands above the rows, a line each; numbers are isolated, so that they read left to right. */
export function headOf(statement: Statement): string[] {
  const { name, merchant, sheba, from, to, closing, totals, remainders, printedAt, units } = statement;
  const [first, ...others] = units;
  const alone = (amount: bigint): string => isolated(figuresOf(amount, first, 'fa'));
  const rials = (amount: bigint): string => {
    const beside = others.map((unit) => `${isolated(figuresOf(amount, unit, 'fa'))} ${unit.nameFa}`);
    return [`${alone(amount)} ${first.nameFa}`, ...beside].join(' = ');
  };
  return [
    `فروشگاه: \u2068${name}\u2069، شماره پذیرنده: ${isolated(persian(merchant))}، شبا: ${isolated(sheba)}`,
    `از ${isolated(persian(jalaliDate(from)))} تا ${isolated(persian(jalaliDate(to)))}، تاریخ چاپ: ${isolated(persian(printed(printedAt)))}`,
    `کل فروش: ${rials(totals.sales)} (کالابرگ ${alone(totals.voucher)}، کارت ${alone(totals.card)}، نقد ${alone(totals.cash)})`,
    `کارمزد: ${rials(totals.fees)}، حواله‌شده: ${rials(totals.paid)}، مانده پایان دوره: ${rials(closing)}`,
    ...(remainders === 0n ? [] : [`حساب خرده‌ها (کمتر از یک واحد): ${rials(remainders)}`]),
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
 *  rials, digits without groups; '' where a row has none. */
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
