import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import type { MoneyUnit } from '../../src/field/money-unit.ts';
import type { RequestHeader } from '../../src/ledger/index.ts';
import { tehran } from '../../src/ops/clock.ts';
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

test('a reversal to the bank says what the purchase said: its unit and its amount', async () => {
  const { cards: [card = Buffer.alloc(0)] } = await home(100n);
  const head = inNew(header(SHOP, card, NOW));
  await buy(head, 50_000n);
  await ledger.reverse(reversalRequest(head, NOW, undefined));
  const mine = (await ledger.claimAdvices(100, 60_000, Date.now() + DAY)).find(({ amountRials }) => amountRials === 49_900n);
  expect(mine?.unit).toEqual({ stepRials: 100n, numeric: '999' });
}); // prettier-ignore
