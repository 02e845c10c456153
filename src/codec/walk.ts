import { bitmapSize, bitsOf, readBitmap, readBitmaps } from './bitmap.ts';
import type { Extent } from './content/types.ts';
import { checkMti, elementOf, type Dialect } from './dialect.ts';
import { CodecError } from './error.ts';
import { layoutOf, type Layout } from './layout.ts';

/** Finds and checks every element of a frame. The reference: slow, and exact about what is wrong.
 *  @throws CodecError for the first fault */
export function walk(dialect: Dialect, bytes: Buffer): Layout {
  const mti = readMti(dialect, bytes);
  checkMti(dialect, mti, 0);
  const found: [number, Extent][] = [];
  const end = steps(dialect, bytes, (de, extent) => {
    elementOf(dialect, de, extent.start).check(bytes, extent, String(de));
    found.push([de, extent]);
  });
  if (end < bytes.length) throw trailing(bytes, end);
  return layoutOf(mti, bytes, found, dialect.readings);
}

/** An element that is not what the dialect says. `text`: its bytes as ISO 8859-1; it may be cardholder data. */
export interface OddElement {
  readonly de: number;
  readonly text: string;
  readonly fault: CodecError;
}

/** Finds the elements of a frame and passes over those whose own content or length is at fault.
 *  @throws CodecError where the structure does not hold, and for a fault of an element that is `needed` */
export function tolerantWalk(
  dialect: Dialect,
  bytes: Buffer,
  needed: ReadonlySet<number>,
): { layout: Layout; odd: OddElement[] } {
  const mti = readMti(dialect, bytes);
  checkMti(dialect, mti, 0);
  const found: [number, Extent][] = [];
  const odd: OddElement[] = [];
  const visit = (de: number, extent: Extent, at: number): void => {
    const element = elementOf(dialect, de, at);
    try {
      element.checkLength(extent.units, String(de), at);
      element.check(bytes, extent, String(de));
      found.push([de, extent]);
    } catch (fault) {
      if (!(fault instanceof CodecError) || needed.has(de)) throw fault;
      odd.push({ de, text: bytes.toString('latin1', extent.start, extent.end), fault });
    }
  };
  const end = steps(dialect, bytes, visit, 'of any length');
  if (end < bytes.length) throw trailing(bytes, end);
  return { layout: layoutOf(mti, bytes, found, dialect.readings), odd };
}

function trailing(bytes: Buffer, end: number): CodecError {
  return new CodecError('trailing', 'end', end, `${bytes.length - end} bytes after the last element`);
}

/** Visits elements in their order as far as the structure holds. @returns where the last one ends */
function steps(
  dialect: Dialect,
  bytes: Buffer,
  visit: (de: number, extent: Extent, at: number) => void,
  lengths: 'checked' | 'of any length' = 'checked',
): number {
  const plan = dialect.spec.bitmap;
  const announced = readBitmaps(plan, bytes, dialect.mtiBytes);
  let at = announced.end;
  const queue = announced.elements;
  for (let index = 0; index < queue.length; index++) {
    const de = queue[index] ?? 0;
    if (de === 65 && plan.count === 3) {
      const third = bitsOf(readBitmap(plan, bytes, at, '65'), 128);
      if (third.length === 0) throw new CodecError('bad-bitmap', '65', at, 'the third bitmap is empty');
      queue.push(...third);
      at += bitmapSize(plan);
      continue;
    }
    const element = elementOf(dialect, de, bitOffset(dialect, de, at));
    const extent =
      lengths === 'checked'
        ? element.locate(bytes, at, bytes.length, String(de))
        : element.extent(bytes, at, bytes.length, String(de));
    visit(de, extent, at);
    at = extent.end;
  }
  return at;
}

/** The byte of the frame that holds an element's bit; `at` for one of a third bitmap, which has no fixed place. */
function bitOffset(dialect: Dialect, de: number, at: number): number {
  if (de > 128) return at;
  const { encoding } = dialect.spec.bitmap;
  return dialect.mtiBytes + (encoding === 'binary' ? (de - 1) >> 3 : (de - 1) >> 2);
}

/** @throws CodecError `truncated`, `bad-mti` */
function readMti(dialect: Dialect, bytes: Buffer): string {
  const { mtiBytes } = dialect;
  if (bytes.length < mtiBytes)
    throw new CodecError('truncated', 'mti', 0, `needs ${mtiBytes} bytes, ${bytes.length} are there`);
  const fault = dialect.mti.check(bytes, 0, mtiBytes, 4);
  if (fault !== undefined) throw new CodecError('bad-mti', 'mti', fault.at, fault.reason);
  return dialect.mti.read(bytes, 0, mtiBytes, 4);
}

/** MTI and wanted elements of a frame that does not decode: those whose own content is sound, as far as the structure holds. */
export function salvage(
  dialect: Dialect,
  bytes: Buffer,
  wanted: readonly number[],
): { mti: string; fields: Record<string, string> } | undefined {
  const fields: Record<string, string> = {};
  let mti: string;
  try {
    mti = readMti(dialect, bytes);
  } catch {
    return undefined; // nothing to answer to
  }
  try {
    steps(dialect, bytes, (de, extent) => {
      const element = elementOf(dialect, de, extent.start);
      if (!wanted.includes(de) || element.value.check(bytes, extent.start, extent.end, extent.units) !== undefined)
        return;
      fields[String(de)] = element.read(bytes, extent);
    });
  } catch {
    return { mti, fields }; // the structure ends here; what came before is what there is
  }
  return { mti, fields };
}
