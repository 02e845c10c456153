import { assemble, elementNumber, type Pieces } from './build.ts';
import { entryAt } from './content/content.ts';
import type { Entry, FieldInput, OrderedInput, Pairs } from './content/types.ts';
import { DIGITS, elementOf, LATIN1, type Dialect } from './dialect.ts';
import type { Spec } from './plan.ts';
import { Layout } from './layout.ts';
import { ROOM, scratch } from './scratch.ts';
import { walk } from './walk.ts';

export type Changes = Readonly<Record<string | number, FieldInput | undefined>>;

/** At most, in UTF-8. */
const BYTES_OF_A_CHARACTER = 4;
const MOST_PREFIX = 8;
/** A decoded message: checked bytes, and values that are read when they are asked for. */
export class Message {
  readonly mti: string;
  readonly #dialect: Dialect;
  readonly #bytes: Buffer;
  readonly #layout: Layout;
  #next = 0;
  #text: string | undefined;
  #hex: string | undefined;

  constructor(dialect: Dialect, bytes: Buffer, layout: Layout) {
    this.mti = layout.mti;
    this.#dialect = dialect;
    this.#bytes = bytes;
    this.#layout = layout;
  }

  get spec(): Spec {
    return this.#dialect.spec;
  }

  /** Whether an element (`55`), a tag or subfield of it (`'55.9F26'`) is there. */
  has(de: number | string): boolean {
    if (typeof de === 'number') return this.#layout.has(de);
    const [first = '', ...rest] = de.split('.');
    return rest.length === 0 ? this.has(Number(first)) : entryAt(this.entries(Number(first)), rest) !== undefined;
  }

  /** The value of an element, or of a tag or subfield: text, or upper-case hexadecimal for binary ones. */
  get(de: number | string): string | undefined {
    if (typeof de === 'number') return this.#value(de);
    const [first = '', ...rest] = de.split('.');
    return rest.length === 0 ? this.#value(Number(first)) : entryAt(this.entries(Number(first)), rest)?.value;
  }

  #value(de: number): string | undefined {
    const { elements, spans } = this.#layout;
    // Elements are mostly asked for in their order.
    let place = this.#next;
    if (elements[place] !== de) {
      place = elements.indexOf(de);
      if (place < 0) return undefined;
    }
    this.#next = place + 1;
    return this.#read(de, spans[3 * place] ?? 0, spans[3 * place + 1] ?? 0, spans[3 * place + 2] ?? 0);
  }

  /** The whole frame is made text once, and values are cut out of it. V8 keeps the whole alive with each value of 13
   *  characters or more: text that is kept longer than its transaction must be copied (the PAN is in the frame too). */
  #read(de: number, start: number, end: number, units: number): string {
    const reading = this.#dialect.readings[de];
    if (reading === LATIN1) {
      this.#text ??= this.#bytes.toString('latin1');
      return this.#text.substring(start, end);
    }
    if (reading === DIGITS) {
      this.#hex ??= this.#bytes.toString('hex');
      return this.#hex.substring(2 * end - units, 2 * end);
    }
    return elementOf(this.#dialect, de, 0).read(this.#bytes, { start, end, units });
  }

  /** A copy of the value's bytes as they stand on the wire, without the length. */
  bytes(de: number): Buffer | undefined {
    const extent = this.#layout.extent(de);
    return extent === undefined ? undefined : Buffer.from(this.#bytes.subarray(extent.start, extent.end));
  }

  /** The elements that are there, ascending. */
  fields(): number[] {
    return [...this.#layout.elements];
  }

  /** The tags or subfields of an element, in their order; none where the dialect describes none. */
  entries(de: number): Entry[] {
    const extent = this.#layout.extent(de);
    const element = this.#dialect.elements[de];
    if (extent === undefined || element?.content === undefined) return [];
    return element.content.entries(element.inner(this.#bytes, extent));
  }

  /** Where an element begins in the frame, with its length prefix. */
  offsetOf(de: number): number | undefined {
    const extent = this.#layout.extent(de);
    return extent === undefined ? undefined : extent.start - (this.#dialect.elements[de]?.plan.prefix?.bytes ?? 0);
  }

  /** The message with some elements (`4`) or tags (`'48.13'`) changed; `undefined` removes. What is not named keeps its bytes.
   *  @throws CodecError */
  with(changes: Changes): Message {
    return this.#replaced(changes) ?? this.#rebuilt(changes);
  }

  /** The frame copied with other values in the place of old ones; undefined where elements come or go, or parts change. */
  #replaced(changes: Changes): Message | undefined {
    const { mti, elements, spans } = this.#layout;
    const places: number[] = [];
    let room = this.#bytes.length;
    for (const key in changes) {
      const value = changes[key];
      const place = elements.indexOf(Number(key));
      if (typeof value !== 'string' || place < 0 || String(elements[place]) !== key) return undefined;
      places.push(place);
      room += value.length * BYTES_OF_A_CHARACTER + MOST_PREFIX;
    }
    if (room > ROOM) return undefined;
    const moved = [...spans];
    const out = scratch;
    let from = 0;
    let to = 0;
    // Keys that are numbers come in their order.
    for (const place of places) {
      const de = elements[place] ?? 0;
      const element = elementOf(this.#dialect, de, 0);
      const begin = (spans[3 * place] ?? 0) - element.prefixBytes;
      this.#bytes.copy(out, to, from, begin);
      const at = to + begin - from;
      const value = changes[de] ?? '';
      to = this.#dialect.writers[de]?.(value, out, at) ?? -1;
      if (to < 0) to = at + element.write(value, String(de)).copy(out, at);
      from = spans[3 * place + 1] ?? 0;
      moved[3 * place] = at + element.prefixBytes;
      moved[3 * place + 1] = to;
      moved[3 * place + 2] = element.locate(out, at, to, '').units;
      for (let later = 3 * place + 3; later < moved.length; later += 3) {
        moved[later] = (spans[later] ?? 0) + to - from;
        moved[later + 1] = (spans[later + 1] ?? 0) + to - from;
      }
    }
    const end = to + this.#bytes.copy(out, to, from);
    const bytes = Buffer.allocUnsafe(end);
    out.copy(bytes, 0, 0, end);
    return new Message(this.#dialect, bytes, new Layout(mti, elements, moved));
  }

  #rebuilt(changes: Changes): Message {
    const pieces: Pieces = new Map();
    for (const de of this.#layout.elements)
      pieces.set(de, this.#bytes.subarray(this.offsetOf(de), this.#layout.extent(de)?.end));
    const wholes = new Map<number, OrderedInput | undefined>();
    for (const [key, value] of Object.entries(changes)) {
      const [first = '', ...rest] = key.split('.');
      const de = elementNumber(first);
      // Several changes inside one element build on each other.
      const before = wholes.has(de) ? wholes.get(de) : pairs(this.entries(de));
      wholes.set(de, rest.length === 0 ? value : patched(Array.isArray(before) ? (before as Pair[]) : [], rest, value));
    }
    for (const [de, whole] of wholes) {
      if (whole === undefined) pieces.delete(de);
      else pieces.set(de, elementOf(this.#dialect, de, 0).write(whole, String(de)));
    }
    const bytes = assemble(this.#dialect, this.mti, pieces);
    return new Message(this.#dialect, bytes, walk(this.#dialect, bytes));
  }

  /** A copy of the frame. */
  encode(): Buffer {
    return Buffer.from(this.#bytes);
  }

  /** Plain values by element, for JSON; `deep` opens subfields and tags. */
  toJSON(deep: unknown = false): { mti: string; fields: Record<string, unknown> } {
    const fields: Record<string, unknown> = {};
    for (const de of this.#layout.elements) {
      const entries = deep === true ? this.entries(de) : [];
      fields[String(de)] = entries.length === 0 ? this.#value(de) : tree(entries);
    }
    return { mti: this.mti, fields };
  }
}

type Pair = Pairs[number];

function pairs(entries: readonly Entry[]): Pair[] {
  return entries.map((entry) => [entry.key, entry.children === undefined ? entry.value : pairs(entry.children)]);
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

/** An object where its keys keep their order, else pairs: what `encode` takes back to the same bytes. */
function tree(entries: readonly Entry[]): unknown {
  const values = entries.map(
    (entry) => [entry.key, entry.children === undefined ? entry.value : tree(entry.children)] as const,
  );
  const object = Object.fromEntries(values);
  const kept = Object.keys(object).every((key, index) => key === values[index]?.[0]);
  return kept && Object.keys(object).length === values.length ? object : values;
}
