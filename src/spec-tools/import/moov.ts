import { GatewayError, messageOf } from '../../ops/errors.ts';
import { MAX_NESTING, tooDeepAt } from '../check/lines.ts';
import { isObject, type Json } from '../check/source.ts';
import { elementOf, specOf, type ElementDraft, type Imported, type ImportIssue } from './draft.ts';
import { moovElement, moovPrefix, textOf, type Report } from './moov-field.ts';

const MTI: Readonly<Record<string, string>> = { ASCII: 'ascii', BCD: 'bcd', EBCDIC: 'ebcdic', EBCDIC1047: 'ebcdic' };
const KEYS = [
  'type',
  'length',
  'description',
  'enc',
  'prefix',
  'padding',
  'tag',
  'subfields',
  'bitmap',
  'disableautoexpand',
];
const MAX_CHARACTERS = 8 << 20;

/** A specification of moov-io/iso8583 in JSON as a dialect of ours. @throws GatewayError when it is no such file */
export function importMoov(text: string, name: string): Imported {
  const fields = moovFields(text);
  const issues: ImportIssue[] = [];
  const report: Report = (path, what, reason, kind = 'lost') => void issues.push({ path, what, kind, reason });
  const numbers = Object.keys(fields).filter((key) => /^\d{1,3}$/.test(key) && Number(key) >= 2);
  const last = Math.max(0, ...numbers.map(Number));
  const { mti, bitmap } = headOf(fields, last, report);
  const drafts = new Map<number, ElementDraft>();
  for (const [key, field] of Object.entries(fields)) {
    if (key === '0' || key === '1') continue;
    const de = Number(key);
    if (!numbers.includes(key) || de > bitmap.count * 64)
      report(key, 'field', `not an element from 2 to ${bitmap.count * 64}`);
    else if (textOf(field, 'type') === 'Bitmap') report(key, 'Bitmap', 'a bitmap among elements');
    else {
      const draft = draftOf(field, key, report);
      if (draft !== undefined) drafts.set(de, draft);
    }
  }
  const title = `Imported from the moov-io/iso8583 specification ${name}`;
  return { json: specOf({ name, title, mti, bitmap, fields: drafts }), issues };
}

function moovFields(text: string): Record<string, Json> {
  if (text.length > MAX_CHARACTERS) throw new GatewayError('spec.import', `longer than ${MAX_CHARACTERS} characters`);
  const deep = tooDeepAt(text);
  if (deep !== undefined)
    throw new GatewayError('spec.import', `line ${deep}: more than ${MAX_NESTING} objects and lists inside each other`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new GatewayError('spec.import', `not JSON: ${messageOf(error)}`, { cause: error });
  }
  const fields = isObject(json) ? json['fields'] : undefined;
  if (!isObject(fields)) throw new GatewayError('spec.import', 'no "fields": not a specification of moov-io/iso8583');
  for (const [key, field] of Object.entries(fields))
    if (!isObject(field)) throw new GatewayError('spec.import', `fields.${key}: must be an object`);
  return fields as Record<string, Json>;
}

function headOf(
  fields: Readonly<Record<string, Json>>,
  last: number,
  report: Report,
): { mti: string; bitmap: Json & { count: number } } {
  const zero = fields['0'] ?? {};
  const one = fields['1'] ?? {};
  const mti = MTI[textOf(zero, 'enc')];
  if (mti === undefined || zero['length'] !== 4)
    report('mti', `${textOf(zero, 'type')} ${textOf(zero, 'enc')}`.trim(), 'an MTI is four digits; taken as ASCII');
  const encoder = textOf(one, 'enc');
  const encoding = encoder === 'Binary' ? 'binary' : encoder === 'Hex' || encoder === 'HexToASCII' ? 'hex' : undefined;
  if (encoding === undefined) report('bitmap', encoder, 'a bitmap is bytes or hexadecimal; taken as bytes');
  const length = typeof one['length'] === 'number' ? one['length'] : 8;
  const fixed = one['disableautoexpand'] === true;
  const count = fixed ? Math.min(3, Math.max(1, length >> 3)) : last > 128 ? 3 : 2;
  if (fixed && count === 3)
    report('bitmap', 'disableautoexpand', 'three bitmaps are always there; ours the third as needed', 'changed');
  const more = { ...(count === 3 && { third: 'behind' }), ...(fixed && count > 1 && { secondary: 'always' }) };
  return { mti: mti ?? 'ascii', bitmap: { encoding: encoding ?? 'binary', count, ...more } };
}

function draftOf(field: Json, path: string, report: Report): ElementDraft | undefined {
  for (const key of Object.keys(field))
    if (!KEYS.includes(key)) report(path, key, 'a key that is not known here', 'changed');
  const subfields = isObject(field['subfields']) ? field['subfields'] : undefined;
  if (subfields === undefined) return moovElement(field, path, report);
  const inner = sorted(subfields);
  const ascii = inner.every(([, one]) => textOf(one, 'enc') === 'ASCII');
  const outer = moovElement(
    { ...field, type: ascii ? 'String' : 'Binary', enc: ascii ? 'ASCII' : 'Binary' },
    path,
    report,
  );
  const content = contentOf(field, inner, path, report);
  if (typeof content !== 'string') return outer && { ...outer, content };
  report(path, 'Composite', `${content}; the value stays whole`, 'changed');
  return outer;
}

function sorted(subfields: Json): [string, Json][] {
  return Object.entries(subfields)
    .flatMap(([key, one]): [string, Json][] => (isObject(one) ? [[key, one]] : []))
    .sort(([a], [b]) => (/^\d+$/.test(a) && /^\d+$/.test(b) ? Number(a) - Number(b) : a < b ? -1 : 1));
}

/** By tag, behind a bitmap, or by position. A text: why not. */
function contentOf(field: Json, inner: readonly [string, Json][], path: string, report: Report): Json | string {
  const tag = isObject(field['tag']) ? field['tag'] : {};
  if (textOf(tag, 'enc') === 'BerTLVTag') return berContent(inner, path, report);
  if (isObject(field['bitmap'])) {
    const bytes = Number(field['bitmap']['length'] ?? 8);
    if (textOf(field['bitmap'], 'enc') !== 'Binary' || !(bytes >= 1 && bytes <= 16))
      return 'its bitmap is not of 1 to 16 bytes';
    return { kind: 'bitmapped', bytes, fields: partsOf(inner, path, report, (key) => key) };
  }
  if (typeof tag['length'] === 'number' && tag['length'] > 0)
    return tagsContent(tag, tag['length'], inner, path, report);
  const fields = partsOf(inner, path, report, (key) => (/^[A-Za-z]/.test(key) ? key : `f${key}`));
  if (Object.keys(fields).length < inner.length)
    return 'a subfield that is not known hides where those behind it begin';
  return { kind: 'fields', partial: !textOf(field, 'prefix').endsWith('.Fixed'), fields };
}

function partsOf(
  inner: readonly [string, Json][],
  path: string,
  report: Report,
  keyOf: (key: string) => string,
): Record<string, Json> {
  const parts: Record<string, Json> = {};
  for (const [key, one] of inner) {
    const draft = draftOf(one, `${path}.${key}`, report);
    if (draft !== undefined) parts[keyOf(key)] = elementOf(draft);
  }
  return parts;
}

function berContent(inner: readonly [string, Json][], path: string, report: Report): Json {
  const tags: Record<string, Json> = {};
  for (const [key, one] of inner) {
    const draft = draftOf({ length: 255, ...one, prefix: 'Binary.L' }, `${path}.${key}`, report);
    if (draft !== undefined) tags[key.toUpperCase()] = elementOf(draft);
  }
  return { kind: 'ber', tags };
}

/** Tags of fixed size; all lengths of one kind. */
function tagsContent(
  tag: Json,
  size: number,
  inner: readonly [string, Json][],
  path: string,
  report: Report,
): Json | string {
  const binary = ['Binary', 'ASCIIToHex'].includes(textOf(tag, 'enc'));
  const encoding = binary ? 'binary' : { ASCII: 'ascii', BCD: 'bcd', EBCDIC: 'ebcdic' }[textOf(tag, 'enc')];
  if (encoding === undefined) return `tags in ${textOf(tag, 'enc')}`;
  const lengths = new Set(inner.map(([, one]) => textOf(one, 'prefix')));
  const length = moovPrefix([...lengths][0] ?? '');
  if (lengths.size !== 1 || typeof length !== 'object') return `lengths of its tags in ${[...lengths].join(', ')}`;
  const bytes = encoding === 'bcd' ? (size + 1) >> 1 : size;
  const digits = binary ? size * 2 : size;
  const tags = partsOf(inner, path, report, (key) => key.toUpperCase().padStart(digits, '0'));
  for (const one of Object.values(tags)) Reflect.deleteProperty(one, 'prefix');
  return { kind: 'tags', tag: { encoding, bytes }, length: { encoding: length.encoding, bytes: length.bytes }, tags };
}
