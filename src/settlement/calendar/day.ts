import { readDay } from '../../field/jalali.ts';
import { GatewayError } from '../../ops/errors.ts';

/** A day as a person writes it: Gregorian, or Jalali, whose years are below 1500 for another century.
 *  @returns ISO
 *  @throws GatewayError `date.invalid` */
export function gregorianDay(text: string): string {
  const day = readDay(text);
  if (day !== undefined) return day;
  throw new GatewayError(
    'date.invalid',
    `"${text}" is not a day: give 2026-11-23, or 1405-09-02 in the Jalali calendar.`,
  );
}
