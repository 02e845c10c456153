import { captureError } from '../frame.ts';
import { MAX_PACKET_BYTES, type Packet } from './packet.ts';

const FILE_HEADER = 24;
const PACKET_HEADER = 16;
/** Of the format that A. Kuznetzov's patch of libpcap wrote: interface, protocol and kind of packet too. */
const MODIFIED_HEADER = 24;

interface Form {
  readonly little: boolean;
  readonly perMs: number;
  /** Bytes before each packet. */
  readonly header: number;
}

/** Magic numbers as they read big-endian. */
const MAGIC: Readonly<Record<number, Form>> = {
  0xa1b2c3d4: { little: false, perMs: 1e3, header: PACKET_HEADER },
  0xd4c3b2a1: { little: true, perMs: 1e3, header: PACKET_HEADER },
  0xa1b23c4d: { little: false, perMs: 1e6, header: PACKET_HEADER },
  0x4d3cb2a1: { little: true, perMs: 1e6, header: PACKET_HEADER },
  0xa1b2cd34: { little: false, perMs: 1e3, header: MODIFIED_HEADER },
  0x34cdb2a1: { little: true, perMs: 1e3, header: MODIFIED_HEADER },
};

export function isClassic(file: Buffer): boolean {
  return file.length >= 4 && MAGIC[file.readUInt32BE(0)] !== undefined;
}

/** Packets of a `pcap` file, of either byte order, in micro- or nanoseconds. Source: draft-ietf-opsawg-pcap.
 *  A last packet that is cut off ends the list: captures are killed.
 *  @param cutOff told where it is
 *  @throws GatewayError `capture.file` with the offset */
export function* readClassic(file: Buffer, name: string, cutOff: (at: number) => void): Generator<Packet> {
  const magic = MAGIC[file.length >= 4 ? file.readUInt32BE(0) : 0];
  if (magic === undefined) throw captureError(name, 'offset 0', 'not a pcap file');
  if (file.length < FILE_HEADER) throw captureError(name, `offset ${file.length}`, 'cut off inside the file header');
  const { little, perMs, header } = magic;
  const word = (at: number): number => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const linkType = word(20) & 0xffff;
  const checkSum = checkSumBytes(word(20));
  let at = FILE_HEADER;
  while (at + header <= file.length) {
    const length = word(at + 8);
    if (length > MAX_PACKET_BYTES)
      throw captureError(name, `offset ${at}`, `a packet of ${length} bytes is announced, at most ${MAX_PACKET_BYTES}`);
    const start = at + header;
    if (start + length > file.length) break;
    const kept = length === word(at + 12) ? Math.max(0, length - checkSum) : length;
    yield { at: word(at) * 1e3 + word(at + 4) / perMs, linkType, data: file.subarray(start, start + kept) };
    at = start + length;
  }
  if (at < file.length) cutOff(at);
}

/** Bytes of a frame check sequence behind each packet, which the link type's upper half may tell of: in words of 16 bits, and
 *  some write bytes. */
function checkSumBytes(word: number): number {
  const length = word >>> 28;
  return (word & 0x04000000) === 0 ? 0 : length === 4 ? 4 : length * 2;
}
