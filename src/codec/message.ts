import { assemble, elementNumber, type Pieces } from './build.ts';
import { entryAt } from './content/content.ts';
import type { Entry, FieldInput, OrderedInput, Pairs } from './content/types.ts';
import { elementOf, type Dialect } from './dialect.ts';
import type { Spec } from './plan.ts';
import { walk, type Layout } from './walk.ts';

export type Changes = Readonly<Record<string | number, FieldInput | undefined>>;

/** A decoded message: checked bytes, and values that are read when they are asked for. */
export class Message {
  readonly mti: string;
  readonly #dialect: Dialect;
  readonly #bytes: Buffer;
  readonly #layout: Layout;

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
    if (typeof de === 'number') return this.#layout.extents[de] !== undefined;
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
    const extent = this.#layout.extents[de];
    return extent === undefined ? undefined : elementOf(this.#dialect, de, 0).read(this.#bytes, extent);
  }

  /** A copy of the value's bytes as they stand on the wire, without the length. */
  bytes(de: number): Buffer | undefined {
    const extent = this.#layout.extents[de];
    return extent === undefined ? undefined : Buffer.from(this.#bytes.subarray(extent.start, extent.end));
  }

  /** The elements that are there, ascending. */
  fields(): number[] {
    return [...this.#layout.elements];
  }

  /** The tags or subfields of an element, in their order; none where the dialect describes none. */
  entries(de: number): Entry[] {
    const extent = this.#layout.extents[de];
    const element = this.#dialect.elements[de];
    if (extent === undefined || element?.content === undefined) return [];
    return element.content.entries(element.inner(this.#bytes, extent));
  }

  /** Where an element begins in the frame, with its length prefix. */
  offsetOf(de: number): number | undefined {
    const extent = this.#layout.extents[de];
    return extent === undefined ? undefined : extent.start - (this.#dialect.elements[de]?.plan.prefix?.bytes ?? 0);
  }

  /** The message with some elements (`4`) or tags (`'48.13'`) changed; `undefined` removes. What is not named keeps its bytes.
   *  @throws CodecError */
  with(changes: Changes): Message {
    const pieces: Pieces = new Map();
    for (const de of this.#layout.elements)
      pieces.set(de, this.#bytes.subarray(this.offsetOf(de), this.#layout.extents[de]?.end));
    for (const [key, value] of Object.entries(changes)) {
      const [first = '', ...rest] = key.split('.');
      const de = elementNumber(first);
      const whole = rest.length === 0 ? value : patched(pairs(this.entries(de)), rest, value);
      if (whole === undefined) pieces.delete(de);
      else pieces.set(de, elementOf(this.#dialect, de, 0).write(whole, first));
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
