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

const TCP = 6;
/** IPv6 extension headers that may stand before TCP: hop-by-hop, routing, destination options, mobility, HIP, shim6. */
const EXTENSIONS = new Set([0, 43, 60, 135, 139, 140]);
const FRAGMENT = 44;
const AUTHENTICATION = 51;

/** The TCP segment in an IP packet.
 *  @returns undefined for other protocols; a reason for TCP that cannot be used */
export function segmentOf(packet: Buffer): Segment | string | undefined {
  const version = (packet[0] ?? 0) >> 4;
  if (version === 4) return fromIpv4(packet);
  return version === 6 ? fromIpv6(packet) : undefined;
}

function fromIpv4(packet: Buffer): Segment | string | undefined {
  const header = ((packet[0] ?? 0) & 0x0f) * 4;
  if (header < 20 || packet.length < header || packet[9] !== TCP) return undefined;
  if ((packet.readUInt16BE(6) & 0x3fff) !== 0) return 'IP fragments';
  // Offloading captures leave the length zero: then it is what was captured.
  const total = packet.readUInt16BE(2) || packet.length;
  if (total < header) return 'bad IP length';
  return tcp(packet, header, total, packet.subarray(12, 16).join('.'), packet.subarray(16, 20).join('.'));
}

function fromIpv6(packet: Buffer): Segment | string | undefined {
  if (packet.length < 40) return undefined;
  const total = 40 + (packet.readUInt16BE(4) || packet.length - 40);
  let [next, at] = [packet[6] ?? 0, 40];
  while (EXTENSIONS.has(next) || next === AUTHENTICATION) {
    if (at + 8 > packet.length) return undefined;
    const size = packet[at + 1] ?? 0;
    const length = next === AUTHENTICATION ? (size + 2) * 4 : (size + 1) * 8;
    next = packet[at] ?? 0;
    at += length;
  }
  if (next === FRAGMENT) return 'IP fragments';
  if (next !== TCP) return undefined;
  return tcp(packet, at, total, ipv6(packet.subarray(8, 24)), ipv6(packet.subarray(24, 40)));
}

function ipv6(address: Buffer): string {
  const words = Array.from({ length: 8 }, (_, index) => address.readUInt16BE(index * 2).toString(16));
  return `[${words.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::')}]`;
}

/** @param total where the IP packet ends on the wire: Ethernet pads behind it */
function tcp(
  packet: Buffer,
  at: number,
  total: number,
  source: string,
  destination: string,
): Segment | string | undefined {
  if (at + 20 > packet.length) return 'cut off before the end of the TCP header';
  const flags = packet[at + 13] ?? 0;
  const start = at + ((packet[at + 12] ?? 0) >> 4) * 4;
  if (start < at + 20 || start > total) return 'bad TCP header length';
  const end = Math.min(total, packet.length);
  return {
    source,
    sourcePort: packet.readUInt16BE(at),
    destination,
    destinationPort: packet.readUInt16BE(at + 2),
    sequence: packet.readUInt32BE(at + 4),
    syn: (flags & 0x02) !== 0,
    ack: (flags & 0x10) !== 0,
    fin: (flags & 0x01) !== 0,
    rst: (flags & 0x04) !== 0,
    payload: packet.subarray(Math.min(start, end), end),
    cut: Math.max(0, total - Math.max(end, start)),
  };
}
