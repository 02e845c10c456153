import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { terminalCertificate } from '../../src/demo/files.ts';
import { freePort } from '../../src/demo/machine/postgres.ts';
import { DEMO_TERMINALS } from '../../src/demo/programme.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, runCommand, startSystem, stopProcess, type System } from '../support/system.ts';

/** A slow machine starts databases and gateways slowly. */
jest.setTimeout(240_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const codec = compile(loadSpec('kalabarg-pos'));
let system: System;
let gateway: ChildProcess;
let environment: Record<string, string>;
let port: number;
let http: number;
let stan = 1;

/** A gateway of two workers, beside one that brings database, bank and programme. */
beforeAll(async () => {
  system = await startSystem();
  const { databaseUrl } = JSON.parse(readFileSync(join(system.data, 'runtime.json'), 'utf8')) as {
    databaseUrl: string;
  };
  [port, http] = [await freePort(), await freePort()];
  environment = {
    ...system.environment,
    KALABARG_TERMINAL_PORT: String(port),
    KALABARG_HTTP_PORT: String(http),
    KALABARG_PUBLIC_PORT: String(await freePort()),
    KALABARG_UPDATES_PORT: '0',
    KALABARG_BANK_HOST: '127.0.0.1',
    KALABARG_MAX_CONNECTIONS_PER_TERMINAL: '2',
    KALABARG_LOG_FILE: join(system.data, 'workers.log'),
    DATABASE_URL: databaseUrl,
  };
  gateway = spawn(process.execPath, [COMMAND, 'serve', '--workers', '2'], { env: environment, stdio: 'ignore' });
  await until(async () => (await ready()) && (await metric('kalabarg_workers{state="ready"}')) === 2);
});
afterAll(async () => {
  await stopProcess(gateway);
  await system.stop();
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 50));
}

const ready = (): Promise<boolean> =>
  fetch(`http://127.0.0.1:${http}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? NaN);
}

function connect(id: string): Promise<SimulatedTerminal> {
  const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id)!;
  const tls = { ca: join(system.data, 'tls', 'ca.crt'), ...terminalCertificate(system.data, id) };
  const endpoint = { host: '127.0.0.1', port, tls };
  const firstStan = (stan += 1_000);
  return SimulatedTerminal.connect({ ...known, endpoint, codec, clock: systemClock, timeoutMs: 20_000, firstStan });
}

/** Processes of the workers. */
function workers(): number[] {
  const text = execFileSync('pgrep', ['-P', String(gateway.pid), '-f', '--', '--crew'], { encoding: 'utf8' });
  return text.trim().split('\n').map(Number);
}

const lines = (): Record<string, unknown>[] =>
  readFileSync(join(system.data, 'workers.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('terminals are spread over the workers, a killed worker takes only its own with it, and another takes its place', async () => {
  const ids = DEMO_TERMINALS.slice(0, 8).map(({ terminal }) => terminal);
  const terminals: SimulatedTerminal[] = [];
  for (const id of ids) {
    const terminal = await connect(id);
    await terminal.signOn();
    terminals.push(terminal);
  }
  const bought = await Promise.all(terminals.map((each, n) => each.financial('179800', 1_000n, cardOf(n + 1))));
  expect(bought.map(({ rc, macGood }) => [rc, macGood])).toEqual(ids.map(() => ['00', true]));
  expect(await metric('kalabarg_requests_total{mti="0200",de3="179800",de39="00"}')).toBe(8);
  expect(await metric('kalabarg_terminal_connections')).toBe(8);
  expect(await metric('kalabarg_serves{part="terminals"}')).toBe(1);

  const before = workers();
  expect(before).toHaveLength(2);
  process.kill(before[0]!, 'SIGKILL');
  await until(async () => (await metric('kalabarg_worker_ends_total')) === 1);
  const again = await Promise.all(
    terminals.map((each, n) => each.exchange(bought[n]!.request).then(({ rc }) => rc, () => 'cut')), // prettier-ignore
  );
  expect(again.filter((each) => each === '00')).toHaveLength(4);
  expect(again.filter((each) => each === 'cut')).toHaveLength(4);
  await until(async () => (await metric('kalabarg_workers{state="ready"}')) === 2);
  expect(workers()).toHaveLength(2);

  // Those that were cut off dial again: the repeat is the same purchase.
  for (const [n, id] of ids.entries()) {
    if (again[n] === '00') continue;
    const redialled = await connect(id);
    await redialled.signOn();
    const { message } = await redialled.exchange(redialled.again(bought[n]!.request, '0201'));
    expect([message.get(39), message.get(37)]).toEqual(['00', bought[n]!.message.get(37)]);
    redialled.close();
  }
  for (const terminal of terminals) terminal.close();
  const counts = await system.query<{ count: string }>(
    `select count(*) from transactions where kind = 'purchase' and state = 'approved'`,
  );
  expect(Number(counts[0]!.count)).toBe(8);
  expect(new Set(lines().map(({ worker }) => worker))).toEqual(new Set([undefined, 1, 2]));
});

test('keys that one worker gave are good at the other, and a certificate has the connections of one copy, not of each worker', async () => {
  const id = DEMO_TERMINALS[9]!.terminal;
  const first = await connect(id);
  await first.signOn();
  const second = await first.another(); // the next worker in turn, with the keys of the first
  expect([(await first.network('301')).rc, (await second.network('301')).rc]).toEqual(['00', '00']);
  await second.newKeys();
  expect([(await first.network('301')).rc, (await second.network('301')).rc]).toEqual(['00', '00']);
  expect(await metric('kalabarg_terminal_connections')).toBe(2);

  const third = await first.another();
  expect((await third.network('301')).rc).toBe('00');
  await until(async () => (await metric('kalabarg_terminal_connections')) === 2);
  expect(await metric('kalabarg_refused_connections_total{reason="terminal-full"}')).toBe(1);
  // whichever worker they are on, and however they are spread
  const more = [await first.another(), await second.another(), await third.another()];
  expect((await more[2]!.network('301')).rc).toBe('00');
  await until(async () => (await metric('kalabarg_terminal_connections')) === 2);
  for (const each of [first, second, third, ...more]) each.close();
  await until(async () => (await metric('kalabarg_terminal_connections')) === 0);
});

test('what is guessed over two workers is counted together', async () => {
  const id = DEMO_TERMINALS[8]!.terminal;
  const first = await connect(id);
  await first.signOn();
  const second = await first.another();
  const codes: string[] = [];
  for (let n = 0; n < 30; n++) {
    const at = n % 2 === 0 ? first : second;
    codes.push((await at.exchangeSpoilt(at.prepare('0800', { 70: '301' }))).rc);
  }
  // 20 in ten minutes, whoever counted them; a block is known everywhere once it is written
  expect(codes.slice(0, 21)).toEqual(Array(21).fill('63'));
  await until(async () => (await metric('kalabarg_terminal_blocks_total{rule="wrong-mac-terminal-block"}')) === 1);
  await until(async () => (await first.exchangeSpoilt(first.prepare('0800', { 70: '301' }))).rc === '58');
  expect((await second.exchangeSpoilt(second.prepare('0800', { 70: '301' }))).rc).toBe('58');
  first.close();
  second.close();
});

test('a stop ends every process, and what a worker cannot start with is said by the first', async () => {
  const before = workers();
  expect(await stopProcess(gateway)).toBe(0);
  for (const pid of before) expect(() => process.kill(pid, 0)).toThrow();

  const taken = createServer();
  const takenPort = await new Promise<number>((done) =>
    taken.listen(0, '127.0.0.1', () => {
      done((taken.address() as { port: number }).port);
    }),
  );
  const failed = await runCommand(['serve', '--workers', '2'], {
    ...environment,
    KALABARG_LISTENERS: `127.0.0.1:${takenPort}`,
  });
  taken.close();
  expect(failed).toMatchObject({ status: 1, stderr: expect.stringContaining('ended before it was up') });
  expect(failed.stderr).toContain(String(takenPort));
  expect(await runCommand(['serve', '--only', 'jobs', '--workers', '2'], environment)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('workers serve nothing else'),
  });
});
