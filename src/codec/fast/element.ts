import type { Writer } from '../dialect.ts';
import type { ElementPlan } from '../plan.ts';
import { fastKind, nibbles } from './kind.ts';
import { legendLines, PATCH_LEGEND } from './legend.ts';
import { Tables } from './tables.ts';

/** Functions that write one element each, prefix included: an array by number, with `undefined` where there is no fast way. */
export function writersSource(plans: readonly (ElementPlan | undefined)[], tables: Tables): string {
  const functions = plans.map((plan, de) => {
    const source = plan === undefined ? undefined : valueSource(plan, tables);
    return source === undefined
      ? 'undefined'
      : `// DE ${de}\nfunction (v, out, at) { let u = 0, i = 0, c = 0, d = 0; ${source} return at; }`;
  });
  return `${legendLines(PATCH_LEGEND)}[\n${functions.join(',\n')}\n]`;
}

/** The writer of each element that generated code can write. */
export function generateWriters(plans: readonly (ElementPlan | undefined)[]): readonly (Writer | undefined)[] {
  const tables = new Tables();
  const source = writersSource(plans, tables);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- made of our own numbers and names (see scan.ts)
  const make = new Function('T', `return (\n${source})`) as (tables: Tables['list']) => (Writer | undefined)[];
  return make(tables.list);
}

/** Code that writes the value `v` at `out[at]`, moves `at` behind it, or returns -1; undefined: no fast way. Uses u, i, c, d. */
export function valueSource(plan: ElementPlan, tables: Tables): string | undefined {
  const fast = fastKind(plan);
  if (fast === undefined) return undefined;
  const units = fast.kind === 'bytes' ? 'v.length / 2' : 'v.length';
  const check =
    plan.prefix === undefined
      ? `if (u !== ${plan.max}) return -1;`
      : `if (u > ${plan.max} || u < ${plan.min}) return -1;`;
  // No element is longer than 9,999 units and its prefix: there is room for it in a slab, or the frame is not for this code.
  const head = `if (typeof v !== 'string') return -1; u = ${units}; ${check} if (at + u + 8 > out.length) return -1; ${plan.prefix === undefined ? '' : prefixSource(plan.prefix.encoding, plan.prefix.bytes)}`;
  return `${head} ${bodySource(fast, tables)}`;
}

function bodySource(fast: NonNullable<ReturnType<typeof fastKind>>, tables: Tables): string {
  switch (fast.kind) {
    case 'bytes': {
      const digits = tables.name(nibbles('0123456789ABCDEF'));
      return `if (v.length & 1) return -1; for (i = 0; i < v.length; i += 2) { c = ${digits}[v.charCodeAt(i)]; d = ${digits}[v.charCodeAt(i + 1)]; if (!(c < 16 && d < 16)) return -1; out[at++] = c << 4 | d; }`;
    }
    case 'text': {
      const bytes = new Uint8Array(256);
      if (fast.identity) {
        bytes.set(fast.admitted);
        return `for (i = 0; i < u; i++) { c = v.charCodeAt(i); if (!(${tables.name(bytes)}[c] === 1)) return -1; out[at++] = c; }`;
      }
      // By code point, which goes beyond a byte only where this is no fast element.
      const known = new Int16Array(65_536).fill(-1);
      for (let byte = 0; byte < 256; byte++) if (fast.admitted[byte] === 1) known[fast.page.charCodeAt(byte)] = byte;
      return `for (i = 0; i < u; i++) { c = ${tables.name(known)}[v.charCodeAt(i)]; if (c < 0) return -1; out[at++] = c; }`;
    }
    case 'packed': {
      const digits = nibbles('0123456789');
      if (fast.track) digits['='.charCodeAt(0)] = 0xd;
      const name = tables.name(digits);
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
