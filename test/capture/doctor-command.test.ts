import { expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { compile, encodeFrame, loadSpec } from '../../src/codec/index.ts';
import { ipv4, pcap } from './pcap-writer.ts';
import { runCommand } from '../support/system.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-doctor-'));
const library = (name: string): string => fileURLToPath(new URL(`../captures/${name}.jsonl`, import.meta.url));
const doctor = (...args: string[]): ReturnType<typeof runCommand> =>
  runCommand(['doctor', ...args], { PATH: process.env['PATH'] ?? '' });

const codec = compile(loadSpec('kalabarg-pos'));
const echo = codec.encode({ mti: '0800', fields: { 7: '1123101500', 11: '000001', 41: '10000001', 70: '301' } });
const framed = encodeFrame(echo, { header: 'binary2' });

test('bytes, hexadecimal and JSONL are told apart, and their framing and dialect found', async () => {
  writeFileSync(join(folder, 'raw'), Buffer.concat([framed, framed]));
  writeFileSync(join(folder, 'hex'), `${framed.toString('hex')}\n# again\n${framed.toString('hex')}\n`);
  for (const file of ['raw', 'hex']) {
    const { stdout, status } = await doctor('frames', join(folder, file));
    expect(stdout.split('\n')[1]).toMatch(
      /^ 100\.0 % {2}kalabarg-pos +2 bytes, big-endian: 2 of 2 messages decode; 2 tags and rules of its own hold$/,
    );
    expect(status).toBe(0);
  }
  const { stdout } = await doctor('frames', library('purchase-split-voucher-and-card'));
  expect(stdout).toMatch(/said to be kalabarg-pos: [^]*100\.0 %[^]*said to be bank-switch: [^]*100\.0 %/);
});

test('a packet capture is taken apart by port and direction, also gzipped', async () => {
  const spec = { source: '10.0.0.1', sourcePort: 40_000, destination: '10.0.0.2', destinationPort: 9_999 };
  const ascii = compile(loadSpec('iso87-ascii-hexbitmap')).encode({
    mti: '0800',
    fields: { 7: '1123101500', 11: '000001' },
  });
  const payload = encodeFrame(ascii, { header: 'ascii4' });
  const packets = [0, 1].map((index) => ({
    at: 1_764_000_000_000 + index,
    data: ipv4({ ...spec, sequence: index * payload.length, flags: 0x10, payload }),
  }));
  writeFileSync(join(folder, 'day.pcap.gz'), gzipSync(pcap(packets, 101)));
  const { stdout, status } = await doctor('frames', join(folder, 'day.pcap.gz'));
  expect([status, stdout.split('\n').slice(0, 2)]).toEqual([
    0,
    [
      `to port 9999: 1 sample, ${2 * payload.length} bytes`,
      expect.stringMatching(/^ 100\.0 % {2}iso87-ascii-hexbitmap +4 ASCII digits: 2 of 2 messages decode/),
    ],
  ]);
});

test('one dialect alone: from which byte on it does not fit', async () => {
  writeFileSync(join(folder, 'cut'), echo.subarray(0, 20).toString('hex'));
  const { stdout, status } = await doctor('frames', join(folder, 'cut'), '--spec', 'kalabarg-pos');
  expect(stdout).toMatch(/sample 1: does not fit from byte \d+ on \(\d+\): needs \d+ bytes, \d+ are left/);
  expect(status).toBe(2);
});

test('answers that fit, and drift of a capture', async () => {
  const answers = await doctor('answers', library('repeat-same-bytes'));
  expect([answers.stdout, answers.status]).toEqual(['every answer fits its request\n', 0]);
  const drift = await doctor('drift', library('basket-eligible'), '--spec', 'kalabarg-pos');
  expect(drift.stdout).toMatch(/^\d+ messages against kalabarg-pos\n/);
  expect(drift.stdout).toContain('48.10 Reference of the purchase');
  const unknown = await doctor('drift', library('basket-eligible'), '--spec', './none.json');
  expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('none.json')]);
});
