import { isDay } from '../../../src/field/jalali.ts';
import { digits, numberOf } from './digits.ts';
import { amountOf, unitOf, type Looks } from './money.ts';
import { dayOf, lengthOf, momentOf } from './moment.ts';
import { RULE_FIELDS, RULE_WORDS, type FieldKind, type RuleField } from './rule-fields.ts';

/** Rules as people read them: names in their language, values in rials, percent and days. Pure. */

export type RuleRow = Readonly<Record<string, unknown>>;

interface Reading {
  readonly looks: Looks;
  readonly section: string;
}

export function fieldOf(section: string, name: string): RuleField | undefined {
  return RULE_FIELDS[`${section}.${name}`] ?? RULE_FIELDS[name];
}

/** @param section in which the field stands: `terms`, `matching`, `signals` */
export function fieldName({ language }: Looks, section: string, name: string): string {
  return fieldOf(section, name)?.[language] ?? name;
}

/** Latin, from left to right, wherever it stands. */
const ltr = (text: string): string => `\u2066${text}\u2069`;
const isolated = (text: string): string => `\u2068${text}\u2069`;

/** A value as people read it; what is not there is a dash. */
export function valueText(looks: Looks, section: string, name: string, value: unknown): string {
  return textOf({ looks, section }, name, value);
}

function textOf(reading: Reading, name: string, value: unknown): string {
  const { language } = reading.looks;
  if (value === null || value === undefined) return '—';
  if (typeof value === 'boolean') return language === 'fa' ? (value ? 'بله' : 'خیر') : value ? 'yes' : 'no';
  if (Array.isArray(value)) return listText(reading, name, value);
  if (typeof value === 'object') return rowText(reading, value as RuleRow);
  const kind = fieldOf(reading.section, name)?.kind;
  if (typeof value === 'number' || (typeof value === 'string' && isCounted(kind) && /^-?\d+$/.test(value)))
    return countText(reading.looks, kind, value);
  return wordText(reading, name, kind, typeof value === 'string' ? value : '');
}

/** Money comes as texts too: it does not fit into a number. */
function isCounted(kind: FieldKind | undefined): boolean {
  return kind !== undefined && !['text', 'period', 'instant', 'hours'].includes(kind);
}

function listText(reading: Reading, name: string, list: readonly unknown[]): string {
  const { language } = reading.looks;
  if (list.length === 0) return '—';
  const comma = language === 'fa' ? '، ' : ', ';
  const kind = fieldOf(reading.section, name)?.kind;
  if (kind === 'hours' && list.length === 2 && list.every((each) => typeof each === 'number')) {
    const [from, to] = list.map((each) => digits(language, String(each)));
    return language === 'fa' ? `${from} تا ${to}` : `${from} to ${to}`;
  }
  // which keys must agree: each rule is a list of them
  if (list.every(Array.isArray)) return list.map((each: unknown[]) => each.map((key) => textOf(reading, name, key)).join(' + ')).join(language === 'fa' ? '؛ ' : '; '); // prettier-ignore
  if (list.some((each) => typeof each === 'object')) return list.map((each) => textOf(reading, name, each)).join(language === 'fa' ? '؛ ' : '; '); // prettier-ignore
  return list.map((each) => textOf(reading, name, each)).join(comma);
}

/** A row within a value: its fields by name. */
function rowText(reading: Reading, row: RuleRow): string {
  const { looks, section } = reading;
  const said = Object.entries(row).map(([name, value]) => {
    // by guild, `*`: all the others
    if (section === 'signals' && Array.isArray(value)) return `${guildName(looks, name)}: ${listText(reading, 'open', value)}`; // prettier-ignore
    if (fieldOf(section, name) === undefined) return `${guildName(looks, name)}: ${textOf(reading, 'categories', value)}`; // prettier-ignore
    return `${fieldName(looks, section, name)}: ${textOf(reading, name, value)}`;
  });
  return said.join(looks.language === 'fa' ? '، ' : ', ');
}

/** @param code `*`: those that have no row of their own */
export function guildName({ language }: Looks, code: string): string {
  if (code === '*') return language === 'fa' ? 'دیگر صنف‌ها' : 'other guilds';
  return RULE_WORDS[`guild.${code}`]?.[language === 'fa' ? 0 : 1] ?? ltr(code);
}

const WEEKDAYS = {
  fa: ['دوشنبه', 'سه‌شنبه', 'چهارشنبه', 'پنجشنبه', 'جمعه', 'شنبه', 'یکشنبه'],
  en: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
} as const;

const counted = (language: Looks['language'], count: number, fa: string, en: string): string =>
  language === 'fa' ? `${digits('fa', count)} ${fa}` : `${count} ${en}${count === 1 ? '' : 's'}`;

function countText(looks: Looks, kind: FieldKind | undefined, value: string | number): string {
  const { language } = looks;
  const count = Number(value);
  switch (kind) {
    case 'rials':
      return `${isolated(amountOf(looks, String(value)))} ${unitOf(looks)}`;
    case 'percent':
      return percent(language, count);
    case 'basisPoints':
      return percent(language, count / 100);
    case 'perMillion':
      return percent(language, count / 10_000);
    case 'days':
      return counted(language, count, 'روز', 'day');
    case 'months':
      return counted(language, count, 'ماه', 'month');
    case 'seconds':
      return counted(language, count, 'ثانیه', 'second');
    case 'ms':
      return lengthOf(language, count);
    case 'monthDay':
      return language === 'fa' ? `روز ${digits('fa', count)} ماه` : `day ${count} of the month`;
    case 'weekday':
      return WEEKDAYS[language][count - 1] ?? digits(language, count);
    default:
      return isolated(numberOf(language, count, 2));
  }
}

function percent(language: Looks['language'], of: number): string {
  return language === 'fa' ? `${numberOf('fa', of, 4)} درصد` : `${numberOf('en', of, 4)} %`;
}

function wordText({ looks }: Reading, name: string, kind: FieldKind | undefined, text: string): string {
  const { language } = looks;
  const word = RULE_WORDS[`${name}.${text}`];
  if (word !== undefined) return word[language === 'fa' ? 0 : 1];
  if (text === '*') return language === 'fa' ? (kind === 'period' ? 'هر ماه' : 'همه') : kind === 'period' ? 'every month' : 'all'; // prettier-ignore
  if (kind === 'instant') return isolated(momentOf(language, text, 'minute'));
  if (kind === 'period') return isolated(digits(language, text.replace('-', '/')));
  if (isDay(text)) return isolated(dayOf(language, text));
  if (/^\d\d:\d\d$/.test(text)) return isolated(digits(language, text));
  return /[\u0600-\u06ff]/.test(text) ? isolated(text) : ltr(text);
}

/** The names of the fields that are not the same before and after, in the order of the row. */
export function changedNames(before: RuleRow | null, after: RuleRow | null): readonly string[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names].filter((name) => written(before?.[name]) !== written(after?.[name]));
}

function written(value: unknown): string {
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
