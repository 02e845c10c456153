/** Builds packet captures for tests: what tcpdump would have written. */
export interface Spec {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly flags: number;
  readonly payload: Buffer;
}

export const SYN = 0x02;
export const ACK = 0x10;
export const FIN = 0x01;

function tcp(spec: Spec): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt16BE(spec.sourcePort, 0);
  header.writeUInt16BE(spec.destinationPort, 2);
  header.writeUInt32BE(spec.sequence >>> 0, 4);
  header[12] = 6 << 4; // six words: an option too
  header[13] = spec.flags;
  return Buffer.concat([header, spec.payload]);
}

export function ipv4(spec: Spec): Buffer {
  const body = tcp(spec);
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + body.length, 2);
  header[9] = 6;
  Buffer.from(spec.source.split('.').map(Number)).copy(header, 12);
  Buffer.from(spec.destination.split('.').map(Number)).copy(header, 16);
  return Buffer.concat([header, body]);
}

export function ipv6(spec: Spec): Buffer {
  const hopByHop = Buffer.from([6, 0, 1, 4, 0, 0, 0, 0]);
  const body = Buffer.concat([hopByHop, tcp(spec)]);
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(body.length, 4);
  header[6] = 0;
  header[23] = spec.source.endsWith('1') ? 1 : 2;
  header[39] = spec.destination.endsWith('1') ? 1 : 2;
  return Buffer.concat([header, body]);
}

/** Link headers by link type. */
export const LINKS: Readonly<Record<string, { linkType: number; wrap: (ip: Buffer, v6: boolean) => Buffer }>> = {
  ethernet: { linkType: 1, wrap: (ip, v6) => Buffer.concat([Buffer.alloc(12), type(v6), ip, Buffer.alloc(6)]) },
  vlan: {
    linkType: 1,
    wrap: (ip, v6) => Buffer.concat([Buffer.alloc(12), Buffer.from('88a8000181000002', 'hex'), type(v6), ip]),
  },
  'linux cooked': { linkType: 113, wrap: (ip, v6) => Buffer.concat([Buffer.alloc(14), type(v6), ip]) },
  'linux cooked 2': { linkType: 276, wrap: (ip, v6) => Buffer.concat([type(v6), Buffer.alloc(18), ip]) },
  raw: { linkType: 101, wrap: (ip) => ip },
  'bsd loopback': { linkType: 0, wrap: (ip, v6) => Buffer.concat([Buffer.from([v6 ? 30 : 2, 0, 0, 0]), ip]) },
};

function type(v6: boolean): Buffer {
  return Buffer.from(v6 ? '86dd' : '0800', 'hex');
}

export interface Timed {
  readonly at: number;
  readonly data: Buffer;
}

export function pcap(
  packets: readonly Timed[],
  linkType: number,
  options: { big?: boolean; nano?: boolean } = {},
): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (options.big === true) bytes.writeUInt32BE(value >>> 0);
    else bytes.writeUInt32LE(value >>> 0);
    return bytes;
  };
  const perMs = options.nano === true ? 1e6 : 1e3;
  const head = [word(options.nano === true ? 0xa1b23c4d : 0xa1b2c3d4), word(0x00020004), word(0), word(0), word(65535)];
  const body = packets.flatMap(({ at, data }) => [
    word(Math.floor(at / 1e3)),
    word(Math.round((at % 1e3) * perMs)),
    word(data.length),
    word(data.length),
    data,
  ]);
  return Buffer.concat([...head, word(linkType), ...body]);
}

export function pcapng(
  packets: readonly Timed[],
  linkType: number,
  options: { big?: boolean; nano?: boolean } = {},
): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (options.big === true) bytes.writeUInt32BE(value >>> 0);
    else bytes.writeUInt32LE(value >>> 0);
    return bytes;
  };
  const half = (value: number): Buffer =>
    options.big === true ? Buffer.from([value >> 8, value & 0xff]) : Buffer.from([value & 0xff, value >> 8]);
  const block = (kind: number, content: Buffer): Buffer => {
    const padded = Buffer.concat([content, Buffer.alloc((4 - (content.length % 4)) % 4)]);
    return Buffer.concat([word(kind), word(padded.length + 12), padded, word(padded.length + 12)]);
  };
  const resolution = options.nano === true ? 9 : 6;
  const section = block(
    0x0a0d0d0a,
    Buffer.concat([word(0x1a2b3c4d), half(1), half(0), word(0xffffffff), word(0xffffffff)]),
  );
  const option = Buffer.concat([half(9), half(1), Buffer.from([resolution, 0, 0, 0]), half(0), half(0)]);
  const iface = block(1, Buffer.concat([half(linkType), half(0), word(0), option]));
  const other = block(0x0bad, Buffer.from('a block of another kind'));
  const enhanced = packets.map(({ at, data }) => {
    const ticks = BigInt(Math.round(at * 1e3)) * (options.nano === true ? 1_000n : 1n);
    const head = [
      word(0),
      word(Number(ticks >> 32n)),
      word(Number(ticks & 0xffffffffn)),
      word(data.length),
      word(data.length),
    ];
    return block(6, Buffer.concat([...head, data]));
  });
  return Buffer.concat([section, iface, other, ...enhanced]);
}
