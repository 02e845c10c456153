import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readCapture } from '../../src/capture/index.ts';
import { compile, encodeFrame, loadSpec } from '../../src/codec/index.ts';
import { ACK, FIN, ipv4, ipv6, LINKS, pcap, pcapng, SYN, type Spec, type Timed } from './pcap-writer.ts';

const codec = compile(loadSpec('kalabarg-pos'));
const echo = (stan: number): Buffer =>
  codec.encode({
    mti: '0800',
    fields: { 7: '1123101500', 11: String(stan).padStart(6, '0'), 41: '10000001', 70: '301' },
  });
const bodies = Array.from({ length: 12 }, (_, index) => echo(index + 1));
const stream = Buffer.concat(bodies.map((body) => encodeFrame(body, { header: 'binary2' })));
const START = 1_764_000_000_000;
const ISN = 0xffffffe0; // sequence numbers go round in the middle

const ends4 = { source: '10.0.0.1', sourcePort: 40_000, destination: '10.0.0.2', destinationPort: 8583 };
const ends6 = { ...ends4, source: 'fd00::1', destination: 'fd00::2' };

function segments(bytes: Buffer, size: number): Spec[] {
  const specs: Spec[] = [{ ...ends4, sequence: ISN, flags: SYN, payload: Buffer.alloc(0) }];
  for (let at = 0; at < bytes.length; at += size)
    specs.push({ ...ends4, sequence: ISN + 1 + at, flags: ACK, payload: bytes.subarray(at, at + size) });
  return [...specs, { ...ends4, sequence: ISN + 1 + bytes.length, flags: FIN | ACK, payload: Buffer.alloc(0) }];
}

function timed(packets: readonly Buffer[]): Timed[] {
  return packets.map((data, index) => ({ at: START + index * 10, data }));
}

function read(file: Buffer): ReturnType<typeof readCapture> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-pcap-'));
  try {
    writeFileSync(join(folder, 'x'), file);
    return readCapture(join(folder, 'x'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const raw = LINKS['raw']!;
const fileOf = (specs: readonly Spec[]): Buffer => pcap(timed(specs.map(ipv4)), raw.linkType);
const hexes = (file: Buffer): string[] => read(file).frames.map(({ body }) => body.toString('hex'));
const all = bodies.map((body) => body.toString('hex'));

describe('every form of packet capture gives the same frames', () => {
  const links = Object.entries(LINKS);
  const writers = [
    ['pcap', pcap, {}],
    ['pcap, big-endian', pcap, { big: true }],
    ['pcap, nanoseconds', pcap, { nano: true }],
    ['pcapng', pcapng, {}],
    ['pcapng, big-endian, nanoseconds', pcapng, { big: true, nano: true }],
  ] as const;
  for (const [form, write, options] of writers) {
    test.each(links)(`${form}, %s`, (_name, { linkType, wrap }) => {
      for (const v6 of [false, true]) {
        const specs = segments(stream, 37).map((spec) => (v6 ? { ...spec, ...ends6 } : spec));
        const packets = timed(specs.map((spec) => wrap(v6 ? ipv6(spec) : ipv4(spec), v6)));
        const { frames, notes } = read(write(packets, linkType, options));
        expect(frames.map(({ body }) => body.toString('hex'))).toEqual(all);
        expect(frames[0]).toMatchObject({ at: START + 20, from: 'terminal', dialect: 'kalabarg-pos' });
        expect(notes).toEqual([]);
      }
    });
  }

  test('gzipped', () => {
    expect(hexes(gzipSync(fileOf(segments(stream, 100))))).toEqual(all);
  });
});

test('segments in any order, sent twice and overlapping, give the stream that was sent', () => {
  const order = fc.shuffledSubarray([...Array(stream.length).keys()], { minLength: 0, maxLength: 20 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 90 }), order, fc.infiniteStream(fc.nat()), (size, extra, dice) => {
      const [syn, ...rest] = segments(stream, size);
      const again = extra.map((at) => ({
        ...ends4,
        sequence: ISN + 1 + at,
        flags: ACK,
        payload: stream.subarray(at, at + size),
      }));
      const shuffled = [...rest, ...again]
        .map((spec) => ({ spec, key: dice.next().value as number }))
        .sort((a, b) => a.key - b.key);
      expect(hexes(fileOf([syn!, ...shuffled.map(({ spec }) => spec)]))).toEqual(all);
    }),
    { numRuns: 60 },
  );
});

test('what was lost is reported, and reading goes on at the next frame', () => {
  const frameBytes = bodies[0]!.length + 2;
  const specs = segments(stream, frameBytes).filter((_, index) => index !== 4 && index !== 5);
  const { frames, notes } = read(fileOf(specs));
  expect(frames.map(({ body }) => body.toString('hex'))).toEqual(all.filter((_, index) => index !== 3 && index !== 4));
  expect(notes).toEqual([expect.stringContaining(`${2 * frameBytes} bytes are missing`)]);
  const middle = segments(stream, 25).filter((_, index) => index !== 4);
  expect(read(fileOf(middle)).frames.length).toBeGreaterThanOrEqual(10);
});

test('both directions and a pair of ports used again are told apart', () => {
  const back = { source: '10.0.0.2', sourcePort: 8583, destination: '10.0.0.1', destinationPort: 40_000 };
  const answer = segments(stream, 500).map((spec, index) => ({
    ...spec,
    ...back,
    flags: index === 0 ? SYN | ACK : spec.flags,
  }));
  const second = segments(stream, 500).map((spec) => ({ ...spec, sequence: spec.sequence + 5_000_000 }));
  const { frames } = read(fileOf([...segments(stream, 500), ...answer, ...second]));
  expect(frames.filter(({ from }) => from === 'terminal')).toHaveLength(24);
  expect(frames.filter(({ from }) => from === 'gateway')).toHaveLength(12);
});

test('a connection to another port is taken when it speaks a known dialect', () => {
  const other = segments(stream, 100).map((spec) => ({ ...spec, destinationPort: 9_999 }));
  expect(hexes(fileOf(other))).toEqual(all);
});

test('TLS is named as such, other ports are counted, and snapped packets are reported', () => {
  const tls = segments(Buffer.from('1603010005deadbeef00', 'hex'), 100);
  expect(read(fileOf(tls)).notes.join()).toContain('TLS');
  const other = segments(Buffer.from('select 1;'.repeat(20)), 100).map((spec) => ({ ...spec, destinationPort: 5432 }));
  expect(read(fileOf(other)).notes).toEqual(['1 connections to port 5432 were passed over']);
  const snapped = pcap(timed(segments(stream, 100).map((spec) => ipv4(spec).subarray(0, 60))), raw.linkType);
  expect(read(snapped).notes.join()).toContain('longer than what was captured');
});

describe('hostile files are refused by name, place and reason, or end', () => {
  test.each([
    ['a pcap header alone', pcap([], 1), 'holds no packets'],
    [
      'a packet beyond all bounds',
      Buffer.concat([pcap([], 1), Buffer.from('0000000000000000ffffff7fffffff7f', 'hex')]),
      'at most',
    ],
    ['a pcapng block of length 4', Buffer.from('0a0d0d0a040000004d3c2b1a00000000', 'hex'), 'cannot be 4 bytes'],
    [
      'a pcapng section of no byte order',
      Buffer.from('0a0d0d0a1c0000000000000000000000ffffffffffffffff1c000000', 'hex'),
      'byte-order magic',
    ],
    ['half a gzip', gzipSync(fileOf(segments(stream, 50))).subarray(0, 40), 'unexpected end of file'],
  ])('%s', (_name, file, reason) => {
    expect(() => read(file)).toThrow(reason);
  });

  test('a file of noise behind good magic never does more than refuse', () => {
    const good = fileOf(segments(stream, 50));
    const ng = pcapng(timed(segments(stream, 50).map(ipv4)), raw.linkType);
    fc.assert(
      fc.property(
        fc.constantFrom(good, ng),
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 12 }),
        (file, changes) => {
          const bad = Buffer.from(file);
          for (const [at, value] of changes) bad[at] = value;
          try {
            read(bad);
          } catch (error) {
            expect(error).toMatchObject({ name: 'GatewayError', code: 'capture.file' });
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
