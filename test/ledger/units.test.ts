import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import type { MoneyUnit } from '../../src/field/money-unit.ts';
import { verifyLedger, type RequestHeader } from '../../src/ledger/index.ts';
import { tehran } from '../../src/ops/clock.ts';
import { GOODS } from './model/basket.ts';
import { addHousehold, header, outcome, purchaseRequest, returnRequest, reversalRequest } from './model/world.ts';
import { DAY, GOOD, SHOP, openTestLedger, type OpenLedger, type TestLedger } from './support/books.ts';

/** Terminals that say amounts in a unit of 10,000 rials, on books in rials. */

const NOW = Date.now();
const NEW: MoneyUnit = { unit: 'new-rial', alpha: 'IRN', numeric: '999', exponent: 2, rials: 10_000n, stepRials: 100n, nameFa: 'ریال نو', nameEn: 'new rial' }; // prettier-ignore
const STEP = NEW.stepRials;
let world: TestLedger;
let pool: pg.Pool;
let ledger: OpenLedger;

beforeAll(async () => {
  world = await openTestLedger({ aheadDays: 9 });
  ({ pool, ledger } = world);
});
afterAll(() => world.close()); // with `ledger verify`

const day = (days: number): string => tehran(NOW + days * DAY).isoDate;
const home = (...rials: bigint[]) =>
  addHousehold(pool, 2, rials.map((each, n) => ({ rials: each, from: day(-9), to: day(5 + n) }))); // prettier-ignore
const inNew = (head: RequestHeader): RequestHeader => ({ ...head, unit: NEW });

async function buy(head: RequestHeader, rials: bigint, rest: 'card' | 'cash' = 'card') {
  const decision = await ledger.purchase(purchaseRequest(head, rials, rest));
  if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
  return outcome(decision);
}

async function giveBack(head: RequestHeader, rials: bigint, rrn: string) {
  const decision = await ledger.return(returnRequest(head, rials, rrn));
  if (decision.kind === 'held') await ledger.complete(decision.ref, GOOD);
  return outcome(decision);
}

const left = async (id: string): Promise<bigint> => {
  const sum = 'select sum(amount_rials - spent_rials - held_rials - expired_rials)::text as left from buckets where household_id = $1';
  return BigInt((await pool.query<{ left: string }>(sum, [id])).rows[0]!.left);
}; // prettier-ignore

test('a split is of whole steps, all of the total, and as much of the credit as whole steps can be', async () => {
  const amounts = fc.record({
    credit: fc.array(fc.bigInt(1n, 300_000n), { minLength: 1, maxLength: 3 }),
    steps: fc.bigInt(1n, 4_000n),
  });
  await fc.assert(
    fc.asyncProperty(amounts, async ({ credit, steps }) => {
      const {
        id,
        cards: [card = Buffer.alloc(0)],
      } = await home(...credit);
      const has = credit.reduce((a, b) => a + b);
      const total = steps * STEP;
      const { voucherRials, cardRials, creditLeftRials } = await buy(inNew(header(SHOP, card, NOW)), total);
      expect(voucherRials % STEP).toBe(0n);
      expect(voucherRials + cardRials).toBe(total);
      expect(voucherRials).toBe(total < has ? total : has - (has % STEP));
      expect(creditLeftRials).toBe(has - voucherRials);
      expect(await left(id)).toBe(has - voucherRials);
    }),
    { numRuns: 40 },
  );
});

test('of a basket each line is whole steps, and no line pays more than its cap', async () => {
  const { cards: [card = Buffer.alloc(0)] } = await home(9_000_000n);
  const line = (goods: string, amountRials: bigint) => ({ goods, unit: '00' as const, quantity: 1, amountRials });
  const basket = [line(GOODS[0].code, 30_000n), line('9999999999999', 20_000n)];
  const decision = await ledger.purchase(purchaseRequest(inNew(header(SHOP, card, NOW)), 50_000n, 'cash', basket));
  const { rc, voucherRials, lines = [] } = outcome(decision);
  expect([rc, voucherRials % STEP, lines.reduce((sum, each) => sum + each.voucherRials, 0n)]).toEqual(['10', 0n, voucherRials]);
  expect(lines.every((each) => each.voucherRials % STEP === 0n)).toBe(true);
}); // prettier-ignore

describe('a purchase in rials is taken back at a terminal that has the new unit', () => {
  test.each([
    ['rounded down', 1_234_500n],
    ['rounded up', 1_234_600n],
  ])('whole, asked %s: exactly what was taken comes back', async (_, asked) => {
    const {
      id,
      cards: [card = Buffer.alloc(0)],
    } = await home(1_000_001n);
    const bought = await buy(header(SHOP, card, NOW), 1_234_567n);
    expect(bought).toMatchObject({ rc: '00', voucherRials: 1_000_001n, cardRials: 234_566n });
    const back = await giveBack(inNew(header(SHOP, card, NOW)), asked, bought.rrn);
    expect(back).toMatchObject({ rc: '00', voucherRials: 1_000_001n, cardRials: 234_566n });
    expect(await left(id)).toBe(1_000_001n);
  });

  test('in parts: the last part brings back what is left to the rial, and nothing more can be asked for', async () => {
    const { id, cards: [card = Buffer.alloc(0)] } = await home(2_000_000n);
    const bought = await buy(header(SHOP, card, NOW), 1_234_567n);
    const asked = async (rials: bigint) => (await giveBack(inNew(header(SHOP, card, NOW)), rials, bought.rrn)).rc;
    expect([await asked(1_000_000n), await asked(234_700n), await asked(234_500n), await asked(100n)]).toEqual(['00', '61', '00', '61']);
    expect(await left(id)).toBe(2_000_000n);
  }); // prettier-ignore

  test('a reversal brings back all of it, whatever its amount says', async () => {
    const {
      id,
      cards: [card = Buffer.alloc(0)],
    } = await home(1_000_001n);
    const head = header(SHOP, card, NOW);
    await buy(head, 1_234_567n);
    await ledger.reverse(reversalRequest(head, NOW, undefined));
    expect(await left(id)).toBe(1_000_001n);
  });
});

describe('the books convert', () => {
  beforeAll(async () => {
    const unit = "insert into money_units values ('new-rial', '2026-01-01', 'IRN', '999', 2, 10000, 'ریال نو', 'new rial', true)";
    await pool.query(`${unit} on conflict do nothing`);
  });
  const convert = async (): Promise<void> => {
    await pool.query("insert into book_units values ('2026-01-01', 'new-rial') on conflict do nothing");
    await ledger.housekeep(Date.now());
  };
  const apart = async (id: string): Promise<bigint> => {
    const sum = "select coalesce(sum(rials), 0)::text as apart from journal where household_id = $1 and account = 'remainders'";
    return BigInt((await pool.query<{ apart: string }>(sum, [id])).rows[0]!.apart);
  };

  test('what is below one step stands in remainders, and a second look takes nothing', async () => {
    const { id } = await home(1_234_567n, 100n, 99n);
    await convert();
    expect([await left(id), await apart(id)]).toEqual([1_234_600n, 166n]);
    await convert();
    expect([await left(id), await apart(id)]).toEqual([1_234_600n, 166n]);
  });

  test('whatever comes back of purchases before, in whatever order: the whole is what it would have been', async () => {
    const act = fc.record({ back: fc.constantFrom('return', 'reversal', 'part', 'none'), first: fc.boolean() });
    const acts = fc.array(fc.tuple(fc.bigInt(1n, 5_000n), act), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.bigInt(1n, 9_999n), acts, async (over, sales) => {
        const { id, cards: [card = Buffer.alloc(0)] } = await home(20_000n + over);
        let has = 20_000n + over;
        const bought: { head: RequestHeader; rials: bigint; rrn: string; back: string; first: boolean }[] = [];
        for (const [rials, { back, first }] of sales) {
          const head = header(SHOP, card, NOW);
          const { rrn } = await buy(head, rials, 'cash');
          bought.push({ head, rials, rrn, back, first });
          has -= rials;
        }
        const undo = async ({ head, rials, rrn, back }: (typeof bought)[number]): Promise<void> => {
          if (back === 'reversal') await ledger.reverse(reversalRequest(head, NOW, undefined));
          if (back === 'return') await giveBack(inNew(header(SHOP, card, NOW)), rials - (rials % STEP) + (rials % STEP === 0n ? 0n : STEP), rrn);
          if (back === 'part') await giveBack(header(SHOP, card, NOW), rials / 2n + 1n, rrn);
          if (back !== 'none') has += back === 'part' ? rials / 2n + 1n : rials;
        };
        for (const sale of bought.filter(({ first }) => first)) await undo(sale);
        await convert();
        for (const sale of bought.filter(({ first }) => !first)) await undo(sale);
        await convert();
        expect([await left(id), await apart(id)]).toEqual([has - (has % STEP), has % STEP]);
      }),
      { numRuns: 15 },
    );
  });

  test('a return that is reversed after its credit was converted takes all of it again', async () => {
    const { id, cards: [card = Buffer.alloc(0)] } = await home(1_000_033n);
    const bought = await buy(header(SHOP, card, NOW), 1_000_033n, 'cash');
    const back = header(SHOP, card, NOW);
    await giveBack(back, 1_000_033n, bought.rrn);
    await convert();
    expect([await left(id), await apart(id)]).toEqual([1_000_000n, 33n]);
    await ledger.reverse(reversalRequest(back, NOW, undefined));
    expect([await left(id), await apart(id)]).toEqual([0n, 0n]);
  });

  test('`ledger verify` finds a remainder that was taken twice', async () => {
    const { id } = await home(150n);
    await convert();
    const twice = `insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
      select household_id, nextval('transaction_ids'), 1, business_day, at, kind, bucket_id, 100, -100
        from postings where household_id = $1 and kind = 'conversion' returning transaction_id`;
    const { rows } = await pool.query<{ transaction_id: string }>(twice, [id]);
    expect((await verifyLedger(pool)).map(({ check }) => check)).toEqual([
      'buckets that differ from their journal: allocated once beside what was carried over, then - captures + returns - expiries',
      'buckets of which no part of one step stands in remainders',
    ]);
    await pool.query('delete from postings where household_id = $1 and transaction_id = $2', [id, rows[0]?.transaction_id]);
  });
}); // prettier-ignore

test('a reversal to the bank says what the purchase said: its unit and its amount', async () => {
  const { cards: [card = Buffer.alloc(0)] } = await home(100n);
  const head = inNew(header(SHOP, card, NOW));
  await buy(head, 50_000n);
  await ledger.reverse(reversalRequest(head, NOW, undefined));
  const mine = (await ledger.claimAdvices(100, 60_000, Date.now() + DAY)).find(({ amountRials }) => amountRials === 49_900n);
  expect(mine?.unit).toEqual({ stepRials: 100n, numeric: '999' });
}); // prettier-ignore
