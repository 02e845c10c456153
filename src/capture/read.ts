import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { compile, loadSpec } from '../codec/index.ts';
import { isAnswer } from '../field/mti.ts';
import { GatewayError, fileFault, messageOf } from '../ops/errors.ts';
import { captureError, inOrder, MAX_CAPTURE_BYTES, type Capture } from './frame.ts';
import { parseHex } from './hex.ts';
import { parseJsonl } from './jsonl.ts';
import { isPcap, readPcap, readStreams, type Service } from './pcap/read.ts';
import { readTlsPcap } from './pcap/tls.ts';
import { systemFaultOf } from '../ops/system-errors.ts';

export interface ReadOptions {
  /** What the ports of a packet capture are used for (default: the gateway's usual ones). */
  readonly services?: readonly Service[];
  /** Dialect and side of a file of bare frames (default: `kalabarg-pos`, terminals). */
  readonly dialect?: string;
  readonly side?: 'terminal' | 'bank';
  /** Keys of TLS connections in a packet capture (SSLKEYLOGFILE); wants tshark. */
  readonly keylog?: string;
}

/** Terminals on 8583, the bank switch on 8600 (wire.md 8). */
export const DEFAULT_SERVICES: readonly Service[] = [
  {
    port: 8583,
    neighbour: 'terminal',
    neighbourListens: false,
    dialect: 'kalabarg-pos',
    framing: { header: 'binary2' },
  },
  { port: 8600, neighbour: 'bank', neighbourListens: true, dialect: 'bank-switch', framing: { header: 'binary2' } },
];

/** Reads a capture of any form: pcap, pcapng, JSONL, or a frame a line in hexadecimal; each may be gzipped. The form is
 *  told from the content, not the name.
 *  @throws GatewayError `capture.file`, naming file, place and reason */
export function readCapture(file: string, options: ReadOptions = {}): Capture {
  const bytes = load(file);
  if (isPcap(bytes) && options.keylog !== undefined)
    return readTlsPcap(file, options.keylog, options.services ?? DEFAULT_SERVICES);
  if (isPcap(bytes)) return readPcap(bytes, file, options.services ?? DEFAULT_SERVICES);
  if (/^\s*\{/.test(bytes.toString('latin1', 0, 1_024))) return { frames: inOrder(parseJsonl(bytes, file)), notes: [] };
  const dialect = options.dialect ?? (options.side === 'bank' ? 'bank-switch' : 'kalabarg-pos');
  const codec = compile(loadSpec(dialect));
  const answers = (body: Buffer): boolean => isAnswer(codec.salvage(body, [])?.mti ?? '');
  return { frames: parseHex(bytes, file, { dialect, side: options.side ?? 'terminal', isAnswer: answers }), notes: [] };
}

/** Whether a file is a capture in JSONL as it stands, so that another may be written in its place. */
export function isJsonl(file: string): boolean {
  return /^\s*\{/.test(load(file).subarray(0, 64).toString('latin1'));
}

/** Bytes as they were on the wire, of a packet capture by port and direction; of other files as they are.
 *  @throws GatewayError `capture.file` */
export function readBytes(file: string, mostBytes: number): Buffer | Map<string, Buffer[]> {
  const bytes = load(file);
  return isPcap(bytes) ? readStreams(bytes, file, mostBytes) : bytes;
}

/** Files of other kinds, by their first bytes, and what makes them readable. */
const FOREIGN: readonly (readonly [magic: string, advice: string])[] = [
  ['snoop\0', 'a capture of snoop: editcap makes a pcap of it'],
  ['GMBU', 'a capture of Network Monitor: editcap makes a pcap of it'],
  ['RTSS', 'a capture of Network Monitor: editcap makes a pcap of it'],
  ['TRSNIFF', 'a capture of a Sniffer: editcap makes a pcap of it'],
  ['\xfd7zXZ\0', 'compressed with xz: unpack it'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd: unpack it'],
  ['BZh', 'compressed with bzip2: unpack it'],
  ['PK\x03\x04', 'a ZIP archive: unpack it'],
];

function load(file: string): Buffer {
  try {
    const { size } = statSync(file);
    if (size > MAX_CAPTURE_BYTES)
      throw captureError(file, 'size', `${size} bytes, at most ${MAX_CAPTURE_BYTES}: cut it with editcap or split`);
    const bytes = readFileSync(file);
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = zipped ? gunzipSync(bytes, { maxOutputLength: MAX_CAPTURE_BYTES }) : bytes;
    const start = plain.toString('latin1', 0, 8);
    const foreign = FOREIGN.find(([magic]) => start.startsWith(magic));
    if (foreign !== undefined) throw captureError(file, 'offset 0', foreign[1]);
    return plain;
  } catch (error) {
    if (error instanceof Error && error.name === 'GatewayError') throw error;
    if (systemFaultOf(error) !== undefined)
      throw new GatewayError('capture.file', fileFault(file, 'read', error), { cause: error });
    throw captureError(file, 'file', messageOf(error), error);
  }
}
