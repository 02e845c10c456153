import { assemble, elementNumber, type Pieces } from './build.ts';
import { entryAt } from './content/content.ts';
import type { Entry, FieldInput, OrderedInput, Pairs } from './content/types.ts';
import { maskedEntries, tree } from './describe/json.ts';
import { masked } from './describe/mask.ts';
import { elementOf, type Dialect } from './dialect.ts';
import { ABOVE, ELEMENT, PLACE, type Layout } from './layout.ts';
import { replaced, type ChangedPairs } from './patch.ts';
import type { FieldTypes, Spec } from './plan.ts';
import { textOf } from './text.ts';
import type { Named, Numeric } from './typed.ts';
import { walk } from './walk.ts';

/** What `console.log` and Node.js's `util.inspect` ask an object for. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Values by element. Parts are an object; pairs where an object would lose their order. */
export interface MessageFields {
  readonly mti: string;
  readonly fields: Readonly<Record<string, OrderedInput>>;
}

export type Changes = Readonly<Record<string | number, FieldInput | undefined>> | ChangedPairs;

/** A decoded message: checked bytes, and values that are read when they are asked for. */
export class Message<F = FieldTypes> {
  readonly mti: string;
  readonly #dialect: Dialect;
  readonly #layout: Layout;
  /** The place behind the element that was asked for last. */
  #next: number;
  #text: string | undefined;
  #view: Buffer | undefined;
  /** The parts of the element whose parts were asked for last. */
  #parts: { readonly de: number; readonly entries: readonly Entry[] } | undefined;

  constructor(dialect: Dialect, layout: Layout) {
    this.mti = layout.mti;
    this.#dialect = dialect;
    this.#layout = layout;
    this.#next = layout.first;
  }

  /** The frame. */
  get #bytes(): Buffer {
    const { bytes, base, length } = this.#layout;
    return (this.#view ??= bytes.subarray(base, base + length));
  }

  get spec(): Spec<F> {
    return this.#dialect.spec as Spec<F>;
  }

  /** Whether an element (`55`), a tag or subfield of it (`'55.9F26'`) is there. */
  has(de: number | string): boolean {
    if (typeof de === 'number') return this.#layout.find(de) >= 0;
    const [first = '', ...rest] = de.split('.');
    return rest.length === 0 ? this.has(Number(first)) : entryAt(this.#entries(Number(first)), rest) !== undefined;
  }

  /** The value of an element, or of a tag or subfield: text, or upper-case hexadecimal for binary ones. */
  get<const D extends number | string>(path: D & Named<F, D>): string | undefined;
  get(de: number | string): string | undefined {
    if (typeof de === 'number') return this.#value(de);
    const [first = '', ...rest] = de.split('.');
    return rest.length === 0 ? this.#value(Number(first)) : entryAt(this.#entries(Number(first)), rest)?.value;
  }

  /** The frame is made text once, and values are cut out of it. V8 keeps the whole alive with each value of 13
   *  characters or more: text that is kept longer than its transaction must be copied (the PAN is in the frame too). */
  #value(de: number): string | undefined {
    const layout = this.#layout;
    const { places } = layout;
    // Elements are mostly asked for in their order.
    let place = this.#next;
    if (place >= layout.last || ((places[place] ?? 0) & ELEMENT) !== de) {
      place = layout.find(de);
      if (place < 0) return undefined;
    }
    this.#next = place + PLACE;
    const end = places[place + 1] ?? 0;
    if (end < 0) return elementOf(this.#dialect, de, 0).read(this.#bytes, layout.extentAt(place));
    this.#text ??= textOf(layout, this.#dialect);
    return this.#text.substring((places[place] ?? 0) >> ABOVE, end);
  }

  /** The number that an n or x+n element holds, debits below zero; undefined where it is absent, or holds none. */
  amount<const D extends number>(de: D & Numeric<F, D>): bigint | undefined {
    const type = this.#dialect.elements[de]?.plan.type;
    const value = type === 'n' || type === 'x+n' ? this.#value(de) : undefined;
    const [, sign = '', digits] = /^([CD]?)(\d+)$/.exec(value ?? '') ?? [];
    if (digits === undefined) return undefined;
    return sign === 'D' ? -BigInt(digits) : BigInt(digits);
  }

  /** A copy of the value's bytes as they stand on the wire, without the length. */
  bytes(de: number): Buffer | undefined {
    const extent = this.#layout.extent(de);
    return extent === undefined ? undefined : Buffer.from(this.#bytes.subarray(extent.start, extent.end));
  }

  /** The elements that are there, ascending. */
  fields(): number[] {
    return this.#layout.elements;
  }

  /** The tags or subfields of an element, in their order; none where the dialect describes none. */
  entries(de: number): Entry[] {
    return [...this.#entries(de)];
  }

  #entries(de: number): readonly Entry[] {
    if (this.#parts?.de === de) return this.#parts.entries;
    const extent = this.#layout.extent(de);
    const element = this.#dialect.elements[de];
    if (extent === undefined || element?.content === undefined) return [];
    const entries = element.content.entries(element.inner(this.#bytes, extent));
    this.#parts = { de, entries };
    return entries;
  }

  /** Where an element begins in the frame, with its length prefix. */
  offsetOf(de: number): number | undefined {
    const extent = this.#layout.extent(de);
    return extent === undefined ? undefined : extent.start - (this.#dialect.elements[de]?.plan.prefix?.bytes ?? 0);
  }

  /** The message with some elements (`4`) or tags (`'48.13'`) changed; `undefined` removes. What is not named keeps its bytes.
   *  Pairs are quicker than an object, whose numeric keys the engine is slow to list.
   *  @throws CodecError */
  with(changes: Changes): Message<F> {
    const pairs = isPairs(changes) ? changes : Object.entries(changes);
    const layout = replaced(this.#dialect, this.#layout, pairs);
    return layout === undefined ? this.#rebuilt(pairs) : new Message<F>(this.#dialect, layout);
  }

  #rebuilt(changes: ChangedPairs): Message<F> {
    const pieces: Pieces = new Map();
    for (const de of this.#layout.elements)
      pieces.set(de, this.#bytes.subarray(this.offsetOf(de), this.#layout.extent(de)?.end));
    const wholes = new Map<number, OrderedInput | undefined>();
    for (const [key, value] of changes) {
      const [first = '', ...rest] = String(key).split('.');
      const de = elementNumber(first);
      // Several changes inside one element build on each other.
      const before = wholes.has(de) ? wholes.get(de) : pairsOf(this.entries(de));
      wholes.set(de, rest.length === 0 ? value : patched(Array.isArray(before) ? (before as Pair[]) : [], rest, value));
    }
    for (const [de, whole] of wholes) {
      if (whole === undefined) pieces.delete(de);
      else pieces.set(de, elementOf(this.#dialect, de, 0).write(whole, String(de)));
    }
    const bytes = assemble(this.#dialect, this.mti, pieces);
    return new Message<F>(this.#dialect, walk(this.#dialect, bytes));
  }

  /** A copy of the frame. */
  encode(): Buffer {
    const { bytes, base, length } = this.#layout;
    return this.#dialect.room.copy(bytes, base, length);
  }

  /** What the message says, in the clear: PAN, track, PIN block and keys too. `encode` takes it back.
   *  @param options  `deep` opens subfields and tags */
  clearFields(options: { readonly deep?: boolean | undefined } = {}): MessageFields {
    return this.#fields((de) => {
      const entries = options.deep === true ? this.entries(de) : [];
      return entries.length === 0 ? (this.#value(de) ?? '') : tree(entries);
    });
  }

  /** What the message says, with subfields and tags open and secrets masked as `describe` does: for logs. JSON.stringify
   *  calls it. */
  toJSON(): MessageFields {
    return this.#fields((de) => {
      const plan = this.#dialect.elements[de]?.plan;
      const entries = this.entries(de);
      if (entries.length === 0) return masked(this.#value(de) ?? '', plan?.secret);
      return tree(maskedEntries(entries, plan?.content, plan?.secret));
    });
  }

  /** For `console.log`: what `toJSON` shows. */
  [INSPECT](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    return `Message ${inspect(this.toJSON(), options)}`;
  }

  #fields(valueOf: (de: number) => OrderedInput): MessageFields {
    const fields: Record<string, OrderedInput> = {};
    for (const de of this.#layout.elements) fields[String(de)] = valueOf(de);
    return { mti: this.mti, fields };
  }
}

type Pair = Pairs[number];

function isPairs(changes: Changes): changes is ChangedPairs {
  return Array.isArray(changes);
}

function pairsOf(entries: readonly Entry[]): Pair[] {
  return entries.map((entry) => [entry.key, entry.children === undefined ? entry.value : pairsOf(entry.children)]);
}

/** Pairs with the part at `keys` replaced in its place, put at the end, or taken away. */
function patched(list: readonly Pair[], keys: readonly string[], value: OrderedInput | undefined): Pair[] | undefined {
  const [key = '', ...rest] = keys;
  const index = list.findIndex(([name]) => name === key);
  const old = list[index]?.[1];
  const next = rest.length === 0 ? value : patched(Array.isArray(old) ? (old as readonly Pair[]) : [], rest, value);
  const result = [...list];
  if (next === undefined) {
    if (index >= 0) result.splice(index, 1);
  } else if (index >= 0) result[index] = [key, next];
  else result.push([key, next]);
  return result.length === 0 ? undefined : result;
}
