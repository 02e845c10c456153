import type { MessageInput } from '../build.ts';
import type { Dialect } from '../dialect.ts';
import { CodecError } from '../error.ts';
import { SHARED_BYTES, type Room } from '../room.ts';
import { valueSource } from './element.ts';
import { legendLines, WRITE_LEGEND } from './legend.ts';
import { Tables } from './tables.ts';

/** The frame of a message; undefined: not a message this knows how to write, and `build` does, or says why not. */
export type Write = (input: MessageInput) => Buffer | undefined;

type Generated = (fields: MessageInput['fields'], out: Buffer, base: number, count: number) => number;

/** Straight-line code for one dialect, as in scan.ts. */
export function generateWrite(dialect: Dialect): Write | undefined {
  const tables = new Tables();
  const source = writeSource(dialect, tables);
  if (source === undefined) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- made below of our own numbers and names
  const make = new Function('T', 'E', `return ${source}`) as (
    tables: Tables['list'],
    elements: Dialect['elements'],
  ) => Generated;
  const generated = make(tables.list, dialect.elements);
  const mtis = new Map<string, Buffer>();
  return ({ mti, fields }) => {
    const head = mtis.get(mti) ?? mtiOf(dialect, mti);
    if (head === undefined) return undefined;
    mtis.set(mti, head);
    const { room } = dialect;
    room.makeRoom();
    let end = filled(generated, fields, room);
    if (end < 0) {
      room.makeRoom(SHARED_BYTES); // it may be longer than most are
      end = filled(generated, fields, room);
    }
    if (end < 0) return undefined;
    const { bytes, used } = room;
    bytes.set(head, used);
    room.used = end;
    return bytes.subarray(used, end);
  };
}

/** A value of `undefined` is left out: the count then says that something is odd, and `build` sorts it out.
 *  @returns where the frame ends; negative where it is not for this code, or has no room */
function filled(generated: Generated, fields: MessageInput['fields'], { bytes, used }: Room): number {
  try {
    return generated(fields, bytes, used, Object.keys(fields).length);
  } catch (error) {
    if (error instanceof CodecError) return -1;
    throw error;
  }
}

/** The function's source; undefined for a dialect whose frames only `build` writes. */
export function writeSource(dialect: Dialect, tables: Tables): string | undefined {
  const { spec, mtiBytes } = dialect;
  if (spec.bitmap.count > 2 || spec.bitmap.encoding !== 'binary') return undefined;
  if (spec.mti.encoding !== 'ascii' && spec.mti.encoding !== 'bcd') return undefined;
  const always = spec.bitmap.secondary === 'always';
  const first = mtiBytes + (always ? 16 : 8);
  const half = (from: number): string =>
    Array.from({ length: 64 }, (_, index) => elementSource(dialect, from + index, tables)).join('\n');
  const second = (at: number): string[] =>
    Array.from({ length: 8 }, (_, index) => `out[base + ${at + index}] = m${8 + index};`);
  return [
    `function write(f, out, base, count) {\n${legendLines(WRITE_LEGEND)}`,
    `let at = base + ${first}, seen = 0, u = 0, i = 0, c = 0, d = 0, v, p, ${maps()};`,
    half(1),
    'if (seen !== count) {',
    `const start = at;`,
    half(65),
    // Elements of the second half: its bitmap goes in between, and what is behind it makes room.
    `if (seen !== count || at === start) return -1;`,
    ...(always
      ? []
      : [
          `if (at + 8 > out.length) return -1;`,
          `out.copyWithin(base + ${first + 8}, base + ${first}, at); at += 8; m0 |= 128;`,
          ...second(first),
        ]),
    '}',
    ...(always ? ['m0 |= 128;', ...second(mtiBytes + 8)] : []),
    ...Array.from({ length: 8 }, (_, index) => `out[base + ${mtiBytes + index}] = m${index};`),
    'return at;',
    '}',
  ].join('\n');
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

function elementSource(dialect: Dialect, de: number, tables: Tables): string {
  const plan = dialect.spec.fields[de];
  if (plan === undefined || de === 1 || de === 65) return '';
  const mark = `m${(de - 1) >> 3} |= ${0x80 >> ((de - 1) & 7)}; seen++;`;
  return `// DE ${de}\nv = f[${de}]; if (v !== undefined) { ${mark} ${valueSource(plan, tables) ?? ownSource(de)} }`;
}

/** An element that only its own codec writes. */
function ownSource(de: number): string {
  return `p = E[${de}].write(v, "${de}"); if (at + p.length > out.length) return -1; out.set(p, at); at += p.length;`;
}
