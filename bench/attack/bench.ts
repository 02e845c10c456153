import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { honestPurchase, metric } from '../../test/support/attacker.ts';
import { startSystem, type System } from '../../test/support/system.ts';
import { quantile } from '../support/spread.ts';
import { attackNames } from './attacks.ts';

/** An honest shop buys this often, whatever happens. */
const EVERY_MS = 20;

/** One gateway of `npm start`; an honest terminal buys beside each attack. A purchase is due by the clock, and its latency
 *  counts from then. The attacker has the lowest priority: it would come from another machine. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { seconds: { type: 'string', default: '8' } } });
  const seconds = Number(values.seconds);
  const system = await startSystem({});
  try {
    const honest = await system.terminal('10000001');
    await purchases(honest, 2); // warms up
    console.log(
      '| attack | sent | purchases: p50 / p95 / p99 / worst ms | processor of the gateway, % | RSS after, MiB |\n| --- | --- | --- | --- | --- |',
    );
    await line(system, honest, seconds, undefined);
    for (const kind of attackNames) await line(system, honest, seconds, kind);
    await line(system, honest, seconds, undefined);
  } finally {
    await system.stop();
  }
}

async function line(
  system: System,
  honest: SimulatedTerminal,
  seconds: number,
  kind: string | undefined,
): Promise<void> {
  const end = kind === undefined ? () => Promise.resolve(0) : begin(kind, system);
  const processor = (): Promise<number> => metric(system, 'process_cpu_seconds_total');
  const [used, start] = [await processor(), performance.now()];
  const sorted = (await purchases(honest, seconds)).sort((a, b) => a - b);
  const share = ((await processor()) - used) / ((performance.now() - start) / 1_000);
  const sent = await end();
  const [p50, p95, p99, worst] = [0.5, 0.95, 0.99, 1].map((share) => quantile(sorted, share).toFixed(0));
  const rss = (await metric(system, 'process_resident_memory_bytes')) / 1_048_576;
  console.log(
    `| ${kind ?? 'no attack'} | ${sent} | ${p50} / ${p95} / ${p99} / ${worst} | ${(share * 100).toFixed(0)} | ${rss.toFixed(0)} |`,
  );
}

/** Begins an attack; what it gives back ends it, and says how much was sent. */
function begin(kind: string, system: System): () => Promise<number> {
  const port = system.environment['KALABARG_TERMINAL_PORT']!;
  const args = [kind, system.data, port, String(system.httpPort)];
  const child = fork(fileURLToPath(new URL('attacker.mjs', import.meta.url)), args, { stdio: 'inherit' });
  const died = new Promise<number>((_, fail) => {
    child.once('exit', () => {
      fail(new Error(`the attacker ended by itself: ${kind}`));
    });
  });
  const nice = import('node:os').then(({ setPriority }) => {
    setPriority(child.pid!, 19);
  });
  return async () => {
    await nice;
    const sent = new Promise<number>((done) => child.once('message', done as (sent: unknown) => void));
    child.send('how much?');
    const count = await Promise.race([sent, died]);
    died.catch(() => undefined); // it is meant to end now
    child.kill('SIGKILL');
    return count;
  };
}

/** One every `EVERY_MS`, by the clock, for so many seconds; ms each. */
async function purchases(honest: SimulatedTerminal, seconds: number): Promise<number[]> {
  const latencies: number[] = [];
  const start = performance.now();
  for (let due = start; due < start + seconds * 1_000; due += EVERY_MS) {
    const wait = due - performance.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    const { rc } = await honestPurchase(honest);
    if (rc !== '00') throw new Error(`the honest purchase got ${rc}`);
    latencies.push(performance.now() - due);
  }
  return latencies;
}
