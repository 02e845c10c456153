import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decideResolution, listBreaks, proposeResolution } from '../../../src/settlement/acquirer/desk.ts';
import { openAcquirerFile } from '../../../src/settlement/acquirer/open.ts';
import { takeAcquirerFile } from '../../../src/settlement/acquirer/take.ts';
import { takeAnswers } from '../../../src/settlement/answers/take.ts';
import { unexplained, unexplainedJournal } from '../../../src/settlement/audit/unexplained.ts';
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
const changed = 'the journal changed since it was netted';
const kept = 'what was kept of the netted journal is not what was kept then: shard 0';
const orders = 'the orders of file IR380170000000100000000001000000001 are not those that were made';
const fees = 'the fee of the net is not what the terms say';

// What is done by hand; then what must be told: day, shop, rials and reason.
test.each<[string, ...[string, number | null, string, string][]]>([
  [
    `delete from postings where transaction_id = 1`,
    [FIRST, 1, '-1010', journal],
    [FIRST, 1, '-1010', changed],
    [FIRST, 1, '10', fees],
  ],
  [
    `delete from merchant_nets where merchant_id like '%1' and business_day = '${FIRST}'`,
    [FIRST, 1, '1010', journal],
    [FIRST, 1, '1010', changed],
    [FIRST, null, '0', kept],
    [FIRST, 1, '10', `posting comes from nothing: fee net ${FIRST}`],
  ],
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
    [FIRST, null, '0', orders],
    [FIRST, 1, '1000', 'posting comes from nothing: order 14050902000001'],
    [FIRST, 1, '1000', 'posting comes from nothing: paid 14050902000001'],
    [FIRST, 1, '1000', net],
    [FIRST, null, '1000', 'file IR380170000000100000000001000000001 is not the sum of its orders'],
  ],
  [
    `update payment_orders set amount_rials = 900 where instruction_id = '14050902000001'`,
    [FIRST, null, '0', orders],
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
    [FIRST, 1, '70', 'posting comes from nothing: break break 1'],
    [FIRST, null, '70', 'file 1 of SDD raised 1 breaks, and 0 are here or of other rials'],
    [FIRST, 1, '70', 'carry 4 comes from nothing: break 1'],
    [FIRST, 1, '70', 'line 1/3 of SDD is neither matched nor in a break'],
  ],
  [
    `update acquirer_lines set household_id = null, transaction_id = null where line = 2`,
    [FIRST, 1, '1010', 'line 1/2 of SDD is neither matched nor in a break'],
  ],
  [`delete from acquirer_lines where line = 2`, [FIRST, null, '0', 'file 1 of SDD had 2 lines, and 1 are here']],
  [
    `update payment_orders set sheba = '${testSheba(9)}' where instruction_id = '14050902000001'`,
    [FIRST, null, '0', orders],
  ],
  [
    `update merchant_nets set fee_rials = 4, net_rials = net_rials + 6 where merchant_id like '%1' and business_day = '${FIRST}'`,
    [FIRST, 1, '-6', fees],
    [FIRST, 1, '-6', 'the fee of the net is not posted'],
    [FIRST, 1, '6', net],
  ],
  [
    `update breaks set rials = 7000000, post_rials = 7000000`,
    [FIRST, null, '-6999930', 'file 1 of SDD raised 1 breaks, and 1 are here or of other rials'],
    [FIRST, 1, '6999930', 'the end of break 1 is not carried'],
    [FIRST, 1, '6999930', 'the end of break 1 is not posted'],
    [FIRST, 1, '0', 'break 1 is resolved, and two people did not agree to that'],
  ],
  [
    `update breaks set approved_by = 'nobody'`,
    [FIRST, 1, '0', 'break 1 is resolved, and two people did not agree to that'],
  ],
  [
    `insert into settlement_postings (merchant_id, business_day, kind, debit, credit, rials, source)
     values ('${merchantId(2)}', '${FIRST}', 'paid', 'clearing', 'bank', 5, 'X')`,
    [FIRST, 2, '5', 'posting comes from nothing: paid X'],
  ],
  [
    // Whoever changes a posting and the digest of its shop too.
    `with posted as (update postings set at = at + 1 where transaction_id = 1 returning business_day)
     update merchant_nets n set digest = digest + 1 where merchant_id like '%1' and business_day = '${FIRST}'`,
    [FIRST, 1, '0', changed],
    [FIRST, null, '0', kept],
  ],
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
      each.reason.replace(/^posting \d+/, 'posting').replace(/: \d+ postings then, \d+ now$/, ''),
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

const of = (id: number, fault: string): string => `transaction ${id} of household h${id % 50} ${fault}`;
const other = 'is posted with other rials than were decided';

// What is done to a day's journal by hand, the transactions and buckets left as they are; then what must be told.
test.each<[string, string, ...[number, string, string][]]>([
  [
    'a purchase gets a billion more',
    `insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, programme_fund, merchant_payable)
     values ('h1', 1, 2, '${FIRST}', 0, 'purchase', '${merchantId(1)}', -1000000000, 1000000000)`,
    [1, '1000000000', of(1, other)],
  ],
  [
    'a billion comes from nothing',
    `insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, household_voucher, merchant_payable)
     values ('h7', 777, 1, '${FIRST}', 0, 'purchase', '${merchantId(2)}', -1000000000, 1000000000)`,
    [2, '1000000000', 'transaction 777 of household h7 has postings and does not exist'],
  ],
  [
    'an allocation pays a shop',
    `insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, programme_fund, merchant_payable)
     values ('h7', 778, 1, '${FIRST}', 0, 'allocation', '${merchantId(2)}', -5, 5)`,
    [2, '5', 'transaction 778 of household h7 has postings and does not exist'],
  ],
  [
    'a purchase is moved to another shop',
    `update postings set merchant_id = '${merchantId(2)}' where transaction_id = 1`,
    [1, '-1010', of(1, 'is posted to another shop than it was made at')],
    [2, '1010', of(1, 'is posted to another shop than it was made at')],
  ],
  [
    'a return is shrunk',
    `update postings set merchant_payable = -1, household_voucher = 1 where transaction_id = 3`,
    [3, '299', of(3, other)],
  ],
  [
    'a return is gone',
    `delete from postings where transaction_id = 3`,
    [3, '300', of(3, 'was approved, and is not posted')],
  ],
  [
    'a return became a purchase',
    `update postings set kind = 'purchase', merchant_payable = 300, household_voucher = -300 where transaction_id = 3`,
    [3, '600', of(3, 'has postings, and did not decide them')],
  ],
  [
    'the voucher part became the card part',
    `update postings set merchant_payable = 0, household_voucher = 0, merchant_card = 1010, card_clearing = -1010 where transaction_id = 1`,
    [1, '-1010', of(1, other)],
  ],
  [
    'a purchase drew on another bucket',
    `update postings set bucket_id = 9 where transaction_id = 1`,
    [1, '0', of(1, other)],
  ],
  [
    'a purchase is declined after all',
    `update transactions set state = 'declined' where transaction_id = 1`,
    [1, '1010', of(1, 'has postings, and did not decide them')],
  ],
])('%s: it is told of each shop that it is about', async (_, change, ...told) => {
  const db = await books.pool.connect();
  try {
    await db.query(`begin; set local session_replication_role = replica`);
    expect(await unexplainedJournal(db, FIRST)).toEqual([]);
    const { rowCount } = await db.query(change);
    expect(rowCount).toBe(1);
    expect(await unexplainedJournal(db, FIRST)).toEqual(
      told.map(([shop, rials, reason]) => ({ day: FIRST, merchant: merchantId(shop), rials, reason })),
    );
  } finally {
    await db.query('rollback');
    db.release();
  }
});
