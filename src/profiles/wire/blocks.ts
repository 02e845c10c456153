import type { BlockWidths } from '../language/schema.ts';

/** An element of function-code blocks: a count, then code, length and data of each, all in characters. */

export const DEFAULT_WIDTHS: BlockWidths = { count: 2, code: 3, length: 3 };

/** @returns the data by code; undefined for what is not exactly such blocks, each code once */
export function parseBlocks(
  text: string,
  { count, code, length }: BlockWidths,
): ReadonlyMap<string, string> | undefined {
  const blocks = new Map<string, string>();
  const announced = digits(text, 0, count);
  if (announced === undefined) return undefined;
  let at = count;
  while (at < text.length) {
    const name = text.slice(at, at + code);
    const long = digits(text, at + code, length);
    const start = at + code + length;
    if (long === undefined || start + long > text.length || blocks.has(name)) return undefined;
    blocks.set(name, text.slice(start, start + long));
    at = start + long;
  }
  return count > 0 && blocks.size !== announced ? undefined : blocks;
}

/** @returns undefined where there are no blocks, or more than can be told */
export function formatBlocks(
  blocks: readonly (readonly [code: string, data: string])[],
  { count, code, length }: BlockWidths,
): string | undefined {
  if (blocks.length === 0) return undefined;
  let text = count === 0 ? '' : String(blocks.length).padStart(count, '0');
  for (const [name, data] of blocks) {
    const long = String(data.length).padStart(length, '0');
    if (long.length > length || name.length !== code) return undefined;
    text += name + long + data;
  }
  return text;
}

function digits(text: string, at: number, width: number): number | undefined {
  if (width === 0) return 0;
  const part = text.slice(at, at + width);
  return part.length === width && /^\d+$/.test(part) ? Number(part) : undefined;
}
