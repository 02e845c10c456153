import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startGateway } from '../gateway.ts';
import type { Certificates } from '../ops/certificates.ts';
import { systemClock } from '../ops/clock.ts';
import { loadConfig } from '../ops/config.ts';
import { GatewayError } from '../ops/errors.ts';
import { createLog } from '../ops/log.ts';

const GRACE_MS = 20_000;

export function register(program: Command): void {
  program
    .command('serve')
    .description('run one copy of the gateway on DATABASE_URL and KALABARG_BANK_HOST (production)')
    .action(serve);
}

/** One copy of the gateway: no embedded database, no simulator, no demo programme. Certificates lie in <data>/tls. */
async function serve(): Promise<void> {
  const config = loadConfig();
  if (config.databaseUrl === '')
    throw new GatewayError('config.invalid', 'serve wants DATABASE_URL (npm start brings its own database).');
  if (config.bankHost === '') throw new GatewayError('config.invalid', 'serve wants KALABARG_BANK_HOST.');
  const certificates = certificatesUnder(join(config.data, 'tls'));
  const gateway = await startGateway({
    config,
    databaseUrl: config.databaseUrl,
    certificates,
    clock: systemClock,
    log: createLog(config.logLevel),
    demo: false,
  });
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
  });
  await gateway.close(GRACE_MS);
}

function certificatesUnder(folder: string): Certificates {
  const ca = join(folder, 'ca.crt');
  const cert = join(folder, 'server.crt');
  const key = join(folder, 'server.key');
  const missing = [ca, cert, key].filter((file) => !existsSync(file));
  if (missing.length === 0) return { ca, server: { cert, key } };
  throw new GatewayError(
    'config.invalid',
    `serve wants ${missing.join(', ')}: the CA of the terminals' certificates, and the gateway's own certificate and key, as PEM.`,
  );
}
