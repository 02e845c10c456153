import { moneyText } from '../../../field/money-text.ts';
import { RIAL, type Reading } from '../../../field/money-unit.ts';
import { digits, type Language } from '../../language.ts';

/** Shopkeepers count in tomans (ten rials), papers and banks in rials: the reader chooses. */
export type Counted = 'toman' | 'rial';

/** How amounts of today are said: in rials as the reader counts them, and in what else may be paid with. */
export interface Unit {
  readonly counted: Counted;
  readonly reading: Reading;
}

const NAMES = { toman: { fa: 'تومان', en: 'tomans' }, rial: { fa: 'ریال', en: 'rials' } } as const;

export function unitName(language: Language, { counted }: Unit): string {
  return NAMES[counted][language];
}

/** An amount without its unit: «۱۲٬۳۴۵», `12,345`; a toman's tenth is kept. */
export function amountOf(language: Language, unit: Unit, rials: bigint): string {
  const minus = rials < 0n ? '\u2212' : '';
  const plain = rials < 0n ? -rials : rials;
  const [whole, tenth] = unit.counted === 'toman' ? [plain / 10n, plain % 10n] : [plain, 0n];
  const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, language === 'fa' ? '٬' : ',');
  const rest = tenth === 0n ? '' : `${language === 'fa' ? '٫' : '.'}${tenth}`;
  return digits(language, `${minus}${grouped}${rest}`);
}

/** «۱۲٬۳۴۵ تومان»; first in the unit of the payments, then in what else is lawful: «۱٫۲۳ ریال نو = ۱۲٬۳۴۵ ریال» */
export function moneyOf(language: Language, unit: Unit, rials: bigint): string {
  const { counted, reading } = unit;
  const isOne = rials === (counted === 'toman' ? 10n : 1n);
  const old = `${amountOf(language, unit, rials)} ${language === 'en' && isOne ? counted : unitName(language, unit)}`;
  return reading.map((each) => (each.unit === RIAL.unit ? old : moneyText(rials, each, language))).join(' = ');
}
