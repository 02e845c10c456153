import { afterEach, expect, test } from '@jest/globals';
import type { LinkAnswer } from '../../../src/net/link/index.ts';
import type { FaultRule } from '../../../src/simulators/bank/index.ts';
import { openBench, purchase, until, type Bench } from './support/bench.ts';

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const rc = (answer: LinkAnswer): string | undefined =>
  answer.kind === 'answer' ? answer.message.get(39) : answer.kind;

test('a link signs on, takes its keys, and a purchase is answered under them', async () => {
  const { bank, link } = (bench = await openBench());
  await until(() => link.ready());
  expect(rc(await link.send(purchase(7, 1_000)))).toBe('00');
  expect(bank.account(7)?.balanceRials).toBe(49_999_000n);
});

test('answers come in any order, each to its own request', async () => {
  const { bank, link } = (bench = await openBench());
  await until(() => link.ready());
  bank.faults.replace([{ fault: 'delay', ms: 60, probability: 0.5 }]);
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => link.send(purchase(i + 1, 100 + i))));
  answers.forEach((answer, i) => {
    expect(answer.kind === 'answer' && answer.message.get(4)).toBe(String(100 + i).padStart(12, '0'));
  });
});

const faults: { name: string; rule: FaultRule; expected: string }[] = [
  { name: 'an answer in two halves is put together', rule: { fault: 'half-frame', ms: 20 }, expected: '00' },
  {
    name: 'an answer that comes after the next one still finds its request',
    rule: { fault: 'reorder', ms: 30 },
    expected: '00',
  },
  { name: 'an answer that comes twice is taken once', rule: { fault: 'duplicate' }, expected: '00' },
  { name: 'a decline is an answer', rule: { fault: 'decline', rc: '61' }, expected: '61' },
  { name: 'an answer with a wrong MAC proves nothing', rule: { fault: 'wrong-mac' }, expected: 'forged' },
  { name: 'silence ends at the deadline', rule: { fault: 'silence' }, expected: 'timeout' },
  { name: 'a request that got lost ends at the deadline', rule: { fault: 'lost' }, expected: 'timeout' },
  {
    name: 'a connection that closes in the middle of an answer ends its requests at once',
    rule: { fault: 'close-mid-frame' },
    expected: 'lost',
  },
  { name: 'a connection that closes on a request ends it at once', rule: { fault: 'close' }, expected: 'lost' },
];

test.each(faults)('$name', async ({ rule, expected }) => {
  const { bank, link } = (bench = await openBench());
  await until(() => link.ready());
  bank.faults.replace([{ ...rule, times: 1 }]);
  expect(rc(await link.send(purchase(7, 1_000, { deadlineAt: Date.now() + 150 })))).toBe(expected);
  await until(() => link.ready());
  expect(rc(await link.send(purchase(8)))).toBe('00');
});

test('a late answer is known as late, a second one as a duplicate', async () => {
  const { bank, link, events } = (bench = await openBench());
  await until(() => link.ready());
  bank.faults.replace([
    { fault: 'late', ms: 80, times: 1 },
    { fault: 'duplicate', times: 1 },
  ]);
  expect(rc(await link.send(purchase(7, 1_000, { deadlineAt: Date.now() + 40 })))).toBe('timeout');
  expect(rc(await link.send(purchase(8)))).toBe('00');
  await until(() => events.some(({ kind }) => kind === 'late') && events.some(({ kind }) => kind === 'duplicate'));
});

test('a second request of the same name does not leave while the first is at work', async () => {
  const { bank, link } = (bench = await openBench());
  await until(() => link.ready());
  bank.faults.replace([{ fault: 'delay', ms: 50, times: 1 }]);
  const request = purchase(7);
  const both = await Promise.all([link.send(request), link.send(request)]);
  expect(both.map(rc).sort()).toEqual(['00', 'unsent']);
  expect(bank.journal.length).toBe(1);
});

test('without a link nothing is sent, and that is said at once', async () => {
  const { bank, link } = (bench = await openBench());
  await until(() => link.ready());
  await bank.close();
  await until(() => !link.ready());
  expect(await link.send(purchase(7))).toEqual({ kind: 'unsent', why: 'no link to the bank is signed on' });
});

test('a request whose deadline passes in the queue never leaves', async () => {
  const { bank, link } = (bench = await openBench({ window: 1 }));
  await until(() => link.ready());
  bank.faults.replace([{ fault: 'silence', times: 1 }]);
  const first = link.send(purchase(7, 1_000, { deadlineAt: Date.now() + 120 }));
  const second = await link.send(purchase(8, 1_000, { deadlineAt: Date.now() + 40 }));
  expect(second).toEqual({ kind: 'unsent', why: 'its deadline passed' });
  expect(rc(await first)).toBe('timeout');
  expect(bank.journal.map(({ account }) => account)).toEqual([7]);
});

test('a full queue refuses, it does not grow', async () => {
  const { bank, link } = (bench = await openBench({ window: 1, queueLimit: 1 }));
  await until(() => link.ready());
  bank.faults.replace([{ fault: 'delay', ms: 30 }]);
  const answers = await Promise.all([1, 2, 3].map((household) => link.send(purchase(household))));
  expect(answers.map(rc)).toEqual(['00', '00', 'unsent']);
});

test('reversals go before card legs, and these before inquiries', async () => {
  const { bank, link } = (bench = await openBench({ window: 1 }));
  await until(() => link.ready());
  bank.faults.replace([{ fault: 'delay', ms: 40, times: 1 }]);
  await Promise.all([
    link.send(purchase(1)),
    link.send(purchase(2, 0, { priority: 'inquiry' })),
    link.send(purchase(3, 1_000, { priority: 'card' })),
    link.send(purchase(4, 1_000, { priority: 'reversal' })),
  ]);
  expect(bank.journal.map(({ account }) => account)).toEqual([1, 4, 3, 2]);
});

test('a request that cannot be built is not sent, and says why', async () => {
  const { bank, link } = (bench = await openBench());
  await until(() => link.ready());
  const fault = new Error('no such PIN');
  const answer = await link.send(purchase(7, 1, { pin: () => Promise.reject(fault) }));
  expect(answer).toEqual({ kind: 'unsent', why: 'no such PIN', cause: fault });
  expect(bank.journal).toEqual([]);
});
