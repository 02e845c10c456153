import { latinDigits } from '../../../src/field/persian.ts';

/** Thresholds of a rule as a form has them: a field for each number, and one for each row of hours by guild. Pure. */

export interface ThresholdInput {
  /** `leastRials`, `hours.dairy`: what names it in the form. */
  readonly name: string;
  readonly threshold: string;
  /** Of a table: the guild, `*` for all others. */
  readonly guild?: string;
  /** What it is now: whole rials, a number, `6-24`. */
  readonly value: string;
}

export function inputsOf(thresholds: Readonly<Record<string, unknown>>): readonly ThresholdInput[] {
  return Object.entries(thresholds).flatMap(([threshold, value]) => {
    if (typeof value !== 'object' || value === null) return [{ name: threshold, threshold, value: String(value) }];
    return Object.entries(value).map(([guild, hours]) => ({
      name: `${threshold}.${guild}`,
      threshold,
      guild,
      value: (hours as readonly number[]).join('-'),
    }));
  });
}

/** @param typed by name, money in whole rials
 *  @returns thresholds as the API wants them; undefined: something is no number */
export function thresholdsOf(
  inputs: readonly ThresholdInput[],
  typed: Readonly<Partial<Record<string, string>>>,
): Record<string, unknown> | undefined {
  const thresholds: Record<string, unknown> = {};
  for (const { name, threshold, guild } of inputs) {
    const text = latinDigits(typed[name] ?? '').trim();
    if (guild === undefined) {
      if (!/^\d{1,15}$/.test(text)) return undefined;
      thresholds[threshold] = Number(text);
      continue;
    }
    const match = /^(\d{1,2})\s*[-–تا]+\s*(\d{1,2})$/.exec(text);
    if (match === null) return undefined;
    const table = (thresholds[threshold] ?? {}) as Record<string, unknown>;
    thresholds[threshold] = { ...table, [guild]: [Number(match[1]), Number(match[2])] };
  }
  return thresholds;
}
