import { CodecError, compile, type ElementPlan, type FieldInput, type Message, type Spec } from '../../codec/index.ts';
import { masked } from '../../codec/describe/index.ts';
import { partsOf, type ContentPlan } from '../plans.ts';

/** A piece of a sample message: where it stands, its bytes, and what it says. */
export interface SamplePart {
  readonly at: number;
  readonly hex: string;
  readonly element: string;
  readonly value: string;
}

/** Values that readers know; all invented (the card number is no card's). */
const KNOWN: Readonly<Record<number, string>> = {
  2: '6037990000000006',
  4: '000000125000',
  7: '1123041907',
  11: '000123',
  12: '074907',
  13: '1123',
  35: '6037990000000006=28121010000000000',
  37: '632704000124',
  39: '00',
  41: 'TRM00001',
  49: '364',
  70: '301',
};

/** A message that satisfies the first rule of a dialect, cut into its pieces. Undefined where none can be made. */
export function sampleParts(spec: Spec): { hex: string; parts: SamplePart[] } | undefined {
  const key = Object.keys(spec.presence).find((one) => one.length === 3) ?? `${spec.mti.versions.charAt(0)}20`;
  const rules = spec.presence[key];
  const wanted =
    rules === undefined ? [3, 4, 11, 41] : [...rules.mandatory, ...rules.oneOf.map(([first]) => first ?? '')];
  const fields: Record<string, FieldInput> = {};
  for (const path of wanted) {
    const de = Number(String(path).split('.')[0]);
    const plan = spec.fields[de];
    if (plan !== undefined) fields[String(de)] = sampleValue(plan, KNOWN[de]);
  }
  try {
    const codec = compile(spec);
    const frame = codec.encode({ mti: `${key}0`, fields });
    return { hex: spaced(frame), parts: partsOfMessage(codec.decode(frame), frame) };
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function sampleValue(plan: ElementPlan, known?: string): FieldInput {
  if (known !== undefined && plan.type !== 'b' && known.length >= plan.min && known.length <= plan.max) return known;
  if (plan.content !== undefined) return sampleContent(plan.content);
  const length = plan.prefix === undefined ? plan.max : Math.max(plan.min, Math.min(plan.max, 6));
  if (plan.type === 'b') return '00'.repeat(length);
  if (plan.type === 'x+n') return `C${'0'.repeat(length - 1)}`;
  return (plan.type === 'n' || plan.type === 'z' ? '0' : 'A').repeat(length);
}

function sampleContent(content: ContentPlan): FieldInput {
  const parts = partsOf(content);
  if (content.kind === 'fields') {
    const row = Object.fromEntries(parts.map(([key, plan]) => [key, sampleValue(plan)]));
    return content.repeat > 1 ? { 1: row } : row;
  }
  const [first] = parts;
  return content.kind === 'datasets' || first === undefined ? {} : { [first[0]]: sampleValue(first[1]) };
}

function partsOfMessage(message: Message, frame: Buffer): SamplePart[] {
  const { spec } = message;
  const places = message
    .fields()
    .map((de) => ({ de, at: message.offsetOf(de) ?? 0 }))
    .sort((a, b) => a.at - b.at);
  const mtiBytes = spec.mti.encoding === 'bcd' ? 2 : 4;
  const cut = (from: number, to: number, element: string, value: string): SamplePart => ({
    at: from,
    hex: spaced(frame.subarray(from, to)),
    element,
    value,
  });
  return [
    cut(0, mtiBytes, 'mti', message.mti),
    cut(mtiBytes, places[0]?.at ?? frame.length, 'bitmap', message.fields().join(' ')),
    ...places.map(({ de, at }, index) =>
      cut(
        at,
        places[index + 1]?.at ?? frame.length,
        String(de),
        masked(message.get(de) ?? '', spec.fields[de]?.secret),
      ),
    ),
  ];
}

function spaced(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?=.)/g, '$1 ');
}
