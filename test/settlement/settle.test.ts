import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInProfile } from '../../src/settlement/payments/profile.ts';
import { readPaymentFile, type ReadOrder } from '../../src/settlement/payments/read.ts';
import { deliverFiles } from '../../src/settlement/clearing/deliver.ts';
import { releaseClearing } from '../../src/settlement/clearing/release.ts';
import { settleDay, type SettleSummary } from '../../src/settlement/settle.ts';
import { merchantId, openBooks, testSheba, type Books } from './support/books.ts';

let books: Books;
beforeAll(async () => {
  books = await openBooks();
});
afterAll(async () => {
  await books.close();
});

const DAY = '2026-11-23';
async function settle(day: string): Promise<SettleSummary> {
  const queues = await books.queues();
  return settleDay(books.context, queues, {
    day,
    profile: builtInProfile('ccti-1'),
    maker: 'maryam',
    checker: 'babak',
  });
}

async function ordersOf(summary: SettleSummary): Promise<ReadOrder[]> {
  const orders: ReadOrder[] = [];
  for (const file of summary.files) {
    await readPaymentFile(join(books.dataDir, 'outbox', `${file.messageId}.ccti`), (order) => orders.push(order));
  }
  return orders;
}

test('a day is closed, netted, paid into the outbox, and gives the same file again', async () => {
  await books.addShop(1, testSheba(1));
  await books.addShop(2, testSheba(2));
  await books.addShop(3, testSheba(3), 'suspended');
  await books.addShop(4, 'IR000170000000000000000000000'.slice(0, 26));
  await books.addShop(5, testSheba(5));
  await books.addShop(6, testSheba(6));
  await books.move(1, DAY, 'purchase', 1_000_000, 200_000);
  await books.move(1, DAY, 'purchase', 500_000);
  await books.move(1, DAY, 'return', 100_000);
  await books.move(1, DAY, 'reversal', 50_000);
  await books.move(2, DAY, 'purchase', 4_500_000_000);
  await books.move(3, DAY, 'purchase', 70);
  await books.move(4, DAY, 'purchase', 80);
  await books.move(5, DAY, 'return', 90);
  await books.move(6, '2026-12-05', 'purchase', 1);

  const summary = await settle(DAY);
  const orders = await ordersOf(summary);
  expect(orders.map((order) => [order.instructionId, order.sheba, order.amountRials])).toEqual([
    ['14050902000001', testSheba(1), 1_350_000n],
    ['14050902000002', testSheba(2), 2_000_000_000n],
    ['14050902000003', testSheba(2), 2_000_000_000n],
    ['14050902000004', testSheba(2), 500_000_000n],
  ]);
  expect(summary.held).toEqual([
    { merchant: merchantId(3), rials: 70n, reason: 'the merchant is suspended' },
    { merchant: merchantId(4), rials: 80n, reason: 'the Sheba has wrong check digits' },
  ]);
  expect(summary.carried).toEqual({ merchants: 1, rials: -90n });
  expect(summary.clearing).toMatchObject({ state: 'delivered', maker: 'maryam', checker: 'babak' });
  expect(readdirSync(join(books.dataDir, 'settlement', 'made'))).toEqual([]);

  const before = readdirSync(join(books.dataDir, 'outbox')).map((name) =>
    readFileSync(join(books.dataDir, 'outbox', name)),
  );
  await settle(DAY);
  const after = readdirSync(join(books.dataDir, 'outbox')).map((name) =>
    readFileSync(join(books.dataDir, 'outbox', name)),
  );
  expect(after).toEqual(before);
});

test('one person under two spellings makes and releases nothing', async () => {
  const queues = await books.queues();
  const request = { day: '2026-11-30', profile: builtInProfile('ccti-1'), maker: 'maryam', checker: 'M\u0430ryam ' };
  await expect(settleDay(books.context, queues, request)).rejects.toMatchObject({ code: 'release.same-person' });
  const { rowCount } = await books.pool.query(`select 1 from clearings where business_day = '2026-11-30'`);
  expect(rowCount).toBe(0);
});

test('what a day left open goes into the next: negative nets, held shops', async () => {
  await books.move(5, '2026-11-24', 'purchase', 100);
  await books.pool.query(`update merchants set status = 'approved' where merchant_id = $1`, [merchantId(3)]);
  const summary = await settle('2026-11-24');
  const orders = await ordersOf(summary);
  expect(orders.map((order) => [order.sheba, order.amountRials])).toEqual([
    [testSheba(3), 70n],
    [testSheba(5), 10n],
  ]);
  expect(summary.files[0]?.messageId).toBe('IR380170000000100000000001000000002');
});

test('what lies in the outbox under a name of ours is never written over, and bytes that changed never leave', async () => {
  const day = '2026-11-25';
  await books.move(1, day, 'purchase', 7);
  const profile = builtInProfile('ccti-1');
  const made = await settleDay(books.context, await books.queues(), {
    day,
    profile,
    maker: 'maryam',
    checker: undefined,
  });
  const name = `${made.files[0]?.messageId ?? ''}.ccti`;
  const [mine, theirs] = [join(books.dataDir, 'settlement', 'made', name), join(books.dataDir, 'outbox', name)];
  const bytes = readFileSync(mine);
  await Promise.all(['babak', 'sara', 'babak'].map((who) => releaseClearing(books.pool, day, who)));
  const { rowCount } = await books.pool.query(
    `select 1 from settlement_events where business_day = $1 and event = 'released'`,
    [day],
  );
  expect(rowCount).toBe(1);

  writeFileSync(theirs, 'of somebody');
  await expect(deliverFiles(books.pool, day, books.dataDir)).rejects.toMatchObject({ code: 'payment-file.exists' });
  expect(readFileSync(theirs, 'utf8')).toBe('of somebody');
  rmSync(theirs);
  writeFileSync(mine, bytes.toString().replace('>7<', '>9<'));
  await expect(deliverFiles(books.pool, day, books.dataDir)).rejects.toMatchObject({ code: 'payment-file.changed' });
  writeFileSync(mine, bytes);
  await deliverFiles(books.pool, day, books.dataDir);
  expect(readFileSync(theirs).equals(bytes)).toBe(true);
});
