import type { Entry } from '../content/types.ts';
import type { Message } from '../message.ts';
import type { ContentPlan, Secret } from '../plan.ts';
import { hexOf, isHiddenInside, meaning, type DescribeOptions } from './describe.ts';
import { contentOf, lookUp } from './dictionary.ts';
import { masked } from './mask.ts';
import { inLanguage } from './meaning.ts';
import { mtiText } from './mti.ts';

/** A part of an element: a subfield or tag, how deep it lies, its value as it may be shown. */
export interface ShownPart {
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly depth: number;
}

/** An element as the picture has it, for who lays it out otherwise. */
export interface ShownElement {
  readonly de: number;
  readonly name: string;
  /** In bytes. */
  readonly offset: number;
  /** Undefined: they hold what is not shown. */
  readonly hex: string | undefined;
  /** Empty where it has parts. */
  readonly value: string;
  readonly meaning: string;
  readonly parts: readonly ShownPart[];
}

/** The elements of a message, masked as `describe` does. */
export function elementsOf(message: Message, language: DescribeOptions['language']): ShownElement[] {
  return message.fields().flatMap((de) => {
    const plan = message.spec.fields[de];
    if (plan === undefined) return [];
    const value = message.get(de) ?? '';
    const entries = message.entries(de);
    return [
      {
        de,
        name: plan.name,
        offset: message.offsetOf(de) ?? 0,
        hex: isHiddenInside(plan, entries) ? undefined : hexOf(message, de),
        value: entries.length > 0 ? '' : masked(value, plan.secret),
        meaning: meaning(de, value, plan, message, { language }),
        parts: partsOf(entries, plan.content, plan.secret, 0),
      },
    ];
  });
}

/** What a message is, by its MTI. */
export function titleOf(message: Message, language: DescribeOptions['language']): string {
  return inLanguage(mtiText(message.mti), language);
}

function partsOf(
  entries: readonly Entry[],
  content: ContentPlan | undefined,
  around: Secret | undefined,
  depth: number,
): ShownPart[] {
  return entries.flatMap((entry) => {
    const { name = '', secret } = lookUp(entry, content, around);
    const nested = entry.children ?? [];
    const part = { key: entry.key, name, value: nested.length > 0 ? '' : masked(entry.value, secret), depth };
    return [part, ...partsOf(nested, contentOf(entry, content), secret, depth + 1)];
  });
}
