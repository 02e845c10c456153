import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from '../../src/capture/frame.ts';
import { parseJsonl, readCapture } from '../../src/capture/index.ts';
import { TcpStream } from '../../src/capture/pcap/stream.ts';
import { compile, encodeFrame, loadSpec } from '../../src/codec/index.ts';
import { ACK, ipv4, pcap, pcapng, SYN, type Spec } from './pcap-writer.ts';

const codec = compile(loadSpec('kalabarg-pos'));
const body = codec.encode({ mti: '0800', fields: { 7: '1123101500', 11: '000007', 41: '10000001', 70: '301' } });
const frame = encodeFrame(body, { header: 'binary2' });
const RAW = 101;
const ends = { source: '10.0.0.1', sourcePort: 40_000, destination: '10.0.0.2', destinationPort: 8583 };
const ISN = 0xffffff00; // numbers go round

function read(file: Buffer): ReturnType<typeof readCapture> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-hostile-'));
  try {
    writeFileSync(join(folder, 'x'), file);
    return readCapture(join(folder, 'x'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function fileOf(pieces: readonly (readonly [at: number, bytes: Buffer])[], flags = ACK): Buffer {
  const syn: Spec = { ...ends, sequence: ISN, flags: SYN, payload: Buffer.alloc(0) };
  const data = pieces.map(([at, payload]): Spec => ({ ...ends, sequence: ISN + 1 + at, flags, payload }));
  return pcap(
    [syn, syn, ...data].map((spec, index) => ({ at: 1_764_000_000_000 + index, data: ipv4(spec) })),
    RAW,
  );
}

const hexes = (file: Buffer): string[] => read(file).frames.map((one) => one.body.toString('hex'));
const sound = body.toString('hex');

/** Bytes that are never a frame, whatever length they may seem to have. */
function noise(length: number): Buffer {
  let state = 1;
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

describe('a stream', () => {
  test('whose bytes were sent twice, otherwise the second time, is what came first', () => {
    const other = Buffer.alloc(frame.length, 0xee);
    expect(
      hexes(
        fileOf([
          [10, frame.subarray(10)],
          [0, frame.subarray(0, 12)],
          [0, other],
        ]),
      ),
    ).toEqual([sound]);
    // A later, greater segment that begins before an earlier one does not win over it.
    const around = Buffer.concat([frame.subarray(0, 20), other.subarray(20)]);
    expect(
      hexes(
        fileOf([
          [20, frame.subarray(20)],
          [0, around],
        ]),
      ),
    ).toEqual([sound]);
    expect(
      hexes(
        fileOf([
          [0, frame],
          [frame.length - 1, Buffer.from([0])],
        ]),
      ),
    ).toEqual([sound]); // a keep-alive probe
  });

  test('of any pieces holds at each place the byte that came first', () => {
    const piece = fc.tuple(fc.nat(60), fc.uint8Array({ minLength: 1, maxLength: 30 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const tcp = new TcpStream();
        tcp.open(ISN);
        const due = new Map<number, number>();
        for (const [at, bytes] of pieces) {
          tcp.add((ISN + 1 + at) % 2 ** 32, 0, Buffer.from(bytes));
          for (const [index, byte] of bytes.entries()) if (!due.has(at + index)) due.set(at + index, byte);
        }
        const is: (readonly [number, number])[] = [];
        let place = 0;
        for (const { bytes, gap } of tcp.chunks()) {
          place += gap;
          for (const byte of bytes) is.push([place++, byte]);
        }
        expect(is).toEqual([...due].sort((a, b) => a[0] - b[0]));
      }),
    );
  });

  test('gives what stands before noise in the same segment, and what comes after it', () => {
    const file = fileOf([[0, Buffer.concat([frame, frame, Buffer.from('ffffee', 'hex'), frame])]]);
    const { frames, notes } = read(file);
    expect(frames.map((one) => one.body.toString('hex'))).toEqual([sound, sound, sound]);
    expect(notes).toEqual([expect.stringContaining('65535 bytes announced, at most 4096; looking for the next frame')]);
  });

  test('of megabytes of noise ends, and the frame behind it is found', () => {
    const long = noise(2_500_000);
    const pieces: [number, Buffer][] = [];
    for (let at = 0; at < long.length; at += 1_400) pieces.push([at, long.subarray(at, at + 1_400)]);
    const { frames } = read(
      fileOf([...pieces, [long.length, frame], [long.length + frame.length, Buffer.alloc(5_000)]]),
    );
    expect(frames.some((one) => one.body.equals(body))).toBe(true);
  });

  test('out of step in the middle of a frame goes on, however the rest is cut', () => {
    const rest = Buffer.concat([frame.subarray(7), frame, frame]);
    for (let size = 1; size < rest.length; size += 3) {
      const pieces: [number, Buffer][] = [];
      for (let at = 0; at < rest.length; at += size) pieces.push([7 + at, rest.subarray(at, at + size)]);
      expect(hexes(fileOf(pieces))).toEqual([sound, sound]);
    }
  });
});

test.each([
  ['pcap', pcap],
  ['pcapng', pcapng],
])('a %s that was cut off by its end says where, and gives the rest', (_, write) => {
  const specs = [0, 1].map((index): Spec => ({
    ...ends,
    sequence: ISN + index * frame.length,
    flags: ACK,
    payload: frame,
  }));
  const file = write(
    specs.map((spec, index) => ({ at: 1_764_000_000_000 + index, data: ipv4(spec) })),
    RAW,
  );
  const { frames, notes } = read(file.subarray(0, -9));
  expect(frames).toHaveLength(1);
  expect(notes).toEqual([expect.stringMatching(/^the file is cut off at offset \d+: its last packet is left out$/)]);
});

describe('a text is refused', () => {
  const line = (dialect: string): string =>
    `{"at":"2026-11-23T10:15:00Z","from":"terminal","connection":"a","dialect":${JSON.stringify(dialect)},"hex":"00"}\n`;

  test('of more messages than anybody holds, for the memory of a laptop', () => {
    const most = Buffer.from('0\n'.repeat(2_000_000));
    const last = (bytes: Buffer): number => [...linesOf(bytes, 'x')].length;
    expect(last(most)).toBe(2_000_000);
    expect(() => last(Buffer.concat([most, Buffer.from('0')]))).toThrow('x: line 2000001: more than 2000000 messages');
  });

  test('with a line of a megabyte', () => {
    expect(() => read(Buffer.from(`{"at":"${' '.repeat(1 << 20)}"}`))).toThrow('line 1: longer than 1048576 bytes');
  });

  test.each(['../../etc/passwd', '/etc/passwd', '/dev/zero', '', 'a b', 'x'.repeat(61)])(
    'with %j for a dialect: a capture must not make us open what it likes',
    (dialect) => {
      expect(() => parseJsonl(line(dialect), 'x')).toThrow('line 1: dialect: must be the name of a dialect');
    },
  );

  test('but not with a file of a dialect', () => {
    expect(parseJsonl(line('./own.json'), 'x')).toHaveLength(1);
  });
});
