import { build, type MessageInput } from './build.ts';
import { demandBytes } from './bytes.ts';
import { dialectOf, type Dialect } from './dialect.ts';
import { CodecError } from './error.ts';
import { generateWriters } from './fast/element.ts';
import { generateScan, type Scan } from './fast/scan.ts';
import { generateWrite } from './fast/write.ts';
import { Layout } from './layout.ts';
import { Message } from './message.ts';
import type { FieldTypes, Spec } from './plan.ts';
import { SHARED_BYTES } from './room.ts';
import { salvage, tolerantWalk, walk, type OddElement } from './walk.ts';

/** Reads and writes the messages of one dialect. */
export interface Codec<F = FieldTypes> {
  readonly spec: Spec<F>;
  /** Checks everything and finds every element; values are read on demand. The message keeps a copy of `bytes`.
   *  @throws CodecError only */
  decode(bytes: Uint8Array): Message<F>;
  /** Like `decode`, for who can do without what is odd: an element whose own content or length is at fault is not in the message,
   *  and is named in `odd`, as long as the structure holds and it is not `needed`.
   *  @throws CodecError only */
  tolerate(bytes: Uint8Array, needed: ReadonlySet<number>): { message: Message<F>; odd: readonly OddElement[] };
  /** The frame of a message. @throws CodecError only, for anything that would not read back the same */
  encode(input: MessageInput): Buffer;
  /** MTI and wanted elements of a frame that does not decode, as far as its structure holds; undefined without a readable MTI.
   *  @throws CodecError when `bytes` are none */
  salvage(bytes: Uint8Array, wanted: readonly number[]): { mti: string; fields: Record<string, string> } | undefined;
}

/** Makes the codec of a dialect. Do it once a process: it takes milliseconds. */
export function compile<F = FieldTypes>(spec: Spec<F>): Codec<F> {
  const dialect = dialectOf(spec as Spec, generateWriters(spec.fields));
  const scan = generateScan(dialect);
  const write = generateWrite(dialect);
  return {
    spec,
    decode: (bytes) => {
      demandBytes(bytes);
      const layout = scan === undefined ? undefined : scanned(dialect, scan, bytes);
      return new Message<F>(dialect, layout ?? walk(dialect, Buffer.from(bytes)));
    },
    tolerate: (bytes, needed) => {
      demandBytes(bytes);
      const { layout, odd } = tolerantWalk(dialect, Buffer.from(bytes), needed);
      return { message: new Message<F>(dialect, layout), odd };
    },
    encode: (input) => write?.(input) ?? build(dialect, input),
    salvage: (bytes, wanted) => {
      demandBytes(bytes);
      return salvage(dialect, Buffer.from(bytes), wanted);
    },
  };
}

const MTIS = Array.from({ length: 10_000 }, (_, number) => String(number).padStart(4, '0'));

/** A sound frame, copied to the dialect's room; undefined where the reference has to look at it. */
function scanned(dialect: Dialect, scan: Scan, bytes: Uint8Array): Layout | undefined {
  const { length } = bytes;
  if (length > SHARED_BYTES) return undefined;
  const { room } = dialect;
  room.makeRoom(length);
  room.makePlaces();
  const { places, taken, used } = room;
  room.bytes.set(bytes, used);
  let last = -1;
  try {
    last = scan(room.bytes, room.view, used, used + length, places, taken);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
  if (last < 0) return undefined;
  room.used = used + length;
  room.taken = last;
  return new Layout(
    MTIS[places[taken] ?? 0] ?? '',
    room.bytes,
    used,
    length,
    places,
    taken + 1,
    last,
    dialect.readings,
  );
}
