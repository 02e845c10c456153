import { afterEach, expect, test } from '@jest/globals';
import { openBench, purchase, until, type Bench } from './support/bench.ts';

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

test('a link signs on, takes its keys, and a purchase is answered under them', async () => {
  const { bank, link } = (bench = await openBench());
  await until(() => link.ready());
  const answer = await link.send(purchase(7, 1_000));
  expect(answer.kind).toBe('answer');
  expect(answer.kind === 'answer' && answer.message.get(39)).toBe('00');
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
