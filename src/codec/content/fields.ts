import { CodecError } from '../error.ts';
import type { ElementPlan } from '../plan.ts';
import {
  pairsOf,
  shownKey,
  type ContentCodec,
  type Entry,
  type Part,
  type Workshop,
  type PartsInput,
} from './types.ts';

type Row = readonly (readonly [string, Part])[];

/** Subfields that follow each other by position, once or as rows of the same shape (`54.2.amount` is in the second row).
 *  `partial`: subfields at the end may be absent. */
export function fieldsContent(
  plan: {
    readonly fields: readonly (readonly [string, ElementPlan])[];
    readonly repeat: number;
    readonly partial: boolean;
  },
  workshop: Workshop,
): ContentCodec {
  const row: Row = plan.fields.map(([key, element]) => [key, workshop.part(element)]);
  const repeated = plan.repeat > 1;

  const checkRow = (bytes: Buffer, from: number, path: string, offset: number): number => {
    let at = from;
    for (const [key, part] of row) {
      if (plan.partial && at >= bytes.length) return at;
      const inner = `${path}.${key}`;
      const extent = locate(part, bytes, at, inner, offset);
      try {
        part.check(bytes, extent, inner);
      } catch (error) {
        throw shifted(error, offset);
      }
      at = extent.end;
    }
    return at;
  };

  const entriesOf = (bytes: Buffer, from: number): Entry[] => {
    const found: Entry[] = [];
    let at = from;
    for (const [key, part] of row) {
      if (plan.partial && at >= bytes.length) break;
      const extent = part.locate(bytes, at, bytes.length, key);
      const children = part.content?.entries(part.inner(bytes, extent));
      const name = part.plan.name;
      found.push({
        key,
        name,
        plan: part.plan,
        at,
        start: extent.start,
        end: extent.end,
        value: part.read(bytes, extent),
        ...(children && { children }),
      });
      at = extent.end;
    }
    return found;
  };

  return {
    check: (bytes, path, offset) => {
      let at = 0;
      for (let index = 1; at < bytes.length || index === 1; index++) {
        if (repeated && bytes.length === 0) return;
        if (index > plan.repeat)
          throw new CodecError('bad-tlv', path, offset + at, `${bytes.length - at} bytes after the last subfield`);
        const next = checkRow(bytes, at, repeated ? `${path}.${index}` : path, offset);
        if (next === at && index > 1) return;
        at = next;
      }
    },
    entries: (bytes) => {
      if (!repeated) return entriesOf(bytes, 0);
      const rows: Entry[] = [];
      for (let at = 0; at < bytes.length;) {
        const children = entriesOf(bytes, at);
        const end = children.at(-1)?.end ?? bytes.length;
        rows.push({
          key: String(rows.length + 1),
          at,
          start: at,
          end,
          value: workshop.unknown.read(bytes, { start: at, end, units: end - at }),
          children,
        });
        at = end;
      }
      return rows;
    },
    write: (input, path) => {
      if (!repeated) return writeRow(row, input, path, plan.partial);
      return Buffer.concat(
        pairsOf(input, path).map(([index, value], position) => {
          if (index !== String(position + 1))
            throw new CodecError('bad-tlv', `${path}.${position + 1}`, 0, `row ${position + 1} is missing`);
          if (typeof value === 'string')
            throw new CodecError('bad-tlv', `${path}.${index}`, 0, 'a row is given by its subfields');
          return writeRow(row, value, `${path}.${index}`, plan.partial);
        }),
      );
    },
  };
}

function writeRow(row: Row, input: PartsInput, path: string, partial: boolean): Buffer {
  const given = new Map(pairsOf(input, path));
  const bytes: Buffer[] = [];
  for (const [key, part] of row) {
    const value = given.get(key);
    if (value === undefined) {
      if (partial && given.size === 0) break;
      throw new CodecError('missing-field', `${path}.${key}`, 0, 'the subfield is missing');
    }
    bytes.push(part.write(value, `${path}.${key}`));
    given.delete(key);
  }
  for (const key of given.keys())
    throw new CodecError('undefined-field', `${path}.${shownKey(key)}`, 0, 'no such subfield');
  return Buffer.concat(bytes);
}

function locate(part: Part, bytes: Buffer, at: number, path: string, offset: number): ReturnType<Part['locate']> {
  try {
    return part.locate(bytes, at, bytes.length, path);
  } catch (error) {
    throw shifted(error, offset);
  }
}

/** The same fault, counted from the beginning of the frame. */
function shifted(error: unknown, offset: number): unknown {
  return error instanceof CodecError
    ? new CodecError(error.code, error.path, error.offset + offset, error.reason)
    : error;
}
