import type { Json } from '../check/source.ts';

/** An element as another library describes it, in our terms and with nothing left to defaults. */
export interface ElementDraft {
  readonly name: string;
  /** The standard's type; lengths stand apart. */
  readonly type: 'n' | 'z' | 'x+n' | 'ans' | 'b';
  /** The most units; of `x+n` without the sign. */
  readonly max: number;
  readonly encoding: string;
  /** What fills the half byte of an odd number of packed digits. */
  readonly odd?: 'left-0' | 'right-0' | 'right-F';
  readonly prefix?: {
    readonly encoding: string;
    readonly bytes: number;
    readonly counts?: 'bytes' | 'nibbles';
    readonly includesItself?: boolean;
  };
  readonly min?: number;
  readonly pad?: { readonly side: 'left' | 'right'; readonly with: string };
  readonly content?: Json;
}

/** Something of a foreign description that ours has no word for. */
export interface ImportIssue {
  /** The field, subfields behind dots. */
  readonly path: string;
  /** What it is there: a class, an attribute. */
  readonly what: string;
  /** `lost`: frames that have it do not decode; `changed`: they do, and something is stricter or laxer than there. */
  readonly kind: 'lost' | 'changed';
  readonly reason: string;
}

export interface Imported {
  /** A dialect of ours. */
  readonly json: Json;
  readonly issues: readonly ImportIssue[];
}

export interface SpecDraft {
  readonly name: string;
  readonly title: string;
  readonly mti: string;
  readonly bitmap: Json;
  readonly fields: ReadonlyMap<number, ElementDraft>;
}

/** What ISO 8583 says of elements whatever the library: none of it may be shown. */
const SECRETS: Readonly<Record<number, string>> = {
  2: 'pan',
  34: 'pan',
  35: 'track',
  36: 'track',
  45: 'track',
  52: 'pin',
  64: 'mac',
  96: 'key',
  128: 'mac',
};

/** The dialect file of a draft: what most elements share is said once, at the top. */
export function specOf(draft: SpecDraft): Json {
  const all = [...draft.fields.values()];
  const types: Record<string, Json> = {};
  for (const key of ['n', 'z', 'x+n', 'text', 'b']) {
    const own = all.filter(({ type }) => (type === 'ans' ? 'text' : type) === key);
    if (own.length === 0) continue;
    const odd = mostCommon(own.flatMap((element) => (element.odd === undefined ? [] : [element.odd])));
    types[key] = { encoding: mostCommon(own.map(({ encoding }) => encoding)), ...(odd !== undefined && { odd }) };
  }
  const prefix = mostCommon(all.flatMap((element) => (element.prefix === undefined ? [] : [element.prefix.encoding])));
  const fields = [...draft.fields]
    .sort(([a], [b]) => a - b)
    .map(([de, element]): [string, Json] => {
      const secret = SECRETS[de];
      return [String(de), { ...elementOf(element, types, prefix), ...(secret !== undefined && { secret }) }];
    });
  return {
    name: draft.name,
    title: draft.title,
    mti: { encoding: draft.mti },
    bitmap: draft.bitmap,
    types,
    ...(prefix !== undefined && { prefix: { encoding: prefix } }),
    fields: Object.fromEntries(fields),
  };
}

/** One element of a dialect file. @param types, prefix  what need not be said again; of subfields nothing */
export function elementOf(element: ElementDraft, types: Readonly<Record<string, Json>> = {}, prefix?: string): Json {
  const shared = types[element.type === 'ans' ? 'text' : element.type] ?? {};
  const own = element.prefix;
  const written = own && {
    ...(own.encoding !== prefix && { encoding: own.encoding }),
    ...(own.bytes !== usualBytes(own.encoding, element.max) && { bytes: own.bytes }),
    ...(own.counts !== undefined && { counts: own.counts }),
    ...(own.includesItself === true && { includesItself: true }),
  };
  return {
    name: element.name,
    format: formatOf(element),
    ...(element.encoding !== shared['encoding'] && { encoding: element.encoding }),
    ...(element.odd !== undefined && element.odd !== (shared['odd'] ?? 'left-0') && { odd: element.odd }),
    ...(element.min !== undefined && { min: element.min }),
    ...(written !== undefined && Object.keys(written).length > 0 && { prefix: written }),
    ...(element.pad !== undefined && { pad: element.pad }),
    ...(element.content !== undefined && { content: element.content }),
  };
}

/** @throws never: `max` may be anything from 1 to 999,999 */
function formatOf({ type, max, prefix }: ElementDraft): string {
  if (prefix === undefined) return `${type}${max}`;
  return `${type}${'.'.repeat(dotsOf(type, max))}${max}`;
}

function dotsOf(type: string, max: number): number {
  return Math.max(2, String(max + (type === 'x+n' ? 1 : 0)).length);
}

/** Bytes of a length that the loader takes for granted. */
function usualBytes(encoding: string, max: number): number {
  const digits = dotsOf('', max);
  if (encoding === 'bcd') return (digits + 1) >> 1;
  return encoding === 'binary' ? (digits > 2 ? 2 : 1) : digits;
}

function mostCommon(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
