import { build, type MessageInput } from './build.ts';
import { dialectOf } from './dialect.ts';
import { generateScan } from './fast/scan.ts';
import { generateWrite } from './fast/write.ts';
import { Layout } from './layout.ts';
import { Message } from './message.ts';
import type { Spec } from './plan.ts';
import { salvage, walk } from './walk.ts';

/** Reads and writes the messages of one dialect. */
export interface Codec {
  readonly spec: Spec;
  /** Checks everything and finds every element; values are read on demand. The message keeps a copy of `bytes`.
   *  @throws CodecError only */
  decode(bytes: Uint8Array): Message;
  /** The frame of a message. @throws CodecError only, for anything that would not read back the same */
  encode(input: MessageInput): Buffer;
  /** MTI and wanted elements of a frame that does not decode, as far as its structure holds; undefined without a readable MTI. */
  salvage(bytes: Uint8Array, wanted: readonly number[]): { mti: string; fields: Record<string, string> } | undefined;
}

/** Makes the codec of a dialect. Do it once a process: it takes milliseconds. */
export function compile(spec: Spec): Codec {
  const dialect = dialectOf(spec);
  const scan = generateScan(dialect);
  const write = generateWrite(dialect);
  return {
    spec,
    decode: (bytes) => {
      const copy = Buffer.from(bytes);
      const elements: number[] = [];
      const spans: number[] = [];
      const mti = scan?.(copy, elements, spans);
      return new Message(dialect, copy, mti === undefined ? walk(dialect, copy) : new Layout(mti, elements, spans));
    },
    encode: (input) => write?.(input) ?? build(dialect, input),
    salvage: (bytes, wanted) => salvage(dialect, Buffer.from(bytes), wanted),
  };
}
