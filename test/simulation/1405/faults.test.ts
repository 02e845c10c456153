import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import type { Step } from '../../../simulation/1405/announcements.ts';
import { replay1405, type Replayed } from '../../../simulation/1405/run.ts';
import { createDatabase, temporaryPostgres } from '../../support/postgres.ts';

/** A replay that finds nothing is worth something only where it finds what is wrong: each of these is planted in the product's side. */

let server: EmbeddedPostgres;

beforeAll(async () => {
  server = await temporaryPostgres();
});
afterAll(async () => {
  await server.stop();
});

type Plant = (step: Step, go: () => Promise<void>, pool: pg.Pool) => Promise<void>;

async function replayWith(name: string, until: string, plant: Plant): Promise<Replayed> {
  const pool = new pg.Pool({ connectionString: await createDatabase(server, name, 'postgres'), max: 8 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  try {
    return await replay1405({
      pool,
      households: 200,
      purchases: 5,
      seed: 7,
      until,
      tell: () => undefined,
      plant: (step, go) => plant(step, go, pool),
    });
  } finally {
    await pool.end();
  }
}

/** Does this after a midnight. */
const afterMidnight =
  (jalali: string, sql: string): Plant =>
  async (step, go, pool) => {
    await go();
    if (step.kind === 'midnight' && step.day.jalali === jalali) await pool.query(sql);
  };

/** Two faults in one replay: what they do to one household says nothing of the other. */
test('a wrong end of one household; a month charged twice to another, as the books have it and as they do not', async () => {
  const wrong = `update buckets set valid_to = valid_to - 1 where household_id = '0000003' and period = '1405-02'`;
  const twice = `
    with again as (
      update buckets set amount_rials = amount_rials * 2 where household_id = '0000004' and period = '1405-02' returning *)
    insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
    select household_id, nextval('transaction_ids'), 1, (select max(business_day) from business_days), database_clock(), 'allocation', bucket_id,
           -amount_rials / 2, amount_rials / 2 from again`;
  const done = await replayWith('two', '1405-03-10', afterMidnight('1405-02-20', `${wrong}; ${twice}`));
  expect(done.different).toBe(2);
  expect(done.differences).toEqual([
    expect.stringMatching(/^household 3 on 1405-03-10: \n {2}ledger .*2026-05-20/),
    expect.stringMatching(/^household 4 on 1405-03-10/),
  ]);
  expect(done.faults).toEqual([expect.stringContaining('buckets that differ from their journal')]);
}, 240_000);

test('nothing differs while there is no fault; then a prolongation that was forgotten', async () => {
  const done = await replayWith('forgotten', '1405-05-01', async (step, go) => {
    if (step.kind !== 'approve' || step.day.jalali !== '1405-05-01') await go();
  });
  expect(done.compared).toBeGreaterThan(6); // of the days before, each with all households
  expect(done.different).toBeGreaterThan(150);
  expect(done.different).toBeLessThanOrEqual(200); // on that day alone, each once
  for (const difference of done.differences) expect(difference).toMatch(/on 1405-05-01/);
  expect(done.faults).toEqual([]); // the books are in order: it is the model that knows better
}, 240_000);
