import { fromJalali } from '../../field/jalali.ts';
import type { Language } from '../../field/language.ts';
import { latinDigits } from '../../field/persian.ts';

/** DE 48 tag 17, which a gateway says in Persian (terminals.md 3), in the reader's language: its parts, each with its day. */

const SAYS: Readonly<Record<string, string>> = { 'پایان اعتبار': 'credit ends', 'شارژ بعدی': 'next charge' };

/** @returns for English readers `credit ends 2027-01-20`, `next charge 2027-02-04`; in Persian, and where it is written another way, the text itself */
export function creditEndsIn(language: Language, text: string | undefined): string[] {
  if (text === undefined) return [];
  if (language === 'fa') return [text];
  const parts = text.split('؛').map((part) => englishOf(part.trim()));
  return parts.every((part) => part !== undefined) ? parts : [text];
}

function englishOf(part: string): string | undefined {
  const [, name = '', day = ''] = /^(.+) (\d{4}\/\d{2}\/\d{2})$/.exec(latinDigits(part)) ?? [];
  const iso = fromJalali(day.replaceAll('/', '-'));
  const says = SAYS[name];
  return iso === undefined || says === undefined ? undefined : `${says} ${iso}`;
}
