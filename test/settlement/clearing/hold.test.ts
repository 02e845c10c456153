import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { unexplained } from '../../../src/settlement/audit/unexplained.ts';
import { beginClearing, closeDay } from '../../../src/settlement/clearing/close.ts';
import { deliverFiles } from '../../../src/settlement/clearing/deliver.ts';
import { holdOrder } from '../../../src/settlement/clearing/hold.ts';
import { makeOrders } from '../../../src/settlement/clearing/make.ts';
import { netShard } from '../../../src/settlement/clearing/net.ts';
import { releaseClearing } from '../../../src/settlement/clearing/release.ts';
import { decideUnblock, proposeUnblock } from '../../../src/settlement/clearing/unblock.ts';
import { writeFiles } from '../../../src/settlement/clearing/write.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import { readPaymentFile } from '../../../src/settlement/payments/read.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { openLedgerBooks, type LedgerBooks } from '../support/ledger-books.ts';

const [FIRST, SECOND] = ['2026-11-23', '2026-11-24'] as const;
const id = (n: number): string => `1405090200000${n}`;

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(FIRST);
  for (let n = 1; n <= 5; n++) await books.addShop(n, testSheba(n));
});
afterAll(async () => {
  await books.close();
});

async function make(day: string): Promise<void> {
  const { pool, context, dataDir } = books;
  await beginClearing(pool, { day, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 1 }, context.clock);
  await closeDay(pool, day, context.clock);
  await netShard(pool, day, 0);
  await makeOrders(pool, day);
  await writeFiles(pool, day, dataDir);
}

/** Sheba and rials of all that lies in the outbox. */
async function paid(): Promise<[string, bigint][]> {
  const outbox = join(books.dataDir, 'outbox');
  const orders: [string, bigint][] = [];
  for (const name of readdirSync(outbox).filter((each) => each.endsWith('.ccti')))
    await readPaymentFile(join(outbox, name), (order) => orders.push([order.sheba, order.amountRials]));
  return orders;
}

const shop = (n: number, set: string): Promise<unknown> =>
  books.pool.query(`update merchants set ${set} where merchant_id = $1`, [merchantId(n)]);

test('a shop suspended since, another Sheba, and an order that a person holds do not leave; the others do', async () => {
  const { pool, dataDir } = books;
  await books.add([1, 2, 3, 4].map((n) => ({ id: n, kind: 'purchase', day: FIRST, shop: n, voucher: 1_000 * n })));
  await make(FIRST);
  await holdOrder(pool, id(3), { by: 'sara', reason: 'the police asked' });
  await expect(holdOrder(pool, id(3), { by: 'sara', reason: 'again' })).rejects.toMatchObject({ code: 'hold.left' });
  await writeFiles(pool, FIRST, dataDir);
  await shop(1, `status = 'suspended'`);
  await shop(2, `sheba = '${testSheba(22)}'`);
  expect(
    (await releaseClearing(pool, FIRST, 'babak')).map(({ instructionId, reason }) => [instructionId, reason]),
  ).toEqual([
    [id(1), 'the merchant is suspended'],
    [id(2), 'the Sheba changed since the order was made'],
  ]);
  await writeFiles(pool, FIRST, dataDir);
  expect(await releaseClearing(pool, FIRST, 'babak')).toEqual([]);
  await deliverFiles(pool, FIRST, dataDir);
  expect(await paid()).toEqual([[testSheba(4), 4_000n]]);
  expect(existsSync(join(dataDir, 'settlement', 'withdrawn', 'IR380170000000100000000001000000001.ccti'))).toBe(true);
  expect(readdirSync(join(dataDir, 'outbox')).filter((each) => each.endsWith('.ccti'))).toEqual([
    'IR380170000000100000000001000000003.ccti',
  ]);
  expect(await unexplained(pool, FIRST, FIRST)).toEqual([]);
  await expect(holdOrder(pool, id(4), { by: 'sara', reason: 'too late' })).rejects.toMatchObject({ code: 'hold.left' });
});

test('what was held goes on: a suspended shop waits, a new Sheba is paid, a held one wants two people', async () => {
  const { pool, dataDir } = books;
  await proposeUnblock(pool, merchantId(3), { reason: 'it is settled', by: 'sara', sameSheba: false });
  await decideUnblock(pool, merchantId(3), 'approved', 'babak');
  await make(SECOND);
  await releaseClearing(pool, SECOND, 'babak');
  await deliverFiles(pool, SECOND, dataDir);
  expect((await paid()).map(([sheba, rials]) => `${sheba} ${rials}`).sort()).toEqual(
    [`${testSheba(22)} 2000`, `${testSheba(3)} 3000`, `${testSheba(4)} 4000`].sort(),
  );
  expect(await unexplained(pool, FIRST, SECOND)).toEqual([]);
});

test('an order that is held while the files are written: the file in its place is written before anybody can release it', async () => {
  const { pool, dataDir, context } = books;
  const day = '2026-11-25';
  await books.add([1, 2, 3, 4].map((n) => ({ id: 40 + n, kind: 'purchase', day, shop: n, voucher: 1_000 * n })));
  await shop(1, `status = 'approved'`);
  const profile = { ...builtInProfile('ccti-1'), maxOrdersPerFile: 2 };
  await beginClearing(pool, { day, profile, maker: 'maryam', shards: 1 }, context.clock);
  await closeDay(pool, day, context.clock);
  await netShard(pool, day, 0);
  await makeOrders(pool, day);
  const { rows } = await pool.query<{ file: string; first: string }>(
    `select message_id as file, min(instruction_id) as first from payment_orders where business_day = $1 group by 1 order by 1`,
    [day],
  );
  const [one, other] = rows;
  // The writing has done the first file, and waits for the row of the second.
  const holder = await pool.connect();
  await holder.query('begin');
  await holder.query('select 1 from payment_files where message_id = $1 for update', [other?.file]);
  const writing = writeFiles(pool, day, dataDir);
  const isWritten = async (): Promise<boolean> =>
    (await pool.query('select 1 from payment_files where message_id = $1 and sha256 is not null', [one?.file]))
      .rowCount === 1;
  while (!(await isWritten())) await new Promise((done) => setTimeout(done, 5));
  await holdOrder(pool, one?.first ?? '', { by: 'sara', reason: 'the police asked' });
  await holder.query('rollback');
  holder.release();
  await writing;
  const unwritten = await pool.query(
    'select 1 from payment_files where business_day = $1 and withdrawn_at is null and sha256 is null',
    [day],
  );
  expect(unwritten.rowCount).toBe(0);
  expect(await releaseClearing(pool, day, 'babak')).toEqual([]);
  await deliverFiles(pool, day, dataDir);
});

test('two people who release at once: one release, and one file of each', async () => {
  const { pool, dataDir } = books;
  const day = '2026-11-26';
  await books.add([{ id: 51, kind: 'purchase', day, shop: 1, voucher: 7_000 }]);
  await make(day);
  const words = await Promise.all(['babak', 'sara', 'babak'].map((checker) => releaseClearing(pool, day, checker)));
  expect(words).toEqual([[], [], []]);
  await Promise.all([deliverFiles(pool, day, dataDir), deliverFiles(pool, day, dataDir)]);
  const { rows } = await pool.query<{ event: string; times: number }>(
    `select event, count(*)::int as times from settlement_events
      where business_day = $1 and event in ('released', 'delivered') group by event order by event`,
    [day],
  );
  expect(rows).toEqual([
    { event: 'delivered', times: 1 },
    { event: 'released', times: 1 },
  ]);
});

test('a shop that changes while its orders are made is judged and paid by one moment', async () => {
  const { pool } = books;
  const day = '2026-11-27';
  await books.add([{ id: 9, kind: 'purchase', day, shop: 5, voucher: 5_000 }]);
  const holder = await pool.connect();
  await beginClearing(
    pool,
    { day, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 1 },
    books.context.clock,
  );
  await closeDay(pool, day, books.context.clock);
  await netShard(pool, day, 0);
  // The making has judged the shop, and waits for the serial before it writes orders.
  await holder.query('begin');
  await holder.query('select 1 from payment_serials for update');
  const making = makeOrders(pool, day);
  for (let waiting = 0, looks = 0; waiting === 0 && looks < 600; looks++) {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int as n from pg_locks where not granted and pid <> pg_backend_pid()`,
    );
    waiting = rows[0]?.n ?? 0;
  }
  await shop(5, `sheba = 'IR00', status = 'suspended'`);
  await holder.query('rollback');
  holder.release();
  await making;
  const { rows } = await pool.query<{ sheba: string }>('select sheba from payment_orders where business_day = $1', [
    day,
  ]);
  expect(rows).toEqual([{ sheba: testSheba(5) }]);
  await writeFiles(pool, day, books.dataDir);
  expect((await releaseClearing(pool, day, 'babak')).map(({ reason }) => reason)).toEqual([
    'the merchant is suspended',
  ]);
  await writeFiles(pool, day, books.dataDir);
  expect(await unexplained(pool, day, day)).toEqual([]);
});
