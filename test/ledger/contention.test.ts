import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { verifyLedger } from '../../src/ledger/index.ts';
import { tehran } from '../../src/ops/clock.ts';
import {
  addHousehold,
  header,
  outcome,
  purchaseRequest,
  returnRequest,
  reversalRequest,
  TERMINALS,
} from './model/world.ts';
import { openTestLedger, type OpenLedger, type TestLedger } from './support/books.ts';

const sizes: number[] = [];
let books: TestLedger;
let pools: readonly pg.Pool[];
let ledgers: readonly OpenLedger[];

beforeAll(async () => {
  books = await openTestLedger({ copies: 3, onBatch: (size) => sizes.push(size) });
  ({ pools, ledgers } = books);
});
afterAll(() => books.close());

const today = tehran(Date.now()).isoDate;

async function household(rials: bigint) {
  return addHousehold(pools[0]!, 3, [{ rials, from: today, to: '2999-12-31' }]);
}

async function creditLeft(id: string): Promise<bigint> {
  const { rows } = await pools[0]!.query<{ left: string }>(
    'select sum(amount_rials - spent_rials - held_rials - expired_rials) as left from buckets where household_id = $1',
    [id],
  );
  return BigInt(rows[0]!.left);
}

test('one household asked from everywhere at once spends what it has, and not a rial more', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.bigInt(1n, 3_000n),
      fc.array(fc.record({ rials: fc.bigInt(1n, 400n), copy: fc.nat(2), till: fc.nat(3), card: fc.nat(1) }), {
        minLength: 20,
        maxLength: 60,
      }),
      async (credit, purchases) => {
        const { id, cards } = await household(credit);
        const decisions = await Promise.all(
          purchases.map(({ rials, copy, till, card }) =>
            ledgers[copy]!.purchase(purchaseRequest(header(TERMINALS[till]!, cards[card]!, Date.now()), rials, 'cash')),
          ),
        );
        const outcomes = decisions.map(outcome);
        const wanted = purchases.reduce((sum, { rials }) => sum + rials, 0n);
        const spent = outcomes.reduce((sum, { voucherRials }) => sum + voucherRials, 0n);
        expect(spent).toBe(wanted < credit ? wanted : credit);
        expect(await creditLeft(id)).toBe(credit - spent);
        // Each answer's credit left is what one order of the purchases makes it.
        const approved = outcomes
          .filter(({ rc }) => rc !== '51')
          .toSorted((a, b) => Number(b.creditLeftRials - a.creditLeftRials));
        let left = credit;
        for (const { voucherRials, creditLeftRials } of approved) {
          left -= voucherRials;
          expect(creditLeftRials).toBe(left);
        }
      },
    ),
    { numRuns: 15 },
  );
  expect(await verifyLedger(pools[0]!)).toEqual([]);
}, 120_000);

test('purchases, reversals and returns of one household in any interleaving leave the books in order', async () => {
  const { id, cards } = await household(100_000n);
  const worker = async (n: number): Promise<bigint> => {
    let kept = 0n;
    for (let i = 0; i < 12; i++) {
      const till = TERMINALS[(n + i) % TERMINALS.length]!;
      const head = header(till, cards[n % 2]!, Date.now());
      const bought = outcome(await ledgers[n % 3]!.purchase(purchaseRequest(head, 100n, 'cash')));
      kept += 100n;
      if (i % 3 === 0) {
        await Promise.all([0, 1].map((copy) => ledgers[copy]!.reverse(reversalRequest(head, Date.now()))));
        kept -= 100n;
      } else if (i % 3 === 1) {
        const back = await ledgers[(n + 1) % 3]!.return(
          returnRequest(header(till, cards[0]!, Date.now()), 40n, bought.rrn),
        );
        expect(back.kind).toBe('approved');
        kept -= 40n;
      }
    }
    return kept;
  };
  const kept = await Promise.all(Array.from({ length: 12 }, (_, n) => worker(n)));
  expect(await creditLeft(id)).toBe(100_000n - kept.reduce((sum, one) => sum + one, 0n));
  expect(await verifyLedger(pools[0]!)).toEqual([]);
}, 120_000);

test('the same request from three copies at once moves money once, and gets one answer', async () => {
  const { id, cards } = await household(1_000n);
  const request = purchaseRequest(header(TERMINALS[0], cards[0]!, Date.now()), 300n, 'cash');
  const decisions = await Promise.all(Array.from({ length: 9 }, (_, n) => ledgers[n % 3]!.purchase(request)));
  expect(decisions.filter(({ kind }) => kind === 'approved')).toHaveLength(1);
  expect(decisions.filter(({ kind }) => kind === 'repeat')).toHaveLength(8);
  expect(
    new Set(
      decisions.map((decision) =>
        JSON.stringify(outcome(decision), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      ),
    ).size,
  ).toBe(1);
  expect(await creditLeft(id)).toBe(700n);
});

test('a purchase and its reversal in the same instant leave nothing taken', async () => {
  const { id, cards } = await household(1_000n);
  for (let i = 0; i < 20; i++) {
    const head = header(TERMINALS[i % 4]!, cards[0]!, Date.now());
    await Promise.all([
      ledgers[i % 3]!.purchase(purchaseRequest(head, 100n, 'cash')),
      ledgers[(i + 1) % 3]!.reverse(reversalRequest(head, Date.now())),
    ]);
  }
  expect(await creditLeft(id)).toBe(1_000n);
  expect(await verifyLedger(pools[0]!)).toEqual([]);
});

test('a poisoned request fails alone: the rest of its batch goes through', async () => {
  const homes = await Promise.all(Array.from({ length: 40 }, () => household(1_000n)));
  const asks = homes.map(({ cards }, n) => {
    const request = purchaseRequest(header(TERMINALS[0], cards[0]!, Date.now()), 10n, 'cash');
    return n === 17 ? { ...request, merchant: 'nul\u0000byte' } : request;
  });
  sizes.length = 0;
  const settled = await Promise.allSettled(asks.map((request) => ledgers[0]!.purchase(request)));
  expect(Math.max(...sizes)).toBeGreaterThan(10);
  expect(settled.map(({ status }, n) => [n, status]).filter(([, status]) => status === 'rejected')).toEqual([
    [17, 'rejected'],
  ]);
  expect(settled.filter((one) => one.status === 'fulfilled' && one.value.kind === 'approved')).toHaveLength(39);
});

test('the reference numbers of many copies never meet', async () => {
  const homes = await Promise.all(Array.from({ length: 10 }, () => household(1_000_000n)));
  const decisions = await Promise.all(
    Array.from({ length: 600 }, (_, n) =>
      ledgers[n % 3]!.purchase(
        purchaseRequest(header(TERMINALS[n % 4]!, homes[n % 10]!.cards[0]!, Date.now()), 1n, 'cash'),
      ),
    ),
  );
  const rrns = new Set(decisions.map((decision) => outcome(decision).rrn));
  expect(rrns.size).toBe(600);
  for (const rrn of rrns) expect(rrn).toMatch(/^\d{12}$/);
  expect(new Set(decisions.map((decision) => outcome(decision).receiptToken)).size).toBe(600);
});
