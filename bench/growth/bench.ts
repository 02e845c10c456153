import { parseArgs } from 'node:util';
import pg from 'pg';
import { openLedger } from '../../src/ledger/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { temporaryPostgres } from '../../test/support/postgres.ts';
import { serverCpuMs } from '../../test/support/processor.ts';
import { fillBooks } from '../ledger/books.ts';
import { fillPast } from './past.ts';
import { COSTS, warmUp, type Till } from './costs.ts';

/** How large the books are that a cost is measured in. */
interface Size {
  readonly households: number;
  /** Ten in a shop. */
  readonly terminals: number;
  /** Business days that are kept, and transactions in all of them. */
  readonly days: number;
  readonly transactions: number;
}

const USUAL: Size = { households: 100_000, terminals: 2_000, days: 10, transactions: 100_000 };
const SIZED = { shared_buffers: '2GB', max_wal_size: '16GB', checkpoint_timeout: '30min', autovacuum: 'off' };
const TURNS = 3;

/** What a purchase, its return and its reversal cost the database as households, terminals, days and transactions grow, one at a time: processor
 *  time, which another's work on the machine hardly changes. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      households: { type: 'string', default: '1000000' },
      terminals: { type: 'string', default: '200000' },
      days: { type: 'string', default: '400' },
      transactions: { type: 'string', default: '10000000' },
    },
  });
  const [households, terminals, days, transactions] = [
    values.households,
    values.terminals,
    values.days,
    values.transactions,
  ].map(Number) as [number, number, number, number];
  console.log(`µs of the database's processor, the least of ${TURNS} turns, beside ${JSON.stringify(USUAL)}`);
  console.log(`| | | ${COSTS.map(({ name }) => name).join(' | ')} |`);
  console.log(`| --- | --- | ${COSTS.map(() => '---').join(' | ')} |`);
  for (const size of decades(10_000, households)) await row('households', size, { ...USUAL, households: size });
  for (const size of decades(2_000, terminals)) await row('terminals', size, { ...USUAL, terminals: size });
  for (const size of [10, 40, 100, 400, 1_000].filter((each) => each <= days))
    await row('days kept', size, { ...USUAL, days: size });
  for (const size of decades(100_000, transactions)) await row('transactions', size, { ...USUAL, transactions: size });
}

const decades = (first: number, last: number): number[] =>
  Array.from({ length: 9 }, (_, power) => first * 10 ** power).filter((size) => size <= last);

async function row(name: string, value: number, size: Size): Promise<void> {
  const server = await temporaryPostgres(SIZED);
  const pool = new pg.Pool({ connectionString: server.url, max: 8 });
  pool.on('error', () => undefined); // the server stops before the last of its connections is closed
  try {
    await fillPast(pool, size.days, size.transactions, size.households);
    await fillBooks(pool, size.households, size.terminals);
    const ledger = openLedger({ pool, clock: systemClock });
    const till: Till = { ledger, households: size.households, sold: [] };
    await warmUp(till);
    const least = COSTS.map(() => Infinity);
    for (let turn = 0; turn < TURNS; turn++)
      for (const [n, cost] of COSTS.entries()) {
        const before = serverCpuMs(server.pid);
        await cost.pay(till);
        least[n] = Math.min(least[n]!, ((serverCpuMs(server.pid) - before) * 1_000) / cost.times);
      }
    await ledger.close();
    const figures = least.map((us) => us.toFixed(0)).join(' | ');
    console.log(`| ${name} | ${value.toLocaleString('en')} | ${figures} |`);
  } finally {
    await pool.end();
    await server.stop();
  }
}
