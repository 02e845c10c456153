import { compile, FrameDecoder, loadSpec, type Codec, type FrameOptions } from '../../codec/index.ts';
import {
  captureError,
  emptyCapture,
  inOrder,
  MAX_FRAMES,
  type Capture,
  type CapturedFrame,
  type Speaker,
} from '../frame.ts';
import { isClassic, readClassic } from './classic.ts';
import { cutFrames } from './cut.ts';
import { Flows, type Flow } from './flows.ts';
import { Fragments } from './fragments.ts';
import { dissect } from './layers.ts';
import { isPcapng, readPcapng } from './pcapng.ts';
import type { Chunk, TcpStream } from './stream.ts';

/** What a port of the capture is used for. */
export interface Service {
  readonly port: number;
  /** Which neighbour of the gateway is at the other end: terminals connect to it, it connects to the bank. */
  readonly neighbour: 'terminal' | 'bank';
  /** The neighbour listens on `port`, rather than the gateway. */
  readonly neighbourListens: boolean;
  readonly dialect: string;
  readonly framing: FrameOptions;
}

export function isPcap(file: Buffer): boolean {
  return isClassic(file) || isPcapng(file);
}

/** Messages of a packet capture: TCP put together per direction, cut into frames, in the order of their time.
 *  @param services connections to other ports are taken when they speak like one of these; else counted in the notes
 *  @throws GatewayError `capture.file` */
export function readPcap(file: Buffer, name: string, services: readonly Service[]): Capture {
  const notes: string[] = [];
  const flows = collect(file, name, notes);
  const frames: CapturedFrame[] = [];
  const codecs = new Map<string, Codec>();
  const codecOf = (dialect: string): Codec => {
    const codec = codecs.get(dialect) ?? compile(loadSpec(dialect));
    codecs.set(dialect, codec);
    return codec;
  };
  const passed = new Map<number, number>();
  for (const seen of flows.all()) {
    // Without its SYN, which side is the server is a guess that the ports of the services correct.
    const known = services.some(({ port }) => port === seen.serverPort);
    const flow = known || !services.some(({ port }) => port === seen.clientPort) ? seen : turned(seen);
    const service = services.find(({ port }) => port === flow.serverPort) ?? spoken(flow, services, codecOf);
    if (service === undefined) {
      if (flow.toServer.bytes + flow.toClient.bytes > 0)
        passed.set(flow.serverPort, (passed.get(flow.serverPort) ?? 0) + 1);
      continue;
    }
    for (const frame of framesOf(flow, service, codecOf(service.dialect), notes)) {
      if (frames.length >= MAX_FRAMES)
        throw captureError(name, 'messages', `more than ${MAX_FRAMES}: cut it with editcap`);
      frames.push(frame);
    }
  }
  for (const [port, count] of passed) notes.push(`${count} connections to port ${port} were passed over`);
  return { frames: inOrder(frames), notes };
}

/** The bytes of each direction of each connection of a packet capture, whatever they speak; apart where some are missing.
 *  @param mostBytes of one direction: its first ones
 *  @returns by port, and who said them
 *  @throws GatewayError `capture.file`, `capture.empty` */
export function readStreams(file: Buffer, name: string, mostBytes: number): Map<string, Buffer[]> {
  const streams = new Map<string, Buffer[]>();
  const notes: string[] = [];
  for (const { serverPort, toServer, toClient } of collect(file, name, notes).all()) {
    for (const [side, stream] of [
      ['to', toServer],
      ['from', toClient],
    ] as const) {
      const title = `${side} port ${serverPort}`;
      const own = streams.get(title) ?? [];
      for (const bytes of wholeParts(stream.chunks(), mostBytes)) own.push(bytes);
      if (own.length > 0) streams.set(title, own);
    }
  }
  if (streams.size === 0) throw emptyCapture(name, notes);
  return streams;
}

function wholeParts(chunks: readonly Chunk[], mostBytes: number): Buffer[] {
  const parts: Buffer[][] = [];
  let left = mostBytes;
  for (const { bytes, gap } of chunks) {
    if (left <= 0) break;
    const kept = bytes.subarray(0, left);
    left -= kept.length;
    const last = parts.at(-1);
    if (last === undefined || gap > 0) parts.push([kept]);
    else last.push(kept);
  }
  return parts.map((part) => Buffer.concat(part));
}

/** The service whose dialect a connection to another port speaks: its first message decodes, whoever says it. */
function spoken(flow: Flow, services: readonly Service[], codecOf: (dialect: string) => Codec): Service | undefined {
  const [first] = [...flow.toServer.chunks(), ...flow.toClient.chunks()];
  if (first === undefined || isTls(first.bytes)) return undefined;
  return services.find(({ dialect, framing }) => {
    try {
      const frame = new FrameDecoder(framing).push(first.bytes).find(({ keepAlive }) => !keepAlive);
      if (frame === undefined) return false;
      codecOf(dialect).decode(frame.body);
      return true;
    } catch {
      return false; // not this one's
    }
  });
}

function turned({ client, clientPort, server, serverPort, toServer, toClient }: Flow): Flow {
  const ends = { client: server, clientPort: serverPort, server: client, serverPort: clientPort };
  return { ...ends, toServer: toClient, toClient: toServer };
}

function collect(file: Buffer, name: string, notes: string[]): Flows {
  const flows = new Flows();
  const skipped = new Map<string, number>();
  const others = new Map<string, number>();
  const skip = (why: string): void => void skipped.set(why, (skipped.get(why) ?? 0) + 1);
  const cutOff = (at: number): void =>
    void notes.push(`the file is cut off at offset ${at}: its last packet is left out`);
  const packets = isPcapng(file) ? readPcapng(file, name, cutOff) : readClassic(file, name, cutOff);
  const fragments = new Fragments();
  let count = 0;
  for (const { at, linkType, data } of packets) {
    count++;
    const found = dissect(linkType, data, at, fragments);
    if (found.kind === 'other') others.set(found.why, (others.get(found.why) ?? 0) + 1);
    if (found.kind === 'lost') skip(`packets ${found.why}`);
    if (found.kind === 'segment') {
      if (found.segment.cut > 0) skip('packets are longer than what was captured of them (tcpdump -s 0 keeps all)');
      if (!flows.add(found.segment, at)) skip('packets beyond the connections and segments that can be held');
    }
  }
  if (fragments.left > 0)
    skipped.set('packets of IP fragments whose others are not there, or do not fit', fragments.left);
  if (count === 0) throw captureError(name, 'offset 0', 'holds no packets');
  // ARP and the like are in every capture: told only where nothing else is.
  if (flows.all().length === 0) for (const [why, times] of others) skipped.set(`packets ${why}`, times);
  for (const [why, times] of skipped) notes.push(`${times} ${why}`);
  return flows;
}

function framesOf(flow: Flow, service: Service, codec: Codec, notes: string[]): CapturedFrame[] {
  const connection = `${flow.client}:${flow.clientPort}>${flow.server}:${flow.serverPort}`;
  const { neighbour, neighbourListens, dialect, framing } = service;
  const clientSpeaks: Speaker = neighbourListens ? 'gateway' : neighbour;
  const serverSpeaks: Speaker = neighbourListens ? neighbour : 'gateway';
  const direction = (stream: TcpStream, from: Speaker): CapturedFrame[] => {
    const chunks = stream.chunks();
    if (isTls(chunks[0]?.bytes)) {
      notes.push(`${connection}: TLS; give its keys (SSLKEYLOGFILE), or capture where it is plain`);
      return [];
    }
    const note = (text: string): void => void notes.push(`${connection}, from the ${from}: ${text}`);
    const cut = cutFrames(chunks, framing, codec, note, stream.begun);
    return cut.map(({ at, body }) => ({ at, from, connection, dialect, body }));
  };
  return [...direction(flow.toServer, clientSpeaks), ...direction(flow.toClient, serverSpeaks)];
}

/** A TLS record: handshake, alert or data, of TLS 1.x (RFC 8446 5.1). */
function isTls(bytes: Buffer | undefined): boolean {
  return bytes !== undefined && bytes.length >= 5 && [0x15, 0x16, 0x17].includes(bytes[0] ?? 0) && bytes[1] === 3;
}
