import type { Message } from './message.ts';
import type { PresencePlan } from './plan.ts';

/** A rule of presence that a message breaks. */
export interface PresenceFault {
  /** The element (`22`) or tag (`48.10`) at fault. */
  readonly path: string;
  readonly reason: string;
}

/** The first rule of its class, then of its class and processing code, that a message breaks; undefined: none, or the dialect
 *  has no rules for it. */
export function presenceFault(message: Message): PresenceFault | undefined {
  const { presence } = message.spec;
  const kind = message.mti.slice(0, 3);
  return fault(message, presence[kind]) ?? fault(message, presence[`${kind}/${message.get(3) ?? ''}`]);
}

function fault(message: Message, rules: PresencePlan | undefined): PresenceFault | undefined {
  if (rules === undefined) return undefined;
  const has = (path: string): boolean => message.has(path);
  const missing = rules.mandatory.find((path) => !has(path));
  if (missing !== undefined) return { path: missing, reason: 'mandatory, and not there' };
  const unmet = rules.oneOf.find((group) => !group.some(has));
  if (unmet !== undefined) return { path: unmet[0] ?? '', reason: `one of ${unmet.join(', ')} must be there` };
  const extra = rules.forbidden.find(has);
  return extra === undefined ? undefined : { path: extra, reason: 'must not be there' };
}
