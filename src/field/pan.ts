/** Primary account numbers (ISO/IEC 7812-1). They are text of digits; nothing here checks their length. */

/** The check digit that belongs behind `body`.
 *  @param body the digits of a PAN but its last */
export function luhnDigit(body: string): number {
  return (10 - (luhnSum(body, 0) % 10)) % 10;
}

/** Whether the last digit is the check digit of those before it. */
export function hasLuhnDigit(pan: string): boolean {
  return luhnSum(pan, 1) % 10 === 0;
}

/** Every second digit from the right counts twice, and its digits are added.
 *  @param first 0: the last digit counts twice, 1: the last but one does */
function luhnSum(digits: string, first: 0 | 1): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    if (i % 2 === first) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum;
}

/** `6037990000000078` → `603799******0078` (wire.md 9.7); of fewer than 13 digits nothing is shown. */
export function maskPan(pan: string): string {
  if (pan.length < 13) return '*'.repeat(pan.length);
  return pan.slice(0, 6) + '*'.repeat(pan.length - 10) + pan.slice(-4);
}
