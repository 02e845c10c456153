import type { Spec } from '../../codec/index.ts';
import { elementAt, type ContentPlan } from '../plans.ts';
import type { SpecFault } from './faults.ts';

/** What presence rules say that no message can satisfy, or that names nothing. */
export function presenceWarnings(spec: Spec): SpecFault[] {
  return [...Object.entries(spec.presence).flatMap(([key, rules]) => ruleWarnings(spec, key, rules)), ...nobody(spec)];
}

function ruleWarnings(spec: Spec, key: string, rules: Spec['presence'][string]): SpecFault[] {
  const found: SpecFault[] = [];
  const at = `presence.${key}`;
  const named: [string, string][] = [
    ...rules.mandatory.map((path): [string, string] => ['mandatory', path]),
    ...rules.oneOf.flat().map((path): [string, string] => ['oneOf', path]),
    ...rules.forbidden.map((path): [string, string] => ['forbidden', path]),
  ];
  for (const [list, path] of named) {
    const reason = undefinedReason(spec, path);
    if (reason !== undefined) found.push({ path: `${at}.${list}`, reason: `${path} ${reason}` });
  }
  const around = key.length > 3 ? spec.presence[key.slice(0, 3)] : undefined;
  const forbidden = new Set([...rules.forbidden, ...(around?.forbidden ?? [])]);
  for (const path of rules.mandatory)
    if (forbidden.has(path) || forbidden.has(path.split('.')[0] ?? ''))
      found.push({ path: `${at}.mandatory`, reason: `${path} is forbidden too: no message can satisfy this` });
  for (const group of rules.oneOf) {
    if (group.every((path) => forbidden.has(path)))
      found.push({
        path: `${at}.oneOf`,
        reason: `all of ${group.join(', ')} are forbidden: no message can satisfy this`,
      });
    if (group.some((path) => rules.mandatory.includes(path)))
      found.push({ path: `${at}.oneOf`, reason: `one of ${group.join(', ')} is mandatory: the group says nothing` });
  }
  if (key.length > 3 && around === undefined && spec.fields[3] === undefined)
    found.push({ path: at, reason: 'a rule by processing code in a dialect without element 3' });
  return found;
}

function undefinedReason(spec: Spec, path: string): string | undefined {
  const [de = '', ...inner] = path.split('.');
  let plan = spec.fields[Number(de)];
  if (plan === undefined) return 'is not an element of this dialect';
  for (const key of inner) {
    const content: ContentPlan | undefined = plan.content;
    if (content === undefined) return `: ${plan.name === '' ? de : plan.name} has no subfields`;
    plan = elementAt(content, key);
    if (plan === undefined) return content.kind === 'ber' ? undefined : 'is not described';
  }
  return undefined;
}

/** Elements that every class of message forbids. */
function nobody(spec: Spec): SpecFault[] {
  const classes = Object.entries(spec.presence).filter(([key]) => key.length === 3);
  if (classes.length < 2) return [];
  const [first, ...others] = classes;
  return (first?.[1].forbidden ?? [])
    .filter((path) => others.every(([, rules]) => rules.forbidden.includes(path)))
    .map((path) => ({ path: `fields.${path}`, reason: 'nobody may have it: every class of messages forbids it' }));
}
