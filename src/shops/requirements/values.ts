import { hasNationalIdDigit } from '../../field/national-id.ts';
import { readDay } from '../../field/jalali.ts';
import { digitsOf, latinDigits, persianLine } from '../../field/persian.ts';
import { checkSheba } from '../../field/sheba.ts';
import type { ItemCode } from './item.ts';

/** What is typed for each item, how it is kept, and what is wrong with it: the same for a shop, a clerk and a file. */

/** What the rules of the day and the day itself say. */
export interface ValueContext {
  /** ISO day in Tehran. */
  readonly today: string;
  /** The version of the terms that are consented to. */
  readonly terms: string;
}

export interface ValueFault {
  readonly field: string;
  readonly fa: string;
  readonly en: string;
}

export type ReadValue =
  | { readonly ok: true; readonly value: Readonly<Record<string, string>>; readonly validUntil?: string }
  | { readonly ok: false; readonly faults: readonly ValueFault[] };

interface Field {
  readonly name: string;
  readonly optional?: true;
  /** @returns the text as it is kept, or what is wrong with it */
  readonly read: (text: string, context: ValueContext) => string | Wrong;
}
interface Wrong {
  readonly fa: string;
  readonly en: string;
}

const wrong = (fa: string, en: string): Wrong => ({ fa, en });

/** @param shape of the digits as they are kept */
const number = (name: string, shape: RegExp, fault: Wrong): Field => ({
  name,
  read: (text) => {
    const digits = digitsOf(text);
    return shape.test(digits) ? digits : fault;
  },
});

const line = (name: string, most: number): Field => ({
  name,
  read: (text) => {
    const kept = persianLine(text);
    if (kept === undefined)
      return wrong('نویسهٔ کنترلی یا جهت‌دهنده دارد', 'holds a control character or a mark of direction');
    if (kept.length < 2 || kept.length > most)
      return wrong(`باید ۲ تا ${most.toLocaleString('fa')} نویسه باشد`, `must have 2 to ${most} characters`);
    return kept;
  },
});

/** Digits and what stands between them. */
function typedDay(text: string): string {
  return latinDigits(text).replace(/[\s\u200c\u200e\u200f]/g, '');
}

/** A day, Jalali or Gregorian, is kept as ISO. */
const date = (name: string, against: (day: string, today: string) => Wrong | undefined): Field => ({
  name,
  read: (text, { today }) => {
    const [, year = '', month = '', date = ''] = /^(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})$/.exec(typedDay(text)) ?? [];
    const day = readDay(`${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`);
    if (day === undefined) return wrong('تاریخ نیست؛ مانند ۱۴۰۵/۰۹/۰۶ بنویسید', 'is not a date: type it as 2026-11-27');
    return against(day, today) ?? day;
  },
});

const NATIONAL_ID: Field = {
  name: 'nationalId',
  read: (text) => {
    const digits = digitsOf(text);
    if (!/^\d{8,10}$/.test(digits)) return wrong('کد ملی ۱۰ رقم دارد', 'a national id has 10 digits');
    const id = digits.padStart(10, '0');
    return hasNationalIdDigit(id)
      ? id
      : wrong('رقم کنترل کد ملی درست نیست', 'the check digit of the national id does not hold');
  },
};

const SHEBA: Field = {
  name: 'sheba',
  read: (text) => {
    const verdict = checkSheba(text.length > 60 ? '' : text);
    return verdict.ok
      ? verdict.sheba
      : wrong('شماره شبا درست نیست؛ ۲۴ رقم پس از IR را از بانک بگیرید', `the Sheba ${verdict.reason}`);
  },
};

const MOBILE: Field = {
  name: 'number',
  read: (text) => {
    const rest = /^(?:\+98|0098|98|0)?(9\d{9})$/.exec(digitsOf(text))?.[1];
    return rest === undefined
      ? wrong('شماره همراه ۱۱ رقم دارد و با ۰۹ آغاز می‌شود', 'a mobile number has 11 digits and begins with 09')
      : `0${rest}`;
  },
};

const FIELDS: Readonly<Record<ItemCode, readonly Field[]>> = {
  guild_licence: [
    number('number', /^\d{10,12}$/, wrong('شناسه صنفی ۱۰ تا ۱۲ رقم دارد', 'a guild licence has 10 to 12 digits')),
    line('issuer', 100),
    date('issued', (day, today) => (day > today ? wrong('تاریخ صدور در آینده است', 'lies ahead') : undefined)),
    date('ends', (day, today) => (day <= today ? wrong('اعتبار پروانه پایان یافته است', 'has ended') : undefined)),
  ],
  owner_identity: [NATIONAL_ID, line('name', 100)],
  tax_code: [number('code', /^\d{10}$/, wrong('کد رهگیری مالیاتی ۱۰ رقم دارد', 'a tax tracking code has 10 digits'))],
  sheba: [SHEBA],
  mobile: [MOBILE],
  address: [
    number(
      'postalCode',
      /^[1-9]\d{9}$/,
      wrong('کد پستی ۱۰ رقم دارد و با صفر آغاز نمی‌شود', 'a postal code has 10 digits, the first not 0'),
    ),
    line('text', 300),
  ],
  terminal: [
    { name: 'wish', read: (text) => (text === 'own' || text === 'new' ? text : wrong('own یا new', 'own or new')) },
    {
      ...number('number', /^\d{8}$/, wrong('شماره پایانه ۸ رقم دارد', 'the number of a terminal has 8 digits')),
      optional: true,
    },
    { ...line('model', 60), optional: true },
    { ...line('serial', 40), optional: true },
  ],
  terms: [
    {
      name: 'version',
      read: (text, { terms }) =>
        text === terms
          ? text
          : wrong('شرایط تازه‌ای هست؛ آن را بخوانید و بپذیرید', `the terms are of version ${terms}`),
    },
  ],
  relations: [],
};

/** @param given as it came: anything */
export function readValue(code: ItemCode, given: Readonly<Record<string, unknown>>, context: ValueContext): ReadValue {
  const faults: ValueFault[] = [];
  const value: Record<string, string> = {};
  for (const { name, optional, read } of FIELDS[code]) {
    const text = given[name];
    if (text === undefined || text === '') {
      if (optional !== true) faults.push({ field: name, fa: 'الزامی است', en: 'is required' });
      continue;
    }
    const kept = typeof text === 'string' ? read(text, context) : wrong('باید متن باشد', 'must be text');
    if (typeof kept === 'string') value[name] = kept;
    else faults.push({ field: name, ...kept });
  }
  const known = FIELDS[code].map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) faults.push({ field: name, fa: 'چنین فیلدی نیست', en: 'there is no such field' });
  }
  if (code === 'terminal' && value['wish'] === 'own' && value['serial'] === undefined && faults.length === 0)
    faults.push({
      field: 'serial',
      fa: 'سریال پایانه را از برچسب پشت آن بنویسید',
      en: 'the serial stands on the back of the device',
    });
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, value, ...(value['ends'] === undefined ? {} : { validUntil: value['ends'] }) };
}
