import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compile, loadSpec, type Message } from '../../src/codec/index.ts';
import {
  aesDukptDerivationKey,
  aesDukptInitialKey,
  aesDukptWorkingKey,
  cmac,
  encryptPinBlock,
  retailMac,
  tdesDukptInitialKey,
  tdesDukptTransactionKey,
  tdesDukptWorkingKey,
} from '../../src/hsm/index.ts';
import { systemClock, tehran, transmissionDateTime } from '../../src/ops/clock.ts';
import { demoPan, demoTrack2 } from '../../src/demo/programme.ts';
import type { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { startSystem, type System } from '../support/system.ts';

/** A slow machine starts databases and gateways slowly. */
jest.setTimeout(240_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const codec = compile(loadSpec('kalabarg-pos'));
const BDK = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
/** More than the voucher credit of a household of five: the card and its PIN are asked for. */
const SPLIT = '000060000000';

/** A DUKPT device: what it puts into a message with this KSN. */
interface Device {
  readonly scheme: '03' | '04';
  readonly ksn: Buffer;
  pinFields(pin: string, pan: string): { 52?: string; tag20?: string };
  requestMac(data: Buffer): Buffer;
  responseMac(data: Buffer): Buffer;
}

function tdesDevice(ksn: Buffer): Device {
  const key = (use: 'pin' | 'mac-request' | 'mac-response') =>
    tdesDukptWorkingKey(tdesDukptTransactionKey(tdesDukptInitialKey(BDK, ksn), ksn), use);
  return {
    scheme: '03',
    ksn,
    pinFields: (pin, pan) => ({ 52: encryptPinBlock(key('pin'), 'TDES', 0, pin, pan).toString('hex').toUpperCase() }),
    requestMac: (data) => retailMac(key('mac-request'), data),
    responseMac: (data) => retailMac(key('mac-response'), data),
  };
}

function aesDevice(ksn: Buffer): Device {
  const key = (use: 'pin' | 'mac-generate' | 'mac-verify') =>
    aesDukptWorkingKey(aesDukptDerivationKey(aesDukptInitialKey(BDK, ksn), ksn), ksn, use);
  return {
    scheme: '04',
    ksn,
    pinFields: (pin, pan) => ({ tag20: encryptPinBlock(key('pin'), 'AES', 4, pin, pan).toString('hex').toUpperCase() }),
    requestMac: (data) => cmac(key('mac-generate'), data).subarray(0, 8),
    responseMac: (data) => cmac(key('mac-verify'), data).subarray(0, 8),
  };
}

let system: System;
let terminal: SimulatedTerminal;
let stan = 0;
let used = 0;

beforeAll(async () => {
  system = await startSystem();
  terminal = await system.connect('10000001'); // it never asks for session keys
  for (const [name, algorithm] of [
    ['bdk:ffff987654', 'TDES'],
    ['bdk:12345678', 'AES'],
  ] as const) {
    const zeros = '00'.repeat(16);
    const args = [COMMAND, 'keys', 'form', name, '--usage', 'B0', '--algorithm', algorithm];
    const input = ['Zohreh', BDK.toString('hex'), 'yes', 'Bahram', zeros, 'yes', 'yes', ''].join('\n');
    execFileSync(process.execPath, args, { env: { ...system.environment }, input });
  }
});
afterAll(() => system.stop());

/** A subsidised purchase of another household of five each time. */
async function purchase(device: Device, options: { pin?: string; ksn?: string; mac?: Buffer } = {}): Promise<Message> {
  const household = 5 * ++used + 4;
  const pan = demoPan(household);
  const { 52: block, tag20 } = device.pinFields(options.pin ?? '1234', pan);
  const now = systemClock.now();
  const { time, date } = tehran(now);
  const tags = {
    '21': options.ksn ?? device.ksn.toString('hex').toUpperCase(),
    ...(tag20 === undefined ? {} : { '20': tag20 }),
  };
  const fields = {
    3: '179800',
    4: SPLIT,
    7: transmissionDateTime(now),
    11: String(++stan).padStart(6, '0'),
    12: time,
    13: date,
    22: '051',
    25: '00',
    35: demoTrack2(household),
    41: '10000001',
    42: '000000000000001',
    48: tags,
    49: '364',
    ...(block === undefined ? {} : { 52: block }),
    53: device.scheme.padEnd(16, '0'),
    64: '0000000000000000',
  };
  const bytes = codec.encode({ mti: '0200', fields });
  (options.mac ?? device.requestMac(bytes.subarray(0, -8))).copy(bytes, bytes.length - 8);
  return (await terminal.exchange(codec.decode(bytes))).message;
}

function macHolds(device: Device, answer: Message): boolean {
  const bytes = answer.encode();
  return device.responseMac(bytes.subarray(0, -8)).equals(bytes.subarray(-8));
}

describe.each<[string, (counter: number) => Device]>([
  ['TDES', (counter) => tdesDevice(Buffer.from(`FFFF9876543210E0000${counter}`, 'hex'))],
  ['AES', (counter) => aesDevice(Buffer.from(`12345678901234560000000${counter}`, 'hex'))],
])('a terminal by %s DUKPT', (_, device) => {
  test('is served to the approval: PIN and MAC by its KSN, the answer under the response key', async () => {
    for (const counter of [1, 2, 3]) {
      const answer = await purchase(device(counter));
      expect({ rc: answer.get(39), mac: macHolds(device(counter), answer) }).toEqual({ rc: '00', mac: true });
    }
  });

  test('hears of a wrong PIN, and of a wrong MAC before anything moves', async () => {
    const wrongPin = await purchase(device(4), { pin: '4321' });
    expect({ rc: wrongPin.get(39), mac: macHolds(device(4), wrongPin) }).toEqual({ rc: '55', mac: true });
    const wrongMac = await purchase(device(5), { mac: Buffer.alloc(8) });
    expect({ rc: wrongMac.get(39), mac: macHolds(device(5), wrongMac) }).toEqual({ rc: '63', mac: true });
    expect((await purchase(device(5), { mac: device(6).requestMac(Buffer.alloc(8)) })).get(39)).toBe('63');
  });

  test.each([
    ['no KSN', '', '30'],
    ['half a KSN', 'FFFF98', '30'],
    ['letters', 'Z'.repeat(24), '30'],
  ])('is refused with %s', async (__, ksn, rc) => {
    const answer = await purchase(device(7), { ksn });
    expect({ rc: answer.get(39), path: answer.get('48.90') }).toEqual({ rc, path: '48.21' });
  });

  test('is told to sign on again when its base key is not here', async () => {
    const strange = device(8).ksn.toString('hex').toUpperCase().replace(/^..../, '0B0B');
    expect((await purchase(device(8), { ksn: strange })).get(39)).toBe('76');
  });
});

test('a KSN whose counter is at its end, or at zero, is refused as no KSN', async () => {
  const device = tdesDevice(Buffer.from('FFFF9876543210E00001', 'hex'));
  for (const ksn of ['FFFF9876543210E00000', 'FFFF9876543210FFFFFF']) {
    expect((await purchase(device, { ksn })).get(39)).toBe('30');
  }
});
