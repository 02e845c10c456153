import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beginClearing } from '../../../src/settlement/clearing/close.ts';
import { releaseClearing } from '../../../src/settlement/clearing/release.ts';
import { findClearing, reached, type ClearingState } from '../../../src/settlement/clearing/state.ts';
import { ring } from '../../../src/settlement/jobs/flow.ts';
import type { Queues } from '../../../src/settlement/jobs/queue.ts';
import { startWorker } from '../../../src/settlement/jobs/worker.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import { openBooks, testSheba, type Books } from '../support/books.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const DAY = '2026-11-23';
const TIMING = { work: { concurrency: 2, lockMs: 1_000 }, sweepMs: 200 };
const request = { day: DAY, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 4 };

let books: Books;
beforeAll(async () => {
  books = await openBooks();
  for (let n = 1; n <= 30; n++) await books.addShop(n, testSheba(n));
  for (let n = 1; n <= 300; n++) await books.move(1 + (n % 30), DAY, 'purchase', n * 1_000);
});
afterAll(async () => {
  await books.close();
});

async function until(state: ClearingState): Promise<void> {
  for (let tries = 0; tries < 1_500; tries++) {
    const clearing = await findClearing(books.pool, DAY);
    if (clearing !== undefined && reached(clearing.state, state)) return;
    await sleep(10);
  }
  throw new Error(`not ${state} in time`);
}

/** Clears the day; `between` is called while it waits for its release. */
async function clear(queues: Queues, between: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  await beginClearing(books.pool, request, books.context.clock);
  await ring(books.pool, queues, DAY);
  const worker = await startWorker(books.context, queues, TIMING);
  try {
    await until('written');
    await between();
    await releaseClearing(books.pool, DAY, 'babak');
    await until('delivered');
  } finally {
    await worker.close();
  }
}

function outbox(): Buffer[] {
  const folder = join(books.dataDir, 'outbox');
  return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
}

/** Forgets the clearing, as if the day had never been cleared, on the same books. */
async function forget(): Promise<void> {
  await books.pool.query(
    'truncate clearings, clearing_shards, merchant_nets, net_totals, payable_carries, payment_serials, payment_files, payment_orders, settlement_postings cascade',
  );
}

let first: Buffer[];
test('on PostgreSQL, with its queue tables truncated in the middle, the files come out once', async () => {
  const queues = await books.queues();
  await clear(queues, async () => {
    const { rows } = await books.pool.query<{ list: string }>(
      `select string_agg(format('bullmq.%I', tablename), ', ') as list from pg_tables
        where schemaname = 'bullmq' and tablename <> 'migration'`,
    );
    const truncate = () => books.pool.query(`truncate ${rows[0]?.list ?? ''}`);
    // The workers are at it all the while: PostgreSQL may have to choose between them and us.
    for (let tries = 0; tries < 20 && !(await truncate().then(Boolean, () => false)); tries++);
  });
  first = outbox();
  expect(first).toHaveLength(2); // the payment file, and the head of the journal beside it
  await queues.queue.obliterate({ force: true });
});

(hasRedis() ? test : test.skip).each(['single', 'sentinel', 'cluster'] as const)(
  'on Redis (%s), flushed in the middle, the same files come out once',
  async (kind) => {
    const redis = await startRedis(kind);
    try {
      await forget();
      const queues = await books.queues(redis.url);
      await clear(queues, () => redis.everywhere('flushall'));
      expect(outbox().map(String)).toEqual(first.map(String));
      await queues.close();
    } finally {
      await redis.stop();
    }
  },
);
