import type { Dialect } from '../dialect.ts';
import { ABOVE, PLACE } from '../layout.ts';
import type { ElementPlan } from '../plan.ts';
import { ALONE, BYTES, CHARACTERS, DIGITS_LEFT, KIND, readingOf } from '../reading.ts';
import { CODE_PAGES } from '../tables.ts';
import { contentSource } from './content.ts';
import { fastKind, nibbles } from './kind.ts';
import { legendLines, SCAN_LEGEND } from './legend.ts';
import { Tables } from './tables.ts';

/** Finds and checks every element of a sound frame from `base` to `end` of `bytes` (`words`: the same memory), and writes its
 *  MTI as a number and its places (see Layout) from `first` of `places` on.
 *  @returns the end of the places; negative: not a frame this knows to be sound, and `walk` says why
 *  @throws CodecError from an element that is read by its own codec, with offsets that count from the memory's beginning */
export type Scan = (
  bytes: Uint8Array,
  words: DataView,
  base: number,
  end: number,
  places: Int32Array,
  first: number,
) => number;

/** Straight-line code for one dialect: an interpreter of the same plan takes three times as long (bench/codec). The source
 *  is made of numbers and names of ours alone; nothing of a frame or a spec's text goes into it. */
export function generateScan(dialect: Dialect): Scan | undefined {
  const tables = new Tables();
  const source = scanSource(dialect, tables);
  if (source === undefined) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- made below of our own numbers and names
  const make = new Function('T', 'E', `return ${source}`) as (
    tables: Tables['list'],
    elements: Dialect['elements'],
  ) => Scan;
  return make(tables.list, dialect.elements);
}

/** The function's source; undefined for a dialect whose frames only `walk` reads. */
export function scanSource(dialect: Dialect, tables: Tables): string | undefined {
  const { spec } = dialect;
  if (spec.bitmap.count > 2 || (spec.mti.encoding !== 'ascii' && spec.mti.encoding !== 'bcd')) return undefined;
  const always = spec.bitmap.secondary === 'always';
  return [
    `function scan(b, w, o, n, P, first) {\n${legendLines(SCAN_LEGEND)}`,
    `let at = o, p = first + 1, bad = 0, e = 0, h = n - o, i = 0, k = 0, u = 0, x = 0, y, ${maps()};`,
    mtiSource(dialect),
    mapSource(dialect, 0, tables),
    always ? 'if ((m0 & 128) === 0) return -1; {' : 'if (m0 & 128) {',
    mapSource(
      dialect,
      8,
      tables,
      always
        ? 'if ((m8 & 128) !== 0) return -1;'
        : 'if ((m8 & 128) !== 0) return -1; if ((m8 | m9 | m10 | m11 | m12 | m13 | m14 | m15) === 0) return -1;',
    ),
    '}',
    ...Array.from({ length: 16 }, (_, group) => groupSource(dialect, group, tables)),
    'return at !== n || (bad & 0x80808080) !== 0 ? -1 : p;',
    '}',
  ].join('\n');
}

function maps(): string {
  return Array.from({ length: 16 }, (_, index) => `m${index} = 0`).join(', ');
}

function mtiSource({ spec }: Dialect): string {
  // Numbers of ours, whatever the dialect file says.
  const refused = Array.from({ length: 10 }, (_, digit) => digit).filter(
    (digit) => !spec.mti.versions.includes(String(digit)),
  );
  const check = `if (d0 > 9 || d1 > 9 || d2 > 9 || d3 > 9 ${refused.map((digit) => `|| d0 === ${digit}`).join(' ')}) return -1;
P[first] = d0 * 1000 + d1 * 100 + d2 * 10 + d3;`;
  if (spec.mti.encoding === 'ascii')
    return `if (o + 4 > n) return -1;
const d0 = b[o] - 48 >>> 0, d1 = b[o + 1] - 48 >>> 0, d2 = b[o + 2] - 48 >>> 0, d3 = b[o + 3] - 48 >>> 0;
${check} at = o + 4;`;
  return `if (o + 2 > n) return -1;
const d0 = b[o] >> 4, d1 = b[o] & 15, d2 = b[o + 1] >> 4, d3 = b[o + 1] & 15;
${check} at = o + 2;`;
}

/** Reads eight bytes of bitmap into m<first>… */
function mapSource({ spec }: Dialect, first: number, tables: Tables, then = ''): string {
  const binary = spec.bitmap.encoding === 'binary';
  const hex = binary ? '' : tables.name(nibbles(spec.bitmap.encoding === 'hex' ? '0123456789ABCDEF' : ebcdicHex()));
  const size = binary ? 8 : 16;
  const lines = [`if (at + ${size} > n) return -1;`];
  for (let index = 0; index < 8; index++) {
    lines.push(
      binary
        ? `m${first + index} = b[at + ${index}];`
        : `u = ${hex}[b[at + ${2 * index}]]; i = ${hex}[b[at + ${2 * index + 1}]]; if ((u | i) > 15) return -1; m${first + index} = u << 4 | i;`,
    );
  }
  lines.push(`at += ${size};`, then);
  return lines.join('\n');
}

function ebcdicHex(): string {
  return Array.from('0123456789ABCDEF', (digit) => String.fromCharCode(CODE_PAGES.ebcdic.indexOf(digit))).join('');
}

/** The eight elements of one byte of the bitmap. */
function groupSource(dialect: Dialect, group: number, tables: Tables): string {
  const lines: string[] = [];
  for (let bit = 0; bit < 8; bit++) {
    const de = group * 8 + bit + 1;
    if (de === 1 || de === 65) continue;
    const mask = 0x80 >> bit;
    const plan = dialect.spec.fields[de];
    lines.push(
      `// DE ${de}`,
      `if (m${group} & ${mask}) {`,
      plan === undefined ? 'return -1;' : elementSource(de, plan, tables),
      '}',
    );
  }
  return `if (m${group} !== 0) {\n${lines.join('\n')}\n}`;
}

function elementSource(de: number, plan: ElementPlan, tables: Tables): string {
  const fast = fastKind(plan);
  const keep = placeSource(de, plan);
  if (fast === undefined)
    return `y = E[${de}].locate(b, at, n, "${de}"); E[${de}].check(b, y, "${de}"); e = y.end; u = y.units; at = y.start; ${keep}`;
  const bytes = fast.kind === 'packed' ? '(u + 1 >> 1)' : 'u';
  const fixed = plan.prefix === undefined ? plan.max : 0;
  const length =
    plan.prefix === undefined
      ? `u = ${plan.max};`
      : prefixSource(plan.prefix.encoding, plan.prefix.bytes, plan.min, plan.max);
  return `${length} e = at + ${bytes}; if (e > n) return -1; ${contentSource(fast, fixed, tables)} ${keep}`;
}

/** Writes the place (see layout.ts). `h` is where the text has the next digits. */
function placeSource(de: number, plan: ElementPlan): string {
  const next = `p += ${PLACE}; at = e;`;
  const reading = readingOf(plan) & KIND;
  if (reading === ALONE) return `P[p] = ${de} | at - o << ${ABOVE}; P[p + 1] = ~(e - o); P[p + 2] = u; ${next}`;
  if (reading === CHARACTERS) return `P[p] = ${de} | at - o << ${ABOVE}; P[p + 1] = e - o; ${next}`;
  const begin = reading === DIGITS_LEFT ? 'h + (u & 1)' : 'h';
  const size = reading === BYTES ? '2 * u' : 'u';
  return `x = ${begin}; P[p] = ${de} | x << ${ABOVE}; P[p + 1] = x + ${size}; P[p + 2] = at - o; h += e - at << 1; ${next}`;
}

function prefixSource(encoding: string, bytes: number, min: number, max: number): string {
  const parts: string[] = [`if (at + ${bytes} > n) return -1; u = 0;`];
  for (let index = 0; index < bytes; index++) {
    if (encoding === 'binary') parts.push(`u = u * 256 + b[at + ${index}];`);
    else if (encoding === 'bcd')
      parts.push(
        `x = b[at + ${index}]; if (x >> 4 > 9 || (x & 15) > 9) return -1; u = u * 100 + (x >> 4) * 10 + (x & 15);`,
      );
    else parts.push(`x = b[at + ${index}] - 48; if (x >>> 0 > 9) return -1; u = u * 10 + x;`);
  }
  parts.push(`if (u > ${max} || u < ${min}) return -1; at += ${bytes};`);
  return parts.join(' ');
}
