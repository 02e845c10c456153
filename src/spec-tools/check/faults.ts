import { CodecError, defineSpec, type Spec } from '../../codec/index.ts';
import { isObject, type Json } from './source.ts';

/** A mistake: its place in the JSON, and what is wrong. */
export interface SpecFault {
  readonly path: string;
  readonly reason: string;
}

const LABEL = 'spec';
/** A file of nonsense ends somewhere. */
const MAX_FAULTS = 1_000;

/** Every mistake of a dialect, and the dialect without them. The codec's own loader finds the first mistake; that place is
 *  taken away or mended, and the loader asked again: what is refused here is exactly what the gateway refuses.
 *  @param json  a dialect without `extends` */
export function specFaults(json: Json): { faults: SpecFault[]; spec?: Spec } {
  const faults: SpecFault[] = [];
  const rest = structuredClone(json) as Record<string, unknown>;
  while (faults.length < MAX_FAULTS) {
    try {
      return { faults, spec: defineSpec(rest, LABEL) };
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      const path = error.path.startsWith(`${LABEL}: `) ? error.path.slice(LABEL.length + 2) : '';
      const found = mend(rest, keysOf(rest, path), error.reason);
      faults.push(...found.map(({ keys, reason }) => ({ path: keys.join('.'), reason })));
      if (path === '') return { faults };
    }
  }
  return { faults };
}

interface Mended {
  readonly keys: readonly string[];
  readonly reason: string;
}

/** A path's keys; keys of the file may hold dots themselves. */
function keysOf(json: unknown, path: string): string[] {
  if (path === '') return [];
  const parts = path.split('.');
  for (let length = 1; length < parts.length; length++) {
    const key = parts.slice(0, length).join('.');
    if (isObject(json) && Object.hasOwn(json, key)) return [key, ...keysOf(json[key], parts.slice(length).join('.'))];
  }
  return [path];
}

/** Takes the mistake away so that the next can be seen. */
function mend(json: Record<string, unknown>, keys: readonly string[], reason: string): Mended[] {
  const key = keys.at(-1) ?? '';
  const holder = keys.slice(0, -1).reduce<unknown>((inside, one) => (isObject(inside) ? inside[one] : undefined), json);
  if (!isObject(holder)) return [{ keys, reason }];
  const object = holder as Record<string, unknown>;
  const value = object[key];
  if (key === 'format') object['format'] = nearestFormat(value);
  else if (key === 'name' && value === undefined) object['name'] = 'nameless';
  else if (key === 'bytes' && value === undefined) object['bytes'] = 1;
  else if (key === 'kind') return [mendKind(json, keys, reason)];
  else if (Array.isArray(value) && reason.includes('is no element or path')) return mendList(object, key, value, keys);
  else if (Object.hasOwn(object, key)) Reflect.deleteProperty(object, key);
  else Reflect.deleteProperty(json, keys[0] ?? '');
  return [{ keys, reason }];
}

/** Content of an unknown kind cannot be looked into. */
function mendKind(json: Record<string, unknown>, keys: readonly string[], reason: string): Mended {
  const holder = keys.slice(0, -2).reduce<unknown>((inside, one) => (isObject(inside) ? inside[one] : undefined), json);
  if (isObject(holder)) Reflect.deleteProperty(holder, keys.at(-2) ?? '');
  return { keys, reason };
}

/** The loader names the list; each of its bad items is a mistake. */
function mendList(
  object: Record<string, unknown>,
  key: string,
  list: readonly unknown[],
  keys: readonly string[],
): Mended[] {
  const bad: Mended[] = [];
  const sound = (value: unknown, at: readonly string[]): boolean => {
    const path = typeof value === 'number' ? String(value) : value;
    if (typeof path === 'string' && /^\d{1,3}(\.[0-9A-Za-z]+)*$/.test(path)) return true;
    bad.push({ keys: at, reason: `${JSON.stringify(value)} is no element or path` });
    return false;
  };
  object[key] = list.flatMap((item, index): unknown[] => {
    const at = [...keys, String(index)];
    if (!Array.isArray(item)) return sound(item, at) ? [item] : [];
    const group = item.filter((one, inner) => sound(one, [...at, String(inner)]));
    return group.length === 0 && item.length > 0 ? [] : [group];
  });
  if (bad.length === 0) Reflect.deleteProperty(object, key);
  return bad;
}

/** A format of the same nature, so that what else is wrong with the element still shows. */
function nearestFormat(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  if (text.startsWith('b')) return 'b...999';
  if (text.startsWith('x')) return 'x+n8';
  return /^[nz](?![a-z])/.test(text) ? 'n...999' : 'ans...999';
}
