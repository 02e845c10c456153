import { createInstance } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Language } from '../../../src/field/language.ts';
import { preferences } from '../app/preferences.ts';
import { digits } from '../format/digits.ts';

/** Words of the pages, by i18next. A book is what one part of the console says, the same keys in both languages; a page has its own
 *  (pages/<name>/words.ts), which is loaded with it. */

export const tongue = createInstance();
void tongue.init({
  lng: preferences.now().language,
  fallbackLng: false,
  resources: {},
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false }, // React does
  react: { useSuspense: false, bindI18nStore: 'added' },
});

export interface Book<Key extends string> {
  readonly name: string;
  /** Never there: carries the type. */
  readonly keys?: Key;
}

/** `rows_one` and `rows_other` are the key `rows`, chosen by `count`. */
type KeyOf<Written> = Written extends `${infer Key}_${'one' | 'other'}` ? Key : Written;

/** @param name of the book, of no other */
export function book<const Written extends string>(
  name: string,
  fa: Readonly<Record<Written, string>>,
  en: Readonly<Record<NoInfer<Written>, string>>,
): Book<KeyOf<Written> & string> {
  tongue.addResourceBundle('fa', name, fa);
  tongue.addResourceBundle('en', name, en);
  return { name };
}

export type Values = Readonly<Record<string, string | number>>;
export type Say<Key extends string> = (key: Key, values?: Values) => string;

/** What a book says, in the language that is chosen. Numbers are written as that language does; `count` chooses between one and
 *  many, and stands in the text as `{{n}}`. */
export function useWords<Key extends string>({ name }: Book<Key>): Say<Key> {
  const { t, i18n } = useTranslation(name, { i18n: tongue });
  const language = i18n.language as Language;
  return (key, values) => {
    if (values !== undefined) return t(key, written(language, values));
    // a page says the same words at every update; looking one up costs half a millisecond
    const at = `${language} ${name} ${key}`;
    const known = SAID.get(at);
    if (known !== undefined) return known;
    const text = t(key);
    SAID.set(at, text);
    return text;
  };
}

/** Words without values, by language, book and key: books are whole once they are there. */
const SAID = new Map<string, string>();

/** Whether a book has a word, for keys that come from the API (states, codes). */
export function isWord<Key extends string>({ name }: Book<Key>, key: string): key is Key {
  return tongue.exists(key, { ns: name });
}

function written(language: Language, values: Values): Record<string, string | number> {
  const shown = Object.entries(values).map(([name, value]) =>
    name === 'count' || typeof value === 'string' ? [name, value] : [name, digits(language, value)],
  );
  return Object.fromEntries([
    ...shown,
    ...(values.count === undefined ? [] : [['n', digits(language, values.count)]]),
  ]) as Record<string, string | number>;
}
