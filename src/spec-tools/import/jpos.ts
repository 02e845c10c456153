import type { Json } from '../check/source.ts';
import { elementOf, specOf, type ElementDraft, type Imported, type ImportIssue } from './draft.ts';
import { meaningOf, type ClassMeaning } from './jpos-classes.ts';
import { packagerFields, type PackagerField } from './jpos-xml.ts';

/** Tracks hold a separator, which jPOS keeps in its numeric classes too. */
const TRACKS: ReadonlySet<number> = new Set([35, 36]);
const KNOWN: readonly string[] = ['id', 'length', 'name', 'class', 'pad', 'trim', 'token', 'packager', 'emitBitmap'];
const NESTED: readonly string[] = ['firstField', 'maxValidField', 'bitmapField'];

/** A jPOS GenericPackager file as a dialect of ours. @throws GatewayError when it is no such file */
export function importJpos(xml: string, name: string): Imported {
  const { attributes, fields } = packagerFields(xml);
  const issues: ImportIssue[] = [];
  const issue = (field: string, what: string, reason: string, kind: ImportIssue['kind'] = 'lost'): void =>
    void issues.push({ path: field, what, kind, reason });
  if (attributes['headerLength'] !== undefined && attributes['headerLength'] !== '0')
    issue(
      '',
      `headerLength="${attributes['headerLength']}"`,
      'a header before the MTI belongs to the framing, not the dialect',
    );
  const { mti, bitmap } = headOf(fields, issue);
  const drafts = new Map<number, ElementDraft>();
  for (const field of fields) {
    if (field.id < 2) continue;
    if (field.id === 65 && meaningOf(field.type, field.length, false).kind === 'bitmap') continue;
    if (field.id > bitmap.count * 64) {
      issue(String(field.id), field.type, `the bitmaps reach element ${bitmap.count * 64}`);
      continue;
    }
    if (drafts.has(field.id)) issue(String(field.id), field.type, 'stands twice: the last counts', 'changed');
    const draft = draftOf(field, String(field.id), issue);
    if (draft !== undefined) drafts.set(field.id, draft);
  }
  const title = `Imported from the jPOS packager ${name}`;
  return { json: specOf({ name, title, mti, bitmap, fields: drafts }), issues };
}

type Report = (path: string, what: string, reason: string, kind?: ImportIssue['kind']) => void;

/** MTI and bitmaps, which jPOS describes as fields 0 and 1. */
function headOf(fields: readonly PackagerField[], issue: Report): { mti: string; bitmap: Json & { count: number } } {
  const [zero, one, tertiary] = [0, 1, 65].map((id) => fields.findLast((field) => field.id === id));
  const type = zero && meaningOf(zero.type, zero.length, false);
  const plain =
    type?.kind === 'element' && (type.draft.type === 'n' || type.draft.type === 'ans') ? type.draft : undefined;
  if (plain === undefined || zero?.length !== 4 || plain.prefix !== undefined)
    issue('mti', zero?.type ?? 'no field 0', 'an MTI is four digits; taken as ASCII');
  const mti = plain === undefined || plain.encoding === 'latin1' ? 'ascii' : plain.encoding;
  const map = one && meaningOf(one.type, one.length, false);
  if (map?.kind !== 'bitmap') {
    issue('bitmap', one?.type ?? 'no field 1', 'no bitmap; taken as binary');
    return { mti, bitmap: { encoding: 'binary', count: 2 } };
  }
  const third = tertiary !== undefined && meaningOf(tertiary.type, tertiary.length, false).kind === 'bitmap';
  if (third) return { mti, bitmap: { encoding: map.encoding, count: 3, third: 'in-place' } };
  const count = Math.min(3, Math.max(1, (one?.length ?? 16) >> 3));
  return { mti, bitmap: { encoding: map.encoding, count, ...(count === 3 && { third: 'behind' }) } };
}

function draftOf(field: PackagerField, path: string, issue: Report): ElementDraft | undefined {
  for (const key of Object.keys(field.attributes))
    if (!KNOWN.includes(key) && !(field.packager !== '' && NESTED.includes(key)))
      issue(path, `${key}="${field.attributes[key] ?? ''}"`, 'an attribute that is not known here', 'changed');
  if (field.length < 1) {
    issue(path, field.type, `of length ${field.length}`);
    return undefined;
  }
  const meaning = meaningOf(field.type, field.length, field.attributes['pad'] === 'true');
  if (meaning.kind !== 'element') {
    issue(path, field.type, whyNot(meaning));
    return undefined;
  }
  if (meaning.note !== undefined) issue(path, field.type, meaning.note, 'changed');
  const track = TRACKS.has(Number(path)) && meaning.draft.type === 'n';
  const draft: ElementDraft = { name: field.name, ...meaning.draft, ...(track && { type: 'z' as const }) };
  if (field.packager === '' && field.fields.length === 0) return draft;
  const content = contentOf(field, path, issue);
  if (typeof content !== 'string') return { ...draft, content };
  issue(path, field.packager, `${content}; the value stays whole`, 'changed');
  return draft;
}

function whyNot(meaning: ClassMeaning): string {
  if (meaning.kind === 'none') return meaning.reason;
  return meaning.kind === 'bitmap' ? 'a bitmap among elements' : 'a tag outside of GenericTaggedFieldsPackager';
}

/** What is inside a field: behind a bitmap, by tags, or by position. A text: why the value stays whole. */
function contentOf(field: PackagerField, path: string, issue: Report): Json | string {
  const inner = [...field.fields].sort((a, b) => a.id - b.id);
  const meanings = inner.map((one) => meaningOf(one.type, one.length, one.attributes['pad'] === 'true'));
  const map = meanings.findIndex(({ kind }) => kind === 'bitmap');
  if (map >= 0) return bitmappedContent(inner, meanings, map, path, issue);
  if (meanings.some(({ kind }) => kind === 'tagged')) return taggedContent(inner, meanings, path);
  if (!['GenericSubFieldPackager', 'GenericPackager', ''].includes(field.packager))
    return 'a packager that is not known here';
  if (inner.length === 0) return 'describes no subfields';
  const drafts = inner.map((one): [string, ElementDraft | undefined] => [
    `f${one.id}`,
    draftOf(one, `${path}.${one.id}`, issue),
  ]);
  const fields: Record<string, Json> = {};
  for (const [key, draft] of drafts) {
    if (draft === undefined) return 'a subfield that is not known hides where those behind it begin';
    fields[key] = elementOf(draft);
  }
  return { kind: 'fields', partial: true, fields };
}

function bitmappedContent(
  inner: readonly PackagerField[],
  meanings: readonly ClassMeaning[],
  map: number,
  path: string,
  issue: Report,
): Json | string {
  const meaning = meanings[map];
  const bytes = inner[map]?.length ?? 8;
  if (meaning?.kind !== 'bitmap' || meaning.encoding !== 'binary') return 'its bitmap is not binary';
  if (bytes < 1 || bytes > 16) return `its bitmap has ${bytes} bytes`;
  const fields: Record<string, Json> = {};
  for (const [index, one] of inner.entries()) {
    if (index === map || one.type === 'IF_NOP') continue;
    if (one.id < 1 || one.id > bytes * 8) issue(`${path}.${one.id}`, one.type, `the bitmap has ${bytes * 8} bits`);
    else {
      const draft = draftOf(one, `${path}.${one.id}`, issue);
      if (draft !== undefined) fields[String(one.id)] = elementOf(draft);
    }
  }
  return { kind: 'bitmapped', bytes, fields };
}

/** All subfields of one shape, each known by its `token`. */
function taggedContent(
  inner: readonly PackagerField[],
  meanings: readonly ClassMeaning[],
  path: string,
): Json | string {
  const shapes = meanings.flatMap((one) => (one.kind === 'tagged' ? [one] : []));
  const first = shapes[0];
  const same = shapes.every((one) => one.tagDigits === first?.tagDigits && one.lengthDigits === first.lengthDigits);
  if (first === undefined || !same || shapes.length < inner.length) return 'its tags are of several shapes';
  const tags: Record<string, Json> = {};
  for (const [index, one] of inner.entries()) {
    const token = one.attributes['token'] ?? '';
    if (!/^\d+$/.test(token) || token.length !== first.tagDigits)
      return `${path}.${one.id} has token "${token}", not ${first.tagDigits} digits`;
    const max = Math.min(one.length, 10 ** first.lengthDigits - 1);
    const binary = shapes[index]?.binary === true;
    tags[token] = {
      name: one.name,
      format: `${binary ? 'b' : 'ans'}....${max}`,
      encoding: binary ? 'binary' : 'latin1',
    };
  }
  const heads = {
    tag: { encoding: 'ascii', bytes: first.tagDigits },
    length: { encoding: 'ascii', bytes: first.lengthDigits },
  };
  return { kind: 'tags', ...heads, tags };
}
