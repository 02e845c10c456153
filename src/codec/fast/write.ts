import type { MessageInput } from '../build.ts';
import type { Dialect } from '../dialect.ts';
import { CodecError } from '../error.ts';
import type { ElementPlan } from '../plan.ts';
import { fastKind, nibbles } from './kind.ts';

/** The frame of a message; undefined: not a message this knows how to write, and `build` does, or says why not. */
export type Write = (input: MessageInput) => Buffer | undefined;

/** Longest frame written the fast way. */
const ROOM = 65_536;
/** Frames are written here first: nothing is written while another is. */
const scratch = Buffer.alloc(ROOM);

type Generated = (fields: MessageInput['fields'], out: Buffer, count: number) => number;

/** Straight-line code for one dialect, as in scan.ts. */
export function generateWrite(dialect: Dialect): Write | undefined {
  const { spec } = dialect;
  if (spec.bitmap.count > 2 || spec.bitmap.encoding !== 'binary') return undefined;
  if (spec.mti.encoding !== 'ascii' && spec.mti.encoding !== 'bcd') return undefined;
  const { mtiBytes } = dialect;
  const tables: unknown[] = [];
  const table = (value: unknown): string => `T[${tables.push(value) - 1}]`;
  const first = mtiBytes + 8;
  const half = (from: number): string =>
    Array.from({ length: 64 }, (_, index) => elementSource(dialect, from + index, table)).join('\n');
  const source = [
    `let at = ${first}, seen = 0, u = 0, i = 0, c = 0, d = 0, v, p, ${maps()};`,
    half(1),
    'if (seen !== count) {',
    `const start = at;`,
    half(65),
    // Elements of the second half: its bitmap goes in between, and what is behind it makes room.
    `if (seen !== count || at === start) return -1;`,
    `if (at + 8 > ${ROOM}) return -1;`,
    `out.copyWithin(${first + 8}, ${first}, at); at += 8; m0 |= 128;`,
    ...Array.from({ length: 8 }, (_, index) => `out[${first + index}] = m${8 + index};`),
    '}',
    ...Array.from({ length: 8 }, (_, index) => `out[${mtiBytes + index}] = m${index};`),
    'return at;',
  ].join('\n');
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- made above of our own numbers and names
  const make = new Function('T', 'E', `return function write(f, out, count) {\n${source}\n}`) as (
    tables: readonly unknown[],
    elements: Dialect['elements'],
  ) => Generated;
  const generated = make(tables, dialect.elements);
  const mtis = new Map<string, Buffer>();
  return ({ mti, fields }) => {
    const head = mtis.get(mti) ?? mtiOf(dialect, mti);
    if (head === undefined) return undefined;
    mtis.set(mti, head);
    // A value of `undefined` is left out: the count then says that something is odd, and `build` sorts it out.
    let end = -1;
    try {
      end = generated(fields, scratch, Object.keys(fields).length);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
    }
    if (end < 0) return undefined;
    scratch.set(head, 0);
    return Buffer.from(scratch.subarray(0, end));
  };
}

function maps(): string {
  return Array.from({ length: 16 }, (_, index) => `m${index} = 0`).join(', ');
}

/** The MTI as it stands on the wire, where it is one of the dialect. */
function mtiOf(dialect: Dialect, mti: string): Buffer | undefined {
  if (!/^[0-9]{4}$/.test(mti) || !dialect.spec.mti.versions.includes(mti.charAt(0))) return undefined;
  const head = dialect.mti.write(mti);
  return Buffer.isBuffer(head) ? head : undefined;
}

function elementSource(dialect: Dialect, de: number, table: (value: unknown) => string): string {
  const plan = dialect.spec.fields[de];
  if (plan === undefined || de === 1 || de === 65) return '';
  const mark = `m${(de - 1) >> 3} |= ${0x80 >> ((de - 1) & 7)}; seen++;`;
  return `v = f[${de}]; if (v !== undefined) { ${mark} ${valueSource(de, plan, table)} }`;
}

function valueSource(de: number, plan: ElementPlan, table: (value: unknown) => string): string {
  const fast = fastKind(plan);
  const own = `p = E[${de}].write(v, "${de}"); if (at + p.length > ${ROOM}) return -1; out.set(p, at); at += p.length;`;
  if (fast === undefined) return own;
  const units = fast.kind === 'bytes' ? 'v.length / 2' : 'v.length';
  const check =
    plan.prefix === undefined
      ? `if (u !== ${plan.max}) return -1;`
      : `if (u > ${plan.max} || u < ${plan.min}) return -1;`;
  // No element is longer than 9,999 units and its prefix: there is room for it, or the frame is not for this code.
  const head = `if (typeof v !== 'string') return -1; u = ${units}; ${check} if (at + u + 8 > ${ROOM}) return -1; ${plan.prefix === undefined ? '' : prefixSource(plan.prefix.encoding, plan.prefix.bytes)}`;
  return `${head} ${bodySource(fast, table)}`;
}

function bodySource(fast: NonNullable<ReturnType<typeof fastKind>>, table: (value: unknown) => string): string {
  switch (fast.kind) {
    case 'bytes': {
      const digits = table(nibbles('0123456789ABCDEF'));
      return `if (v.length & 1) return -1; for (i = 0; i < v.length; i += 2) { c = ${digits}[v.charCodeAt(i)]; d = ${digits}[v.charCodeAt(i + 1)]; if (!(c < 16 && d < 16)) return -1; out[at++] = c << 4 | d; }`;
    }
    case 'text': {
      const bytes = new Uint8Array(256);
      if (fast.identity) {
        bytes.set(fast.admitted);
        return `for (i = 0; i < u; i++) { c = v.charCodeAt(i); if (!(${table(bytes)}[c] === 1)) return -1; out[at++] = c; }`;
      }
      // By code point, which goes beyond a byte only where this is no fast element.
      const known = new Int16Array(65_536).fill(-1);
      for (let byte = 0; byte < 256; byte++) if (fast.admitted[byte] === 1) known[fast.page.charCodeAt(byte)] = byte;
      return `for (i = 0; i < u; i++) { c = ${table(known)}[v.charCodeAt(i)]; if (c < 0) return -1; out[at++] = c; }`;
    }
    case 'packed': {
      const digits = nibbles('0123456789');
      if (fast.track) digits['='.charCodeAt(0)] = 0xd;
      const name = table(digits);
      const nibble = (index: string): string => `${name}[v.charCodeAt(${index})]`;
      const pair = `c = ${nibble('i')}; d = ${nibble('i + 1')}; if (!(c < 16 && d < 16)) return -1; out[at++] = c << 4 | d;`;
      if (fast.left)
        return `i = u & 1; if (i) { c = ${nibble('0')}; if (!(c < 16)) return -1; out[at++] = ${fast.filler << 4} | c; } for (; i < u; i += 2) { ${pair} }`;
      return `for (i = 0; i + 1 < u; i += 2) { ${pair} } if (i < u) { c = ${nibble('i')}; if (!(c < 16)) return -1; out[at++] = c << 4 | ${fast.filler}; }`;
    }
  }
}

function prefixSource(encoding: string, bytes: number): string {
  const parts: string[] = [];
  for (let index = 0; index < bytes; index++) {
    const place = bytes - 1 - index;
    if (encoding === 'binary') parts.push(`out[at + ${index}] = u >>> ${8 * place} & 255;`);
    else if (encoding === 'bcd') {
      const pair = place === 0 ? 'u' : `(u / ${100 ** place} | 0)`;
      parts.push(`d = ${pair} % 100; out[at + ${index}] = (d / 10 | 0) << 4 | d % 10;`);
    } else parts.push(`out[at + ${index}] = 48 + ${place === 0 ? 'u' : `(u / ${10 ** place} | 0)`} % 10;`);
  }
  return `${parts.join(' ')} at += ${bytes};`;
}
