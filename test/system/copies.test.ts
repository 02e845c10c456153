import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, loadSpec, type Message } from '../../src/codec/index.ts';
import { retailMac, unwrapKeyBlock } from '../../src/hsm/index.ts';
import { terminalCertificate } from '../../src/demo/files.ts';
import { systemClock, transmissionDateTime } from '../../src/ops/clock.ts';
import { DEMO_TERMINALS } from '../../src/demo/programme.ts';
import { freePort } from '../../src/demo/machine/postgres.ts';
import { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { startSystem, stopProcess, type System } from '../support/system.ts';

/** A slow machine starts databases and gateways slowly. */
jest.setTimeout(240_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const codec = compile(loadSpec('kalabarg-pos'));
const DEVICE = DEMO_TERMINALS[7]!;
let system: System;
let copy: ChildProcess;
const connections: SimulatedTerminal[] = [];

/** A second copy of the gateway on the same database, and a connection of one terminal to each. */
beforeAll(async () => {
  system = await startSystem();
  const { databaseUrl } = JSON.parse(readFileSync(join(system.data, 'runtime.json'), 'utf8')) as {
    databaseUrl: string;
  };
  const [port, http, shops] = [await freePort(), await freePort(), await freePort()];
  const environment = {
    ...system.environment,
    KALABARG_TERMINAL_PORT: String(port),
    KALABARG_HTTP_PORT: String(http),
    KALABARG_PUBLIC_PORT: String(shops),
    KALABARG_UPDATES_PORT: '0',
    KALABARG_BANK_HOST: '127.0.0.1',
    DATABASE_URL: databaseUrl,
  };
  copy = spawn(process.execPath, [COMMAND, 'serve'], { env: environment, stdio: 'ignore' });
  const ready = () =>
    fetch(`http://127.0.0.1:${http}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) await new Promise((done) => setTimeout(done, 50));
  for (const each of [Number(system.environment['KALABARG_TERMINAL_PORT']), port])
    connections.push(await connect(each));
});
afterAll(async () => {
  for (const connection of connections) connection.close();
  await stopProcess(copy);
  await system.stop();
});

function connect(port: number): Promise<SimulatedTerminal> {
  const tls = { ca: join(system.data, 'tls', 'ca.crt'), ...terminalCertificate(system.data, DEVICE.terminal) };
  const endpoint = { host: '127.0.0.1', port, tls };
  return SimulatedTerminal.connect({ ...DEVICE, endpoint, codec, clock: systemClock, timeoutMs: 20_000, firstStan: 1 });
}

/** A network echo under a TAK, as one message. */
function echo(tak: Buffer, stan: number): Message {
  const fields = {
    7: transmissionDateTime(systemClock.now()),
    11: String(stan).padStart(6, '0'),
    41: DEVICE.terminal,
    70: '301',
    128: '0000000000000000',
  };
  const bytes = codec.encode({ mti: '0800', fields });
  retailMac(tak, bytes.subarray(0, -8)).copy(bytes, bytes.length - 8);
  return codec.decode(bytes);
}

test('session keys that one copy gave are good at the other at once, faster than any notice', async () => {
  const answers: string[] = [];
  for (let round = 0; round < 60; round++) {
    const [giver, taker] = round % 2 === 0 ? connections : [...connections].reverse();
    const { message } = await giver!.network('101');
    const tak = unwrapKeyBlock(message.get('48.31') ?? '', DEVICE.tmk).key;
    answers.push((await taker!.exchange(echo(tak, 500_000 + round))).rc);
  }
  expect(answers).toEqual(Array(60).fill('00'));
});

test('a MAC that no keys made is wrong at both', async () => {
  for (const connection of connections)
    expect((await connection.exchange(echo(Buffer.alloc(16, 7), 600_000))).rc).toBe('63');
});
