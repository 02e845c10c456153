import type { PresencePlan } from '../plan.ts';
import type { Node } from './raw.ts';

const CLASS = /^\d{3}(\/\d{6})?$/;
const PATH = /^([2-9]|[1-9]\d|1[0-8]\d|19[0-2])(\.[0-9A-Za-z]+)*$/;

/** `presence` of a dialect file: by class (`020`) or class and processing code (`020/279800`), lists of elements and paths. */
export function presencePlans(root: Node): Record<string, PresencePlan> {
  const node = root.node('presence');
  const plans: Record<string, PresencePlan> = {};
  for (const key of node.keys()) {
    if (!CLASS.test(key)) throw node.fault(key, 'not three digits of an MTI, or those with a processing code');
    const rules = node.node(key);
    rules.only('mandatory', 'oneOf', 'forbidden');
    plans[key] = {
      mandatory: paths(rules, 'mandatory', rules.list('mandatory')),
      oneOf: rules.list('oneOf').map((group) => {
        if (!Array.isArray(group) || group.length === 0) throw rules.fault('oneOf', 'must be lists of elements');
        return paths(rules, 'oneOf', group);
      }),
      forbidden: paths(rules, 'forbidden', rules.list('forbidden')),
    };
  }
  return plans;
}

function paths(rules: Node, key: string, values: readonly unknown[]): string[] {
  return values.map((value) => {
    const path = typeof value === 'number' ? String(value) : value;
    if (typeof path !== 'string' || !PATH.test(path))
      throw rules.fault(key, `${JSON.stringify(value)} is no element or path`);
    return path;
  });
}
