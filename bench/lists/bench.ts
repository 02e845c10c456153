import { parseArgs } from 'node:util';
import pg from 'pg';
import { doubtBook } from '../../src/handlers/bank/doubts.ts';
import { addDays } from '../../src/field/jalali.ts';
import { listBreaks } from '../../src/settlement/acquirer/index.ts';
import { answerFiles, boardDays, boardFiles, dayTotals, fileLines } from '../../src/settlement/board/index.ts';
import { listCertificates } from '../../src/terminals/certificates/index.ts';
import { listTerminals } from '../../src/terminals/index.ts';
import { listTransactions, readFacts, search, timelineOf, type TransactionFilter } from '../../src/timeline/index.ts';
import { temporaryPostgres } from '../../test/support/postgres.ts';
import { fillDays, shopOf, terminalOf, type Filled } from './books.ts';

/** How long each list of the console takes on books of many transactions: the first time, and warm: median, p95 and the slowest of twenty. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      transactions: { type: 'string', default: '10000000' },
      days: { type: 'string', default: '30' },
      url: { type: 'string' },
      only: { type: 'string', default: '' },
    },
  });
  const server =
    values.url === undefined
      ? await temporaryPostgres({ fsync: 'off', shared_buffers: '2GB', max_wal_size: '8GB' })
      : undefined;
  const pool = new pg.Pool({ connectionString: server?.url ?? values.url, max: 4 });
  pool.on('error', () => undefined);
  try {
    const [transactions, days] = [Number(values.transactions), Number(values.days)];
    const filled =
      server === undefined
        ? {
            first: addDays('2026-11-26', 1 - days),
            last: '2026-11-26',
            shops: Math.max(100, Math.floor(transactions / 100)),
            perDay: Math.floor(transactions / days),
          }
        : await fillDays(server.url, transactions, days);
    await measure(pool, filled, values.only);
  } finally {
    await pool.end();
    await server?.stop();
  }
}

const ROUNDS = 20;

async function measure(pool: pg.Pool, filled: Filled, only: string): Promise<void> {
  for (const [name, work] of await cases(pool, filled)) {
    if (!name.includes(only)) continue;
    const times: number[] = [];
    let rows = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      const began = performance.now();
      rows = await work();
      times.push(performance.now() - began);
    }
    const [first = 0, ...next] = times;
    const warm = next.toSorted((one, other) => one - other);
    const at = (share: number): string =>
      `${(warm[Math.ceil(share * warm.length) - 1] ?? 0).toFixed(0).padStart(4)} ms`;
    console.log(
      `${name.padEnd(56)} ${String(rows).padStart(6)} rows  first ${first.toFixed(0).padStart(5)} ms  median ${at(0.5)}  p95 ${at(0.95)}  most ${at(1)}`,
    );
  }
}

type Case = readonly [string, () => Promise<number>];

async function cases(pool: pg.Pool, { first, last, shops, perDay }: Filled): Promise<Case[]> {
  const transactions =
    (filter: TransactionFilter): (() => Promise<number>) =>
    async () =>
      (await listTransactions(pool, filter, { limit: 50 })).rows.length;
  const middle = addDays(first, 14);
  const { rows } = await pool.query<{ household: string; id: string; day: string; rrn: string; token: string }>(
    `select household_id as household, transaction_id::text as id, business_day::text as day, rrn, token from transactions
      where business_day = $1 and kind = 'purchase' and rc = '00' and token ~ '^[0-9A-Za-z]{22}$' limit 1`,
    [middle],
  );
  const one = rows[0] ?? { household: '', id: '0', day: middle, rrn: '', token: '' };
  const { rows: files } = await pool.query<{ id: string }>(
    'select message_id as id from payment_files order by 1 limit 1',
  );
  const file = files[0]?.id ?? '';
  const now = Date.now();
  return [
    ['transactions', transactions({})],
    ['transactions, page in the middle of a day', async () => (await listTransactions(pool, {}, { limit: 50, after: { day: middle, id: String(BigInt(one.id) + BigInt(Math.floor(perDay / 2))) } })).rows.length],
    ['transactions, kind=purchase&state=approved', transactions({ kind: 'purchase', state: 'approved' })],
    ['transactions, state=declined', transactions({ state: 'declined' })],
    ['transactions, state=reversed', transactions({ state: 'reversed' })],
    ['transactions, state=held (none)', transactions({ state: 'held' })],
    ['transactions, code=51', transactions({ code: '51' })],
    ['transactions, code=94 (rare)', transactions({ code: '94' })],
    ['transactions, code=30 (none)', transactions({ code: '30' })],
    ['transactions, code=94&kind=return (none)', transactions({ code: '94', kind: 'return' })],
    ['transactions, kind=return', transactions({ kind: 'return' })],
    ['transactions, kind=reversal', transactions({ kind: 'reversal' })],
    ['transactions, kind=quote (none)', transactions({ kind: 'quote' })],
    ['transactions, kind=forward', transactions({ kind: 'forward' })],
    ['transactions, terminal of a small shop', transactions({ terminal: terminalOf(Math.floor(shops / 2)) })],
    ['transactions, terminal of the chain', transactions({ terminal: terminalOf(1) })],
    ['transactions, shop', transactions({ merchant: shopOf(1) })],
    ['transactions, shop and code=94', transactions({ merchant: shopOf(1), code: '94' })],
    ['transactions, terminal without any', transactions({ terminal: '99999999' })],
    ['transactions, rrn', transactions({ rrn: one.rrn })],
    ['transactions, rrn of nobody', transactions({ rrn: `${one.rrn.slice(0, 4)}99000000` })],
    ['transactions, card', transactions({ card: '603799*0078' })],
    ['transactions, card of nobody', transactions({ card: '999999*0078' })],
    ['transactions, stan in two days', transactions({ stan: '000078', from: addDays(last, -1), to: last })],
    ['transactions, from=to, code=94', transactions({ from: middle, to: middle, code: '94' })],
    ['transactions, all days, code=94&state=declined', transactions({ from: first, to: last, code: '94', state: 'declined' })],
    ['search, rrn', async () => (await search(pool, one.rrn)).hits.length],
    ['search, stan', async () => (await search(pool, '000078')).hits.length],
    ['search, card', async () => (await search(pool, '603799*0078')).hits.length],
    ['search, name of a shop', async () => (await search(pool, 'فروشگاه 77')).hits.length],
    ['search, receipt', async () => (await search(pool, one.token)).hits.length],
    ['search, order', async () => (await search(pool, `${middle.replaceAll('-', '')}000077`)).hits.length],
    ['search, sheba', async () => (await search(pool, 'IR380170000000100000000001')).hits.length],
    ['a timeline', async () => {
      const facts = await readFacts(pool, one, now);
      return facts === undefined ? 0 : timelineOf(facts, undefined, now).steps.length;
    }],
    ['business days', async () => (await boardDays(pool, { limit: 50 }, now)).length],
    ['a business day and its totals', async () => (await dayTotals(pool, middle)).merchants],
    ['payment files', async () => (await boardFiles(pool, { limit: 50 })).length],
    ['payment files, state=delivered', async () => (await boardFiles(pool, { limit: 50, state: 'delivered' })).length],
    ['payment files, state=withdrawn (none)', async () => (await boardFiles(pool, { limit: 50, state: 'withdrawn' })).length],
    ['lines of a payment file', async () => (await fileLines(pool, file, { after: 10_000, limit: 50 })).length],
    ['lines of a payment file, state=returned (none)', async () => (await fileLines(pool, file, { after: 0, limit: 50, state: 'returned' })).length],
    ['bank answers', async () => (await answerFiles(pool, { limit: 50 })).length],
    ['breaks', async () => (await listBreaks(pool, { state: 'unresolved', now, limit: 50 })).length],
    ['breaks, resolved', async () => (await listBreaks(pool, { state: 'resolved', now, limit: 50 })).length],
    ['breaks, of a shop', async () => (await listBreaks(pool, { merchant: shopOf(7), now, limit: 50 })).length],
    ['terminals', async () => (await listTerminals(pool, { limit: 50 })).length],
    ['terminals, state=lost (none)', async () => (await listTerminals(pool, { state: 'lost', limit: 50 })).length],
    ['terminals, model (none)', async () => (await listTerminals(pool, { model: 'X1', limit: 50 })).length],
    ['terminals, of a shop', async () => (await listTerminals(pool, { merchant: shopOf(7), limit: 50 })).length],
    ['certificates of a terminal', async () => (await listCertificates(pool, { terminal: terminalOf(7), limit: 50 })).length],
    ['doubts', async () => (await doubtBook(pool).list(50)).length],
    ['doubts, counted', async () => (await doubtBook(pool).count()).length],
  ]; // prettier-ignore
}
