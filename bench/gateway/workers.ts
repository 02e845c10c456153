import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/demo/machine/postgres.ts';
import { stopProcess, type System } from '../../test/support/system.ts';
import { shown, spread } from '../support/spread.ts';
import { metricsAt } from './metrics.ts';
import { side, takeTurns, type Rounds } from './sides.ts';
import { Terminals } from './terminals.ts';

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));

interface Served {
  readonly process: ChildProcess;
  readonly terminals: Terminals;
  readonly httpPort: number;
}

/** `serve --workers` beside `serve`, on the database and the bank of `system`, in turns. Terminals, database and gateway share the
 *  machine's cores: the ratio says what more processes cost or give there. */
export async function besideOneProcess(system: System, workers: number, rounds: Rounds): Promise<void> {
  const served: Served[] = [];
  try {
    served.push(await serve(system, ['--workers', String(workers)], [0, 10]));
    served.push(await serve(system, [], [10, 20]));
    const [many, one] = served.map(({ terminals, httpPort }, index) =>
      side(index === 0 ? `${workers} workers` : 'one process', terminals, {
        processorSeconds: async () => (await metricsAt(httpPort)).processorSeconds,
        rssMiB: async () => (await metricsAt(httpPort)).rssMiB,
      }),
    );
    console.log(`ratio: ${shown(spread(await takeTurns(many!, one!, rounds)), 2)}`);
  } finally {
    for (const { terminals, process } of served) {
      terminals.close();
      await stopProcess(process);
    }
  }
}

async function serve(system: System, options: readonly string[], ids: readonly [number, number]): Promise<Served> {
  const { databaseUrl } = JSON.parse(readFileSync(join(system.data, 'runtime.json'), 'utf8')) as {
    databaseUrl: string;
  };
  const [port, httpPort, publicPort] = [await freePort(), await freePort(), await freePort()];
  const env = {
    ...system.environment,
    KALABARG_TERMINAL_PORT: String(port),
    KALABARG_HTTP_PORT: String(httpPort),
    KALABARG_PUBLIC_PORT: String(publicPort),
    KALABARG_UPDATES_PORT: '0',
    KALABARG_BANK_HOST: '127.0.0.1',
    KALABARG_MAX_CONNECTIONS_PER_TERMINAL: '100',
    DATABASE_URL: databaseUrl,
  };
  const child = spawn(process.execPath, ['--max-semi-space-size=64', COMMAND, 'serve', ...options], {
    env,
    stdio: 'ignore',
  });
  const ready = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${httpPort}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) await new Promise((done) => setTimeout(done, 100));
  const terminals = new Terminals();
  await terminals.open(port, `${system.data}/tls`, ids);
  return { process: child, terminals, httpPort };
}
