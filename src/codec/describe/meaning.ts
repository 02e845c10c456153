/** What a code says, in both languages. */
export interface Meaning {
  readonly en: string;
  readonly fa: string;
}

/** Letters that run from right to left: Hebrew, Arabic and their presentation forms. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
/** Marks and overrides that turn the text around them, and line separators. A frame must not rearrange a picture. */
const TURNING = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const ISOLATE = '\u2068';
const END = '\u2069';

/** A meaning in the wanted language, or both. */
export function inLanguage({ en, fa }: Meaning, language: 'en' | 'fa' | 'both' = 'both'): string {
  if (language === 'en') return en;
  return language === 'fa' ? isolated(fa) : `${en} · ${isolated(fa)}`;
}

/** Text that may run from right to left, set apart so that the digits and columns around it stay where they are
 *  (Unicode Bidirectional Algorithm, 2.4). Marks that would turn the line are shown as their code points. */
export function isolated(text: string): string {
  const plain = text.replace(TURNING, (mark) => `⟨${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
  return RIGHT_TO_LEFT.test(plain) ? `${ISOLATE}${plain}${END}` : plain;
}
