import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import type { Ledger, migrate, openLedger } from '../../src/ledger/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { createDatabase, temporaryPostgres } from '../../test/support/postgres.ts';
import { shown, spread } from '../support/spread.ts';
import { applyPolicy, fillBooks, purchaseOf, type Policy } from './books.ts';

/** What a checkout exports. */
interface Version {
  readonly migrate: typeof migrate;
  readonly openLedger: typeof openLedger;
}

interface Side {
  readonly name: string;
  readonly pool: pg.Pool;
  readonly ledger: Ledger & { close(): Promise<void> };
  serial: number;
}

/** Server and client time of one purchase, µs of a processor. */
interface Cost {
  readonly server: number;
  readonly client: number;
}

const SIZED = { shared_buffers: '1GB', min_wal_size: '4GB', max_wal_size: '8GB', checkpoint_timeout: '15min' };

export interface AgainstOptions {
  /** The checkouts of other versions; none: this one alone, with and without policies. */
  readonly folders: readonly string[];
  /** Beside this version as it is: with a month's end moved, with a calendar, with both. */
  readonly policies: boolean;
  readonly rounds: number;
  readonly households: number;
  /** Purchases at once; each is measured by itself. */
  readonly inFlight: readonly number[];
}

/** This version beside another one, on one server, a database each. Rounds are short and take turns, and what is compared is the time of
 *  the processor, so that other work on the machine tells little. */
export async function against({ folders, policies, rounds, households, inFlight }: AgainstOptions): Promise<void> {
  const server = await temporaryPostgres(SIZED);
  const sides: Side[] = [];
  try {
    for (const { name, root, policy } of sidesOf(folders, policies)) {
      const url = pathToFileURL(join(root, 'src/ledger/index.ts')).href;
      const version = (await import(url)) as Version;
      const pool = new pg.Pool({
        connectionString: await createDatabase(server, name, 'template0'),
        max: 4,
        idleTimeoutMillis: 0,
      });
      pool.on('error', () => undefined); // the server stops before the last of its connections is closed
      sides.push({ name, pool, ledger: version.openLedger({ pool, clock: systemClock }), serial: 0 });
      await version.migrate(pool);
      await fillBooks(pool, households);
      await applyPolicy(pool, policy);
    }
    for (const atOnce of inFlight) await compare(sides, { atOnce, rounds, households });
    for (const { ledger } of sides) await ledger.close();
  } finally {
    for (const { pool } of sides) await pool.end();
    await server.stop();
  }
}

export interface Wanted {
  readonly name: string;
  readonly root: string;
  readonly policy: readonly Policy[];
  /** Its purchases say their goods. */
  readonly listed?: boolean;
}

/** The first is what the others are compared with. */
export function sidesOf(folders: readonly string[], policies: boolean): Wanted[] {
  const root = resolve('.');
  const others = folders.map((folder, i): Wanted => ({ name: `other${i + 1}`, root: resolve(folder), policy: [] }));
  const both: readonly Policy[] = ['moved', 'calendar'];
  if (!policies) return [...others, { name: 'this', root, policy: [] }];
  return [
    ...others,
    ...others.slice(1).map((other) => ({ ...other, name: `${other.name}_moved_calendar`, policy: both })),
    { name: 'this', root, policy: [] },
    { name: 'moved', root, policy: ['moved'] },
    { name: 'calendar', root, policy: ['calendar'] },
    { name: 'moved_calendar', root, policy: both },
  ];
}

/** Each version with purchases that say their goods; this one with a basket in force too. The first is what the others are compared with. */
export function listedSidesOf(folders: readonly string[]): Wanted[] {
  const listed = sidesOf(folders, false).map((side): Wanted => ({
    ...side,
    name: `${side.name}_list`,
    policy: ['goods'],
    listed: true,
  }));
  return [...listed, { name: 'this_basket', root: resolve('.'), policy: ['goods', 'basket'], listed: true }];
}

async function compare(
  sides: readonly Side[],
  { atOnce, rounds, households }: { atOnce: number; rounds: number; households: number },
): Promise<void> {
  const purchases = Math.min(4_000, 200 * atOnce + 200);
  const costs = new Map<Side, Cost[]>(sides.map((side) => [side, []]));
  for (const side of sides) await measure(side, [...homes(purchases, households)], atOnce);
  for (let round = 0; round < rounds; round++) {
    const chosen = [...homes(purchases, households)];
    for (const side of round % 2 === 0 ? sides : sides.toReversed())
      costs.get(side)!.push(await measure(side, chosen, atOnce));
  }
  console.log(`\n${atOnce} at once, ${rounds} rounds of ${purchases} purchases: µs of a processor each`);
  for (const what of ['server', 'client'] as const) {
    const of = (side: Side): number[] => costs.get(side)!.map((cost) => cost[what]);
    const [first, ...others] = sides as [Side, ...Side[]];
    console.log(`  ${what}: ${first.name} ${shown(spread(of(first)), 1)}`);
    for (const side of others) {
      const ratios = of(side).map((cost, round) => cost / of(first)[round]!);
      console.log(`    ${side.name} ${shown(spread(of(side)), 1)}, ratio ${shown(quartiles(ratios), 3)} (quartiles)`);
    }
  }
}

function quartiles(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  return { median: at(0.5), least: at(0.25), most: at(0.75) };
}

function* homes(count: number, households: number): Generator<number> {
  for (let i = 0; i < count; i++) yield 1 + Math.floor(Math.random() * households);
}

async function measure(side: Side, households: readonly number[], atOnce: number): Promise<Cost> {
  const waiting = households.values();
  const before = await serverTime(side.pool);
  const client = process.cpuUsage();
  const worker = async (): Promise<void> => {
    for (const household of waiting) {
      const decision = await side.ledger.purchase(purchaseOf(household, side.serial++, Date.now()));
      if (decision.kind !== 'approved') throw new Error(`expected an approval: ${decision.kind}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const { user, system } = process.cpuUsage(client);
  const server = (await serverTime(side.pool)) - before;
  return { server: server / 1_000 / households.length, client: (user + system) / households.length };
}

/** What the sessions of this database have taken of a processor, ns. */
async function serverTime(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'`,
  );
  return rows.reduce((sum, { pid }) => sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]), 0);
}
