import bidiFactory, { type Bidi } from 'bidi-js';

/** Its types are those of a module, its main file is CommonJS: what is imported is the factory itself. */
const bidi = (bidiFactory as unknown as () => Bidi)();

/** A piece of a line, as it is handed to the shaper. Pieces stand from left to right. */
export interface VisualRun {
  readonly text: string;
}

/** Isolates and marks order a line; they are not drawn. */
const UNSEEN = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;
/** What the shaper takes for Arabic script, and so turns round, though it reads from left to right. */
const ARABIC_NUMBER = /[\u06f0-\u06f9\u0660-\u0669\u066b\u066c]+|[^\u06f0-\u06f9\u0660-\u0669\u066b\u066c]+/g;

const ARABIC_LETTER = /[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]/;

/** Orders a line by the Unicode bidirectional algorithm (UAX 9). The shaper (fontkit) turns runs of Arabic script round
 *  itself, Persian digits among them: those are handed over turned round, and so come out right. That is where other PDF
 *  makers misprint amounts.
 *  @param base direction of the line; `auto`: that of its first letter */
export function visualRuns(text: string, base: 'ltr' | 'rtl' | 'auto'): VisualRun[] {
  if (text === '') return [];
  const levels = bidi.getEmbeddingLevels(text, base);
  const order = bidi.getReorderedIndices(text, levels);
  const mirrored = bidi.getMirroredCharactersMap(text, levels.levels);
  const runs: VisualRun[] = [];
  for (let at = 0; at < order.length;) {
    const level = levels.levels[order[at] ?? 0] ?? 0;
    const rtl = level % 2 === 1;
    let end = at + 1;
    while (
      end < order.length &&
      order[end] === (order[end - 1] ?? 0) + (rtl ? -1 : 1) &&
      levels.levels[order[end] ?? 0] === level
    ) {
      end++;
    }
    const indices = order.slice(at, end);
    if (rtl) indices.reverse(); // the shaper wants the order in which it is read
    const piece = indices.map((index) => mirrored.get(index) ?? text[index] ?? '').join('');
    runs.push(...runsOf(piece.replace(UNSEEN, ''), rtl));
    at = end;
  }
  return runs;
}

function runsOf(text: string, rtl: boolean): VisualRun[] {
  // a run without a letter (a bracket after a number) has no script by which the shaper would turn it round
  if (rtl) return text === '' ? [] : [{ text: ARABIC_LETTER.test(text) ? text : Array.from(text).reverse().join('') }];
  return (text.match(ARABIC_NUMBER) ?? []).map((piece) => ({
    text: /^[\u0600-\u06ff]/.test(piece) ? Array.from(piece).reverse().join('') : piece,
  }));
}
