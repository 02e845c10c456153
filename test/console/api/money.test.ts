import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openPool } from '../../../src/ops/database.ts';
import type { Role } from '../../../src/people/index.ts';
import { maskPan } from '../../../src/field/pan.ts';
import { testSheba, merchantId } from '../../settlement/support/books.ts';
import { clearDay } from '../../settlement/support/clear.ts';
import { openLedgerBooks, terminalId, type LedgerBooks } from '../../settlement/support/ledger-books.ts';
import { gatewayLogin } from '../../support/postgres.ts';
import { keepsContract, type Route } from './support/contract.ts';
import { hashPan, openOperators, type Operators } from './support/operators.ts';

/** The road of the money over the API, with the rights of the gateway's own role. */
const NOW = Date.parse('2026-12-30T08:00:00Z');
const [YESTERDAY, TODAY] = ['2026-12-29', '2026-12-30'] as const;
const PAN = '6037990000000078';
const rrnOf = (day: number, n: number): string => `6${day}11${String(n).padStart(6, '0')}`;
let books: LedgerBooks;
let pool: ReturnType<typeof openPool>;
let operators: Operators;
const ids: Record<string, string> = {};

beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(YESTERDAY);
  for (const n of [1, 2, 3]) await books.addShop(n, testSheba(n));
  await books.add(
    [1, 2, 3, 4, 5, 6].map((id) => ({ id, kind: 'purchase', day: YESTERDAY, shop: 1 + (id % 3), voucher: 100_000 * id, rrn: rrnOf(363, id), household: id })), // prettier-ignore
  );
  await clearDay(books, YESTERDAY);
  await books.openDay(TODAY);
  await books.add([
    { id: 11, kind: 'purchase', day: TODAY, shop: 1, voucher: 70_000, card: 5_000, rrn: rrnOf(364, 11), household: 1 },
  ]);
  await books.pool.query(`insert into households (household_id, members) values ('h1', 3)`);
  await books.pool.query(`insert into cards values ($1, $2, 'h1')`, [hashPan(PAN), maskPan(PAN)]);
  await books.pool.query(`update transactions set masked = $1 where household_id = 'h1'`, [maskPan(PAN)]);
  await books.pool.query(
    `insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, source, raised_at)
     values ('AMOUNT_DIFF', 'SDD', $1, $1, $2, $3, $4, 70000, 'the file says less', 'test 1', now())`,
    [YESTERDAY, merchantId(1), terminalId(1), rrnOf(363, 3)],
  );
  await books.pool.query(
    `insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg, reason, queued_at, due_at, done_rc, done_at)
     values ('h1', '0420', $1, $2, $3, 5000, '{"stan":"000001","transmission":"1230080000"}', '0200', '{"stan":"000002","transmission":"1230075900"}', '68', $4, $4, '05', now())`,
    [terminalId(1), merchantId(1), rrnOf(364, 11), NOW - 60_000],
  );
  await books.pool.query(
    `insert into taken_files (sha256, kind, identity, name, lines) values ($1, 'camt.053', 'STMT-1', 'statement.xml', 3)`,
    ['a'.repeat(64)],
  );
  await books.pool.query(
    `insert into bank_leftovers (sha256, line, statement, direction, rials, booked_on, shown, reason) values ($1, 2, 'STMT-1', 'DBIT', 900, '2026-12-29', '=HYPERLINK("x")', 'names no order')`,
    ['a'.repeat(64)],
  );
  pool = openPool(await gatewayLogin(books.databaseUrl), 4);
  pool.on('error', () => undefined);
  operators = await openOperators(pool, NOW, {}, undefined, { data: books.dataDir });
  const { rows } = await books.pool.query<{ file: string; order: string }>(
    `select message_id as file, instruction_id as order from payment_orders order by 2 limit 1`,
  );
  const list = await operators.call('support', 'GET', '/transactions');
  Object.assign(ids, {
    transaction: String((list.body['items'] as { id: string }[])[0]?.id),
    file: rows[0]?.file ?? '',
    order: rows[0]?.order ?? '',
    date: TODAY,
    cleared: YESTERDAY,
    break: '1',
    doubt: '1',
    leftover: '1',
    merchant: merchantId(1),
  });
});
afterAll(async () => {
  await operators.http.close();
  await pool.end();
  await books.close();
});

const READS: Role[] = ['maker', 'checker', 'support', 'engineer', 'auditor'];
const routes: Route[] = [
  { route: 'GET /transactions', roles: READS, whole: true },
  { route: 'GET /transactions/:transaction', roles: READS },
  { route: 'GET /transactions/:transaction/timeline', roles: READS },
  { route: 'GET /search?q=10000001', roles: READS, whole: true },
  { route: 'GET /business-days', roles: READS, whole: true },
  { route: 'GET /business-days/:date', roles: READS },
  { route: 'GET /payment-files', roles: READS, whole: true },
  { route: 'GET /payment-files/:file', roles: READS },
  { route: 'GET /payment-files/:file/lines', roles: READS },
  { route: 'GET /payment-orders/:order/sheba', roles: READS },
  { route: 'GET /bank-answers', roles: READS, whole: true },
  { route: 'GET /bank-answers/leftovers', roles: READS, whole: true },
  { route: 'GET /bank-answers/leftovers/:leftover', roles: READS },
  { route: 'GET /blocked-carries', roles: READS, whole: true },
  { route: 'GET /breaks', roles: READS, whole: true },
  { route: 'GET /breaks/:break', roles: READS },
  { route: 'GET /doubts', roles: READS, whole: true },
  { route: 'GET /doubts/:doubt', roles: READS },
];
keepsContract(routes, () => operators, () => ids); // prettier-ignore

test('transactions are listed newest first, page by page, and by each filter', async () => {
  const of = async (query: string) =>
    (await operators.call('support', 'GET', `/transactions?${query}`)).body as {
      items: { rrn: string; id: string }[];
      next: string | null;
    };
  const rrns = async (query: string) => (await of(query)).items.map(({ rrn }) => rrn);
  const all = [rrnOf(364, 11), ...[6, 5, 4, 3, 2, 1].map((n) => rrnOf(363, n))];
  expect(await rrns('')).toEqual(all);
  const pages: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Awaited<ReturnType<typeof of>> = await of(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    pages.push(...page.items.map(({ rrn }) => rrn));
    cursor = page.next;
  }
  expect(pages).toEqual(all);
  expect(await rrns(`terminal=${terminalId(1)}`)).toEqual([rrnOf(364, 11), rrnOf(363, 6), rrnOf(363, 3)]);
  expect(await rrns(`merchant=${merchantId(2)}`)).toEqual([rrnOf(363, 4), rrnOf(363, 1)]);
  expect(await rrns(`rrn=${rrnOf(363, 4)}`)).toEqual([rrnOf(363, 4)]);
  expect(await rrns('card=603799*0078')).toEqual([rrnOf(364, 11), rrnOf(363, 1)]);
  expect(await rrns('code=00&kind=purchase&state=approved')).toEqual(all);
  expect(await rrns('state=declined')).toEqual([]);
  expect(await rrns(`from=${TODAY}`)).toEqual([rrnOf(364, 11)]);
  expect(await rrns(`stan=000004&from=${YESTERDAY}&to=${TODAY}`)).toEqual([rrnOf(363, 4)]);
});

test('search reads a number as all that it may be; a whole PAN only in a body', async () => {
  const hits = async (q: string) =>
    (
      (await operators.call('support', 'POST', '/search', { body: { q } })).body['hits'] as {
        kind: string;
        title: string;
      }[]
    ).map(({ kind, title }) => `${kind} ${title}`);
  expect(await hits(rrnOf(363, 4))).toEqual([`transaction RRN ${rrnOf(363, 4)}`]);
  expect(await hits(terminalId(2))).toEqual([`terminal ${terminalId(2)}`]);
  expect(await hits(merchantId(2))).toEqual(['shop shop 2']);
  expect(await hits('shop 2')).toEqual(['shop shop 2']);
  expect(await hits(testSheba(2))).toEqual(['shop shop 2']);
  expect(await hits('000004')).toEqual([`transaction RRN ${rrnOf(363, 4)}`]);
  expect(await hits('603799*0078')).toEqual([
    'household h1',
    `transaction RRN ${rrnOf(364, 11)}`,
    `transaction RRN ${rrnOf(363, 1)}`,
  ]);
  expect(await hits(PAN.replace(/(.{4})/g, '$1 ').trim())).toEqual([
    'household h1',
    `transaction RRN ${rrnOf(364, 11)}`,
    `transaction RRN ${rrnOf(363, 1)}`,
  ]);
  expect(await hits(ids['order'] ?? '')).toEqual([`payment-order ${ids['order'] ?? ''}`]);
  expect(await hits(ids['file'] ?? '')).toEqual([`payment-file ${ids['file'] ?? ''}`]);
  const typed = await operators.call('support', 'GET', `/search?q=${PAN}`);
  expect([typed.status, typed.body['code']]).toEqual([400, 'search.pan']);
  expect(JSON.stringify(typed.body)).not.toContain(PAN);
});

test('the road of a purchase that waits for the bank', async () => {
  const [item] = (await operators.call('support', 'GET', `/transactions?rrn=${rrnOf(363, 4)}`)).body['items'] as {
    id: string;
  }[];
  const { body } = await operators.call('support', 'GET', `/transactions/${item?.id ?? ''}/timeline`);
  const steps = body['steps'] as { kind: string; titleKey: string }[];
  expect(steps.map(({ titleKey }) => titleKey)).toEqual([
    'received.request', 'checks.passed', 'decision.approved', 'completion.approved', 'postings.done', 'day.closed', 'net.pay', 'order.made',
    'release.done', 'delivery.done', 'answer.open', 'credited.open',
  ]); // prettier-ignore
  expect(body['waiting']).toMatchObject({ on: 'bank' });
  expect(body['answer']).toMatchObject({ paid: { code: 'at_bank' }, charged: { code: 'charged' } });
});
