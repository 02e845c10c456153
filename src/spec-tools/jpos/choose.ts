import type { ElementPlan } from '../../codec/index.ts';
import { classesOf, jposClass, lengthBytes, mostOf, type JposLength, type JposValue } from './classes.ts';

/** A class of jPOS for an element, and how it is used. */
export interface Chosen {
  readonly type: string;
  readonly length: number;
  readonly pad?: boolean;
  readonly inclusive?: boolean;
  /** What is otherwise there, though frames are the same. */
  readonly notes?: readonly string[];
}

type Value = { readonly value: JposValue; readonly pad?: boolean; readonly notes: readonly string[] };

/** The class that reads and writes an element's bytes. A text: why there is none.
 *  @param track  of a number that an import takes for a track
 *  @param inText  jPOS translates what is around it from EBCDIC first: here it is US-ASCII to it */
export function classOf(
  plan: ElementPlan,
  track: boolean,
  inText = false,
): (Chosen & { readonly notes: readonly string[] }) | string {
  const seen = inText ? asAscii(plan) : plan;
  if (seen === undefined) return 'bytes or digits inside of text in EBCDIC';
  const value = valueOf(seen, track);
  if (typeof value === 'string') return value;
  const { prefix } = seen;
  if (prefix === undefined) return fixed(seen, value);
  const { counts, includesItself } = prefix;
  const packed = value.value === 'packed' || value.value === 'packed-F';
  if (includesItself && !(prefix.encoding === 'binary' && value.value === 'bytes' && counts !== 'nibbles'))
    return 'a length that counts itself';
  if (counts === 'bytes' && (value.value === 'hex' || value.value === 'hex-ebcdic' || seen.type === 'x+n'))
    return 'a length that counts bytes of digits';
  const even = value.value === 'packed' && prefix.encoding === 'ascii' && counts === 'units';
  const own: JposLength['counts'] =
    counts === 'nibbles' ? counts : packed && counts === 'bytes' ? counts : even ? 'even' : undefined;
  const length = { encoding: prefix.encoding, ...(own !== undefined && { counts: own }) };
  const wanted = includesItself ? seen.max + prefix.bytes : counted(seen, own);
  for (const { kind, notes } of candidates(value.value)) {
    const found = classesOf(kind, length).find((name) => fits(name, prefix.bytes, wanted));
    if (found === undefined) continue;
    const odd = even ? ['an odd number of digits is written with what fills it counted, and read back with it'] : [];
    const min = seen.min > 0 ? [`values shorter than ${seen.min} are taken there`] : [];
    return {
      type: found,
      length: seen.max,
      ...(value.pad !== undefined && { pad: value.pad }),
      ...(includesItself && { inclusive: true }),
      notes: [...value.notes, ...notes, ...odd, ...min],
    };
  }
  return `no class has ${value.value} behind a length in ${prefix.encoding} of ${prefix.bytes} byte(s)`;
}

/** What a length prefix says at most. */
function counted(plan: ElementPlan, counts: JposLength['counts']): number {
  if (counts === 'bytes') return (plan.max + 1) >> 1;
  return counts === 'nibbles' ? plan.max * 2 : counts === 'even' ? plan.max + (plan.max & 1) : plan.max;
}

function fits(name: string, bytes: number, wanted: number): boolean {
  const known = jposClass(name);
  if (known.kind !== 'value' || known.length === undefined) return false;
  return lengthBytes(known.length) === bytes && wanted <= mostOf(known.length);
}

/** Where a class for digits is missing, one for text has the same bytes. */
function candidates(value: JposValue): readonly { kind: JposValue; notes: readonly string[] }[] {
  const text = value === 'digits' ? 'latin1' : value === 'ebcdic-digits' ? 'ebcdic' : undefined;
  const own = { kind: value, notes: [] };
  return text === undefined ? [own] : [own, { kind: text, notes: ['letters are taken there too'] }];
}

function fixed(
  plan: ElementPlan,
  { value, pad, notes }: Value,
): (Chosen & { readonly notes: readonly string[] }) | string {
  const [type] = classesOf(value, undefined);
  if (type === undefined) return `no class of fixed length has ${value}`;
  return { type, length: plan.max, ...(pad !== undefined && { pad }), notes };
}

/** How an element's value stands. A text: no class has that. */
function valueOf(plan: ElementPlan, track: boolean): Value | string {
  const { type, encoding, odd } = plan;
  const filled = plan.pad === undefined ? [] : ['what fills the value stays a part of it'];
  if (type === 'b') {
    if (encoding === 'ebcdic') return { value: 'ebcdic-bytes', notes: [] };
    return { value: encoding === 'binary' ? 'bytes' : encoding === 'hex' ? 'hex' : 'hex-ebcdic', notes: [] };
  }
  if (type === 'x+n') {
    if (plan.prefix !== undefined) return 'a sign and digits of variable length';
    const filled = encoding === 'bcd' && (plan.max & 1) === 0; // with its sign
    if (filled && odd === 'right-F') return 'a sign and packed digits filled with F';
    if (encoding === 'bcd') return { value: 'packed-amount', pad: odd !== 'right-0', notes: [] };
    return { value: encoding.startsWith('ebcdic') ? 'ebcdic-amount' : 'amount', notes: [] };
  }
  if (encoding === 'bcd') {
    if (type === 'z' && !track) return 'a track that is no element 35 or 36';
    return odd === 'right-F'
      ? { value: 'packed-F', pad: false, notes: filled }
      : { value: 'packed', pad: odd === 'left-0', notes: filled };
  }
  if (encoding === 'utf8' || encoding === 'cp1256') {
    if (plan.prefix?.counts === 'units' && encoding === 'utf8') return 'a length that counts characters of UTF-8';
    return { value: 'bytes', notes: [...filled, `text in ${encoding} is bytes there: its text is ISO 8859-1`] };
  }
  const ebcdic = encoding.startsWith('ebcdic');
  if (type === 'n' || (type === 'z' && track)) return { value: ebcdic ? 'ebcdic-digits' : 'digits', notes: filled };
  return {
    value: ebcdic ? 'ebcdic' : 'latin1',
    notes: ebcdic && encoding !== 'ebcdic' ? [...filled, 'read as code page 1047 there'] : filled,
  };
}

/** What EBCDIC is after its translation; undefined for what is no text. */
function asAscii(plan: ElementPlan): ElementPlan | undefined {
  if (plan.content !== undefined || !/ebcdic/.test(plan.encoding)) return undefined;
  if (plan.type === 'b' && plan.encoding === 'ebcdic') return undefined;
  const { prefix } = plan;
  if (prefix !== undefined && prefix.encoding !== 'ebcdic') return undefined;
  const encoding =
    plan.encoding === 'hex-ebcdic' ? 'hex' : plan.type === 'n' || plan.type === 'x+n' ? 'ascii' : 'latin1';
  return { ...plan, encoding, ...(prefix !== undefined && { prefix: { ...prefix, encoding: 'ascii' as const } }) };
}
