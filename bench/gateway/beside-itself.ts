import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  readonly name: string;
  readonly process: ChildProcess;
  readonly terminals: Terminals;
  readonly httpPort: number;
}

/** How one of two `serve`s is run that the other is not. */
export interface Variant {
  readonly name: string;
  readonly options?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A variant of `serve` beside `serve`, on the database and the bank of `system`, in turns. Terminals, database and gateway share the
 *  machine's cores: the ratio says what the variant costs or gives there. */
export async function besideItself(system: System, variant: Variant, rounds: Rounds): Promise<void> {
  const served: Served[] = [];
  try {
    served.push(await serve(system, variant, [0, 10]));
    served.push(await serve(system, { name: 'as it is' }, [10, 20]));
    const [ours, plain] = served.map(({ name, terminals, httpPort }) =>
      side(name, terminals, {
        processorSeconds: async () => (await metricsAt(httpPort)).processorSeconds,
        rssMiB: async () => (await metricsAt(httpPort)).rssMiB,
      }),
    );
    console.log(`ratio: ${shown(spread(await takeTurns(ours!, plain!, rounds)), 2)}`);
  } finally {
    for (const { terminals, process } of served) {
      terminals.close();
      await stopProcess(process);
    }
  }
}

/** Of a thousand purchases so many are traced, to a collector that takes all. */
export async function besideUntraced(system: System, perThousand: number, rounds: Rounds): Promise<void> {
  const collector = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end('{}'));
  });
  await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  const environment = { KALABARG_TRACE_URL: url, KALABARG_TRACES_PER_THOUSAND: String(perThousand) };
  await besideItself(system, { name: `${perThousand} of 1,000 traced`, environment }, rounds);
  collector.close();
}

async function serve(
  system: System,
  { name, options = [], environment = {} }: Variant,
  ids: readonly [number, number],
): Promise<Served> {
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
    ...environment,
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
  return { name, process: child, terminals, httpPort };
}
