import type { ElementPlan, Spec } from '../../codec/index.ts';
import { fieldsOf, mostOf, partsOf, wireBytes, type ContentPlan } from '../plans.ts';
import type { SpecFault } from './faults.ts';
import { presenceWarnings } from './presence-lint.ts';
import { isObject, type Json } from './source.ts';

/** ISO 8583: elements that carry what no log may show. */
const SECRETS: Readonly<Record<number, string>> = {
  2: 'pan',
  34: 'pan',
  35: 'track',
  36: 'track',
  45: 'track',
  52: 'pin',
};

/** What the loader takes, and yet is most likely not meant. @param json  the dialect's files, merged */
export function specWarnings(spec: Spec, json: Json): SpecFault[] {
  const fields = isObject(json['fields']) ? json['fields'] : {};
  return [
    ...fieldsOf(spec).flatMap(([de, plan]) => elementWarnings(`fields.${de}`, plan, fields[String(de)], true)),
    ...fieldsOf(spec).flatMap(([de, plan]) =>
      SECRETS[de] === undefined || plan.secret !== undefined
        ? []
        : [{ path: `fields.${de}`, reason: `not marked secret (${SECRETS[de]}): logs and pictures would show it` }],
    ),
    ...versionWarnings(spec),
    ...presenceWarnings(spec),
  ];
}

function versionWarnings(spec: Spec): SpecFault[] {
  const odd = spec.mti.versions.replace(/\d/g, '');
  if (spec.mti.versions === '') return [{ path: 'mti.versions', reason: 'empty: no message can be of this dialect' }];
  return odd === '' ? [] : [{ path: 'mti.versions', reason: `"${odd}" is no digit of an MTI` }];
}

function elementWarnings(path: string, plan: ElementPlan, raw: unknown, prefixed: boolean): SpecFault[] {
  const found: SpecFault[] = [];
  const warn = (key: string, reason: string): void =>
    void found.push({ path: key === '' ? path : `${path}.${key}`, reason });
  const said = (key: string): boolean => isObject(raw) && raw[key] !== undefined && raw[key] !== null;
  if (plan.name === '') warn('name', 'nameless: pictures and the manual show only its number');
  if (plan.prefix === undefined && prefixed) {
    if (said('prefix')) warn('prefix', 'of no effect: the length is fixed');
    if (said('min')) warn('min', 'of no effect: the length is fixed');
  }
  if (plan.min > plan.max) warn('min', `more than the most (${plan.max}): no length is allowed`);
  if (said('odd') && plan.encoding !== 'bcd') warn('odd', 'of no effect: only packed digits have a half byte to fill');
  if (said('asciiOnly') && plan.type === 'b') warn('asciiOnly', 'of no effect on bytes');
  found.push(...lengthWarnings(path, plan));
  const odds =
    plan.prefix !== undefined && plan.prefix.counts !== 'units' && plan.encoding === 'bcd' && plan.odd !== 'right-F';
  if (odds) warn('odd', 'the length counts bytes: an odd number of digits can never be written (right-F can)');
  if (plan.pad !== undefined && plan.prefix !== undefined && plan.min === 0)
    warn('pad', 'of no effect: a value of variable length is padded only up to min');
  if (plan.content !== undefined) {
    const inside = isObject(raw) && isObject(raw['content']) ? raw['content'] : {};
    found.push(...contentWarnings(`${path}.content`, plan, plan.content, inside));
  }
  return found;
}

/** Lengths that the prefix cannot say. */
function lengthWarnings(path: string, plan: ElementPlan): SpecFault[] {
  if (plan.prefix === undefined) return [];
  const own = plan.prefix.includesItself ? plan.prefix.bytes : 0;
  const bytes = wireBytes(plan, plan.max);
  const counted = { units: plan.max, bytes, nibbles: bytes * 2 }[plan.prefix.counts];
  const most = mostOf(plan.prefix) - own;
  if (counted <= most) return [];
  const reason = `lengths over ${most} cannot be reached: the prefix of ${plan.prefix.bytes} byte(s) cannot say ${counted + own}`;
  return [{ path: `${path}.format`, reason }];
}

function contentWarnings(path: string, around: ElementPlan, content: ContentPlan, raw: Json): SpecFault[] {
  const section = content.kind === 'fields' || content.kind === 'bitmapped' ? 'fields' : 'tags';
  const raws = isObject(raw[section]) ? raw[section] : {};
  const bare = content.kind === 'ber' || content.kind === 'tags';
  const found =
    content.kind === 'datasets'
      ? []
      : partsOf(content).flatMap(([key, plan]) => elementWarnings(`${path}.${section}.${key}`, plan, raws[key], !bare));
  if (content.kind === 'tags') found.push(...tagWarnings(path, content));
  if (content.kind === 'fields') found.push(...sumWarnings(path, around, content));
  if (content.kind === 'bitmapped')
    for (const [key] of partsOf(content))
      if (Number(key) > content.bytes * 8)
        found.push({
          path: `${path}.fields.${key}`,
          reason: `cannot be reached: the bitmap has ${content.bytes * 8} bits`,
        });
  if (partsOf(content).length === 0 && content.kind !== 'ber')
    found.push({ path: `${path}.${section}`, reason: 'describes nothing' });
  return found;
}

function tagWarnings(path: string, content: ContentPlan & { kind: 'tags' }): SpecFault[] {
  const { tag, length } = content;
  const digits = tag.encoding === 'binary' || tag.encoding === 'bcd' ? tag.bytes * 2 : tag.bytes;
  return Object.entries(content.tags).flatMap(([key, plan]) => {
    const at = `${path}.tags.${key}`;
    const found: SpecFault[] = [];
    if (key.length !== digits || (tag.encoding !== 'binary' && !/^\d+$/.test(key)))
      found.push({
        path: at,
        reason: `cannot be reached: tags are ${digits} ${tag.encoding === 'binary' ? 'hexadecimal digits' : 'digits'}`,
      });
    const own = length.includesItself ? tag.bytes + length.bytes : 0;
    if (wireBytes(plan, plan.max) > mostOf(length) - own)
      found.push({ path: `${at}.format`, reason: `lengths over ${mostOf(length) - own} bytes cannot be reached` });
    return found;
  });
}

/** Subfields by position: whether their sum can be a length of the element around. */
function sumWarnings(path: string, around: ElementPlan, content: ContentPlan & { kind: 'fields' }): SpecFault[] {
  const packed = around.encoding === 'bcd';
  const room = packed
    ? around.max
    : wireBytes({ ...around, encoding: around.type === 'b' ? 'binary' : around.encoding }, around.max);
  let least = 0;
  let most = 0;
  for (const [key, plan] of content.fields) {
    if (least >= room && !content.partial)
      return [{ path: `${path}.fields.${key}`, reason: `cannot be reached: the subfields before it fill all ${room}` }];
    least += (plan.prefix?.bytes ?? 0) + wireBytes(plan, plan.min);
    most += (plan.prefix?.bytes ?? 0) + wireBytes(plan, plan.max);
  }
  if (least > room) return [{ path, reason: `the subfields need ${least}, the element holds ${room}` }];
  if (around.prefix === undefined && content.repeat === 1 && !content.partial && most < room)
    return [
      { path, reason: `the subfields take at most ${most} of the element's fixed ${room}: every value is refused` },
    ];
  return [];
}
