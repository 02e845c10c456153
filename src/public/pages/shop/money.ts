import { digits, type Language } from '../../language.ts';

/** Shopkeepers count in tomans (ten rials), papers and banks in rials: the reader chooses. */
export type Unit = 'toman' | 'rial';

const NAMES = { toman: { fa: 'تومان', en: 'tomans' }, rial: { fa: 'ریال', en: 'rials' } } as const;

export function unitName(language: Language, unit: Unit): string {
  return NAMES[unit][language];
}

/** An amount without its unit: «۱۲٬۳۴۵», `12,345`; a toman's tenth is kept. */
export function amountOf(language: Language, unit: Unit, rials: bigint): string {
  const minus = rials < 0n ? '\u2212' : '';
  const plain = rials < 0n ? -rials : rials;
  const [whole, tenth] = unit === 'toman' ? [plain / 10n, plain % 10n] : [plain, 0n];
  const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, language === 'fa' ? '٬' : ',');
  const rest = tenth === 0n ? '' : `${language === 'fa' ? '٫' : '.'}${tenth}`;
  return digits(language, `${minus}${grouped}${rest}`);
}

/** «۱۲٬۳۴۵ تومان» */
export function moneyOf(language: Language, unit: Unit, rials: bigint): string {
  const isOne = rials === (unit === 'toman' ? 10n : 1n);
  return `${amountOf(language, unit, rials)} ${language === 'en' && isOne ? unit : unitName(language, unit)}`;
}
