import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { tracePaid } from '../../src/gateway/trace-paid.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { openTraces, type OpenTraces } from '../../src/traces/index.ts';
import { boundOf, idsOf, LOT_SQL, lotOf } from '../../src/traces/sample.ts';
import { testSheba } from '../settlement/support/books.ts';
import { clearDay } from '../settlement/support/clear.ts';
import { openLedgerBooks, type LedgerBooks } from '../settlement/support/ledger-books.ts';
import { openCollector, type Collector } from './collector.ts';

/** What follows an answer, in the trace that the answer began: found again by what names the transaction, and by nothing that was kept. */

const DAY = '2026-12-29';
const NOW = Date.parse('2026-12-30T08:00:00Z');
const rrnOf = (n: number): string => `636311${String(n).padStart(6, '0')}`;
let books: LedgerBooks;
let collector: Collector;

beforeAll(async () => {
  [books, collector] = await Promise.all([openLedgerBooks(), openCollector()]);
  await books.openDay(DAY);
  for (const n of [1, 2]) await books.addShop(n, testSheba(n));
  await books.add([1, 2, 3].map((id) => ({ id, kind: 'purchase', day: DAY, shop: 1 + (id % 2), voucher: 100_000 * id, rrn: rrnOf(id), household: id }))); // prettier-ignore
  await clearDay(books, DAY);
});
afterAll(async () => {
  await collector.close();
  await books.close();
});

function open(perThousand: number): Promise<OpenTraces> {
  const log = pino({ level: 'silent' });
  return openTraces({ url: collector.url, perThousand, clock: systemClock, random: systemRandom, log });
}

test('a purchase of the sample is followed to its payment order', async () => {
  const traces = await open(1_000);
  expect(await tracePaid(books.pool, traces, DAY, NOW)).toBe(3);
  await traces.close();
  const { rows } = await books.pool.query<{ terminal: string; stan: string; localTime: string; localDate: string }>(
    `select terminal_id as terminal, stan, local_time as "localTime", local_date as "localDate" from transactions where business_day = $1 and kind = 'purchase'`,
    [DAY],
  );
  const spans = collector.spans();
  for (const ids of rows.map(idsOf)) {
    const own = spans.filter(({ traceId }) => traceId === ids.traceId);
    expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(['business-day', 'netting', 'order']));
    expect(new Set(own.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([ids.spanId]));
    const order = own.find(({ name }) => name === 'order')?.attributes ?? [];
    expect(order.map(({ key }) => key)).toEqual(expect.arrayContaining(['kalabarg.order', 'kalabarg.outcome']));
    expect(own.every((one) => BigInt(one.startTimeUnixNano) <= BigInt(one.endTimeUnixNano))).toBe(true);
  }
  expect(collector.bodies.join('')).not.toMatch(/IR\d{20}|603799/);
});

test('the books draw the lots that the gateway draws, and a sample of none is none', async () => {
  const keys = [
    { terminal: '10000001', stan: '000001', localTime: '000000', localDate: '0101' },
    { terminal: '10000001', stan: '999999', localTime: '235959', localDate: '1231' },
    { terminal: 'A', stan: '123456', localTime: '120102', localDate: '1404' },
    { terminal: 'A', stan: '7', localTime: '123456', localDate: '991231' },
  ];
  const { rows } = await books.pool.query<{ lot: string }>(
    `select ${LOT_SQL} as lot from unnest($1::text[], $2::text[], $3::text[]) as t (stan, local_time, local_date)`,
    [keys.map(({ stan }) => stan), keys.map(({ localTime }) => localTime), keys.map(({ localDate }) => localDate)],
  );
  expect(rows.map(({ lot }) => Number(lot))).toEqual(keys.map(lotOf));
  const odd = await books.pool.query<{ lot: string | null }>(`select ${LOT_SQL} as lot from (values ('x', '1', '1')) as t (stan, local_time, local_date)`); // prettier-ignore
  expect(odd.rows).toEqual([{ lot: null }]);
});

test('one in a hundred is about one in a hundred, whatever runs in order', () => {
  const bound = boundOf(10);
  let taken = 0;
  for (let n = 0; n < 100_000; n++) {
    const second = String(n % 60).padStart(2, '0');
    if (lotOf({ terminal: '1', stan: String(n % 1_000_000).padStart(6, '0'), localTime: `1234${second}`, localDate: '1009' }) < bound) taken++; // prettier-ignore
  }
  expect(taken).toBeGreaterThan(800);
  expect(taken).toBeLessThan(1_200);
});

test('a repeat joins the trace of the first, as a span of its own', async () => {
  const traces = await open(1_000);
  const before = collector.spans().length;
  const key = { terminal: '10000009', stan: '000042', localTime: '120000', localDate: '1009' };
  for (const isRepeat of [false, true])
    traces.begin(key, isRepeat, { at: NOW, monotonic: systemClock.monotonic() }, {})?.end({});
  await traces.close();
  const { traceId, spanId } = idsOf(key);
  expect(collector.spans().slice(before)).toMatchObject([
    { traceId, spanId },
    { traceId, parentSpanId: spanId },
  ]);
});

test.each(['collector:4318', 'ftp://collector/v1/traces', 'http://', 'x'])('%s is no collector', async (url) => {
  const log = pino({ level: 'silent' });
  const opened = openTraces({ url, perThousand: 1, clock: systemClock, random: systemRandom, log });
  await expect(opened).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining('KALABARG_TRACE_URL'),
  });
});
