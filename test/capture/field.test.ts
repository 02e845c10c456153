import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCapture, type Capture } from '../../src/capture/index.ts';
import { compile, encodeFrame, loadSpec } from '../../src/codec/index.ts';
import { readWith } from '../../src/cli/capture/capture.ts';
import { ACK, ipv4, ipv6, LINKS, pcap, SYN, type Spec } from './pcap-writer.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/field/${name}`, import.meta.url));

function read(file: Buffer): Capture {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-field-'));
  try {
    writeFileSync(join(folder, 'x'), file);
    return readCapture(join(folder, 'x'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const said = ({ frames }: Capture): string[] => frames.map(({ from, body }) => `${from} ${body.toString('hex')}`);
const control = said(readCapture(fixture('control.pcap')));

test.each([
  'fcs.pcap',
  'keepalives.pcap',
  'midstream.pcap',
  'midstream-keepalive.pcap',
  'modified-magic.pcap',
  'mpls.pcap',
  'nflog.pcap',
  'spb-two-sections.pcapng',
  'tcp-fast-open.pcap',
  'tso-zero-length.pcap',
  'vxlan.pcap',
])('%s gives the conversation of the plain capture', (name) => {
  const capture = readCapture(fixture(name));
  expect(control).toHaveLength(12);
  expect(said(capture)).toEqual(control);
  expect(capture.notes).toEqual([]);
});

test('a file that ends inside its header says so', () => {
  expect(() => readCapture(fixture('truncated-header.pcap'))).toThrow('offset 20: cut off inside the file header');
});

const codec = compile(loadSpec('kalabarg-pos'));
const bodies = Array.from({ length: 6 }, (_, index) =>
  codec.encode({ mti: '0800', fields: { 7: '1123101500', 11: `00000${index}`, 41: '10000001', 70: '301' } }),
);
const frames = bodies.map((body) => encodeFrame(body, { header: 'binary2' }));
const stream = Buffer.concat(frames);
const ends = { source: '10.0.0.1', sourcePort: 40_000, destination: '10.0.0.2', destinationPort: 8583 };
const segment = (at: number, payload: Buffer, flags = ACK): Spec => ({ ...ends, sequence: 1_000 + at, flags, payload });
const conversation = [
  segment(-1, Buffer.alloc(0), SYN),
  segment(0, stream.subarray(0, 90)),
  segment(90, stream.subarray(90)),
];
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const behind = (head: string, ...rest: Buffer[]): Buffer => Buffer.concat([hex(head), ...rest]);
const ETHER4 = '000000000001 000000000002 0800';

/** An outer IPv4 header before a protocol. */
function inIpv4(protocol: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(20);
  head[0] = 0x45;
  head.writeUInt16BE(20 + payload.length, 2);
  head[9] = protocol;
  return Buffer.concat([head, payload]);
}

function inIpv6(protocol: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(40);
  head[0] = 0x60;
  head.writeUInt16BE(payload.length, 4);
  head[6] = protocol;
  return Buffer.concat([head, payload]);
}

function inUdp(port: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(5_000, 0);
  head.writeUInt16BE(port, 2);
  head.writeUInt16BE(8 + payload.length, 4);
  return inIpv4(17, Buffer.concat([head, payload]));
}

const TUNNELS: Readonly<Record<string, (ip: Buffer) => Buffer>> = {
  'IP in IP': (ip) => inIpv4(4, ip),
  'IPv4 in IPv6': (ip) => inIpv6(4, ip),
  GRE: (ip) => inIpv4(47, behind('0000 0800', ip)),
  'GRE with checksum, key and sequence': (ip) => inIpv4(47, behind('b000 0800 0000 0000 00000007 00000001', ip)),
  'GRE of Ethernet (NVGRE)': (ip) => inIpv4(47, behind(`2000 6558 00000007 ${ETHER4}`, ip)),
  PPTP: (ip) => inIpv4(47, behind('3001 880b 0000 0001 00000001 ff03 0021', ip)),
  'ERSPAN, type I': (ip) => inIpv4(47, behind(`0000 88be ${ETHER4}`, ip)),
  'ERSPAN, type II': (ip) => inIpv4(47, behind(`1000 88be 00000001 1000000000000000 ${ETHER4}`, ip)),
  'ERSPAN, type III': (ip) => inIpv4(47, behind(`1000 22eb 00000001 200000000000000000000000 ${ETHER4}`, ip)),
  EtherIP: (ip) => inIpv4(97, behind(`3000 ${ETHER4}`, ip)),
  'MPLS in IP': (ip) => inIpv4(137, behind('00064140', ip)),
  'authentication header': (ip) => inIpv4(51, behind('04 04 0000 00000001 00000001 000000000000000000000000', ip)),
  VXLAN: (ip) => inUdp(4789, behind(`0800000000000700 ${ETHER4}`, ip)),
  'VXLAN of Linux, with a VLAN in it': (ip) =>
    inUdp(8472, behind(`0800000000000700 000000000001 000000000002 8100 0064 0800`, ip)),
  'VXLAN-GPE': (ip) => inUdp(4790, behind('0c00000100000700', ip)),
  Geneve: (ip) => inUdp(6081, behind('0000 0800 00000700', ip)),
  'Geneve with options': (ip) => inUdp(6081, behind(`0200 6558 00000700 0102030405060708 ${ETHER4}`, ip)),
  'GTP-U': (ip) => inUdp(2152, behind('30 ff 0000 00000001', ip)),
  'GTP-U with an extension header': (ip) => inUdp(2152, behind('34 ff 0000 00000001 0000 00 85 01 10 00 00', ip)),
  L2TP: (ip) => inUdp(1701, behind('4802 0000 0001 0002 00000000 0021', ip)),
  'GRE in UDP': (ip) => inUdp(4754, behind('0000 0800', ip)),
  'MPLS in UDP': (ip) => inUdp(6635, behind('00064140', ip)),
  'VXLAN in GRE in IP': (ip) =>
    inIpv4(4, inIpv4(47, behind('0000 0800', inUdp(4789, behind(`0800000000000700 ${ETHER4}`, ip))))),
};

const ETHERNETS: Readonly<Record<string, (ip: Buffer) => Buffer>> = {
  '802.1Q': (ip) => behind('000000000001 000000000002 8100 0064 0800', ip),
  QinQ: (ip) => behind('000000000001 000000000002 88a8 0064 8100 0064 0800', ip),
  'four tags': (ip) => behind('000000000001 000000000002 9100 0001 9200 0001 8100 0064 8100 0065 0800', ip),
  PPPoE: (ip) => behind('000000000001 000000000002 8864 1100 0001 0050 0021', ip),
  'PPPoE in a VLAN, its protocol in one byte': (ip) =>
    behind('000000000001 000000000002 8100 0064 8864 1100 0001 0050 21', ip),
  'MPLS, two labels': (ip) => behind('000000000001 000000000002 8847 00064040 00064140', ip),
  'Ethernet in MPLS': (ip) => behind(`000000000001 000000000002 8847 00064140 ${ETHER4}`, ip),
  'Ethernet in MPLS, with a control word': (ip) =>
    behind(`000000000001 000000000002 8847 00064140 00000000 ${ETHER4}`, ip),
  '802.1ah': (ip) => behind(`000000000001 000000000002 88e7 00000001 ${ETHER4}`, ip),
  '802.3 with SNAP': (ip) => behind('000000000001 000000000002 0050 aaaa03000000 0800', ip),
};

const timed = (packets: readonly Buffer[]): { at: number; data: Buffer }[] =>
  packets.map((data, index) => ({ at: 1_764_000_000_000 + index, data }));
const bodiesOf = ({ frames: found }: Capture): string[] => found.map(({ body }) => body.toString('hex'));
const all = bodies.map((body) => body.toString('hex'));

describe('messages are read through', () => {
  test.each(Object.entries(TUNNELS))('%s', (_, wrap) => {
    for (const inner of [
      ipv4,
      (spec: Spec) => inIpv4(41, ipv6({ ...spec, source: 'fd00::1', destination: 'fd00::2' })),
    ]) {
      const capture = read(pcap(timed(conversation.map((spec) => wrap(inner(spec)))), 101));
      expect({ bodies: bodiesOf(capture), notes: capture.notes }).toEqual({ bodies: all, notes: [] });
    }
  });

  test.each(Object.entries(ETHERNETS))('Ethernet with %s', (_, wrap) => {
    const capture = read(pcap(timed(conversation.map((spec) => wrap(ipv4(spec)))), 1));
    expect({ bodies: bodiesOf(capture), notes: capture.notes }).toEqual({ bodies: all, notes: [] });
  });

  test.each<[what: string, linkType: number, wrap: (ip: Buffer) => Buffer]>([
    ['PPPoE', 51, (ip) => behind('1100 0001 0050 0021', ip)],
    ['PPP behind its direction', 204, (ip) => behind('00 ff03 0021', ip)],
    ['Cisco HDLC', 104, (ip) => behind('0f00 0800', ip)],
    ['MPLS', 219, (ip) => behind('00064140', ip)],
    ['NFLOG, big-endian', 239, (ip) => Buffer.concat([hex('0200 0001'), be16(4 + ip.length), be16(9), ip])],
    ['PPI', 192, (ip) => behind('0000 0800 01000000', hex(ETHER4), ip)],
    ['PPI that holds itself', 192, () => hex('0000 0000 c0000000')],
    ['pflog', 117, (ip) => behind(`3d${'00'.repeat(63)}`, ip)],
  ])('link type %s', (what, linkType, wrap) => {
    const capture = read(pcap(timed(conversation.map((spec) => wrap(ipv4(spec)))), linkType));
    expect(bodiesOf(capture)).toEqual(what.includes('itself') ? [] : all);
  });
});

function be16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

test.each<[what: string, packet: Buffer, linkType: number, note: string]>([
  ['IPsec', inIpv4(50, Buffer.alloc(40)), 101, '3 packets in ESP (IPsec), which is encrypted'],
  ['IPsec in UDP', inUdp(4500, Buffer.alloc(40)), 101, '3 packets in ESP (IPsec), which is encrypted'],
  [
    'MACsec',
    behind('000000000001 000000000002 88e5', Buffer.alloc(40)),
    1,
    '3 packets in MACsec, which is not read through',
  ],
  ['a link type of nobody', Buffer.alloc(40), 147, '3 packets of link type 147, which is not known here'],
  ['DNS alone', inUdp(53, Buffer.alloc(40)), 101, '3 packets without TCP'],
  ['ARP alone', behind('000000000001 000000000002 0806', Buffer.alloc(40)), 1, '3 packets of other protocols than IP'],
  ['tunnels without end', inIpv4(4, tunnelsIn(40)), 101, '3 packets with more than 32 headers'],
  [
    'fragments of a tunnel',
    fragment(inUdp(4789, Buffer.alloc(40))),
    101,
    '3 packets of IP fragments whose others are not there, or do not fit',
  ],
])('what nothing is left of is counted and named: %s', (_, packet, linkType, note) => {
  const capture = read(pcap(timed([packet, packet, packet]), linkType));
  expect(capture).toEqual({ frames: [], notes: [note] });
});

function tunnelsIn(depth: number): Buffer {
  return depth === 0 ? Buffer.alloc(20) : inIpv4(4, tunnelsIn(depth - 1));
}

function fragment(packet: Buffer): Buffer {
  const copy = Buffer.from(packet);
  copy[6] = 0x20;
  return copy;
}

describe('IP fragments are joined', () => {
  const NOT_JOINED = 'of IP fragments whose others are not there, or do not fit';
  /** The fragments of an IP packet, of so many bytes each. */
  const inParts = (ip: Buffer, size: number, id = 7): Buffer[] =>
    ip[0] === 0x45 ? parts4(ip, size, id) : parts6(ip, size, id);
  const parts4 = (ip: Buffer, size: number, id: number): Buffer[] => {
    const body = ip.subarray(20);
    return Array.from({ length: Math.ceil(body.length / size) }, (_, n) => {
      const head = Buffer.from(ip.subarray(0, 20));
      const data = body.subarray(n * size, (n + 1) * size);
      head.writeUInt16BE(20 + data.length, 2);
      head.writeUInt16BE(id, 4);
      head.writeUInt16BE(((n * size) / 8) | ((n + 1) * size < body.length ? 0x2000 : 0), 6);
      return Buffer.concat([head, data]);
    });
  };
  const parts6 = (ip: Buffer, size: number, id: number): Buffer[] => {
    const body = ip.subarray(40); // behind the fragment header its hop-by-hop options: step over them once it is whole
    return Array.from({ length: Math.ceil(body.length / size) }, (_, n) => {
      const [head, part] = [Buffer.from(ip.subarray(0, 40)), Buffer.alloc(8)];
      const data = body.subarray(n * size, (n + 1) * size);
      part[0] = head[6] ?? 0;
      part.writeUInt16BE(n * size + ((n + 1) * size < body.length ? 1 : 0), 2);
      part.writeUInt32BE(id, 4);
      head[6] = 44;
      head.writeUInt16BE(8 + data.length, 4);
      return Buffer.concat([head, part, data]);
    });
  };
  const of6 = (spec: Spec): Buffer => ipv6({ ...spec, source: 'fd00::1', destination: 'fd00::2' });
  const cut = (packets: readonly Buffer[], size: number): Buffer[][] =>
    packets.map((ip, n) => inParts(ip, size, 7 + n));
  const heard = (packets: readonly Buffer[]) => {
    const { frames: found, notes } = read(pcap(timed(packets), 101));
    return { bodies: found.map(({ body }) => body.toString('hex')), notes };
  };

  test.each<[string, (spec: Spec) => Buffer]>([
    ['IPv4', ipv4],
    ['IPv6', of6],
    ['a tunnel in pieces', (spec) => inUdp(4789, behind(`0800000000000700 ${ETHER4}`, ipv4(spec)))],
    [
      'pieces behind an authentication header',
      (spec) => inIpv4(51, behind('04 04 0000 00000001 00000001 000000000000000000000000', ipv4(spec))),
    ],
  ])('%s: in order, backwards, captured twice, and those of several packets mixed', (_, wrap) => {
    for (const size of [8, 16, 48]) {
      const pieces = cut(conversation.map(wrap), size);
      const mixed = Array.from({ length: 64 }, (__, n) => pieces.flatMap((each) => each.slice(n, n + 1))).flat();
      for (const packets of [
        pieces.flat(),
        pieces.map((each) => each.toReversed()).flat(),
        pieces.flat().flatMap((each) => [each, each]),
        mixed,
      ]) {
        // A repeated last piece begins a packet of its own.
        expect(heard(packets).bodies).toEqual(all);
      }
    }
  });

  test('fragments in a tunnel, of which each is a packet', () => {
    const packets = cut(
      conversation.map((spec) => ipv4(spec)),
      24,
    ).flat();
    expect(heard(packets.map((ip) => inIpv4(47, behind('0000 0800', ip))))).toEqual({ bodies: all, notes: [] });
  });

  const [, , whole] = conversation.map((spec) => ipv4(spec));
  const rest = conversation.slice(0, 2).map((spec) => ipv4(spec));
  const pieces = parts4(whole ?? Buffer.alloc(0), 24, 9);
  const changed = (piece: Buffer | undefined, at: number): Buffer => {
    const copy = Buffer.from(piece ?? Buffer.alloc(0));
    copy[at] = (copy[at] ?? 0) ^ 0xff;
    return copy;
  };
  test.each<[string, Buffer[]]>([
    ['one is missing', pieces.slice(1)],
    ['the last one is missing', pieces.slice(0, -1)],
    ['two say other things of the same bytes', [...pieces.slice(0, 2), changed(pieces[1], 30), ...pieces.slice(2)]],
    [
      'one that lies behind the end',
      [
        ...pieces.slice(-1),
        ...parts4(Buffer.concat([whole ?? Buffer.alloc(0), Buffer.alloc(64)]), 24, 9).slice(pieces.length, -1),
        ...pieces.slice(0, -1),
      ],
    ],
    ['the capture kept half of one', pieces.map((piece, n) => (n === 1 ? piece.subarray(0, 30) : piece))],
  ])('%s: nothing is made up, and they are counted', (_, packets) => {
    const { bodies: found, notes } = heard([...rest, ...packets]);
    expect(found.length).toBeLessThan(all.length);
    expect(notes).toContain(`${packets.length} packets ${NOT_JOINED}`);
  });

  test('the same number a minute later names another packet', () => {
    const [first, second] = pieces;
    const packets = [...rest, first, second].map((data, n) => ({
      at: 1_764_000_000_000 + n,
      data: data ?? Buffer.alloc(0),
    }));
    const later = pieces.map((data, n) => ({ at: 1_764_000_100_000 + n, data }));
    const { frames: found, notes } = read(pcap([...packets, ...later], 101));
    expect(found.map(({ body }) => body.toString('hex'))).toEqual(all);
    expect(notes).toContain(`2 packets ${NOT_JOINED}`);
  });

  test('packets that are begun without end take no room without end', () => {
    const begun = Array.from(
      { length: 20_000 },
      (_, n) => parts4(whole ?? Buffer.alloc(0), 24, n)[0] ?? Buffer.alloc(0),
    );
    const { bodies: found, notes } = heard([...begun, ...rest, ...pieces]);
    expect(found).toEqual(all);
    expect(notes).toContain(`${begun.length} packets ${NOT_JOINED}`);
  });
});

test('the modified magic in the other byte order', () => {
  const plain = readFileSync(fixture('modified-magic.pcap'));
  const swapped = Buffer.from(plain);
  const swap = (at: number, bytes: number): void => void swapped.subarray(at, at + bytes).reverse();
  for (const [at, bytes] of [[0, 4], [4, 2], [6, 2], [8, 4], [12, 4], [16, 4], [20, 4]] as const) swap(at, bytes); // prettier-ignore
  for (let at = 24; at < plain.length;) {
    for (const word of [0, 4, 8, 12, 16]) swap(at + word, 4);
    swap(at + 20, 2);
    at += 24 + plain.readUInt32LE(at + 8);
  }
  expect(said(read(swapped))).toEqual(control);
});

test('a capture that begins in the middle of a frame begins with the next one, and says so', () => {
  const raw = LINKS['raw']?.linkType ?? 101;
  const { frames: found, notes } = read(pcap(timed([ipv4(segment(0, stream.subarray(20)))]), raw));
  expect(found.map(({ body }) => body.toString('hex'))).toEqual(all.slice(1));
  expect(notes).toEqual([
    expect.stringContaining(`begins in the middle: ${(frames[0]?.length ?? 0) - 20} bytes before`),
  ]);
});

test('messages of no dialect in a capture without its beginning are cut as they stand', () => {
  const odd = encodeFrame(Buffer.from('what is this'), { header: 'binary2' });
  const { frames: found } = read(pcap(timed([ipv4(segment(0, Buffer.concat([odd, odd])))]), 101));
  expect(found.map(({ body }) => body.toString('latin1'))).toEqual(['what is this', 'what is this']);
});

test('a command that reads a capture of which no message is left fails, and says what was passed over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-field-'));
  const file = join(folder, 'ipsec.pcap');
  writeFileSync(file, pcap(timed([inIpv4(50, Buffer.alloc(40))]), 101));
  expect(() => readWith(file, {})).toThrow(
    'ipsec.pcap holds no messages that are read here:\n  1 packets in ESP (IPsec), which is encrypted',
  );
  writeFileSync(file, '');
  expect(() => readWith(file, {})).toThrow('holds no messages that are read here.');
  rmSync(folder, { recursive: true });
});

test.each([
  ['snoop\0\0\0', 'a capture of snoop'],
  ['\xfd7zXZ\0\0', 'compressed with xz'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd'],
  ['PK\x03\x04', 'a ZIP archive'],
])('a file of another kind is named, with what to do: %j', (magic, reason) => {
  expect(() => read(Buffer.from(magic, 'latin1'))).toThrow(reason);
});
