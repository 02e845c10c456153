import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeAnswers } from '../../src/settlement/answers/take.ts';
import { unexplained } from '../../src/settlement/audit/unexplained.ts';
import { openQueues, type Queues } from '../../src/settlement/jobs/queue.ts';
import { parseProfile } from '../../src/settlement/payments/profile.ts';
import { settleDay, type SettleSummary } from '../../src/settlement/settle.ts';
import { readStatement } from '../../src/settlement/statement/read.ts';
import { answerCsv } from './support/bank.ts';
import { merchantId, testSheba } from './support/books.ts';
import { openLedgerBooks, rrnOf, type LedgerBooks, type Movement } from './support/ledger-books.ts';

/** Amounts over the PAYA cap (2,000,000,000 since 2025-05-04), by both ways; and the card part, where the programme says
 *  that it is ours to pay. Every day ends with `unexplained` saying nothing. */

const BILLION = 1_000_000_000;
const DAYS = ['2026-11-22', '2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27'] as const;
const [SATNA_DAY, SPLIT_DAY, RETURN_DAY, CARD_DAY, CARD_BACK_DAY] = DAYS;

let books: LedgerBooks;
let queues: Queues;
beforeAll(async () => {
  books = await openLedgerBooks();
  queues = await openQueues({ databaseUrl: books.databaseUrl, redisUrl: '' });
  await books.openDay(SATNA_DAY);
  for (const n of [1, 2, 3, 4]) await books.addShop(n, testSheba(n));
});
afterAll(async () => {
  await queues.close();
  await books.close();
});

async function settle(day: string, aboveCap: 'split' | 'satna'): Promise<SettleSummary> {
  const profile = parseProfile({ base: 'iso', aboveCap });
  return settleDay(books.context, queues, { day, profile, maker: 'maryam', checker: 'babak' });
}

interface Order {
  readonly id: string;
  readonly shop: string;
  readonly rail: string;
  readonly rials: string;
}

async function ordersOf(day: string): Promise<Order[]> {
  const { rows } = await books.pool.query<Order>(
    `select instruction_id as id, right(merchant_id, 1) as shop, rail, amount_rials::text as rials
       from payment_orders where business_day = $1 order by merchant_id, part`,
    [day],
  );
  return rows;
}

const told = (orders: readonly Order[]): string[] => orders.map(({ shop, rail, rials }) => `${shop} ${rail} ${rials}`);

async function answer(name: string, orders: readonly (Order & { status: string; reason?: string })[]): Promise<void> {
  const path = join(books.dataDir, name);
  writeFileSync(path, answerCsv(orders));
  await takeAnswers(books.pool, path, name);
}

let next = 0;
const sale = (day: string, shop: number, voucher: number, card = 0): Movement => ({
  id: ++next,
  kind: 'purchase',
  day,
  shop,
  voucher,
  card,
});

test('over the cap goes by SATNA, in a file of its own, where the bank profile says so', async () => {
  await books.add([
    sale(SATNA_DAY, 1, 4.5 * BILLION),
    sale(SATNA_DAY, 2, 2 * BILLION), // the cap itself is PAYA's
    sale(SATNA_DAY, 3, 2 * BILLION + 1),
    sale(SATNA_DAY, 4, 70),
  ]);
  const summary = await settle(SATNA_DAY, 'satna');
  expect(told(await ordersOf(SATNA_DAY))).toEqual([
    '1 SATNA 4500000000',
    '2 PAYA 2000000000',
    '3 SATNA 2000000001',
    '4 PAYA 70',
  ]);
  expect(summary.files.map(({ orders }) => orders)).toEqual([2, 2]);
  const [satna = ''] = readdirSync(join(books.dataDir, 'outbox', 'satna'));
  const file = readFileSync(join(books.dataDir, 'outbox', 'satna', satna), 'utf8');
  expect(file).toContain('<CtrlSum>6500000001</CtrlSum>');
  expect(file).toContain('<Cd>URGP</Cd>');
  expect(readdirSync(join(books.dataDir, 'outbox')).filter((name) => name.endsWith('.ccti'))).toHaveLength(1);
  expect(await unexplained(books.pool, SATNA_DAY, SATNA_DAY)).toEqual([]);
});

test('a SATNA order that came back goes out again with the next day, over the cap or not', async () => {
  const [first, second, third, fourth] = await ordersOf(SATNA_DAY);
  await answer('satna.csv', [
    { ...first!, status: 'RJCT', reason: 'AM04' },
    { ...second!, status: 'ACSC' },
    { ...third!, status: 'ACSC' },
    { ...fourth!, status: 'ACSC' },
  ]);
  await books.add([sale(SPLIT_DAY, 1, 500_000_000)]);
  await settle(SPLIT_DAY, 'split');
  expect(told(await ordersOf(SPLIT_DAY))).toEqual(['1 PAYA 2000000000', '1 PAYA 2000000000', '1 PAYA 1000000000']);
  expect(await unexplained(books.pool, SATNA_DAY, SPLIT_DAY)).toEqual([]);
});

test('of an amount that was split, the part that came back is paid again, and no other', async () => {
  const [first, second, third] = await ordersOf(SPLIT_DAY);
  await answer('split.csv', [
    { ...first!, status: 'ACSC' },
    { ...second!, status: 'RJCT', reason: 'AM04' },
    { ...third!, status: 'ACSC' },
  ]);
  await settle(RETURN_DAY, 'split');
  expect(told(await ordersOf(RETURN_DAY))).toEqual(['1 PAYA 2000000000']);
  expect(await unexplained(books.pool, SATNA_DAY, RETURN_DAY)).toEqual([]);
});

test('a programme that settles the card part pays it from its day on, and takes it back with what is returned', async () => {
  await books.pool.query(
    `insert into settlement_terms (valid_from, settle_card_part, fee_fixed_rials, fee_basis_points) values ($1, true, 5, 100)`,
    [CARD_DAY],
  );
  const reversed = { ...sale(CARD_DAY, 3, 3_000, 300), state: 'reversed' as const };
  const back = { ...sale(CARD_DAY, 3, 3_000, 300), kind: 'reversal' as const };
  await books.add([
    sale(CARD_DAY, 2, 10_000, 2_500),
    sale(CARD_DAY, 2, 0, 700), // all by card
    reversed,
    { ...back, originalId: reversed.id, rrn: rrnOf(reversed.id) },
    sale(CARD_DAY, 4, 1_000, 50),
  ]);
  await settle(CARD_DAY, 'split');
  // 2: 12,500 + 700 - 2 x 5 - 1 % of 10,000; 3: nothing, its fees came back; 4: 1,050 - 5 - 10
  expect(told(await ordersOf(CARD_DAY))).toEqual(['2 PAYA 13090', '4 PAYA 1035']);
  const { rows } = await books.pool.query(
    `select right(merchant_id, 1) as shop, kind, rials from payable_carries where created_day = $1`,
    [CARD_DAY],
  );
  expect(rows).toEqual([]);
  await books.add([
    { ...sale(CARD_BACK_DAY, 4, 400, 20), kind: 'return' },
    sale(CARD_BACK_DAY, 4, 2_000),
    sale(CARD_BACK_DAY, 3, 100, 10),
  ]);
  await settle(CARD_BACK_DAY, 'split');
  // 3: 110 - 5 - 1; 4: 2,000 - 420 - 5 - 20
  expect(told(await ordersOf(CARD_BACK_DAY))).toEqual(['3 PAYA 104', '4 PAYA 1555']);
  expect(await unexplained(books.pool, SATNA_DAY, CARD_BACK_DAY)).toEqual([]);
});

test('statements say the same of the card part: before its day it was not ours', async () => {
  const shop = await readStatement(books.pool, merchantId(2), { from: SATNA_DAY, to: CARD_BACK_DAY, now: 0 });
  expect(shop?.lines.map(({ kind, credit, debit }) => [kind, credit, debit])).toEqual([
    ['purchase', 2_000_000_000n, 0n],
    ['order', 0n, 2_000_000_000n],
    ['purchase', 12_500n, 0n],
    ['purchase', 700n, 0n],
    ['fee', 0n, 110n],
    ['order', 0n, 13_090n],
  ]);
  expect(shop?.closing).toBe(0n);
});
