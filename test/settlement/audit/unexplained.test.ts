import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decideResolution, listBreaks, proposeResolution } from '../../../src/settlement/acquirer/desk.ts';
import { openAcquirerFile } from '../../../src/settlement/acquirer/open.ts';
import { takeAcquirerFile } from '../../../src/settlement/acquirer/take.ts';
import { takeAnswers } from '../../../src/settlement/answers/take.ts';
import { unexplained } from '../../../src/settlement/audit/unexplained.ts';
import { answerCsv } from '../support/bank.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { clearDay } from '../support/clear.ts';
import { openLedgerBooks, rrnOf, writeKbsf, type LedgerBooks } from '../support/ledger-books.ts';

/** Three days with everything that settlement keeps rows of; then one row at a time is changed by hand, and told. */
const [FIRST, SECOND, THIRD] = ['2026-11-23', '2026-11-24', '2026-11-25'] as const;
const NOW = Date.parse('2026-11-26T08:00:00Z');

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  const { pool, dataDir } = books;
  await books.openDay(FIRST);
  await pool.query(`insert into settlement_terms values ('2026-01-01', false, 1, 10, 0)`);
  for (const n of [1, 2, 3]) await books.addShop(n, testSheba(n));
  await books.addShop(4, testSheba(4), 'suspended');
  await books.add([
    { id: 1, kind: 'purchase', day: FIRST, shop: 1, voucher: 1_010 },
    { id: 2, kind: 'purchase', day: FIRST, shop: 2, voucher: 2_010 },
    { id: 3, kind: 'return', day: FIRST, shop: 3, voucher: 300 },
    { id: 4, kind: 'purchase', day: FIRST, shop: 4, voucher: 410 },
  ]);
  await clearDay(books, FIRST);
  const path = join(dataDir, 'answers.csv');
  const words = ['ACSC', 'RJCT'].map((status, n) => ({ id: `1405090200000${n + 1}`, status }));
  writeFileSync(path, answerCsv(words));
  await takeAnswers(pool, path, 'answers.csv');

  const file = writeKbsf(dataDir, FIRST, [
    { shop: 1, rrn: rrnOf(1), day: FIRST, voucher: 1_010 },
    { shop: 1, rrn: rrnOf(77), day: FIRST, voucher: 70 },
  ]);
  await takeAcquirerFile(pool, file.path, file.name, openAcquirerFile(file.path, file.name, []), NOW);
  const [found] = await listBreaks(pool, { now: NOW });
  await proposeResolution(pool, found?.id ?? '', { post: 'credit', reason: 'the slip' }, 'sara');
  await decideResolution(pool, found?.id ?? '', 'approved', 'babak', NOW);

  await books.add([{ id: 5, kind: 'purchase', day: SECOND, shop: 3, voucher: 810 }]);
  await clearDay(books, SECOND); // takes up what was returned, owed and resolved
});
afterAll(async () => {
  await books.close();
});

test('every rial of the days is explained', async () => {
  expect(await unexplained(books.pool, FIRST, THIRD)).toEqual([]);
});

const net = 'the net is neither ordered nor carried';
const carriedIn = 'what was carried in is not what the net took up';
const journal = 'the journal has other rials than the net was made of';

// What is done by hand; then what must be told: day, shop, rials and reason.
test.each<[string, ...[string, number | null, string, string][]]>([
  [`delete from postings where transaction_id = 1`, [FIRST, 1, '-1010', journal]],
  [`delete from merchant_nets where merchant_id like '%1' and business_day = '${FIRST}'`, [FIRST, 1, '1010', journal]],
  [
    `update merchant_nets set purchase_rials = purchase_rials - 5, net_rials = net_rials - 5
      where merchant_id like '%1' and business_day = '${FIRST}'`,
    [FIRST, 1, '-5', net],
    [FIRST, 1, '5', journal],
  ],
  [
    `update merchant_nets set carried_rials = 71, net_rials = 71 where merchant_id like '%1' and business_day = '${SECOND}'`,
    [SECOND, 1, '-1', carriedIn],
    [SECOND, 1, '1', net],
  ],
  [
    `delete from payment_orders where instruction_id = '14050902000001'`,
    [FIRST, 1, '1000', net],
    [FIRST, null, '1000', 'file IR380170000000100000000001000000001 is not the sum of its orders'],
  ],
  [
    `update payment_orders set amount_rials = 900 where instruction_id = '14050902000001'`,
    [FIRST, 1, '100', 'the postings of order 14050902000001 do not agree with its state, paid'],
    [FIRST, 1, '100', net],
    [FIRST, null, '100', 'file IR380170000000100000000001000000001 is not the sum of its orders'],
  ],
  [
    `update payment_orders set state = 'returned' where instruction_id = '14050902000001'`,
    [FIRST, 1, '1000', 'order 14050902000001 came back, and is not carried on'],
    [FIRST, 1, '1000', 'the postings of order 14050902000001 do not agree with its state, returned'],
  ],
  [
    `update payment_orders set state = 'sent' where instruction_id = '14050902000001'`,
    [FIRST, 1, '1000', 'the postings of order 14050902000001 do not agree with its state, sent'],
  ],
  [
    `update payment_files set sum_rials = 3001 where business_day = '${FIRST}'`,
    [FIRST, null, '1', 'file IR380170000000100000000001000000001 is not the sum of its orders'],
  ],
  [
    `delete from payable_carries where source = 'net ${FIRST}' and merchant_id like '%4'`,
    [FIRST, 4, '400', net],
    [SECOND, 4, '-400', carriedIn],
  ],
  [
    `delete from payable_carries where source = 'order 14050902000002'`,
    [FIRST, 2, '2000', 'order 14050902000002 came back, and is not carried on'],
    [SECOND, 2, '-2000', carriedIn],
  ],
  [`update payable_carries set consumed_day = null where merchant_id like '%2'`, [SECOND, 2, '-2000', carriedIn]],
  [
    `update payable_carries set consumed_day = '2026-12-25' where merchant_id like '%4' and consumed_day is null`,
    ['2026-12-25', 4, '400', 'carry 5 is taken up by a day that did not net it'],
  ],
  [
    `insert into payable_carries (merchant_id, created_day, kind, rials, reason, source)
     values ('000000000000001', '${FIRST}', 'held', 9, '', 'a gift')`,
    [FIRST, 1, '9', 'carry 6 comes from nothing: a gift'],
  ],
  [
    `delete from settlement_postings where kind = 'paid'`,
    [FIRST, 1, '1000', 'the postings of order 14050902000001 do not agree with its state, paid'],
  ],
  [
    `update settlement_postings set credit = 'suspense' where kind = 'paid'`,
    [FIRST, 1, '1000', 'the postings of order 14050902000001 do not agree with its state, paid'],
  ],
  [
    `delete from settlement_postings where kind = 'fee' and merchant_id like '%2'`,
    [FIRST, 2, '10', 'the fee of the net is not posted'],
  ],
  [`delete from settlement_postings where kind = 'break'`, [FIRST, 1, '70', 'the end of break 1 is not posted']],
  [
    `update settlement_postings set debit = 'bank' where kind = 'break'`,
    [FIRST, 1, '70', 'the end of break 1 is not posted'],
  ],
  [
    `delete from breaks`,
    [FIRST, 1, '70', 'carry 4 comes from nothing: break 1'],
    [FIRST, 1, '70', 'line 1/3 of SDD is neither matched nor in a break'],
  ],
  [
    `update acquirer_lines set household_id = null, transaction_id = null where line = 2`,
    [FIRST, 1, '1010', 'line 1/2 of SDD is neither matched nor in a break'],
  ],
  [`delete from acquirer_lines where line = 2`, [FIRST, null, '0', 'file 1 of SDD had 2 lines, and 1 are here']],
  [
    `update business_days set closed_at = null where business_day = '${FIRST}'`,
    [FIRST, null, '3000', 'the day is cleared, and is not closed'],
  ],
])('%s is told', async (change, ...told) => {
  const db = await books.pool.connect();
  try {
    await db.query(`begin; set local session_replication_role = replica`); // as one who does not mind keys
    const { rowCount } = await db.query(change);
    expect(rowCount).toBeGreaterThan(0);
    const found = (await unexplained(db, FIRST, THIRD)).map((each) => [
      each.day,
      each.merchant,
      each.rials,
      each.reason,
    ]);
    const wanted = told.map(([day, shop, rials, reason]) => [
      day,
      shop === null ? null : merchantId(shop),
      rials,
      reason,
    ]);
    expect(found.sort()).toEqual(wanted.sort());
  } finally {
    await db.query('rollback');
    db.release();
  }
});
