import { readFileSync } from 'node:fs';

/** One checked vector of vectors.json. Values are hexadecimal unless the group says otherwise. */
export interface Vector {
  readonly group: string;
  readonly name: string;
  readonly source: string;
  readonly input: Readonly<Record<string, string | number>>;
  readonly expected: string;
}

export const VECTORS = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')) as Vector[];

const used = new Set<Vector>();

/** The vectors of a group, with a title for `test.each`. */
export function group(name: string, filter: (vector: Vector) => boolean = () => true): [string, Vector][] {
  const found = VECTORS.filter((vector) => vector.group === name && filter(vector));
  for (const vector of found) used.add(vector);
  return found.map((vector, index) => [`${String(index + 1)} ${vector.name}`, vector]);
}

/** Vectors that no call of `group` in this test file asked for. */
export function unused(): Vector[] {
  return VECTORS.filter((vector) => !used.has(vector));
}

export function text(vector: Vector, key: string): string {
  const value = vector.input[key];
  if (value === undefined) throw new Error(`${vector.group} ${vector.name} has no ${key}`);
  return String(value).replace(/ /g, '');
}

export function bytes(vector: Vector, key: string): Buffer {
  return Buffer.from(text(vector, key), 'hex');
}

export function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex').toUpperCase();
}

/** Published single-length keys, as TDES takes them. */
export function doubled(key: Buffer): Buffer {
  return key.length === 8 ? Buffer.concat([key, key]) : key;
}
