import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { explain } from '../../../src/settlement/audit/explain.ts';
import { dayOfRrn, IN_WINDOW } from '../../../src/settlement/audit/rrn.ts';
import { openAcquirerFile } from '../../../src/settlement/acquirer/open.ts';
import { takeAcquirerFile } from '../../../src/settlement/acquirer/take.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { clearDay } from '../support/clear.ts';
import { openLedgerBooks, rrnOf, stanOf, writeKbsf, type LedgerBooks } from '../support/ledger-books.ts';

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

test('an RRN of others that is weeks old is found by the line of its acquirer, or when asked for everywhere', async () => {
  await books.openDay('2026-12-20');
  await expect(explain(books.pool, FOREIGN)).rejects.toThrow('--everywhere');
  expect((await explain(books.pool, FOREIGN, true))[0]?.rows).toMatchObject([{ business_day: '2026-11-29' }]);
  const line = [{ shop: 1, rrn: FOREIGN, stan: stanOf(3), day: '2026-11-29', voucher: 70 }];
  const { path, name } = writeKbsf(books.dataDir, '2026-11-29', line);
  await takeAcquirerFile(books.pool, path, name, openAcquirerFile(path, name, []), Date.parse('2026-12-30T08:00:00Z'));
  const steps = await explain(books.pool, FOREIGN);
  expect(steps.map(({ rows }) => rows.length)).toEqual([1, 2, 1, 0, 0]);
});

test('a shop that was not paid is explained by its Sheba, however it is written, and by its number', async () => {
  await books.addShop(2, testSheba(2), 'suspended');
  await books.openDay('2026-12-21');
  await books.add([{ id: 4, kind: 'purchase', day: '2026-12-21', shop: 2, voucher: 90 }]);
  await books.pool.query(`update business_days set closed_at = now() where business_day < '2026-12-21'`);
  await clearDay(books, '2026-12-21');
  const spaced = testSheba(2)
    .toLowerCase()
    .replace(/(.{4})/g, '$1 ');
  for (const name of [testSheba(2), spaced, merchantId(2)]) {
    const [orders, , net, carries, , moved] = await explain(books.pool, name);
    expect(orders?.rows).toEqual([]);
    expect(net?.rows).toMatchObject([{ net_rials: '90', outcome: 'hold', reason: 'the merchant is suspended' }]);
    expect(carries?.rows).toMatchObject([{ kind: 'held', rials: '90' }]);
    expect(moved?.rows).toMatchObject([{ rrn: rrnOf(4) }]);
  }
  const back = await explain(books.pool, rrnOf(4), true);
  expect(back.at(-1)?.rows).toMatchObject([{ merchant_id: merchantId(2), outcome: 'hold', instruction_id: null }]);
});

test('only the days around its own are looked through', async () => {
  const { rows } = await books.pool.query<Record<string, string>>(
    `explain (costs off) ${IN_WINDOW.replace('$1', `'${RRN}'`).replace('$2', `'2026-11-22'`).replace('$3', `'2026-11-24'`)}`,
  );
  const scanned = rows.map((row) => Object.values(row)[0] ?? '').filter((line) => / Scan .*on transactions/.test(line));
  expect(scanned.length).toBeGreaterThan(0);
  expect(scanned.length).toBeLessThanOrEqual(3);
});
