import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { verifyLedger, type LegResult } from '../../src/ledger/index.ts';
import { tehran } from '../../src/ops/clock.ts';
import {
  addHousehold,
  header,
  outcome,
  purchaseRequest,
  returnRequest,
  reversalRequest,
  setRules,
  TERMINALS,
} from './model/world.ts';
import { DAY, FREE, SHOP, openTestLedger, type OpenLedger, type TestLedger } from './support/books.ts';

const NOW = Date.now();

let books: TestLedger;
let pool: pg.Pool;
let ledger: OpenLedger;

beforeAll(async () => {
  books = await openTestLedger({ aheadDays: 4 });
  ({ pool, ledger } = books);
});
afterAll(() => books.close());

const day = (days: number): string => tehran(NOW + days * DAY).isoDate;

async function home(rials = 1_000n, from = day(-9), to = day(9)) {
  return addHousehold(pool, 2, [{ rials, from, to }]);
}

async function buy(card: Buffer, rials: bigint, rest: 'card' | 'cash' = 'cash', at = NOW) {
  const head = header(SHOP, card, at);
  return { head, decision: await ledger.purchase(purchaseRequest(head, rials, rest)) };
}

test.each<[what: string, sql: string, undo: string, rc: string]>([
  [
    'a shop that applied but is not approved',
    `update merchants set status = 'applied'`,
    `update merchants set status = 'approved'`,
    '03',
  ],
  ['a suspended shop', `update merchants set status = 'suspended'`, `update merchants set status = 'approved'`, '03'],
  [
    'a terminal that is not enabled',
    `update terminals set status = 'disabled'`,
    `update terminals set status = 'active'`,
    '58',
  ],
  [
    'software of no known version',
    `update programme_rules set min_software_version = '2.1'`,
    'update programme_rules set min_software_version = null',
    '58',
  ],
])('%s is refused', async (_, sql, undo, rc) => {
  const { cards } = await home();
  await pool.query(sql);
  const { decision } = await buy(cards[0]!, 10n);
  await pool.query(undo);
  expect([decision.kind, outcome(decision).rc]).toEqual(['declined', rc]);
});

test.each([
  ['2.9.1', '58'],
  ['2.10', '00'],
  ['3', '00'],
])('versions are compared number by number: %s against 2.10 is %s', async (softwareVersion, rc) => {
  const { cards } = await home();
  await pool.query(`update programme_rules set min_software_version = '2.10'`);
  const decision = await ledger.purchase({
    ...purchaseRequest(header(SHOP, cards[0]!, NOW), 10n, 'cash'),
    softwareVersion,
  });
  await pool.query('update programme_rules set min_software_version = null');
  expect(outcome(decision).rc).toBe(rc);
});

test('a terminal of another shop is refused', async () => {
  const { cards } = await home();
  const head = { ...header(SHOP, cards[0]!, NOW), merchant: TERMINALS[2].merchant };
  expect(outcome(await ledger.purchase(purchaseRequest(head, 10n, 'cash'))).rc).toBe('03');
});

test.each([
  ['blocked', '57'],
  ['expired', '57'],
])('a household that is %s is refused', async (status, rc) => {
  const { id, cards } = await home();
  await pool.query('update households set status = $2 where household_id = $1', [id, status]);
  expect(outcome((await buy(cards[0]!, 10n)).decision).rc).toBe(rc);
});

test('a card nobody knows pays by bank, and is refused where cash is due', async () => {
  const card = Buffer.alloc(32, 7);
  const byCard = await buy(card, 10n, 'card');
  expect(byCard.decision).toMatchObject({ kind: 'held', bank: 'card', outcome: { voucherRials: 0n, cardRials: 10n } });
  expect(outcome((await buy(card, 10n)).decision).rc).toBe('14');
  if (byCard.decision.kind === 'held') await ledger.complete(byCard.decision.ref, { kind: 'unsent', rc: '91' });
});

test('rules hold from their day on', async () => {
  const { cards } = await home();
  await pool.query(
    `insert into programme_rules (programme_id, valid_from, pin_check, max_purchase_rials) values ('test', $1, 'none', 50)`,
    [day(3)],
  );
  expect(outcome((await buy(cards[0]!, 60n)).decision).rc).toBe('00');
  expect(outcome((await buy(cards[0]!, 60n, 'cash', NOW + 3 * DAY)).decision).rc).toBe('61');
  await pool.query(`delete from programme_rules where valid_from = $1`, [day(3)]);
});

test('the same request after days is still the same request', async () => {
  const { id, cards } = await home();
  const request = purchaseRequest(header(SHOP, cards[0]!, NOW - 3 * DAY), 100n, 'cash');
  expect((await ledger.purchase(request)).kind).toBe('approved');
  expect((await ledger.purchase({ ...request, at: NOW })).kind).toBe('repeat');
  expect((await ledger.purchase({ ...request, contentHash: Buffer.from('other') })).kind).toBe('conflict');
  const { rows } = await pool.query('select spent_rials from buckets where household_id = $1', [id]);
  expect(rows).toEqual([{ spent_rials: '100' }]);
});

test('a failed return of a purchase that was reversed meanwhile gives all of it back', async () => {
  const { id, cards } = await home(40n);
  const { head, decision } = await buy(cards[0]!, 100n, 'card');
  if (decision.kind !== 'held') throw new Error('not held');
  const bought = await ledger.complete(decision.ref, { kind: 'approved', authCode: '000001' });
  const back = header(SHOP, cards[0]!, NOW);
  const returned = await ledger.return({ ...back, totalRials: 100n, originalRrn: bought.rrn });
  if (returned.kind !== 'held') throw new Error('not held');
  await ledger.reverse(reversalRequest(head, NOW));
  expect((await ledger.complete(returned.ref, { kind: 'declined', rc: '05' })).rc).toBe('00');
  const { rows } = await pool.query('select spent_rials from buckets where household_id = $1', [id]);
  expect(rows).toEqual([{ spent_rials: '0' }]);
  const advices = await pool.query('select amount_rials from bank_advices where lane = $1', [id]);
  expect(advices.rows).toEqual([{ amount_rials: '60' }]);
});

test('a purchase that needs its 0220 and does not get it is reversed; one that gets it stands', async () => {
  await pool.query(`update programme_rules set confirmation = 'required', confirm_within_ms = 60000`);
  const [told, silent] = [await home(), await home()];
  const confirmed = await buy(told.cards[0]!, 100n);
  await buy(silent.cards[0]!, 100n);
  await pool.query(`update programme_rules set confirmation = 'none'`);
  const { stan } = confirmed.head.key;
  const advice = header(SHOP, told.cards[0]!, NOW);
  await ledger.advise({
    ...advice,
    totalRials: 100n,
    original: { mti: '0200', stan, transmission: confirmed.head.transmission },
  });
  await ledger.housekeep(NOW + 59_000);
  const spent = async (id: string) =>
    (await pool.query<{ rials: number }>('select spent_rials::int as rials from buckets where household_id = $1', [id]))
      .rows[0];
  expect(await spent(silent.id)).toEqual({ rials: 100 });
  await ledger.housekeep(NOW + 61_000);
  expect([await spent(told.id), await spent(silent.id)]).toEqual([{ rials: 100 }, { rials: 0 }]);
});

test('what is left at the end goes back to the programme, or on into the next period where it carries over', async () => {
  const ended = { rials: 300n, from: day(-9), to: day(-1) };
  const next = { rials: 700n, from: day(-1), to: day(40) };
  const lost = await addHousehold(pool, 1, [ended]);
  await ledger.housekeep(NOW);
  await pool.query('update programme_rules set carry_over = true');
  const kept = await addHousehold(pool, 1, [ended, next]);
  await ledger.housekeep(NOW);
  await pool.query('update programme_rules set carry_over = false');
  const of = async (id: string) =>
    (await pool.query<{ left: number; carried: number }>('select (amount_rials - spent_rials - expired_rials)::int as left, carried_rials::int as carried from buckets where household_id = $1 order by valid_to', [id])).rows; // prettier-ignore
  expect(await of(lost.id)).toEqual([{ left: 0, carried: 0 }]);
  expect(await of(kept.id)).toEqual([
    { left: 0, carried: 0 },
    { left: 1_000, carried: 300 },
  ]);
});

test('credit that waits for its next period does not stand in the way of the rest', async () => {
  await pool.query(`insert into programmes values ('waits')`);
  await pool.query(
    `insert into programme_rules (programme_id, valid_from, carry_over) values ('waits', '2020-03-20', true)`,
  );
  await pool.query(
    `with homes as (insert into households select 'W' || n, 1 from generate_series(1, 1100) n returning household_id),
          added as (insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
                    select household_id, 'waits', '1405-01', 5, $1, $2 from homes returning household_id, bucket_id)
     insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
     select household_id, nextval('transaction_ids'), 1, (select max(business_day) from business_days), 0, 'allocation', bucket_id, -5, 5
       from added`,
    [day(-30), day(-20)],
  );
  const { id } = await home(300n, day(-9), day(-1));
  await ledger.housekeep(NOW);
  const { rows } = await pool.query('select household_id from buckets where expired_rials > 0 and household_id = $1', [
    id,
  ]);
  expect(rows).toHaveLength(1);
  const { rows: waiting } = await pool.query(
    `select count(*)::int as n from buckets where programme_id = 'waits' and not swept`,
  );
  expect(waiting).toEqual([{ n: 1_100 }]);
  await pool.query(`update programme_rules set carry_over = false where programme_id = 'waits'`);
  await ledger.housekeep(NOW);
  expect((await pool.query(`select 1 from buckets where programme_id = 'waits' and not swept`)).rows).toEqual([]);
});

test('held purchases whose process died are handed out once a lease', async () => {
  const { cards } = await home();
  const { decision } = await buy(cards[0]!, 2_000n, 'card');
  if (decision.kind !== 'held') throw new Error('not held');
  const mine = async (now: number) =>
    (await ledger.claimStranded(30_000, 100, now)).filter(
      ({ transactionId }) => transactionId === decision.ref.transactionId,
    );
  expect(await mine(NOW + 29_000)).toEqual([]);
  expect(await mine(NOW + 31_000)).toEqual([decision.ref]);
  expect(await mine(NOW + 32_000)).toEqual([]);
  expect(await mine(NOW + 92_000)).toEqual([decision.ref]);
  await ledger.complete(decision.ref, { kind: 'doubt', rc: '68', why: 'died' });
  expect((await ledger.claimAdvices(100, 1_000, NOW + DAY)).some(({ amountRials }) => amountRials === 1_000n)).toBe(
    true,
  );
});

test('a day that closes is a watermark: what is decided later belongs to the next', async () => {
  const { id, cards } = await home();
  await buy(cards[0]!, 1n);
  await pool.query(
    `with closed as (update business_days set closed_at = now() where closed_at is null returning business_day)
     insert into business_days (business_day) select max(business_day) + 1 from closed`,
  );
  await buy(cards[0]!, 2n);
  const { rows } = await pool.query(
    'select business_day - min(business_day) over () as day, total_rials::int as rials from transactions where household_id = $1 order by transaction_id',
    [id],
  );
  expect(rows).toEqual([
    { day: 0, rials: 1 },
    { day: 1, rials: 2 },
  ]);
});

test('the database itself refuses a movement that does not sum to zero, and credit below zero', async () => {
  const { id } = await home();
  await expect(
    pool.query('update postings set programme_fund = programme_fund + 1 where household_id = $1', [id]),
  ).rejects.toThrow('legs_sum_to_zero');
  await expect(pool.query('update buckets set spent_rials = 1001 where household_id = $1', [id])).rejects.toThrow(
    'credit_never_below_zero',
  );
});

test.each([
  [
    'a bucket that was touched by hand',
    'update buckets set spent_rials = spent_rials + 1 where household_id = $1',
    'buckets that differ',
  ],
  ['a hold that nobody holds', 'update buckets set held_rials = held_rials + 1 where household_id = $1', 'held credit'],
  [
    'an approval without its capture',
    `delete from postings where household_id = $1 and kind = 'purchase'`,
    'approved purchases without',
  ],
  ['a capture without its approval', 'delete from transactions where household_id = $1', 'captures without'],
])('verify finds %s', async (_, damage, check) => {
  const { id, cards } = await home();
  await buy(cards[0]!, 100n);
  const tx = new pg.Client({ connectionString: books.server.url });
  await tx.connect();
  try {
    await tx.query('begin');
    await tx.query(damage, [id]);
    const faults = await verifyLedger({ connect: () => Promise.resolve({ query: (sql: string) => (/^(begin|commit)/.test(sql) ? undefined : tx.query(sql)), release: () => undefined }) } as never); // prettier-ignore
    expect(faults.map((fault) => fault.check).join('; ')).toContain(check);
  } finally {
    await tx.query('rollback');
    await tx.end();
  }
});

test('limits of a day count what was not given back', async () => {
  await setRules(pool, { ...FREE, maxDayRials: 100n });
  const { cards } = await home();
  const first = await buy(cards[0]!, 80n);
  expect(outcome((await buy(cards[0]!, 30n)).decision).rc).toBe('61');
  await ledger.reverse(reversalRequest(first.head, NOW));
  expect(outcome((await buy(cards[0]!, 30n)).decision).rc).toBe('00');
  await setRules(pool, FREE);
});

test('a return gives back the rations of what it gives back of the voucher, and its reversal takes them again', async () => {
  const good: LegResult = { kind: 'approved', authCode: '123456' };
  const { cards } = await home(600n);
  const whole = { goods: '0000000000001', unit: '01', quantity: 3_000, amountRials: 900n } as const; // all for two members
  const request = purchaseRequest(header(SHOP, cards[0]!, NOW), 900n, 'card', [whole]);
  const bought = await ledger.purchase(request); // 600 from the voucher, which pays 2,000 grams, 300 from the card
  if (bought.kind !== 'held') throw new Error(bought.kind);
  await ledger.complete(bought.ref, good);
  const { rrn } = outcome(bought);
  const used = async (): Promise<unknown> => {
    const { rows } = await pool.query<{ quantity: string }>(
      'select quantity from entitlement_uses join cards using (household_id) where pan_hash = $1',
      [cards[0]],
    );
    return Number(rows[0]?.quantity);
  };
  const giveBack = async (rials: bigint, leg: LegResult) => {
    const head = header(SHOP, cards[0]!, NOW);
    const decision = await ledger.return(returnRequest(head, rials, rrn));
    if (decision.kind === 'held') await ledger.complete(decision.ref, leg);
    return head;
  };
  expect(await used()).toBe(2_000);
  const first = await giveBack(200n, good);
  expect(await used()).toBe(1_334); // 400 of 600 rials: a part of a gram counts as one
  await giveBack(450n, { kind: 'declined', rc: '51' }); // 400 of it are the voucher's, and stay with it
  expect(await used()).toBe(1_334);
  const last = await giveBack(450n, good);
  expect(await used()).toBe(0);
  await ledger.reverse(reversalRequest(last, NOW));
  expect(await used()).toBe(1_334);
  await ledger.reverse(reversalRequest(first, NOW));
  expect(await used()).toBe(2_000);
  await giveBack(900n, good);
  expect(await used()).toBe(0);
});

test('a ration is used up by what the voucher pays of a line, and by no more', async () => {
  const { id, cards } = await home(500n);
  const line = (quantity: number, amountRials: bigint) =>
    ({ goods: '0000000000001', unit: '01', quantity, amountRials }) as const;
  const used = async (): Promise<unknown> => {
    const { rows } = await pool.query<{ quantity: string }>(
      'select quantity from entitlement_uses where household_id = $1',
      [id],
    );
    return Number(rows[0]?.quantity ?? 0);
  };
  // 500 rials pay the first line, and 100 of the 300 of the second: 334 grams, as a part of a gram counts as one
  const two = [line(400, 400n), line(1_000, 300n)];
  const sale = outcome(await ledger.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 700n, 'cash', two)));
  expect(sale).toMatchObject({
    rc: '10',
    voucherRials: 500n,
    lines: [
      { verdict: '00', voucherRials: 400n },
      { verdict: '00', voucherRials: 100n },
    ],
  });
  expect(await used()).toBe(734);
  await ledger.return(returnRequest(header(SHOP, cards[0]!, NOW), 700n, sale.rrn));
  expect(await used()).toBe(0);
});
