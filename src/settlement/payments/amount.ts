/** Whole rials from a file's text.
 *  @throws Error unless it is 1 to 18 ASCII digits: no sign, no point, no exponent */
export function parseRials(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new Error(`"${text.slice(0, 40)}" is not a whole number of rials`);
  return BigInt(text);
}
