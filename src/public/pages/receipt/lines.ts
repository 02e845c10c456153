import { groupedRials } from '../../../field/rials.ts';
import { moneyText } from '../../../field/money-text.ts';
import { RIAL } from '../../../field/money-unit.ts';
import { inWords } from '../../../field/number-words.ts';
import { comma, dayOf, digits, momentOf, t, type Language, type Text } from '../../language.ts';
import type { Back, Parts, Receipt, Verdict } from './read.ts';

export interface Fact {
  readonly kind: 'fact';
  readonly label: string;
  readonly value: string;
  /** Reads from left to right wherever it stands. */
  readonly ltr?: boolean;
  /** Somebody's: it reads in the direction of its own first letter. */
  readonly named?: boolean;
  readonly strong?: boolean;
  /** Under it, in small letters. */
  readonly note?: string;
}

/** What a receipt says, line by line: the page, the PDF and the bitmap all say this. */
export type Line =
  | Fact
  | { readonly kind: 'title'; readonly text: string }
  | { readonly kind: 'head'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'state'; readonly text: string; readonly mood: 'good' | 'wait' | 'bad' };

export interface Told {
  readonly receipt: Receipt;
  readonly language: Language;
  /** Numbers that people call, by commas; empty: none is known. */
  readonly phones: string;
}

export function linesOf({ receipt, language, phones }: Told): Line[] {
  const say = (text: Text): string => t(language, text);
  const { kind, shop, at, rrn, terminal, total, original } = receipt;
  return [
    { kind: 'title', text: say(TITLE[kind]) },
    stateOf(receipt, language),
    ...(receipt.stoodIn === undefined ? [] : [{ kind: 'text', text: say(STOOD_IN[receipt.stoodIn]) } as const]),
    { kind: 'fact', label: say({ fa: 'فروشگاه', en: 'Shop' }), value: shop, named: true },
    { kind: 'fact', label: say({ fa: 'زمان', en: 'Time' }), value: momentOf(language, at) },
    { kind: 'fact', label: say({ fa: 'شمارهٔ مرجع', en: 'Reference (RRN)' }), value: rrn, ltr: true },
    { kind: 'fact', label: say({ fa: 'پایانه', en: 'Terminal' }), value: terminal, ltr: true },
    ...(original === undefined
      ? []
      : [
          { kind: 'fact', label: say({ fa: 'مرجع خرید', en: 'Reference of the purchase' }), value: original.rrn, ltr: true } as const, // prettier-ignore
          { kind: 'fact', label: say({ fa: 'زمان خرید', en: 'Time of the purchase' }), value: momentOf(language, original.at) } as const, // prettier-ignore
        ]),
    amount(language, say(TOTAL[kind]), total, receipt.units),
    { kind: 'head', text: say(TENDERS[kind]) },
    ...tendersOf(language, receipt, PARTS[kind], receipt.units),
    ...(kind === 'purchase' ? lawfulOf(language, receipt) : []),
    ...verdictLines(language, receipt.lines, receipt.units),
    ...creditOf(language, receipt),
    ...backOf(language, receipt),
    { kind: 'head', text: say({ fa: 'شکایت', en: 'To complain' }) },
    { kind: 'text', text: say(COMPLAIN) + phoneOf(language, phones) },
    { kind: 'text', text: `${say({ fa: 'این رسید تا', en: 'This receipt can be seen until' })} ${dayOf(language, receipt.endsAt)}${say({ fa: ' دیده می‌شود.', en: '.' })}` }, // prettier-ignore
  ];
}

const TITLE: Readonly<Record<Receipt['kind'], Text>> = {
  purchase: { fa: 'رسید خرید کالابرگ', en: 'Receipt of a voucher purchase' },
  return: { fa: 'رسید مرجوعی کالابرگ', en: 'Receipt of a return' },
};
/** Who bought must know that it was decided without who decides: nothing more is asked of the household. */
const STOOD_IN: Readonly<Record<'authority' | 'bank', Text>> = {
  authority: {
    fa: 'تأیید موقت: سامانهٔ مرکزی کالابرگ پاسخ نداد و این خرید تا سقف مجاز بی آن پذیرفته شد. این خرید بعداً به آن سامانه اعلام می‌شود.',
    en: 'Stand-in: the central voucher system did not answer, and this purchase was taken without it, within its bound. It is told afterwards.',
  },
  bank: {
    fa: 'تأیید موقت: بانک پاسخ نداد و این خرید، که سهم کارت ندارد، تا سقف مجاز بی آن پذیرفته شد.',
    en: 'Stand-in: the bank did not answer, and this purchase, which has no card part, was taken without it, within its bound.',
  },
};
const TOTAL: Readonly<Record<Receipt['kind'], Text>> = {
  purchase: { fa: 'مبلغ کل', en: 'Total' },
  return: { fa: 'مبلغ برگشتی', en: 'Returned' },
};
const TENDERS: Readonly<Record<Receipt['kind'], Text>> = {
  purchase: { fa: 'چگونه پرداخت شد', en: 'How it was paid' },
  return: { fa: 'به کجا برگشت', en: 'Where it went back to' },
};
const PARTS: Readonly<Record<Receipt['kind'], Readonly<Record<keyof Parts, Text>>>> = {
  purchase: {
    voucher: { fa: 'از اعتبار کالابرگ', en: 'From the voucher' },
    card: { fa: 'از کارت بانکی', en: 'From the bank card' },
    cash: { fa: 'نقد', en: 'In cash' },
  },
  return: {
    voucher: { fa: 'به اعتبار کالابرگ', en: 'To the voucher credit' },
    card: { fa: 'به حساب کارت', en: 'To the account of the card' },
    cash: { fa: 'نقد از فروشگاه', en: 'In cash, by the shop' },
  },
};
const COMPLAIN: Text = {
  fa: 'اگر مبلغ درست نیست یا فروشگاه بیش از این گرفته است، در همین سایت «شکایت از یک خرید» را باز کنید؛ شمارهٔ مرجع، پایانه، مبلغ و چهار رقم آخر کارت را می‌پرسد.',
  en: 'If an amount is wrong, or the shop took more than this, open “Complain about a purchase” on this site: it asks for the reference, the terminal, the amount and the last four digits of the card.',
};

function stateOf(receipt: Receipt, language: Language): Line {
  const { kind, state, given } = receipt;
  const is = (text: Text, mood: 'good' | 'wait' | 'bad'): Line => ({ kind: 'state', text: t(language, text), mood });
  if (kind === 'return')
    return state === 'reversed'
      ? is({ fa: 'این مرجوعی باطل شد', en: 'This return was taken back' }, 'bad')
      : is({ fa: 'مرجوعی انجام شد', en: 'Returned' }, 'good');
  if (state === 'reversed') return is({ fa: 'این خرید برگشت خورد', en: 'This purchase was reversed' }, 'bad');
  const back = sum(given);
  if (back > 0n && back >= receipt.total)
    return is({ fa: 'همهٔ این خرید برگشت داده شد', en: 'All of this purchase was returned' }, 'bad');
  if (back > 0n)
    return is({ fa: 'بخشی از این خرید برگشت داده شد', en: 'A part of this purchase was returned' }, 'wait');
  return is({ fa: 'خرید انجام شد', en: 'Paid' }, 'good');
}

type Units = Receipt['units'];

/** Figures, and the same in words under them; and in what else one may pay with on that day. */
function amount(language: Language, label: string, rials: bigint, units: Units): Line {
  const note = [...wordsOf(language, rials, units), ...beside(language, rials, units)].join(' · ');
  return { kind: 'fact', label, value: money(language, rials, units), strong: true, ...(note === '' ? {} : { note }) };
}

/** No digit can be added to words. Those of the first unit, where the amount has no decimals in it. */
function wordsOf(language: Language, rials: bigint, [{ rials: worth, nameFa, nameEn, unit }]: Units): string[] {
  if (rials % worth !== 0n) return [];
  const name = { fa: nameFa, en: unit === RIAL.unit && rials !== 1n ? `${nameEn}s` : nameEn };
  return [`${inWords(language, rials / worth)} ${t(language, name)}`];
}

function money(language: Language, rials: bigint, [first]: Units): string {
  return moneyText(rials, first, language);
}

/** The same amount in the other units, to the last rial. */
function beside(language: Language, rials: bigint, [, ...others]: Units): string[] {
  return others.map((unit) => `= ${moneyText(rials, unit, language)}`);
}

function tendersOf(language: Language, of: Parts, names: Readonly<Record<keyof Parts, Text>>, units: Units): Line[] {
  return (['voucher', 'card', 'cash'] as const)
    .filter((part) => of[part] > 0n)
    .map((part) => amount(language, t(language, names[part]), of[part], units));
}

/** domain/08, 6.2: shops charge the card's part twice, or something beside it. */
function lawfulOf(language: Language, receipt: Receipt): Line[] {
  const { card, cash, fee, leastCard, cardPart, units } = receipt;
  const say = (text: Text): string => t(language, text);
  const of = (as: Language, rials: bigint): string => money(as, rials, units);
  const least =
    leastCard > 0n && card > 0n && cardPart === undefined
      ? say({ fa: ` در هر خرید کالابرگ کمینهٔ سهم کارت ${of('fa', leastCard)} است.`, en: ` ${of('en', leastCard)} is the least card part of a voucher purchase.` }) // prettier-ignore
      : '';
  const ofFee =
    fee > 0n && cardPart === undefined
      ? say({ fa: ` ${of('fa', fee)} از سهم کارت کارمزد شبکهٔ بانکی است.`, en: ` ${of('en', fee)} of the card part is a fee of the banking network.` }) // prettier-ignore
      : '';
  const due = cash > 0n ? say({ fa: ' آنچه نقد است همان مبلغ بالاست.', en: ' What is due in cash stands above.' }) : '';
  const rule = say({
    fa: 'فروشگاه برای این خرید حق ندارد بیش از این از کارت بگیرد؛ نه به نام کارمزد و نه با تراکنشی جدا.',
    en: 'For this purchase the shop may not take more than this from a card: neither as a fee, nor by another transaction.',
  });
  return [
    {
      kind: 'fact',
      label: say({ fa: 'بیشترین سهم قانونی کارت', en: 'Lawful maximum of the card part' }),
      value: money(language, card, units),
      note: [...beside(language, card, units), rule + least + ofFee + due].join(' · '),
    },
    ...fixedPartOf(language, receipt),
  ];
}

/** What of the card's part a dated row fixes: the shop's price or somebody's fee, and how much it may be at most. */
function fixedPartOf(language: Language, { card, voucher, leastCard, fee, cardPart, units }: Receipt): Line[] {
  const rials = cardPart?.kind === 'fee' ? fee : leastCard < card ? leastCard : card;
  if (cardPart === undefined || rials === 0n || voucher === 0n) return [];
  const { kind, payee = '', most } = cardPart;
  const what: Text =
    kind === 'fee'
      ? { fa: `کارمزد \u2068${payee}\u2069 است، نه سهم فروشگاه.`, en: `A fee of \u2068${payee}\u2069, not the shop’s.` }
      : { fa: 'بخشی از بهای کالاست و به فروشگاه می‌رسد.', en: 'A part of the price of the goods: the shop gets it.' };
  const law = most === undefined ? [] : [t(language, { fa: `سقف قانونی آن ${money('fa', most, units)} است.`, en: `By law it is at most ${money('en', most, units)}.` })]; // prettier-ignore
  return [
    {
      kind: 'fact',
      label: t(language, { fa: 'از آن، سهم ثابت کارت', en: 'Of it, the fixed card part' }),
      value: money(language, rials, units),
      note: [...beside(language, rials, units), [t(language, what), ...law].join(' ')].join(' · '),
    },
  ];
}

const VERDICTS: Readonly<Record<string, Text>> = {
  '00': { fa: 'مشمول کالابرگ', en: 'a good of the voucher' },
  '01': { fa: 'مشمول کالابرگ نیست', en: 'not a good of the voucher' },
  '02': { fa: 'گران‌تر از سقف قیمت؛ کالابرگ تنها تا سقف می‌پردازد', en: 'over the price cap: the voucher pays up to the cap' },
  '03': { fa: 'بیش از سهمیهٔ خانوار', en: 'over the quantity of the household' },
  '04': { fa: 'این صنف اجازهٔ فروش آن با کالابرگ را ندارد', en: 'this guild may not sell it by the voucher' },
}; // prettier-ignore
const NO_CREDIT: Text = {
  fa: 'مشمول کالابرگ است، ولی اعتبار نماند',
  en: 'a good of the voucher, but no credit was left',
};

function verdictLines(language: Language, lines: readonly Verdict[], units: Units): Line[] {
  if (lines.length === 0) return [];
  return [
    { kind: 'head', text: t(language, { fa: 'ردیف‌های سبد', en: 'Lines of the basket' }) },
    ...lines.map(({ code, voucher }, index): Line => {
      const verdict = code === '00' && voucher === 0n ? NO_CREDIT : VERDICTS[code];
      const of = money(language, voucher, units);
      return {
        kind: 'fact',
        label: `${t(language, { fa: 'ردیف', en: 'Line' })} ${digits(language, index + 1)}`,
        value: language === 'fa' ? `${of} از کالابرگ` : `${of} by the voucher`,
        note: verdict === undefined ? code : t(language, verdict),
      };
    }),
  ];
}

function creditOf(language: Language, { kind, left, leftUntil, nextCharge, units }: Receipt): Line[] {
  const label: Text =
    kind === 'purchase'
      ? { fa: 'ماندهٔ اعتبار پس از این خرید', en: 'Credit left after this purchase' }
      : { fa: 'ماندهٔ اعتبار پس از این مرجوعی', en: 'Credit after this return' };
  const lines: Line[] = [
    { kind: 'head', text: t(language, { fa: 'اعتبار کالابرگ', en: 'Voucher credit' }) },
    {
      kind: 'fact',
      label: t(language, label),
      value: money(language, left, units),
      ...(units.length === 1 ? {} : { note: beside(language, left, units).join(' · ') }),
    },
  ];
  if (leftUntil !== undefined)
    lines.push({
      kind: 'fact',
      label: t(language, { fa: 'نخستین پایان اعتبار', en: 'The first of it ends' }),
      value: t(language, { fa: `پایان ${dayAt('fa', leftUntil)}`, en: `after ${dayAt('en', leftUntil)}` }),
    });
  if (nextCharge !== undefined)
    lines.push({
      kind: 'fact',
      label: t(language, { fa: 'شارژ بعدی', en: 'The next charge' }),
      value: dayAt(language, nextCharge),
    });
  return lines;
}

/** A day of the calendar (ISO). */
function dayAt(language: Language, day: string): string {
  return dayOf(language, Date.parse(`${day}T12:00:00+03:30`));
}

const BACK: Readonly<Record<Back['kind'], Text>> = {
  return: { fa: 'مرجوعی', en: 'Return' },
  reversal: { fa: 'برگشت تراکنش', en: 'Reversal' },
};

function backOf(language: Language, receipt: Receipt): Line[] {
  const { given, back, asking, cardBack, kind } = receipt;
  const say = (text: Text): string => t(language, text);
  const lines: Line[] = [];
  const ways = kind === 'purchase' ? PARTS.return : TAKEN_AGAIN;
  if (sum(given) > 0n) lines.push(amount(language, say({ fa: 'روی هم', en: 'In all' }), sum(given), receipt.units), ...tendersOf(language, given, ways, receipt.units)); // prettier-ignore
  for (const each of back) {
    const parts = (['voucher', 'card', 'cash'] as const).filter((part) => each[part] > 0n);
    const note = parts.map((part) => `${say(ways[part])} ${money(language, each[part], receipt.units)}`).join(' · ');
    const label = `${say(BACK[each.kind])} ${isolated(each.rrn)}`;
    lines.push({ kind: 'fact', label, value: momentOf(language, each.at), note });
  }
  if (cardBack === 'open') lines.push({ kind: 'text', text: say({ fa: 'بازگشت سهم کارت در راه بانک است و بانک هنوز آن را تأیید نکرده است.', en: 'The card part is on its way back: the bank has not confirmed it yet.' }) }); // prettier-ignore
  if (cardBack === 'refused') lines.push({ kind: 'text', text: say({ fa: 'بانک بازگشت سهم کارت را نپذیرفته است؛ پشتیبانی آن را پی می‌گیرد.', en: 'The bank refused to give the card part back: support is working on it.' }) }); // prettier-ignore
  if (asking > 0n) lines.push({ kind: 'text', text: say({ fa: `دربارهٔ بازگشت ${money('fa', asking, receipt.units)} از بانک پرسیده شده و پاسخ هنوز نرسیده است.`, en: `The bank was asked about ${money('en', asking, receipt.units)} that come back, and has not answered yet.` }) }); // prettier-ignore
  if (lines.length === 0) return [];
  return [{ kind: 'head', text: say({ fa: 'آنچه برگشت', en: 'What came back' }) }, ...lines];
}

/** Of a return that was taken back. */
const TAKEN_AGAIN: Readonly<Record<keyof Parts, Text>> = {
  voucher: { fa: 'دوباره از اعتبار کالابرگ', en: 'From the voucher again' },
  card: { fa: 'دوباره از کارت', en: 'From the card again' },
  cash: { fa: 'دوباره نقد', en: 'In cash again' },
};

function sum({ voucher, card, cash }: Parts): bigint {
  return voucher + card + cash;
}

/** A value, or a piece of it, as it stands amid text of any direction: where it is not marked, its last full stop or bracket goes astray. */
export function standing({ ltr, named }: Fact, text: string): string {
  if (ltr === true) return isolated(text);
  return named === true ? `\u2068${text}\u2069` : text;
}

/** What reads from left to right amid text of any direction. */
function isolated(text: string): string {
  return `\u2066${text}\u2069`;
}

function phoneOf(language: Language, phones: string): string {
  const numbers = phones
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => isolated(digits(language, each)));
  if (numbers.length === 0) return '';
  return ` ${t(language, { fa: 'تلفن پشتیبانی:', en: 'Support by phone:' })} ${numbers.join(comma(language))}`;
}

/** The fields of the complaint that the receipt already says. */
export function complaintOf({ rrn, terminal, total }: Receipt): string {
  return `/complain?${new URLSearchParams({ rrn, terminal, total: groupedRials(total) }).toString()}`;
}
