/** Where the keys of a JSON text stand. The text is JSON: it was parsed before.
 *  @returns the line of each key by its path (`fields.48.format`, items of lists by number), and the paths that come twice */
export function keyLines(text: string): { lines: ReadonlyMap<string, number>; twice: readonly string[] } {
  const lines = new Map<string, number>();
  const twice: string[] = [];
  /** What is open: an object whose current key this is, or a list and its current item. */
  const open: { key: string; item: number }[] = [];
  let line = 1;
  let string: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const inside = open.at(-1);
    if (character === '\n') line++;
    else if (character === '"') {
      const end = endOfString(text, at);
      string = text.slice(at, end);
      at = end - 1;
    } else if (character === ':' && inside !== undefined && string !== undefined) {
      inside.key = String(JSON.parse(string));
      const path = pathOf(open);
      if (path !== undefined && lines.has(path)) twice.push(path);
      if (path !== undefined) lines.set(path, line);
    } else if (character === '{') open.push({ key: '', item: -1 });
    else if (character === '[') open.push({ key: '', item: 0 });
    else if (character === ',' && inside !== undefined && inside.item >= 0) inside.item++;
    else if (character === '}' || character === ']') open.pop();
  }
  return { lines, twice };
}

/** Objects and lists inside each other that a dialect may have: its elements are at most half as deep. */
export const MAX_NESTING = 128;

/** Where a JSON text is nested deeper than that: the line. What looks at such a text level by level needs the square of its
 *  depth. @returns undefined: nowhere */
export function tooDeepAt(text: string): number | undefined {
  let [line, depth] = [1, 0];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\n') line++;
    else if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '{' || character === '[') {
      if (++depth > MAX_NESTING) return line;
    } else if (character === '}' || character === ']') depth--;
  }
  return undefined;
}

/** Keys of a dialect are short: a path beyond this is nobody's, and a million of them are no memory's. */
const MAX_PATH = 1_000;

function pathOf(open: readonly { key: string; item: number }[]): string | undefined {
  if (open.reduce((sum, { key }) => sum + key.length + 1, 0) > MAX_PATH) return undefined;
  return open.map(({ key, item }) => (item >= 0 ? String(item) : key)).join('.');
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at++;
    else if (character === '"') return at + 1;
  }
  return text.length;
}
