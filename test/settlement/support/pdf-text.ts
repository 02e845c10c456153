import { inflateSync } from 'node:zlib';

/** Reads a PDF's lines back as they stand on the page: glyphs from left to right, by the font's own ToUnicode table.
 *  Enough for what pdfkit writes with one font. */
export function pdfLines(pdf: Buffer): string[] {
  const streams = [...contents(pdf)];
  const unicode = toUnicode(streams.find((text) => text.includes('beginbfrange')) ?? '');
  return streams.filter((text) => text.includes('BT\n')).flatMap((text) => linesOf(text, unicode));
}

function* contents(pdf: Buffer): Generator<string> {
  const text = pdf.toString('latin1');
  for (const match of text.matchAll(/\/Length (\d+)[^>]*>>\s*stream\r?\n/g)) {
    const start = match.index + match[0].length;
    const bytes = pdf.subarray(start, start + Number(match[1]));
    yield (match[0].includes('/FlateDecode') ? inflateSync(bytes) : bytes).toString('latin1');
  }
}

/** Glyph number → text. */
function toUnicode(cmap: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const [, from = '', list = ''] of cmap.matchAll(/<(\w{4})> <\w{4}> \[([^\]]*)\]/g)) {
    for (const [index, [, hex = '']] of [...list.matchAll(/<([\w ]*)>/g)].entries()) {
      found.set(parseInt(from, 16) + index, utf16(hex.replaceAll(' ', '')));
    }
  }
  return found;
}

function utf16(hex: string): string {
  return Buffer.from(hex, 'hex').swap16().toString('utf16le');
}

function linesOf(content: string, unicode: ReadonlyMap<number, string>): string[] {
  const lines = new Map<number, { x: number; text: string }[]>();
  for (const [, x = '', y = '', shown = ''] of content.matchAll(/1 0 0 1 (\S+) (\S+) Tm\n[^[]*\[([^\]]*)\] TJ/g)) {
    const glyphs = [...shown.matchAll(/<(\w+)>/g)].flatMap(([, hex = '']) => hex.match(/\w{4}/g) ?? []);
    const text = glyphs.map((glyph) => unicode.get(parseInt(glyph, 16)) ?? '\ufffd').join('');
    const height = Math.round(Number(y) * 10);
    lines.set(height, [...(lines.get(height) ?? []), { x: Number(x), text }]);
  }
  return [...lines].sort(([a], [b]) => b - a).map(([, pieces]) => joined(pieces));
}

function joined(pieces: { x: number; text: string }[]): string {
  return pieces
    .sort((a, b) => a.x - b.x)
    .map(({ text }) => text)
    .join('');
}
