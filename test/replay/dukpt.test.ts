import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonLine, sanitiseCapture, TEST_BDKS, type CapturedFrame } from '../../src/capture/index.ts';
import { compile, loadSpec, type FieldInput } from '../../src/codec/index.ts';
import { systemClock, tehran, transmissionDateTime } from '../../src/ops/clock.ts';
import { demoTrack2 } from '../../src/demo/programme.ts';
import { replay, replayCapture, type Target } from '../../src/replay/index.ts';
import { startSystem, type System } from '../support/system.ts';

/** A slow machine starts databases and gateways slowly. */
jest.setTimeout(240_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const codec = compile(loadSpec('kalabarg-pos'));
let system: System;
let to: Target;

beforeAll(async () => {
  system = await startSystem();
  to = { host: '127.0.0.1', port: Number(system.environment['KALABARG_TERMINAL_PORT']), data: system.data };
  // As docs/replay.md says: the gateway under test is given the test base keys.
  for (const [name, algorithm] of [
    ['bdk:ffff987654', 'TDES'],
    ['bdk:12345678', 'AES'],
  ] as const) {
    const args = [COMMAND, 'keys', 'form', name, '--usage', 'B0', '--algorithm', algorithm];
    const key = TEST_BDKS[algorithm].toString('hex');
    const input = ['Zohreh', key, 'yes', 'Bahram', '00'.repeat(16), 'yes', 'yes', ''].join('\n');
    execFileSync(process.execPath, args, { env: { ...system.environment }, input });
  }
});
afterAll(() => system.stop());

/** What was seen in the field, under keys that nobody here has: two purchases, of which the second's PIN was wrong. */
function field(scheme: '03' | '04', ksn: string): CapturedFrame[] {
  const now = systemClock.now();
  const { time, date } = tehran(now);
  return ['00', '55'].flatMap((rc, index): CapturedFrame[] => {
    const frame = (from: 'terminal' | 'gateway', mti: string, fields: Record<number, FieldInput>): CapturedFrame => {
      const own = {
        3: '000000',
        4: '000002000000',
        7: transmissionDateTime(now),
        11: `00000${index + 1}`,
        12: time,
        13: date,
      };
      const device = { 41: '10000001', 42: '000000000000001', 49: '364', 64: 'DEADBEEFDEADBEEF' };
      const body = codec.encode({ mti, fields: { ...own, ...device, ...fields } });
      return {
        at: now + 2 * index + (from === 'gateway' ? 1 : 0),
        from,
        connection: '10000001#1',
        dialect: 'kalabarg-pos',
        body,
      };
    };
    const serial = `${ksn.slice(0, -1)}${index + 1}`;
    const pin =
      scheme === '03'
        ? { 52: 'DEADBEEFDEADBEEF', 48: { '21': serial } }
        : { 48: { '20': 'DEADBEEF'.repeat(4), '21': serial } };
    const asked = {
      22: '051',
      25: '00',
      35: demoTrack2(10 * index + (scheme === '03' ? 11 : 311)),
      53: scheme.padEnd(16, '0'),
      ...pin,
    };
    const given = rc === '00' ? { 38: '123456' } : {};
    return [
      frame('terminal', '0200', asked),
      frame('gateway', '0210', { 37: `63271400000${index}`, 39: rc, ...given }),
    ];
  });
}

test.each([
  ['TDES', '03', 'FFFF9876543210E00001'],
  ['AES', '04', '123456789012345600000001'],
] as const)(
  'a sanitised capture of a %s DUKPT terminal replays: PIN, MAC and the MACs of its answers hold',
  async (name, scheme, ksn) => {
    const capture = sanitiseCapture({ frames: field(scheme, ksn), notes: [] }, Buffer.from('key'));
    const { played } = await replayCapture('field', capture, { to, ignore: ['54', '48.13', '48.11'] });
    expect(played.map(({ answer }) => answer?.get(39))).toEqual(['00', '55']);
    expect(played.flatMap(({ differences }) => differences)).toEqual([]);
    // And as a test of the library, updated once.
    const file = join(system.data, `${name}.jsonl`);
    writeFileSync(file, capture.frames.map(jsonLine).join(''));
    await replay(file, { to, update: true });
    await replay(file, { to, ignore: ['54'] });
    expect(readFileSync(file, 'utf8')).not.toContain('DEADBEEF');
  },
);
