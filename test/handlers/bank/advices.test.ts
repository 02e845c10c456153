import { afterEach, expect, test } from '@jest/globals';
import type { Message } from '../../../src/codec/index.ts';
import { forwardAdvices } from '../../../src/handlers/bank/advices.ts';
import type { QueuedAdvice } from '../../../src/ledger/ledger.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { openBench, purchase, silentLog, until, type Bench } from '../../net/link/support/bench.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The ledger's queue, in memory: due advices under a lease, in order. */
class Queue {
  readonly rows: { advice: QueuedAdvice; dueAt: number; doneRc?: string; why?: string }[] = [];

  add(advice: Partial<QueuedAdvice>): void {
    const id = String(this.rows.length + 1);
    const leg = { stan: `9${id.padStart(5, '0')}`, transmission: '1123083000' };
    const full: QueuedAdvice = {
      id,
      mti: '0420',
      attempts: 0,
      queuedAt: Date.now(),
      terminal: '10000001',
      merchant: '000000000000001',
      rrn: '632712000001',
      amountRials: 1_000n,
      leg,
      originalMti: '0200',
      originalLeg: leg,
      reason: '68',
      ...advice,
    };
    this.rows.push({ advice: full, dueAt: 0 });
  }

  claimAdvices(limit: number, leaseMs: number, now: number): Promise<QueuedAdvice[]> {
    const due = this.rows.filter(({ dueAt, doneRc }) => doneRc === undefined && dueAt <= now).slice(0, limit);
    for (const row of due) {
      row.dueAt = now + leaseMs;
      row.advice = { ...row.advice, attempts: row.advice.attempts + 1 };
    }
    return Promise.resolve(due.map(({ advice }) => advice));
  }

  adviceDone(id: string, rc: string): Promise<void> {
    const row = this.rows[Number(id) - 1];
    if (row !== undefined) row.doneRc = rc;
    return Promise.resolve();
  }

  adviceFailed(id: string, why: string, retryAt: number): Promise<void> {
    const row = this.rows[Number(id) - 1];
    if (row !== undefined) Object.assign(row, { why, dueAt: retryAt });
    return Promise.resolve();
  }
}

/** @param timeoutMs short where silence is meant, long where a busy machine must not be taken for silence */
async function open(timeoutMs = 60): Promise<Bench & { queue: Queue; results: string[] }> {
  const bench = await openBench();
  const queue = new Queue();
  const results: string[] = [];
  const worker = forwardAdvices({
    ledger: queue,
    link: bench.link,
    clock: systemClock,
    log: silentLog,
    timeoutMs,
    pollMs: 5,
    retry: { baseMs: 10, capMs: 40 },
    standstill: { baseMs: 10, capMs: 40 },
    onAttempt: (_advice, result) => results.push(result),
  });
  closers.push(
    () => bench.close(),
    () => worker.stop(),
  );
  await until(() => bench.link.ready());
  return { ...bench, queue, results };
}

test('a reversal reaches the bank, gives the money back, and is done', async () => {
  const { link, bank, queue } = await open();
  const request = purchase(7, 1_000);
  await link.send(request);
  const { 7: transmission = '', 11: stan = '' } = request.fields as Record<string, string>;
  queue.add({ originalLeg: { stan, transmission } });
  await until(() => queue.rows[0]?.doneRc === '00');
  expect(bank.account(7)?.balanceRials).toBe(50_000_000n);
});

test('a reversal that is not answered, or answered with a code that ends nothing, comes again until it is taken', async () => {
  const { bank, queue, results } = await open();
  bank.faults.replace([
    { fault: 'silence', mti: '0420', times: 1 },
    { fault: 'wrong-mac', mti: '0421', times: 1 },
    { fault: 'close', mti: '0421', times: 1 },
    { fault: 'lost', mti: '0421', times: 3 },
  ]);
  queue.add({});
  await until(() => queue.rows[0]?.doneRc === '25');
  expect(results.length).toBeGreaterThanOrEqual(7);
  expect(bank.journal.filter(({ kind }) => kind === 'reversal').length).toBe(1);
});

test('nothing is claimed while no link is signed on, and all of it goes when one is', async () => {
  const { bank, queue, link } = await open(3_000);
  bank.dropConnections();
  await until(() => !link.ready());
  for (let i = 0; i < 100; i++) queue.add({});
  await until(() => queue.rows.every(({ doneRc }) => doneRc === '25'));
  expect(bank.journal.filter(({ kind }) => kind === 'reversal').length).toBe(100);
});

test('an 0220 is delivered too', async () => {
  const { link, queue } = await open(3_000);
  const request = purchase(7, 1_000);
  await link.send(request);
  const { 7: transmission = '', 11: stan = '' } = request.fields as Record<string, string>;
  queue.add({ mti: '0220', originalLeg: { stan, transmission } });
  await until(() => queue.rows[0]?.doneRc === '00');
});

test('an advice that gets no answer holds up none of another card', async () => {
  const { bank, queue } = await open(3_000);
  bank.faults.replace([
    { fault: 'silence', mti: '0420', times: 1 },
    { fault: 'silence', mti: '0421' },
  ]);
  for (let i = 0; i < 200; i++) queue.add({});
  // more than are under way at once
  await until(() => queue.rows.filter(({ doneRc }) => doneRc === '25').length >= 150);
  expect(queue.rows[0]?.doneRc).toBeUndefined();
  bank.faults.replace([]);
  await until(() => queue.rows.every(({ doneRc }) => doneRc === '25'));
});

test('a bank that takes none is asked one at a time, and gets all of them once it takes them', async () => {
  const underWay = { now: 0, most: 0 };
  const bank = { rc: '91', asked: 0 };
  const queue = new Queue();
  const windows: number[] = [];
  const worker = forwardAdvices({
    ledger: queue,
    link: {
      ready: () => true,
      send: async () => {
        underWay.most = Math.max(underWay.most, ++underWay.now);
        await new Promise((done) => setTimeout(done, 2));
        underWay.now--;
        bank.asked++;
        const message = { get: () => bank.rc } as unknown as Message;
        return { kind: 'answer', message, body: Buffer.alloc(0) };
      },
    },
    clock: systemClock,
    log: silentLog,
    timeoutMs: 1_000,
    pollMs: 1,
    retry: { baseMs: 1, capMs: 2 },
    standstill: { baseMs: 5, capMs: 10 },
    onWindow: (size) => windows.push(size),
  });
  closers.push(() => worker.stop());
  for (let i = 0; i < 500; i++) queue.add({});
  await until(() => bank.asked >= 128 + 10);
  underWay.most = 0;
  const asked = bank.asked;
  await until(() => bank.asked >= asked + 10);
  expect([underWay.most, windows.at(-1)]).toEqual([1, 1]);
  bank.rc = '00';
  await until(() => queue.rows.every(({ doneRc }) => doneRc === '00'));
  expect(windows.at(-1)).toBe(128);
});
