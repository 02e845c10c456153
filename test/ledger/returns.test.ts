import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { openLedger, verifyLedger, type LegResult, type RequestHeader } from '../../src/ledger/index.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import { unexplainedJournal } from '../../src/settlement/audit/unexplained.ts';
import { onBusinessDay } from '../support/clock.ts';
import {
  addHousehold,
  header,
  outcome,
  purchaseRequest,
  returnRequest,
  reversalRequest,
  type BucketOf,
} from './model/world.ts';
import { DAY, GOOD, SHOP, openTestLedger, type OpenLedger, type TestLedger } from './support/books.ts';

/** Whatever the order and number of reversals, the books end as if the surviving facts alone had happened. */

const NOW = Date.now();
const BAD: LegResult = { kind: 'declined', rc: '51' };

let world: TestLedger;
let pool: pg.Pool;
let ledger: OpenLedger;

beforeAll(async () => {
  world = await openTestLedger({ aheadDays: 9 });
  ({ pool, ledger } = world);
});
afterAll(async () => {
  expect(await unexplainedJournal(pool, day(0))).toEqual([]);
  await world.close();
});

const day = (days: number): string => tehran(NOW + days * DAY).isoDate;
const month = (rials: bigint): BucketOf => ({ rials, from: day(-9), to: day(9) });
const home = (...buckets: BucketOf[]) => addHousehold(pool, 2, buckets);

/** A purchase that the bank, where it is asked, approves. */
async function buy(card: Buffer, rials: bigint, rest: 'card' | 'cash' = 'cash', at = NOW) {
  const head = header(SHOP, card, at);
  const decision = await ledger.purchase(purchaseRequest(head, rials, rest));
  if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
  const { rc, rrn } = outcome(decision);
  return { head, rrn, rc };
}

async function giveBack(card: Buffer, rials: bigint, rrn: string, leg = GOOD, at = NOW) {
  const head = header(SHOP, card, at);
  const decision = await ledger.return(returnRequest(head, rials, rrn));
  if (decision.kind === 'held') await ledger.complete(decision.ref, leg);
  return { head, rc: outcome(decision).rc };
}

const reverse = (head: RequestHeader, corrected?: bigint, at = NOW) =>
  ledger.reverse(reversalRequest(head, at, corrected));

/** What a household can spend, what the shop has of its voucher and card, what suspense has, what the bank's card leg ends at. */
async function books(id: string) {
  const { rows } = await pool.query<Record<'left' | 'shop' | 'card' | 'cash' | 'suspense', number>>(
    `select (select sum(amount_rials - spent_rials - held_rials - expired_rials)::int from buckets where household_id = $1) as left,
            coalesce(sum(merchant_payable), 0)::int as shop, coalesce(sum(merchant_card), 0)::int as card,
            coalesce(sum(merchant_cash), 0)::int as cash, coalesce(sum(suspense), 0)::int as suspense
       from postings where household_id = $1`,
    [id],
  );
  return rows[0]!;
}

interface OfBreak {
  readonly state: string;
  readonly rials: number;
  readonly owner: string;
}

async function breaks(id: string): Promise<OfBreak[]> {
  const { rows } = await pool.query<OfBreak>(
    `select state, rials::int as rials, owner from breaks where household_id = $1 and class = 'CREDIT_SHORT' order by break_id`,
    [id],
  );
  return rows;
}

/** Rials of the 0420s that are queued, by what they take back. */
async function advices(lane: string): Promise<number[]> {
  const { rows } = await pool.query<{ rials: number }>(
    'select amount_rials::int as rials from bank_advices where lane = $1 order by advice_id',
    [lane],
  );
  return rows.map(({ rials }) => rials);
}

describe('the return loop: buy, return, buy with what came back, reverse the return, return the second', () => {
  test('makes no money, however often', async () => {
    const { id, cards } = await home(month(30_000_000n));
    for (let round = 0; round < 5; round++) {
      const first = await buy(cards[0]!, 30_000_000n);
      const returned = await giveBack(cards[0]!, 30_000_000n, first.rrn);
      const second = await buy(cards[0]!, 30_000_000n);
      expect((await reverse(returned.head)).rc).toBe('00');
      await giveBack(cards[0]!, 30_000_000n, second.rrn);
    }
    // the first purchase stands: its return was reversed, and the second was returned
    expect(await books(id)).toEqual({ left: 0, shop: 30_000_000, card: 0, cash: 0, suspense: 0 });
  });

  test('what is spent is a break with an owner, and the shop has nothing of it', async () => {
    const { id, cards } = await home(month(1_000n));
    const first = await buy(cards[0]!, 1_000n);
    const returned = await giveBack(cards[0]!, 1_000n, first.rrn);
    const second = await buy(cards[0]!, 700n);
    expect(await reverse(returned.head)).toMatchObject({ rc: '00', creditLeftRials: 0n });
    expect(await books(id)).toMatchObject({ left: 0, shop: 1_000, suspense: 0 });
    expect(await breaks(id)).toEqual([{ state: 'open', rials: 700, owner: 'settlement desk' }]);
    // what comes back goes to it first, and the answer says so
    const request = returnRequest(header(SHOP, cards[0]!, NOW), 200n, second.rrn);
    expect(outcome(await ledger.return(request)).creditLeftRials).toBe(0n);
    expect(outcome(await ledger.return(request)).creditLeftRials).toBe(0n);
    expect(await books(id)).toMatchObject({ left: 0, shop: 1_000 });
    expect(await breaks(id)).toMatchObject([{ state: 'open', rials: 500 }]);
    await reverse(second.head);
    expect(await books(id)).toMatchObject({ left: 0, shop: 1_000 });
    expect(await breaks(id)).toMatchObject([{ state: 'proposed', rials: 0 }]);
  });

  test('a break ends with its purchase: nobody gets what was never taken', async () => {
    const { id, cards } = await home(month(1_000n));
    const first = await buy(cards[0]!, 1_000n);
    const returned = await giveBack(cards[0]!, 1_000n, first.rrn);
    await buy(cards[0]!, 1_000n);
    await reverse(returned.head);
    await giveBack(cards[0]!, 300n, first.rrn);
    expect(await breaks(id)).toMatchObject([{ state: 'open', rials: 700 }]);
    await reverse(first.head);
    expect(await books(id)).toMatchObject({ left: 0, shop: 1_000, suspense: 0 });
    expect(await breaks(id)).toMatchObject([{ state: 'proposed', rials: 0 }]);
  });

  test('a break that a person ended takes no credit any more; what was credited for it comes back as another', async () => {
    const { id, cards } = await home(month(1_000n));
    const first = await buy(cards[0]!, 1_000n);
    const returned = await giveBack(cards[0]!, 1_000n, first.rrn);
    const second = await buy(cards[0]!, 1_000n);
    await reverse(returned.head);
    await pool.query(
      `update breaks set state = 'resolved', post = 'credit', post_rials = rials, reason = 'the shop has the slip',
              proposed_by = 'a', approved_by = 'b' where household_id = $1`,
      [id],
    );
    await reverse(second.head);
    expect(await books(id)).toMatchObject({ left: 1_000, shop: 0 });
    await reverse(first.head);
    expect(await books(id)).toMatchObject({ left: 1_000, shop: 0 });
    expect(await breaks(id)).toMatchObject([{ state: 'resolved' }, { state: 'open', rials: 1_000 }]);
  });
});

describe('credit is taken again as far as it is to be had', () => {
  test('from another bucket that the household could have spent instead', async () => {
    const { id, cards } = await home({ ...month(300n), to: day(2) }, month(700n));
    const first = await buy(cards[0]!, 300n);
    const returned = await giveBack(cards[0]!, 300n, first.rrn);
    await buy(cards[0]!, 300n);
    await reverse(returned.head);
    expect([await books(id), await breaks(id)]).toEqual([{ left: 400, shop: 600, card: 0, cash: 0, suspense: 0 }, []]);
    await reverse(first.head);
    expect(await books(id)).toMatchObject({ left: 700, shop: 300 });
  });

  test('not from the next month', async () => {
    const { id, cards } = await home(month(300n), { rials: 900n, from: day(3), to: day(40) });
    const first = await buy(cards[0]!, 300n);
    const returned = await giveBack(cards[0]!, 300n, first.rrn);
    await buy(cards[0]!, 300n);
    await reverse(returned.head, undefined, NOW + 4 * DAY);
    expect(await books(id)).toMatchObject({ left: 900, shop: 300 });
    expect(await breaks(id)).toMatchObject([{ rials: 300 }]);
  });

  test.each([
    ['out of the programme, where it ended', false, { left: 0, shop: 300 }],
    ['out of the next month, where it was carried over', true, { left: 700, shop: 300 }],
  ])('%s', async (_, carry, expected) => {
    const next: BucketOf[] = carry ? [{ rials: 700n, from: day(2), to: day(40) }] : [];
    const { id, cards } = await home({ rials: 300n, from: day(-9), to: day(1) }, ...next);
    const later = NOW + 3 * DAY;
    const first = await buy(cards[0]!, 300n);
    const returned = await giveBack(cards[0]!, 300n, first.rrn);
    await pool.query('update programme_rules set carry_over = $1', [carry]);
    await onBusinessDay(pool, day(3), () => ledger.housekeep(later));
    await pool.query('update programme_rules set carry_over = false');
    await reverse(returned.head, undefined, later);
    expect([await books(id), await breaks(id)]).toMatchObject([expected, []]);
    await onBusinessDay(pool, day(3), () => ledger.housekeep(later));
    expect(await verifyLedger(pool)).toEqual([]);
    await reverse(first.head, undefined, later);
    expect(await books(id)).toMatchObject({ shop: 0 });
  });
});

describe('purchase, returns and all of them reversed', () => {
  /** Every order in which these may come: a reversal follows what it reverses. */
  function orders(steps: readonly string[]): string[][] {
    if (steps.length === 0) return [[]];
    return steps.flatMap((step, i) => {
      const rest = steps.filter((_, n) => n !== i);
      return step.startsWith('-') && rest.includes(step.slice(1)) ? [] : orders(rest).map((order) => [step, ...order]);
    });
  }
  const all = [
    ...orders(['a', '-a', '-buy']),
    ...orders(['a', '-a', 'b', '-buy']),
    ...orders(['a', '-a', 'b', '-b', '-buy']),
  ];

  test.each<[what: string, rest: 'card' | 'cash', credit: bigint]>([
    ['voucher alone', 'cash', 1_000n],
    ['voucher and cash', 'cash', 300n],
    ['voucher and card', 'card', 300n],
    ['card alone', 'card', 0n],
  ])('45 orders of a purchase by %s', async (_, rest, credit) => {
    expect(all).toHaveLength(45);
    const ended = await Promise.all(
      all.map(async (order) => {
        const { id, cards } = await home(month(credit === 0n ? 1n : credit));
        if (credit === 0n) await pool.query('update buckets set valid_to = $2 where household_id = $1', [id, day(-1)]);
        const bought = await buy(cards[0]!, 600n, rest);
        const done = new Map([['buy', bought.head]]);
        for (const step of order) {
          if (step.startsWith('-')) await reverse(done.get(step.slice(1))!);
          else done.set(step, (await giveBack(cards[0]!, step === 'a' ? 200n : 350n, bought.rrn)).head);
        }
        const { left, ...shop } = await books(id);
        return {
          order: order.join(' '),
          left: left - (credit === 0n ? 1 : Number(credit)),
          ...shop,
          breaks: (await breaks(id)).length,
        };
      }),
    );
    const wrong = ended.filter(
      (end) => end.left !== 0 || end.shop !== 0 || end.card !== 0 || end.cash !== 0 || end.breaks > 0,
    );
    expect(wrong).toEqual([]);
  });
});

describe('a partial reversal (DE 95) of a return', () => {
  test('takes again what is over the corrected total, once', async () => {
    const { id, cards } = await home(month(1_000_000n));
    const bought = await buy(cards[0]!, 800_000n);
    const returned = await giveBack(cards[0]!, 600_000n, bought.rrn);
    await reverse(returned.head, 400_000n);
    expect(await books(id)).toMatchObject({ left: 600_000, shop: 400_000 });
    await reverse(returned.head, 500_000n);
    expect(await books(id)).toMatchObject({ left: 600_000, shop: 400_000 });
    await reverse(returned.head, 100_000n);
    expect(await books(id)).toMatchObject({ left: 300_000, shop: 700_000 });
    await reverse(returned.head);
    expect(await books(id)).toMatchObject({ left: 200_000, shop: 800_000 });
  });

  test('of voucher and card: the card first, as if that had been its total', async () => {
    const { id, cards } = await home(month(300n));
    const bought = await buy(cards[0]!, 1_000n, 'card');
    const returned = await giveBack(cards[0]!, 600n, bought.rrn);
    await reverse(returned.head, 400n);
    expect([await books(id), await advices(id)]).toMatchObject([{ left: 300, shop: 0, card: 600 }, [200]]);
    await reverse(returned.head, 100n);
    expect([await books(id), await advices(id)]).toMatchObject([{ left: 100, shop: 200, card: 700 }, [200, 100]]);
  });

  test('while the bank is asked waits for it', async () => {
    const { id, cards } = await home(month(300n));
    const bought = await buy(cards[0]!, 1_000n, 'card');
    const head = header(SHOP, cards[0]!, NOW);
    const held = await ledger.return(returnRequest(head, 600n, bought.rrn));
    await reverse(head, 400n);
    if (held.kind !== 'held') throw new Error(held.kind);
    await ledger.complete(held.ref, GOOD);
    await ledger.housekeep(NOW);
    expect([await books(id), await advices(id)]).toMatchObject([{ left: 300, shop: 0, card: 600 }, [200]]);
  });
});

describe('a corrected price (DE 95) and returns', () => {
  test.each([
    ['return, then correction', ['return', 'correct']],
    ['correction, then return', ['correct', 'return']],
  ])('%s: as if that had been the price from the first', async (_, steps) => {
    const { id, cards } = await home(month(1_000n));
    const bought = await buy(cards[0]!, 1_000n);
    for (const step of steps) {
      if (step === 'return') await giveBack(cards[0]!, 300n, bought.rrn);
      else await reverse(bought.head, 800n);
    }
    expect(await books(id)).toMatchObject({ left: 500, shop: 500 });
    expect((await giveBack(cards[0]!, 501n, bought.rrn)).rc).toBe('61');
  });

  test.each([
    ['refuses it', BAD, { left: 300, shop: 0, card: 0 }, [700]],
    ['takes it', GOOD, { left: 300, shop: 0, card: 0 }, [300]],
  ])('a correction while a return is at the bank waits until it %s', async (_, leg, end, queued) => {
    const { id, cards } = await home(month(300n));
    const bought = await buy(cards[0]!, 1_000n, 'card');
    await giveBack(cards[0]!, 300n, bought.rrn);
    const held = await ledger.return(returnRequest(header(SHOP, cards[0]!, NOW), 400n, bought.rrn));
    if (held.kind !== 'held') throw new Error(held.kind);
    await reverse(bought.head, 300n);
    expect(await advices(id)).toEqual([]);
    await ledger.complete(held.ref, leg);
    await ledger.housekeep(NOW);
    expect([await books(id), await advices(id)]).toMatchObject([end, queued]);
  });
});

test('a refund that the bank declines in the instant in which its purchase is reversed: the card part is in one 0420', async () => {
  for (let i = 0; i < 20; i++) {
    const masked = `603799******${String(5_000 + i)}`;
    const card = { card: { hash: randomBytes(32), masked } };
    const head = { ...header(SHOP, Buffer.alloc(0), NOW), ...card };
    const bought = await ledger.purchase(purchaseRequest(head, 400n, 'card'));
    if (bought.kind !== 'held') throw new Error(bought.kind);
    await ledger.complete(bought.ref, GOOD);
    const back = await ledger.return(
      returnRequest({ ...header(SHOP, Buffer.alloc(0), NOW), ...card }, 400n, outcome(bought).rrn),
    );
    if (back.kind !== 'held') throw new Error(back.kind);
    // the reversal has looked at its purchase, and has not committed yet
    const other = openLedger({ pool, clock: systemClock });
    await Promise.all([other.reverse(reversalRequest(head, NOW)), ledger.complete(back.ref, BAD)]);
    await other.close();
    expect([i, await advices(masked)]).toEqual([i, [400]]);
  }
});
