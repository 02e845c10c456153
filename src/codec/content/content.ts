import type { ContentPlan } from '../plan.ts';
import { berContent } from './ber.ts';
import { bitmappedContent } from './bitmapped.ts';
import { datasetsContent } from './datasets.ts';
import { fieldsContent } from './fields.ts';
import { tagsContent } from './tags.ts';
import type { ContentCodec, Entry, Workshop } from './types.ts';

/** The codec of what is inside a value. */
export function contentCodec(plan: ContentPlan, workshop: Workshop): ContentCodec {
  switch (plan.kind) {
    case 'ber':
      return berContent(plan.tags, workshop);
    case 'tags':
      return tagsContent(plan, workshop);
    case 'fields':
      return fieldsContent(plan, workshop);
    case 'bitmapped':
      return bitmappedContent(plan, workshop);
    case 'datasets':
      return datasetsContent(
        plan,
        new Map(Object.entries(plan.sets).map(([id, set]) => [id, contentCodec(set, workshop)])),
        workshop,
      );
  }
}

/** The part that a path of keys leads to: `['77', '9F27']`. */
export function entryAt(entries: readonly Entry[], keys: readonly string[]): Entry | undefined {
  let level: readonly Entry[] | undefined = entries;
  let found: Entry | undefined;
  for (const key of keys) {
    found = level?.find((entry) => entry.key === key);
    if (found === undefined) return undefined;
    level = found.children;
  }
  return found;
}
