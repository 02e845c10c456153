import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { explain } from '../../../src/settlement/audit/explain.ts';
import { dayOfRrn, IN_WINDOW } from '../../../src/settlement/audit/rrn.ts';
import { testSheba } from '../support/books.ts';
import { openLedgerBooks, type LedgerBooks } from '../support/ledger-books.ts';

const RRN = '632708000001'; // 2026-11-23, eight o'clock
const FOREIGN = '999999999999'; // of nobody's day

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  for (let day = 20; day <= 30; day++) await books.openDay(`2026-11-${day}`);
  await books.addShop(1, testSheba(1));
  await books.add([
    { id: 1, kind: 'purchase', state: 'reversed', day: '2026-11-24', shop: 1, voucher: 500, rrn: RRN },
    { id: 2, kind: 'reversal', day: '2026-11-28', shop: 1, voucher: 500, rrn: RRN, originalId: 1 },
    { id: 3, kind: 'purchase', day: '2026-11-29', shop: 1, voucher: 70, rrn: FOREIGN },
  ]);
});
afterAll(async () => {
  await books.close();
});

test.each([
  ['632708000001', '2026-11-30', '2026-11-23'],
  ['600100000001', '2026-11-30', '2026-01-01'],
  ['536523999999', '2026-01-01', '2025-12-31'],
  ['700100000001', '2026-12-31', '2027-01-01'], // decided after midnight, before the cut-over
  ['700100000001', '2026-12-30', '2017-01-01'],
  ['436600000001', '2026-11-30', '2024-12-31'],
  ['536600000001', '2026-11-30', undefined], // 2025 had 365 days
  ['600000000001', '2026-11-30', undefined],
  ['ABC708000001', '2026-11-30', undefined],
])('%s, asked for on %s, is of %s', (rrn, newest, day) => {
  expect(dayOfRrn(rrn, newest)).toBe(day);
});

test('an RRN leads to its purchase and to what later days did to it', async () => {
  const [transactions, postings] = await explain(books.pool, RRN);
  expect(transactions?.rows.map((row) => [row['kind'], row['business_day']])).toEqual([
    ['purchase', '2026-11-24'],
    ['reversal', '2026-11-28'],
  ]);
  expect(postings?.rows).toHaveLength(4);
});

test("an RRN that is not of our making is found too, and one that is nobody's is named", async () => {
  expect((await explain(books.pool, FOREIGN))[0]?.rows).toMatchObject([{ business_day: '2026-11-29' }]);
  await expect(explain(books.pool, '111111111111')).rejects.toMatchObject({ code: 'explain.unknown' });
});

test('only the days around its own are looked through', async () => {
  const { rows } = await books.pool.query<Record<string, string>>(
    `explain (costs off) ${IN_WINDOW.replace('$1', `'${RRN}'`).replace('$2', `'2026-11-22'`).replace('$3', `'2026-11-24'`)}`,
  );
  const scanned = rows.map((row) => Object.values(row)[0] ?? '').filter((line) => / Scan .*on transactions/.test(line));
  expect(scanned.length).toBeGreaterThan(0);
  expect(scanned.length).toBeLessThanOrEqual(3);
});
