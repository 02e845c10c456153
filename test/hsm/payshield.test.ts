import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '../../src/demo/machine/certificates.ts';
import { connect, createServer, type AddressInfo } from 'node:net';
import { HsmError, payshieldHsm, type PayshieldOptions } from '../../src/hsm/index.ts';
import { payshieldError } from '../../src/hsm/payshield/error-codes.ts';
import { encodeMessage, MessageReader, type Message } from '../../src/hsm/payshield/frame.ts';
import { SimulatorLmk } from '../../src/simulators/payshield/lmk.ts';
import { simulatePayshield, type PayshieldSimulator } from '../../src/simulators/payshield/index.ts';
import { code, describeBackend, type Opened } from './contract.ts';
import { group, hex, text } from './vectors.ts';

const CLEAR_TDES = Buffer.from('0123456789ABCDEFFEDCBA98765432100011223344556677', 'hex');
const CLEAR_AES = Buffer.from('00112233445566778899AABBCCDDEEFFFFEEDDCCBBAA99887766554433221100', 'hex');

async function open(): Promise<Opened> {
  // Answers come out of order: the header must tell whose they are.
  let count = 0;
  const simulator = await simulatePayshield({ port: 0, delayMs: () => (count++ % 3) * 2 });
  const hsm = payshieldHsm({ endpoints: [{ host: '127.0.0.1', port: simulator.port }], connections: 2 });
  const known = (clear: Buffer, algorithm: 'TDES' | 'AES', bits: 192 | 256) => ({
    ref: simulator.lmk.reference({ usage: 'K1', algorithm, bits }, clear),
    clear,
  });
  return {
    hsm,
    kbpk: { TDES: known(CLEAR_TDES, 'TDES', 192), AES: known(CLEAR_AES, 'AES', 256) },
    close: async () => {
      await hsm.close();
      await simulator.close();
    },
  };
}

describeBackend({
  name: 'payshield',
  abilities: ['tdes dukpt', 'aes dukpt', 'variant', 'mac padding', 'weak keys'],
  open,
});

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function pair(
  simulatorOptions: Partial<Parameters<typeof simulatePayshield>[0]> = {},
  options: Partial<PayshieldOptions> = {},
): Promise<{ simulator: PayshieldSimulator; hsm: ReturnType<typeof payshieldHsm> }> {
  const simulator = await simulatePayshield({ port: 0, ...simulatorOptions });
  const hsm = payshieldHsm({ endpoints: [{ host: '127.0.0.1', port: simulator.port }], ...options });
  closers.push(async () => {
    await hsm.close();
    await simulator.close();
  });
  return { simulator, hsm };
}

describe('the way to a payShield', () => {
  const spec = { usage: 'M3', algorithm: 'TDES', bits: 128 } as const;

  test('hundreds of commands at once each get their own answer, in whatever order they come', async () => {
    const { hsm } = await pair({ delayMs: (message) => message.body.length % 7 }, { connections: 2, maxInFlight: 16 });
    const key = await hsm.generateKey(spec);
    const texts = Array.from({ length: 300 }, (_, i) => Buffer.from(`message ${'x'.repeat(i % 11)} ${String(i)}`));
    const macs = await Promise.all(texts.map((data) => hsm.generateMac(key, data)));
    expect(new Set(macs.map(hex)).size).toBe(300);
    const checked = await Promise.all(texts.map((data, i) => hsm.verifyMac(key, data, macs[i]!)));
    expect(checked.every((good) => good)).toBe(true);
  });

  test('commands that a broken connection swallowed are sent again', async () => {
    const { simulator, hsm } = await pair({ delayMs: () => 20 }, { connections: 1 });
    const key = await hsm.generateKey(spec);
    const macs = Promise.all(Array.from({ length: 20 }, () => hsm.generateMac(key, Buffer.from('data'))));
    await new Promise((done) => setTimeout(done, 10));
    simulator.disconnect();
    expect((await macs).map(hex)).toEqual(Array(20).fill(hex(await hsm.generateMac(key, Buffer.from('data')))));
  });

  test('an answer that never comes is an error in time, and the next command works', async () => {
    let silent = false;
    const { hsm } = await pair({ delayMs: () => (silent ? Infinity : 0) }, { connections: 1, timeoutMs: 1_500 });
    await hsm.random(1);
    silent = true;
    await expect(hsm.random(8)).rejects.toMatchObject(code('hsm.timeout'));
    silent = false;
    expect(await hsm.random(8)).toHaveLength(8);
  });

  test('an HSM that is not there is an error that names it, and a status that is not ready', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const hsm = payshieldHsm({ endpoints: [{ host: '127.0.0.1', port }], timeoutMs: 100 });
    closers.push(() => hsm.close());
    await expect(hsm.random(8)).rejects.toThrow(String(port));
    const { ready, detail } = await hsm.status();
    expect(ready).toBe(false);
    expect(detail).toContain('0 of 4');
  });

  test('a second HSM takes over from one that is gone', async () => {
    const simulators = [await simulatePayshield({ port: 0 }), await simulatePayshield({ port: 0 })];
    const endpoints = simulators.map(({ port }) => ({ host: '127.0.0.1', port }));
    const hsm = payshieldHsm({ endpoints, connections: 1 });
    closers.push(
      () => hsm.close(),
      () => simulators[1]!.close(),
    );
    await Promise.all(Array.from({ length: 8 }, () => hsm.random(8)));
    await simulators[0]!.close();
    expect(await Promise.all(Array.from({ length: 8 }, () => hsm.random(8)))).toHaveLength(8);
  });

  test('TLS is spoken to an HSM that shows a certificate of the right authority, and to no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kalabarg-hsm-'));
    const { ca, server } = await ensureCertificates(folder, [], Date.now());
    const tls = { cert: readFileSync(server.cert), key: readFileSync(server.key) };
    const { hsm, simulator } = await pair({ tls }, { tls: { ca: readFileSync(ca), servername: 'localhost' } });
    expect(await hsm.random(8)).toHaveLength(8);
    const endpoints = [{ host: '127.0.0.1', port: simulator.port }];
    const stranger = payshieldHsm({ endpoints, tls: { servername: 'localhost' }, timeoutMs: 200 });
    closers.push(() => stranger.close());
    await expect(stranger.random(8)).rejects.toMatchObject(code('hsm.unavailable'));
    rmSync(folder, { recursive: true });
  });

  test('what is no answer closes the connection, and hurts nobody', async () => {
    const liar = createServer((socket) => socket.on('data', () => socket.write(Buffer.from([0, 1, 0xff])))).listen(0);
    await once(liar, 'listening');
    const { port } = liar.address() as AddressInfo;
    const hsm = payshieldHsm({ endpoints: [{ host: '127.0.0.1', port }], connections: 1, timeoutMs: 500 });
    closers.push(() => hsm.close());
    await expect(hsm.random(8)).rejects.toMatchObject(code('hsm.unavailable'));
    liar.close();
  });

  test('every error code has a name, and an unknown one does not pass for success', () => {
    const documented = ['01', '10', '13', '15', '20', '24', '27', '68', '80', 'A4', 'A6', 'BD'];
    for (const error of documented) expect(payshieldError('CA', error).message).toContain(error);
    expect(payshieldError('CA', '20').message.replace('20', '24')).toBe(payshieldError('CA', '24').message);
    expect(payshieldError('CA', 'ZZ')).toBeInstanceOf(HsmError);
  });
});

describe('a payShield with a variant LMK', () => {
  const options = { lmk: 'variant' } as const;
  const spec = { usage: 'P0', algorithm: 'TDES', bits: 128 } as const;

  test('keys are of their type: PINs are translated by CC, and a MAC key is none for a PIN', async () => {
    const { hsm } = await pair({}, options);
    const [from, to] = [await hsm.generateKey(spec), await hsm.generateKey(spec)];
    const mac = await hsm.generateKey({ ...spec, usage: 'M3' });
    const request = { pan: '6037990000000072', from, fromFormat: 0, to, toFormat: 0 } as const;
    await expect(hsm.translatePin({ ...request, block: Buffer.alloc(8) })).rejects.toMatchObject(code('pin.block'));
    expect(await hsm.verifyMac(mac, Buffer.from('data'), await hsm.generateMac(mac, Buffer.from('data')))).toBe(true);
    const mislabelled = { ...mac, usage: 'P0', token: `001${mac.token.slice(3)}` } as const;
    const stolen = hsm.translatePin({ ...request, block: Buffer.alloc(8), from: mislabelled });
    await expect(stolen).rejects.toMatchObject(code('key.token'));
    expect(await hsm.kcv(from)).toBe(from.kcv);
  });

  test('AES keys are beyond it', async () => {
    const { hsm } = await pair({}, options);
    await expect(hsm.generateKey({ ...spec, algorithm: 'AES' })).rejects.toMatchObject(code('hsm.unsupported'));
  });
});

describe('the simulator answers as others recorded it', () => {
  const lmk = new SimulatorLmk(Buffer.alloc(32), () => Buffer.alloc(16));

  test.each(group('Thales variant LMK', (vector) => 'clear' in vector.input))('%s', (_, vector) => {
    const clear = Buffer.from(text(vector, 'clear').slice(1, 33), 'hex');
    expect(lmk.wrapVariant(clear, text(vector, 'type'))).toBe(vector.expected);
  });

  test.each(group('Thales variant LMK', (vector) => 'token' in vector.input))('%s', (_, vector) => {
    expect(hex(lmk.unwrapVariant(text(vector, 'token'), text(vector, 'type')).key)).toBe(vector.expected);
  });

  /** Sends one host command and gives the response code and body. */
  async function ask(command: string, body: string): Promise<Message> {
    const simulator = await simulatePayshield({ port: 0 });
    const socket = connect(simulator.port, '127.0.0.1');
    socket.write(encodeMessage('HEAD', command, [body]));
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    await simulator.close();
    return new MessageReader(4).push(chunk)[0]!;
  }

  test.each(group('payShield MS/MT'))('%s', async (_, vector) => {
    const message = text(vector, 'message').slice(0, 16);
    const answer = await ask('M6', `00131${text(vector, 'type')}${text(vector, 'keyUnderLmk')}0010${message}`);
    expect(answer.code + answer.body.toString('latin1')).toBe(`M700${vector.expected}`);
  });

  test.each(group('payShield CC/CD'))('%s', async (_, vector) => {
    const fields = [
      text(vector, 'srcZpk'),
      text(vector, 'dstZpk'),
      '12',
      text(vector, 'block'),
      '0501',
      text(vector, 'acct'),
    ];
    const answer = await ask('CC', fields.join(''));
    expect(answer.header + answer.code).toBe('HEADCD');
    expect(answer.body.toString('latin1')).toMatch(new RegExp(`^00\\d\\d${vector.expected}01$`));
  });

  test.each([
    ['an unknown command', 'ZZ', '', '68'],
    ['too little', 'CA', 'U00', '15'],
    ['too much', 'NC', '%00junk', '15'],
    ['another LMK', 'N0', '008%07', '13'],
  ])('%s is refused with its code', async (_, command, body, error) => {
    const answer = await ask(command, body);
    expect(answer.body.toString('latin1')).toBe(error);
  });
});
