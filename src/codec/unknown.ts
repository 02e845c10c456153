import type { Entry } from './content/types.ts';
import { contentOf } from './describe/dictionary.ts';
import { emvTag } from './describe/emv.ts';
import type { Message } from './message.ts';
import type { ContentPlan } from './plan.ts';

/** Paths (`48.77`, `55.DF8101`) of the tags and data sets that neither the dialect nor, in BER, EMV describes. They are kept
 *  and written back in their place; whoever answers for the link counts them. */
export function unknownTags(message: Message): string[] {
  return message.fields().flatMap((de) => {
    const content = message.spec.fields[de]?.content;
    return content === undefined ? [] : unknownIn(message.entries(de), content, String(de));
  });
}

function unknownIn(entries: readonly Entry[], content: ContentPlan, path: string): string[] {
  return entries.flatMap((entry) => {
    const own = `${path}.${entry.key}`;
    if (!isKnown(entry, content)) return [own];
    return unknownIn(entry.children ?? [], contentOf(entry, content), own);
  });
}

function isKnown({ key, plan }: Entry, content: ContentPlan): boolean {
  if (plan !== undefined) return true;
  switch (content.kind) {
    case 'ber':
      return key === '00' || emvTag(key) !== undefined; // 00: padding
    case 'datasets':
      return content.sets[key] !== undefined;
    case 'tags':
      return false;
    case 'fields':
    case 'bitmapped':
      return true; // rows, and positions: there are no others
  }
}
