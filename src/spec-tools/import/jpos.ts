import type { Json } from '../check/source.ts';
import { jposClass, type JposValue } from '../jpos/classes.ts';
import { specOf, type ElementDraft, type Imported, type ImportIssue } from './draft.ts';
import { draftOf } from './jpos-content.ts';
import type { Report } from './jpos-field.ts';
import { packagerFields, type PackagerField } from './jpos-xml.ts';

/** A jPOS GenericPackager file as a dialect of ours. @throws GatewayError when it is no such file */
export function importJpos(xml: string, name: string): Imported {
  const { attributes, fields, validators } = packagerFields(xml);
  const issues: ImportIssue[] = [];
  const issue: Report = (path, what, reason, kind = 'lost') => void issues.push({ path, what, kind, reason });
  for (const { path, type } of validators)
    issue(path, type, 'a validator: what it checks is not checked here', 'changed');
  if (attributes['headerLength'] !== undefined && attributes['headerLength'] !== '0')
    issue(
      '',
      `headerLength="${attributes['headerLength']}"`,
      'a header before the MTI belongs to the framing, not the dialect',
    );
  if (attributes['emitBitmap'] === 'false') issue('bitmap', 'emitBitmap="false"', 'messages without a bitmap');
  const [map = '1', third = '65'] = [attributes['bitmapField'], attributes['thirdBitmapField']];
  if (map !== '1') issue('bitmap', `bitmapField="${map}"`, 'the bitmap is described as field 1 here');
  if (third !== '65')
    issue('bitmap', `thirdBitmapField="${third}"`, 'the third bitmap stands behind, or in element 65');
  const { mti, bitmap } = headOf(fields, issue);
  const drafts = new Map<number, ElementDraft>();
  for (const field of fields) {
    if (field.id < 2) continue;
    if (field.id === 65 && jposClass(field.type).kind === 'bitmap') continue;
    if (field.id > bitmap.count * 64) {
      issue(String(field.id), field.type, `the bitmaps reach element ${bitmap.count * 64}`);
      continue;
    }
    if (drafts.has(field.id)) issue(String(field.id), field.type, 'stands twice: the last counts', 'changed');
    const draft = draftOf(field, String(field.id), issue);
    if (draft === undefined) drafts.delete(field.id);
    else drafts.set(field.id, draft);
  }
  const title = `Imported from the jPOS packager ${name}`;
  return { json: specOf({ name, title, mti, bitmap, fields: drafts }), issues };
}

const MTIS: Readonly<Partial<Record<JposValue, string>>> = {
  latin1: 'ascii',
  digits: 'ascii',
  packed: 'bcd',
  'packed-F': 'bcd',
  ebcdic: 'ebcdic',
  'ebcdic-digits': 'ebcdic',
};

/** MTI and bitmaps, which jPOS describes as fields 0 and 1. */
function headOf(fields: readonly PackagerField[], issue: Report): { mti: string; bitmap: Json & { count: number } } {
  const [zero, one, tertiary] = [0, 1, 65].map((id) => fields.findLast((field) => field.id === id));
  const type = zero && jposClass(zero.type);
  const mti = type?.kind === 'value' && type.length === undefined ? MTIS[type.value] : undefined;
  if (mti === undefined || zero?.length !== 4)
    issue('mti', zero?.type ?? 'no field 0', 'an MTI is four digits; taken as ASCII');
  const map = one && jposClass(one.type);
  if (map?.kind !== 'bitmap') {
    issue('bitmap', one?.type ?? 'no field 1', 'no bitmap; taken as binary');
    return { mti: mti ?? 'ascii', bitmap: { encoding: 'binary', count: 2 } };
  }
  const head = { mti: mti ?? 'ascii' };
  if (!map.extends) return { ...head, bitmap: { encoding: map.encoding, count: 1 } };
  const third = tertiary !== undefined && jposClass(tertiary.type).kind === 'bitmap';
  if (third) return { ...head, bitmap: { encoding: map.encoding, count: 3, third: 'in-place' } };
  const count = Math.min(3, Math.max(1, (one?.length ?? 16) >> 3));
  return { ...head, bitmap: { encoding: map.encoding, count, ...(count === 3 && { third: 'behind' }) } };
}
