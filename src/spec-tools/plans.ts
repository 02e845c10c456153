import type { ElementPlan, Spec } from '../codec/index.ts';

export type ContentPlan = NonNullable<ElementPlan['content']>;
export type PrefixPlan = NonNullable<ElementPlan['prefix']>;

/** The parts of a content by key: subfields, tags, bits; of data sets `id.key`. */
export function partsOf(content: ContentPlan): [string, ElementPlan][] {
  switch (content.kind) {
    case 'ber':
    case 'tags':
      return Object.entries(content.tags);
    case 'fields':
      return content.fields.map(([key, plan]) => [key, plan]);
    case 'bitmapped':
      return Object.entries(content.fields);
    case 'datasets':
      return Object.entries(content.sets).flatMap(([id, set]) =>
        partsOf(set).map(([key, plan]): [string, ElementPlan] => [`${id}.${key}`, plan]),
      );
  }
}

/** The part that a presence path names; of repeated rows the number comes first (`54.1.amount`). */
export function elementAt(content: ContentPlan, key: string): ElementPlan | undefined {
  return partsOf(content).find(([name]) => name === key)?.[1];
}

/** Elements of a dialect that it describes, by number. */
export function fieldsOf(spec: Spec): [number, ElementPlan][] {
  return spec.fields.flatMap((plan, de): [number, ElementPlan][] => (plan === undefined ? [] : [[de, plan]]));
}

/** The most that a length of fixed size can say. */
export function mostOf(prefix: PrefixPlan): number {
  if (prefix.encoding === 'binary') return 256 ** prefix.bytes - 1;
  return 10 ** (prefix.encoding === 'bcd' ? prefix.bytes * 2 : prefix.bytes) - 1;
}

/** Bytes that `units` of a value take on the wire. */
export function wireBytes(plan: ElementPlan, units: number): number {
  if (plan.encoding === 'bcd') return plan.type === 'x+n' ? 1 + (units >> 1) : (units + 1) >> 1;
  return plan.encoding === 'hex' || plan.encoding === 'hex-ebcdic' ? units * 2 : units;
}
/** The format in the standard's notation. */
export function formatText(plan: ElementPlan): string {
  const signed = plan.type === 'x+n' ? 1 : 0;
  if (plan.prefix === undefined && plan.min === plan.max) return `${plan.type}${plan.max - signed}`;
  const digits = Math.max(2, String(plan.max).length);
  return `${plan.type}${'.'.repeat(digits)}${plan.max - signed}`;
}
