import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from '../../ops/certificate-check.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import { openLog, type Logging } from '../../ops/log.ts';
import { systemRandom } from '../../ops/random.ts';
import { assertPortsFree } from './ports.ts';
import { reload } from './reload.ts';
import { runUntilStopped } from './running.ts';

export function register(program: Command): void {
  program
    .command('serve')
    .description('run one copy of the gateway on DATABASE_URL and KALABARG_BANK_HOST (production)')
    .action(serve);
}

/** One copy of the gateway: no embedded database, no simulator, no demo programme. Certificates lie in <data>/tls. */
async function serve(): Promise<void> {
  let logging: Logging | undefined;
  await runUntilStopped({ logging: () => logging }, async (parts) => {
    const config = productionConfig();
    const certificates = certificatesUnder(join(config.data, 'tls'));
    await assertPortsFree(config, ['terminalPort', 'httpPort', 'publicPort']);
    logging = openLog(config.logLevel, {
      ...(config.logFile === '' ? {} : { file: config.logFile }),
      maxBytes: config.logMaxBytes,
      keep: config.logKeep,
    });
    // Loaded only now: signals are obeyed while it is.
    const { startGateway } = await import('../../gateway/index.ts');
    const gateway = await startGateway({
      config,
      databaseUrl: config.databaseUrl,
      ownerDatabaseUrl: config.ownerDatabaseUrl,
      certificates,
      clock: systemClock,
      random: systemRandom,
      logging,
      demo: false,
      parts,
    });
    const { log } = logging;
    return {
      reload: () => {
        reload(config, log, gateway);
      },
    };
  });
}

function productionConfig(): Config {
  const config = loadConfig();
  if (config.databaseUrl === '')
    throw new GatewayError('config.invalid', 'serve needs DATABASE_URL (npm start brings its own database).');
  if (config.bankHost === '') throw new GatewayError('config.invalid', 'serve needs KALABARG_BANK_HOST.');
  return config;
}

function certificatesUnder(folder: string): Certificates {
  const ca = join(folder, 'ca.crt');
  const cert = join(folder, 'server.crt');
  const key = join(folder, 'server.key');
  const missing = [ca, cert, key].filter((file) => !existsSync(file));
  if (missing.length === 0) return { ca, server: { cert, key } };
  throw new GatewayError(
    'config.invalid',
    `serve needs ${missing.join(', ')}: the CA of the terminals' certificates, and the gateway's own certificate and key, as PEM.`,
  );
}
