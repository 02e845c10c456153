import type { FieldInput } from './content/types.ts';
import { Element } from './element.ts';
import { CodecError } from './error.ts';
import type { ElementPlan, Spec } from './plan.ts';
import { readingOf } from './reading.ts';
import { Room } from './room.ts';
import { valueCodec } from './values/make.ts';
import type { ValueCodec } from './values/value.ts';

/** Writes an element, prefix included, at a place of a buffer with room for it, and says where it ends; negative: not this way. */
export type Writer = (value: FieldInput, out: Buffer, at: number) => number;

/** A spec with its elements made: what decoding, encoding and describing share. */
export interface Dialect {
  readonly spec: Spec;
  readonly elements: readonly (Element | undefined)[];
  readonly mti: ValueCodec;
  readonly mtiBytes: number;
  /** How an element's value may be cut out of the frame's text or digits; undefined: its own codec reads it. */
  readonly readings: Uint8Array;
  /** Holes: elements that only their own codec writes. */
  readonly writers: readonly (Writer | undefined)[];
  /** Where its frames are kept. */
  readonly room: Room;
}

/** @param writers  generated ones (fast/element.ts); without them every element is written by its own codec */
export function dialectOf(spec: Spec, writers: Dialect['writers'] = []): Dialect {
  const mti: ElementPlan = {
    name: 'MTI',
    type: 'n',
    min: 4,
    max: 4,
    encoding: spec.mti.encoding,
    odd: 'left-0',
    asciiOnly: true,
  };
  return {
    spec,
    elements: spec.fields.map((plan) => (plan === undefined ? undefined : new Element(plan))),
    mti: valueCodec(mti),
    readings: Uint8Array.from(spec.fields, readingOf),
    writers,
    room: new Room(),
    mtiBytes: spec.mti.encoding === 'bcd' ? 2 : 4,
  };
}

/** @throws CodecError `undefined-field` for an element the dialect does not have */
export function elementOf(dialect: Dialect, de: number, offset: number): Element {
  const element = dialect.elements[de];
  if (element === undefined)
    throw new CodecError('undefined-field', String(de), offset, 'not an element of this dialect');
  return element;
}

/** @throws CodecError unless `mti` is four digits of a version that the dialect speaks */
export function checkMti(dialect: Dialect, mti: string, offset: number): void {
  if (!/^[0-9]{4}$/.test(mti)) throw new CodecError('bad-mti', 'mti', offset, 'not four digits');
  if (!dialect.spec.mti.versions.includes(mti.charAt(0)))
    throw new CodecError('bad-mti', 'mti', offset, `no version ${mti.charAt(0)} of the standard`);
}
