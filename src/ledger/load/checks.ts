import { isDay } from '../../field/jalali.ts';
import { hasNationalIdDigit } from '../../field/national-id.ts';
import { hasLuhnDigit } from '../../field/pan.ts';
import { checkSheba } from '../../field/sheba.ts';

/** What a field may name that the database does not know. */
export interface Known {
  /** Names of profiles that this version of the gateway has. */
  readonly profiles: readonly string[];
}

/** Says why a field cannot be taken, without repeating what may be secret; undefined: it can. */
export type Check = (text: string, known: Known) => string | undefined;

export function matching(pattern: RegExp, wanted: string): Check {
  return (text) => (pattern.test(text) ? undefined : `must be ${wanted}`);
}

export function oneOf(...values: readonly string[]): Check {
  const known = new Set(values);
  return (text) => (known.has(text) ? undefined : `must be one of ${values.join(', ')}`);
}

export function optional(check: Check): Check {
  return (text, known) => (text === '' ? undefined : check(text, known));
}

export const profile: Check = (text, { profiles }) =>
  profiles.includes(text) ? undefined : `must be a profile of this gateway: ${profiles.join(', ')}`;

/** Whole rials: no sign, no separators, at most a quadrillion. */
export const rials: Check = (text) =>
  /^[1-9]\d{0,14}$/.test(text) ? undefined : 'must be a whole number of rials, 1 to 999999999999999';

/** Gregorian, YYYY-MM-DD, and a day that exists. */
export const isoDate: Check = (text) =>
  isDay(text) && text >= '1900-01-01' ? undefined : 'must be a date (YYYY-MM-DD, Gregorian)';

/** ISO/IEC 7812-1. */
export const pan: Check = (text) => {
  if (!/^\d{12,19}$/.test(text)) return 'must be 12 to 19 digits';
  return hasLuhnDigit(text) ? undefined : 'has a wrong check digit';
};

/** An Iranian national id. */
export const nationalId: Check = (text) => {
  if (!/^\d{10}$/.test(text)) return 'must be 10 digits';
  return hasNationalIdDigit(text) ? undefined : 'is not a national id: its check digit is wrong';
};

/** What settlement pays to, and nothing else: a shop that sells all day is not held at night for its Sheba. */
export const sheba: Check = (text) => {
  if (!/^IR\d{24}$/.test(text)) return 'must be IR and 24 digits';
  const verdict = checkSheba(text);
  return verdict.ok ? undefined : verdict.reason;
};

export function text(most: number): Check {
  // Nor what turns the direction of the text around it (Unicode 9 of UAX 44: bidirectional formatting).
  // eslint-disable-next-line no-control-regex -- control characters are what it must not hold
  const allowed = /^[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]+$/;
  return (value) =>
    value.length <= most && value.trim() !== '' && allowed.test(value)
      ? undefined
      : `must be 1 to ${most} characters, none of them for control`;
}
