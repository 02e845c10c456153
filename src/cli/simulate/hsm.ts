import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import type { TlsOptions } from 'node:tls';
import { openHsm } from '../../hsm/index.ts';
import { listenError } from '../../ops/listen-error.ts';
import { loadConfig } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import { loadOrCreateKey } from '../../ops/keyfile.ts';
import { simulatePayshield } from '../../simulators/payshield/index.ts';

interface Options {
  readonly host: string;
  readonly port: string;
  readonly header: string;
  readonly delay: string;
  readonly lmk?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

export function register(program: Command): void {
  const hsm = program.command('hsm').description('hardware security modules');
  hsm.command('status').description('which HSM is configured, and whether it answers').action(status);
  hsm
    .command('simulate')
    .description('payShield simulator: host commands with the error codes of the real one. Never for real keys')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', '1500')
    .option('--header <characters>', 'length of the message header, 1 to 64', '4')
    .option('--delay <ms>', 'hold every answer back, as a busy HSM does', '0')
    .option('--lmk <file>', 'file of its LMK, 64 hexadecimal digits; made where there is none (default: a test LMK)')
    .option('--tls-cert <file>', 'PEM certificate: speak TLS')
    .option('--tls-key <file>', 'PEM key')
    .option('--tls-ca <file>', 'PEM CA: demand a client certificate of it')
    .action(simulate);
}

async function status(): Promise<void> {
  const hsm = await openHsm(loadConfig());
  try {
    const { backend, ready, detail } = await hsm.status();
    console.log(`${backend}: ${ready ? 'ready' : 'not ready'}; ${detail}`);
    if (!ready) process.exitCode = 1;
  } finally {
    await hsm.close();
  }
}

async function simulate(options: Options): Promise<void> {
  const delayMs = whole(options.delay, '--delay', 0, 600_000);
  const tls = tlsOf(options);
  const port = whole(options.port, '--port', 0, 65_535);
  const simulator = await simulatePayshield({
    host: options.host,
    port,
    headerChars: whole(options.header, '--header', 1, 64),
    delayMs: () => delayMs,
    ...(options.lmk === undefined ? {} : { lmk: loadOrCreateKey(options.lmk) }),
    ...(tls === undefined ? {} : { tls }),
  }).catch((error: unknown) => {
    throw listenError(error as NodeJS.ErrnoException, port, '--port');
  });
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
  });
  const { checkValue } = simulator.lmk;
  console.log(`payShield simulator listens on ${options.host}:${simulator.port}, LMK ${checkValue}; Ctrl-C stops it`);
  await stopped;
  await simulator.close();
}

function tlsOf({ tlsCert, tlsKey, tlsCa }: Options): TlsOptions | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new GatewayError('hsm.option', '--tls-cert and --tls-key go together, and --tls-ca with them.');
  }
  const pair = { cert: readFileSync(tlsCert), key: readFileSync(tlsKey) };
  if (tlsCa === undefined) return pair;
  return { ...pair, ca: readFileSync(tlsCa), requestCert: true, rejectUnauthorized: true };
}

function whole(text: string, option: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= min && value <= max) return value;
  throw new GatewayError('hsm.option', `${option} ${text}: wants a whole number from ${min} to ${max}.`);
}
