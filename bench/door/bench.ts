import { fork } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startSystem } from '../../test/support/system.ts';
import { quantile, shown, spread } from '../support/spread.ts';
import { purchases } from './purchases.ts';
import { uploads } from './uploads.ts';

/** The public door beside purchases, on one gateway of `npm start`: rounds without and with readers take turns, so that what else the
 *  machine does falls on both. Every request is due by the clock, and its latency counts from then. */
export async function run(args: string[]): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { rounds: text, seconds: text, rate: text, only: text } });
  const [rounds, seconds, rate] = [values.rounds ?? '4', values.seconds ?? '5', values.rate ?? '500'].map(Number) as [number, number, number]; // prettier-ignore
  if (values.only !== 'reads') await uploads(seconds);
  if (values.only === 'uploads') return;
  const system = await startSystem({ KALABARG_PUBLIC_REQUESTS_PER_SECOND: '0' });
  try {
    const honest = await system.terminal('10000001');
    await purchases(honest, 2); // warms up
    await end(read(system.publicPort, rate), 2);
    const [without, beside, held, pages]: [number[][], number[][], number[], number[]] = [[], [], [], []];
    let failed = 0;
    for (let round = 0; round < rounds; round++) {
      without.push(await purchases(honest, seconds));
      const reader = read(system.publicPort, rate);
      beside.push(await purchases(honest, seconds));
      const seen = await end(reader);
      held.push(seen.rate);
      pages.push(...seen.latencies);
      failed += seen.failed;
    }
    const ms = (each: number[][], share: number) =>
      each.map((one) =>
        quantile(
          one.toSorted((a, b) => a - b),
          share,
        ),
      );
    pages.sort((a, b) => a - b);
    console.log(
      `load of the machine ${loadavg()[0]?.toFixed(1) ?? '?'}; ${rounds} rounds of ${seconds} s each way; median (least to most)`,
    );
    console.log(`reads answered a second: ${shown(spread(held))} of ${rate} wanted; failed ${failed}`);
    console.log(`reads: p50 ${quantile(pages, 0.5).toFixed(1)} ms, p99 ${quantile(pages, 0.99).toFixed(1)} ms`);
    for (const share of [0.5, 0.99]) {
      const [alone, both] = [ms(without, share), ms(beside, share)];
      const ratio = both.map((one, at) => one / (alone[at] ?? NaN));
      console.log(
        `purchases, p${share * 100}: without ${shown(spread(alone), 1)} ms, with ${shown(spread(both), 1)} ms, ratio ${shown(spread(ratio), 2)}`,
      );
    }
  } finally {
    await system.stop();
  }
}

type Reader = ReturnType<typeof read>;

function read(port: number, rate: number) {
  return fork(fileURLToPath(new URL('reader.mjs', import.meta.url)), [String(port), String(rate)], {
    stdio: 'inherit',
  });
}

async function end(reader: Reader, afterSeconds = 0): Promise<{ rate: number; failed: number; latencies: number[] }> {
  await new Promise((done) => setTimeout(done, afterSeconds * 1_000));
  const seen = new Promise<{ rate: number; failed: number; latencies: number[] }>((done, fail) => {
    reader.once('message', done as (seen: unknown) => void);
    reader.once('error', fail);
  });
  reader.send('stop');
  return seen;
}
