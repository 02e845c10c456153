/** What two readings of one thing differ in, field by field: what a person saw, and what somebody else made of it. Pure. */

export type Leaf = string | number | boolean | null;

export interface FieldChange {
  /** `place`, `waiting.on`, `items.mobile.state`. */
  readonly path: string;
  /** Undefined: it was not there. */
  readonly before: Leaf | undefined;
  readonly after: Leaf | undefined;
}

/** Of everything that changes with every change, nobody decides anything. */
const SKIPPED = new Set(['version', 'query', 'currency']);

/** @param seen and `now`: bodies of the API
 *  @returns in the order of `now`, then what is gone */
export function changedFields(seen: unknown, now: unknown): readonly FieldChange[] {
  const [before, after] = [leavesOf(seen), leavesOf(now)];
  return [...new Set([...after.keys(), ...before.keys()])].flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    return was === is ? [] : [{ path, before: was, after: is }];
  });
}

function leavesOf(value: unknown, path = '', into = new Map<string, Leaf>()): Map<string, Leaf> {
  if (Array.isArray(value)) leavesOfList(value, path, into);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      if (!SKIPPED.has(name)) leavesOf(each, path === '' ? name : `${path}.${name}`, into);
    }
  } else if (isLeaf(value)) into.set(path, value);
  return into;
}

/** Texts stand together; things are known by what names them, so that one more does not move all the others. */
function leavesOfList(list: readonly unknown[], path: string, into: Map<string, Leaf>): void {
  if (list.every(isLeaf)) into.set(path, list.map(String).join(', '));
  else list.forEach((each, at) => leavesOf(each, `${path}.${nameOf(each) ?? at}`, into));
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, code, at } = value as { id?: unknown; code?: unknown; at?: unknown };
  const name = [id, code, at].find((each) => typeof each === 'string' || typeof each === 'number');
  return name === undefined ? undefined : String(name).replaceAll('.', '·');
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
