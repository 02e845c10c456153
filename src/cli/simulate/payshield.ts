import type { Command } from 'commander';
import { placeText } from '../../field/place.ts';
import { listenError } from '../../ops/listen-error.ts';
import { loadOrCreateKey } from '../../ops/keyfile.ts';
import { simulatePayshield } from '../../simulators/payshield/index.ts';
import { port, whole } from '../options.ts';
import { tlsOf, type TlsOptions } from './tls.ts';

interface Options extends TlsOptions {
  readonly host: string;
  readonly port: number;
  readonly header: number;
  readonly delay: number;
  readonly lmk?: string;
}

/** The payShield simulator as a process of its own. */
export function registerPayshield(simulate: Command): void {
  simulate
    .command('hsm')
    .description('run the payShield simulator: host commands with the error codes of the real one. Never for real keys')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', port('--port', 0), 1500)
    .option('--header <characters>', 'length of the message header, 1 to 64', whole('--header', 1, 64), 4)
    .option('--delay <ms>', 'hold every answer back, as a busy HSM does', whole('--delay', 0, 600_000), 0)
    .option('--lmk <file>', 'file of its LMK, 64 hexadecimal digits; made if it is missing (default: a test LMK)')
    .option('--tls-cert <file>', 'PEM certificate: speak TLS')
    .option('--tls-key <file>', 'PEM key')
    .option('--tls-ca <file>', 'PEM CA: demand a client certificate of it')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { host, port, header: headerChars, delay, lmk } = options;
  const tls = tlsOf(options);
  const simulator = await simulatePayshield({
    host,
    port,
    headerChars,
    delayMs: () => delay,
    ...(lmk === undefined ? {} : { lmk: loadOrCreateKey(lmk) }),
    ...(tls === undefined
      ? {}
      : { tls: tls.ca === undefined ? tls : { ...tls, requestCert: true, rejectUnauthorized: true } }),
  }).catch((error: unknown) => {
    throw listenError(error as NodeJS.ErrnoException, port, '--port');
  });
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
  });
  const place = placeText({ host, port: simulator.port });
  console.log(`payShield simulator listens on ${place}, LMK ${simulator.lmk.checkValue}; Ctrl-C stops it`);
  await stopped;
  await simulator.close();
}
