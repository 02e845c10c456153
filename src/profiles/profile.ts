import { compile, presenceFault, type Codec, type Message, type MessageInput } from '../codec/index.ts';
import type { Answer, Answerable } from './answer.ts';
import { compileAnswers } from './compile/answers.ts';
import { compileRequests, networkRequests, type Route, type Routes } from './compile/requests.ts';
import { refused } from './kinds/index.ts';
import type { LoadedProfile } from './language/load.ts';
import type { Mapped, NotContent } from './transaction.ts';
import { Source, NOWHERE, type Arrival } from './wire/source.ts';

/** What a terminal speaks, in three steps: `decode` makes a message of bytes, `read` the request that handlers know, `write` the
 *  message of an answer. Every part is a pure function. */
export interface Profile {
  readonly name: string;
  readonly codec: Codec;
  /** What its bytes are read and written by (specs/*.json); what must be in a message stands there too (`presence`). */
  readonly dialect: string;
  /** The MTIs and processing codes that it serves: a closed set, for metrics. */
  readonly mtis: ReadonlySet<string>;
  readonly processingCodes: ReadonlySet<string>;
  readonly notContent: NotContent;
  /** @throws CodecError only */
  readonly decode: (bytes: Uint8Array) => Message;
  /** What of a frame that does not decode an answer needs; undefined: nobody can be answered. */
  readonly salvage: (bytes: Uint8Array) => Answerable | undefined;
  /** The network management code (DE 70 of wire.md 3) of a message that may come before there are keys; undefined: of another. */
  readonly networkCode: (message: Message) => string | undefined;
  /** Whether a message says what time the device has; else its times are derived, and say nothing of its clock. */
  readonly tellsTime: (message: Message) => boolean;
  /** DE 53 and the KSN, where this profile has them (wire.md 3, 5). */
  readonly security: (message: Message) => Security;
  readonly read: (message: Message, arrival?: Arrival) => Mapped;
  /** Without its MAC. But for the time, it depends on nothing but request and answer: a repeat gets the same bytes (wire.md 9.1). */
  readonly write: (request: Answerable, answer: Answer, now: number) => MessageInput;
}

/** What a message says of its keys. */
export interface Security {
  readonly scheme: string | undefined;
  readonly ksn: string | undefined;
  /** Where they stand: what a refusal names. */
  readonly schemePath: string;
  readonly ksnPath: string;
}

/** Makes a profile of its file. Do it once a process: compiling the dialect takes milliseconds.
 *  @throws GatewayError `terminal-profile.invalid` */
export function openProfile(loaded: LoadedProfile): Profile {
  const { file, spec } = loaded;
  const codec = compile(spec);
  const routes = compileRequests(loaded);
  const answering = compileAnswers(loaded, routes);
  const network = networkRequests(routes);
  return {
    name: file.name,
    codec,
    dialect: loaded.dialect,
    mtis: new Set(routes.all.flatMap(({ asked }) => asked.file.mti)),
    processingCodes: new Set(routes.all.flatMap(({ asked }) => asked.file.processing ?? [])),
    notContent: routes.notContent,
    decode: (bytes) => codec.decode(bytes),
    salvage: (bytes) => salvageOf(codec, bytes, answering.salvaged),
    networkCode: (message) => network(message),
    tellsTime: tellsTimeIn(routes),
    security: (message) => securityOf(routes, message),
    read: (message, arrival) => absent(message) ?? readBy(routes, message, arrival ?? NOWHERE),
    write: (request, answer, now) => answering.write(request, answer, now),
  };
}

function readBy(routes: Routes, message: Message, arrival: Arrival): Mapped {
  const source = new Source(message, arrival);
  const route = routes.find(message, source);
  if (route !== undefined) return route.read(source);
  const served = routes.mtis.has(message.mti);
  return refused('12', undefined, served ? 'processing code is not served' : `MTI ${message.mti} is not served`);
}

function tellsTimeIn(routes: Routes): Profile['tellsTime'] {
  const telling = new Set(
    routes.all.filter(({ asked: { paths } }) => {
      return paths.transmission !== '' || (paths.localTime !== '' && paths.localDate !== '');
    }),
  );
  if (telling.size === routes.all.length) return () => true;
  return (message) => {
    const route = routes.find(message, new Source(message, NOWHERE));
    return route !== undefined && telling.has(route);
  };
}

/** Where the security of a message is said does not hang on what it asks: any request of its MTI knows. */
function securityOf(routes: Routes, message: Message): Security {
  const route: Route | undefined = routes.byMti.get(message.mti)?.[0] ?? routes.all[0];
  if (route === undefined) return { scheme: undefined, ksn: undefined, schemePath: '53', ksnPath: '48.21' };
  const { values, paths } = route.asked;
  const source = new Source(message, NOWHERE);
  const scheme = values.keyScheme(source);
  return {
    scheme,
    ksn: scheme === undefined ? undefined : values.ksn(source),
    schemePath: paths.keyScheme,
    ksnPath: paths.ksn,
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
