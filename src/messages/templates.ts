/** What people are told, word for word (people.md 5). A message holds codes, numbers and what to do: never a link, since fraudsters send
 *  those, and never a balance beside a name. `{name}` is filled in; `{code}` only when it is sent. A text that changes has a new version. */

export type Language = 'fa' | 'en';

interface Template {
  readonly version: number;
  readonly fa: string;
  readonly en: string;
}

export const TEMPLATES = {
  'code.sign-in': {
    version: 1,
    fa: 'کالابرگ\nکد ورود شما: {code}\nتا ۵ دقیقه معتبر است. این کد را به هیچ‌کس نگویید.',
    en: 'Kalabarg\nYour sign-in code: {code}\nIt holds for 5 minutes. Tell it to nobody.',
  },
  'code.confirm': {
    version: 1,
    fa: 'کالابرگ\nکد تأیید پروندهٔ {number}: {code}\nبا گفتن این کد به کارمند، درستی اطلاعات پرونده و شرایط نسخهٔ {terms} را می‌پذیرید. تا ۵ دقیقه معتبر است.',
    en: 'Kalabarg\nCode for case {number}: {code}\nBy telling it to the clerk you confirm what the case says and accept the terms, version {terms}. It holds for 5 minutes.',
  },
} as const satisfies Readonly<Record<string, Template>>;

export type TemplateName = keyof typeof TEMPLATES;

/** Stands in a text for what is sent once and kept nowhere. */
export const CODE = '{code}';

/** The names of what is filled in, without the code. */
export function placesOf(text: string): string[] {
  const names = Array.from(text.matchAll(/\{([a-z]+)\}/gi), ([, name = '']) => name);
  return [...new Set(names)].filter((name) => `{${name}}` !== CODE);
}
