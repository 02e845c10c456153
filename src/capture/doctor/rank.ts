import {
  CodecError,
  FrameDecoder,
  presenceFault,
  type FrameOptions,
  type Message,
  type Reader,
} from '../../codec/index.ts';

/** How bytes could be cut and read. */
export interface Candidate {
  readonly framing: string;
  readonly dialect: string;
  /** Messages that decode, of those that the framing cuts. */
  readonly decoded: number;
  readonly cut: number;
  /** Share of all bytes that are explained: by whole messages, and by the part of others before their first fault. */
  readonly explained: number;
  /** Rules of presence kept, and tags known by name: what tells a dialect from the one that it extends. */
  readonly particular: number;
  /** For a person: what speaks for it and against it. Never content. */
  readonly evidence: readonly string[];
}

type Cutter = (bytes: Buffer) => { frames: Buffer[]; rest: number };

const HEADERS: readonly (readonly [string, FrameOptions | undefined])[] = [
  ['no header, one message a sample', undefined],
  ['2 bytes, big-endian', { header: 'binary2' }],
  ['2 bytes, big-endian, counting itself', { header: 'binary2', lengthIncludesHeader: true }],
  ['4 ASCII digits', { header: 'ascii4' }],
  ['4 ASCII digits, counting themselves', { header: 'ascii4', lengthIncludesHeader: true }],
  ['2 bytes BCD', { header: 'bcd2' }],
  ['2 bytes BCD, counting themselves', { header: 'bcd2', lengthIncludesHeader: true }],
  ['4 bytes, big-endian', { header: 'binary4' }],
];
const MAX_FRAME = 65_535;
const MAX_SAMPLES = 1_000;

/** Ranks every framing with every dialect by how much of the bytes they explain, best first. Pure: it runs in a browser too.
 *  @param samples bytes as they were on the wire: streams, or messages with or without their headers */
export function rankFramings(
  samples: readonly Buffer[],
  readers: readonly (readonly [dialect: string, reader: Reader])[],
): Candidate[] {
  const used = samples.slice(0, MAX_SAMPLES).filter(({ length }) => length > 0);
  const candidates: Candidate[] = [];
  for (const [framing, cutter] of cutters()) {
    const cut = used.map(cutter);
    for (const [dialect, reader] of readers) candidates.push(judge(framing, dialect, reader, used, cut));
  }
  return candidates.sort(
    (a, b) =>
      b.explained - a.explained ||
      b.decoded - a.decoded ||
      b.particular - a.particular ||
      a.framing.length - b.framing.length,
  );
}

/** Messages of samples, cut as a candidate says.
 *  @param framing of a candidate */
export function cutBy(framing: string, samples: readonly Buffer[]): Buffer[] {
  const cutter = [...cutters()].find(([title]) => title === framing)?.[1];
  return cutter === undefined ? [] : samples.flatMap((sample) => cutter(sample).frames);
}

function* cutters(): Generator<readonly [string, Cutter]> {
  for (const [name, header] of HEADERS) {
    for (const tpdu of [false, true]) {
      const title = `${name}${tpdu ? ', then a TPDU' : ''}`;
      if (header !== undefined) yield [title, stream({ ...header, tpdu, maxBytes: MAX_FRAME })];
      else yield [title, (bytes) => ({ frames: [tpdu ? bytes.subarray(5) : bytes], rest: 0 })];
    }
  }
}

function stream(options: FrameOptions): Cutter {
  return (bytes) => {
    const decoder = new FrameDecoder(options);
    const frames: Buffer[] = [];
    try {
      for (const { body, keepAlive } of decoder.push(bytes)) if (!keepAlive) frames.push(body);
      return { frames, rest: decoder.pending };
    } catch {
      return { frames: [], rest: bytes.length }; // the length makes no sense
    }
  };
}

function judge(
  framing: string,
  dialect: string,
  codec: Reader,
  samples: readonly Buffer[],
  cut: readonly { frames: Buffer[]; rest: number }[],
): Candidate {
  const total = samples.reduce((sum, { length }) => sum + length, 0);
  const frames = cut.flatMap((one) => one.frames);
  const faults = new Map<string, number>();
  let explained = 0;
  let decoded = 0;
  let particular = 0;
  for (const frame of frames) {
    const fault = faultOf(codec, frame);
    if (fault === undefined) {
      decoded++;
      explained += frame.length;
      particular += particularsOf(codec.decode(frame));
    } else {
      explained += Math.min(fault.offset, frame.length) / 2; // half: a beginning that fits may be chance
      const text = `${fault.path}: ${fault.reason}`;
      faults.set(text, (faults.get(text) ?? 0) + 1);
    }
  }
  // A header that fits is a part of what is explained; it is as long as what framing took away.
  const headers =
    total - cut.reduce((sum, one) => sum + one.rest, 0) - frames.reduce((sum, { length }) => sum + length, 0);
  const whole =
    frames.length > 0 && decoded === frames.length ? headers : (headers * decoded) / Math.max(1, frames.length);
  const rest = cut.filter((one) => one.rest > 0).length;
  const most = [...faults].sort((a, b) => b[1] - a[1]).slice(0, 2);
  const evidence = [
    `${decoded} of ${frames.length} messages decode`,
    ...(particular === 0 ? [] : [`${particular} tags and rules of its own hold`]),
    ...(rest === 0 ? [] : [`in ${rest} of ${samples.length} samples bytes are left over`]),
    ...most.map(([text, count]) => `${count} ×  ${text}`),
  ];
  return {
    framing,
    dialect,
    decoded,
    cut: frames.length,
    explained: total === 0 ? 0 : (explained + whole) / total,
    particular,
    evidence,
  };
}

/** Tags of DE 55 are every dialect's. */
const EMV = 55;

function particularsOf(message: Message): number {
  const { presence } = message.spec;
  const ruled = presence[message.mti.slice(0, 3)] !== undefined && presenceFault(message) === undefined;
  let known = ruled ? 1 : 0;
  for (const de of message.fields())
    if (de !== EMV) known += message.entries(de).filter(({ name }) => name !== undefined).length;
  return known;
}

export interface Fault {
  readonly path: string;
  readonly offset: number;
  readonly reason: string;
}

/** Where a dialect no longer fits a message; undefined: it fits. */
export function faultOf(codec: Reader, frame: Buffer): Fault | undefined {
  try {
    codec.decode(frame);
    return undefined;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { path: error.path, offset: error.offset, reason: error.reason };
  }
}
