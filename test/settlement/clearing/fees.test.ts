import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { unexplained } from '../../../src/settlement/audit/unexplained.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { clearDay } from '../support/clear.ts';
import { openLedgerBooks, type LedgerBooks, type Movement } from '../support/ledger-books.ts';

/** Fixed fee 100 a purchase, 1 % of the voucher part. */
const [FIRST, SECOND] = ['2026-11-23', '2026-11-24'] as const;

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(FIRST);
  await books.pool.query(`insert into settlement_terms values ('2026-01-01', false, 1, 100, 100)`);
});
afterAll(async () => {
  await books.close();
});

let ids = 0;
const sale = (shop: number, voucher: number, more: Partial<Movement> = {}): Movement => ({
  id: ++ids,
  kind: 'purchase',
  day: FIRST,
  shop,
  voucher,
  ...more,
});
const back = (kind: 'return' | 'reversal', of: Movement, voucher: number, more: Partial<Movement> = {}): Movement => ({
  id: ++ids,
  kind,
  day: FIRST,
  shop: of.shop,
  voucher,
  originalId: of.id,
  originalDay: of.day,
  household: of.household ?? of.id % 50,
  ...more,
});

const cases: [string, (shop: number) => Movement[], [first: number, second: number]][] = [
  [
    'one purchase of three buckets pays once',
    (shop) => [sale(shop, 6_000, { parts: [1_000, 2_000, 3_000] })],
    [160, 0],
  ],
  [
    'a return gives no fee back',
    (shop) => {
      const bought = sale(shop, 5_000);
      return [bought, back('return', bought, 2_000)];
    },
    [150, 0],
  ],
  [
    'a return that is reversed takes no fee again',
    (shop) => {
      const bought = sale(shop, 5_000);
      const returned = back('return', bought, 5_000, { state: 'reversed' });
      return [bought, returned, back('reversal', returned, 5_000, { sign: 1 })];
    },
    [150, 0],
  ],
  [
    'a purchase that is reversed gives all of it back',
    (shop) => {
      const bought = sale(shop, 5_000, { state: 'reversed' });
      return [bought, back('reversal', bought, 5_000)];
    },
    [0, 0],
  ],
  [
    'also on a later day',
    (shop) => {
      const bought = sale(shop, 5_000, { state: 'reversed', parts: [2_000, 3_000] });
      return [bought, back('reversal', bought, 5_000, { day: SECOND, parts: [3_000, 2_000] })];
    },
    [150, -150],
  ],
  [
    'one that is corrected keeps its fixed fee, until the rest goes too',
    (shop) => {
      const bought = sale(shop, 5_000, { state: 'reversed' });
      return [bought, back('reversal', bought, 2_000), back('reversal', bought, 3_000, { day: SECOND })];
    },
    [130, -130],
  ],
  [
    'one of which a part was returned gives the fixed fee back with its reversal',
    (shop) => {
      const bought = sale(shop, 5_000, { state: 'reversed' });
      return [bought, back('return', bought, 2_000), back('reversal', bought, 3_000)];
    },
    [20, 0],
  ],
  [
    'a fee goes back once, whatever is reversed after',
    (shop) => {
      const bought = sale(shop, 5_000, { state: 'reversed' });
      const returned = back('return', bought, 2_000, { state: 'reversed' });
      return [
        bought,
        returned,
        back('reversal', bought, 3_000),
        back('reversal', returned, 2_000, { day: SECOND, sign: 1 }),
        back('reversal', bought, 2_000, { day: SECOND }),
      ];
    },
    [20, -20],
  ],
];

test('a fixed fee is paid once a purchase, and comes back once', async () => {
  const all = cases.flatMap(([, moves], n) => moves(n + 1));
  for (const [n] of cases.entries()) await books.addShop(n + 1, testSheba(n + 1));
  await books.add(all.filter(({ day }) => day === FIRST));
  await clearDay(books, FIRST);
  await books.add(all.filter(({ day }) => day === SECOND));
  await clearDay(books, SECOND);
  const { rows } = await books.pool.query<{ shop: string; day: string; fee: string }>(
    `select merchant_id as shop, business_day::text as day, fee_rials::text as fee from merchant_nets`,
  );
  const feeOf = (shop: string, day: string): number =>
    Number(rows.find((row) => row.shop === shop && row.day === day)?.fee ?? 0);
  const found = cases.map(([name], n) => [name, [feeOf(merchantId(n + 1), FIRST), feeOf(merchantId(n + 1), SECOND)]]);
  expect(found).toEqual(cases.map(([name, , fees]) => [name, fees]));
  expect(await unexplained(books.pool, FIRST, SECOND)).toEqual([]);
});

test('what takes a purchase back goes by the terms of the day on which it was made', async () => {
  const [, , third, fourth] = [FIRST, SECOND, '2026-11-25', '2026-11-26'] as const;
  const { pool } = books;
  // Until now the card part was the acquirer's; from the fourth day on it is ours, and the fees are others.
  await pool.query(`insert into settlement_terms values ('${fourth}', true, 1, 300, 250)`);
  const shops = [21, 22, 23, 24, 25] as const;
  for (const n of shops) await books.addShop(n, testSheba(n));
  const [one, two, three, four, five] = shops.map((n) => sale(n, 5_000, { card: 700, day: third }));
  await books.add([one!, two!, three!, four!]);
  const returned = back('return', three!, 2_000, { day: third, card: 700, state: 'reversed' });
  await books.add([returned]);
  await clearDay(books, third);
  await books.add([
    back('reversal', one!, 5_000, { day: fourth, card: 700 }), // gives back 100 and 1 %, and no card part
    back('return', two!, 2_000, { day: fourth, card: 300 }), // takes 2,000
    back('reversal', returned, 2_000, { day: fourth, card: 700, sign: 1 }), // gives 2,000 again
    back('reversal', four!, 2_000, { day: fourth }), // corrected: 1 % of 2,000
    { ...five!, day: fourth }, // pays 300 and 2.5 %, and gets its card part
  ]);
  await clearDay(books, fourth);
  const { rows } = await pool.query<{ shop: string; net: string; fee: string }>(
    `select ltrim(merchant_id, '0') as shop, net_rials - carried_rials as net, fee_rials as fee from merchant_nets
      where business_day = $1 and merchant_id >= $2 order by 1`,
    [fourth, merchantId(21)],
  );
  expect(rows.map(({ shop, net, fee }) => [shop, net, fee])).toEqual([
    ['21', '-4850', '-150'],
    ['22', '-2000', '0'],
    ['23', '2000', '0'],
    ['24', '-1980', '-20'],
    ['25', '5275', '425'],
  ]);
  expect(await unexplained(pool, third, fourth)).toEqual([]);
});
