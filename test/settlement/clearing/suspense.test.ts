import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifyLedger } from '../../../src/ledger/index.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { clearDay } from '../support/clear.ts';
import { openLedgerBooks, type LedgerBooks } from '../support/ledger-books.ts';

const [FIRST, SECOND] = ['2026-11-23', '2026-11-24'] as const;

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(FIRST);
  for (const n of [1, 2]) await books.addShop(n, testSheba(n));
});
afterAll(async () => {
  await books.close();
});

test('a shop with more out of suspense than into it is not paid until the desk has ended it, and the others are', async () => {
  const { pool } = books;
  await books.add([
    { id: 1, kind: 'purchase', day: FIRST, shop: 1, voucher: 1_000 },
    { id: 2, kind: 'purchase', day: FIRST, shop: 2, voucher: 2_000 },
  ]);
  await pool.query(
    `insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, merchant_payable, suspense)
     values ('H9', 900, 1, $1, 1, 'reversal', $2, 300, -300)`,
    [FIRST, merchantId(1)],
  );
  await pool.query(
    `insert into transactions (household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time, local_date,
       merchant_id, masked, at, rc, reason, rrn, total_rials)
     values ('H9', 900, $1, 'reversal', 'approved', '10000001', '000900', '113000', '1123', $2, '603799******0000', 1, '00', '', '', 300)`,
    [FIRST, merchantId(1)],
  );
  const outcomes = async (day: string) => {
    const { rows } = await pool.query<{ outcome: string; reason: string | null }>(
      'select outcome, reason from merchant_nets where business_day = $1 order by merchant_id',
      [day],
    );
    return rows.map(({ outcome, reason }) => [outcome, reason]);
  };
  expect((await verifyLedger(pool)).map(({ check }) => check)).toContain('shops whose suspense is below zero');
  await clearDay(books, FIRST);
  expect(await outcomes(FIRST)).toEqual([
    ['hold', 'its suspense is below zero'],
    ['pay', null],
  ]);
  await pool.query(
    `insert into breaks (class, psp, settlement_date, merchant_id, terminal_id, rrn, rials, detail, source, owner, state, post, post_rials,
                         reason, proposed_by, approved_by, raised_at)
     values ('CREDIT_SHORT', '', $1, $2, '10000001', '632712000001', 300, 'stood in suspense', 'suspense H9/900', 'sara', 'resolved',
             'none', 300, 'written off', 'sara', 'babak', now())`,
    [FIRST, merchantId(1)],
  );
  await pool.query(
    `insert into break_events (break_id, actor, event, detail) select break_id, 'babak', 'approved', '' from breaks`,
  );
  await books.openDay(SECOND);
  await books.add([{ id: 3, kind: 'purchase', day: SECOND, shop: 1, voucher: 10 }]);
  await clearDay(books, SECOND);
  expect(await outcomes(SECOND)).toEqual([['pay', null]]);
});
