import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeAnswers, type AnswerIntake } from '../../../src/settlement/answers/take.ts';
import { unexplained } from '../../../src/settlement/audit/unexplained.ts';
import { blockedCarries, decideUnblock, proposeUnblock } from '../../../src/settlement/clearing/unblock.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import { settleDay } from '../../../src/settlement/settle.ts';
import type { Queues } from '../../../src/settlement/jobs/queue.ts';
import { answerCsv, camt053, pain002 } from '../support/bank.ts';
import { merchantId, openBooks, testSheba, type Books } from '../support/books.ts';

const DAY = '2026-11-23';
const SHOPS = 9;
const order = (n: number, day = '14050902'): string => `${day}00000${n}`;

let books: Books;
let queues: Queues;
let messageId: string;

async function settle(day: string): Promise<Awaited<ReturnType<typeof settleDay>>> {
  const profile = builtInProfile('ccti-1');
  return settleDay(books.context, queues, { day, profile, maker: 'maryam', checker: 'babak' });
}

beforeAll(async () => {
  books = await openBooks();
  queues = await books.queues();
  for (let n = 1; n <= SHOPS; n++) {
    await books.addShop(n, testSheba(n));
    await books.move(n, DAY, 'purchase', 1_000 * n);
  }
  messageId = (await settle(DAY)).files[0]?.messageId ?? '';
});
afterAll(async () => {
  await books.close();
});

function take(name: string, content: string | Buffer): Promise<AnswerIntake> {
  const path = join(books.dataDir, name);
  writeFileSync(path, content);
  return takeAnswers(books.pool, path, name);
}

async function states(): Promise<Record<string, string>> {
  const { rows } = await books.pool.query<{ id: string; state: string }>(
    `select right(instruction_id, 1) as id, state from payment_orders where business_day = $1 order by 1`,
    [DAY],
  );
  return Object.fromEntries(rows.map((row) => [row.id, row.state]));
}

/** What is in an account over all shops, from the books of settlement. */
async function balance(account: string): Promise<bigint> {
  const { rows } = await books.pool.query<{ rials: string }>(
    `select coalesce(sum(case when credit = $1 then rials else 0 end - case when debit = $1 then rials else 0 end), 0) as rials
       from settlement_postings`,
    [account],
  );
  return BigInt(rows[0]?.rials ?? 0);
}

test('a pain.002 that answers single orders moves just those, once', async () => {
  const file = pain002('A1', [
    { id: order(1), status: 'ACSC' },
    { id: order(2), status: 'RJCT', reason: 'AM04' },
    { id: order(3), status: 'RJCT', reason: 'AC01' },
    { id: order(4), status: 'ACSP' },
  ]);
  const intake = await take('a1.xml', file);
  expect(intake.orders).toEqual({
    paid: { count: 1, rials: 1_000n },
    returned: { count: 2, rials: 5_000n },
    accepted: { count: 1, rials: 4_000n },
  });
  expect((await take('again.xml', file)).repeated).toBe(true);
  expect(await states()).toMatchObject({ 1: 'paid', 2: 'returned', 3: 'returned', 4: 'accepted', 5: 'sent' });
  expect(await balance('bank')).toBe(1_000n);
  expect(await balance('clearing')).toBe(4_000n + 5_000n + 6_000n + 7_000n + 8_000n + 9_000n);
});

test('other content under the same MsgId is refused', async () => {
  await expect(take('a2.xml', pain002('A1', [{ id: order(5), status: 'ACSC' }]))).rejects.toMatchObject({
    code: 'file.conflict',
  });
  expect((await states())['5']).toBe('sent');
});

test.each([
  ['unknown.csv', answerCsv([{ id: 'X1', status: 'ACSC' }]), 'unknown.csv:2:1: no order has the id X1'],
  ['status.csv', answerCsv([{ id: order(5), status: 'MAYBE' }]), 'status.csv:2:16: status may not be "MAYBE"'],
  ['late.csv', answerCsv([{ id: order(2), status: 'ACSC' }]), 'came back earlier'],
  ['cut.xml', pain002('A3', [{ id: order(5), status: 'ACSC' }]).slice(0, -40), 'cut.xml:7:10: unclosed tag'],
  ['none.xml', '<Document><CstmrPmtStsRpt/></Document>', 'it has no GrpHdr/MsgId'],
  [
    'both.csv',
    answerCsv([
      { id: order(5), status: 'ACSC' },
      { id: order(5), status: 'RJCT' },
    ]),
    'is answered differently in line 2',
  ],
  [
    'amount.xml',
    camt053('S0', [{ ids: [order(5)], direction: 'DBIT', rials: '4999' }]),
    `order ${order(5)} is of 5000 rials, not 4999`,
  ],
  [
    'toman.xml',
    camt053('S0', [{ ids: [order(5)], direction: 'DBIT', rials: '500.5' }]),
    `order ${order(5)} is of 5000 rials, not what stands here`,
  ],
  ['header.csv', 'id,status\n', 'the header line lacks end_to_end_id, reason'],
])('%s is refused whole, with line, column and reason', async (name, content, reason) => {
  await expect(take(name, content)).rejects.toThrow(reason);
  expect((await states())['5']).toBe('sent');
});

test('a file that is none of ours is refused by name', async () => {
  await expect(take('x.xml', '<a/>')).rejects.toMatchObject({ code: 'file.unknown' });
});

test('a CSV answers too, and a statement takes a paid order back', async () => {
  await take(
    'b.csv',
    answerCsv([
      { id: order(4), status: 'ACSC' },
      { id: order(5), status: 'acsc' },
    ]),
  );
  const statement = camt053('S1', [
    { ids: [order(6), 'someone-elses'], direction: 'DBIT', rials: '6007' },
    { ids: [order(5)], direction: 'CRDT', reason: 'AC04', rials: '5000.00' },
  ]);
  expect((await take('s1.xml', statement)).orders).toMatchObject({
    paid: { count: 1, rials: 6_000n },
    returned: { count: 1, rials: 5_000n },
  });
  expect(await states()).toMatchObject({ 4: 'paid', 5: 'returned', 6: 'paid' });
});

test('what a statement books as paid, and then as come back, has come back', async () => {
  const statement = camt053('S2', [
    { ids: [order(8)], direction: 'DBIT', rials: '8000' },
    { ids: [order(8)], direction: 'CRDT', reason: 'AM04', rials: '8000' },
  ]);
  expect((await take('s2.xml', statement)).orders).toMatchObject({
    paid: { count: 0 },
    returned: { count: 1, rials: 8_000n },
  });
  expect(await balance('clearing')).toBe(16_000n);
});

test('a word on the whole file answers the orders that are not named, and leaves nothing open', async () => {
  const file = pain002('A4', [{ id: order(7), status: 'RJCT', reason: 'AM04' }], { messageId, status: 'ACSC' });
  expect((await take('a4.xml', file)).orders).toEqual({
    paid: { count: 1, rials: 9_000n },
    returned: { count: 1, rials: 7_000n },
    accepted: { count: 0, rials: 0n },
  });
  expect(await balance('clearing')).toBe(0n);
  expect(['delivered', 'settled']).toContain((await settle(DAY)).clearing.state); // a sweep may have followed it to its end
});

test('what came back goes into the next day, unless its Sheba is at fault', async () => {
  const next = await settle('2026-11-24');
  expect(next.paid).toEqual({ orders: 3, rials: 17_000n });
  const { rows } = await books.pool.query(
    `select merchant_id, rials::int, reason, blocked from payable_carries where consumed_day is null order by 1`,
  );
  expect(rows).toEqual([
    { merchant_id: '000000000000003', rials: 3_000, reason: 'returned by the bank: AC01', blocked: true },
    { merchant_id: '000000000000005', rials: 5_000, reason: 'returned by the bank: AC04', blocked: true },
  ]);
});

/** What orders of a day got, by shop. */
async function paidOn(day: string): Promise<Record<string, number>> {
  const { rows } = await books.pool.query<{ shop: string; rials: number }>(
    `select right(merchant_id, 1) as shop, amount_rials::int as rials from payment_orders where business_day = $1`,
    [day],
  );
  return Object.fromEntries(rows.map((row) => [row.shop, row.rials]));
}

test('what waits for a Sheba goes with the next clearing once two people let it', async () => {
  const [third, fifth] = await blockedCarries(books.pool);
  expect(third).toMatchObject({ rials: '3000', refusedSheba: testSheba(3), sheba: testSheba(3), proposedBy: null });
  const proposal = { reason: 'the shop wrote it wrong', by: 'maryam', sameSheba: false };
  await expect(proposeUnblock(books.pool, third?.merchant ?? '', proposal)).rejects.toThrow('that the bank refused');
  await setSheba(3, 'IR990170000000100000000001');
  await expect(proposeUnblock(books.pool, third?.merchant ?? '', proposal)).rejects.toThrow('wrong check digits');
  await setSheba(3, testSheba(33));
  expect(await proposeUnblock(books.pool, third?.merchant ?? '', proposal)).toEqual({ count: 1, rials: 3_000n });
  await expect(proposeUnblock(books.pool, third?.merchant ?? '', proposal)).rejects.toMatchObject({
    code: 'unblock.state',
  });
  await expect(decideUnblock(books.pool, third?.merchant ?? '', 'approved', ' MARYAM')).rejects.toMatchObject({
    code: 'unblock.same-person',
  });

  await settle('2026-11-25'); // proposed is not approved
  expect(await paidOn('2026-11-25')).toEqual({});

  await setSheba(3, testSheba(34));
  await expect(decideUnblock(books.pool, third?.merchant ?? '', 'approved', 'babak')).rejects.toThrow('changed since');
  await decideUnblock(books.pool, third?.merchant ?? '', 'rejected', 'babak');
  await proposeUnblock(books.pool, third?.merchant ?? '', proposal);
  expect(await decideUnblock(books.pool, third?.merchant ?? '', 'approved', 'babak')).toEqual({
    count: 1,
    rials: 3_000n,
  });
  await expect(decideUnblock(books.pool, third?.merchant ?? '', 'approved', 'babak')).rejects.toMatchObject({
    code: 'unblock.none',
  });
  // The account was only closed for a day: the same Sheba, and a person who says so.
  await proposeUnblock(books.pool, fifth?.merchant ?? '', { ...proposal, sameSheba: true });
  await decideUnblock(books.pool, fifth?.merchant ?? '', 'approved', 'babak');

  await settle('2026-11-26');
  expect(await paidOn('2026-11-26')).toEqual({ 3: 3_000, 5: 5_000 });
  const { rows } = await books.pool.query<{ sheba: string }>(
    `select sheba from payment_orders where business_day = '2026-11-26' order by merchant_id`,
  );
  expect(rows.map((row) => row.sheba)).toEqual([testSheba(34), testSheba(5)]);
  expect(await blockedCarries(books.pool)).toEqual([]);
});

async function setSheba(n: number, sheba: string): Promise<void> {
  await books.pool.query('update merchants set sheba = $2 where merchant_id = $1', [merchantId(n), sheba]);
}

/** Takes two files while somebody holds the order: both are read, staged and waiting before either is applied. */
async function takeAtOnce(day: string, first: string, second: string): Promise<PromiseSettledResult<AnswerIntake>[]> {
  const holder = await books.pool.connect();
  try {
    await holder.query('begin');
    await holder.query('select 1 from payment_orders where business_day = $1 for update', [day]);
    const both = [take(`first-${day}.csv`, first), take(`second-${day}.csv`, second)];
    for (let waiting = 0, looks = 0; waiting < 2 && looks < 400; looks++) {
      await sleep(5);
      const { rows } = await books.pool.query<{ waiting: number }>(
        `select count(distinct pid)::int as waiting from pg_locks where not granted`,
      );
      waiting = rows[0]?.waiting ?? 0;
    }
    await holder.query('rollback');
    return await Promise.allSettled(both);
  } finally {
    holder.release();
  }
}

test.each([
  ['2026-11-27', '14050906', 'RJCT', 'ACSC'],
  ['2026-11-28', '14050907', 'ACSC', 'RJCT'],
])('two files at once on %s, of one order: it is paid or carried, never both', async (day, jalali, one, other) => {
  await books.move(1, day, 'purchase', 1_000);
  await books.move(2, day, 'purchase', 2_000);
  await settle(day);
  const said = (status: string): string =>
    answerCsv([1, 2].map((n) => ({ id: order(n, jalali), status, reason: status === 'RJCT' ? 'AM04' : '' })));
  const both = await takeAtOnce(day, said(one), said(other));
  const { rows } = await books.pool.query<{ state: string; carried: boolean }>(
    `select state, exists (select 1 from payable_carries c where c.source = 'order ' || o.instruction_id) as carried
       from payment_orders o where business_day = $1`,
    [day],
  );
  expect(new Set(rows.map(({ state, carried }) => `${state} ${String(carried)}`)).size).toBe(1);
  expect(rows[0]?.carried).toBe(rows[0]?.state === 'returned');
  // What was paid may come back; what came back cannot be paid any more.
  for (const result of both) {
    if (result.status === 'rejected') expect(String(result.reason)).toContain('came back earlier');
  }
  expect(await unexplained(books.pool, day, day)).toEqual([]);
});

test('not even by hand is an order paid and carried', async () => {
  const paid = `update payment_orders set state = 'paid' where state = 'returned'`;
  await expect(books.pool.query(paid)).rejects.toThrow('paid_or_carried');
  const carried = `insert into payable_carries (merchant_id, created_day, kind, rials, reason, source, order_id, order_state)
    select merchant_id, business_day, 'returned', amount_rials, '', 'order ' || instruction_id, instruction_id, 'returned'
      from payment_orders where state = 'paid' limit 1`;
  await expect(books.pool.query(carried)).rejects.toThrow('paid_or_carried');
  const unnamed = `insert into payable_carries (merchant_id, created_day, kind, rials, reason, source)
    select merchant_id, business_day, 'returned', amount_rials, '', 'order ' || instruction_id
      from payment_orders where state = 'paid' limit 1`;
  await expect(books.pool.query(unnamed)).rejects.toThrow('carry_names_its_order');
});
