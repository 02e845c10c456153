import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { DEMO_TERMINALS } from '../../src/demo/programme.ts';
import { freePort } from '../../src/demo/machine/postgres.ts';
import { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, stopProcess, type System } from '../support/system.ts';

let system: System;
let relay: ChildProcess;
let port: number;
beforeAll(async () => {
  system = await startSystem();
  port = await freePort();
  const command = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
  relay = spawn(process.execPath, [command, 'capture', 'relay', '--listen', String(port)], {
    env: { ...system.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((done) => relay.stdout?.once('data', done));
});
afterAll(async () => {
  await stopProcess(relay);
  await system.stop();
});

test.each(['10000001', '10000012'])(
  'a plain connection becomes the TLS connection of its first DE 41: %s',
  async (id) => {
    const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id)!;
    const endpoint = { host: '127.0.0.1', port, tls: undefined };
    const codec = compile(loadSpec('kalabarg-pos'));
    const terminal = await SimulatedTerminal.connect({
      ...known,
      endpoint,
      codec,
      clock: systemClock,
      timeoutMs: 20_000,
      firstStan: 1,
    });
    await terminal.signOn();
    const answer = await terminal.financial('379800', 0n, cardOf(7, null));
    expect([answer.rc, answer.macGood]).toEqual(['00', true]);
    terminal.close();
  },
);

test.each([
  ['names no terminal', Buffer.from('0003616263', 'hex')],
  ['never ends', Buffer.alloc(8_192, 0x0f)],
])('what %s is closed', async (_name, bytes) => {
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise((done) => socket.once('close', done));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await closed;
});
