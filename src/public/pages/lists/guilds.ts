import { t, type Language, type Text } from '../../language.ts';

/** Guilds of the scheme, as a reader calls them. One that has no name here is called by its code. */
export const GUILDS: Readonly<Record<string, Text>> = {
  supermarket: { fa: 'سوپرمارکت', en: 'Supermarket' },
  grocery: { fa: 'خواربارفروشی', en: 'Grocery' },
  dairy: { fa: 'لبنیات‌فروشی', en: 'Dairy' },
  butcher: { fa: 'قصابی و پروتئین', en: 'Butcher' },
  chain: { fa: 'فروشگاه زنجیره‌ای', en: 'Chain store' },
  cooperative: { fa: 'تعاونی مصرف', en: 'Consumers’ cooperative' },
};

export function guildName(language: Language, guild: string): string {
  const name = Object.hasOwn(GUILDS, guild) ? GUILDS[guild] : undefined;
  return name === undefined ? guild : t(language, name);
}
