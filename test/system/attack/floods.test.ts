import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compile, encodeFrame, FrameDecoder, loadSpec } from '../../../src/codec/index.ts';
import type { SimulatedTerminal } from '../../../src/simulators/terminal/index.ts';
import { dialTls, honestPurchase, logLines, metric, until, type Attack } from '../../support/attacker.ts';
import { cardOf, startSystem, type System } from '../../support/system.ts';

/** What one certificate can do to the others by sending much, or by not reading. */
let system: System;
let honest: SimulatedTerminal;
let deaf: Attack[];
const codec = compile(loadSpec('kalabarg-pos'));
const KEEP_ALIVES = Buffer.alloc(65_536);

beforeAll(async () => {
  system = await startSystem({ KALABARG_TERMINAL_REQUESTS_PER_SECOND: '200' });
  honest = await system.terminal('10000001');
  deaf = [];
});
afterAll(async () => {
  for (const { socket } of deaf) socket.destroy();
  await system.stop();
});

const frame = (body: Uint8Array): Buffer => encodeFrame(body, { header: 'binary2' });

/** An echo test without a MAC, as before keys exist. */
function echo(terminal: string, stan: number): Buffer {
  return frame(
    codec.encode({
      mti: '0800',
      fields: { 7: '1127083000', 11: String(stan).padStart(6, '0'), 41: terminal, 70: '301' },
    }),
  );
}

test('every keep-alive of a chunk is answered, many in one write', async () => {
  const attack = await dialTls(system, '10000011');
  let reads = 0;
  attack.socket.on('data', () => reads++);
  attack.socket.write(KEEP_ALIVES.subarray(0, 16_384));
  await until(() => attack.received() === 16_384);
  expect(reads).toBeLessThan(200); // 8,192 answers
  attack.socket.destroy();
});

test('connections that send keep-alives and read nothing silence nobody, and cost no memory', async () => {
  const before = await metric(system, 'process_resident_memory_bytes');
  deaf = await Promise.all(Array.from({ length: 20 }, () => dialTls(system, '10000012')));
  for (const { socket } of deaf) {
    socket.pause();
    for (let n = 0; n < 16; n++) socket.write(KEEP_ALIVES);
  }
  for (let n = 0; n < 5; n++) expect((await honestPurchase(honest)).rc).toBe('00');
  expect((await metric(system, 'process_resident_memory_bytes')) - before).toBeLessThan(100 * 1_048_576);
});

test("a terminal's flood waits for its turn; the purchases of others do not", async () => {
  const attack = await dialTls(system, '10000013');
  let answers = 0;
  const frames = new FrameDecoder({ header: 'binary2' });
  attack.socket.on('data', (chunk: Buffer) => (answers += frames.push(chunk).length));
  attack.socket.write(Buffer.concat(Array.from({ length: 2_000 }, (_, n) => echo('10000013', n + 1))));
  for (let n = 0; n < 5; n++) expect((await honestPurchase(honest)).rc).toBe('00');
  expect(answers).toBeLessThan(2_000);
  const soFar = answers;
  await until(() => answers > soFar);
  attack.socket.destroy();
  expect((await honestPurchase(honest)).rc).toBe('00');
});

test('a half-closed connection still hears its answer, and ends then', async () => {
  const own = await system.terminal('10000002');
  const request = own.prepareFinancial('379800', 0n, cardOf(7, null));
  const { socket, received, closed, error } = await dialTls(system, '10000002');
  socket.end(frame(request.encode()));
  await closed;
  expect(error()).toBeUndefined();
  expect(received()).toBeGreaterThan(50);
});

test('the log says what was sent, in few lines', () => {
  expect(
    logLines(system).filter(({ terminal, msg }) => terminal === '10000012' && msg !== 'answered').length,
  ).toBeLessThan(25);
});
