import type { ElementPlan } from './plan.ts';

/** How a value stands in the text that is made once a message. Numbers, since a table holds one for each element. */
export const ALONE = 0; // it does not: its own codec reads it
export const CHARACTERS = 1; // as the frame has it
export const BYTES = 2; // two digits each
const DIGITS = 3; // packed; an unused nibble is the last
export const DIGITS_LEFT = 4; // packed; an unused nibble is the first
export const TRACK = 8; // with DIGITS or DIGITS_LEFT: nibble D separates
export const KIND = 7; // all but that

export function readingOf(plan: ElementPlan | undefined): number {
  if (plan === undefined || plan.pad !== undefined) return ALONE;
  if (plan.encoding === 'ascii' || plan.encoding === 'latin1') return CHARACTERS;
  if (plan.encoding === 'binary') return BYTES;
  if (plan.encoding !== 'bcd' || plan.type === 'x+n' || (plan.prefix !== undefined && plan.prefix.counts !== 'units'))
    return ALONE;
  return (plan.odd === 'left-0' ? DIGITS_LEFT : DIGITS) + (plan.type === 'z' ? TRACK : 0);
}
