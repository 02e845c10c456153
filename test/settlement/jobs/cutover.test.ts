import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { findClearing, type ClearingState } from '../../../src/settlement/clearing/state.ts';
import { businessDateAt, cutOverDue } from '../../../src/settlement/jobs/cutover.ts';
import type { Queues } from '../../../src/settlement/jobs/queue.ts';
import { startWorker } from '../../../src/settlement/jobs/worker.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import { addDays } from '../../../src/field/jalali.ts';
import { shiftDatabaseClock } from '../../support/clock.ts';
import { openBooks, testSheba, type Books } from '../support/books.ts';
import { systemClock } from '../../../src/ops/clock.ts';

const profile = (): ReturnType<typeof builtInProfile> => builtInProfile('ccti-1');
const at = (text: string): number => Date.parse(text);

let books: Books;
let queues: Queues;
beforeAll(async () => {
  books = await openBooks();
  await shiftDatabaseClock(books.pool, 0);
  queues = await books.queues();
  await books.addShop(1, testSheba(1));
});
beforeEach(async () => {
  await books.pool.query('truncate clearings, business_days cascade');
});
afterAll(async () => {
  await books.close();
});

test.each([
  ['2026-11-23T20:29:59Z', '00:00', '2026-11-23'],
  ['2026-11-23T20:30:00Z', '00:00', '2026-11-24'],
  ['2026-11-23T21:29:59Z', '01:00', '2026-11-23'],
  ['2026-11-23T21:30:00Z', '01:00', '2026-11-24'],
])('%s with the cut-over at %s is business day %s', (instant, cutOver, day) => {
  expect(businessDateAt(at(instant), cutOver)).toBe(day);
});

test('days that ended while nobody was there are closed in order, and today stays open', async () => {
  await books.pool.query(`insert into business_days values ('2026-11-20')`);
  const context = { ...books.context, clock: { ...systemClock, now: () => at('2026-11-22T12:00:00Z') } };
  await cutOverDue(context, queues, { at: '00:00', profile });
  await cutOverDue(context, queues, { at: '00:00', profile });
  const { rows } = await books.pool.query(
    `select business_day::text as day, closed_at is not null as closed from business_days order by 1`,
  );
  expect(rows).toEqual([
    { day: '2026-11-20', closed: true },
    { day: '2026-11-21', closed: true },
    { day: '2026-11-22', closed: false },
  ]);
  expect(await findClearing(books.pool, '2026-11-21')).toMatchObject({ maker: 'gateway' });
});

test('a clock that is 40 days ahead closes no day that has not ended by the database', async () => {
  const [today, yesterday] = [businessDateAt(Date.now(), '00:00'), businessDateAt(Date.now() - 86_400_000, '00:00')];
  await books.pool.query('insert into business_days values ($1)', [yesterday]);
  const ahead = { ...systemClock, now: () => Date.now() + 40 * 86_400_000 };
  for (const wrong of [{ clock: ahead }, { clock: ahead, ownClock: ahead }]) {
    const context = { ...books.context, clock: wrong.clock };
    await cutOverDue(context, queues, { at: '00:00', profile, ...wrong });
  }
  const { rows } = await books.pool.query(
    `select business_day::text as day, closed_at is not null as closed from business_days order by 1`,
  );
  expect(rows).toEqual([
    { day: yesterday, closed: true },
    { day: today, closed: false },
  ]);
});

test('the scheduler closes the day when its time comes, and its files wait for a person', async () => {
  // Two seconds from now the business day ends.
  const cutOver = new Date(Date.now() + 2_000 + 3.5 * 3_600_000).toISOString().slice(11, 19);
  const day = businessDateAt(Date.now(), cutOver);
  await books.pool.query('insert into business_days values ($1)', [day]);
  await books.move(1, day, 'purchase', 1_000);
  // A sweep would close it too, but comes too late here.
  const timing = { work: { concurrency: 2, lockMs: 5_000 }, sweepMs: 600_000 };
  const worker = await startWorker(books.context, queues, timing, { at: cutOver, profile });
  expect(await findClearing(books.pool, day)).toBeUndefined();
  let state: ClearingState | undefined;
  for (let tries = 0; tries < 1_000 && state !== 'written'; tries++) {
    await sleep(20);
    state = (await findClearing(books.pool, day))?.state;
  }
  expect(state).toBe('written');
  const { rows } = await books.pool.query(
    `select business_day::text as day from business_days where closed_at is null`,
  );
  expect(rows).toEqual([{ day: addDays(day, 1) }]);
  await worker.close();
});

test('a day without a purchase needs no file and no second person', async () => {
  await books.pool.query(`insert into business_days values ('2026-11-01')`);
  const context = { ...books.context, clock: { ...systemClock, now: () => at('2026-11-02T12:00:00Z') } };
  const timing = { work: { concurrency: 2, lockMs: 5_000 }, sweepMs: 100 };
  const worker = await startWorker(context, queues, timing, { at: '00:00', profile });
  let state: ClearingState | undefined;
  for (let tries = 0; tries < 1_000 && state !== 'settled'; tries++) {
    await sleep(20);
    state = (await findClearing(books.pool, '2026-11-01'))?.state;
  }
  expect(state).toBe('settled');
  await worker.close();
});
