import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { compile, encodeFrame, FrameDecoder, loadSpec, type Message } from '../../src/codec/index.ts';
import { terminalCertificate } from '../../src/demo/files.ts';
import type { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

let system: System;
let terminal: SimulatedTerminal;
const codec = compile(loadSpec('kalabarg-pos'));

beforeAll(async () => {
  system = await startSystem();
  terminal = await system.terminal('10000001');
});
afterAll(() => system.stop());

/** A bare TLS connection with a terminal's certificate: bytes out, whatever comes back. */
async function raw(id: string | undefined): Promise<{ socket: TLSSocket; answer: () => Promise<Buffer | 'closed'> }> {
  const files = id === undefined ? undefined : terminalCertificate(system.data, id);
  const socket = connectTls({
    host: '127.0.0.1',
    port: Number(system.environment['KALABARG_TERMINAL_PORT']),
    ca: readFileSync(join(system.data, 'tls', 'ca.crt')),
    servername: 'localhost',
    ...(files === undefined ? {} : { cert: readFileSync(files.cert), key: readFileSync(files.key) }),
  });
  const frames = new FrameDecoder({ header: 'binary2' });
  const got: (Buffer | 'closed')[] = [];
  let wake: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    for (const frame of frames.push(chunk)) got.push(Buffer.from(frame.body));
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    got.push('closed');
    wake();
  });
  await new Promise((done) => socket.once('secureConnect', done));
  const answer = async (): Promise<Buffer | 'closed'> => {
    while (got.length === 0) await new Promise<void>((done) => (wake = done));
    return got.shift()!;
  };
  return { socket, answer };
}

const frame = (body: Uint8Array): Buffer => encodeFrame(body, { header: 'binary2' });

describe('who may speak', () => {
  test('without a client certificate there is no connection', async () => {
    const { answer } = await raw(undefined);
    expect(await answer()).toBe('closed');
  });

  test('DE 41 that is not the certificate is RC 58', async () => {
    const answer = await terminal.financial('179800', 1_000n, cardOf(7), { 41: '10000002' });
    expect([answer.rc, answer.macGood]).toEqual(['58', true]);
  });

  test('DE 42 that is not the merchant of the terminal is RC 03', async () => {
    const answer = await terminal.financial('179800', 1_000n, cardOf(7), { 42: '000000000000002' });
    expect([answer.rc, answer.macGood]).toEqual(['03', true]);
  });

  test('a merchant that is not approved is RC 03, under AES keys too', async () => {
    const aes = await system.terminal('10000021');
    const answer = await aes.financial('179800', 1_000n, cardOf(7));
    expect([answer.rc, answer.macGood]).toEqual(['03', true]);
  });
});

describe('keys and MACs (wire.md 8)', () => {
  test('before keys exist: echo works without a MAC, a purchase is RC 76 without one', async () => {
    const fresh = await system.connect('10000011');
    const echo = await fresh.network('301');
    expect([echo.rc, echo.macGood]).toEqual(['00', undefined]);
    const early = await fresh.financial('379800', 0n, cardOf(7, null));
    expect([early.rc, early.macGood]).toEqual(['76', undefined]);
  });

  test('a wrong MAC is RC 63, moves nothing, and is counted', async () => {
    const good = await terminal.financial('379800', 0n, cardOf(7, null));
    const forged = await terminal.exchange(good.request.with({ 4: '000000000001' }));
    expect([forged.rc, forged.macGood]).toEqual(['63', true]);
    const metrics = await (await fetch(`http://127.0.0.1:${system.httpPort}/metrics`)).text();
    expect(metrics).toMatch(/kalabarg_wrong_macs_total\{terminal="10000001"\} 1/);
  });

  test('no MAC at all is RC 63', async () => {
    const answer = await terminal.send(
      '0200',
      { 3: '379800', 4: '0'.repeat(12), 22: '071', 25: '00', 35: cardOf(7).track2, 49: '364' },
      { mac: false },
    );
    expect(answer.rc).toBe('63');
  });

  test('keys belong to the terminal: another connection goes on with them, and the pair before still counts for a while', async () => {
    const first = await system.terminal('10000012');
    const second = await system.terminal('10000012');
    expect((await first.financial('379800', 0n, cardOf(7, null))).rc).toBe('00');
    expect((await second.financial('379800', 0n, cardOf(7, null))).rc).toBe('00');
  });
});

describe('bad frames are answered by name and never stop the process', () => {
  const bad: [string, Record<number, string | undefined>, string, string | undefined][] = [
    ['an unknown processing code', { 3: '999999' }, '12', undefined],
    ['another currency', { 49: '840' }, '30', '49'],
    ['a missing mandatory field', { 22: undefined }, '30', '22'],
    ['a PAN with a wrong check digit', { 35: '6037990000000070=29122010000000000' }, '30', '35'],
    ['neither PAN nor track 2', { 35: undefined }, '30', '2'],
    ['an expired card', { 35: '6037990000000071=21012010000000000' }, '54', undefined],
    ['a time that is none', { 12: '250000' }, '30', '12'],
  ];
  test.each(bad)('%s', async (_name, fields, rc, path) => {
    const answer = await terminal.financial('179800', 1_000n, cardOf(7), fields);
    expect([answer.rc, answer.message.get('48.90'), answer.macGood]).toEqual([rc, path, true]);
  });

  test('an unknown MTI is RC 12', async () => {
    const answer = await terminal.send('0600', {});
    expect([answer.rc, answer.message.mti]).toEqual(['12', '0610']);
  });

  test('a frame that does not decode, but says who it is, is RC 30 with the path of the fault', async () => {
    const { socket, answer } = await raw('10000001');
    const good = codec.encode({
      mti: '0200',
      fields: { 3: '379800', 4: '000000000000', 11: '000777', 41: '10000001', 42: '000000000000001' },
    });
    const broken = Buffer.from(good);
    broken[2 + 8 + 3] = 0xab; // a nibble above 9 in DE 4
    socket.write(frame(broken));
    const message = decoded(await answer());
    expect([message.mti, message.get(39), message.get('48.90'), message.get(11)]).toEqual([
      '0210',
      '30',
      '4',
      '000777',
    ]);
    socket.destroy();
  });

  test.each([
    ['noise', frame(Buffer.from('not a message at all'))],
    ['a length beyond the bound', Buffer.from([0xff, 0xff])],
  ])('%s closes the connection', async (_name, bytes) => {
    const { socket, answer } = await raw('10000001');
    socket.write(bytes);
    expect(await answer()).toBe('closed');
  });

  test('a keep-alive is answered with a keep-alive', async () => {
    const { socket, answer } = await raw('10000001');
    socket.write(Buffer.from([0, 0]));
    expect(await answer()).toHaveLength(0);
    socket.destroy();
  });

  test('after all that, purchases are made', async () => {
    expect((await terminal.financial('179800', 1_000n, cardOf(7))).rc).toBe('00');
    expect((await fetch(`http://127.0.0.1:${system.httpPort}/readyz`)).status).toBe(200);
  });
});

test('terminal totals agree, or the gateway says what it counts', async () => {
  const own = await system.terminal('10000003');
  await own.financial('179898', 1_000_000n, cardOf(70));
  const agreed = await own.send('0500', { 76: '0000000001', 88: '0000000001000000' });
  expect(agreed.rc).toBe('00');
  const wrong = await own.send('0500', { 76: '0000000002', 88: '0000000001000000' });
  expect([wrong.rc, wrong.message.get('48.40')?.slice(40, 60)]).toEqual(['95', '0076000D000000000001']);
});

function decoded(body: Buffer | 'closed'): Message {
  if (body === 'closed') throw new Error('the connection was closed');
  return codec.decode(body);
}
