import type { Command } from 'commander';
import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startGateway } from '../gateway.ts';
import { listenError } from '../net/listener.ts';
import { ensureCertificates } from '../ops/certificates.ts';
import { systemClock } from '../ops/clock.ts';
import { loadConfig, settingName, type Config } from '../ops/config.ts';
import { DEMO_TERMINALS } from '../ops/demo.ts';
import { GatewayError } from '../ops/errors.ts';
import { createLog } from '../ops/log.ts';
import { startEmbeddedPostgres } from '../ops/postgres.ts';
import { readRuntime, removeRuntime, writeRuntime } from '../ops/runtime.ts';

/** How long a Ctrl-C waits for what is in flight; a second one ends at once. */
const GRACE_MS = 7_000;
/** Its journal is on disk with every answer: killing it loses nothing. */
const BANK_GRACE_MS = 2_000;

export function register(program: Command): void {
  program
    .command('start')
    .description('run everything on this machine: database, bank switch simulator, gateway, demo programme')
    .action(() => startAll(loadConfig()));
}

/** Parts that are up, in the order they came up; they go down in the reverse order. */
class Parts {
  readonly #closers: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) await close();
  }
}

async function startAll(config: Config): Promise<void> {
  const startedAt = Date.now();
  const parts = new Parts();
  const stopped = untilStopped();
  try {
    await bringUp(config, parts);
    console.log(welcome(config, Date.now() - startedAt));
    console.log(`\n${await stopped}: answering what is in flight, then stopping`);
  } finally {
    await parts.close();
  }
  // Everything of ours is closed; nothing of a library may keep the process.
  process.exit();
}

async function bringUp(config: Config, parts: Parts): Promise<void> {
  mkdirSync(config.data, { recursive: true });
  const running = readRuntime(config.data);
  if (running !== undefined) {
    throw new GatewayError(
      'data.taken',
      `A gateway (pid ${running.pid}) already runs on ${config.data}. Stop it, or set KALABARG_DATA.`,
    );
  }
  await assertPortsFree(config);
  const log = createLog(config.logLevel, join(config.data, 'gateway.log'));
  let databaseUrl = config.databaseUrl;
  if (databaseUrl === '') {
    const postgres = await startEmbeddedPostgres(config.data);
    parts.add(() => postgres.stop());
    databaseUrl = postgres.url;
  }
  const certificates = await ensureCertificates(
    config.data,
    DEMO_TERMINALS.map(({ terminal }) => terminal),
    systemClock.now(),
  );
  if (config.bankHost === '') {
    const bank = await startBank(config);
    parts.add(() => stopBank(bank));
  }
  const gateway = await startGateway({ config, databaseUrl, certificates, clock: systemClock, log, demo: true });
  parts.add(() => gateway.close(GRACE_MS));
  const { host, terminalPort, bankPort, httpPort } = config;
  writeRuntime(config.data, { pid: process.pid, databaseUrl, host, terminalPort, bankPort, httpPort });
  parts.add(() => {
    removeRuntime(config.data);
  });
  await gateway.ready();
}

async function assertPortsFree(config: Config): Promise<void> {
  const ports = ['terminalPort', 'httpPort', ...(config.bankHost === '' ? (['bankPort'] as const) : [])] as const;
  for (const key of ports) {
    const server = createServer();
    await new Promise<void>((done, fail) => {
      server.once('error', (error) => {
        fail(listenError(error, config[key], settingName(key)));
      });
      server.listen(config[key], config.host, () => {
        server.close(() => {
          done();
        });
      });
    });
  }
}

/** The simulator is a process of its own, as a bank is; it goes when this process does, however that ends (IPC). */
async function startBank(config: Config): Promise<ChildProcess> {
  const main = new URL('../../bin/kalabarg.js', import.meta.url);
  const args = ['bank', '--port', String(config.bankPort), '--host', config.host, '--data', join(config.data, 'bank')];
  const child = fork(main, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
  await new Promise<void>((done, fail) => {
    child.once('message', () => {
      done();
    });
    child.once('exit', (code) => {
      fail(
        new GatewayError('bank.start', `The bank switch simulator ended with exit status ${code ?? 'signal'}: ${said}`),
      );
    });
  });
  return child;
}

function stopBank(bank: ChildProcess): Promise<void> {
  if (bank.exitCode !== null || bank.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    const impatient = setTimeout(() => bank.kill('SIGKILL'), BANK_GRACE_MS);
    bank.once('exit', () => {
      clearTimeout(impatient);
      done();
    });
    bank.kill('SIGTERM');
  });
}

function untilStopped(): Promise<string> {
  return new Promise((done) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked && signal === 'SIGINT') process.exit(1);
        asked = true;
        done(signal);
      });
    }
  });
}

function welcome(config: Config, tookMs: number): string {
  const { host, terminalPort, bankPort, httpPort, data } = config;
  return `
kalabarg-gateway is ready (${(tookMs / 1_000).toFixed(1)} s)

  terminals    ${host}:${terminalPort}   TLS; certificates in ${join(data, 'tls')}
  bank switch  ${config.bankHost === '' ? `${host}:${bankPort}   simulator` : config.bankHost}
  HTTP         http://${host}:${httpPort}   /healthz  /readyz  /metrics
  data         ${data}   log: ${join(data, 'gateway.log')}

A first purchase, in another terminal:

  ./kalabarg terminal purchase --amount 2500000 --household 7 --rest card

Ctrl-C stops everything.`;
}
