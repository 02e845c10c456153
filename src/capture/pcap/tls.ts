import { execFileSync } from 'node:child_process';
import { compile, loadSpec } from '../../codec/index.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { inOrder, type Capture, type CapturedFrame, type Speaker } from '../frame.ts';
import { cutFrames } from './cut.ts';
import type { Service } from './read.ts';
import type { Chunk } from './stream.ts';

/** One decrypted record: which side wrote it. */
interface TlsRecord {
  readonly fromServer: boolean;
  readonly bytes: Buffer;
}

interface Stream {
  readonly id: string;
  readonly client: string;
  readonly server: string;
  readonly service: Service;
  /** When each record came, by side, in milliseconds. */
  readonly times: { readonly client: number[]; readonly server: number[] };
}

const FIELDS = [
  'tcp.stream',
  'frame.time_epoch',
  'ip.src',
  'ipv6.src',
  'tcp.srcport',
  'ip.dst',
  'ipv6.dst',
  'tcp.dstport',
  'tls.app_data',
];
const MAX_OUTPUT = 1 << 30;

/** Messages of a packet capture of TLS, by the keys that one side wrote (SSLKEYLOGFILE, `node --tls-keylog`). tshark, which
 *  must be there, opens TLS.
 *  @throws GatewayError `capture.tshark` */
export function readTlsPcap(file: string, keylog: string, services: readonly Service[]): Capture {
  const notes: string[] = [];
  const tshark = runner(file, keylog, services);
  const frames: CapturedFrame[] = [];
  for (const stream of streamsOf(
    tshark(['-Y', 'tls.app_data', '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])]),
    services,
  )) {
    const records = followed(tshark(['-q', '-z', `follow,tls,raw,${stream.id}`]), stream);
    for (const frame of framesOf(stream, records, notes)) frames.push(frame);
  }
  if (frames.length === 0)
    notes.push('nothing could be decrypted: are these the keys of these connections, with their handshakes?');
  return { frames: inOrder(frames), notes };
}

function runner(file: string, keylog: string, services: readonly Service[]): (args: readonly string[]) => string {
  const ports = services.flatMap(({ port }) => ['-d', `tcp.port==${port},tls`]);
  const base = ['-r', file, '-o', `tls.keylog_file:${keylog}`, ...ports];
  return (args) => {
    try {
      return execFileSync('tshark', [...base, ...args], {
        maxBuffer: MAX_OUTPUT,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).toString('latin1');
    } catch (cause) {
      const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      const why = absent ? 'is not installed (on Debian: apt-get install tshark)' : `failed: ${messageOf(cause)}`;
      throw new GatewayError('capture.tshark', `TLS captures are opened by tshark, which ${why}.`, { cause });
    }
  };
}

function streamsOf(text: string, services: readonly Service[]): Stream[] {
  const streams = new Map<string, Stream>();
  for (const line of text.split('\n')) {
    const [id = '', time = '', ip4 = '', ip6 = '', sourcePort = '', to4 = '', to6 = '', port = '', data = ''] =
      line.split('\t');
    const service = services.find((one) => String(one.port) === port || String(one.port) === sourcePort);
    if (id === '' || service === undefined) continue;
    const fromServer = sourcePort === String(service.port);
    const [source, destination] = [`${ip4 || ip6}:${sourcePort}`, `${to4 || to6}:${port}`];
    const [client, server] = fromServer ? [destination, source] : [source, destination];
    const stream = streams.get(id) ?? { id, client, server, service, times: { client: [], server: [] } };
    streams.set(id, stream);
    const times = fromServer ? stream.times.server : stream.times.client;
    for (let records = data.split(',').length; records > 0; records--) times.push(Number(time) * 1_000);
  }
  return [...streams.values()];
}

/** tshark's picture of a stream: a line a record, hexadecimal, indented where node 1 wrote it. */
function followed(text: string, stream: Stream): TlsRecord[] {
  const first = /^Node 0: (.*)$/m.exec(text)?.[1] ?? '';
  const zeroIsServer = first.endsWith(`:${stream.service.port}`);
  return text.split('\n').flatMap((line) => {
    const parts = /^(\t?)([0-9a-f]+)\r?$/.exec(line);
    if (parts?.[2] === undefined) return [];
    return [{ fromServer: (parts[1] === '') === zeroIsServer, bytes: Buffer.from(parts[2], 'hex') }];
  });
}

function framesOf(stream: Stream, records: readonly TlsRecord[], notes: string[]): CapturedFrame[] {
  const { neighbour, neighbourListens, dialect, framing } = stream.service;
  const connection = `${stream.client}>${stream.server}`;
  const codec = compile(loadSpec(dialect));
  return [false, true].flatMap((fromServer) => {
    const from: Speaker = fromServer === neighbourListens ? neighbour : 'gateway';
    const times = fromServer ? stream.times.server : stream.times.client;
    const own = records.filter((record) => record.fromServer === fromServer);
    const chunks: Chunk[] = own.map(({ bytes }, index) => ({ at: times[index] ?? times.at(-1) ?? 0, bytes, gap: 0 }));
    const cut = cutFrames(chunks, framing, codec, (text) => notes.push(`${connection}, from the ${from}: ${text}`));
    return cut.map(({ at, body }) => ({ at, from, connection, dialect, body }));
  });
}
