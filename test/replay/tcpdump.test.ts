import { expect, test } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { DEMO_TERMINALS, demoPan } from '../../src/demo/programme.ts';
import { PlayedConnection } from '../../src/replay/connection.ts';
import { startRelay } from '../../src/replay/index.ts';
import { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import {
  cardOf,
  runCommand,
  startSystem,
  stopProcess,
  systemEnvironment,
  untilReady,
  type System,
} from '../support/system.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const codec = compile(loadSpec('kalabarg-pos'));
const M = 1_000_000n;
const HOUSEHOLDS = [100, 105, 110, 115, 120, 125, 130, 901, 902, 903, 904, 905, 907, 908];

/** Capturing wants to be root, and a container that lets it: one second shows it. */
const tried = spawnSync('timeout', ['1', 'tcpdump', '-i', 'lo', '-Z', 'root', '-w', '/dev/null', 'tcp port 9']);
const whereAllowed = tried.stderr.toString().includes('listening on') ? test : test.skip;

whereAllowed(
  'a live day with faults, captured by tcpdump, replays at ten times its speed; a changed handler shows its field',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kalabarg-tcpdump-'));
    try {
      const { pcap, ports } = await capturedDay(folder);
      const clean = join(folder, 'clean.jsonl');
      const args = ['--terminal-port', ports.relay, '--bank-port', ports.bank, '--key', 'a key', '--out', clean];
      const sanitised = await runCommand(['capture', 'sanitise', pcap, ...args], { PATH: process.env['PATH'] ?? '' });
      expect([sanitised.stderr, sanitised.status]).toEqual(['', 0]);
      const text = readFileSync(clean, 'utf8');
      for (const household of HOUSEHOLDS) expect(text).not.toContain(demoPan(household));

      const fresh = await startSystem();
      try {
        const { stdout, stderr, status } = await fresh.kalabarg('replay', clean, '--speed', '10x');
        expect(stderr).toBe('');
        expect(stdout).toMatch(/\d\d requests, no differences/);
        expect(status).toBe(0);
      } finally {
        await fresh.stop();
      }
      const differing = await againstChanged(folder, clean);
      expect(differing.length).toBeGreaterThan(5);
      expect(new Set(differing)).toEqual(new Set(['54']));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  180_000,
);

async function capturedDay(folder: string): Promise<{ pcap: string; ports: { relay: string; bank: string } }> {
  const system = await startSystem();
  const target = { host: '127.0.0.1', port: Number(system.environment['KALABARG_TERMINAL_PORT']), data: system.data };
  const relay = await startRelay({ port: 0, target, codec, onRefused: () => undefined });
  const ports = { relay: String(relay.port), bank: system.environment['KALABARG_BANK_PORT'] ?? '' };
  const pcap = join(folder, 'day.pcap');
  const tcpdump = await capturing(pcap, `tcp port ${ports.relay} or tcp port ${ports.bank}`);
  try {
    await Promise.all([purchases(relay.port), faults(relay.port), mishaps(relay.port, system)]);
    await new Promise((done) => setTimeout(done, 300));
  } finally {
    await stopProcess(tcpdump);
    await relay.close();
    await system.stop();
  }
  return { pcap, ports };
}

function capturing(file: string, filter: string): Promise<ChildProcess> {
  const child = spawn('tcpdump', ['-i', 'lo', '-U', '-s', '0', '-Z', 'root', '-w', file, filter], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Promise((done, fail) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('listening on')) done(child);
    });
    child.once('error', fail);
    child.once('exit', () => {
      fail(new Error(`tcpdump: ${said}`));
    });
  });
}

async function device(port: number, id: string, stan: number): Promise<SimulatedTerminal> {
  const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id)!;
  const endpoint = { host: '127.0.0.1', port, tls: undefined };
  const terminal = await SimulatedTerminal.connect({
    ...known,
    endpoint,
    codec,
    clock: systemClock,
    timeoutMs: 20_000,
    firstStan: stan,
  });
  await terminal.signOn();
  return terminal;
}

/** One terminal sells, gives back and takes back. */
async function purchases(port: number): Promise<void> {
  const terminal = await device(port, '10000001', 1);
  for (const [household, rials] of [
    [100, 2n * M],
    [105, 12n * M],
    [100, 9n * M],
    [905, M],
    [908, 3n * M],
  ] as const)
    await terminal.financial('179800', rials, cardOf(household));
  const cash = await terminal.financial('179898', 12_500_000n, cardOf(110));
  await terminal.exchange(cash.request);
  await terminal.reverse(cash.request, '17');
  await terminal.financial('379800', 0n, cardOf(110, null));
  const quoted = await terminal.financial('379800', 12n * M, cardOf(115, null), { 48: { '15': '1' } });
  await terminal.financial('179800', 12n * M, cardOf(115), { 48: { '14': quoted.message.get('48.14') ?? '' } });
  const bought = await terminal.financial('179800', 11n * M, cardOf(120));
  await terminal.financial('279800', 11n * M, cardOf(120), { 48: { '10': bought.message.get(37) ?? '' } });
  terminal.close();
}

/** Another meets what a bank can do. */
async function faults(port: number): Promise<void> {
  const terminal = await device(port, '10000002', 1_000);
  for (const household of [901, 902, 903, 904]) await terminal.financial('179800', 61n * M, cardOf(household));
  await terminal.financial('179800', 3n * M, cardOf(907));
  await terminal.financial('179800', 12n * M, cardOf(125, '9999'));
  terminal.close();
}

/** A third loses answers, forges, repeats itself and talks nonsense. */
async function mishaps(port: number, system: System): Promise<void> {
  const terminal = await device(port, '10000003', 2_000);
  const lost = terminal.prepareFinancial('179898', M, cardOf(130));
  const line = await PlayedConnection.open({ host: '127.0.0.1', port, data: undefined }, '10000003');
  line.send(lost.encode());
  await new Promise((done) => setTimeout(done, 400));
  line.destroy();
  await terminal.reverse(lost, '68');
  await terminal.exchange(lost);
  const early = terminal.prepareFinancial('179898', M, cardOf(130));
  await terminal.reverse(early, '68');
  await terminal.exchange(early);
  await terminal.exchange(
    (await terminal.financial('379800', 0n, cardOf(130, null))).request.with({ 4: '000000000001' }),
  );
  await terminal.financial('179800', M, cardOf(130), { 22: undefined });
  await terminal.financial('179800', M, cardOf(130), { 42: '000000000000002' });
  await terminal.exchange(terminal.prepare('0600', {}));
  const nonsense = await PlayedConnection.open({ host: '127.0.0.1', port, data: undefined }, '10000003');
  const broken = early.encode();
  broken[2 + 8 + 3] = 0xab; // a nibble above nine in DE 4
  nonsense.send(broken);
  nonsense.send(early.encode().subarray(0, 40));
  await new Promise((done) => setTimeout(done, 300));
  nonsense.destroy();
  const signedOff = await terminal.network('002');
  expect([signedOff.rc, system.process.exitCode]).toEqual(['00', null]);
  terminal.close();
}

/** The same gateway with one thing changed in what its profile writes: the sign of the credit left. @returns paths that differ */
async function againstChanged(folder: string, capture: string): Promise<string[]> {
  const changed = join(folder, 'changed');
  mkdirSync(changed);
  for (const part of ['bin', 'dist', 'specs', 'profiles', 'package.json'].filter((one) => existsSync(join(root, one))))
    cpSync(join(root, part), join(changed, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(changed, 'node_modules'));
  const handler = join(changed, 'dist', 'profiles', 'wire', 'computed.js');
  const source = readFileSync(handler, 'utf8');
  const creditLeft = "'9802' + currency + 'C'";
  expect(source).toContain(creditLeft);
  writeFileSync(handler, source.replace(creditLeft, "'9802' + currency + 'D'"));
  const data = join(folder, 'data');
  const environment = await systemEnvironment(data);
  const child = spawn(process.execPath, [join(changed, 'bin', 'kalabarg.js'), 'start'], {
    cwd: changed,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await untilReady(child);
  try {
    const { stdout, status } = await runCommand(['replay', capture], environment);
    expect(status).toBe(2);
    return [...stdout.matchAll(/^ {4}(\S+) .*: was /gm)].map((match) => match[1] ?? '');
  } finally {
    await stopProcess(child);
  }
}
