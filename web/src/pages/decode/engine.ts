import '../../node/globals.ts';
import { cutBy, rankFramings, type Candidate } from '../../../../src/capture/doctor/rank.ts';
import { isPcap, readStreams } from '../../../../src/capture/pcap/read.ts';
import {
  CodecError,
  elementsOf,
  interpret,
  loadSpec,
  titleOf,
  type Message,
  type Reader,
  type ShownElement,
} from '../../../../src/codec/index.ts';
import type { Language } from '../../../../src/field/language.ts';
import { Bytes } from '../../node/bytes.ts';
import { dialectNames } from '../../node/modules.ts';

/** The codec and the doctor of the gateway, run in the browser: nothing of what is decoded leaves it. Loaded with its page. */

/** Messages that are drawn, and bytes of a stream that are looked at. */
const MOST_MESSAGES = 100;
const MOST_STREAM_BYTES = 65_536;

export type { Candidate };

/** @returns samples as they were on the wire */
export function samplesOfHex(samples: readonly string[]): Uint8Array[] {
  return samples.map((digits) => Bytes.from(digits, 'hex'));
}

/** @returns undefined: it is no packet capture
 *  @throws Error that says what is wrong with the file, and where */
export function samplesOfPcap(file: ArrayBuffer, name: string): Uint8Array[] | undefined {
  const bytes = Bytes.from(file) as unknown as Buffer;
  if (!isPcap(bytes)) return undefined;
  return [...readStreams(bytes, name, MOST_STREAM_BYTES).values()].flat();
}

let known: (readonly [string, Reader])[] | undefined;

function readers(): (readonly [string, Reader])[] {
  known ??= dialectNames.map((name) => [name, interpret(loadSpec(name))] as const);
  return known;
}

/** How the bytes could be cut and read, the best first. */
export function guess(samples: readonly Uint8Array[]): Candidate[] {
  return rankFramings(samples as readonly Buffer[], readers()).filter(({ explained }) => explained > 0);
}

export type Decoded =
  | { readonly ok: true; readonly mti: string; readonly title: string; readonly hex: string; readonly elements: readonly PlacedElement[] } // prettier-ignore
  | { readonly ok: false; readonly path: string; readonly offset: number; readonly reason: string; readonly length: number }; // prettier-ignore

export interface PlacedElement extends ShownElement {
  readonly at: number;
  readonly length: number;
}

/** The messages, as a candidate cuts and reads them; what is secret in them stays hidden. */
export function decode(samples: readonly Uint8Array[], { framing, dialect }: Candidate, language: Language): Decoded[] {
  const reader = readers().find(([name]) => name === dialect)?.[1];
  if (reader === undefined) return [];
  return cutBy(framing, samples as readonly Buffer[])
    .slice(0, MOST_MESSAGES)
    .map((body) => decodeOne(reader, body, language));
}

function decodeOne(reader: Reader, body: Buffer, language: Language): Decoded {
  let message: Message;
  try {
    message = reader.decode(body);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { ok: false, path: error.path, offset: error.offset, reason: error.reason, length: body.length };
  }
  const shown = elementsOf(message, language);
  let hex = body.toString('hex').toUpperCase();
  const elements = shown.map((element, n) => {
    const at = element.offset;
    const length = (shown[n + 1]?.offset ?? body.length) - at;
    if (element.hex === undefined) hex = hex.slice(0, at * 2) + '*'.repeat(length * 2) + hex.slice((at + length) * 2);
    return { ...element, at, length };
  });
  return { ok: true, mti: message.mti, title: titleOf(message, language), hex, elements };
}
