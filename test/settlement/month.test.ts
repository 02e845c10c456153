import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decideResolution, listBreaks, proposeResolution } from '../../src/settlement/acquirer/desk.ts';
import { explain } from '../../src/settlement/audit/explain.ts';
import { dayBalances, unexplained } from '../../src/settlement/audit/unexplained.ts';
import { addDays } from '../../src/field/jalali.ts';
import { readStatement } from '../../src/settlement/statement/read.ts';
import { merchantId, testSheba } from './support/books.ts';
import { openLedgerBooks, type LedgerBooks } from './support/ledger-books.ts';
import { Acquirer, Bank, clearInChild, seeded, tellDay, Trade } from './support/month.ts';

/** A month with Nowruz in it. KALABARG_TEST_FULL: 30 days of 10,000 purchases at 200 shops; else a short one. */
const FULL = process.env['KALABARG_TEST_FULL'] !== undefined;
const DAYS = FULL ? 30 : 4;
const SHOPS = FULL ? 200 : 40;
const PURCHASES = FULL ? 10_000 : 300;
const FIRST = FULL ? '2026-03-01' : '2026-03-17';
const STATEMENTS = 90;

let books: LedgerBooks;
const random = seeded(8583);
const bank = new Bank(random);
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(FIRST);
  for (let n = 1; n <= SHOPS; n++) {
    const sheba = n === 8 ? 'IR00' : testSheba(n);
    await books.addShop(n, sheba, n === 7 ? 'suspended' : 'approved');
  }
  await books.pool.query(
    `insert into settlement_terms (valid_from, min_payout_rials, fee_fixed_rials, fee_basis_points) values ($1, 50000, 120, 15)`,
    [addDays(FIRST, 1)],
  );
});
afterAll(async () => {
  await books.close();
});

/** Ends half of what is open: the shop gets it, gives it, or nothing moves; always by two people. */
async function workTheDesk(now: number): Promise<void> {
  for (const each of await listBreaks(books.pool, { state: 'open', now, limit: 20 })) {
    if (random(2) === 0) continue;
    const way = (['credit', 'debit', 'none'] as const)[random(3)] ?? 'none';
    const post = each.rials === '0' ? 'none' : way;
    await proposeResolution(books.pool, each.id, { post, reason: each.detail }, 'sara');
    await decideResolution(books.pool, each.id, 'approved', 'babak', now);
  }
}

test(
  'a month of trade, returns, faults and kills leaves every rial paid, carried or in a named break',
  async () => {
    const trade = new Trade(random);
    const acquirer = new Acquirer(random);
    for (let n = 0; n < DAYS; n++) {
      const day = addDays(FIRST, n);
      const movements = trade.day(day, SHOPS, PURCHASES);
      await books.add(movements);
      await clearInChild(books, day, 1 + random(STATEMENTS));
      await clearInChild(books, day, 0);
      await bank.collect(books);
      const outcomes = await tellDay(books, day, acquirer.lines(movements));
      expect([day, outcomes]).toEqual([day, ['file.refused', 'taken', 'repeated', 'file.conflict']]);
      await workTheDesk(Date.parse(`${day}T06:00:00Z`) + 2 * 86_400_000);
      if (n === 2) await books.pool.query(`update merchants set status = 'approved' where status = 'suspended'`);
      expect([day, await unexplained(books.pool, FIRST, day)]).toEqual([day, []]);
    }
  },
  FULL ? 3_600_000 : 300_000,
);

test("the bank's own books agree with ours, Sheba by Sheba", async () => {
  const { rows } = await books.pool.query<{ sheba: string; rials: string }>(
    `select sheba, sum(amount_rials)::text as rials from payment_orders where state = 'paid' group by sheba`,
  );
  expect(new Map(rows.map((row) => [row.sheba, BigInt(row.rials)]))).toEqual(bank.paid);
});

test('journal - fees + breaks = paid + what is still carried, shop by shop', async () => {
  const { rows } = await books.pool.query(
    `with moved as (
       select merchant_id, sum(merchant_payable) as rials from postings where merchant_id is not null group by 1
     ), settled as (
       select merchant_id,
              sum(case when kind = 'fee' then rials when kind = 'paid' then rials else 0 end
                  + case when kind = 'break' and debit = 'payable' then rials
                         when kind = 'break' then -rials else 0 end) as rials
         from settlement_postings group by 1
     ), carried as (
       select merchant_id, sum(rials) as rials from payable_carries where consumed_day is null group by 1
     )
     select merchant_id, moved.rials - coalesce(settled.rials, 0) - coalesce(carried.rials, 0) as left_over
       from moved left join settled using (merchant_id) left join carried using (merchant_id)
      where moved.rials <> coalesce(settled.rials, 0) + coalesce(carried.rials, 0)`,
  );
  expect(rows).toEqual([]);
});

test("each day's balance adds up", async () => {
  const days = await dayBalances(books.pool, FIRST, addDays(FIRST, DAYS));
  expect(days).toHaveLength(DAYS);
  for (const day of days) {
    const got = BigInt(day.moved) - BigInt(day.fees) + BigInt(day.carriedIn);
    const gone =
      BigInt(day.paid) + BigInt(day.underWay) + BigInt(day.returned) + BigInt(day.remainders) + BigInt(day.carriedOut);
    expect([day.day, got]).toEqual([day.day, gone]);
  }
});

test('a line of a payment file is explained down to its transactions, and an RRN up to its order', async () => {
  const order = await books.pool.query<{ instruction_id: string; message_id: string; position: number; sheba: string }>(
    `select instruction_id, message_id, position, sheba from payment_orders where state = 'paid' order by 1 limit 1`,
  );
  const { instruction_id: id = '', message_id: file, position, sheba = '' } = order.rows[0] ?? {};
  for (const name of [id, `${file}/${position}`, sheba]) {
    const steps = await explain(books.pool, name);
    expect(steps.map((step) => step.rows.length > 0)).toEqual(expect.arrayContaining([true]));
    const transactions = steps.find((step) => step.title.startsWith('transactions'));
    expect(transactions?.rows.length).toBeGreaterThan(0);
    const rrn = String(transactions?.rows[0]?.['rrn']);
    const back = await explain(books.pool, rrn);
    expect(JSON.stringify(back.at(-1)?.rows)).toContain('instruction_id');
  }
  await expect(explain(books.pool, 'nothing')).rejects.toMatchObject({ code: 'explain.unknown' });
});

test("a shop's statement goes from day to day without a gap, and ends with what is still carried", async () => {
  const whole = await readStatement(books.pool, merchantId(5), { from: FIRST, to: addDays(FIRST, DAYS), now: 0 });
  let balance = 0n;
  for (let n = 0; n <= DAYS; n++) {
    const day = await readStatement(books.pool, merchantId(5), {
      from: addDays(FIRST, n),
      to: addDays(FIRST, n),
      now: 0,
    });
    expect([n, day?.opening]).toEqual([n, balance]);
    balance = day?.closing ?? 0n;
  }
  expect(whole?.closing).toBe(balance);
  expect(whole?.lines.some((line) => line.kind === 'order')).toBe(true);
  const { rows } = await books.pool.query<{ rials: string }>(
    `select coalesce(sum(rials), 0)::text as rials from payable_carries where merchant_id = $1 and consumed_day is null`,
    [merchantId(5)],
  );
  expect(balance).toBe(BigInt(rows[0]?.rials ?? 0));
});

test('a rial that goes astray is told', async () => {
  const { rows } = await books.pool.query<{ merchant_id: string }>(
    `update postings set household_voucher = household_voucher - 1, merchant_payable = merchant_payable + 1
      where (household_id, transaction_id, line) =
            (select household_id, transaction_id, line from postings where kind = 'purchase' and business_day = $1 limit 1)
      returning merchant_id`,
    [FIRST],
  );
  expect(await unexplained(books.pool, FIRST, FIRST)).toEqual([
    {
      day: FIRST,
      merchant: rows[0]?.merchant_id,
      rials: '1',
      reason: 'the journal has other rials than the net was made of',
    },
    expect.objectContaining({ day: FIRST, reason: expect.stringContaining('the journal changed since') as unknown }),
  ]);
});
