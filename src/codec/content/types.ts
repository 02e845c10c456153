import { CodecError } from '../error.ts';
import type { ElementPlan } from '../plan.ts';
import type { ValueCodec } from '../values/value.ts';

/** Where a value stands, without its prefix. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  readonly units: number;
}

/** What a field may be given as: its value (binary as upper-case hexadecimal), or its subfields or tags by key. */
export type FieldInput = string | { readonly [key: string]: FieldInput | undefined };

/** The same, and pairs where object keys would lose their order. */
export type OrderedInput = string | { readonly [key: string]: OrderedInput | undefined } | Pairs;
export type Pairs = readonly (readonly [string, OrderedInput])[];
/** Subfields or tags. */
export type PartsInput = Exclude<OrderedInput, string>;

/** One subfield, tag or data set of a value. `start` and `end` are bytes of the value that holds it. */
export interface Entry {
  readonly key: string;
  readonly name?: string;
  readonly plan?: ElementPlan;
  /** Of the tag or prefix. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
  readonly value: string;
  readonly children?: readonly Entry[];
}

/** Reads and writes what is inside a value. */
export interface ContentCodec {
  /** @param offset  where in the frame `bytes` begin
   *  @throws CodecError with the path of the part at fault */
  check(bytes: Buffer, path: string, offset: number): void;
  /** The parts of checked bytes, in their order. */
  entries(bytes: Buffer): Entry[];
  /** @throws CodecError */
  write(input: PartsInput, path: string): Buffer;
}

/** What content needs of an element, without knowing the class. */
export interface Part {
  readonly plan: ElementPlan;
  readonly value: ValueCodec;
  readonly content: ContentCodec | undefined;
  locate(bytes: Uint8Array, at: number, limit: number, path: string): Extent;
  check(bytes: Uint8Array, extent: Extent, path: string): void;
  read(bytes: Buffer, extent: Extent): string;
  inner(bytes: Uint8Array, extent: Extent): Buffer;
  write(input: OrderedInput, path: string): Buffer;
}

/** How content makes the elements inside it, and what carries parts nobody described. */
export interface Workshop {
  part(plan: ElementPlan): Part;
  /** The representation of the value around, for tags that the dialect does not know. */
  readonly unknown: Part;
}

/** The pairs of an input, without what is undefined. What comes out of JSON may be anything, whatever its type says.
 *  @throws CodecError `bad-content` when a part is neither text nor parts */
export function pairsOf(input: PartsInput, path: string): (readonly [string, OrderedInput])[] {
  const pairs: readonly (readonly unknown[])[] = isPairs(input) ? input : Object.entries(input);
  const found: (readonly [string, OrderedInput])[] = [];
  for (const pair of pairs) {
    const [key, value] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    if (value === undefined && !isPairs(input)) continue;
    if (typeof key !== 'string' || !isInput(value))
      throw new CodecError('bad-content', path, 0, 'parts are text, or parts');
    found.push([key, value]);
  }
  return found;
}

/** A key nobody knows, as errors may show it: a misspelt name helps, and what may be a value is `?`. */
export function shownKey(key: string): string {
  return /^[\w-]{1,32}$/.test(key) && !/\d{4}/.test(key) ? key : '?';
}

/** Whether a value can be written at all. */
export function isInput(value: unknown): value is OrderedInput {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

function isPairs(input: PartsInput): input is Pairs {
  return Array.isArray(input);
}
