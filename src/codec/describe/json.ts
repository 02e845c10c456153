import type { Entry, OrderedInput } from '../content/types.ts';
import type { ContentPlan, Secret } from '../plan.ts';
import { contentOf, lookUp } from './dictionary.ts';
import { masked } from './mask.ts';

/** The same parts, secret values masked. */
export function maskedEntries(
  entries: readonly Entry[],
  content: ContentPlan | undefined,
  around: Secret | undefined,
): Entry[] {
  return entries.map((entry) => {
    const { secret } = lookUp(entry, content, around);
    const { children } = entry;
    if (children === undefined) return { ...entry, value: masked(entry.value, secret) };
    return { ...entry, children: maskedEntries(children, contentOf(entry, content), secret) };
  });
}

/** An object where its keys keep their order, else pairs: what `encode` takes back to the same bytes. */
export function tree(entries: readonly Entry[]): OrderedInput {
  const values = entries.map(
    (entry) => [entry.key, entry.children === undefined ? entry.value : tree(entry.children)] as const,
  );
  const object = Object.fromEntries(values);
  const kept = Object.keys(object).every((key, index) => key === values[index]?.[0]);
  return kept && Object.keys(object).length === values.length ? object : values;
}
