import type { Meaning } from './meaning.ts';

const VERSIONS: Readonly<Record<string, string>> = {
  0: 'ISO 8583:1987',
  1: 'ISO 8583:1993',
  2: 'ISO 8583:2003',
  8: 'national',
  9: 'private',
};
const CLASSES: Readonly<Record<string, Meaning>> = {
  1: { en: 'authorisation', fa: 'مجوز' },
  2: { en: 'financial', fa: 'مالی' },
  3: { en: 'file action', fa: 'عملیات پرونده' },
  4: { en: 'reversal', fa: 'برگشت' },
  5: { en: 'reconciliation', fa: 'مغایرت‌گیری' },
  6: { en: 'administrative', fa: 'اداری' },
  7: { en: 'fee collection', fa: 'وصول کارمزد' },
  8: { en: 'network management', fa: 'مدیریت شبکه' },
};
const FUNCTIONS: Readonly<Record<string, Meaning>> = {
  0: { en: 'request', fa: 'درخواست' },
  1: { en: 'response', fa: 'پاسخ درخواست' },
  2: { en: 'advice', fa: 'اعلان' },
  3: { en: 'advice response', fa: 'پاسخ اعلان' },
  4: { en: 'notification', fa: 'اطلاع' },
  5: { en: 'notification acknowledgement', fa: 'رسید اطلاع' },
  6: { en: 'instruction', fa: 'دستور' },
  7: { en: 'instruction acknowledgement', fa: 'رسید دستور' },
};
const ORIGINS: Readonly<Record<string, Meaning>> = {
  0: { en: 'acquirer', fa: 'پذیرنده' },
  1: { en: 'acquirer, repeat', fa: 'پذیرنده، تکراری' },
  2: { en: 'issuer', fa: 'صادرکننده' },
  3: { en: 'issuer, repeat', fa: 'صادرکننده، تکراری' },
  4: { en: 'other', fa: 'دیگر' },
  5: { en: 'other, repeat', fa: 'دیگر، تکراری' },
};
const UNKNOWN: Meaning = { en: 'unknown', fa: 'ناشناخته' };

/** `0421` as people say it: "reversal advice, acquirer, repeat (ISO 8583:1987)". */
export function mtiText(mti: string): Meaning {
  const [version = '', messageClass = '', messageFunction = '', origin = ''] = mti;
  const kind = CLASSES[messageClass] ?? UNKNOWN;
  const what = FUNCTIONS[messageFunction] ?? UNKNOWN;
  const who = ORIGINS[origin] ?? UNKNOWN;
  const edition = VERSIONS[version] ?? 'unknown version';
  return { en: `${kind.en} ${what.en}, ${who.en} (${edition})`, fa: `${what.fa} ${kind.fa}، ${who.fa}` };
}
