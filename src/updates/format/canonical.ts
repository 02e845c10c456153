/** Canonical JSON as TUF signs it (OLPC): members sorted, nothing between them, only `"` and `\` escaped, whole numbers.
 *  @throws TypeError for what it cannot say: fractions, undefined, functions */
export function canonicalJson(value: unknown): Buffer {
  return Buffer.from(canonical(value), 'utf8');
}

function canonical(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`canonical JSON has no ${typeof value} but whole numbers`);
  const members = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, each]) => `${quoted(key)}:${canonical(each)}`).join(',')}}`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
