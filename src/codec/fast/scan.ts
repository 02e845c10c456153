import type { Dialect } from '../dialect.ts';
import type { ElementPlan } from '../plan.ts';
import { CODE_PAGES } from '../tables.ts';
import { Tables } from './element.ts';
import { fastKind, nibbles, packedBytes } from './kind.ts';

/** Finds and checks every element of a sound frame and fills in where they stand.
 *  @returns the MTI; undefined: not a frame this knows to be sound, and `walk` says why
 *  @throws CodecError from an element that is read by its own codec */
export type Scan = (bytes: Uint8Array, elements: number[], spans: number[]) => string | undefined;

/** Straight-line code for one dialect: an interpreter of the same plan takes three times as long (bench/codec). The source
 *  is made of numbers and names of ours alone; nothing of a frame or a spec's text goes into it. */
export function generateScan(dialect: Dialect): Scan | undefined {
  const { spec } = dialect;
  if (spec.bitmap.count > 2 || (spec.mti.encoding !== 'ascii' && spec.mti.encoding !== 'bcd')) return undefined;
  const tables = new Tables();
  const source = [
    'const n = b.length;',
    mtiSource(dialect),
    mapSource(dialect, 0, tables),
    'if (m0 & 128) {',
    mapSource(
      dialect,
      8,
      tables,
      'if ((m8 & 128) !== 0) return undefined; if ((m8 | m9 | m10 | m11 | m12 | m13 | m14 | m15) === 0) return undefined;',
    ),
    '}',
    ...Array.from({ length: 16 }, (_, group) => groupSource(dialect, group, tables)),
    'if (at !== n) return undefined;',
    'return mti;',
  ].join('\n');
  const variables = 'let at = 0, e = 0, i = 0, k = 0, u = 0, x, ' + maps();
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- made above of our own numbers and names
  const make = new Function('T', 'E', 'M', `return function scan(b, els, sp) {\n${variables};\n${source}\n}`) as (
    tables: Tables['list'],
    elements: Dialect['elements'],
    mtis: readonly (string | undefined)[],
  ) => Scan;
  return make(tables.list, dialect.elements, mtiNames(spec.mti.versions));
}

function maps(): string {
  return Array.from({ length: 16 }, (_, index) => `m${index} = 0`).join(', ');
}

/** By number, so that reading one makes no new text. */
function mtiNames(versions: string): (string | undefined)[] {
  return Array.from({ length: 10_000 }, (_, number) => {
    const mti = String(number).padStart(4, '0');
    return versions.includes(mti.charAt(0)) ? mti : undefined;
  });
}

function mtiSource({ spec }: Dialect): string {
  if (spec.mti.encoding === 'ascii')
    return `if (n < 4) return undefined;
const d0 = b[0] - 48, d1 = b[1] - 48, d2 = b[2] - 48, d3 = b[3] - 48;
if (d0 >>> 0 > 9 || d1 >>> 0 > 9 || d2 >>> 0 > 9 || d3 >>> 0 > 9) return undefined;
const mti = M[d0 * 1000 + d1 * 100 + d2 * 10 + d3]; if (mti === undefined) return undefined; at = 4;`;
  return `if (n < 2) return undefined;
const d0 = b[0] >> 4, d1 = b[0] & 15, d2 = b[1] >> 4, d3 = b[1] & 15;
if (d0 > 9 || d1 > 9 || d2 > 9 || d3 > 9) return undefined;
const mti = M[d0 * 1000 + d1 * 100 + d2 * 10 + d3]; if (mti === undefined) return undefined; at = 2;`;
}

/** Reads eight bytes of bitmap into m<first>… */
function mapSource({ spec }: Dialect, first: number, tables: Tables, then = ''): string {
  const binary = spec.bitmap.encoding === 'binary';
  const hex = binary ? '' : tables.name(nibbles(spec.bitmap.encoding === 'hex' ? '0123456789ABCDEF' : ebcdicHex()));
  const size = binary ? 8 : 16;
  const lines = [`if (at + ${size} > n) return undefined;`];
  for (let index = 0; index < 8; index++) {
    lines.push(
      binary
        ? `m${first + index} = b[at + ${index}];`
        : `u = ${hex}[b[at + ${2 * index}]]; i = ${hex}[b[at + ${2 * index + 1}]]; if ((u | i) > 15) return undefined; m${first + index} = u << 4 | i;`,
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
      `if (m${group} & ${mask}) {`,
      plan === undefined ? 'return undefined;' : elementSource(de, plan, tables),
      '}',
    );
  }
  return `if (m${group} !== 0) {\n${lines.join('\n')}\n}`;
}

function elementSource(de: number, plan: ElementPlan, tables: Tables): string {
  const fast = fastKind(plan);
  const keep = `els.push(${de}); sp.push(at, e, u); at = e;`;
  if (fast === undefined)
    return `x = E[${de}].locate(b, at, n, "${de}"); E[${de}].check(b, x, "${de}"); e = x.end; u = x.units; at = x.start; ${keep}`;
  const length =
    plan.prefix === undefined
      ? `u = ${plan.max};`
      : prefixSource(plan.prefix.encoding, plan.prefix.bytes, plan.min, plan.max);
  switch (fast.kind) {
    case 'bytes':
      return `${length} e = at + u; if (e > n) return undefined; ${keep}`;
    case 'text':
      return `${length} e = at + u; if (e > n) return undefined; for (i = at; i < e; i++) if (${tables.name(fast.admitted)}[b[i]] === 0) return undefined; ${keep}`;
    case 'packed': {
      const table = tables.name(packedBytes(fast.track));
      const nibble = fast.track ? '(x > 9 && x !== 13)' : 'x > 9';
      const odd = fast.left
        ? `i = at; if (u & 1) { x = b[i] & 15; if ((b[i] >> 4) !== ${fast.filler} || ${nibble}) return undefined; i++; } for (; i < e; i++) if (${table}[b[i]] === 0) return undefined;`
        : `i = e; if (u & 1) { i--; x = b[i] >> 4; if ((b[i] & 15) !== ${fast.filler} || ${nibble}) return undefined; } for (k = at; k < i; k++) if (${table}[b[k]] === 0) return undefined;`;
      return `${length} e = at + ((u + 1) >> 1); if (e > n) return undefined; ${odd} ${keep}`;
    }
  }
}

function prefixSource(encoding: string, bytes: number, min: number, max: number): string {
  const parts: string[] = [`if (at + ${bytes} > n) return undefined; u = 0;`];
  for (let index = 0; index < bytes; index++) {
    if (encoding === 'binary') parts.push(`u = u * 256 + b[at + ${index}];`);
    else if (encoding === 'bcd')
      parts.push(
        `x = b[at + ${index}]; if (x >> 4 > 9 || (x & 15) > 9) return undefined; u = u * 100 + (x >> 4) * 10 + (x & 15);`,
      );
    else parts.push(`x = b[at + ${index}] - 48; if (x >>> 0 > 9) return undefined; u = u * 10 + x;`);
  }
  parts.push(`if (u > ${max} || u < ${min}) return undefined; at += ${bytes};`);
  return parts.join(' ');
}
