import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import type { migrate } from '../../src/ledger/index.ts';
import type { purchaseEntry, requestsOf } from '../../src/ledger/entries.ts';
import { createDatabase, temporaryPostgres } from '../../test/support/postgres.ts';
import { quantile } from '../support/spread.ts';
import { listedSidesOf, sidesOf, type Wanted } from './against.ts';
import { applyPolicy, fillBooks, purchaseOf } from './books.ts';

interface Side {
  readonly name: string;
  readonly url: string;
  client: pg.Client;
  pid: number;
  readonly batch: (households: readonly number[], serial: number) => string;
  readonly costs: number[];
}

export interface DecisionOptions {
  readonly folders: readonly string[];
  readonly policies: boolean;
  /** Purchases that say their goods, with a basket in force and without. */
  readonly lists: boolean;
  readonly rounds: number;
  /** Purchases a batch. */
  readonly batch: number;
}

const HOUSEHOLDS = 5_000;
const WARM = 20;
/** Rounds of one server process of each side. */
const RENEWED = 25;

/** The batch function alone, of several versions and with policies in force or not: batches that are rolled back, the versions in another order
 *  each time (whoever has just run finds the processor's caches warm), and the low quartile of the server's time, which other work on the
 *  machine disturbs least. The place in memory of a server process alone makes some 2 %: each side gets a new one every 25 rounds. */
export async function decisions({ folders, policies, lists, rounds, batch }: DecisionOptions): Promise<void> {
  const server = await temporaryPostgres({ shared_buffers: '1GB' });
  const sides: Side[] = [];
  try {
    for (const wanted of lists ? listedSidesOf(folders) : sidesOf(folders, policies))
      sides.push(await open(await createDatabase(server, wanted.name, 'template0'), wanted));
    for (let round = 0; round < rounds + WARM; round++) {
      if (round % RENEWED === 0) await Promise.all(sides.map((side) => renew(side, batch)));
      const households = Array.from({ length: batch }, (_, i) => 1 + ((round * batch + i * 61) % HOUSEHOLDS));
      for (const side of shuffled(sides)) {
        const cost = await decide(side, [...new Set(households)], round * batch);
        if (round >= WARM) side.costs.push(cost);
      }
    }
    tell(sides, batch);
  } finally {
    for (const { client } of sides) await client.end();
    await server.stop();
  }
}

async function open(url: string, { name, root, policy, listed }: Wanted): Promise<Side> {
  const from = async (file: string): Promise<unknown> => import(pathToFileURL(join(root, 'src/ledger', file)).href);
  const version = (await from('index.ts')) as { readonly migrate: typeof migrate };
  const entries = (await from('entries.ts')) as {
    readonly purchaseEntry: typeof purchaseEntry;
    readonly requestsOf: typeof requestsOf;
  };
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  await version.migrate(pool);
  await fillBooks(pool, HOUSEHOLDS);
  await applyPolicy(pool, policy);
  await pool.end();
  const { client, pid } = await session(url);
  const batch = (households: readonly number[], serial: number): string => {
    const now = Date.now();
    const each = households.map((household, i) => {
      return entries.purchaseEntry(purchaseOf(household, serial + i, now, listed), 'abcdefghijklmnopqrstuv');
    });
    return entries.requestsOf(each);
  };
  return { name, url, client, pid, batch, costs: [] };
}

async function session(url: string): Promise<{ client: pg.Client; pid: number }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // each version's functions have a name of their own
  const { rows } = await client.query<{ pid: number }>(
    `select pg_backend_pid() as pid, set_config('search_path', nspname || ', public', false) from pg_namespace where nspname like 'decisions%'`,
  );
  return { client, pid: rows[0]!.pid };
}

/** A process that has just begun compiles its functions first: that is not measured. */
async function renew(side: Side, batch: number): Promise<void> {
  await side.client.end();
  Object.assign(side, await session(side.url));
  for (let i = 0; i < 3; i++)
    await decide(
      side,
      Array.from({ length: batch }, (_, at) => 1 + at),
      i,
    );
}

/** @returns µs of the server a purchase */
async function decide({ client, pid, batch }: Side, households: readonly number[], serial: number): Promise<number> {
  const values = [batch(households, serial)];
  await client.query('begin');
  const before = serverNs(pid);
  const { rows } = await client.query<{ kind: string }>({
    name: 'decide',
    text: 'select * from decide_batch($1::text::ledger_request[])',
    values,
  });
  const took = serverNs(pid) - before;
  await client.query('rollback');
  if (rows.some(({ kind }) => kind !== 'approved')) throw new Error(`expected approvals: ${JSON.stringify(rows[0])}`);
  return took / 1_000 / households.length;
}

const serverNs = (pid: number): number => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => [Math.random(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);
}

function tell(sides: readonly Side[], batch: number): void {
  const quartile = ({ costs }: Side): number => quantile(Float64Array.from(costs).sort(), 0.25);
  const paired = ({ costs }: Side): Float64Array =>
    Float64Array.from(costs, (cost, round) => cost / sides[0]!.costs[round]!).sort();
  console.log(
    `\nbatches of ${batch}: µs of the server a purchase, low quartile; to the first; median of the pairs (its quartiles)`,
  );
  for (const side of sides) {
    const ratio = quartile(side) / quartile(sides[0]!);
    const [least, median, most] = [0.25, 0.5, 0.75].map((share) => quantile(paired(side), share).toFixed(3));
    console.log(
      `  ${side.name.padEnd(24)} ${quartile(side).toFixed(1)}  ${ratio.toFixed(3)}  ${median} (${least} to ${most})`,
    );
  }
}
