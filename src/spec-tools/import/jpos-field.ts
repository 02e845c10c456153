import { jposClass, lengthBytes, mostOf, type JposClass, type JposLength, type JposValue } from '../jpos/classes.ts';
import type { ElementDraft, ImportIssue } from './draft.ts';
import type { PackagerField } from './jpos-xml.ts';

export type Report = (path: string, what: string, reason: string, kind?: ImportIssue['kind']) => void;

/** Tracks hold a separator, which jPOS keeps in its numeric classes too. */
const TRACKS: ReadonlySet<string> = new Set(['35', '36']);
const ATTRIBUTES: readonly string[] = [
  'id',
  'length',
  'name',
  'class',
  'pad',
  'trim',
  'token',
  'packager',
  'inclusive',
];
const NESTED: readonly string[] = [
  'emitBitmap',
  'firstField',
  'maxValidField',
  'bitmapField',
  'headerLength',
  'tagMapper',
  'tagSize',
  'lenSize',
  'swapTagAndLen',
];

/** jPOS writes 19 digits as 20, and reads 20 back; peers that write 19 are read right by both. */
const EVEN = 'odd digits are written with their own length here; jPOS counts what fills them, and reads it as a digit';

type Draft = Omit<ElementDraft, 'name'>;

/** A field of a packager without what is inside it. Undefined: reported as lost, or of no message there either. */
export function plainDraft(field: PackagerField, path: string, report: Report): ElementDraft | undefined {
  const known = jposClass(field.type);
  if (known.kind === 'unused') return undefined;
  const nested = field.packager !== '';
  for (const [key, value] of Object.entries(field.attributes))
    if (!ATTRIBUTES.includes(key) && !(nested && NESTED.includes(key)))
      report(path, `${key}="${value}"`, 'an attribute that is not known here', key === 'params' ? 'lost' : 'changed');
  if (known.kind !== 'value') {
    report(path, field.type, whyNot(known));
    return undefined;
  }
  if (field.length < 1) {
    report(path, field.type, `of length ${field.length}`);
    return undefined;
  }
  const draft = valueDraft(field, known.value, known.length, (reason, kind) => {
    report(path, field.type, reason, kind);
  });
  if (draft === undefined) return undefined;
  if (field.attributes['trim'] === 'true' && known.length === undefined)
    report(path, 'trim="true"', 'there the last value of a message may be shorter', 'changed');
  const track = TRACKS.has(path) && draft.type === 'n';
  return { name: field.name, ...draft, ...(track && { type: 'z' as const }) };
}

function whyNot(known: Exclude<JposClass, { kind: 'value' }>): string {
  if (known.kind === 'none') return known.reason;
  return known.kind === 'bitmap' ? 'a bitmap among elements' : 'a tag outside of a packager of tags';
}

function valueDraft(
  field: PackagerField,
  value: JposValue,
  length: JposLength | undefined,
  tell: (reason: string, kind: ImportIssue['kind']) => void,
): Draft | undefined {
  const pad = field.attributes['pad'] === 'true';
  const plain = typedDraft(value, field.length, pad);
  if (typeof plain === 'string') {
    tell(plain, 'lost');
    return undefined;
  }
  if (length === undefined) return plain;
  const most = mostOf(length);
  const prefix = { encoding: length.encoding, bytes: lengthBytes(length) };
  const counts = length.counts;
  if (counts === 'even') {
    tell(EVEN, 'changed');
    return { ...plain, max: Math.min(field.length + (field.length & 1), most), prefix };
  }
  const units = counts === 'bytes' ? most * 2 : counts === 'nibbles' ? most >> 1 : most;
  const inclusive = field.attributes['inclusive'] === 'true' && value === 'bytes';
  if (inclusive && length.encoding !== 'binary') {
    tell('inclusive="true" needs a binary length', 'lost');
    return undefined;
  }
  const reach = inclusive ? units - prefix.bytes : units;
  if (reach < field.length) tell(`its length prefix says at most ${reach}`, 'changed');
  return {
    ...plain,
    max: Math.min(field.length, reach),
    prefix: { ...prefix, ...(counts !== undefined && { counts }), ...(inclusive && { includesItself: true }) },
  };
}

/** A text: why there is no such value here. */
function typedDraft(value: JposValue, length: number, pad: boolean): Draft | string {
  switch (value) {
    case 'latin1':
    case 'ebcdic':
      return { type: 'ans', max: length, encoding: value };
    case 'digits':
      return { type: 'n', max: length, encoding: 'ascii' };
    case 'ebcdic-digits':
      return { type: 'n', max: length, encoding: 'ebcdic' };
    case 'packed':
      return { type: 'n', max: length, encoding: 'bcd', odd: pad ? 'left-0' : 'right-0' };
    case 'packed-F':
      return { type: 'n', max: length, encoding: 'bcd', odd: pad ? 'left-0' : 'right-F' };
    case 'amount':
    case 'ebcdic-amount':
    case 'packed-amount':
      if (length < 2) return 'a sign without digits';
      if (value !== 'packed-amount')
        return { type: 'x+n', max: length - 1, encoding: value === 'amount' ? 'ascii' : 'ebcdic' };
      return { type: 'x+n', max: length - 1, encoding: 'bcd', odd: pad ? 'left-0' : 'right-0' };
    case 'bytes':
      return { type: 'b', max: length, encoding: 'binary' };
    case 'hex':
    case 'hex-ebcdic':
      return { type: 'b', max: length, encoding: value };
    case 'ebcdic-bytes':
      return { type: 'b', max: length, encoding: 'ebcdic' };
    case 'half-bytes':
      return (length & 1) === 1 ? 'an odd number of half bytes' : { type: 'b', max: length / 2, encoding: 'binary' };
  }
}
