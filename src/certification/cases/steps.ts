import type { Ask, Case, Deed, PurchaseCode, Rule, Step } from '../case.ts';

/** Steps that many cases have. */

export const TOTAL = 1_000_000n;

export function buy(extra: Partial<Extract<Deed, { do: 'buy' }>> = {}, code: PurchaseCode = '179800'): Deed {
  return { do: 'buy', code, rials: TOTAL, ...extra };
}

export function step(deed: Deed, rules: readonly Rule[] = [], asks: readonly Ask[] = []): Step {
  return { deed, rules, asks };
}

export const SUCCESS: readonly Ask[] = [
  { question: 'success', expect: true },
  { question: 'slip', expect: true },
];
export const NO_SUCCESS: readonly Ask[] = [
  { question: 'success', expect: false },
  { question: 'slip', expect: false },
];

export const START: Step = { deed: { do: 'start' } };

/** Cases by their area, with what they have in common filled in. */
export function area(
  name: Case['area'],
  cases: readonly (Omit<Case, 'area' | 'must' | 'never'> & Partial<Pick<Case, 'must' | 'never'>>)[],
): Case[] {
  return cases.map((each) => ({ must: [], never: [], ...each, area: name, id: `${name}.${each.id}` }));
}
