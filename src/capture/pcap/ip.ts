/** One TCP segment of a captured packet. */
export interface Segment {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly syn: boolean;
  readonly ack: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  /** May be less than was on the wire, where the capture cut it. */
  readonly payload: Buffer;
  /** Bytes on the wire that the capture did not keep. */
  readonly cut: number;
}

/** What an IP packet carries. */
export interface IpPacket {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** What was captured of it, without what a link puts behind. */
  readonly payload: Buffer;
  /** Its bytes on the wire. */
  readonly bytes: number;
}

/** A part of what an IP packet carries. */
export interface IpFragment extends IpPacket {
  /** Names the packet that it is of. */
  readonly id: string;
  /** Where it stands there, in bytes. */
  readonly offset: number;
  readonly isLast: boolean;
}

/** IPv6 extension headers that may stand before others: hop-by-hop, routing, destination options, mobility, HIP, shim6. */
const EXTENSIONS = new Set([0, 43, 60, 135, 139, 140]);
const FRAGMENT = 44;
const AUTHENTICATION = 51;
/** What fragments of are missed: TCP, and what may carry it. */
const CARRIERS = new Set([4, 6, 17, 41, 47, AUTHENTICATION, 97, 137, ...EXTENSIONS]);

/** An IP packet, its extension and authentication headers stepped over, or a fragment of one.
 *  @returns undefined for what is none; a reason for one that cannot be used */
export function ipPacket(packet: Buffer): IpPacket | IpFragment | string | undefined {
  const version = (packet[0] ?? 0) >> 4;
  const found = version === 4 ? fromIpv4(packet) : version === 6 ? fromIpv6(packet) : undefined;
  return typeof found !== 'object' || 'id' in found ? found : pastHeaders(found);
}

function fromIpv4(packet: Buffer): IpPacket | IpFragment | string | undefined {
  const header = ((packet[0] ?? 0) & 0x0f) * 4;
  if (header < 20 || packet.length < header) return undefined;
  // Offloading captures leave the length zero: then it is what was captured.
  const total = packet.readUInt16BE(2) || packet.length;
  if (total < header) return 'with a bad IP length';
  const whole: IpPacket = {
    version: 4,
    source: packet.subarray(12, 16).join('.'),
    destination: packet.subarray(16, 20).join('.'),
    protocol: packet[9] ?? 0,
    payload: packet.subarray(header, Math.min(total, packet.length)), // Ethernet pads behind it
    bytes: total - header,
  };
  const field = packet.readUInt16BE(6);
  if ((field & 0x3fff) === 0) return whole;
  return partOf(whole, packet.readUInt16BE(4), (field & 0x1fff) * 8, (field & 0x2000) === 0);
}

function fromIpv6(packet: Buffer): IpPacket | IpFragment | undefined {
  if (packet.length < 40) return undefined;
  const bytes = packet.readUInt16BE(4) || packet.length - 40;
  const whole = pastHeaders({
    version: 6,
    source: ipv6(packet.subarray(8, 24)),
    destination: ipv6(packet.subarray(24, 40)),
    protocol: packet[6] ?? 0,
    payload: packet.subarray(40, Math.min(40 + bytes, packet.length)),
    bytes,
  });
  if (whole?.protocol !== FRAGMENT) return whole;
  const { payload } = whole;
  if (payload.length < 8) return undefined;
  const inside = { ...whole, protocol: payload[0] ?? 0, payload: payload.subarray(8), bytes: whole.bytes - 8 };
  const field = payload.readUInt16BE(2);
  if ((field & 0xfff9) === 0) return inside; // a packet in one fragment (RFC 6946)
  return partOf(inside, payload.readUInt32BE(4), field & 0xfff8, (field & 1) === 0);
}

/** @returns undefined: nothing that is looked for can be in it */
function partOf(packet: IpPacket, number: number, offset: number, isLast: boolean): IpFragment | undefined {
  if (!CARRIERS.has(packet.protocol)) return undefined;
  const { version, source, destination, protocol } = packet;
  const id = version === 4 ? `${source}>${destination} ${protocol} ${number}` : `${source}>${destination} ${number}`;
  return { ...packet, id, offset, isLast };
}

/** Steps over the headers that may stand before what a packet carries.
 *  @returns undefined where it ends inside one */
export function pastHeaders(packet: IpPacket): IpPacket | undefined {
  let [protocol, at] = [packet.protocol, 0];
  while (protocol === AUTHENTICATION || (packet.version === 6 && EXTENSIONS.has(protocol))) {
    if (at + 8 > packet.payload.length) return undefined;
    const size = packet.payload[at + 1] ?? 0;
    const length = protocol === AUTHENTICATION ? (size + 2) * 4 : (size + 1) * 8;
    protocol = packet.payload[at] ?? 0;
    at += length;
  }
  return { ...packet, protocol, payload: packet.payload.subarray(at), bytes: Math.max(0, packet.bytes - at) };
}

/** The TCP segment in an IP packet. @returns a reason for one that cannot be used */
export function tcpSegment({ source, destination, payload, bytes }: IpPacket): Segment | string {
  if (payload.length < 20) return 'cut off before the end of the TCP header';
  const flags = payload[13] ?? 0;
  const start = ((payload[12] ?? 0) >> 4) * 4;
  if (start < 20 || start > bytes) return 'with a bad TCP header length';
  return {
    source,
    sourcePort: payload.readUInt16BE(0),
    destination,
    destinationPort: payload.readUInt16BE(2),
    sequence: payload.readUInt32BE(4),
    syn: (flags & 0x02) !== 0,
    ack: (flags & 0x10) !== 0,
    fin: (flags & 0x01) !== 0,
    rst: (flags & 0x04) !== 0,
    payload: payload.subarray(Math.min(start, payload.length)),
    cut: Math.max(0, bytes - Math.max(payload.length, start)),
  };
}

function ipv6(address: Buffer): string {
  const words = Array.from({ length: 8 }, (_, index) => address.readUInt16BE(index * 2).toString(16));
  return `[${words.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::')}]`;
}
