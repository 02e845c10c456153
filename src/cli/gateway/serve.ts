import { Option, type Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CrewPlace } from '../../gateway/index.ts';
import type { Certificates } from '../../ops/certificate-check.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import { openLog, type Logging } from '../../ops/log.ts';
import { systemRandom } from '../../ops/random.ts';
import { isServed, SERVED, type Served } from '../../ops/serving.ts';
import { whole, wrongOption } from '../options.ts';
import { assertPortsFree } from './ports.ts';
import { reload } from './reload.ts';
import { runUntilStopped } from './running.ts';

export function register(program: Command): void {
  program
    .command('serve')
    .option('--only <parts>', `serve only these, separated by commas: ${SERVED.join(', ')} (default: all)`, parts)
    .option(
      '--workers <count>',
      'serve terminals by so many processes (default: by this one)',
      whole('--workers', 1, 64),
    )
    .addOption(new Option('--crew <place>').argParser(placeInCrew).hideHelp())
    .action(serve);
}

interface ServeOptions {
  readonly only?: readonly Served[];
  readonly workers?: number;
  /** This is one of the workers of another process. */
  readonly crew?: CrewPlace;
}

/** One copy of the gateway: no embedded database, no simulator, no demo programme. Certificates lie in <data>/tls. */
async function serve({ only = SERVED, workers, crew }: ServeOptions): Promise<void> {
  const runs = (part: Served): boolean => only.includes(part);
  if (workers !== undefined && !runs('terminals'))
    throw wrongOption(`--workers ${workers}`, 'it only where terminals are served: workers serve nothing else');
  let logging: Logging | undefined;
  await runUntilStopped({ logging: () => logging }, async (parts) => {
    const config = productionConfig(runs('terminals'));
    const tls = runs('terminals') || (runs('public') && config.publicTls);
    const certificates = tls ? certificatesUnder(join(config.data, 'tls')) : undefined;
    if (crew === undefined)
      await assertPortsFree(config, [
        'httpPort',
        ...(runs('terminals') ? (['terminalPort'] as const) : []),
        ...(runs('public') ? (['publicPort'] as const) : []),
      ]);
    logging = openLog(
      config.logLevel,
      {
        // a worker's lines go by its first process, which alone moves the file
        ...(config.logFile === '' || crew !== undefined ? {} : { file: config.logFile }),
        maxBytes: config.logMaxBytes,
        keep: config.logKeep,
      },
      crew === undefined ? null : { worker: crew.number },
    );
    // Loaded only now: signals are obeyed while it is.
    const { Member, startGateway } = await import('../../gateway/index.ts');
    const member = crew === undefined ? undefined : Member.join(crew);
    const gateway = await startGateway({
      config: member?.partOf(config) ?? config,
      databaseUrl: config.databaseUrl,
      ownerDatabaseUrl: config.ownerDatabaseUrl,
      certificates,
      clock: systemClock,
      random: systemRandom,
      logging,
      demo: false,
      only: workers === undefined ? only : only.filter((part) => part !== 'terminals'),
      workers,
      member,
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

/** @throws GatewayError `option.invalid` */
function parts(text: string): Served[] {
  const names = text.split(',').map((each) => each.trim());
  const known = names.filter(isServed);
  if (known.length === names.length) return SERVED.filter((part) => known.includes(part));
  throw wrongOption(`--only ${text}`, `some of ${SERVED.join(', ')}, separated by commas`);
}

/** `2/4`. @throws GatewayError `option.invalid` */
function placeInCrew(text: string): CrewPlace {
  const [number = 0, of = 0] = /^\d{1,2}\/\d{1,2}$/.test(text) ? text.split('/').map(Number) : [];
  if (number >= 1 && number <= of) return { number, of };
  throw wrongOption(`--crew ${text}`, 'nothing: serve --workers says it to its workers');
}

/** @param bank whether it is spoken to */
function productionConfig(bank: boolean): Config {
  const config = loadConfig();
  if (config.databaseUrl === '')
    throw new GatewayError('config.invalid', 'serve needs DATABASE_URL (npm start brings its own database).');
  if (bank && config.bankHost === '') throw new GatewayError('config.invalid', 'serve needs KALABARG_BANK_HOST.');
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
