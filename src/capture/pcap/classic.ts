import { captureError } from '../frame.ts';
import { MAX_PACKET_BYTES, type Packet } from './packet.ts';

const FILE_HEADER = 24;
const PACKET_HEADER = 16;
/** Magic numbers as they read big-endian. */
const MAGIC: Readonly<Record<number, { readonly little: boolean; readonly perMs: number }>> = {
  0xa1b2c3d4: { little: false, perMs: 1e3 },
  0xd4c3b2a1: { little: true, perMs: 1e3 },
  0xa1b23c4d: { little: false, perMs: 1e6 },
  0x4d3cb2a1: { little: true, perMs: 1e6 },
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
  if (magic === undefined || file.length < FILE_HEADER) throw captureError(name, 'offset 0', 'not a pcap file');
  const { little, perMs } = magic;
  const word = (at: number): number => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const linkType = word(20) & 0xffff;
  let at = FILE_HEADER;
  while (at + PACKET_HEADER <= file.length) {
    const length = word(at + 8);
    if (length > MAX_PACKET_BYTES)
      throw captureError(name, `offset ${at}`, `a packet of ${length} bytes is announced, at most ${MAX_PACKET_BYTES}`);
    const start = at + PACKET_HEADER;
    if (start + length > file.length) break;
    yield { at: word(at) * 1e3 + word(at + 4) / perMs, linkType, data: file.subarray(start, start + length) };
    at = start + length;
  }
  if (at < file.length) cutOff(at);
}
