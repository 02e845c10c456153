import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openPool } from '../../../src/ops/database.ts';
import type { Role } from '../../../src/people/index.ts';
import { merchantId, testSheba } from '../../settlement/support/books.ts';
import { openLedgerBooks, terminalId, type LedgerBooks } from '../../settlement/support/ledger-books.ts';
import { gatewayLogin } from '../../support/postgres.ts';
import { keepsContract, type Route } from './support/contract.ts';
import { openOperators, type Operators } from './support/operators.ts';

/** Complaints over the API, with the rights of the gateway's own role. */
const NOW = Date.parse('2026-12-30T08:00:00Z');
const DAY = '2026-12-30';
const rrnOf = (n: number): string => `636411${String(n).padStart(6, '0')}`;
let books: LedgerBooks;
let pool: ReturnType<typeof openPool>;
let operators: Operators;
const ids: Record<string, string> = {};

const receipt = (n: number) => ({ kind: 'deducted', rrn: rrnOf(n), terminal: terminalId(1), totalRials: String(100_000 * n), last4: '0000', text: 'پول کم شد' }); // prettier-ignore

beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(DAY);
  await books.addShop(1, testSheba(1));
  await books.add([1, 2, 3].map((id) => ({ id, kind: 'purchase', day: DAY, shop: 1, voucher: 100_000 * id, rrn: rrnOf(id), household: id }))); // prettier-ignore
  pool = openPool(await gatewayLogin(books.databaseUrl), 4);
  pool.on('error', () => undefined);
  operators = await openOperators(pool, NOW, { babak: ['checker', 'support'] });
  const filed = await operators.call('support', 'POST', '/complaints', { body: receipt(1) });
  expect(filed.status).toBe(201);
  ids['complaint'] = String(filed.body['id']);
});
afterAll(async () => {
  await operators.http.close();
  await pool.end();
  await books.close();
});

/** Whoever has something to do with one, too. */
const READS: Role[] = ['clerk', 'reviewer', 'maker', 'checker', 'support', 'auditor'];
const WORKS: Role[] = ['support', 'maker', 'checker'];
const why = { reason: 'the receipt shows it' };
const routes: Route[] = [
  { route: 'GET /complaints', roles: READS },
  { route: 'GET /complaints/:complaint', roles: READS },
  { route: 'POST /complaints', roles: WORKS, body: { ...receipt(1), mobile: '09121234567' } },
  { route: 'POST /complaints/:complaint/ask', roles: WORKS, body: { text: 'کدام رسید؟' }, versioned: true },
  { route: 'POST /complaints/:complaint/answer', roles: WORKS, body: { text: 'همین رسید' }, versioned: true },
  { route: 'POST /complaints/:complaint/contest', roles: WORKS, body: { text: 'نه' }, versioned: true },
  { route: 'POST /complaints/:complaint/refusal', roles: WORKS, body: why, versioned: true },
  { route: 'POST /complaints/:complaint/proposal', roles: WORKS, body: { remedy: 'credit_shop', rials: '5', ...why }, versioned: true }, // prettier-ignore
  { route: 'POST /complaints/:complaint/decision', roles: ['checker'], body: { verdict: 'approve', ...why }, versioned: true }, // prettier-ignore
];
keepsContract(routes, () => operators, () => ids); // prettier-ignore

test('the list is a file too, with what the system found', async () => {
  const { bytes } = await operators.call('auditor', 'GET', '/complaints?format=csv');
  const [head = '', ...lines] = bytes.toString().trim().split('\n');
  expect(head).toBe(
    'Number,Filed,Kind,Filed by,State,Waits on,Finding,Merchant,Shop,Terminal,RRN,Rials,Remedy,Remedy (rials)',
  );
  expect(lines[0]).toContain(',support,');
  expect(lines[0]).toContain(`,${rrnOf(1)},100000,,`);
});

test.each<[what: string, change: object, status: number]>([
  ['another amount', { totalRials: '100001' }, 422],
  ['no amount', { totalRials: '0' }, 422],
  ['more than money can be', { totalRials: '9'.repeat(16) }, 400],
  ['another terminal', { terminal: terminalId(2) }, 422],
  ['another card', { last4: '0001' }, 422],
])('a receipt is as it was printed, or there is no complaint: %s', async (_, change, status) => {
  const answer = await operators.call('support', 'POST', '/complaints', { body: { ...receipt(2), ...change } });
  expect([answer.status, answer.body['code']]).toEqual([status, status === 422 ? 'complaints.receipt' : 'api.invalid']);
});

test('from filing to the posting, each step once, whatever is sent twice; two persons end it', async () => {
  const filed = await operators.once('support', 'POST', '/complaints', { body: receipt(3) });
  const same = await operators.call('maker', 'POST', '/complaints', { body: receipt(3) });
  expect([same.status, same.body['id']]).toEqual([201, filed.body['id']]);
  const path = `/complaints/${String(filed.body['id'])}`;
  const step = (who: string, act: string, body: object, etag: string) => operators.once(who, 'POST', `${path}/${act}`, { body, etag }); // prettier-ignore
  let last = filed;
  if ((last.body['waiting'] as { can: string[] }).can.includes('contest'))
    last = await step('support', 'contest', { text: 'هنوز حل نشده' }, last.etag);
  last = await step('support', 'ask', { text: 'عکس رسید را بفرستید' }, last.etag);
  expect(last.body).toMatchObject({ state: 'ASKED', waiting: { on: 'complainant' } });
  last = await step('support', 'answer', { text: 'فرستادم' }, last.etag);
  const most = await step('support', 'proposal', { remedy: 'credit_shop', rials: '300001', ...why }, last.etag);
  expect([most.status, most.body['code']]).toEqual([422, 'complaints.rials']);
  last = await step('babak', 'proposal', { remedy: 'credit_shop', rials: '300000', ...why }, last.etag);
  const own = await step('babak', 'decision', { verdict: 'approve', ...why }, last.etag);
  expect([own.status, own.body['code']]).toEqual([403, 'complaints.same-person']);
  last = await step('checker', 'decision', { verdict: 'approve', ...why }, last.etag);
  expect(last.body).toMatchObject({ state: 'ACCEPTED', posting: expect.stringMatching(/^break \d+$/) as unknown });
  const { rows } = await books.pool.query<{ n: number }>(`select count(*)::int as n from breaks where merchant_id = $1`, [merchantId(1)]); // prettier-ignore
  expect(rows).toEqual([{ n: 1 }]);
  const late = await operators.call('support', 'POST', `${path}/ask`, { body: { text: 'باز هم' }, etag: last.etag });
  expect([late.status, late.body['code']]).toEqual([409, 'complaints.state']);
  const list = await operators.call('auditor', 'GET', '/complaints?state=ACCEPTED&limit=1');
  expect((list.body['items'] as { id: string }[]).map(({ id }) => id)).toEqual([filed.body['id']]);
});
