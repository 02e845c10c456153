import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { doubtBook, type DoubtBook, type DoubtCount } from '../../../src/handlers/bank/doubts.ts';
import { watchDoubts } from '../../../src/handlers/bank/watch.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import type { Log } from '../../../src/ops/log.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../../support/postgres.ts';
import { until } from '../../net/link/support/bench.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;
let book: DoubtBook;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 2 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  book = doubtBook(pool);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

async function advice(state: { queuedAt: number; doneRc?: string }): Promise<string> {
  const leg = JSON.stringify({ stan: '000001', transmission: '1123083000' });
  const { rows } = await pool.query<{ advice_id: string }>(
    `insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg,
                               reason, queued_at, due_at, attempts, last_error, done_rc, done_at)
     values ('7', '0420', '10000001', '000000000000001', '632712000001', 1000, $1, '0200', $1, '68', $2, 9e12, 3,
             'no answer in time', $3, case when $3::text is null then null else now() end)
     returning advice_id`,
    [leg, state.queuedAt, state.doneRc ?? null],
  );
  return rows[0]?.advice_id ?? '';
}

test('what the bank has not taken, or refused for good, is in doubt with an owner and an age, the oldest first', async () => {
  const refused = await advice({ queuedAt: 2_000, doneRc: '05' });
  const open = await advice({ queuedAt: 1_000 });
  await advice({ queuedAt: 500, doneRc: '00' });
  expect(await book.list(10)).toEqual([
    expect.objectContaining({
      kind: 'advice',
      id: open,
      since: 1_000,
      owner: 'gateway',
      attempts: 3,
      amountRials: 1_000n,
    }),
    expect.objectContaining({ kind: 'refused', id: refused, since: 2_000, why: 'the bank answered 05' }),
  ]);
  expect(new Map((await book.count()).map(({ kind, count, oldest }) => [kind, [count, oldest]]))).toEqual(
    new Map([
      ['advice', [1, 1_000]],
      ['refused', [1, 2_000]],
    ]),
  );
});

test('a person takes an advice, has it sent again, and resolves only what the bank refused', async () => {
  const [open, refused] = (await book.list(10)).map(({ id }) => id ?? '');
  expect(await book.own(open ?? '', 'maryam', 'called the bank')).toBe(true);
  expect((await book.list(1))[0]).toMatchObject({ owner: 'maryam', note: 'called the bank' });
  expect(await book.retry(open ?? '', 5_000)).toBe(true);
  const { rows } = await pool.query('select due_at from bank_advices where advice_id = $1', [open]);
  expect(rows).toEqual([{ due_at: '5000' }]);
  expect(await book.resolve(open ?? '', 'maryam', 'by hand')).toBe(false);
  expect(await book.resolve(refused ?? '', 'maryam', 'the bank paid it back by hand')).toBe(true);
  expect((await book.list(10)).map(({ id }) => id)).toEqual([open]);
  expect(await book.retry(refused ?? '', 5_000)).toBe(false);
  expect(await book.own('999999', 'maryam', undefined)).toBe(false);
});

test('a refused reversal that is retried is an open one again', async () => {
  const refused = await advice({ queuedAt: 3_000, doneRc: '05' });
  expect(await book.retry(refused, 6_000)).toBe(true);
  expect((await book.list(10)).find(({ id }) => id === refused)?.kind).toBe('advice');
});

test.each<[string, DoubtCount[], string[]]>([
  ['nothing', [], []],
  ['a young advice', [{ kind: 'advice', count: 1, oldest: Date.now() }], []],
  ['more advices than a quiet day has', [{ kind: 'advice', count: 1_001, oldest: Date.now() }], ['advice']],
  ['an old advice', [{ kind: 'advice', count: 3, oldest: 0 }], ['advice']],
  ['a leg that nobody ended', [{ kind: 'held', count: 1, oldest: 0 }], ['held']],
  ['a reversal that was refused just now', [{ kind: 'refused', count: 1, oldest: Date.now() }], ['refused']],
])('%s: the alarm', async (_name, counts, alarms) => {
  const raised: string[] = [];
  const gauges = new Map<string, number>();
  const log = { error: ({ kind }: { kind: string }) => raised.push(kind) } as unknown as Log;
  const watch = watchDoubts({
    doubts: { count: () => Promise.resolve(counts) },
    clock: systemClock,
    log,
    onCount: (kind, count) => gauges.set(kind, count),
  });
  await until(() => gauges.size === 3);
  await watch.stop();
  expect(raised).toEqual(alarms);
  for (const { kind, count } of counts) expect(gauges.get(kind)).toBe(count);
});
