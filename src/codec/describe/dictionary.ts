import type { Entry } from '../content/types.ts';
import type { ContentPlan, Secret } from '../plan.ts';
import { emvTag } from './emv.ts';

/** What is known of a subfield, tag or data set. */
export interface Known {
  readonly name?: string | undefined;
  readonly secret?: Secret | undefined;
}

/** Name and secrecy of a part: the dialect's, else EMV's where the part is a tag of BER. Tag 77 of any other content is not
 *  EMV's template. What a secret element holds is secret too.
 *  @param content  of the element or part that holds it
 *  @param secret  of that element or part */
export function lookUp({ key, name, plan }: Entry, content: ContentPlan | undefined, secret?: Secret): Known {
  const emv = content?.kind === 'ber' ? emvTag(key) : undefined;
  return { name: name ?? emv?.name, secret: plan?.secret ?? emv?.secret ?? secret };
}

/** What is inside a part: its own content, its set's, or for templates and rows the same again. */
export function contentOf<C extends ContentPlan | undefined>({ key, plan }: Entry, around: C): ContentPlan | C {
  if (plan?.content !== undefined) return plan.content;
  return around?.kind === 'datasets' ? (around.sets[key] ?? around) : around;
}
