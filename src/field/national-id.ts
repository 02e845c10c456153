/** National ids of natural persons: ten digits, the last of which is a check digit (docs/domain/05-identifiers.md). */

/** Whether the last of ten digits is the check digit of those before it; ten equal digits are nobody's.
 *  Nine digits weighted 10 to 2, the rest of a division by 11. */
export function hasNationalIdDigit(id: string): boolean {
  if (!/^\d{10}$/.test(id) || /^(\d)\1{9}$/.test(id)) return false;
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += (10 - i) * (id.charCodeAt(i) - 48);
  const rest = sum % 11;
  return id.charCodeAt(9) - 48 === (rest < 2 ? rest : 11 - rest);
}
