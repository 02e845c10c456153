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
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** What was captured of it, without what a link puts behind. */
  readonly payload: Buffer;
  /** Its bytes on the wire. */
  readonly bytes: number;
}

/** IPv6 extension headers that may stand before others: hop-by-hop, routing, destination options, mobility, HIP, shim6. */
const EXTENSIONS = new Set([0, 43, 60, 135, 139, 140]);
const FRAGMENT = 44;
const AUTHENTICATION = 51;
/** What fragments of are missed: TCP, and what may carry it. */
const CARRIERS = new Set([4, 6, 17, 41, 47, 97, 137]);

/** An IP packet, its extension and authentication headers stepped over.
 *  @returns undefined for what is none; a reason for one that cannot be used */
export function ipPacket(packet: Buffer): IpPacket | string | undefined {
  const version = (packet[0] ?? 0) >> 4;
  if (version === 4) return fromIpv4(packet);
  return version === 6 ? fromIpv6(packet) : undefined;
}

function fromIpv4(packet: Buffer): IpPacket | string | undefined {
  const header = ((packet[0] ?? 0) & 0x0f) * 4;
  if (header < 20 || packet.length < header) return undefined;
  let [protocol, at] = [packet[9] ?? 0, header];
  if (protocol === AUTHENTICATION && at + 8 <= packet.length)
    [protocol, at] = [packet[at] ?? 0, at + ((packet[at + 1] ?? 0) + 2) * 4];
  if ((packet.readUInt16BE(6) & 0x3fff) !== 0) return CARRIERS.has(protocol) ? 'of IP fragments' : undefined;
  // Offloading captures leave the length zero: then it is what was captured.
  const total = packet.readUInt16BE(2) || packet.length;
  if (total < at) return 'with a bad IP length';
  const ends = [packet.subarray(12, 16).join('.'), packet.subarray(16, 20).join('.')] as const;
  return carried(packet, { protocol, at, total }, ends);
}

function fromIpv6(packet: Buffer): IpPacket | string | undefined {
  if (packet.length < 40) return undefined;
  const total = 40 + (packet.readUInt16BE(4) || packet.length - 40);
  let [protocol, at] = [packet[6] ?? 0, 40];
  while (EXTENSIONS.has(protocol) || protocol === AUTHENTICATION) {
    if (at + 8 > packet.length) return undefined;
    const size = packet[at + 1] ?? 0;
    const length = protocol === AUTHENTICATION ? (size + 2) * 4 : (size + 1) * 8;
    protocol = packet[at] ?? 0;
    at += length;
  }
  if (protocol === FRAGMENT) return CARRIERS.has(packet[at] ?? 0) ? 'of IP fragments' : undefined;
  return carried(packet, { protocol, at, total }, [ipv6(packet.subarray(8, 24)), ipv6(packet.subarray(24, 40))]);
}

/** @param total where the IP packet ends on the wire: Ethernet pads behind it */
function carried(
  packet: Buffer,
  { protocol, at, total }: { protocol: number; at: number; total: number },
  [source, destination]: readonly [string, string],
): IpPacket {
  const payload = packet.subarray(at, Math.min(total, packet.length));
  return { source, destination, protocol, payload, bytes: Math.max(0, total - at) };
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
