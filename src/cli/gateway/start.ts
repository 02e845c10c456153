import type { Command } from 'commander';
import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import { openLog, type Logging } from '../../ops/log.ts';
import type { Parts } from '../../ops/parts.ts';
import { readRuntime, removeRuntime, writeRuntime } from '../../ops/runtime.ts';
import type { RegistrySettings } from '../../registries/index.ts';
import { VERSION } from '../../ops/version.ts';
import { demoLinkCode } from '../../people/index.ts';
import { reload } from './reload.ts';
import { runUntilStopped, type Running } from './running.ts';

/** Its journal is on disk with every answer: killing it loses nothing. */
const BANK_GRACE_MS = 1_500;

export function register(program: Command): void {
  program.command('start').action(start);
}

async function start(): Promise<void> {
  const startedAt = systemClock.monotonic();
  let logging: Logging | undefined;
  await runUntilStopped(
    {
      logging: () => logging,
      // A person started it in a terminal that is gone: nobody could stop it any more.
      hangUpStops: process.stdin.isTTY,
      onStep: (name) => {
        console.error(`start: ${name}`);
      },
      onStopping: (signal) => {
        console.log(`\n${signal}: answering what is in flight, then stopping`);
      },
    },
    async (parts) => {
      const config = loadConfig();
      logging = await logOf(config);
      const running = await bringUp(config, logging, parts);
      console.log(welcome(config, systemClock.monotonic() - startedAt));
      return running;
    },
  );
}

/** What is in the way is said before anything is written. */
async function logOf(config: Config): Promise<Logging> {
  mkdirSync(config.data, { recursive: true });
  const running = readRuntime(config.data);
  if (running !== undefined) {
    throw new GatewayError(
      'data.taken',
      `A gateway (pid ${running.pid}) already runs on ${config.data}. Stop it, or set KALABARG_DATA.`,
    );
  }
  const { assertPortsFree } = await import('./ports.ts');
  await assertPortsFree(config, [
    'terminalPort',
    'httpPort',
    'publicPort',
    'registryPort',
    ...(config.bankHost === '' ? (['bankPort'] as const) : []),
  ]);
  return openLog(config.logLevel, { file: logFile(config), maxBytes: config.logMaxBytes, keep: config.logKeep });
}

function logFile({ data, logFile: chosen }: Config): string {
  return chosen === '' ? join(data, 'gateway.log') : chosen;
}

async function bringUp(config: Config, logging: Logging, parts: Parts): Promise<Running> {
  const { databaseUrl, ownerDatabaseUrl } = config.databaseUrl === '' ? await embedded(config, parts) : config;
  const [{ ensureCertificates }, { DEMO_TERMINALS }, { systemRandom }] = await Promise.all([
    import('../../demo/machine/index.ts'),
    import('../../demo/index.ts'),
    import('../../ops/random.ts'),
  ]);
  const certificates = await parts.up('certificates', () =>
    ensureCertificates(
      config.data,
      DEMO_TERMINALS.map(({ terminal }) => terminal),
      systemClock.now(),
    ),
  );
  if (config.bankHost === '')
    await parts.up('bank switch simulator', () => startBank(config, parts.stopping), stopBank);
  const registries = await startRegistry(config, parts);
  const { startGateway } = await import('../../gateway/index.ts');
  const gateway = await startGateway({
    config,
    databaseUrl,
    ownerDatabaseUrl,
    certificates,
    clock: systemClock,
    random: systemRandom,
    logging,
    demo: true,
    registries,
    parts,
  });
  const { host, terminalPort, bankPort, httpPort } = config;
  writeRuntime(config.data, {
    pid: process.pid,
    databaseUrl,
    ownerDatabaseUrl: ownerDatabaseUrl === '' ? databaseUrl : ownerDatabaseUrl,
    host,
    terminalPort,
    bankPort,
    httpPort,
  });
  parts.add('runtime file', () => {
    removeRuntime(config.data);
  });
  await parts.up('link to the bank', () => gateway.ready());
  return {
    reload: () => {
      reload(config, logging.log, gateway);
    },
  };
}

/** The registries that check shops, simulated in this process: cases of the demo are checked by themselves. */
async function startRegistry(config: Config, parts: Parts): Promise<RegistrySettings> {
  const [{ startRegistrySimulator }, { simulatedRegistries }] = await Promise.all([
    import('../../simulators/registry/index.ts'),
    import('../../registries/index.ts'),
  ]);
  const { url } = await parts.up(
    'registry simulator',
    () => startRegistrySimulator({ host: config.simulatorHost, port: config.registryPort, clock: systemClock }),
    (simulator) => simulator.close(),
  );
  return simulatedRegistries(url);
}

/** The database of this machine; the gateway works on it by its duty's role, as in production. */
async function embedded(config: Config, parts: Parts): Promise<Pick<Config, 'databaseUrl' | 'ownerDatabaseUrl'>> {
  const { startEmbeddedPostgres } = await import('../../demo/machine/index.ts');
  const { url } = await parts.up(
    'database server',
    () => startEmbeddedPostgres(config.data, {}, parts.stopping),
    (postgres) => postgres.stop(),
  );
  const { makeLogin } = await import('../../ledger/index.ts');
  const { openPool } = await import('../../ops/database.ts');
  const owner = openPool(url, 1);
  try {
    return { databaseUrl: await makeLogin(owner, url), ownerDatabaseUrl: url };
  } finally {
    await owner.end();
  }
}

/** The simulator is a process of its own, as a bank is; it goes when this process does, however that ends (IPC). */
async function startBank(config: Config, stopping: AbortSignal): Promise<ChildProcess> {
  const main = new URL('../../../bin/kalabarg.js', import.meta.url);
  const args = [
    'simulate',
    'bank',
    '--port',
    String(config.bankPort),
    '--host',
    config.simulatorHost,
    '--data',
    join(config.data, 'bank'),
  ];
  const child = fork(main, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
  await new Promise<void>((done, fail) => {
    stopping.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
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
    const impatient = systemClock.after(BANK_GRACE_MS, () => void bank.kill('SIGKILL'));
    bank.once('exit', () => {
      systemClock.cancel(impatient);
      done();
    });
    bank.kill('SIGTERM');
  });
}

/** By the name that browsers trust without HTTPS, as the session's cookie wants it. */
function consoleOf({ httpHost, httpPort, data }: Config): string {
  return `http://${httpHost === '127.0.0.1' ? 'localhost' : httpHost}:${httpPort}/console/demo#${demoLinkCode(data)}`;
}

function welcome(config: Config, tookMs: number): string {
  const { host, httpHost, simulatorHost, terminalPort, bankPort, registryPort, httpPort, data } = config;
  const { publicHost, publicPort, publicTls } = config;
  const shops = `http${publicTls ? 's' : ''}://${publicHost === '127.0.0.1' ? 'localhost' : publicHost}:${publicPort}`;
  return `
kalabarg-gateway ${VERSION} is ready (${(tookMs / 1_000).toFixed(1)} s)

  Begin here   ${shops}/pos   a point of sale to try: every key, slip and frame

  terminals    ${host}:${terminalPort}   TLS; certificates in ${join(data, 'tls')}
  bank switch  ${config.bankHost === '' ? `${simulatorHost}:${bankPort}   simulator` : config.bankHost}
  registries   ${registryPort === 0 ? simulatorHost : `http://${simulatorHost}:${registryPort}`}   simulator; what it says of shops: PUT /rules
  HTTP         http://${httpHost}:${httpPort}   /healthz  /readyz  /metrics
  console      ${consoleOf(config)}
               what operators see; this link of the demo signs you in as one of its people
  shops        ${shops}   what shops and households see, in Persian
  data         ${data}   log: ${logFile(config)}
  people       demo-maker and demo-checker are signed in here; only the demo has such people

A first purchase, in another terminal:

  ./kalabarg simulate terminal purchase --amount 2500000 --household 7 --rest card

A shop signs in with a code, which this reads: ./kalabarg messages

Ctrl-C stops everything.`;
}
