import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addDays } from '../../../src/field/jalali.ts';
import { decideResolution, listBreaks, proposeResolution } from '../../../src/settlement/acquirer/desk.ts';
import { beginClearing, closeDay } from '../../../src/settlement/clearing/close.ts';
import { deliverFiles } from '../../../src/settlement/clearing/deliver.ts';
import { followClearing } from '../../../src/settlement/clearing/follow.ts';
import { makeOrders } from '../../../src/settlement/clearing/make.ts';
import { netShard } from '../../../src/settlement/clearing/net.ts';
import { releaseClearing } from '../../../src/settlement/clearing/release.ts';
import { writeFiles } from '../../../src/settlement/clearing/write.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import { followed, readAccount, readPay, type Portion } from '../../../src/settlement/shop/index.ts';
import { readStatement } from '../../../src/settlement/statement/read.ts';
import { merchantId, testSheba } from '../support/books.ts';
import { openLedgerBooks, type LedgerBooks } from '../support/ledger-books.ts';
import { Acquirer, Bank, seeded, tellDay, Trade } from '../support/month.ts';

const [FIRST, DAYS, SHOPS] = ['2026-11-20', 5, 9] as const;

const ALL = Array.from({ length: SHOPS }, (_, n) => n + 1);

let books: LedgerBooks;
const random = seeded(14);
const bank = new Bank(random);
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(FIRST);
  for (let n = 1; n <= SHOPS; n++)
    await books.addShop(n, n === 8 ? 'IR00' : testSheba(n), n === 7 ? 'suspended' : 'approved');
  await books.pool.query(
    `insert into settlement_terms (valid_from, min_payout_rials, fee_fixed_rials, fee_basis_points, settle_card_part)
     values ($1, 500000, 120, 15, true)`,
    [addDays(FIRST, 2)],
  );
});
afterAll(async () => {
  await books.close();
});

const now = (day: string, time = '12:00'): number => Date.parse(`${day}T${time}:00+03:30`);

/** What the ledger and settlement's books have of a shop: on its payable, in files, and at the bank. */
async function accountsOf(shop: number): Promise<{ owed: bigint; paid: bigint }> {
  const { rows } = await books.pool.query<{ payable: string; clearing: string; bank: string }>(
    `select coalesce(sum(rials * ((credit = 'payable')::int - (debit = 'payable')::int)), 0) as payable,
            coalesce(sum(rials * ((credit = 'clearing')::int - (debit = 'clearing')::int)), 0) as clearing,
            coalesce(sum(rials * ((credit = 'bank')::int - (debit = 'bank')::int)), 0) as bank
       from settlement_postings where merchant_id = $1`,
    [merchantId(shop)],
  );
  const statement = await readStatement(books.pool, merchantId(shop), {
    from: FIRST,
    to: addDays(FIRST, DAYS),
    now: 0,
  });
  const { payable, clearing, bank: atBank } = rows[0] ?? { payable: 0, clearing: 0, bank: 0 };
  const moved = (statement?.closing ?? 0n) - BigInt(payable);
  return { owed: moved + BigInt(payable) + BigInt(clearing), paid: BigInt(atBank) };
}

/** Every rial of each shop is paid, or somewhere where somebody has to do something; together they are what the books have. */
async function everyRialHasAPlace(day: string, shops = [1 + random(SHOPS), 7, 8]): Promise<void> {
  for (const shop of shops) {
    const { days } = await readPay(books.pool, merchantId(shop), FIRST, day, now(day));
    const all = days.flatMap(({ portions, corrections }) => [...portions, ...corrections]);
    const stays = all.filter(({ stage }) => stage !== 'moved');
    for (const portion of stays) {
      if (portion.stage === 'paid') expect(portion.waitsOn).toBeUndefined();
      else
        expect([portion.stage, portion.waitsOn, typeof portion.since]).toEqual([
          portion.stage,
          expect.any(String),
          'number',
        ]);
    }
    for (const each of days) expect([each.day, sum(each.portions)]).toEqual([each.day, each.net]);
    const { owed, paid } = await accountsOf(shop);
    const pending = days.filter(({ feeIsFinal }) => !feeIsFinal).reduce((fees, { fee }) => fees + fee, 0n);
    expect([shop, day, sum(stays.filter(({ stage }) => stage === 'paid'))]).toEqual([shop, day, paid]);
    expect([shop, day, sum(stays.filter(({ stage }) => stage !== 'paid'))]).toEqual([shop, day, owed - pending]);
    const account = await readAccount(books.pool, merchantId(shop), now(day));
    expect([shop, day, sum(account.map(({ portion }) => portion))]).toEqual([shop, day, owed - pending]);
  }
}

function sum(portions: readonly Portion[]): bigint {
  return portions.reduce((all, { rials }) => all + rials, 0n);
}

/** The fee that is foretold before the netting is the fee that netting takes. */
async function feesOf(day: string): Promise<[number, bigint][]> {
  const found: [number, bigint][] = [];
  for (let shop = 1; shop <= SHOPS; shop++) {
    const { days } = await readPay(books.pool, merchantId(shop), day, day, now(day));
    found.push([shop, days[0]?.fee ?? 0n]);
  }
  return found;
}

test('at every moment of simulated days each rial of a shop is paid, due, carried or held by somebody', async () => {
  const { pool, dataDir, context } = books;
  const trade = new Trade(random);
  const acquirer = new Acquirer(random);
  for (let n = 0; n < DAYS; n++) {
    const day = addDays(FIRST, n);
    const movements = trade.day(day, SHOPS, 120);
    await books.add(movements);
    await everyRialHasAPlace(day);
    const foretold = await feesOf(day);
    await beginClearing(pool, { day, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 1 }, context.clock);
    await closeDay(pool, day, context.clock);
    await everyRialHasAPlace(day);
    await netShard(pool, day, 0);
    await everyRialHasAPlace(day);
    expect(await feesOf(day)).toEqual(foretold);
    await makeOrders(pool, day);
    await writeFiles(pool, day, dataDir);
    await everyRialHasAPlace(day);
    await releaseClearing(pool, day, 'babak');
    await deliverFiles(pool, day, dataDir);
    await everyRialHasAPlace(day);
    await bank.collect(books);
    await followClearing(pool, day);
    await tellDay(books, day, acquirer.lines(movements));
    for (const each of await listBreaks(pool, { state: 'open', now: now(day), limit: 10 })) {
      const way = (['credit', 'debit', 'none'] as const)[random(3)] ?? 'none';
      await proposeResolution(pool, each.id, { post: each.rials === '0' ? 'none' : way, reason: 'x' }, 'sara').catch(
        () => undefined,
      );
      await decideResolution(pool, each.id, 'approved', 'babak', now(day)).catch(() => undefined);
    }
    if (n === 3) await pool.query(`update merchants set status = 'approved' where status = 'suspended'`);
    await everyRialHasAPlace(day, ALL);
  }
});

test('what a shop cannot change waits on operators, what it can change on the shop', async () => {
  const { days } = await readPay(books.pool, merchantId(8), FIRST, FIRST, now(FIRST));
  expect(days[0]?.portions[0]).toMatchObject({ stage: 'moved', cause: { code: 'sheba_wrong', party: 'shop' } });
  const { days: held, byDay } = await readPay(
    books.pool,
    merchantId(7),
    FIRST,
    addDays(FIRST, DAYS),
    now(addDays(FIRST, DAYS)),
  );
  expect(held[0]?.portions[0]).toMatchObject({ stage: 'moved', cause: { code: 'suspended', party: 'operator' } });
  const first = held[0]?.portions[0];
  expect(first && followed(first, byDay).stage).toBe('paid');
});
