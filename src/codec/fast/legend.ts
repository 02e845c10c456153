/** What the short names of generated code mean. The generated source begins with them, and docs/codec.md has them
 *  (test/codec/source.test.ts holds the three to each other). */
type Legend = Readonly<Record<string, string>>;

const SHARED = {
  T: 'tables, by number: T[0][byte]',
  at: 'where the code stands now',
  u: 'units of the element at hand: characters, digits or bytes',
  i: 'index within the value at hand',
} as const;

const OF_FRAMES = {
  E: 'elements, by number: their own codecs, for what has no fast way',
  'm0-m15': 'bytes of the bitmaps: m0-m7 of elements 1-64, m8-m15 of 65-128',
} as const;

export const SCAN_LEGEND: Legend = {
  b: 'bytes of the memory that the frame lies in',
  w: 'the same memory as a DataView: four bytes are checked at once',
  o: 'where the frame begins',
  n: 'where the frame ends',
  P: 'places of the elements, three numbers each (src/codec/layout.ts)',
  first: 'where the places of this frame begin in P; its MTI comes first, as a number',
  p: 'the next free place in P; at the end it is what the function returns',
  ...SHARED,
  ...OF_FRAMES,
  e: 'where the element at hand ends',
  h: 'where the text of the frame has its next digits: behind the characters, two for each byte',
  bad: 'what is wrong so far, as high bits: looked at once, at the end',
  k: 'high bits of text that may go beyond ASCII',
  x: 'a byte, digit or word at hand',
  y: 'the extent that an own codec found: start, end, units',
  'd0-d3': 'digits of the MTI',
};

const OF_VALUES = {
  v: 'the value at hand, as text',
  out: 'the buffer that is written',
  ...SHARED,
  c: 'a character or its half byte',
  d: 'the half byte after it, or a part of the length',
} as const;

export const WRITE_LEGEND: Legend = {
  f: 'values, by element',
  count: 'how many values there are',
  seen: 'how many of them were met so far',
  base: 'where the frame begins',
  start: 'where the elements behind 64 begin',
  ...OF_VALUES,
  ...OF_FRAMES,
  p: 'bytes that an own codec made',
};

export const PATCH_LEGEND: Legend = OF_VALUES;

/** A legend as comment lines of the source. */
export function legendLines(legend: Legend): string {
  return Object.entries(legend)
    .map(([name, meaning]) => `// ${name.padEnd(6)}  ${meaning}\n`)
    .join('');
}
