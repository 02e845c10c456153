import { luhnDigit } from '../field/pan.ts';

/** Who plays in a practice: a shop that is none, and for each drawn terminal a household with one card. */

export const SEATS = 200;
/** The last of them are for people whom a shop has named. */
export const OPEN_SEATS = 150;
export const PROGRAMME = 'practice';
export const MERCHANT = 'PRACTICE0000001';
export const PIN = '1234';
/** YYMM */
export const EXPIRY = '4912';

export function terminalOf(seat: number): string {
  return `PRAC${String(seat).padStart(4, '0')}`;
}

export function householdOf(seat: number): string {
  return `practice${String(seat).padStart(4, '0')}`;
}

/** 999999 is no issuer's. */
export function panOf(seat: number): string {
  const body = `999999${String(seat).padStart(9, '0')}`;
  return body + String(luhnDigit(body));
}
