import { parseArgs } from 'node:util';
import { startSystem, type System } from '../../test/support/system.ts';
import { hasPgbench, pgbench, preparePgbench } from '../support/pgbench.ts';
import { shown, spread } from '../support/spread.ts';
import { besideJpos } from './beside-jpos.ts';
import { besideItself, besideUntraced } from './beside-itself.ts';
import { fillBooks } from './households.ts';
import { metrics } from './metrics.ts';
import { CONNECTIONS, purchases, Terminals } from './terminals.ts';

const PGBENCH_CLIENTS = [8, 16, 32];

interface Settings {
  readonly rounds: number;
  readonly seconds: number;
  /** Seconds at half of the peak, watching the gateway's memory; 0: none. */
  readonly soak: number;
  /** Also beside a gateway of jPOS. */
  readonly jpos: boolean;
  /** `serve --workers` beside one process; 0: not. */
  readonly workers: number;
  /** Of a thousand purchases so many traced, beside none; 0: not. */
  readonly traces: number;
}

/** The whole path at the gateway's face, beside `pgbench -N` on the same server, the two taking turns. */
export async function run(args: string[]): Promise<void> {
  const settings = settingsOf(args);
  const system = await startSystem({
    KALABARG_LOG_LEVEL: 'info',
    KALABARG_TERMINAL_REQUESTS_PER_SECOND: '100000', // twenty terminals stand for many
  });
  const terminals = new Terminals();
  try {
    await system.query(`update programme_rules set pin_check = 'none'`);
    await fillBooks(system);
    if (settings.workers > 0) {
      const { workers } = settings;
      await besideItself(system, { name: `${workers} workers`, options: ['--workers', String(workers)] }, settings);
      return;
    }
    if (settings.traces > 0) {
      await besideUntraced(system, settings.traces, settings);
      return;
    }
    await terminals.open(Number(system.environment['KALABARG_TERMINAL_PORT']), `${system.data}/tls`);
    if (settings.jpos) await besideJpos(system, terminals, settings);
    else await measure(system, terminals, settings);
  } finally {
    terminals.close();
    await system.stop();
  }
}

function settingsOf(args: string[]): Settings {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '8' },
      soak: { type: 'string', default: '0' },
      jpos: { type: 'boolean', default: false },
      workers: { type: 'string', default: '0' },
      traces: { type: 'string', default: '0' },
    },
  });
  const { rounds, seconds, soak, workers, traces } = values;
  return {
    rounds: Number(rounds),
    seconds: Number(seconds),
    soak: Number(soak),
    jpos: values.jpos,
    workers: Number(workers),
    traces: Number(traces),
  };
}

async function measure(system: System, terminals: Terminals, { rounds, seconds, soak }: Settings): Promise<void> {
  const peer = await preparePeer(system);
  const first = await purchases(terminals, 2_000, { kind: 'peak', seconds: 3 }); // warms up, and says how many to build
  let guess = (first.answers / first.seconds) * 1.3;
  const ours: number[] = [];
  const peers: number[] = [];
  const processor: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    if (peer !== undefined) peers.push((await pgbench(peer.url, peer.clients, seconds)).perSecond);
    const before = await metrics(system);
    const result = await purchases(terminals, Math.ceil(guess * seconds * 1.5), { kind: 'peak', seconds });
    const after = await metrics(system);
    processor.push(((after.processorSeconds - before.processorSeconds) / result.answers) * 1e6);
    const perSecond = result.answers / result.seconds;
    guess = Math.max(guess, perSecond);
    ours.push(perSecond);
    const beside = peers.at(-1);
    const ratio = beside === undefined ? '' : `, ${(perSecond / beside).toFixed(2)} times pgbench -N`;
    const share = `gateway ${processor.at(-1)!.toFixed(0)} µs a purchase, in batches of ${((after.entries - before.entries) / (after.batches - before.batches)).toFixed(0)}`;
    console.log(
      `round ${round}: ${perSecond.toFixed(0)} purchases/s, p99 ${result.p99Ms.toFixed(1)} ms${ratio}; ${share}`,
    );
  }
  console.log(`\npurchases/s at the peak, ${CONNECTIONS} connections: ${shown(spread(ours))}`);
  if (peers.length > 0) {
    const ratios = ours.map((value, round) => value / peers[round]!);
    console.log(`pgbench -N, transactions/s, ${peer!.clients} clients:      ${shown(spread(peers))}`);
    console.log(`ratio (goal 1.5 or more):                     ${shown(spread(ratios), 2)}`);
  }
  console.log(`processor time of the gateway, µs a purchase:  ${shown(spread(processor))}`);
  await halfLoad(system, terminals, spread(ours).median / 2, soak === 0 ? seconds * 2 : soak);
}

/** pgbench's tables in a database of their own on the same server, and its best number of clients. */
async function preparePeer(system: System): Promise<{ url: string; clients: number } | undefined> {
  if (!(await hasPgbench())) {
    console.log('pgbench is not on this machine: no peer, and no ratio');
    return undefined;
  }
  await system.query('create database pgbench');
  const url = system.databaseUrl().replace(/\/[^/]*$/, '/pgbench');
  await preparePgbench(url, 10);
  let best = { clients: 0, perSecond: 0 };
  for (const clients of PGBENCH_CLIENTS) {
    const result = await pgbench(url, clients, 4);
    if (result.perSecond > best.perSecond) best = result;
  }
  return { url, clients: best.clients };
}

/** Latency, event loop delay and memory at half of the peak, minute by minute. */
async function halfLoad(system: System, terminals: Terminals, perSecond: number, seconds: number): Promise<void> {
  console.log(`\nat half of the peak (${perSecond.toFixed(0)}/s), ${seconds} s:`);
  const slice = Math.min(60, seconds);
  await metrics(system);
  for (let elapsed = 0; elapsed < seconds; elapsed += slice) {
    const frames = Math.ceil(perSecond * slice * 1.3) + CONNECTIONS * 10;
    const { p50Ms, p99Ms, worstMs } = await purchases(terminals, frames, { kind: 'paced', seconds: slice, perSecond });
    const { rssMiB, loopP99Ms } = await metrics(system);
    const latency = `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, worst ${worstMs.toFixed(1)} ms`;
    const gateway = `RSS ${rssMiB.toFixed(0)} MiB, event loop delay p99 ${loopP99Ms.toFixed(1)} ms`;
    console.log(`${String(elapsed + slice).padStart(5)} s: ${latency}; ${gateway}`);
  }
}
