import { Element } from './element.ts';
import { CodecError } from './error.ts';
import type { ElementPlan, Spec } from './plan.ts';
import { valueCodec } from './values/make.ts';
import type { ValueCodec } from './values/value.ts';

/** A spec with its elements made: what decoding, encoding and describing share. */
export interface Dialect {
  readonly spec: Spec;
  readonly elements: readonly (Element | undefined)[];
  readonly mti: ValueCodec;
  readonly mtiBytes: number;
  /** How an element's value may be cut out of the frame's text: its characters, or its packed digits at the right end. */
  readonly readings: readonly ('latin1' | 'digits' | undefined)[];
}

function readingOf(plan: ElementPlan | undefined): 'latin1' | 'digits' | undefined {
  if (plan === undefined || plan.pad !== undefined) return undefined;
  if (plan.encoding === 'ascii' || plan.encoding === 'latin1') return 'latin1';
  const counted = plan.prefix?.counts === 'bytes';
  return plan.encoding === 'bcd' && plan.type === 'n' && plan.odd === 'left-0' && !counted ? 'digits' : undefined;
}

export function dialectOf(spec: Spec): Dialect {
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
    readings: spec.fields.map(readingOf),
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
