import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { openLedger, verifyLedger, type LegResult } from '../../src/ledger/index.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import {
  addHousehold,
  addProgramme,
  header,
  outcome,
  purchaseRequest,
  quoteRequest,
  returnRequest,
  reversalRequest,
  setRules,
  TERMINALS,
} from './model/world.ts';
import { DAY, FREE, GOOD, SHOP, openTestLedger, type OpenLedger, type TestLedger } from './support/books.ts';

const NOW = Date.now();

let books: TestLedger;
let pool: pg.Pool;
let ledger: OpenLedger;

beforeAll(async () => {
  books = await openTestLedger();
  ({ pool, ledger } = books);
  await addProgramme(pool, 'basics', FREE);
});
afterAll(() => books.close());

const day = (days: number): string => tehran(NOW + days * DAY).isoDate;

async function home(rials = 1_000n) {
  return addHousehold(pool, 2, [{ rials, from: day(-9), to: day(9) }]);
}

async function buy(card: Buffer, rials: bigint, rest: 'card' | 'cash' = 'cash', at = NOW) {
  const head = header(SHOP, card, at);
  return { head, decision: await ledger.purchase(purchaseRequest(head, rials, rest)) };
}

async function left(id: string): Promise<number> {
  const { rows } = await pool.query<{ left: number }>(
    'select sum(amount_rials - spent_rials - held_rials - expired_rials)::int as left from buckets where household_id = $1',
    [id],
  );
  return rows[0]!.left;
}

async function advices(lane: string): Promise<number[]> {
  const { rows } = await pool.query<{ rials: number }>(
    'select amount_rials::int as rials from bank_advices where lane = $1 order by advice_id',
    [lane],
  );
  return rows.map(({ rials }) => rials);
}

/** As sent again: a later DE 7, all else the same. */
function resent<T extends { transmission: string; at: number }>(request: T, seconds: number): T {
  const at = request.at + seconds * 1_000;
  return { ...request, at, transmission: header(SHOP, Buffer.alloc(0), at).transmission };
}

describe('a reversal is repeated with the answer of the first', () => {
  test('whatever was bought in between', async () => {
    const { cards } = await home();
    const { head } = await buy(cards[0]!, 100n);
    const reversal = reversalRequest(head, NOW);
    const first = await ledger.reverse(reversal);
    await buy(cards[0]!, 300n);
    expect(await ledger.reverse(reversal)).toEqual(first);
  });

  test('when it came before its original, and the original since', async () => {
    const { cards } = await home();
    const head = header(SHOP, cards[0]!, NOW);
    const reversal = reversalRequest(head, NOW);
    const first = await ledger.reverse(reversal);
    expect(outcome(await ledger.purchase(purchaseRequest(head, 100n, 'cash'))).rc).toBe('12');
    expect(await ledger.reverse(reversal)).toEqual(first);
  });

  test('and other content under its name is a conflict, also where it moved nothing', async () => {
    const { cards } = await home();
    const reversal = reversalRequest(header(SHOP, cards[0]!, NOW), NOW);
    await ledger.reverse(reversal);
    expect((await ledger.reverse({ ...reversal, contentHash: randomBytes(32) })).kind).toBe('conflict');
  });

  test('a completion advice too, after the purchase was reversed', async () => {
    const { cards } = await home();
    const { head } = await buy(cards[0]!, 100n);
    const { key, merchant, contentHash, at } = header(SHOP, cards[0]!, NOW);
    const original = { mti: '0200', stan: head.key.stan, transmission: head.transmission };
    const advice = { key, merchant, contentHash, at, original, totalRials: 100n };
    const first = await ledger.advise(advice);
    expect(first.rc).toBe('00');
    await ledger.reverse(reversalRequest(head, NOW));
    expect(await ledger.advise(advice)).toEqual(first);
  });
});

describe('a repeat carries a DE 7 of its own, and the reversal may name either', () => {
  test('the one that the gateway never saw, of the first that was lost', async () => {
    const { id, cards } = await home();
    const lost = header(SHOP, cards[0]!, NOW);
    expect((await ledger.purchase(purchaseRequest(resent(lost, 40), 100n, 'cash'))).kind).toBe('approved');
    await ledger.reverse(reversalRequest(lost, NOW, undefined, 100n));
    expect(await left(id)).toBe(1_000);
  });

  test('the one of the repeat, where the gateway knows the first', async () => {
    const { id, cards } = await home();
    const { head } = await buy(cards[0]!, 100n);
    await ledger.reverse(reversalRequest(resent(head, 40), NOW, undefined, 100n));
    expect(await left(id)).toBe(1_000);
  });

  test.each([
    ['of another amount', 40, 99n],
    ['of another hour', 3_600, 100n],
    ['of a moment before', -60, 100n],
  ])('but not a purchase %s', async (_, seconds, rials) => {
    const { id, cards } = await home();
    const { head } = await buy(cards[0]!, 100n);
    // at a time of its own: DE 12 and 13 of the original would name it (docs/decisions/0016)
    await ledger.reverse(reversalRequest(resent(head, seconds), NOW + 60_000, undefined, rials));
    expect(await left(id)).toBe(900);
  });

  test.each([
    ['the first comes late after all', 0, '12'],
    ['its repeat comes late', 40, '12'],
  ])('before its original: %s', async (_, seconds, rc) => {
    const { cards } = await home();
    const head = header(SHOP, cards[0]!, NOW);
    await ledger.reverse(reversalRequest(resent(head, seconds === 0 ? 40 : 0), NOW, undefined, 100n));
    expect(outcome(await ledger.purchase(purchaseRequest(resent(head, seconds), 100n, 'cash'))).rc).toBe(rc);
  });

  test('across the end of a year', async () => {
    const eve = Date.parse('2026-12-31T23:59:50Z');
    const { id, cards } = await home();
    await pool.query('update buckets set valid_to = $2 where household_id = $1', [id, '2027-12-31']);
    const { head } = await buy(cards[0]!, 100n, 'cash', eve);
    await ledger.reverse(reversalRequest(resent(head, 30), eve, undefined, 100n));
    expect(await left(id)).toBe(1_000);
  });
});

describe('cards of no household', () => {
  const stranger = (): Buffer => randomBytes(32);
  const masked = (card: Buffer, last: string) => ({ card: { hash: card, masked: `603799******${last}` } });

  test('nobody returns what another card bought', async () => {
    const head = { ...header(SHOP, Buffer.alloc(0), NOW), ...masked(stranger(), '0001') };
    const bought = await ledger.purchase(purchaseRequest(head, 500n, 'card'));
    if (bought.kind !== 'held') throw new Error(bought.kind);
    await ledger.complete(bought.ref, GOOD);
    const { rrn } = outcome(bought);
    const back = (last: string) =>
      ledger.return(returnRequest({ ...header(SHOP, Buffer.alloc(0), NOW), ...masked(stranger(), last) }, 500n, rrn));
    expect(outcome(await back('0002')).rc).toBe('25');
    const [one, two] = await Promise.all([back('0001'), back('0001')]);
    expect([outcome(one).rc, outcome(two).rc].toSorted()).toEqual(['00', '61']);
  });

  test('a reversal in the instant in which the bank approves is never lost', async () => {
    for (let i = 0; i < 25; i++) {
      const head = { ...header(SHOP, Buffer.alloc(0), NOW), ...masked(stranger(), String(2_000 + i)) };
      const sent = await ledger.forward({ ...head, totalRials: 70n }); // prettier-ignore
      if (sent.kind !== 'held') throw new Error(sent.kind);
      const other = openLedger({ pool, clock: systemClock });
      await Promise.all([ledger.complete(sent.ref, GOOD), other.reverse(reversalRequest(head, NOW))]);
      await other.close();
      expect([i, await advices(head.card.masked)]).toEqual([i, [70]]);
    }
  });
});

describe('DE 95 while the bank is asked', () => {
  test.each<[what: string, leg: LegResult, kept: number, asked: number[]]>([
    ['takes back down to the corrected total once the bank has approved', GOOD, 1_000 - 1_000 + 0, [150]],
    ['moves nothing where the bank declines', { kind: 'declined', rc: '51' }, 1_000, []],
    ['is no less than a whole reversal where the bank is in doubt', { kind: 'doubt', rc: '68', why: '' }, 1_000, [200]],
  ])('%s', async (_, leg, credit, queued) => {
    const { id, cards } = await home();
    const { head, decision } = await buy(cards[0]!, 1_200n, 'card');
    if (decision.kind !== 'held') throw new Error(decision.kind);
    await ledger.reverse(reversalRequest(head, NOW, 1_100n));
    await ledger.reverse(reversalRequest(head, NOW, 1_050n));
    const done = await ledger.complete(decision.ref, leg);
    expect(done.rc).toBe(leg.kind === 'approved' ? '00' : leg.rc);
    await ledger.housekeep(NOW);
    await ledger.housekeep(NOW);
    expect([await left(id), await advices(id)]).toEqual([credit, queued]);
  });

  test('and a whole reversal after it is whole', async () => {
    const { id, cards } = await home();
    const { head, decision } = await buy(cards[0]!, 1_200n, 'card');
    if (decision.kind !== 'held') throw new Error(decision.kind);
    await ledger.reverse(reversalRequest(head, NOW, 1_100n));
    await ledger.complete(decision.ref, GOOD);
    await ledger.reverse(reversalRequest(head, NOW));
    await ledger.housekeep(NOW);
    expect([await left(id), await advices(id)]).toEqual([1_000, [200]]);
  });
});

describe('several programmes', () => {
  const both = () =>
    addHousehold(pool, 2, [
      { programme: 'test', rials: 100n, from: day(-9), to: day(5) },
      { programme: 'basics', rials: 1_000n, from: day(-9), to: day(9) },
    ]);

  test('each has its own limit of a day', async () => {
    await setRules(pool, { ...FREE, maxDayRials: 150n }, 'basics');
    const { cards } = await both();
    const rcs = [];
    for (const rials of [100n, 150n, 1n]) rcs.push(outcome((await buy(cards[0]!, rials)).decision).rc);
    await setRules(pool, FREE, 'basics');
    expect(rcs).toEqual(['00', '00', '61']);
  });

  test('the strictest minimum card part of those that pay', async () => {
    await setRules(pool, { ...FREE, minCardRials: 50n }, 'test');
    const { cards } = await both();
    const mixed = await buy(cards[0]!, 400n, 'card');
    if (mixed.decision.kind === 'held') await ledger.complete(mixed.decision.ref, GOOD);
    const rest = await buy(cards[0]!, 400n, 'card');
    await setRules(pool, FREE, 'test');
    expect([outcome(mixed.decision).cardRials, outcome(rest.decision).cardRials]).toEqual([50n, 0n]);
  });

  test('a programme of another name is no reason to let old software in', async () => {
    await pool.query(`update programme_rules set min_software_version = '2.0' where programme_id = 'test'`);
    const { cards } = await home();
    const { decision } = await buy(cards[0]!, 10n);
    await pool.query(`update programme_rules set min_software_version = null`);
    expect(outcome(decision).rc).toBe('58');
  });
});

test('what quotes have reserved counts against the limits of a day', async () => {
  await setRules(pool, { ...FREE, maxDayRials: 100n });
  const { cards } = await home();
  const quoted = await ledger.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 80n, 'card', undefined, true));
  const second = await ledger.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 80n, 'card', undefined, false));
  await ledger.releaseQuote({ ...header(SHOP, cards[0]!, NOW), quoteRef: outcome(quoted).quoteRef! });
  const third = await ledger.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 80n, 'card', undefined, true));
  await setRules(pool, FREE);
  expect([quoted, second, third].map((decision) => outcome(decision).rc)).toEqual(['00', '61', '00']);
});

describe('a reservation needs no PIN, so that it locks nobody out', () => {
  const reserve = async (card: Buffer, rials: bigint, at = NOW, till: (typeof TERMINALS)[number] = SHOP) =>
    outcome(await ledger.quote(quoteRequest(header(till, card, at), rials, 'card', undefined, true)));
  const heldOf = async (id: string) => {
    const sql = 'select sum(held_rials)::int as held from buckets where household_id = $1';
    return (await pool.query<{ held: number }>(sql, [id])).rows[0]?.held;
  };

  test('a purchase elsewhere takes the credit, and the reservation is gone', async () => {
    const { id, cards } = await home(1_000n);
    const { quoteRef } = await reserve(cards[0]!, 1_000n);
    const bought = await ledger.purchase(purchaseRequest(header(TERMINALS[2], cards[0]!, NOW), 400n, 'cash'));
    expect(outcome(bought)).toMatchObject({ rc: '00', voucherRials: 400n, creditLeftRials: 600n });
    const late = await ledger.purchase(
      purchaseRequest(header(SHOP, cards[0]!, NOW), 1_000n, 'cash', undefined, quoteRef),
    );
    expect([outcome(late).rc, await heldOf(id), await left(id)]).toEqual(['25', 0, 600]);
  });

  test('a purchase that finds enough credit beside it leaves it alone', async () => {
    const { id, cards } = await home(1_000n);
    const { quoteRef } = await reserve(cards[0]!, 600n);
    await ledger.purchase(purchaseRequest(header(TERMINALS[2], cards[0]!, NOW), 400n, 'cash'));
    const taken = await ledger.purchase(
      purchaseRequest(header(SHOP, cards[0]!, NOW), 600n, 'cash', undefined, quoteRef),
    );
    expect([outcome(taken).rc, await heldOf(id), await left(id)]).toEqual(['00', 0, 0]);
  });

  test('the youngest terminal takes the place of the one before', async () => {
    const { id, cards } = await home(1_000n);
    await reserve(cards[0]!, 800n);
    expect(await reserve(cards[0]!, 700n, NOW, TERMINALS[1])).toMatchObject({
      rc: '00',
      voucherRials: 700n,
      creditLeftRials: 300n,
    });
    expect(await heldOf(id)).toBe(700);
  });

  test('six in ten minutes, then 65, and again when they have passed', async () => {
    const { cards } = await home(1_000n);
    const rcs: string[] = [];
    for (const minutes of [0, 1, 2, 3, 4, 5, 6, 9, 10, 11])
      rcs.push((await reserve(cards[0]!, 10n, NOW + minutes * 60_000)).rc);
    expect(rcs).toEqual(['00', '00', '00', '00', '00', '00', '65', '65', '00', '00']);
  });
});

test('a quote is good in the shop that asked for it', async () => {
  const { cards } = await home();
  const quoted = await ledger.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 80n, 'card', undefined, true));
  const take = (till: (typeof TERMINALS)[number]) =>
    ledger.purchase(purchaseRequest(header(till, cards[0]!, NOW), 80n, 'cash', undefined, outcome(quoted).quoteRef));
  expect(outcome(await take(TERMINALS[2])).rc).toBe('25');
  expect(outcome(await take(TERMINALS[1])).rc).toBe('00');
});

test('a quote that is taken twice at once pays once', async () => {
  const { id, cards } = await home(80n);
  const quoted = await ledger.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 80n, 'card', undefined, true));
  const take = () =>
    ledger.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 80n, 'cash', undefined, outcome(quoted).quoteRef));
  const rcs = (await Promise.all([take(), take(), take()])).map((decision) => outcome(decision).rc);
  expect([rcs.toSorted(), await left(id)]).toEqual([['00', '25', '25'], 0]);
});

describe('a household that may not spend', () => {
  test('gives back what it bought, and pays by bank like anybody', async () => {
    const { id, cards } = await home();
    const bought = await buy(cards[0]!, 100n);
    await pool.query(`update households set status = 'blocked' where household_id = $1`, [id]);
    const returned = await ledger.return(
      returnRequest(header(SHOP, cards[0]!, NOW), 100n, outcome(bought.decision).rrn),
    );
    const head = header(SHOP, cards[0]!, NOW);
    const ordinary = await ledger.forward({ ...head, totalRials: 5n }); // prettier-ignore
    expect([outcome(returned).rc, ordinary.kind, await left(id)]).toEqual(['00', 'held', 1_000]);
    if (ordinary.kind === 'held') await ledger.complete(ordinary.ref, { kind: 'unsent', rc: '91' });
  });

  test('gets no purchase for a quote of before', async () => {
    const { id, cards } = await home();
    const quoted = await ledger.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 80n, 'card', undefined, true));
    await pool.query(`update households set status = 'blocked' where household_id = $1`, [id]);
    const head = header(SHOP, cards[0]!, NOW);
    const taken = await ledger.purchase(purchaseRequest(head, 80n, 'cash', undefined, outcome(quoted).quoteRef));
    expect(outcome(taken).rc).toBe('57');
  });
});

test('quotes say the version of their terminal; what gives back is not kept from old software', async () => {
  await pool.query(`update programme_rules set min_software_version = '2.0'`);
  const { cards } = await home();
  const quote = quoteRequest(header(SHOP, cards[0]!, NOW), 80n, 'card', undefined, false);
  const purchase = { ...purchaseRequest(header(SHOP, cards[0]!, NOW), 80n, 'cash'), softwareVersion: '2.1' };
  const rcs = [
    outcome(await ledger.quote({ ...quote, softwareVersion: '2.1' })).rc,
    outcome(await ledger.quote({ ...quote, ...header(SHOP, cards[0]!, NOW), softwareVersion: '1.9' })).rc,
  ];
  const bought = outcome(await ledger.purchase(purchase));
  rcs.push(bought.rc, outcome(await ledger.return(returnRequest(header(SHOP, cards[0]!, NOW), 80n, bought.rrn))).rc);
  await pool.query(`update programme_rules set min_software_version = null`);
  expect(rcs).toEqual(['00', '58', '00', '00']);
});

test.each([
  [999n, 'approved'],
  [1_000n, 'held'],
])('a PIN check that is skipped below 1000 rials: %s is %s', async (rials, kind) => {
  await pool.query('update programme_rules set pin_check_from_rials = 1000');
  const { cards } = await home(5_000n);
  const { decision } = await buy(cards[0]!, rials, 'card');
  await pool.query('update programme_rules set pin_check_from_rials = null');
  expect(decision).toMatchObject(kind === 'held' ? { kind, bank: 'pin-check' } : { kind });
  if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
});

test('the totals of a terminal: what moved nothing does not count, a return that is reversed neither', async () => {
  const till = TERMINALS[3];
  const { cards } = await home(5_000n);
  const ask = (rials: bigint, rest: 'card' | 'cash') => purchaseRequest(header(till, cards[0]!, NOW), rials, rest);
  const kept = await ledger.purchase(ask(100n, 'cash'));
  const late = ask(9_000n, 'card');
  const held = await ledger.purchase(late);
  await ledger.reverse(reversalRequest(late, NOW));
  if (held.kind === 'held') await ledger.complete(held.ref, GOOD);
  const back = returnRequest(header(till, cards[0]!, NOW), 40n, outcome(kept).rrn);
  await ledger.return(back);
  await ledger.reverse(reversalRequest(back, NOW));
  const { purchases, reversals, returns, returnReversals } = await ledger.totals(till.terminal);
  expect([purchases, reversals, returns, returnReversals]).toEqual([
    { count: 1, rials: 100n },
    { count: 0, rials: 0n },
    { count: 1, rials: 40n },
    { count: 1, rials: 40n },
  ]);
});

describe('the least card part is a part of the price, or a fee that the shop does not get', () => {
  /** Voucher and card to the shop, fee to the network, what the card paid: of all that was ever posted. */
  async function journal(id: string): Promise<number[]> {
    const { rows } = await pool.query<Record<string, number>>(
      `select sum(merchant_payable)::int as voucher, sum(merchant_card)::int as card, sum(fees)::int as fee,
              -sum(card_clearing)::int as paid from postings where household_id = $1 and kind <> 'allocation'`,
      [id],
    );
    return Object.values(rows[0]!);
  }

  async function paid(card: Buffer, rials: bigint) {
    const { head, decision } = await buy(card, rials, 'card');
    if (decision.kind !== 'held') throw new Error(decision.kind);
    return { head, bought: await ledger.complete(decision.ref, GOOD) };
  }

  async function broughtBack(card: Buffer, rials: bigint, rrn: string) {
    const request = returnRequest(header(SHOP, card, NOW), rials, rrn);
    const decision = await ledger.return(request);
    if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
    return request;
  }

  beforeAll(() => pool.query(`update programme_rules set min_card_rials = 50, min_card_as = 'fee'`));
  afterAll(() => pool.query(`update programme_rules set min_card_rials = 0, min_card_as = 'price'`));

  test('a fee is kept apart, and the last of the card to come back', async () => {
    const { id, cards } = await home(1_000n);
    const { head, bought } = await paid(cards[0]!, 1_200n);
    expect(await journal(id)).toEqual([1_000, 150, 50, 200]);
    await broughtBack(cards[0]!, 1_120n, bought.rrn);
    expect(await journal(id)).toEqual([0, 30, 50, 80]);
    const rest = await broughtBack(cards[0]!, 70n, bought.rrn);
    expect(await journal(id)).toEqual([0, 0, 10, 10]);
    await ledger.reverse(reversalRequest(rest, NOW));
    expect(await journal(id)).toEqual([0, 30, 50, 80]);
    await ledger.reverse(reversalRequest(head, NOW));
    expect(await journal(id)).toEqual([0, 0, 0, 0]);
  });

  test('a correction of the price keeps the fee while the card pays for it', async () => {
    const { id, cards } = await home(1_000n);
    const { head } = await paid(cards[0]!, 1_200n);
    await ledger.reverse(reversalRequest(head, NOW, 1_030n));
    expect(await journal(id)).toEqual([1_000, 0, 30, 30]);
    await ledger.reverse(reversalRequest(head, NOW));
    expect(await journal(id)).toEqual([0, 0, 0, 0]);
  });

  test('what the voucher has no part in, and what the bank declines, has no fee', async () => {
    const { id, cards } = await home(10n);
    await buy(cards[0]!, 10n);
    await paid(cards[0]!, 300n);
    expect(await journal(id)).toEqual([10, 300, 0, 300]);
    const other = await home(1_000n);
    const { decision } = await buy(other.cards[0]!, 300n, 'card');
    if (decision.kind === 'held') await ledger.complete(decision.ref, { kind: 'declined', rc: '51' });
    expect(await journal(other.id)).toEqual([null, null, null, null]); // nothing was posted
  });

  test('as a part of the price it is the shop’s', async () => {
    await pool.query(`update programme_rules set min_card_as = 'price'`);
    const { id, cards } = await home(1_000n);
    await paid(cards[0]!, 300n);
    expect(await journal(id)).toEqual([250, 50, 0, 50]);
  });

  describe('by dated rows of the card part', () => {
    type Part = [n: number, kind: 'fee' | 'price', rials: number, perMillion: number, from: number, most: number | null];
    const part = (programme: string, ...[n, kind, rials, perMillion, from, most]: Part) =>
      pool.query(`insert into card_parts values ($1, '2020-01-01'::date + $2::int, $3, $4, $5, $6, $7, $8, $9)`, [
        programme, n, kind, rials, perMillion, from, most, ...(kind === 'fee' ? [`payee of ${programme}`, 'IR1'] : [null, null]),
      ]);
    /** A household with 400 rials of each of these programmes of its own. */
    const homeOf = async (...programmes: readonly string[]) => {
      for (const name of programmes) {
        await pool.query('insert into programmes values ($1) on conflict do nothing', [name]);
        await pool.query(`insert into programme_rules (programme_id, valid_from, pin_check) values ($1, '2020-03-20', 'none') on conflict do nothing`, [name]);
      }
      return addHousehold(pool, 2, programmes.map((programme, n) => ({ programme: programme as 'test', rials: 400n, from: day(-9), to: day(8 + n) })));
    };
    const rows = async (id: string) => {
      const found = await pool.query<{ row: string }>(`select programme_id || ' ' || valid_from as row from card_part_fees where household_id = $1 order by 1`, [id]);
      return found.rows.map(({ row }) => row);
    };
    const paidBy = async (card: Buffer, rials: bigint) => {
      const { head, decision } = await buy(card, rials, 'card');
      if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
      return head;
    };

    // the first programme of the books, and another one: their rules are read in different ways
    test.each(['aa', 'fees'])('a fee of %s: an amount and a share, from a purchase on, up to its lawful maximum; its row is named', async (name) => {
      const { id, cards } = await homeOf(name);
      await part(name, 1, 'fee', 20, 50_000, 100, 30);
      await paidBy(cards[0]!, 99n); // below: nothing
      await paidBy(cards[0]!, 100n); // 20 and 5 %: 25
      expect(await journal(id)).toEqual([174, 0, 25, 25]);
      const head = await paidBy(cards[0]!, 220n); // 31: at most 30
      expect(await journal(id)).toEqual([364, 0, 55, 55]);
      expect(await rows(id)).toEqual([`${name} 2020-01-02`, `${name} 2020-01-02`]);
      await part(name, 2, 'fee', 10, 0, 0, null);
      await ledger.reverse(reversalRequest(head, NOW)); // gives back what was taken, whatever holds now
      expect(await journal(id)).toEqual([174, 0, 25, 25]);
      await paidBy(cards[0]!, 80n);
      expect(await journal(id)).toEqual([244, 0, 35, 35]);
    });

    test('a price is the shop’s; nothing of both amounts ends it, whatever the rules of the programme say', async () => {
      const { id, cards } = await homeOf('prices');
      await pool.query(`update programme_rules set min_card_rials = 77 where programme_id = 'prices'`);
      await part('prices', 1, 'price', 30, 0, 100, null);
      await paidBy(cards[0]!, 100n);
      expect(await journal(id)).toEqual([70, 30, 0, 30]);
      await part('prices', 2, 'price', 0, 0, 0, null);
      await paidBy(cards[0]!, 100n);
      expect(await journal(id)).toEqual([170, 30, 0, 30]);
      expect(await rows(id)).toEqual([]);
    });

    test('of several programmes it is the greatest for this purchase, and what was reserved keeps its split', async () => {
      const { id, cards } = await homeOf('first', 'second');
      await part('first', 1, 'price', 20, 0, 0, null);
      await part('second', 1, 'fee', 0, 100_000, 500, null);
      const quoted = outcome(await ledger.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 600n, 'card', undefined, true)));
      expect(quoted).toMatchObject({ voucherRials: 540n, cardRials: 60n });
      const request = { ...purchaseRequest(header(SHOP, cards[0]!, NOW), 600n, 'card'), quoteRef: quoted.quoteRef! };
      const decision = await ledger.purchase(request);
      if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
      expect([await journal(id), await rows(id)]).toEqual([[540, 0, 60, 60], ['second 2020-01-02']]);
      const below = await homeOf('first', 'second');
      await paidBy(below.cards[0]!, 499n);
      expect([await journal(below.id), await rows(below.id)]).toEqual([[479, 20, 0, 20], []]);
    });

    test('verify finds a fee that is not what its row says, and one that names no row', async () => {
      const { id, cards } = await homeOf('wrong');
      await part('wrong', 1, 'fee', 20, 0, 0, null);
      await part('wrong', 2, 'fee', 50, 0, 0, null);
      await paidBy(cards[0]!, 300n);
      const faults = async () => (await verifyLedger(pool)).map(({ check }) => check);
      expect(await faults()).toEqual([]);
      await pool.query(`update card_part_fees set valid_from = '2020-01-02' where household_id = $1`, [id]);
      expect(await faults()).toEqual(['purchases whose fee is not what the row of its card part says']);
      await pool.query('delete from card_part_fees where household_id = $1', [id]);
      expect(await faults()).toEqual(['purchases whose card part is not what its row says, or whose fee names none']);
      await pool.query(`insert into card_part_fees select household_id, transaction_id, business_day, 'wrong', '2020-01-03' from transactions where household_id = $1 and kind = 'purchase'`, [id]);
      expect(await faults()).toEqual([]);
    });
  }); // prettier-ignore
});

describe('the bank takes no request of ours for the repeat of another', () => {
  /** Names of the reversals that wait for the bank, and of what they reverse. */
  async function names(lane: string): Promise<string[][]> {
    const { rows } = await pool.query<{ own: string; original: string }>(
      `select leg ->> 'stan' as own, original_leg ->> 'stan' as original from bank_advices where lane = $1 order by advice_id`,
      [lane],
    );
    return rows.map(({ own, original }) => [own, original]);
  }

  test('when two purchases of one terminal come in the same second', async () => {
    const [one, other] = [await home(), await home()];
    const stans: string[] = [];
    for (const { cards } of [one, other]) {
      const decision = await ledger.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 1_200n, 'card'));
      if (decision.kind !== 'held') throw new Error(decision.kind);
      stans.push(decision.leg.stan);
      await ledger.complete(decision.ref, { kind: 'doubt', rc: '68', why: 'no answer in time' });
    }
    expect(stans[0]).not.toBe(stans[1]);
    expect([await names(one.id), await names(other.id)]).toEqual(stans.map((stan) => [[stan, stan]]));
  });

  test('when a return is in doubt whose purchase was reversed meanwhile', async () => {
    const { id, cards } = await home();
    const { head, decision } = await buy(cards[0]!, 1_200n, 'card');
    if (decision.kind !== 'held') throw new Error(decision.kind);
    const bought = await ledger.complete(decision.ref, GOOD);
    const back = await ledger.return(returnRequest(header(SHOP, cards[0]!, NOW), 1_100n, bought.rrn));
    if (back.kind !== 'held') throw new Error(back.kind);
    await ledger.reverse(reversalRequest(head, NOW));
    await ledger.complete(back.ref, { kind: 'doubt', rc: '68', why: 'no answer in time' });
    const advices = await names(id);
    expect(advices.map(([, original]) => original)).toEqual([decision.leg.stan, back.leg.stan, decision.leg.stan]);
    expect(new Set(advices.map(([own]) => own)).size).toBe(3);
  });
});
