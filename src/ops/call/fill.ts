const PLACE = /\{([A-Za-z][A-Za-z0-9]*)\}/g;

/** The names of what a description wants filled in. */
export function placesIn(value: unknown): string[] {
  if (typeof value === 'string') return Array.from(value.matchAll(PLACE), ([, name = '']) => name);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(placesIn);
}

/** Fills in texts, however deep they lie. Values stay text: none becomes a part of the structure.
 *  @param encode of the place: of an address, say */
export function fill(
  value: unknown,
  values: Readonly<Record<string, string>>,
  encode: (text: string) => string = (text) => text,
): unknown {
  if (typeof value === 'string') return value.replace(PLACE, (_, name: string) => encode(values[name] ?? ''));
  if (Array.isArray(value)) return value.map((each) => fill(each, values, encode));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, values, encode)]));
}
