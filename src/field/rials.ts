import { RIAL, rialsOfDecimal, type MoneyUnit } from './money-unit.ts';

/** Amounts of rials as text. Values are `bigint`, whole rials. */

/** Whole rials without sign or separators.
 *  @param digits at most so many: no amount of the scheme has more than 15
 *  @returns undefined for anything else */
export function parseRials(text: string, digits = 15): bigint | undefined {
  return text.length <= digits && /^\d+$/.test(text) ? BigInt(text) : undefined;
}

/** Rials as ISO 20022 writes them, with zeros after the point or without: `1000.00`.
 *  @param units that may stand there (default: the rial)
 *  @returns undefined for another currency, and for parts that it has not */
export function parseIsoRials(
  text: string | undefined,
  currency: string | undefined,
  units: readonly MoneyUnit[] = [RIAL],
): bigint | undefined {
  const unit = units.find(({ alpha }) => alpha === currency);
  return unit === undefined ? undefined : rialsOfDecimal(text ?? '', unit);
}

/** `1234567` → `1,234,567`; other separators for other languages. */
export function groupedRials(amount: bigint, separator = ','): string {
  return amount.toString().replace(/\B(?=(?:\d{3})+$)/g, separator);
}
