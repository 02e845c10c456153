import type { Language } from '../../field/language.ts';

export type { Language, Text } from '../../field/language.ts';

/** The language that a reader wants most of those there are; English where they ask for none of them. RFC 9110, 12.5.4. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const wanted = (acceptLanguage ?? '')
    .slice(0, 500)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.trim().toLowerCase().split(';');
      const quality = parameters.map((each) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(each)?.[1]).find(Boolean);
      return { tag: tag.split('-')[0], quality: Number(quality ?? 1) };
    })
    .filter(({ quality }) => quality > 0);
  const best = (tag: Language): number =>
    Math.max(0, ...wanted.filter((each) => each.tag === tag).map((each) => each.quality));
  return best('fa') > best('en') ? 'fa' : 'en';
}
