import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { openPool } from '../../../src/ops/database.ts';
import type { Role } from '../../../src/people/index.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { sentCase } from '../../support/shops.ts';
import { keepsContract, type Route } from './support/contract.ts';
import { openOperators, type Operators } from './support/operators.ts';

/** Cases and the reviewers' desk as every route keeps its word; what a desk is for stands in reviewing.test.ts and shops.test.ts. */
const NOW = Date.UTC(2026, 10, 20, 8);
let server: EmbeddedPostgres;
let pool: pg.Pool;
let operators: Operators;
const ids: Record<string, string> = { code: 'sheba' };

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 4);
  pool.on('error', () => undefined);
  operators = await openOperators(pool, NOW, { sara: ['reviewer'], typist: ['clerk'] });
  const { typist, sara, reviewer } = operators.actors;
  ids['case'] = (await sentCase(pool, { clerk: typist!, reviewers: [sara!, reviewer!] }, NOW)).id;
});
afterAll(async () => {
  await operators.http.close();
  await pool.end();
  await server.stop();
});

const READS: Role[] = ['clerk', 'reviewer', 'support', 'auditor'];
const REVIEWS: Role[] = ['reviewer'];
const routes: Route[] = [
  { route: 'GET /shop-rules', roles: READS },
  { route: 'GET /registries', roles: READS },
  { route: 'GET /registries/answers', roles: READS },
  { route: 'GET /reason-templates', roles: READS },
  { route: 'GET /review-agreement', roles: ['auditor'] },
  { route: 'GET /messages', roles: READS },
  { route: 'GET /cases', roles: READS },
  { route: 'GET /cases/:case', roles: READS },
  { route: 'GET /cases/:case/checks', roles: READS },
  { route: 'GET /cases/:case/desk', roles: REVIEWS },
  { route: 'GET /cases/:case/comments', roles: REVIEWS },
  { route: 'POST /cases/:case/comments', roles: REVIEWS, body: { text: 'تلفن زدم' } },
  { route: 'POST /cases/:case/claim', roles: REVIEWS, body: { person: '1' } },
  { route: 'POST /cases/:case/claim/release', roles: REVIEWS, body: { reason: 'ناهار' } },
  { route: 'POST /cases', roles: ['clerk'], body: { name: 'سوپر امید', guild: 'dairy' } },
  { route: 'PUT /cases/:case/items/sheba', roles: ['clerk'], body: { value: { sheba: 'IR710560000000100324200001' } }, versioned: true }, // prettier-ignore
  { route: 'POST /cases/:case/submit', roles: ['clerk'], body: { reason: 'نوشته شد' }, versioned: true },
  { route: 'POST /cases/:case/withdraw', roles: ['clerk'], body: { reason: 'پشیمان شد' }, versioned: true },
  { route: 'POST /cases/:case/reopen', roles: ['clerk'], body: { reason: 'باز آمد' }, versioned: true },
  { route: 'POST /cases/:case/items/sheba/judgement', roles: REVIEWS, body: { event: 'reject', reason: 'not_readable', note: 'تار است', validUntil: '2027-01-20' }, versioned: true }, // prettier-ignore
  { route: 'POST /cases/:case/items/sheba/check', roles: REVIEWS, body: { reason: 'کهنه است' }, versioned: true },
  { route: 'POST /cases/:case/reviews', roles: REVIEWS, body: { verdict: 'approve', note: 'درست است' }, versioned: true }, // prettier-ignore
  { route: 'POST /cases/:case/confirmation', roles: ['clerk'], body: { reason: 'در مغازه' }, whole: true },
];
keepsContract(routes, () => operators, () => ids); // prettier-ignore

test('answers of registries are listed over all cases, the newest first, by registry and verdict', async () => {
  await pool.query(`insert into registries (code, asked, since) values ('sheba', true, now()), ('mobile', true, now())`);
  await pool.query(
    `insert into registry_answers (registry, case_id, version, question, verdict, reason, detail, asked_at, at, applied)
     select r, $1, 1, sha256('x'), v, case v when 'no' then 'inactive' end, case v when 'unknown' then 'HTTP 503' end, now(), now(), true
       from (values (1, 'sheba', 'yes'), (2, 'sheba', 'unknown'), (3, 'mobile', 'no'), (4, 'sheba', 'unknown')) as a (n, r, v) order by n`,
    [ids['case']],
  );
  const read = async (query: string) => (await operators.call('support', 'GET', `/registries/answers${query}`)).body;
  const rows = async (query: string) => ((await read(query))['items'] as { registry: string; verdict: string }[]).map(({ registry, verdict }) => `${registry} ${verdict}`);
  expect(await rows('')).toEqual(['sheba unknown', 'mobile no', 'sheba unknown', 'sheba yes']);
  expect(await rows('?registry=mobile')).toEqual(['mobile no']);
  const first = await read('?registry=sheba&verdict=unknown&limit=1');
  expect(first['items']).toMatchObject([{ caseId: ids['case'], detail: 'HTTP 503', reason: null }]);
  const second = await read(`?registry=sheba&verdict=unknown&limit=1&cursor=${String(first['next'])}`);
  expect(second).toMatchObject({ items: [{ verdict: 'unknown' }], next: null });
}); // prettier-ignore

test.each<[query: string, pointer: string | undefined]>([
  ['/cases?waitsOn=nobody', '?waitsOn'],
  ['/cases?limit=201', '?limit'],
  ['/cases?guild=%00', '?guild'],
  ['/cases?number=12', '?number'],
  ['/cases?claimed=all', '?claimed'],
  ['/cases?order=down', '?order'],
  ['/cases?cursor=YWZ0ZXIgeA', undefined],
  ['/messages?about=%00', '?about'],
  ['/review-agreement?since=2026-02-31', '?since'],
])('%s is no question that the API answers', async (query, pointer) => {
  const answer = await operators.call(query.startsWith('/review') ? 'auditor' : 'reviewer', 'GET', query);
  expect([answer.status, answer.body['code']]).toEqual([400, 'api.invalid']);
  if (pointer !== undefined) expect(answer.body['errors']).toEqual([expect.objectContaining({ pointer })]);
});

test('a case that is read again unchanged is not sent again', async () => {
  const path = `/cases/${ids['case'] ?? ''}`;
  const { etag } = await operators.call('support', 'GET', path);
  const again = await operators.call('support', 'GET', path, { headers: { 'if-none-match': etag } });
  expect([again.status, again.body]).toEqual([304, {}]);
});

test('a draft is begun once, a claim taken once, a comment said once, whatever is sent twice', async () => {
  const begun = await operators.once('clerk', 'POST', '/cases', { body: { name: 'سوپر امید', guild: 'dairy' } });
  expect(begun.body).toMatchObject({ state: 'DRAFT', guild: 'dairy' });
  const path = `/cases/${ids['case'] ?? ''}`;
  expect((await operators.once('sara', 'POST', `${path}/claim`, { body: {} })).status).toBe(200);
  expect((await operators.call('reviewer', 'POST', `${path}/claim`, { body: {} })).body['code']).toBe('shops.claimed');
  expect((await operators.once('sara', 'POST', `${path}/comments`, { body: { text: 'تلفن زدم' } })).status).toBe(201);
  expect((await operators.call('sara', 'GET', `${path}/comments`)).body['items']).toHaveLength(1);
  expect((await operators.once('sara', 'POST', `${path}/claim/release`, { body: {} })).status).toBe(204);
});

test.each<[what: string, person: () => string]>([
  ['is nobody', () => '999999999'],
  ['is no reviewer', () => operators.actors['support']?.id ?? ''],
  ['typed it', () => operators.actors['typist']?.id ?? ''],
])('a case is not given to who %s', async (_, person) => {
  const answer = await operators.call('sara', 'POST', `/cases/${ids['case'] ?? ''}/claim`, { body: { person: person() } }); // prettier-ignore
  expect([answer.status, answer.body['code']]).toEqual([409, 'shops.refused']);
});
