/** What a Lua table can be made of. Maps have numbers as keys. */
export type LuaValue =
  | string
  | number
  | boolean
  | readonly LuaValue[]
  | ReadonlyMap<number, LuaValue>
  | { readonly [key: string]: LuaValue };

/** A value as a Lua literal. Text of a dialect can break out of nothing: all but letters, digits and blanks are escaped. */
export function lua(value: LuaValue): string {
  if (typeof value === 'string') return `"${escaped(value)}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `{ ${value.map((one: LuaValue) => lua(one)).join(', ')} }`;
  if (value instanceof Map)
    return braces([...(value as ReadonlyMap<number, LuaValue>)].map(([key, one]) => [String(key), one]));
  return braces(Object.entries(value as Record<string, LuaValue>).map(([key, one]) => [lua(key), one]));
}

function braces(pairs: readonly (readonly [string, LuaValue])[]): string {
  return `{ ${pairs.map(([key, one]) => `[${key}] = ${lua(one)}`).join(', ')} }`;
}

function escaped(text: string): string {
  let result = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte);
    result += /[A-Za-z0-9 _.,+-]/.test(character) ? character : `\\${String(byte).padStart(3, '0')}`;
  }
  return result;
}
