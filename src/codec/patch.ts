import type { Extent, FieldInput } from './content/types.ts';
import { elementOf, type Dialect } from './dialect.ts';
import { ELEMENT, Layout, layoutOf, PLACE } from './layout.ts';
import { BYTES } from './reading.ts';
import { SHARED_BYTES } from './room.ts';

/** Elements (`4`) or tags (`'48.13'`) with their new values; `undefined` removes. */
export type ChangedPairs = readonly (readonly [path: string | number, value: FieldInput | undefined])[];

/** The frame copied with other values in the place of old ones.
 *  @returns undefined where elements come or go, or parts of them change
 *  @throws CodecError for a value that the element cannot hold */
export function replaced(dialect: Dialect, layout: Layout, changes: ChangedPairs): Layout | undefined {
  return inPlace(dialect, layout, changes) ?? moved(dialect, layout, changes);
}

/** Values as long as the old ones: one copy of the frame, and every place stays. */
function inPlace(dialect: Dialect, layout: Layout, changes: ChangedPairs): Layout | undefined {
  const { mti, length, places, first, last } = layout;
  if (length > SHARED_BYTES) return undefined;
  const { room, writers, readings, elements } = dialect;
  const at = room.take(layout.bytes, layout.base, length);
  for (const [path, value] of changes) {
    const de = Number(path);
    const place = layout.find(de);
    const write = writers[de];
    if (place < 0 || write === undefined || typeof value !== 'string') return undefined;
    if (typeof path === 'string' && String(de) !== path) return undefined;
    const { start, units } = layout.extentAt(place);
    if (units !== (readings[de] === BYTES ? value.length / 2 : value.length)) return undefined;
    if (write(value, room.bytes, at + start - (elements[de]?.prefixBytes ?? 0)) < 0) return undefined;
  }
  room.used = at + length;
  return new Layout(mti, room.bytes, at, length, places, first, last, readings);
}

/** Values of any length: what lies between them is copied, and what comes behind them moves. */
function moved(dialect: Dialect, layout: Layout, changes: ChangedPairs): Layout | undefined {
  const values = new Map<number, string>();
  for (const [path, value] of changes) {
    const de = Number(path);
    if (typeof value !== 'string' || String(de) !== String(path) || layout.find(de) < 0) return undefined;
    values.set(de, value);
  }
  const frame = layout.bytes.subarray(layout.base, layout.base + layout.length);
  const found: [number, Extent][] = [];
  const parts: Buffer[] = [];
  let from = 0;
  let shift = 0;
  for (let place = layout.first; place < layout.last; place += PLACE) {
    const de = (layout.places[place] ?? 0) & ELEMENT;
    const { start, end, units } = layout.extentAt(place);
    const value = values.get(de);
    const begin = start + shift;
    let after = units;
    if (value !== undefined) {
      const element = elementOf(dialect, de, 0);
      const piece = element.write(value, String(de));
      parts.push(frame.subarray(from, start - element.prefixBytes), piece);
      from = end;
      shift += piece.length - element.prefixBytes - (end - start);
      after = element.locate(piece, 0, piece.length, String(de)).units;
    }
    found.push([de, { start: begin, end: end + shift, units: after }]);
  }
  const bytes = Buffer.concat([...parts, frame.subarray(from)]);
  return layoutOf(layout.mti, bytes, found, dialect.readings);
}
