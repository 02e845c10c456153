import type { Json } from '../check/source.ts';
import { jposClass, lengthBytes, type JposClass, type JposLength } from '../jpos/classes.ts';
import { elementOf, type ElementDraft } from './draft.ts';
import { plainDraft, type Report } from './jpos-field.ts';
import type { PackagerField } from './jpos-xml.ts';

/** Packagers that read subfields one after the other, or behind a bitmap. */
const BY_POSITION: readonly string[] = ['GenericSubFieldPackager', 'GenericPackager'];
/** Packagers of tags, and how the tags stand that they look for. */
const BY_TAG: Readonly<Record<string, 'ascii' | 'ebcdic'>> = {
  EuroSubFieldPackager: 'ascii',
  MasterCardEBCDICSubFieldPackager: 'ebcdic',
};
const BER = 'org.jpos.tlv.packager.bertlv.BERTLVBinaryPackager';
/** Digits of tags that are the subfields' numbers. */
const MAPPERS: Readonly<Record<string, number>> = { TTDecimalTagMapper: 2, TTTDecimalTagMapper: 3 };

/** A field and what is inside it. Undefined: it was reported as lost. */
export function draftOf(field: PackagerField, path: string, report: Report): ElementDraft | undefined {
  const draft = plainDraft(field, path, report);
  if (draft === undefined || (field.packager === '' && field.fields.length === 0)) return draft;
  const content = contentOf(field, draft, path, report);
  if (typeof content !== 'string') return { ...draft, content };
  report(path, field.packager, `${content}; the value stays whole`, 'changed');
  return draft;
}

interface Inner {
  readonly field: PackagerField;
  readonly known: JposClass;
}

/** What is inside a field: behind a bitmap, by tags, or by position. A text: why the value stays whole. */
function contentOf(field: PackagerField, around: ElementDraft, path: string, report: Report): Json | string {
  const packager = field.packager.replace(/^org\.jpos\.iso\.packager\./, '');
  const inner = [...field.fields]
    .sort((a, b) => a.id - b.id)
    .map((one) => ({ field: one, known: jposClass(one.type) }));
  const header = Number(field.attributes['headerLength'] ?? '0');
  if (header !== 0) return `a header of ${header} bytes before its subfields`;
  if (packager === BER) return around.type === 'b' ? { kind: 'ber', tags: {} } : 'tags of BER in text';
  if (packager === 'GenericTaggedFieldsPackager' || BY_TAG[packager] !== undefined)
    return taggedContent(inner, around, packager, field.attributes);
  if (packager === 'Base1SubFieldPackager' || BY_POSITION.includes(packager) || packager === '')
    return placedContent(field, inner, around, path, report);
  return 'a packager that is not known here';
}

function placedContent(
  field: PackagerField,
  all: readonly Inner[],
  around: ElementDraft,
  path: string,
  report: Report,
): Json | string {
  const emits = field.attributes['emitBitmap'] !== 'false';
  const map = all.find(({ known }) => known.kind === 'bitmap');
  if (map !== undefined && emits) return bitmappedContent(all, map, around, path, report);
  const tagged = all.filter(({ known }) => known.kind === 'tagged');
  if (tagged.length > 0) return taggedContent(all, around, 'numbers', field.attributes);
  const inner = all.filter((one) => one.field.id >= firstField(field, all) && one.known.kind !== 'unused');
  if (inner.length === 0) return 'describes no subfields';
  const fields: Record<string, Json> = {};
  for (const one of inner) {
    const draft = translated(draftOf(one.field, `${path}.${one.field.id}`, report), around);
    if (draft === undefined) return 'a subfield that is not known hides where those behind it begin';
    if (typeof draft === 'string') return draft;
    fields[`f${one.field.id}`] = elementOf(draft);
  }
  return { kind: 'fields', partial: true, fields };
}

/** jPOS begins at 1, or at 0 where that has subfields of its own. */
function firstField({ attributes }: PackagerField, inner: readonly Inner[]): number {
  const given = attributes['firstField'];
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  return inner.some(({ field }) => field.id === 0 && field.packager !== '') ? 0 : 1;
}

function bitmappedContent(
  inner: readonly Inner[],
  map: Inner,
  around: ElementDraft,
  path: string,
  report: Report,
): Json | string {
  const { known } = map;
  if (known.kind !== 'bitmap' || known.encoding !== 'binary' || around.encoding === 'ebcdic')
    return 'its bitmap is not binary';
  const bytes = known.extends ? map.field.length : 8;
  if (bytes < 1 || bytes > 8) return `its bitmap of ${bytes} bytes may be shorter`;
  const fields: Record<string, Json> = {};
  for (const one of inner) {
    if (one === map || one.known.kind === 'unused' || /(^|\.)IF_NOP$/.test(one.field.type)) continue;
    const at = `${path}.${one.field.id}`;
    if (one.field.id < 1 || one.field.id > bytes * 8) report(at, one.field.type, `the bitmap has ${bytes * 8} bits`);
    else {
      const draft = draftOf(one.field, at, report);
      if (draft !== undefined) fields[String(one.field.id)] = elementOf(draft);
    }
  }
  return { kind: 'bitmapped', bytes, fields };
}

/** All subfields of one shape: by their `token`, by what maps tags to them, or by their numbers. */
function taggedContent(
  all: readonly Inner[],
  around: ElementDraft,
  packager: string,
  attributes: Readonly<Record<string, string>>,
): Json | string {
  const inner = all.filter(({ known }) => known.kind !== 'unused');
  const shapes = inner.flatMap(({ known }) => (known.kind === 'tagged' ? [known] : []));
  const [first] = shapes;
  const same = (one: { tag: JposLength; length: JposLength }): boolean =>
    JSON.stringify([one.tag, one.length]) === JSON.stringify([first?.tag, first?.length]);
  if (first === undefined || shapes.length < inner.length || !shapes.every(same))
    return 'its tags are of several shapes';
  const looked = BY_TAG[packager];
  if (looked !== undefined && (first.tag.encoding !== looked || first.tag.digits !== 2))
    return 'its tags are not those that its packager looks for';
  if (attributes['swapTagAndLen'] === 'true') return 'lengths stand before their tags';
  const mapper = attributes['tagMapper']?.replace(/^org\.jpos\.iso\.packager\./, '');
  const text = around.encoding === 'ebcdic' && around.type !== 'b';
  const tags: Record<string, Json> = {};
  for (const { field, known } of inner) {
    if (known.kind !== 'tagged') continue;
    const mapped =
      mapper === undefined ? packager !== 'GenericTaggedFieldsPackager' : MAPPERS[mapper] === first.tag.digits;
    const tag = field.attributes['token'] ?? (mapped ? String(field.id).padStart(first.tag.digits, '0') : '');
    if (!/^\d+$/.test(tag) || tag.length !== first.tag.digits)
      return `${field.id} has tag "${tag}", not ${first.tag.digits} digits`;
    const max = Math.max(1, Math.min(field.length, 10 ** first.length.digits - 1));
    const binary = known.value === 'bytes';
    if (text && (binary || known.value === 'ebcdic'))
      return 'subfields that are not text in a value that is translated';
    const encoding = binary ? 'binary' : text ? 'ebcdic' : known.value;
    tags[tag] = { name: field.name, format: `${binary ? 'b' : 'ans'}....${max}`, encoding };
  }
  const head = (length: JposLength): Json => ({
    encoding: text ? 'ebcdic' : length.encoding,
    bytes: lengthBytes(length),
  });
  return { kind: 'tags', tag: head(first.tag), length: head(first.length), tags };
}

const IN_EBCDIC: Readonly<Record<string, string>> = { latin1: 'ebcdic', ascii: 'ebcdic', hex: 'hex-ebcdic' };

/** jPOS translates text before it looks inside: what is US-ASCII to its subfields stands in EBCDIC. A text: why it cannot be said. */
function translated(draft: ElementDraft | undefined, around: ElementDraft): ElementDraft | string | undefined {
  if (draft === undefined || around.type === 'b' || around.encoding !== 'ebcdic') return draft;
  const encoding = IN_EBCDIC[draft.encoding];
  const prefix = draft.prefix;
  if (encoding === undefined || (prefix !== undefined && prefix.encoding !== 'ascii') || draft.content !== undefined)
    return 'subfields that are not text in a value that is translated';
  return { ...draft, encoding, ...(prefix !== undefined && { prefix: { ...prefix, encoding: 'ebcdic' } }) };
}
