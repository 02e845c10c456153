import type { Message } from '../../codec/index.ts';
import { dayNumber, isDay, toJalali } from '../../field/jalali.ts';
import type { Language } from '../../field/language.ts';
import { RIAL } from '../../field/money-unit.ts';
import { maskPan } from '../../field/pan.ts';
import { systemClock, tehran } from '../../ops/clock.ts';
import { readAmounts } from './amounts.ts';
import { readBasket, type BasketItem } from './basket.ts';
import { creditEndsIn } from './credit-ends.ts';
import type { Answer } from './terminal.ts';
import { AMOUNTS, digits, isolated, money, row, TITLES, UNITS, VERDICTS } from './words.ts';

/** How a slip is printed. */
export interface Slip {
  /** Default: English. */
  readonly language?: Language;
  /** Name of the shop. */
  readonly shop?: string | undefined;
  /** Names of goods by their code of 13 digits; without a name the code is printed. */
  readonly goods?: ReadonlyMap<string, string> | undefined;
  /** The instant of printing: DE 13 has no year (default: the machine's clock). */
  readonly now?: number;
}

const WIDTH = 44;

/** The slip the printer of a device would give: shop, date, goods, the split, the references, the end of the credit, and whether
 *  the answer's MAC held. */
export function receipt(answer: Answer, slip: Slip = {}): string {
  const { language = 'en' } = slip;
  const { message, rc } = answer;
  const said = (fa: string, en: string): string => (language === 'fa' ? fa : en);
  const line = (name: string, value: string): string => row(name, value, WIDTH);
  const known = (name: string, value: string | undefined): string[] =>
    value === undefined || value === '' ? [] : [line(name, digits(value, language))];
  const lines = [
    ...(slip.shop === undefined ? [] : [digits(slip.shop, language)]),
    line(titleOf(answer, language), approved(rc) ? said('تراکنش موفق', 'APPROVED') : said('تراکنش ناموفق', 'DECLINED')),
    ...(message.get('48.13') === undefined ? [] : [message.get('48.13') ?? '']),
    line(said('تاریخ و ساعت', 'date, time'), isolated(whenOf(message, slip), language)),
    ...known(said('پذیرنده', 'merchant'), message.get(42)),
    ...known(said('پایانه', 'terminal'), message.get(41)),
    ...known(said('کارت', 'card'), cardText(answer, language)),
    ...known(said('شماره‌ی پیگیری', 'STAN'), message.get(11)),
    ...known(said('شماره‌ی مرجع', 'RRN'), message.get(37)),
    ...known(said('کد تأیید', 'authorisation'), message.get(38)),
    ...goodsLines(answer, slip, language),
    ...moneyLines(answer, language),
    '',
    ...known(said('کد پاسخ', 'response code'), rc),
    ...known(said('فیلد نادرست', 'field at fault'), message.get('48.90')),
    line(said('اصالت پاسخ', 'MAC of the answer'), macText(answer, said)),
  ];
  const rule = '-'.repeat(WIDTH);
  return [rule, ...lines, rule].join('\n');
}

export function approved(rc: string): boolean {
  return rc === '00' || rc === '10';
}

function titleOf({ request }: Answer, language: Language): string {
  if (request.mti.startsWith('04')) return language === 'fa' ? 'برگشت خرید' : 'REVERSAL';
  if (request.mti.startsWith('08')) return language === 'fa' ? 'ارتباط با مرکز' : 'NETWORK';
  return TITLES[request.get(3) ?? '']?.[language] ?? request.mti;
}

/** In Persian by the Jalali calendar. The year is that in which DE 13 is nearest to now: at New Year's Eve it is the other one. */
function whenOf(message: Message, { language = 'en', now = systemClock.now() }: Slip): string {
  const [date = '', time = ''] = [message.get(13), message.get(12)];
  const iso = dayNear(date, tehran(now).isoDate);
  if (iso === undefined) return '';
  const day = language === 'fa' ? toJalali(iso).replaceAll('-', '/') : iso;
  return digits(`${day} ${time.replace(/(..)(..)(..)/, '$1:$2:$3')}`, language);
}

function dayNear(monthDay: string, today: string): string | undefined {
  const year = Number(today.slice(0, 4));
  const days = [year - 1, year, year + 1]
    .map((each) => `${each}-${monthDay.slice(0, 2)}-${monthDay.slice(2)}`)
    .filter(isDay);
  const far = (iso: string): number => Math.abs(dayNumber(iso) - dayNumber(today));
  return days.reduce<string | undefined>(
    (best, each) => (best === undefined || far(each) < far(best) ? each : best),
    undefined,
  );
}

function panOf({ request }: Answer): string | undefined {
  return request.get(2) ?? request.get(35)?.split(/[=D]/)[0];
}

function cardText(answer: Answer, language: Language): string | undefined {
  const pan = panOf(answer);
  return pan === undefined ? undefined : isolated(digits(maskPan(pan), language), language);
}

/** The basket, and of each line what the voucher paid, or why it did not. */
function goodsLines({ request, message, unit }: Answer, { goods }: Slip, language: Language): string[] {
  const items = readBasket(request.get('48.01'), unit);
  if (items.length === 0) return [];
  const verdicts = message.get('48.12') ?? '';
  const of = (item: BasketItem, index: number): string[] => {
    const name = goods?.get(item.goods) ?? digits(item.goods.replace(/^0+(?=\d)/, ''), language);
    const count = `${digits(String(item.quantity), language)} ${UNITS[item.unit]?.[language] ?? ''}`;
    const [verdict, rials] = [
      verdicts.slice(index * 14, index * 14 + 2),
      verdicts.slice(index * 14 + 2, (index + 1) * 14),
    ];
    const why = VERDICTS[verdict]?.[language];
    const paid =
      rials === ''
        ? []
        : [row(`  ${AMOUNTS[0]?.[1][language] ?? ''}`, money(BigInt(rials) * unit.stepRials, language, unit), WIDTH)];
    return [
      row(`${name} × ${count}`, money(item.amountRials, language, unit), WIDTH),
      ...(why === undefined ? [] : [`  ${why}`]),
      ...(why === undefined ? [] : paid),
    ];
  };
  return ['', ...items.flatMap(of)];
}

/** The total, its split, what is left, and until when (tag 17). Reversals and balances have no total of their own. */
function moneyLines({ message, request, unit }: Answer, language: Language): string[] {
  const amounts = readAmounts(message.get(54), unit);
  const total = BigInt(request.get(4) ?? '0') * unit.stepRials;
  const lines = [
    ...(total === 0n ? [] : [row(language === 'fa' ? 'مبلغ کل' : 'total', money(total, language, unit), WIDTH)]),
    ...AMOUNTS.flatMap(([type, name]) => {
      const rials = amounts.get(type);
      return rials === undefined ? [] : [row(`  ${name[language]}`, money(rials, language, unit), WIDTH)];
    }),
    ...creditEndsIn(language, message.get('48.17')),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

function macText({ macGood }: Answer, said: (fa: string, en: string) => string): string {
  if (macGood === undefined) return said('ندارد', 'none');
  return macGood ? said('تأیید شد', 'good') : said('نادرست؛ به پاسخ اعتماد نکنید', 'WRONG');
}

/** What a program wants to know of an answer (`--json`): the same as the receipt has. Rials are strings. */
export function answerSummary(answer: Answer): Readonly<Record<string, string | boolean>> {
  const { message, request, rc, macGood, unit } = answer;
  const pan = panOf(answer);
  const amounts = readAmounts(message.get(54), unit);
  const known: Record<string, string | undefined> = {
    de3: request.get(3),
    terminal: message.get(41),
    merchant: message.get(42),
    card: pan === undefined ? undefined : maskPan(pan),
    stan: message.get(11),
    rrn: message.get(37),
    authorisation: message.get(38),
    currency: unit.numeric === RIAL.numeric ? undefined : unit.numeric,
    totalRials: request.has(4) ? (BigInt(message.get(4) ?? '0') * unit.stepRials).toString() : undefined,
    voucherRials: amounts.get('9841')?.toString(),
    cardRials: amounts.get('0041')?.toString(),
    cashRials: amounts.get('0004')?.toString(),
    creditLeftRials: amounts.get('9802')?.toString(),
    balanceRials: amounts.get('0001')?.toString(),
    availableRials: amounts.get('0002')?.toString(),
    text: message.get('48.13'),
    creditEnds: message.get('48.17'),
    fieldAtFault: message.get('48.90'),
  };
  const given = Object.entries(known).filter((each): each is [string, string] => each[1] !== undefined);
  const mac = macGood === undefined ? 'none' : macGood ? 'good' : 'wrong';
  return { mti: message.mti, rc, approved: approved(rc), mac, ...Object.fromEntries(given) };
}
