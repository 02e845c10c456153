import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decideResolution, listBreaks, proposeResolution } from '../../../src/settlement/acquirer/desk.ts';
import { openAcquirerFile } from '../../../src/settlement/acquirer/open.ts';
import { takeAcquirerFile, type AcquirerIntake } from '../../../src/settlement/acquirer/take.ts';
import { owingShops } from '../../../src/settlement/clearing/owing.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { clearDay } from '../support/clear.ts';
import { openLedgerBooks, rrnOf, writeKbsf, type FileLine, type LedgerBooks } from '../support/ledger-books.ts';

const [DAY, NEXT] = ['2026-11-23', '2026-11-24'] as const;
const NOW = Date.parse('2026-11-24T20:29:00Z'); // 23:59 of the 24th in Tehran

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(DAY);
  for (const n of [1, 2, 3]) await books.addShop(n, testSheba(n));
  await books.add([1, 2, 3].map((id) => ({ id, kind: 'purchase', day: DAY, shop: 1, voucher: 1_000 * id })));
  await books.add([{ id: 9, kind: 'return', day: DAY, shop: 3, voucher: 900 }]);
});
afterAll(async () => {
  await books.close();
});

function take(day: string, lines: readonly FileLine[]): Promise<AcquirerIntake> {
  const { path, name } = writeKbsf(books.dataDir, day, lines);
  return takeAcquirerFile(books.pool, path, name, openAcquirerFile(path, name), NOW);
}

test.each(['2099-01-01', '2026-11-25'])('a file of %s, which is not here yet, is refused', async (day) => {
  await expect(take(day, [{ shop: 1, rrn: rrnOf(1), day: DAY, voucher: 1_000 }])).rejects.toThrow(
    `1:1: the settlement date ${day} is not here yet: today is 2026-11-24`,
  );
});

test('a line that names another shop is a break, of the shop that was credited', async () => {
  await take(DAY, [{ shop: 1, merchant: merchantId(2), rrn: rrnOf(2), day: DAY, voucher: 2_000 }]);
  const breaks = await listBreaks(books.pool, { now: NOW });
  expect(breaks.map(({ class: name, merchant, rials, detail }) => [name, merchant, rials, detail])).toEqual([
    ['MERCHANT_DIFF', merchantId(1), '2000', `merchant ${merchantId(2)} there, ${merchantId(1)} here`],
  ]);
});

test('one sale is debited once, though two breaks name it', async () => {
  const { pool } = books;
  await take(NEXT, [{ shop: 1, rrn: rrnOf(1), day: DAY, voucher: 1_000, sheba: testSheba(9) }]);
  const breaks = (await listBreaks(pool, { now: NOW })).filter(({ rrn }) => rrn === rrnOf(1));
  expect(breaks.map((each) => each.class).sort()).toEqual(['LATE', 'SHEBA_DIFF']);
  const [one = '', other = ''] = breaks.map((each) => each.id);
  const debit = { post: 'debit', reason: 'the acquirer paid it' } as const;
  const proposed = await Promise.allSettled([one, other].map((id) => proposeResolution(pool, id, debit, 'sara')));
  expect(proposed.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const [first, second] = proposed[0]?.status === 'fulfilled' ? [one, other] : [other, one];
  await expect(proposeResolution(pool, second, debit, 'sara')).rejects.toMatchObject({ code: 'break.twice' });
  await decideResolution(pool, first, 'approved', 'babak', NOW);
  await expect(proposeResolution(pool, second, debit, 'sara')).rejects.toMatchObject({ code: 'break.twice' });
  await proposeResolution(pool, second, { post: 'none', reason: 'the same sale' }, 'sara');
  await decideResolution(pool, second, 'approved', 'babak', NOW);
  const { rows } = await pool.query(`select rials::int from payable_carries where source like 'break %'`);
  expect(rows).toEqual([{ rials: -1_000 }]);
});

test('a shop that owes is told when it is suspended, or owes for too long, however often it is carried', async () => {
  const { pool } = books;
  await clearDay(books, DAY);
  expect(await owingShops(pool, NEXT)).toEqual([]);
  await clearDay(books, NEXT);
  expect(await owingShops(pool, '2026-11-30')).toEqual([]);
  const owed = { merchant: merchantId(3), rials: '-900', since: DAY };
  expect(await owingShops(pool, '2026-12-01')).toEqual([{ ...owed, why: 'it owes for more than 7 days' }]);
  await pool.query(`update merchants set status = 'suspended' where merchant_id = $1`, [merchantId(3)]);
  expect(await owingShops(pool, NEXT)).toEqual([{ ...owed, why: 'the merchant is suspended' }]);
});
