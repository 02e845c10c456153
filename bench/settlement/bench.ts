import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { openLedger } from '../../src/ledger/index.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import { addDays } from '../../src/field/jalali.ts';
import { openQueues } from '../../src/settlement/jobs/queue.ts';
import { hasRedis, startRedis } from '../../test/settlement/support/redis.ts';
import { temporaryPostgres } from '../../test/support/postgres.ts';
import { fillBooks, purchaseOf } from '../ledger/books.ts';
import { quantile } from '../support/spread.ts';
import { fillPurchases, fillShops, fillTransactions, writeAcquirerFile } from './books.ts';

const HOUSEHOLDS = 20_000;
/** Purchases a second while a day closes: well below what the ledger can, so that waiting would show. */
const PACE = 200;

/** Settlement's speeds, each beside its measure in the same run (issue 7). */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      purchases: { type: 'string', default: '5000000' },
      shops: { type: 'string', default: '100000' },
      lines: { type: 'string', default: '1000000' },
      jobs: { type: 'string', default: '2000' },
    },
  });
  const [purchases, shops, lines, jobs] = [values.purchases, values.shops, values.lines, values.jobs].map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-bench-settlement-'));
  chmodSync(folder, 0o777); // the database writes and reads the rows that COPY is measured with
  const server = await temporaryPostgres();
  const pool = new pg.Pool({ connectionString: server.url, max: 8 });
  pool.on('error', () => undefined);
  try {
    await fillBooks(pool, HOUSEHOLDS);
    await fillShops(pool, shops!);
    const bench = { pool, url: server.url, folder, today: tehran(Date.now()).isoDate };
    await closeToFiles(bench, purchases!, shops!);
    await purchasesDuringClose(bench, purchases!, shops!);
    await matching(bench, lines!);
    await queueSpeeds(bench, jobs!);
  } finally {
    await pool.end();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Bench {
  readonly pool: pg.Pool;
  readonly url: string;
  readonly folder: string;
  readonly today: string;
}

async function closeToFiles({ pool, url, folder, today }: Bench, purchases: number, shops: number): Promise<void> {
  await fillPurchases(pool, today, purchases, shops);
  const partition = `postings_${today.replaceAll('-', '')}`;
  const file = join(folder, 'rows.copy');
  await pool.query(`copy (select * from ${partition} where kind = 'purchase') to '${file}'`);
  const before = await copySeconds(pool, partition, file);
  const read = await rowsRead(pool, partition);
  const settled = await child({ what: 'settle', databaseUrl: url, dataDir: join(folder, 'data'), day: today });
  const passes = ((await rowsRead(pool, partition)) - read) / purchases;
  const after = await copySeconds(pool, partition, file);
  rmSync(file);
  const copy = (before.bare + after.bare) / 2;
  const keyed = (before.keyed + after.keyed) / 2;
  const { seconds, rssMb, detail } = settled;
  console.log(
    `close to files: ${purchases} purchases of ${shops} shops: ${seconds.toFixed(1)} s; ${JSON.stringify(detail)}`,
  );
  console.log(`  passes over the day's postings: ${passes.toFixed(1)}`);
  console.log(`  COPY of the same rows: ${copy.toFixed(1)} s without an index, ${keyed.toFixed(1)} s with its key`);
  console.log(
    `  ratio (goal 2.5 or less): ${(seconds / copy).toFixed(2)} of the bare COPY, ${(seconds / keyed).toFixed(2)} of the keyed`,
  );
  console.log(`  RSS (goal < 300 MB): ${rssMb.toFixed(0)} MB`);
}

/** Rows of a table that statements have read one after the other: what a pass costs, whatever else the machine does. */
async function rowsRead(pool: pg.Pool, partition: string): Promise<number> {
  await sleep(1_500); // a session tells what it did within a second
  const { rows } = await pool.query<{ read: string }>(
    'select seq_tup_read as read from pg_stat_all_tables where relname = $1',
    [partition],
  );
  return Number(rows[0]?.read ?? 0);
}

/** COPY into a table like the ledger's: bare, and with its primary key. */
async function copySeconds(pool: pg.Pool, partition: string, file: string): Promise<Record<'bare' | 'keyed', number>> {
  const measure = async (like: string): Promise<number> => {
    await pool.query(`create table copied (like ${partition} ${like})`);
    const began = performance.now();
    await pool.query(`copy copied from '${file}'`);
    const seconds = (performance.now() - began) / 1000;
    await pool.query('drop table copied');
    await pool.query('checkpoint');
    return seconds;
  };
  return {
    bare: await measure('including constraints'),
    keyed: await measure('including constraints including indexes'),
  };
}

/** The next day closes with as many rows again, while purchases come at an even pace. */
async function purchasesDuringClose(
  { pool, url, folder, today }: Bench,
  purchases: number,
  shops: number,
): Promise<void> {
  const day = addDays(today, 1);
  await fillPurchases(pool, day, purchases, shops);
  const ledger = openLedger({ pool, clock: systemClock });
  const pace = new Pace(ledger);
  const running = pace.run();
  await sleep(3_000);
  pace.taken.length = 0;
  await sleep(10_000);
  const quiet = pace.taken.splice(0);
  const settled = await child({ what: 'settle', databaseUrl: url, dataDir: join(folder, 'data'), day });
  const busy = pace.taken.splice(0);
  pace.stop();
  await running;
  await ledger.close();
  const { rows } = await pool.query<{ count: string }>('select count(*) from postings');
  console.log(`purchases at ${PACE}/s while a day closes, ${rows[0]?.count ?? ''} rows in the journal:`);
  console.log(`  before: ${latencies(quiet)}`);
  console.log(`  during (${settled.seconds.toFixed(1)} s): ${latencies(busy)}; failed: ${pace.failed}`);
}

class Pace {
  readonly taken: number[] = [];
  failed = 0;
  readonly #ledger: ReturnType<typeof openLedger>;
  #stopped = false;

  constructor(ledger: ReturnType<typeof openLedger>) {
    this.#ledger = ledger;
  }

  /** By an open model: each purchase has its time, and its latency counts from there. */
  async run(): Promise<void> {
    const began = performance.now();
    const open = new Set<Promise<void>>();
    for (let n = 0; !this.#stopped; n++) {
      const due = began + (n * 1000) / PACE;
      while (performance.now() < due) await sleep(1);
      const one: Promise<void> = this.#buy(n, due).finally(() => open.delete(one));
      open.add(one);
    }
    await Promise.all(open);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #buy(n: number, due: number): Promise<void> {
    const decision = await this.#ledger.purchase(purchaseOf(1 + (n % HOUSEHOLDS), n, Date.now()));
    if (decision.kind !== 'approved') this.failed++;
    this.taken.push(performance.now() - due);
  }
}

function latencies(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => quantile(sorted, share).toFixed(1);
  return `${values.length} purchases, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`;
}

async function matching({ pool, url, folder, today }: Bench, lines: number): Promise<void> {
  mkdirSync(join(folder, 'in'), { recursive: true });
  await fillTransactions(pool, today, lines);
  const { path, name } = await writeAcquirerFile(join(folder, 'in'), today, lines);
  const { seconds, rssMb, detail } = await child({ what: 'take', databaseUrl: url, path, name });
  console.log(`matching ${JSON.stringify(detail)}`);
  console.log(`  (goal 60 s, 400 MB for 1,000,000 lines): ${seconds.toFixed(1)} s, RSS ${rssMb.toFixed(0)} MB`);
}

async function queueSpeeds({ url }: Bench, jobs: number): Promise<void> {
  console.log(`jobs a second, PostgreSQL: ${(await jobsPerSecond(url, '', jobs)).toFixed(0)}`);
  if (!hasRedis()) return;
  const redis = await startRedis('single');
  try {
    console.log(`jobs a second, Redis: ${(await jobsPerSecond(url, redis.url, jobs * 10)).toFixed(0)}`);
  } finally {
    await redis.stop();
  }
}

/** From the first job taken to the last one done. */
async function jobsPerSecond(databaseUrl: string, redisUrl: string, count: number): Promise<number> {
  const queues = await openQueues({ databaseUrl, redisUrl });
  await queues.queue.addBulk(
    Array.from({ length: count }, () => ({ name: 'follow', data: { businessDay: '2026-01-01' } })),
  );
  let done = 0;
  const began = performance.now();
  await new Promise<void>((finish) => {
    const worker = queues.work(() => Promise.resolve(), { concurrency: 64, lockMs: 30_000 });
    worker.on('completed', () => {
      if (++done === count) void worker.close().then(finish);
    });
  });
  const seconds = (performance.now() - began) / 1000;
  await queues.close();
  return count / seconds;
}

interface ChildResult {
  readonly seconds: number;
  readonly rssMb: number;
  readonly detail: unknown;
}

async function child(argument: Record<string, string>): Promise<ChildResult> {
  const script = fileURLToPath(new URL('./child.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(argument)]);
  return JSON.parse(stdout) as ChildResult;
}
