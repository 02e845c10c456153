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

function fault(message: Message, plan: PresencePlan | undefined): PresenceFault | undefined {
  if (plan === undefined) return undefined;
  const rules = rulesOf(plan);
  const has = (path: Path): boolean => message.has(path);
  const missing = rules.mandatory.find((path) => !has(path));
  if (missing !== undefined) return { path: String(missing), reason: 'mandatory, and not there' };
  const unmet = rules.oneOf.find((group) => !group.some(has));
  if (unmet !== undefined) return { path: String(unmet[0] ?? ''), reason: `one of ${unmet.join(', ')} must be there` };
  const extra = rules.forbidden.find(has);
  return extra === undefined ? undefined : { path: String(extra), reason: 'must not be there' };
}

/** An element by its number, which is found faster than by its name; else the path of a tag. */
type Path = number | string;

interface Rules {
  readonly mandatory: readonly Path[];
  readonly oneOf: readonly (readonly Path[])[];
  readonly forbidden: readonly Path[];
}

const READY = new WeakMap<PresencePlan, Rules>();

function rulesOf(plan: PresencePlan): Rules {
  const known = READY.get(plan);
  if (known !== undefined) return known;
  const paths = (all: readonly string[]): Path[] => all.map((path) => (path.includes('.') ? path : Number(path)));
  const rules = { mandatory: paths(plan.mandatory), oneOf: plan.oneOf.map(paths), forbidden: paths(plan.forbidden) };
  READY.set(plan, rules);
  return rules;
}
