import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeAnswers } from '../../src/settlement/answers/take.ts';
import { beginClearing, closeDay } from '../../src/settlement/clearing/close.ts';
import { makeOrders } from '../../src/settlement/clearing/make.ts';
import { netShard } from '../../src/settlement/clearing/net.ts';
import { releaseClearing } from '../../src/settlement/clearing/release.ts';
import { writeFiles } from '../../src/settlement/clearing/write.ts';
import { deliverFiles } from '../../src/settlement/clearing/deliver.ts';
import { builtInProfile } from '../../src/settlement/payments/profile.ts';
import { merchantId, testSheba } from '../settlement/support/books.ts';
import { answerCsv } from '../settlement/support/bank.ts';
import { openLedgerBooks, type LedgerBooks } from '../settlement/support/ledger-books.ts';
import { kalabarg } from '../support/command.ts';
import { runCommand, type CommandResult } from '../support/system.ts';

/** The commands with which people stop and free money, as they are typed. One database; each test has days of its own. */

let books: LedgerBooks;
let environment: Record<string, string>;
beforeAll(async () => {
  books = await openLedgerBooks();
  environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: books.dataDir,
    DATABASE_URL: books.databaseUrl,
    KALABARG_DATA: books.dataDir,
  };
  Object.assign(process.env, environment);
  for (const n of [1, 2]) await books.addShop(n, testSheba(n));
});
afterAll(async () => {
  await books.close();
});

/** `kalabarg settlement …`; `_` stands for a blank within a word. */
async function settlement(line: string): Promise<CommandResult> {
  const { out, errors, status } = await kalabarg('settlement', ...wordsOf(line));
  return { status, stdout: out, stderr: errors };
}

const wordsOf = (line: string): string[] => line.split(' ').map((word) => word.replaceAll('_', ' '));

async function says(line: string, stdout: string): Promise<void> {
  expect([line, await settlement(line)]).toEqual([line, { status: 0, stdout, stderr: '' }]);
}

/** Status 1, nothing on standard output, and this on standard error. */
async function refuses(line: string, stderr: string): Promise<void> {
  const { status, stdout, stderr: said } = await settlement(line);
  expect([line, status, stdout, said]).toEqual([line, 1, '', expect.stringContaining(stderr)]);
}

async function jsonOf(line: string): Promise<unknown> {
  const { status, stdout, stderr } = await settlement(`${line} --json`);
  expect([line, status, stderr]).toEqual([line, 0, '']);
  return JSON.parse(stdout);
}

/** Refused with `--json`: the code. By a process of its own: its arguments say in which form faults are told. */
async function codeOf(line: string): Promise<string> {
  const { status, stdout, stderr } = await runCommand(['settlement', ...wordsOf(line), '--json'], environment);
  expect([line, status, stdout]).toEqual([line, 1, '']);
  return (JSON.parse(stderr) as { error: { code: string } }).error.code;
}

let ids = 0;
async function net(day: string, rials: readonly number[]): Promise<void> {
  const { pool, context } = books;
  await books.openDay(day);
  await books.add(rials.map((voucher, at) => ({ id: ++ids, kind: 'purchase', day, shop: at + 1, voucher })));
  await beginClearing(pool, { day, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 1 }, context.clock);
  await closeDay(pool, day, context.clock);
  await netShard(pool, day, 0);
}

async function make(day: string, rials: readonly number[]): Promise<{ file: string; orders: string[] }> {
  await net(day, rials);
  await makeOrders(books.pool, day);
  await writeFiles(books.pool, day, books.dataDir);
  const { rows } = await books.pool.query<{ file: string; orders: string[] }>(
    `select message_id as file, array_agg(instruction_id order by instruction_id) as orders from payment_orders
      where business_day = $1 group by 1`,
    [day],
  );
  const [made] = rows;
  if (made === undefined || rows.length > 1) throw new Error(`${day} has ${rows.length} files`);
  return made;
}

test('hold keeps one order from leaving: its file is made again without it', async () => {
  const day = '2026-11-20';
  const { orders } = await make(day, [1_000, 2_000]);
  const [one, other] = orders as [string, string];
  await refuses(`hold ${one} --reason the_police_asked`, 'give --by <name>');
  await refuses('hold 14050829999999 --by sara --reason x', 'No order has the id 14050829999999.');
  expect(await codeOf('hold 14050829999999 --by sara --reason x')).toBe('hold.unknown');
  await says(
    `hold ${one} --by sara --reason the_police_asked`,
    `Held: 1,000 rials of ${merchantId(1)}. Two people let them go on: kalabarg settlement unblock.`,
  );
  const made = (): string[] => readdirSync(join(books.dataDir, 'settlement', 'made'));
  expect(made()).toHaveLength(1);
  await refuses(`hold ${one} --by sara --reason again`, 'is released or held already');
  expect(await jsonOf(`hold ${other} --by babak --reason that_too`)).toEqual({
    order: other,
    day,
    merchant: merchantId(2),
    rials: '2000',
    state: 'held',
  });
  expect(made()).toEqual([]);
  const { rows } = await books.pool.query(
    `select actor from settlement_events where business_day = $1 and event = 'held' order by event_id`,
    [day],
  );
  expect(rows).toEqual([{ actor: 'sara' }, { actor: 'babak' }]);
});

test('unblock lists what is held, and lets it go when two people say so', async () => {
  const listed = await settlement('unblock');
  expect(listed).toMatchObject({ status: 0, stderr: '' });
  expect(listed.stdout).toMatch(/000000000000001 +│ 2026-11-20 │ 1,000 /);
  const lines = (await settlement('unblock --json')).stdout.trim().split('\n').map((line) => JSON.parse(line) as object); // prettier-ignore
  const held = { day: '2026-11-20', refusedSheba: '', proposedBy: null };
  expect(lines).toMatchObject([
    { ...held, merchant: merchantId(1), rials: '1000', sheba: testSheba(1) },
    { ...held, merchant: merchantId(2), rials: '2000', sheba: testSheba(2) },
  ]);
  const [shop, other] = [merchantId(1), merchantId(2)];
  await refuses(`unblock ${shop} --reason it_is_settled`, 'give --by <name>');
  await refuses(`unblock ${shop} --by sara`, '--reason: give it: why the money can be paid now.');
  await refuses(`unblock ${shop} --by sara --approve --reject`, '--approve --reject: give one of them.');
  await refuses(`unblock ${shop} --by babak --approve`, `Nothing is proposed for merchant ${shop}.`);
  expect(await codeOf(`unblock 999999999999999 --by sara --reason x`)).toBe('unblock.none');
  await says(
    `unblock ${shop} --by sara --reason it_is_settled`,
    `1,000 rials of ${shop} wait for a second person: kalabarg settlement unblock ${shop} --approve`,
  );
  await refuses(`unblock ${shop} --by babak --reason too`, 'sara proposed it already');
  await refuses(`unblock ${shop} --by SARA --approve`, 'another person must approve it.');
  await says(`unblock ${shop} --by babak --approve`, `1,000 rials of ${shop} go with the next clearing.`);
  const asked = `unblock ${other} --by sara --reason it_is_settled`;
  expect(await jsonOf(asked)).toEqual({ merchant: other, rials: '2000', state: 'proposed' });
  const rejected = { merchant: other, rials: '2000', state: 'rejected' };
  expect(await jsonOf(`unblock ${other} --by babak --reject`)).toEqual(rejected);
  await jsonOf(asked);
  expect(await jsonOf(`unblock ${other} --by babak --approve`)).toEqual({ ...rejected, state: 'approved' });
  await says('unblock', 'Nothing is blocked.');
  const { orders } = await make('2026-11-21', []);
  expect(orders).toHaveLength(2);
});

test('unblock pays no Sheba that the bank refused, unless people say that the bank erred', async () => {
  const day = '2026-11-22';
  const { file, orders } = await make(day, [5_000]);
  await releaseClearing(books.pool, day, 'babak');
  await deliverFiles(books.pool, day, books.dataDir);
  const answer = join(books.dataDir, `${file}.csv`);
  writeFileSync(answer, answerCsv([{ id: orders[0] ?? '', status: 'RJCT', reason: 'AC04' }]));
  await takeAnswers(books.pool, answer, 'returned.csv');
  const shop = merchantId(1);
  const asked = `unblock ${shop} --by sara --reason the_account_is_open_again`;
  await refuses(asked, `${testSheba(1)} is the Sheba that the bank refused. Correct it first, or say --same-sheba`);
  expect(await jsonOf(`${asked} --same-sheba`)).toEqual({ merchant: shop, rials: '5000', state: 'proposed' });
  await books.pool.query('update merchants set sheba = $2 where merchant_id = $1', [shop, testSheba(11)]);
  expect(await codeOf(`unblock ${shop} --by babak --approve`)).toBe('unblock.sheba');
  await says(`unblock ${shop} --by sara --reject`, `5,000 rials of ${shop} stay blocked.`);
});

test('delivery takes one word that a file arrived, and two that it did not', async () => {
  const [came, lost] = ['2026-11-23', '2026-11-24'];
  const file = async (day: string): Promise<string> => {
    const made = await make(day, [0, 700]);
    await releaseClearing(books.pool, day, 'babak');
    return made.file;
  };
  const inDoubt = (id: string): Promise<unknown> =>
    books.pool.query('update payment_files set leaving_at = now() where message_id = $1', [id]);
  const one = await file(came);
  const word = `delivery ${one} --by sara --reason the_bank_said_so`;
  await refuses(word, '--arrived, --send-again: give one of them.');
  await refuses(`${word} --arrived --send-again`, '--arrived, --send-again: give one of them.');
  await refuses(`delivery ${one} --reason x --arrived`, 'give --by <name>');
  await refuses(`${word} --arrived`, `No file ${one} is in doubt: it is delivered, or has not left yet.`);
  await inDoubt(one);
  await says(`${word} --arrived`, `${one} counts as delivered.`);
  expect(await codeOf(`${word} --arrived`)).toBe('delivery.known');

  const other = await file(lost);
  await inDoubt(other);
  const again = `delivery ${other} --reason the_bank_has_nothing --send-again`;
  expect(await jsonOf(`${again} --by sara`)).toEqual({ file: other, state: 'noted' });
  await refuses(`${again} --by Sara`, 'said so already: another person must say it too.');
  await says(`${again} --by babak`, `${other} goes out again with the next try.`);
  await inDoubt(other);
  await says(`${again} --by babak`, 'Noted. It goes out again once another person says so too.');
  expect(await jsonOf(`${again} --by sara`)).toEqual({ file: other, state: 'send-again' });
  await inDoubt(other);
  expect(await jsonOf(`delivery ${other} --reason x --arrived --by sara`)).toEqual({ file: other, state: 'delivered' });
});

test('accept lists what keeps a day from being made, and lets it go on when two people say so', async () => {
  const day = '2026-11-25';
  await net(day, [0, 900]);
  await refuses('accept yesterday', '<day> yesterday: give a day: Gregorian as 2026-11-23, or Jalali as 1405-09-02.');
  await refuses('accept 2026-01-01', '2026-01-01');
  await says(`accept ${day}`, `Nothing stopped ${day}.`);
  expect(await codeOf(`accept ${day} --by sara --reason x`)).toBe('waiver.none');
  await books.pool.query(
    `update payment_files set sum_rials = sum_rials + 1 where business_day = '2026-11-22' and withdrawn_at is null`,
  );
  await expect(makeOrders(books.pool, day)).rejects.toMatchObject({ code: 'clearing.unexplained' });
  const listed = await settlement('accept 1405-09-04');
  expect(listed).toMatchObject({ status: 0, stderr: '' });
  expect(listed.stdout).toContain('is not the sum of its orders');
  expect(await jsonOf(`accept ${day}`)).toMatchObject({ merchant: null, rials: expect.any(String) });
  await refuses(`accept ${day} --reason x`, 'give --by <name>');
  await refuses(`accept ${day} --by sara`, '--reason: give it: why the money is right all the same.');
  await refuses(`accept ${day} --by sara --approve --reject`, '--approve --reject: give one of them.');
  await refuses(`accept ${day} --by babak --approve`, `Nothing is proposed for ${day}.`);
  const asked = `accept ${day} --by sara --reason the_file_is_right`;
  await says(asked, 'Proposed. Another person approves it: --approve.');
  await refuses(asked, 'is proposed already: approve or reject that.');
  await refuses(`accept ${day} --by SARA --approve`, 'another person must approve it.');
  await says(`accept ${day} --by sara --reject`, 'Rejected.');
  expect(await jsonOf(asked)).toEqual({ day, state: 'proposed' });
  expect(await jsonOf(`accept ${day} --by babak --reject`)).toEqual({ day, state: 'rejected' });
  await jsonOf(asked);
  expect(await jsonOf(`accept ${day} --by babak --approve`)).toEqual({ day, state: 'approved' });
  await makeOrders(books.pool, day);
  const { rows } = await books.pool.query(
    'select merchant_id as shop, amount_rials::text as rials from payment_orders where business_day = $1',
    [day],
  );
  expect(rows).toEqual([{ shop: merchantId(2), rials: '900' }]);
});
