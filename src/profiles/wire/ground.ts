import type { ContentPlan, ElementPlan, Spec } from '../../codec/index.ts';
import type { BlockWidths, ContentFile } from '../language/schema.ts';
import type { Path } from './path.ts';

/** What layouts stand on: a dialect, and which of its elements are blocks. */
export interface Ground {
  readonly spec: Spec;
  readonly blocks: Readonly<Record<string, BlockWidths>>;
}

/** How the dialect describes a place; undefined where it does not. */
export function planAt({ de, keys }: Path, { spec }: Ground): ElementPlan | undefined {
  let plan = spec.fields[de];
  for (const key of keys) plan = plan?.content === undefined ? undefined : insideOf(plan.content, key);
  return plan;
}

function insideOf(content: ContentPlan, key: string): ElementPlan | undefined {
  switch (content.kind) {
    case 'tags':
    case 'ber':
      return content.tags[key];
    case 'fields':
      return content.fields.find(([name]) => name === key)?.[1];
    case 'bitmapped':
      return content.fields[key];
    case 'datasets':
      return undefined;
  }
}

/** Whether what stands there is text in bytes that the codec gives in hexadecimal. A plain value in such a place is bytes. */
export function isBytesOfText(path: Path, content: ContentFile, ground: Ground): boolean {
  if (planAt(path, ground)?.type !== 'b') return false;
  if (path.block !== undefined) return true;
  return (
    typeof content === 'object' && !('computed' in content) && (!('value' in content) || content.page !== undefined)
  );
}

export function textOfHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}

export function hexOfText(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex').toUpperCase();
}
