import type { Entry } from './content/types.ts';
import { contentOf } from './describe/dictionary.ts';
import { emvTag } from './describe/emv.ts';
import type { Message } from './message.ts';
import type { ContentPlan } from './plan.ts';

/** Paths (`48.77`, `55.DF8101`) of the tags and data sets that neither the dialect nor, in BER, EMV describes. They are kept
 *  and written back in their place; whoever answers for the link counts them. */
export function unknownTags(message: Message): string[] {
  const found: string[] = [];
  for (const de of message.fields()) {
    const content = message.spec.fields[de]?.content;
    if (content !== undefined) addUnknown(found, message.entries(de), content, String(de));
  }
  return found;
}

function addUnknown(found: string[], entries: readonly Entry[], content: ContentPlan, path: string): void {
  for (const entry of entries) {
    if (!isKnown(entry, content)) found.push(`${path}.${entry.key}`);
    else if (entry.children !== undefined)
      addUnknown(found, entry.children, contentOf(entry, content), `${path}.${entry.key}`);
  }
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
