import type { Language } from './language.ts';
import { decimalOf, RIAL, type MoneyUnit } from './money-unit.ts';
import { persianDigits } from './persian.ts';

/** Amounts as people read them, in whatever unit: statements, receipts and pages all say them by these. */

/** A decimal with its thousands apart: `-1,234.5`, «-۱٬۲۳۴٫۵». */
export function groupedDecimal(text: string, language: Language): string {
  const [whole = '', decimals] = text.split('.');
  const [comma, point] = language === 'fa' ? ['٬', '٫'] : [',', '.'];
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, comma);
  const written = decimals === undefined ? grouped : `${grouped}${point}${decimals}`;
  return language === 'fa' ? persianDigits(written) : written;
}

/** Rials in a unit, to the last rial: `123.4567`. */
export function figuresOf(rials: bigint, unit: MoneyUnit, language: Language): string {
  return groupedDecimal(decimalOf(rials, unit), language);
}

/** The same with the unit: `1,200,000 rials`, «۱۲۰ ریال نو». */
export function moneyText(rials: bigint, unit: MoneyUnit, language: Language): string {
  return `${figuresOf(rials, unit, language)} ${unitWord(rials, unit, language)}`;
}

/** The word behind a figure: rials are counted, other units are called as their row says. */
function unitWord(rials: bigint, unit: MoneyUnit, language: Language): string {
  if (language === 'fa') return unit.nameFa;
  return unit.unit === RIAL.unit ? `rial${rials === 1n ? '' : 's'}` : unit.nameEn;
}
