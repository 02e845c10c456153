import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openPool } from '../../../src/ops/database.ts';
import type { Role } from '../../../src/people/index.ts';
import { merchantId, testSheba } from '../../settlement/support/books.ts';
import { openLedgerBooks, type LedgerBooks } from '../../settlement/support/ledger-books.ts';
import { gatewayLogin } from '../../support/postgres.ts';
import { keepsContract, type Route } from './support/contract.ts';
import { openOperators, type Answer, type Operators } from './support/operators.ts';

/** Violations, notices, appeals, disputes and decisions over the API, with the rights of the gateway's own role. */
const NOW = Date.parse('2026-12-30T08:00:00Z');
const DAY = '2026-12-30';
const rrnOf = (n: number): string => `636411${String(n).padStart(6, '0')}`;
const iso = (days: number): string => new Date(NOW + days * 86_400_000).toISOString();
let books: LedgerBooks;
let pool: ReturnType<typeof openPool>;
let operators: Operators;
const ids: Record<string, string> = { merchant: merchantId(1) };
const other = merchantId(2);

const violation = { kind: 'cash_out', at: iso(-1), note: 'forty purchases in a minute', evidence: [rrnOf(1)] };
const notice = (violations: unknown) => ({ violations, sanction: 'DISQUALIFIED', days: 365, text: 'چهل خرید صوری در یک دقیقه' }); // prettier-ignore
const held = (n: number) => ({ rrn: rrnOf(n), businessDay: DAY, reason: 'the card was stolen', until: iso(20) });
const decision = { state: 'RESTRICTED', until: iso(30), rule: '1405-1 x', reason: 'a terminal was moved', evidence: [rrnOf(1)] }; // prettier-ignore

beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(DAY);
  for (const n of [1, 2]) await books.addShop(n, testSheba(n));
  await books.add([1, 2, 3].map((id) => ({ id, kind: 'purchase', day: DAY, shop: id === 3 ? 2 : 1, voucher: 100_000, rrn: rrnOf(id), household: id }))); // prettier-ignore
  pool = openPool(await gatewayLogin(books.databaseUrl), 4);
  pool.on('error', () => undefined);
  operators = await openOperators(pool, NOW, { sara: ['reviewer'], reza: ['support'], mina: ['reviewer', 'clerk'] });
  const made = async (path: string, body: object): Promise<Answer> => {
    const answer = await operators.call('sara', 'POST', path, { body });
    expect([path, answer.status]).toEqual([path, 201]);
    return answer;
  };
  const found = await made(`/shops/${merchantId(1)}/violations`, violation);
  ids['violation'] = (found.body['violations'] as { id: string }[])[0]?.id ?? '';
  ids['notice'] = String((await made(`/shops/${merchantId(1)}/notices`, notice([ids['violation']]))).body['id']);
  ids['dispute'] = String((await made(`/shops/${merchantId(1)}/disputes`, held(1))).body['id']);
  const decided = await made(`/shops/${merchantId(1)}/decisions`, decision);
  ids['decision'] = (decided.body['decisions'] as { id: string }[])[0]?.id ?? '';
});
afterAll(async () => {
  await operators.http.close();
  await pool.end();
  await books.close();
});

const READS: Role[] = ['clerk', 'reviewer', 'support', 'auditor'];
const JUDGES: Role[] = ['reviewer', 'support'];
const word = { upheld: true, text: 'خوانده و سنجیده شد' };
const routes: Route[] = [
  { route: 'GET /sanctions', roles: READS },
  { route: 'GET /notices', roles: READS },
  { route: 'GET /notices/:notice', roles: READS },
  { route: 'GET /notices/:notice/papers', roles: READS },
  { route: 'GET /shops/:merchant', roles: READS },
  { route: 'GET /shops/:merchant/violations', roles: READS },
  { route: 'GET /shops/:merchant/disputes', roles: READS },
  { route: 'GET /shops/:merchant/capabilities', roles: READS },
  { route: 'POST /shops/:merchant/violations', roles: JUDGES, body: violation },
  { route: 'POST /shops/:merchant/notices', roles: JUDGES, body: notice(['1']) },
  { route: 'POST /notices/:notice/response', roles: ['clerk'], body: { text: 'خریدها واقعی بود' }, versioned: true },
  { route: 'POST /notices/:notice/appeal', roles: ['clerk'], body: { text: 'خریدها واقعی بود' }, versioned: true },
  { route: 'POST /notices/:notice/decision', roles: JUDGES, body: word, versioned: true },
  { route: 'POST /notices/:notice/final', roles: JUDGES, body: word, versioned: true },
  { route: 'POST /shops/:merchant/disputes', roles: JUDGES, body: held(2) },
  { route: 'POST /shops/:merchant/disputes/:dispute/release', roles: JUDGES, body: { reason: 'the card was found' } },
  { route: 'POST /shops/:merchant/decisions', roles: JUDGES, body: decision },
  { route: 'POST /shops/:merchant/decisions/:decision/confirmation', roles: JUDGES, body: { reason: 'I read it' } },
];
keepsContract(routes, () => operators, () => ids); // prettier-ignore

test.each<[what: string, path: string, body: object, pointer: string]>([
  ['a day that is not in the calendar', 'disputes', { ...held(2), businessDay: '2026-02-31' }, '/businessDay'],
  ['an hour that no day has', 'disputes', { ...held(2), until: '2026-12-31T25:00:00Z' }, '/until'],
  ['a month that no year has', 'violations', { ...violation, at: '2026-13-01T08:00:00Z' }, '/at'],
  ['an end that no calendar has', 'decisions', { ...decision, until: '2027-02-30T08:00:00Z' }, '/until'],
  ['an RRN of another length', 'violations', { ...violation, evidence: ['1'] }, '/evidence/0'],
  ['more than a notice can name', 'notices', notice(Array.from({ length: 101 }, (_, n) => String(n + 1))), '/violations'], // prettier-ignore
  ['a violation twice', 'notices', notice(['1', '1']), '/violations'],
  ['no violation', 'notices', notice([]), '/violations'],
])('a body with %s is refused with its place', async (_, path, body, pointer) => {
  const answer = await operators.call('sara', 'POST', `/shops/${merchantId(1)}/${path}`, { body });
  expect([answer.status, answer.body['errors']]).toEqual([400, [expect.objectContaining({ pointer })]]);
});

test.each<[what: string, path: () => string, body: () => object, status: number, code: string]>([
  ['a violation', () => `/shops/${other}/notices`, () => notice([ids['violation']]), 409, 'shops.refused'],
  ['a purchase', () => `/shops/${other}/disputes`, () => held(2), 404, 'shops.unknown'],
  ['a dispute', () => `/shops/${other}/disputes/${ids['dispute'] ?? ''}/release`, () => ({ reason: 'the card was found' }), 404, 'shops.unknown'], // prettier-ignore
  ['a decision', () => `/shops/${other}/decisions/${ids['decision'] ?? ''}/confirmation`, () => ({}), 404, 'shops.unknown'], // prettier-ignore
])('%s of one shop is not there under another', async (_, path, body, status, code) => {
  const answer = await operators.call('reza', 'POST', path(), { body: body() });
  expect([answer.status, answer.body['code']]).toEqual([status, code]);
});

test('a notice from the first word to the last: each said once, by the person whose turn it is', async () => {
  const path = `/notices/${ids['notice'] ?? ''}`;
  let last = await operators.call('clerk', 'GET', path);
  const say = (who: string, what: string, body: object) => operators.once(who, 'POST', `${path}/${what}`, { body, etag: last.etag }); // prettier-ignore
  const early = await say('reza', 'decision', word);
  expect([early.status, early.body['code']]).toEqual([409, 'shops.refused']);
  last = await say('clerk', 'response', { text: 'خریدها واقعی بود' });
  expect(last.body).toMatchObject({ state: 'DECISION', waiting: { on: 'decider' } });
  expect((await say('sara', 'decision', word)).status).toBe(409); // who gave notice
  last = await say('reza', 'decision', word);
  expect(last.body).toMatchObject({ state: 'APPEAL_OPEN', decidedBy: operators.actors['reza']?.id });
  last = await say('clerk', 'appeal', { text: 'مدارک تازه داریم' });
  for (const who of ['sara', 'reza']) expect((await say(who, 'final', word)).status).toBe(409);
  last = await say('mina', 'final', { ...word, upheld: false });
  expect(last.body).toMatchObject({ state: 'FINAL', upheld: false });
  const list = await operators.call('auditor', 'GET', `/notices?merchant=${merchantId(1)}&waitsOn=shop`);
  expect(list.body['items']).toEqual([]);
});

test('a dispute is let go by two persons, each once', async () => {
  const path = `/shops/${merchantId(1)}/disputes`;
  const again = await operators.call('reza', 'POST', path, { body: held(1) });
  expect([again.status, again.body['code']]).toEqual([409, 'shops.refused']);
  const kept = await operators.once('sara', 'POST', path, { body: held(2) });
  const release = (who: string) => operators.once(who, 'POST', `${path}/${String(kept.body['id'])}/release`, { body: { reason: 'the card was found' } }); // prettier-ignore
  expect((await release('sara')).body['state']).toBe('release_proposed');
  expect((await release('sara')).status).toBe(409);
  expect((await release('reza')).body['state']).toBe('released');
});
