import { readdirSync } from 'node:fs';
import {
  CodecError,
  compile,
  describe,
  FrameDecoder,
  loadSpec,
  presenceFault,
  type Codec,
} from '../../../src/codec/index.ts';
import { dialectOf, type Dialect } from '../../../src/codec/dialect.ts';
import { walk } from '../../../src/codec/walk.ts';

const specs = new URL('../../conformance/specs/', import.meta.url);

interface Subject {
  readonly codec: Codec;
  readonly dialect: Dialect;
}

/** Every dialect there is: ours, and those of the corpus. */
export const SUBJECTS: ReadonlyMap<string, Subject> = new Map(
  [
    ...['kalabarg-pos', 'bank-switch', 'iso87-ascii', 'iso87-ascii-hexbitmap', 'iso87-bcd', 'iso87-ebcdic'],
    ...['iso93-ascii', 'iso93-bcd', 'iso2003-ascii'],
    ...readdirSync(specs).map((file) => new URL(file, specs).pathname),
  ].map((name) => {
    const spec = loadSpec(name);
    return [spec.name, { codec: compile(spec), dialect: dialectOf(spec) }];
  }),
);

/** What must hold of any bytes, in any dialect. @throws Error naming what does not hold */
export function check(name: string, bytes: Buffer): void {
  const subject = SUBJECTS.get(name);
  if (subject === undefined) throw new Error(`no dialect ${name}`);
  const { codec, dialect } = subject;
  const expected = outcome(() => walk(dialect, Buffer.from(bytes)).elements.join());
  const found = outcome(() => codec.decode(bytes).fields().join());
  if (found !== expected) throw new Error(`generated code says ${found}, the reference ${expected}`);
  codec.salvage(bytes, [3, 11, 41, 42]);
  cut(bytes);
  if (expected.startsWith('error')) return;
  const message = codec.decode(bytes);
  if (!message.encode().equals(bytes)) throw new Error('the message encodes to other bytes than it was decoded from');
  const again = codec.encode(message.clearFields({ deep: true }));
  if (!again.equals(bytes)) throw new Error(`its values encode to ${again.toString('hex')}`);
  describe(message, { offsets: true, hex: true });
  presenceFault(message);
  if (
    message.has(11) &&
    !message
      .with({ 11: message.get(11) })
      .encode()
      .equals(bytes)
  )
    throw new Error('patching an element with its own value changes the frame');
}

/** @throws what is no CodecError */
function outcome(action: () => string): string {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return `error ${error.code} ${error.path} ${error.offset} ${error.reason}`;
  }
}

/** Whole, or a byte at a time: the same frames, or the same refusal. */
function cut(bytes: Buffer): void {
  const frames = (chunks: readonly Buffer[]): string => {
    const decoder = new FrameDecoder({ header: 'binary2', maxBytes: 4_096, tpdu: (bytes[0] ?? 0) % 2 === 1 });
    return outcome(() =>
      chunks
        .flatMap((chunk) => decoder.push(chunk))
        .map(({ body }) => body.toString('hex'))
        .join(),
    );
  };
  const whole = frames([bytes]);
  const single = frames(Array.from(bytes, (byte) => Buffer.from([byte])));
  if (whole !== single && !(whole.startsWith('error') && single.startsWith('error')))
    throw new Error(`framing whole gives ${whole}, byte by byte ${single}`);
}
