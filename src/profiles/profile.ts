import { compile, loadSpec, presenceFault, type Codec, type Message, type MessageInput } from '../codec/index.ts';
import type { Answer } from './answer.ts';
import type { Mapped } from './transaction.ts';

/** What an answer needs of its request, also of one that does not decode. */
export type Answerable = Pick<Message, 'mti' | 'get' | 'fields' | 'entries'>;

/** How one PSP's variant of the wire maps to the canonical transaction, and back. Every part is a pure function. */
export interface Mapping {
  /** What its bytes are read and written by (specs/*.json); what must be in a message stands there too (`presence`). */
  readonly dialect: string;
  /** The MTIs and processing codes that it serves: a closed set, for metrics. */
  readonly mtis: ReadonlySet<string>;
  readonly processingCodes: ReadonlySet<string>;
  /** Read out of a frame that does not decode, so that it can be answered with RC 30 (wire.md 3). */
  readonly salvaged: readonly number[];
  /** The network management code (DE 70 of wire.md 3) of a message that may come before there are keys; undefined: of another. */
  readonly networkCode: (message: Message) => string | undefined;
  /** A message whose presence was checked. */
  readonly read: (message: Message) => Mapped;
  /** Without its MAC. But for the time, it depends on nothing but request and answer: a repeat gets the same bytes (wire.md 9.1). */
  readonly write: (request: Answerable, answer: Answer, now: number) => MessageInput;
}

/** What a terminal speaks, in three steps: `decode` makes a message of bytes, `read` the request that handlers know, `write` the
 *  message of an answer. */
export interface Profile extends Mapping {
  readonly name: string;
  readonly codec: Codec;
  /** @throws CodecError only */
  readonly decode: (bytes: Uint8Array) => Message;
  /** What of a frame that does not decode an answer needs; undefined: nobody can be answered. */
  readonly salvage: (bytes: Uint8Array) => Answerable | undefined;
}

/** Makes a profile of its mapping. Do it once a process: compiling the dialect takes milliseconds. */
export function openProfile(name: string, mapping: Mapping): Profile {
  const codec = compile(loadSpec(mapping.dialect));
  return {
    name,
    codec,
    dialect: mapping.dialect,
    mtis: mapping.mtis,
    processingCodes: mapping.processingCodes,
    salvaged: mapping.salvaged,
    networkCode: mapping.networkCode,
    decode: (bytes) => codec.decode(bytes),
    salvage: (bytes) => salvageOf(codec, bytes, mapping.salvaged),
    read: (message) => absent(message) ?? mapping.read(message),
    write: mapping.write,
  };
}

/** What the dialect says must, or must not, be there. */
function absent(message: Message): Mapped | undefined {
  const fault = presenceFault(message);
  return fault === undefined ? undefined : { kind: 'refused', rc: '30', ...fault };
}

function salvageOf(codec: Codec, bytes: Uint8Array, wanted: readonly number[]): Answerable | undefined {
  const { mti, fields } = codec.salvage(bytes, wanted) ?? {};
  if (mti === undefined || fields?.['11'] === undefined || fields['41'] === undefined) return undefined;
  return {
    mti,
    get: (de: number | string) => fields[String(de)],
    fields: () => Object.keys(fields).map(Number),
    entries: () => [],
  };
}
