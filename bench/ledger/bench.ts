import { parseArgs } from 'node:util';
import pg from 'pg';
import { openLedger, verifyLedger, type Ledger } from '../../src/ledger/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { temporaryPostgres } from '../../test/support/postgres.ts';
import { hasPgbench, pgbench, preparePgbench } from '../support/pgbench.ts';
import { quantile, shown, spread } from '../support/spread.ts';
import { against } from './against.ts';
import { decisions } from './decisions.ts';
import { fillBooks, purchaseOf } from './books.ts';

const IN_FLIGHT = 400;
const HOT_HOUSEHOLDS = 100;
/** A server that holds a million households in memory, and is not at a checkpoint all the time; its peer runs on the same. */
const SIZED = { shared_buffers: '2GB', min_wal_size: '8GB', max_wal_size: '16GB', checkpoint_timeout: '15min' };
const PGBENCH_CLIENTS = [8, 16, 32];

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Requests made so far: each has a name of its own. They are made while nothing is measured: the ledger is, not its caller. */
let serial = 0;

/** Authorise and capture of 17 98 98 at the ledger's face, beside `pgbench -N` on the same server, the two taking turns. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '8' },
      households: { type: 'string', default: '1000000' },
      against: { type: 'string', multiple: true, default: [] },
      policies: { type: 'boolean', default: false },
      decisions: { type: 'boolean', default: false },
      lists: { type: 'boolean', default: false },
      batch: { type: 'string', default: '30' },
      'in-flight': { type: 'string', default: '1,8,400' },
    },
  });
  const [rounds, seconds, households] = [values.rounds, values.seconds, values.households].map(Number);
  const { against: folders, policies, lists } = values;
  if (values.decisions)
    return decisions({ folders, policies, lists, rounds: 100 * rounds!, batch: Number(values.batch) });
  if (values.against.length > 0 || values.policies) {
    const inFlight = values['in-flight'].split(',').map(Number);
    return against({
      folders: values.against,
      policies: values.policies,
      rounds: rounds!,
      households: households!,
      inFlight,
    });
  }
  const server = await temporaryPostgres(SIZED);
  const pool = new pg.Pool({ connectionString: server.url, max: 8 });
  pool.on('error', () => undefined); // the server stops before the last of its connections is closed
  try {
    console.log(await durability(pool));
    await fillBooks(pool, households!);
    const ledger = openLedger({ pool, clock: systemClock });
    await measure(ledger, server.url, pool, { rounds: rounds!, seconds: seconds!, households: households! });
    await ledger.close();
    const faults = await verifyLedger(pool);
    console.log(faults.length === 0 ? '\nledger verify: the books are in order' : JSON.stringify(faults));
  } finally {
    await pool.end();
    await server.stop();
  }
}

async function durability(pool: pg.Pool): Promise<string> {
  const names = ['fsync', 'synchronous_commit', 'full_page_writes'];
  const { rows } = await pool.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [names],
  );
  return rows.map(({ name, setting }) => `${name} ${setting}`).join(', ');
}

async function measure(
  ledger: Ledger,
  url: string,
  pool: pg.Pool,
  { rounds, seconds, households }: { rounds: number; seconds: number; households: number },
): Promise<void> {
  const peer = await preparePeer(pool, url);
  await saturate(ledger, households, 3);
  const ours: Measured[] = [];
  const hot: number[] = [];
  const peers: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    if (peer !== undefined) peers.push((await pgbench(peer.url, peer.clients, seconds)).perSecond);
    const one = await saturate(ledger, households, seconds);
    ours.push(one);
    hot.push((await saturate(ledger, HOT_HOUSEHOLDS, seconds)).perSecond);
    console.log(
      `round ${round}: ${one.perSecond.toFixed(0)}/s, p99 ${one.p99Ms.toFixed(1)} ms; hot ${hot.at(-1)!.toFixed(0)}/s; pgbench ${peers.at(-1)?.toFixed(0) ?? '-'}/s`,
    );
  }
  const rates = ours.map(({ perSecond }) => perSecond);
  console.log(`\nauthorise+capture, ${households} households: ${shown(spread(rates))} a second`);
  console.log(`  p99 saturated (goal < 60 ms): ${shown(spread(ours.map(({ p99Ms }) => p99Ms)), 1)} ms`);
  const hotShare = hot.map((rate, index) => rate / rates[index]!);
  console.log(`  ${HOT_HOUSEHOLDS} households take everything (goal 0.60): ${shown(spread(hotShare), 2)} of that`);
  if (peer !== undefined) {
    const ratios = rates.map((rate, index) => rate / peers[index]!);
    console.log(`pgbench -N, ${peer.clients} clients: ${shown(spread(peers))} a second`);
    console.log(`ratio (goal 3 or more): ${shown(spread(ratios), 2)}`);
  }
  const half = await paced(ledger, households, seconds * 2, spread(rates).median / 2);
  console.log(
    `at half load (${half.perSecond.toFixed(0)}/s): p50 ${half.p50Ms.toFixed(1)} ms, p99 ${half.p99Ms.toFixed(1)} ms (goal < 15 ms)`,
  );
}

async function preparePeer(pool: pg.Pool, url: string): Promise<{ url: string; clients: number } | undefined> {
  if (!(await hasPgbench())) {
    console.log('pgbench is not on this machine: no peer, and no ratio');
    return undefined;
  }
  await pool.query('create database pgbench');
  const own = url.replace(/\/[^/]*$/, '/pgbench');
  await preparePgbench(own, 10);
  let best = { clients: 0, perSecond: 0 };
  for (const clients of PGBENCH_CLIENTS) {
    const result = await pgbench(own, clients, 4);
    if (result.perSecond > best.perSecond) best = result;
  }
  return { url: own, clients: best.clients };
}

async function buy(ledger: Ledger, households: number): Promise<void> {
  const household = 1 + Math.floor(Math.random() * households);
  const decision = await ledger.purchase(purchaseOf(household, serial++, Date.now()));
  if (decision.kind !== 'approved') throw new Error(`expected an approval: ${JSON.stringify(decision.kind)}`);
}

/** As many as go, `IN_FLIGHT` at once. */
async function saturate(ledger: Ledger, households: number, seconds: number): Promise<Measured> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1_000;
  const worker = async (): Promise<void> => {
    for (let now = performance.now(); now < end; now = performance.now()) {
      await buy(ledger, households);
      latencies.push(performance.now() - now);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return measured(latencies, performance.now() - start);
}

/** Open model: a purchase is due by the clock, and its latency counts from then. */
async function paced(ledger: Ledger, households: number, seconds: number, perSecond: number): Promise<Measured> {
  const latencies: number[] = [];
  const total = Math.floor(seconds * perSecond);
  const start = performance.now();
  let begun = 0;
  await new Promise<void>((done, fail) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - start) * perSecond) / 1_000));
      for (; begun < due; begun++) {
        const dueAt = start + (begun * 1_000) / perSecond;
        buy(ledger, households).then(() => {
          if (latencies.push(performance.now() - dueAt) === total) done();
        }, fail);
      }
      if (begun === total) clearInterval(timer);
    }, 1);
  });
  return measured(latencies, performance.now() - start);
}

function measured(latencies: readonly number[], tookMs: number): Measured {
  const sorted = Float64Array.from(latencies).sort();
  return {
    perSecond: (latencies.length / tookMs) * 1_000,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
  };
}
