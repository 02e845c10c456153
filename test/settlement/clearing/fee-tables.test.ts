import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPay } from '../../../src/settlement/shop/index.ts';
import { readStatement } from '../../../src/settlement/statement/read.ts';
import { unexplained } from '../../../src/settlement/audit/unexplained.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { clearDay } from '../support/clear.ts';
import { openLedgerBooks, type LedgerBooks, type Movement } from '../support/ledger-books.ts';

/** 1402's merchant fee, of the card's part. */
const [FIRST, SECOND] = ['2026-11-23', '2026-11-24'] as const;
const BANDS = [
  { below: 6_000_000, rials: 1_200 },
  { perMillion: 200, most: 40_000 },
];

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(FIRST);
  await books.pool.query(
    `insert into fee_tables values ('merchant', $1, 'card', $2, '{supermarket}', 'psp', 'IR1'), ('scheme', $1, 'voucher', $3, '{}', 'scheme', 'IR2')`,
    [FIRST, JSON.stringify(BANDS), JSON.stringify([{ perMillion: 1_000 }])],
  );
});
afterAll(async () => {
  await books.close();
});

/** The same, as a person would reckon it. */
function merchantFee(card: number): number {
  const fee = card < 6_000_000 ? 1_200 : Math.min(40_000, Math.floor((card * 2) / 10_000));
  return Math.min(card, fee);
}

test('the fee of an amount: the table, for every amount', async () => {
  const edges = [0, 1, 1_199, 1_200, 5_999_999, 6_000_000, 199_999_999, 200_000_000, 1_000_000_000];
  const amounts = [...edges, ...fc.sample(fc.integer({ min: 0, max: 400_000_000 }), 500)];
  const { rows } = await books.pool.query<{ fee: string }>(
    'select fee_of($1::jsonb, x)::text as fee from unnest($2::bigint[]) with ordinality as a (x, n) order by n',
    [JSON.stringify(BANDS), amounts],
  );
  expect(rows.map(({ fee }) => Number(fee))).toEqual(amounts.map(merchantFee));
});

test('what is netted is the sum of the fees; the exempt pay none of it; what is undone gives its own back', async () => {
  const { pool } = books;
  const shops = [1, 2, 3] as const;
  for (const n of shops) await books.addShop(n, testSheba(n));
  await pool.query(`update merchants set guild = 'supermarket' where merchant_id = $1`, [merchantId(2)]);
  await pool.query('delete from merchant_guilds'); // it was one from the first
  const sale = (id: number, shop: number, voucher: number, card: number, more: Partial<Movement> = {}): Movement => ({ id, kind: 'purchase', day: FIRST, shop, voucher, card, ...more });
  const sales = [sale(1, 1, 1_000_999, 500_000), sale(2, 1, 7_000_000, 9_000_000, { parts: [3_000_000, 4_000_000] }), sale(3, 2, 5_000_000, 5_000_000), sale(4, 3, 2_000_000, 8_000_000, { state: 'reversed' })];
  await books.add([...sales, { id: 5, kind: 'return', day: FIRST, shop: 1, voucher: 1_000, originalId: 1, household: 1 }]);
  const foretold = async (day: string): Promise<object[]> => {
    const all: { shop: string; day: string; fee: number; tables: number }[] = [];
    for (const n of shops) {
      const [pay] = (await readPay(pool, merchantId(n), day, day, Date.parse(`${day}T12:00:00+03:30`))).days;
      const tables = Object.values(pay!.sum.tableFees).reduce((sum, rials) => sum + Number(rials), 0);
      if (pay!.fee !== 0n) all.push({ shop: String(n), day, fee: Number(pay!.fee), tables });
    }
    return all;
  };
  const ahead = await foretold(FIRST); // what the pay clock says while the day is open
  await clearDay(books, FIRST);
  await books.openDay(SECOND);
  // the shop is of an exempt guild by now: what comes back is what was taken
  await pool.query(`update merchants set guild = 'supermarket' where merchant_id = $1`, [merchantId(3)]);
  await books.add([{ id: 6, kind: 'reversal', day: SECOND, shop: 3, voucher: 2_000_000, card: 8_000_000, originalId: 4, originalDay: FIRST, household: 4 }]);
  ahead.push(...(await foretold(SECOND)));
  await clearDay(books, SECOND);
  const scheme = (voucher: number): number => Math.floor(voucher / 1_000);
  const { rows } = await pool.query('select right(merchant_id, 1) as shop, business_day::text as day, fee_rials::int as fee from merchant_nets order by 2, 1');
  const third = scheme(2_000_000) + merchantFee(8_000_000);
  expect(rows).toEqual([
    { shop: '1', day: FIRST, fee: scheme(1_000_999) + merchantFee(500_000) + scheme(7_000_000) + merchantFee(9_000_000) },
    { shop: '2', day: FIRST, fee: scheme(5_000_000) },
    { shop: '3', day: FIRST, fee: third },
    { shop: '3', day: SECOND, fee: -third },
  ]);
  expect(ahead).toEqual((rows as { fee: number }[]).map((row) => ({ ...row, tables: row.fee })));
  expect(await unexplained(pool, FIRST, SECOND)).toEqual([]);
  const split = await pool.query('select fee, payee, account, purchases::int, fee_rials::int as rials from fee_lines($1, 0, 1) where merchant_id = $2 order by fee', [FIRST, merchantId(1)]);
  expect(split.rows).toEqual([
    { fee: 'merchant', payee: 'psp', account: 'IR1', purchases: 2, rials: merchantFee(500_000) + merchantFee(9_000_000) },
    { fee: 'scheme', payee: 'scheme', account: 'IR2', purchases: 2, rials: scheme(1_000_999) + scheme(7_000_000) },
  ]);
  const statement = await readStatement(pool, merchantId(1), { from: FIRST, to: FIRST, now: Date.parse(`${SECOND}T08:00:00Z`) });
  expect(statement?.lines.filter(({ kind }) => kind === 'fee').map(({ note, debit }) => [note, Number(debit)])).toEqual([
    [`merchant ${FIRST}: psp`, merchantFee(500_000) + merchantFee(9_000_000)],
    [`scheme ${FIRST}: scheme`, scheme(1_000_999) + scheme(7_000_000)],
  ]);
  // each to its payee's account; what comes back, from it
  const posted = await pool.query(`select right(merchant_id, 1) as shop, business_day::text as day, debit, credit, payee_account as account, sum(rials)::int as rials
    from settlement_postings where kind = 'fee' group by 1, 2, 3, 4, 5 order by 2, 1, 5`);
  expect(posted.rows).toEqual([
    { shop: '1', day: FIRST, debit: 'payable', credit: 'fees', account: 'IR1', rials: merchantFee(500_000) + merchantFee(9_000_000) },
    { shop: '1', day: FIRST, debit: 'payable', credit: 'fees', account: 'IR2', rials: scheme(1_000_999) + scheme(7_000_000) },
    { shop: '2', day: FIRST, debit: 'payable', credit: 'fees', account: 'IR2', rials: scheme(5_000_000) },
    { shop: '3', day: FIRST, debit: 'payable', credit: 'fees', account: 'IR1', rials: merchantFee(8_000_000) },
    { shop: '3', day: FIRST, debit: 'payable', credit: 'fees', account: 'IR2', rials: scheme(2_000_000) },
    { shop: '3', day: SECOND, debit: 'fees', credit: 'payable', account: 'IR1', rials: merchantFee(8_000_000) },
    { shop: '3', day: SECOND, debit: 'fees', credit: 'payable', account: 'IR2', rials: scheme(2_000_000) },
  ]);
}); // prettier-ignore

test('a fee in a card part is its payee’s, not the shop’s: it leaves no net, and goes back with what is returned', async () => {
  const [third, fourth] = ['2026-11-25', '2026-11-26'];
  const { pool } = books;
  await pool.query(`insert into programmes values ('kalabarg') on conflict do nothing`);
  await pool.query(`insert into card_parts values ('kalabarg', '2026-01-01', 'fee', 50000, 0, 0, 50000, 'the network', 'IR9')`);
  await books.openDay(third);
  const bought = { id: 21, kind: 'purchase', day: third, shop: 2, voucher: 1_000_000, card: 50_000, fee: 50_000, state: 'reversed' } as const;
  await books.add([bought, { ...bought, id: 22, state: 'approved' }]);
  const taken = await pool.query(`insert into card_part_fees select household_id, transaction_id, business_day, 'kalabarg', '2026-01-01' from transactions where transaction_id in (21, 22) returning 1`);
  expect(taken.rowCount).toBe(2);
  await clearDay(books, third);
  await books.openDay(fourth);
  await books.add([{ id: 23, kind: 'reversal', day: fourth, shop: 2, voucher: 1_000_000, card: 50_000, fee: 50_000, originalId: 21, originalDay: third, household: 21 }]);
  await clearDay(books, fourth);
  const { rows } = await pool.query(`select business_day::text as day, debit, credit, payee, payee_account as account, rials::int as rials from settlement_postings where kind = 'card-fee' order by 1`);
  expect(rows).toEqual([
    { day: third, debit: 'card', credit: 'fees', payee: 'the network', account: 'IR9', rials: 100_000 },
    { day: fourth, debit: 'fees', credit: 'card', payee: 'the network', account: 'IR9', rials: 50_000 },
  ]);
  expect(await unexplained(pool, FIRST, fourth)).toEqual([]);
}); // prettier-ignore

test('a fee that is posted to somebody else, or is not what its table says, is found', async () => {
  const { pool } = books;
  const found = async (change: string, back: string): Promise<string[]> => {
    await pool.query(change);
    const reasons = (await unexplained(pool, FIRST, FIRST)).map(({ reason }) => reason);
    await pool.query(back);
    return reasons;
  };
  const one = `merchant_id = '${merchantId(1)}' and business_day = '${FIRST}' and fee = 'scheme'`;
  expect(await found(`update settlement_postings set payee_account = 'IR7' where ${one}`, `update settlement_postings set payee_account = 'IR2' where ${one}`)).toEqual([`the fee scheme of ${FIRST} is not posted to its payee`]);
  expect(await found(`update net_fees set fee_rials = fee_rials + 1 where ${one}`, `update net_fees set fee_rials = fee_rials - 1 where ${one}`)).toEqual(expect.arrayContaining([`the fee scheme of ${FIRST} is not what its table says`]));
  expect(await unexplained(pool, FIRST, SECOND)).toEqual([]);
}); // prettier-ignore
