import { captureError } from '../frame.ts';
import { MAX_PACKET_BYTES, type Packet } from './packet.ts';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const SIMPLE = 3;
const ENHANCED = 6;
const MIN_BLOCK = 12;
const BYTE_ORDER = 0x1a2b3c4d;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;
const MAX_INTERFACES = 4_096;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Ticks a second. */
  readonly resolution: number;
  readonly offsetSeconds: number;
}

export function isPcapng(file: Buffer): boolean {
  return file.length >= 4 && file.readUInt32BE(0) === SECTION;
}

/** Packets of a `pcapng` file: any number of sections and interfaces, either byte order, any time resolution. Blocks of
 *  other kinds are passed over; a last block that is cut off ends the list. Source: draft-ietf-opsawg-pcapng.
 *  @param cutOff told where it is
 *  @throws GatewayError `capture.file` with the offset */
export function* readPcapng(file: Buffer, name: string, cutOff: (at: number) => void): Generator<Packet> {
  let interfaces: Interface[] = [];
  let words = reader(file, true);
  let at = 0;
  let untimed = 0;
  while (at + MIN_BLOCK <= file.length) {
    if (file.readUInt32BE(at) === SECTION) {
      words = reader(file, sectionIsLittle(file, at, name));
      interfaces = [];
    }
    const type = words.u32(at);
    const length = words.u32(at + 4);
    if (length < MIN_BLOCK || length % 4 !== 0)
      throw captureError(name, `offset ${at}`, `a block cannot be ${length} bytes long`);
    const end = at + length;
    if (end > file.length) break;
    if (type === INTERFACE) {
      if (interfaces.length >= MAX_INTERFACES) throw captureError(name, `offset ${at}`, 'too many interfaces');
      interfaces.push(readInterface(words, at, end, name));
    }
    const packet = packetOf(type, words, at, end, interfaces, name);
    // A simple packet block has no time: its place is all that is known, a microsecond after the one before.
    if (packet !== undefined) yield type === SIMPLE ? { ...packet, at: ++untimed / 1e3 } : packet;
    at = end;
  }
  if (at < file.length) cutOff(at);
}

interface Words {
  readonly file: Buffer;
  readonly little: boolean;
  u16(at: number): number;
  u32(at: number): number;
}

function reader(file: Buffer, little: boolean): Words {
  return {
    file,
    little,
    u16: (at) => (little ? file.readUInt16LE(at) : file.readUInt16BE(at)),
    u32: (at) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at)),
  };
}

function sectionIsLittle(file: Buffer, at: number, name: string): boolean {
  if (file.readUInt32BE(at + 8) === BYTE_ORDER) return false;
  if (file.readUInt32LE(at + 8) === BYTE_ORDER) return true;
  throw captureError(name, `offset ${at + 8}`, 'a section without its byte-order magic');
}

function readInterface(words: Words, at: number, end: number, name: string): Interface {
  if (end - at < 20) throw captureError(name, `offset ${at}`, 'an interface block is too short');
  let resolution = 1e6;
  let offsetSeconds = 0;
  for (let option = at + 16; option + 4 <= end - 4;) {
    const [code, length] = [words.u16(option), words.u16(option + 2)];
    if (code === 0 || option + 4 + length > end - 4) break;
    if (code === OPTION_TIME_RESOLUTION && length >= 1) resolution = ticks(words.file.readUInt8(option + 4));
    if (code === OPTION_TIME_OFFSET && length >= 8) offsetSeconds = wide(words, option + 4);
    option += 4 + length + ((4 - (length % 4)) % 4);
  }
  return { linkType: words.u16(at + 8), snapLength: words.u32(at + 12), resolution, offsetSeconds };
}

/** if_tsresol: a power of ten, or with the high bit of two. */
function ticks(value: number): number {
  return (value & 0x80) === 0 ? 10 ** Math.min(value, 18) : 2 ** Math.min(value & 0x7f, 60);
}

/** A signed 64-bit value. */
function wide(words: Words, at: number): number {
  return Number(words.little ? words.file.readBigInt64LE(at) : words.file.readBigInt64BE(at));
}

function packetOf(
  type: number,
  words: Words,
  at: number,
  end: number,
  interfaces: readonly Interface[],
  name: string,
): Packet | undefined {
  if (type !== ENHANCED && type !== SIMPLE) return undefined;
  const body = at + (type === ENHANCED ? 28 : 12);
  const from = interfaces[type === ENHANCED ? words.u32(at + 8) : 0];
  if (from === undefined || body > end - 4)
    throw captureError(name, `offset ${at}`, 'a packet of an interface that was not described');
  const original = words.u32(at + 8);
  const announced = type === ENHANCED ? words.u32(at + 20) : Math.min(original, from.snapLength || original);
  if (announced > MAX_PACKET_BYTES || body + announced > end - 4)
    throw captureError(name, `offset ${at}`, `a packet of ${announced} bytes does not fit its block`);
  const data = words.file.subarray(body, body + announced);
  if (type === SIMPLE) return { at: 0, linkType: from.linkType, data };
  const seconds = (words.u32(at + 12) * 2 ** 32) / from.resolution + words.u32(at + 16) / from.resolution;
  return { at: millis(seconds + from.offsetSeconds), linkType: from.linkType, data };
}

/** To the microsecond: a double holds no more of today's time. */
function millis(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3;
}
