import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { DECISIONS } from '../../../src/ops/function-set.ts';
import { addDays } from '../../../src/field/jalali.ts';
import {
  applyProgrammes,
  auditProgrammes,
  decideMove,
  decideWindow,
  listMoves,
  proposeMove,
  proposeWindow,
  verifyLedger,
  type MoveProposal,
  type TransactionRef,
} from '../../../src/ledger/index.ts';
import { chargeDue } from '../../../src/ledger/programmes/charge.ts';
import { tehran } from '../../../src/ops/clock.ts';
import { DAY, GOOD, openTestLedger, SHOP, type TestLedger } from '../support/books.ts';
import {
  addHousehold,
  header,
  outcome,
  purchaseRequest,
  quoteRequest,
  returnRequest,
  reversalRequest,
} from '../model/world.ts';

/** Households that merge, split, and let a card go: what moves, what is refused, and nobody's month skipped or doubled. */

let books: TestLedger;
let pool: pg.Pool;
const NOW = Date.now();
const day = (days: number): string => tehran(NOW + days * DAY).isoDate;

beforeAll(async () => {
  books = await openTestLedger();
  ({ pool } = books);
});
afterAll(() => books.close());

interface Home {
  readonly id: string;
  readonly cards: readonly Buffer[];
}

/** Five persons with 1,000 rials of the month that is now, and 500 that begin in some days. */
const home = (members = 5, rials = [1_000n, 500n]): Promise<Home> =>
  addHousehold(pool, members, rials.map((each, i) => ({ rials: each, from: day(i * 9 - 3), to: day(i * 9 + 5) }))); // prettier-ignore

const move = async (wanted: Pick<MoveProposal, 'kind' | 'from' | 'to'> & Partial<MoveProposal>) => {
  const { id } = await proposeMove(pool, { cards: [], cause: 'marriage', reason: 'letter 7', by: 'sara', ...wanted });
  return decideMove(pool, id, 'approved', 'reza');
};
const at = (): number => Math.max(Date.now(), NOW);
const buy = async (card: Buffer, rials: bigint) => {
  const request = purchaseRequest(header(SHOP, card, at()), rials, 'cash');
  return { request, ...outcome(await books.ledger.purchase(request)) };
};
const left = async (card: Buffer): Promise<bigint> =>
  outcome(await books.ledger.quote(quoteRequest(header(SHOP, card, at()), 0n, 'card', undefined, false)))
    .creditLeftRials;
/** amount, carried, spent, expired of each bucket */
const buckets = async (id: string): Promise<number[][]> => {
  const { rows } = await pool.query<{ numbers: number[] }>(
    'select array[amount_rials, carried_rials, spent_rials, expired_rials]::int[] as numbers from buckets where household_id = $1 order by period',
    [id],
  );
  return rows.map(({ numbers }) => numbers);
};
const oil = (amountRials: bigint, quantity: number) => ({
  goods: '0000000000001',
  unit: '01' as const,
  quantity,
  amountRials,
});
const give = (id: string, programme: string, period: string, rials: bigint, from: string, to: string) =>
  pool.query(
    `with added as (
       insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to) values ($1, $2, $3, $4, $5, $6) returning bucket_id)
     insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
     select $1, nextval('transaction_ids'), 1, (select max(business_day) from business_days), 0, 'allocation', bucket_id, -$4::bigint, $4::bigint from added`,
    [id, programme, period, rials, from, to],
  );
/** A return is reversed by its name, as a purchase is. */
const purchaseOf = (request: ReturnType<typeof returnRequest>) => purchaseRequest(request, request.totalRials, 'cash');
const activeOf = async (homes: readonly Home[]): Promise<{ id: string; members: number }[]> => {
  const { rows } = await pool.query<{ id: string; members: number }>(
    `select household_id as id, members from households where household_id = any ($1) and status = 'active' order by 1`,
    [homes.map(({ id }) => id)],
  );
  return rows;
};
const membersOf = async (id: string) =>
  (
    await pool.query<{ members: number; status: string }>(
      'select members, status from households where household_id = $1',
      [id],
    )
  ).rows[0];

describe('what moves', () => {
  test('a split takes cards and credit by persons; what was bought before is returned where it was bought', async () => {
    const [old, fresh] = [await home(), await addHousehold(pool, 2, [])];
    const sale = await buy(old.cards[1]!, 100n);
    const done = await move({
      kind: 'split',
      from: old.id,
      to: fresh.id,
      cards: [old.cards[1]!],
      persons: 2,
      cause: 'divorce',
    });
    expect(done).toMatchObject({
      state: 'approved',
      persons: 2,
      fromMembers: 5,
      movedRials: '560',
      proposedBy: 'sara',
      decidedBy: 'reza',
    });
    expect(await buckets(old.id)).toEqual([[1_000, 0, 100, 360], [500, 0, 0, 200]]); // prettier-ignore
    expect(await buckets(fresh.id)).toEqual([[360, 360, 0, 0], [200, 200, 0, 0]]); // prettier-ignore
    expect([await left(old.cards[0]!), await left(old.cards[1]!)]).toEqual([540n, 360n]);
    expect([await membersOf(old.id), await membersOf(fresh.id)]).toMatchObject([{ members: 3 }, { members: 2 }]);
    const back = outcome(await books.ledger.return(returnRequest(header(SHOP, old.cards[1]!, at()), 100n, sale.rrn)));
    expect(back).toMatchObject({ rc: '00', creditLeftRials: 640n });
    expect(await left(old.cards[0]!)).toBe(640n);
    expect(await buy(old.cards[1]!, 400n)).toMatchObject({ rc: '10', voucherRials: 360n });
    expect(await verifyLedger(pool)).toEqual([]);
  });

  test('a household that goes up in another brings everything, and what comes back later follows it', async () => {
    const [ended, other] = [await home(2, [300n]), await home(3, [400n])];
    const [sale, wrong] = [await buy(ended.cards[0]!, 200n), await buy(ended.cards[0]!, 50n)];
    await move({ kind: 'merge', from: ended.id, to: other.id, cause: 'deceased' });
    expect([await membersOf(ended.id), await membersOf(other.id)]).toEqual([
      { members: 2, status: 'expired' },
      { members: 5, status: 'active' },
    ]);
    expect(await left(ended.cards[0]!)).toBe(450n); // its card is of the other household now
    expect(
      outcome(await books.ledger.return(returnRequest(header(SHOP, ended.cards[0]!, at()), 200n, sale.rrn))),
    ).toMatchObject({ rc: '00' });
    await books.ledger.reverse(reversalRequest(wrong.request, at(), undefined, 50n));
    await books.ledger.housekeep(at());
    expect(await buckets(ended.id)).toEqual([[300, 0, 0, 300]]);
    expect(await left(other.cards[0]!)).toBe(700n);
    expect(await verifyLedger(pool)).toEqual([]);
  });

  test('rations that were used go with the persons, and come back where the purchase was made', async () => {
    const [old, fresh, other] = [await home(4, [5_000n]), await addHousehold(pool, 1, []), await home(2, [5_000n])];
    const used = async (id: string) =>
      (
        await pool.query<{ quantity: string }>('select quantity from entitlement_uses where household_id = $1', [id])
      ).rows.map(({ quantity }) => Number(quantity));
    const request = purchaseRequest(header(SHOP, old.cards[0]!, at()), 3_000n, 'cash', [oil(3_000n, 4_000)]);
    const sale = outcome(await books.ledger.purchase(request));
    expect([sale.rc, await used(old.id)]).toEqual(['00', [4_000]]);
    await move({ kind: 'split', from: old.id, to: fresh.id, persons: 1, cards: [old.cards[1]!] });
    expect([await used(old.id), await used(fresh.id)]).toEqual([[3_000], [1_000]]);
    // 1,500 a person: of the new household 500 are left, and the voucher pays that much of 1,000
    const more = purchaseRequest(header(SHOP, old.cards[1]!, at()), 400n, 'cash', [oil(400n, 1_000)]);
    expect(outcome(await books.ledger.purchase(more))).toMatchObject({ rc: '10', voucherRials: 200n });
    await move({ kind: 'merge', from: old.id, to: other.id });
    expect([await used(old.id), await used(other.id)]).toEqual([[0], [3_000]]);
    expect(
      outcome(await books.ledger.return(returnRequest(header(SHOP, old.cards[0]!, at()), 3_000n, sale.rrn))),
    ).toMatchObject({ rc: '00' });
    await books.ledger.housekeep(at());
    expect([await used(old.id), await used(other.id)]).toEqual([[0], [-1_000]]); // which the one who left has used in their place
    expect(await verifyLedger(pool)).toEqual([]);
  });

  test('credit that had ended and is prolonged after a merge follows it, and what went does not come twice', async () => {
    const [ended, other] = [await home(2, []), await home(3, [])];
    await give(ended.id, 'test', '1405-08', 700n, day(-40), day(-2));
    await give(ended.id, 'test', '1405-09', 300n, day(-1), day(20));
    await books.ledger.housekeep(at());
    expect(await buckets(ended.id)).toEqual([[700, 0, 0, 700], [300, 0, 0, 0]]); // prettier-ignore
    await move({ kind: 'merge', from: ended.id, to: other.id });
    const wanted = { programme: 'test', cohort: 'all', cohorts: [], reason: 'a letter', by: 'sara' } as const;
    for (const [period, to] of [
      ['1405-08', day(5)],
      ['1405-09', day(30)],
    ] as const) {
      const { id } = await proposeWindow(pool, { ...wanted, period, to });
      await decideWindow(pool, id, 'approved', 'reza');
    }
    for (let i = 0; i < 3; i++) await books.ledger.housekeep(at());
    expect(await left(ended.cards[0]!)).toBe(1_000n);
    expect(await buckets(ended.id)).toEqual([[700, 0, 0, 700], [300, 0, 0, 300]]); // prettier-ignore
    expect(await verifyLedger(pool)).toEqual([]);
  });

  test('what a household owes that has gone up in another is asked of that one', async () => {
    const [ended, other] = [await home(2, [300n]), await home(3, [400n])];
    const sale = await buy(ended.cards[0]!, 200n);
    const back = returnRequest(header(SHOP, ended.cards[0]!, at()), 200n, sale.rrn);
    await books.ledger.return(back);
    await buy(ended.cards[0]!, 300n);
    await books.ledger.reverse({ ...reversalRequest(purchaseOf(back), at(), undefined, 200n) });
    const short = async () =>
      (await pool.query<{ n: string }>('select coalesce(sum(rials), 0) as n from credit_shortages where household_id = $1', [ended.id])).rows[0]?.n; // prettier-ignore
    expect(await short()).toBe('200');
    await move({ kind: 'merge', from: ended.id, to: other.id });
    await books.ledger.housekeep(at());
    expect([await short(), await left(other.cards[0]!)]).toEqual(['0', 200n]);
    expect(await verifyLedger(pool)).toEqual([]);
  });

  test('a card that goes while its purchase waits for the household buys of the other one', async () => {
    const [ended, other] = [await home(2, [300n]), await home(3, [400n])];
    const { id } = await proposeMove(pool, { kind: 'merge', from: ended.id, to: other.id, cards: [], cause: 'marriage', reason: 'letter 7', by: 'sara' }); // prettier-ignore
    const db = await pool.connect();
    await db.query('begin');
    await decideMove(db, id, 'approved', 'reza');
    const waiting = buy(ended.cards[0]!, 650n);
    const isWaiting = async () => (await pool.query('select from pg_locks where not granted')).rowCount !== 0;
    while (!(await isWaiting()));
    await db.query('commit');
    db.release();
    expect(await waiting).toMatchObject({ rc: '00', voucherRials: 650n, creditLeftRials: 50n });
  });

  test('a card alone takes no credit with it', async () => {
    const [a, b] = [await home(), await home()];
    expect(await move({ kind: 'card', from: a.id, to: b.id, cards: [a.cards[0]!], cause: 'mistake' })).toMatchObject({
      movedRials: '0',
    });
    expect([await left(a.cards[0]!), await left(a.cards[1]!)]).toEqual([1_000n, 1_000n]);
    expect(await buy(a.cards[0]!, 300n)).toMatchObject({ rc: '00', creditLeftRials: 700n });
    expect([await left(a.cards[1]!), await left(b.cards[0]!)]).toEqual([1_000n, 700n]);
    expect((await listMoves(pool, { household: a.id, limit: 10 })).map(({ kind, cards }) => [kind, cards])).toEqual([
      ['card', 1],
    ]);
    const { rows } = await pool.query(
      `select act, actor from audit where object like 'household-move:%' order by seq desc limit 2`,
    );
    expect(rows).toEqual([{ act: 'household-move.approved', actor: 'reza' }, { act: 'household-move.proposed', actor: 'sara' }]); // prettier-ignore
  });
});

describe('a move is refused', () => {
  test.each<[string, (a: Home, b: Home) => Partial<MoveProposal>, string, string]>([
    ['of a household to itself', (a) => ({ to: a.id }), 'move.invalid', ''],
    ['to nobody', () => ({ to: 'nobody' }), 'move.household', ''],
    ['of more persons than there are', () => ({ persons: 5 }), 'move.invalid', ''],
    ['of no card', () => ({ cards: [] }), 'move.invalid', ''],
    ['of another household’s card', (_, b) => ({ cards: [b.cards[0]!] }), 'move.card', ''],
    ['of a merge that names cards', (a) => ({ kind: 'merge', cards: [a.cards[0]!] }), 'move.invalid', ''],
    ['without a word for why', () => ({ cause: 'Because !' }), 'move.invalid', ''],
    ['out of a blocked household', () => ({}), 'move.blocked', `update households set status = 'blocked' where household_id = $1`],
    ['out of a household that is over', () => ({}), 'move.ended', `update households set status = 'expired' where household_id = $1`],
    ['into one that is not active', () => ({}), 'move.to-inactive', `update households set status = 'blocked' where household_id = $2`],
    ['into a new household that had its month', () => ({ kind: 'split', persons: 1 }), 'move.months-twice',
      `update households set members = case household_id when $2 then 1 else 5 end where household_id in ($1, $2)`],
  ])('%s', async (_, more, code, before) => {
    const [a, b] = [await home(), await home()];
    await pool.query(`update buckets set period = '1405-12' where household_id = $1 and period = '1405-02'`, [b.id]); // not over
    if (before !== '') await pool.query(`${before} and $1 <> $2`, [a.id, b.id]);
    const wanted = { kind: 'card', from: a.id, to: b.id, cards: [a.cards[0]!], persons: 1, ...more(a, b) } as const;
    await expect(move(wanted)).rejects.toMatchObject({ code });
    expect(await listMoves(pool, { household: a.id, limit: 10 })).toEqual([]);
  }); // prettier-ignore

  test('by who proposed it, a second time, or when the members have changed since', async () => {
    const [a, b] = [await home(), await home()];
    const { id } = await proposeMove(pool, {
      kind: 'merge',
      from: a.id,
      to: b.id,
      cards: [],
      cause: 'marriage',
      reason: 'letter 7',
      by: 'sara',
    });
    await expect(decideMove(pool, id, 'approved', 'Sara ')).rejects.toMatchObject({ code: 'move.same-person' });
    await pool.query('update households set members = 6 where household_id = $1', [a.id]);
    await expect(decideMove(pool, id, 'approved', 'reza')).rejects.toMatchObject({ code: 'move.changed' });
    expect(await decideMove(pool, id, 'rejected', 'sara')).toMatchObject({ state: 'rejected' });
    await expect(decideMove(pool, id, 'approved', 'reza')).rejects.toMatchObject({ code: 'move.state' });
    await expect(decideMove(pool, '999999', 'approved', 'reza')).rejects.toMatchObject({ code: 'move.unknown' });
    expect(await left(a.cards[0]!)).toBe(1_000n);
  });
});

describe('traffic between moves', () => {
  const act = fc.record({
    what: fc.constantFrom('buy', 'buy', 'by card', 'by card', 'answer', 'return', 'reverse', 'reserve', 'merge', 'split', 'split', 'card', 'duty'),
    a: fc.nat(99),
    b: fc.nat(99),
    rials: fc.bigInt({ min: 1n, max: 700n }),
    yes: fc.boolean(),
  }); // prettier-ignore

  test('loses no rial and no ration, and everything that stands can be returned by its card', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 8, maxLength: 40 }), async (acts) => {
        const homes: Home[] = [];
        for (const members of [2, 3, 4]) homes.push(await home(members));
        const cards = homes.flatMap((each) => each.cards);
        const sales: { card: Buffer; rrn: string; request: ReturnType<typeof purchaseRequest>; ref?: TransactionRef }[] = [];
        const { ledger } = books;
        for (const { what, a, b, rials, yes } of acts) {
          const card = cards[a % cards.length]!;
          const sale = sales[b % sales.length];
          if (what === 'buy' || what === 'by card') {
            const basket = [oil(rials, 400)];
            const request = purchaseRequest(header(SHOP, card, at()), rials, what === 'buy' ? 'cash' : 'card', basket);
            const decision = await ledger.purchase(request);
            if (decision.kind === 'held') sales.push({ card, rrn: outcome(decision).rrn, request, ref: decision.ref });
            else if (decision.kind === 'approved') sales.push({ card, rrn: outcome(decision).rrn, request });
          } else if (what === 'answer' && sale?.ref !== undefined) {
            await ledger.complete(sale.ref, yes ? GOOD : { kind: 'declined', rc: '51' });
          } else if (what === 'return' && sale !== undefined) {
            await ledger.return(returnRequest(header(SHOP, sale.card, at()), rials, sale.rrn));
          } else if (what === 'reverse' && sale !== undefined) {
            await ledger.reverse(reversalRequest(sale.request, at(), yes ? undefined : rials / 2n, sale.request.totalRials));
          } else if (what === 'reserve') {
            await ledger.quote(quoteRequest(header(SHOP, card, at()), rials, 'cash', [oil(rials, 400)], true));
          } else if (what === 'merge' || what === 'card' || what === 'split') {
            const active = await activeOf(homes);
            const [from, other] = [active[a % active.length]!, active[b % active.length]!];
            const persons = Math.min(Number(rials % 3n) + (what === 'split' ? 1 : 0), from.members - 1);
            const { rows } = await pool.query<{ hash: Buffer }>('select pan_hash as hash from cards where household_id = $1 limit 1', [from.id]);
            const going = rows.map(({ hash }) => hash);
            if (what === 'merge' && from !== other) await move({ kind: what, from: from.id, to: other.id });
            if (what === 'card' && from !== other && going.length > 0) await move({ kind: what, from: from.id, to: other.id, cards: going, persons });
            if (what === 'split' && persons > 0) {
              homes.push(await addHousehold(pool, persons, []));
              await move({ kind: what, from: from.id, to: homes.at(-1)!.id, cards: going, persons });
            }
          } else if (what === 'duty') await ledger.housekeep(at());
        }
        for (const { ref } of sales) if (ref !== undefined) await ledger.complete(ref, GOOD);
        // what stands is known to the shop's books, whatever became of the household
        const { rows } = await pool.query<{ rrn: string; rest: string }>(
          `select rrn, total_rials - given_voucher - given_card - given_cash as rest from transactions
            where kind = 'purchase' and state = 'approved' and pending_rials is null and rrn = any ($1)`,
          [sales.map(({ rrn }) => rrn)],
        );
        for (const { rrn, rest } of rows) {
          if (BigInt(rest) === 0n) continue;
          const { card } = sales.find((each) => each.rrn === rrn)!;
          const decision = await ledger.return(returnRequest(header(SHOP, card, at()), BigInt(rest), rrn));
          if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
          else expect([decision.kind, outcome(decision).rc]).toEqual(['approved', '00']);
        }
        await pool.query(`select ${DECISIONS}.expire_quotes($1, 1000)`, [at() + 600_000]);
        for (let i = 0; i < homes.length; i++) await ledger.housekeep(at()); // and so on from household to household
        const ids = homes.map(({ id }) => id);
        const { rows: all } = await pool.query<{ open: string; astray: string | null; used: string }>(
          `select sum(amount_rials - spent_rials - held_rials - expired_rials) as open,
                  sum(amount_rials - spent_rials - expired_rials) filter (where h.status = 'expired') as astray,
                  (select coalesce(sum(quantity), 0) from entitlement_uses where household_id = any ($1)) as used
             from buckets join households h using (household_id) where household_id = any ($1)`,
          [ids],
        );
        expect(all[0]).toEqual({ open: '4500', astray: all[0]?.astray === null ? null : '0', used: '0' });
        expect(await verifyLedger(pool)).toEqual([]);
      }),
      { numRuns: 12 },
    );
  }, 120_000); // prettier-ignore
});

describe('months', () => {
  const START = '2027-03-25';
  let now = 0;
  const itIs = async (iso: string): Promise<void> => {
    now = Date.parse(`${iso}T08:00:00+03:30`);
    await pool.query(
      `create or replace function database_clock() returns bigint language sql volatile as 'select ${now}::bigint'`,
    );
  };
  beforeEach(async () => {
    await itIs(START);
    await applyProgrammes(
      pool,
      JSON.stringify({
        programmes: [
          {
            programme: 'moving',
            charges: [
              {
                from: '2027-03-21',
                cohort: 'digit',
                amounts: [{ deciles: [1], rialsPerPerson: 100 }],
                days: [
                  { cohorts: [0, 1, 2], day: 5 },
                  { cohorts: [3, 4, 5], day: 15 },
                  { cohorts: [6, 7, 8, 9], day: 25 },
                ],
              },
            ],
          },
        ],
      }),
      { name: 'moving.json', now },
    );
  });

  test('are given once for each person, whatever merges, splits and moves on whichever day', async () => {
    const act = fc.record({
      day: fc.integer({ min: 1, max: 85 }),
      kind: fc.constantFrom('merge', 'split', 'card'),
      a: fc.nat(99),
      b: fc.nat(99),
      persons: fc.integer({ min: 1, max: 4 }),
      digit: fc.nat(9),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 12 }), async (acts) => {
        const prefix = `P${run++}x`;
        await itIs(START);
        await pool.query('truncate charge_progress');
        await pool.query(`update households set status = 'blocked' where status = 'active'`); // those of other runs stand by
        const homes: string[] = [];
        const add = async (members: number, digit: number): Promise<string> => {
          const id = `${prefix}${homes.length}`;
          await pool.query(
            `insert into households (household_id, members, decile, head_last_digit) values ($1, $2, 1, $3)`,
            [id, members, digit],
          );
          await pool.query(`insert into cards values (sha256($1::text::bytea), '603799******0000', $1)`, [id]);
          homes.push(id);
          return id;
        };
        for (const [members, digit] of [[3, 1], [4, 4], [2, 8], [5, 9]] as const) await add(members, digit); // prettier-ignore
        for (let n = 0; n <= 87; n++) {
          await itIs(addDays(START, n));
          await chargeDue(pool, now);
          for (const { kind, a, b, persons, digit } of acts.filter((each) => each.day === n)) {
            const { rows } = await pool.query<{ id: string; members: number }>(
              `select household_id as id, members from households where household_id like $1 and status = 'active' order by 1`,
              [`${prefix}%`],
            );
            const [from, other] = [rows[a % rows.length]!, rows[b % rows.length]!];
            const go = Math.min(persons, from.members - 1);
            const { rows: cards } = await pool.query<{ hash: Buffer }>(
              'select pan_hash as hash from cards where household_id = $1 limit 1',
              [from.id],
            );
            if (kind === 'merge' && from !== other) await move({ kind, from: from.id, to: other.id });
            if (kind === 'split' && go > 0) await move({ kind, from: from.id, to: await add(go, digit), persons: go });
            if (kind === 'card' && go > 0 && from !== other && cards.length > 0)
              await move({ kind, from: from.id, to: other.id, persons: go, cards: [cards[0]!.hash] });
          }
        }
        const { rows } = await pool.query<{ period: string; rials: string }>(
          `select period, sum(p.household_voucher) as rials from buckets b join postings p using (household_id, bucket_id)
            where p.kind = 'allocation' and household_id like $1 group by 1 order by 1`,
          [`${prefix}%`],
        );
        const past = rows.filter(({ period }) => period <= '1406-02');
        expect(past).toEqual(['1406-01', '1406-02'].map((period) => ({ period, rials: String(14 * 100) })));
        const { rows: has } = await pool.query<{ members: string }>(
          `select sum(members) as members from households where household_id like $1 and status = 'active'`,
          [`${prefix}%`],
        );
        expect(has[0]?.members).toBe('14');
        expect((await auditProgrammes(pool, { since: '1406-01' })).filter(({ skipped }) => skipped > 0)).toEqual([]);
      }),
      { numRuns: 3 },
    );
    expect(await verifyLedger(pool)).toEqual([]);
  }, 240_000);

  /** Digits 0-2 are charged on the 5th, 3-5 on the 15th, others on the 25th of Farvardin 1406; days below are of that month. */
  interface Chain {
    readonly homes: Readonly<Record<string, readonly [members: number, digit: number]>>;
    readonly acts: readonly (readonly [day: number, act: string])[];
    /** What was given of Farvardin to whom, and why the others have none; of Ordibehesht to whom. */
    readonly first: Readonly<Record<string, string>>;
    readonly second: Readonly<Record<string, string>>;
  }
  const CHAINS: Readonly<Record<string, Chain>> = {
    'a chain, each before the day of the next': {
      homes: { a: [3, 1], b: [4, 4], c: [2, 8] },
      acts: [[8, 'a>b'], [18, 'b>c']],
      first: { a: '300', b: '400', c: '200' },
      second: { a: 'household.merged', b: 'household.merged', c: '900' },
    },
    'a chain within one day': {
      homes: { a: [3, 1], b: [4, 4], c: [2, 8] },
      acts: [[12, 'a>b'], [12, 'b>c']],
      first: { a: '300', b: '400', c: '200' },
      second: { a: 'household.merged', b: 'household.merged', c: '900' },
    },
    'a chain from the last day to the first': {
      homes: { a: [3, 8], b: [4, 4], c: [2, 1] },
      acts: [[8, 'a>b'], [18, 'b>c']],
      first: { a: 'household.merged', b: '700', c: '200' },
      second: { a: 'household.merged', b: 'household.merged', c: '900' },
    },
    'a card that goes with a person, then the household that has it': {
      homes: { a: [3, 1], b: [4, 4], c: [2, 8] },
      acts: [[8, 'a-1>b'], [18, 'b>c']],
      first: { a: '300', b: '400', c: '200' },
      second: { a: '200', b: 'household.merged', c: '700' },
    },
    'a split of what has merged': {
      homes: { a: [3, 1], b: [4, 4], d: [2, 1] },
      acts: [[8, 'a>b'], [18, 'b-2>d']],
      first: { a: '300', b: '400', d: '0' },
      second: { a: 'household.merged', b: '500', d: '200' },
    },
    'one that was blocked over its day': {
      homes: { a: [3, 1], b: [4, 4], c: [2, 8] },
      acts: [[8, 'a>b'], [10, 'b blocked'], [20, 'b active'], [21, 'b>c']],
      first: { a: '300', b: '400', c: '200' },
      second: { a: 'household.merged', b: 'household.merged', c: '900' },
    },
    'a head who died before his day': {
      homes: { a: [3, 8], b: [4, 4] },
      acts: [[8, 'a expired'], [12, 'a>b']],
      first: { a: 'household.merged', b: '700' },
      second: { a: 'household.merged', b: '700' },
    },
    'a head who died after it, into one that merges on': {
      homes: { a: [3, 1], b: [4, 4], c: [2, 8] },
      acts: [[8, 'a expired'], [12, 'a>b'], [13, 'b>c']],
      first: { a: '300', b: '400', c: '200' },
      second: { a: 'household.merged', b: 'household.merged', c: '900' },
    },
  }; // prettier-ignore

  test('chains of moves: each person’s month once, and the audit’s equation with its exceptions', async () => {
    await pool.query('truncate charge_progress');
    await pool.query(`update households set status = 'blocked' where status = 'active'`);
    const chains = Object.values(CHAINS).map((chain, n) => ({ ...chain, name: (home: string) => `Q${n}${home}` }));
    for (const { homes, name } of chains)
      for (const [home, [members, digit]] of Object.entries(homes)) {
        if (home === 'd') continue; // it is made by its split
        await pool.query(`insert into households (household_id, members, decile, head_last_digit) values ($1, $2, 1, $3)`, [name(home), members, digit]); // prettier-ignore
        await pool.query(`insert into cards values (sha256($1::text::bytea), '603799******0000', $1)`, [name(home)]);
      }
    const act = async ({ homes, name }: (typeof chains)[number], what: string): Promise<void> => {
      const [, from = '', persons, to = '', status] = /^(\w)(?:-(\d))?(?:>(\w)| (\w+))$/.exec(what) ?? [];
      const going = { from: name(from), to: name(to) };
      if (status !== undefined) {
        await pool.query(`update households set status = $2, status_reason = 'file', status_source = 'file' where household_id = $1`, [name(from), status]); // prettier-ignore
      } else if (persons === undefined) await move({ kind: 'merge', ...going });
      else if (to === 'd') {
        const [members, digit] = homes['d']!;
        await pool.query(`insert into households (household_id, members, decile, head_last_digit) values ($1, $2, 1, $3)`, [name(to), members, digit]); // prettier-ignore
        await move({ kind: 'split', ...going, persons: Number(persons) });
      } else {
        const { rows } = await pool.query<{ hash: Buffer }>('select pan_hash as hash from cards where household_id = $1', [name(from)]); // prettier-ignore
        await move({ kind: 'card', ...going, persons: Number(persons), cards: [rows[0]!.hash] });
      }
    };
    for (let n = 0; n <= 62; n++) {
      await itIs(addDays(START, n));
      await chargeDue(pool, now);
      for (const chain of chains) for (const [day, what] of chain.acts) if (day === n + 5) await act(chain, what);
    }
    for (const [period, which] of [
      ['1406-01', 'first'],
      ['1406-02', 'second'],
    ] as const) {
      const { rows } = await pool.query<{ home: string; said: string }>(
        `select s.household_id as home, case when s.granted then (
                  select coalesce(sum(p.household_voucher), 0)::text from buckets b join postings p using (household_id, bucket_id)
                   where p.kind = 'allocation' and b.household_id = s.household_id and b.programme_id = 'moving' and b.period = $1)
                  else s.why end as said
           from ${DECISIONS}.month_states('moving', $1, $2, null) s where s.household_id like 'Q%' order by 1`,
        [period, addDays(START, 62)],
      );
      const expected = chains.flatMap((chain) => Object.entries(chain[which]).map(([home, said]) => [chain.name(home), said])); // prettier-ignore
      expect(rows.map(({ home, said }) => [home, said])).toEqual(expected.sort());
    }
    for (const { owed, granted, skipped, households, exceptions, period } of await auditProgrammes(pool, { since: '1406-01' })) {
      if (period > '1406-02') continue;
      const beside = exceptions.reduce((sum, each) => sum + (each.granted ? each.households : 0), 0);
      const without = exceptions.reduce((sum, each) => sum + (each.granted ? 0 : each.households), 0);
      expect([period, skipped, owed]).toEqual([period, 0, granted - beside]);
      expect(households).toBe(owed + beside + without);
    } // prettier-ignore
    expect(await verifyLedger(pool)).toEqual([]);
  }, 120_000);
});
