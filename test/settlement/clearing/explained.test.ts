import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { beginClearing, closeDay } from '../../../src/settlement/clearing/close.ts';
import { decideWaiver, findingsOfDay, proposeWaiver } from '../../../src/settlement/clearing/explained.ts';
import { makeOrders } from '../../../src/settlement/clearing/make.ts';
import { netShard } from '../../../src/settlement/clearing/net.ts';
import { releaseClearing } from '../../../src/settlement/clearing/release.ts';
import { getClearing } from '../../../src/settlement/clearing/state.ts';
import { writeFiles } from '../../../src/settlement/clearing/write.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { clearDay } from '../support/clear.ts';
import { openLedgerBooks, type LedgerBooks } from '../support/ledger-books.ts';

const [FIRST, SECOND, THIRD] = ['2026-11-23', '2026-11-24', '2026-11-25'] as const;

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(FIRST);
  for (const n of [1, 2]) await books.addShop(n, testSheba(n));
});
afterAll(async () => {
  await books.close();
});

async function net(day: string): Promise<void> {
  const { pool, context } = books;
  await beginClearing(pool, { day, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 2 }, context.clock);
  await closeDay(pool, day, context.clock);
  for (const shard of [0, 1]) await netShard(pool, day, shard);
}

async function ordersOf(day: string): Promise<number> {
  const { rows } = await books.pool.query<{ orders: number }>(
    'select count(*)::int as orders from payment_orders where business_day = $1',
    [day],
  );
  return rows[0]?.orders ?? 0;
}

test('what is not explained stops the making; two people let just that pass', async () => {
  const { pool } = books;
  await books.add([
    { id: 1, kind: 'purchase', day: FIRST, shop: 1, voucher: 1_000 },
    { id: 2, kind: 'purchase', day: FIRST, shop: 2, voucher: 2_000 },
  ]);
  await net(FIRST);
  const taken = await pool.query(`update postings set merchant_id = $1 where transaction_id = 2`, [merchantId(1)]);
  expect(taken.rowCount).toBe(1);
  await expect(makeOrders(pool, FIRST)).rejects.toThrow(
    /not made: .*transaction 2 of household h2 is posted to another shop/,
  );
  expect(await getClearing(pool, FIRST)).toMatchObject({ state: 'netted' });
  expect(await ordersOf(FIRST)).toBe(0);

  const said = (await findingsOfDay(pool, FIRST)).map(({ reason }) => reason.replace(/: \d+ postings.*/, ''));
  expect(new Set(said)).toEqual(
    new Set([
      'the journal changed since it was netted',
      'the journal has other rials than the net was made of',
      'transaction 2 of household h2 is posted to another shop than it was made at',
    ]),
  );
  const waiver = { reason: 'the shop was sold', by: 'sara' };
  await proposeWaiver(pool, FIRST, waiver);
  await expect(proposeWaiver(pool, FIRST, waiver)).rejects.toMatchObject({ code: 'waiver.state' });
  await expect(makeOrders(pool, FIRST)).rejects.toMatchObject({ code: 'clearing.unexplained' });
  await expect(decideWaiver(pool, FIRST, 'approved', ' SARA')).rejects.toMatchObject({ code: 'waiver.same-person' });
  await decideWaiver(pool, FIRST, 'approved', 'babak');

  // Another finding since: that one nobody has seen.
  const more = `update postings set merchant_id = $1 where transaction_id = 1`;
  await pool.query(more, [merchantId(2)]);
  await expect(makeOrders(pool, FIRST)).rejects.toMatchObject({ code: 'clearing.unexplained' });
  await pool.query(more, [merchantId(1)]);
  await makeOrders(pool, FIRST);
  expect(await ordersOf(FIRST)).toBe(2);
  await pool.query(`update postings set merchant_id = $1 where transaction_id = 2`, [merchantId(2)]);
});

test('a posting that changes after the making stops the release', async () => {
  const { pool, dataDir } = books;
  await writeFiles(pool, FIRST, dataDir);
  const later = `update postings set merchant_payable = merchant_payable + $1, household_voucher = household_voucher - $1 where transaction_id = 1`;
  await pool.query(later, [5]);
  await expect(releaseClearing(pool, FIRST, 'babak')).rejects.toThrow('the journal changed since it was netted');
  await pool.query(later, [-5]);
  await releaseClearing(pool, FIRST, 'babak');
});

test('what is wrong with an earlier day stops the next', async () => {
  const { pool } = books;
  await books.add([{ id: 3, kind: 'purchase', day: SECOND, shop: 1, voucher: 3_000 }]);
  await pool.query(`update payment_orders set amount_rials = amount_rials + 1 where business_day = $1`, [FIRST]);
  await net(SECOND);
  await expect(makeOrders(pool, SECOND)).rejects.toMatchObject({ code: 'clearing.unexplained' });
  await pool.query(`update payment_orders set amount_rials = amount_rials - 1 where business_day = $1`, [FIRST]);
  await makeOrders(pool, SECOND);
  expect(await ordersOf(SECOND)).toBe(1);
  await writeFiles(pool, SECOND, books.dataDir);
});

test('purchases that end on the day after they began are explained', async () => {
  await books.add([{ id: 4, kind: 'purchase', day: SECOND, shop: 2, voucher: 4_000 }]);
  await books.pool.query(`update postings set business_day = $1 where transaction_id = 4`, [THIRD]);
  await clearDay(books, THIRD);
  expect(await ordersOf(THIRD)).toBe(1);
});
