import type { ElementPlan, FrameOptions, Spec } from '../../codec/index.ts';
import { emvTag } from '../../codec/describe/index.ts';
import { CODE_PAGES } from '../../codec/values/index.ts';
import { fieldsOf, partsOf, type ContentPlan, type PrefixPlan } from '../plans.ts';
import { lua, type LuaValue } from './lua.ts';
import { RUNTIME_PROTO } from './runtime-proto.ts';
import { RUNTIME_TREE } from './runtime-tree.ts';
import { RUNTIME_VALUES } from './runtime-values.ts';

export interface DissectorOptions {
  /** TCP port to dissect without being asked. */
  readonly port?: number;
  /** How messages are cut out of the stream; `none`: a segment is a message. */
  readonly header: FrameOptions['header'] | 'none';
  readonly lengthIncludesHeader: boolean;
  readonly tpdu: boolean;
}

const HEADERS = ['binary2', 'ascii4', 'bcd2', 'binary4', 'none'] as const;

/** The name of a dialect's protocol in Wireshark, and the first part of its fields' names (`iso8583_kalabarg_pos.de4`). */
export function protocolName(spec: Spec): string {
  return `iso8583_${spec.name.toLowerCase().replace(/[^a-z0-9]+/g, '_')}`;
}

/** A dialect as a dissector for Wireshark and tshark: one Lua file that needs nothing else. */
export function luaDissector(spec: Spec, options: DissectorOptions): string {
  const pages = new Set<string>(['ebcdic', spec.mti.encoding, ...allPlans(spec).map(({ encoding }) => encoding)]);
  const table = {
    name: spec.name,
    title: spec.title === '' ? spec.name : `${spec.name}: ${spec.title}`.slice(0, 200),
    proto: protocolName(spec),
    header: HEADERS.indexOf(options.header),
    own: options.lengthIncludesHeader,
    tpdu: options.tpdu,
    mti: { y: 'n', e: spec.mti.encoding, o: 'left-0' },
    bitmap: {
      e: spec.bitmap.encoding,
      count: spec.bitmap.count,
      place: spec.bitmap.third === 'in-place',
      always: spec.bitmap.secondary === 'always',
    },
    fields: new Map(fieldsOf(spec).map(([de, plan]) => [de, elementTable(plan)])),
  };
  const used = Object.entries(CODE_PAGES).filter(([name]) => pages.has(name) && name !== 'ascii' && name !== 'latin1');
  const codes = Object.fromEntries(used.map(([name, page]) => [name, Array.from(page, (one) => one.charCodeAt(0))]));
  return [
    `-- ISO 8583 dialect ${lua(spec.name)}, made by kalabarg spec export wireshark. Use: tshark -X lua_script:FILE`,
    `local PORT = ${options.port === undefined ? 'nil' : lua(options.port)}`,
    `local SPEC = ${lua(table)}`,
    `local PAGES = ${lua(codes)}`,
    RUNTIME_VALUES,
    RUNTIME_TREE,
    RUNTIME_PROTO,
  ].join('\n');
}

function allPlans(spec: Spec): ElementPlan[] {
  const inside = (plan: ElementPlan): ElementPlan[] => [
    plan,
    ...(plan.content === undefined ? [] : partsOf(plan.content).flatMap(([, part]) => inside(part))),
  ];
  return fieldsOf(spec).flatMap(([, plan]) => inside(plan));
}

function elementTable(plan: ElementPlan): LuaValue {
  return {
    n: plan.name,
    y: plan.type,
    e: plan.encoding,
    o: plan.odd,
    mn: plan.min,
    mx: Math.min(plan.max, 1e9),
    ...(plan.prefix && { p: prefixTable(plan.prefix) }),
    ...(plan.pad && { pad: { s: plan.pad.side, w: plan.pad.with } }),
    ...(plan.secret && { sec: plan.secret }),
    ...(plan.values && { v: plan.values }),
    ...(plan.content && { c: contentTable(plan.content) }),
  };
}

function prefixTable(prefix: PrefixPlan): LuaValue {
  return { e: prefix.encoding, b: prefix.bytes, c: prefix.counts, i: prefix.includesItself };
}

function contentTable(content: ContentPlan): LuaValue {
  const parts = (): [string, LuaValue][] => partsOf(content).map(([key, plan]) => [key, elementTable(plan)]);
  switch (content.kind) {
    case 'ber':
      return { k: 'ber', tags: { ...emvTables(), ...Object.fromEntries(parts()) } };
    case 'tags':
      return {
        k: 'tags',
        tag: prefixTable(content.tag),
        length: prefixTable(content.length),
        tags: Object.fromEntries(parts()),
      };
    case 'fields':
      return { k: 'fields', times: content.repeat, partial: content.partial, parts: parts() };
    case 'bitmapped':
      return { k: 'bitmapped', bytes: content.bytes, fields: new Map(parts().map(([key, one]) => [Number(key), one])) };
    case 'datasets': {
      const sets = Object.entries(content.sets).map(([id, set]): [string, LuaValue] => [id, contentTable(set)]);
      return {
        k: 'datasets',
        id: prefixTable(content.id),
        length: prefixTable(content.length),
        sets: Object.fromEntries(sets),
      };
    }
  }
}

/** Tags of EMV by name, as the picture of `kalabarg decode` names and hides them. */
function emvTables(): Record<string, LuaValue> {
  const hex = (number: number): string => number.toString(16).toUpperCase().padStart(2, '0');
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const long = bytes.filter((byte) => (byte & 0x1f) === 0x1f);
  const tags = [
    ...bytes.map(hex),
    ...long.flatMap((first) => bytes.map((second) => hex(first) + hex(second))),
    ...bytes.map((third) => `DF81${hex(third)}`),
  ];
  return Object.fromEntries(
    tags.flatMap((tag): [string, LuaValue][] => {
      const known = emvTag(tag);
      if (known === undefined) return [];
      const plan = { n: known.name, y: 'b', e: 'binary', o: 'left-0', mn: 0, mx: 65_535 };
      return [[tag, { ...plan, ...(known.secret && { sec: known.secret }) }]];
    }),
  );
}
