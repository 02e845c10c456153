import { fork, type ChildProcess } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startSystem, type System } from '../../test/support/system.ts';
import { metrics } from '../gateway/metrics.ts';
import { CONNECTIONS, purchases, Terminals } from '../gateway/terminals.ts';
import { obey } from '../support/obey.ts';
import type { Connected, Order, Said } from './protocol.ts';

/** So many dial at once where nothing hurries. */
const CALM = 64;

interface Settings {
  /** Idle terminals, ascending: memory at each number. */
  readonly steps: readonly number[];
  /** Purchases a second beside them. */
  readonly rate: number;
  readonly seconds: number;
}

/** Terminals that are connected and say nothing: what each costs, what purchases wait beside them, and how long it takes until all
 *  are back whose lines were cut at once. */
export async function run(args: string[]): Promise<void> {
  const settings = settingsOf(args);
  const most = settings.steps.at(-1) ?? 0;
  const system = await startSystem({
    KALABARG_LOG_LEVEL: 'info',
    KALABARG_MAX_CONNECTIONS: String(most + 2 * CONNECTIONS),
    KALABARG_IDLE_TIMEOUT_MS: '3600000',
    KALABARG_TERMINAL_REQUESTS_PER_SECOND: '100000', // twenty terminals stand for many
  });
  const honest = new Terminals();
  const crowd = new Crowd();
  try {
    await system.query(`update programme_rules set pin_check = 'none'`);
    const [port, tlsFolder] = [Number(system.environment['KALABARG_TERMINAL_PORT']), `${system.data}/tls`];
    await honest.open(port, tlsFolder);
    await serve(honest, settings); // warms up
    const alone = await metrics(system);
    console.log(
      `load of the machine ${loadavg()[0]?.toFixed(1) ?? '?'}; the gateway alone: RSS ${alone.rssMiB.toFixed(0)} MiB`,
    );
    await told(honest, system, settings, 'nobody idle');
    for (const count of settings.steps) {
      await crowd.obey({ kind: 'enrol', terminals: count, port, tlsFolder });
      const came = await crowd.connect(CALM, false);
      await quiet();
      const { rssMiB } = await metrics(system);
      const each = ((rssMiB - alone.rssMiB) * 1_024) / came.connected;
      console.log(
        `${came.connected} idle, connected in ${came.seconds.toFixed(1)} s: RSS ${rssMiB.toFixed(0)} MiB, ${each.toFixed(1)} KiB each`,
      );
    }
    await told(honest, system, settings, `beside ${most} idle`);
    await storm(honest, system, crowd, { ...settings, resume: false });
    await storm(honest, system, crowd, { ...settings, resume: true });
  } finally {
    crowd.close();
    honest.close();
    await system.stop();
  }
}

function settingsOf(args: string[]): Settings {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { terminals: text, rate: text, seconds: text } });
  const steps = (values.terminals ?? '2000,5000').split(',').map(Number);
  return { steps, rate: Number(values.rate ?? '1000'), seconds: Number(values.seconds ?? '20') };
}

/** All lines are cut, all dial at once, and purchases go on. */
async function storm(
  honest: Terminals,
  system: System,
  crowd: Crowd,
  settings: Settings & { readonly resume: boolean },
): Promise<void> {
  await crowd.obey({ kind: 'cut' });
  await quiet();
  const before = await metrics(system);
  const back = crowd.connect(settings.steps.at(-1) ?? 0, settings.resume);
  const over = back.then(() => true);
  const wait = (): Promise<boolean> => Promise.race([over, Promise.resolve(false)]);
  while (!(await wait())) await told(honest, system, { ...settings, seconds: 5 }, 'in the storm');
  const { connected, seconds, failed, resumed, p50Ms, worstMs } = await back;
  const after = await metrics(system);
  console.log(
    `storm: ${connected} back, ${resumed} of them with their session, in ${seconds.toFixed(1)} s (median ${(p50Ms / 1_000).toFixed(1)} s, last ${(worstMs / 1_000).toFixed(1)} s), ${failed} attempts made again, ` +
      `${(after.processorSeconds - before.processorSeconds).toFixed(1)} s of the gateway's processor; RSS ${after.rssMiB.toFixed(0)} MiB`,
  );
}

async function serve(honest: Terminals, { rate, seconds }: Settings) {
  const frames = Math.ceil(rate * seconds * 1.3) + CONNECTIONS * 10;
  return purchases(honest, frames, { kind: 'paced', seconds, perSecond: rate });
}

async function told(honest: Terminals, system: System, settings: Settings, when: string): Promise<void> {
  const { answers, seconds, p50Ms, p99Ms, worstMs } = await serve(honest, settings);
  const { loopP99Ms } = await metrics(system);
  console.log(
    `${when}: ${(answers / seconds).toFixed(0)} purchases/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, worst ${worstMs.toFixed(0)} ms; event loop p99 ${loopP99Ms.toFixed(1)} ms`,
  );
}

/** What a handshake leaves behind is collected. */
function quiet(): Promise<void> {
  return new Promise((done) => setTimeout(done, 5_000));
}

/** The idle terminals, in a process of their own. */
class Crowd {
  readonly #process: ChildProcess = fork(fileURLToPath(new URL('crowd.mjs', import.meta.url)));

  async connect(atOnce: number, resume: boolean): Promise<Connected> {
    const said = await this.obey({ kind: 'connect', atOnce, resume });
    if (said.kind !== 'connected') throw new Error(`expected connections, got ${said.kind}`);
    return said;
  }

  obey(order: Order): Promise<Said> {
    return obey(this.#process, order);
  }

  close(): void {
    this.#process.kill();
  }
}
