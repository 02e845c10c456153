import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { openPool } from '../../../src/ops/database.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { keepsContract } from './support/contract.ts';
import { openOperators, type Operators } from './support/operators.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;
let operators: Operators;
const ids = { id: '' };
const terms = (from: string, feeFixedRials: number) => ({ terms: [{ from, feeFixedRials }] });

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 6);
  pool.on('error', () => undefined);
  operators = await openOperators(pool, Date.now(), { both: ['maker', 'checker'] });
  const made = await propose('maker', terms('2031-01-01', 500));
  ids.id = String(made.body['id']);
  await operators.call('checker', 'POST', `/settlement-rules/proposals/${ids.id}/rejection`, { body: {} });
});
afterAll(async () => {
  await operators.http.close();
  await pool.end();
  await server.stop();
});

function propose(who: string, rules: object, more: object = {}) {
  return operators.once(who, 'POST', '/settlement-rules/proposals', {
    body: { rules, reason: 'circular 14', ...more },
  });
}

const ofShops = ['clerk', 'reviewer', 'support', 'auditor'] as const;
const readers = ['maker', 'checker', 'support', 'auditor', 'admin'] as const;
keepsContract(
  [
    { route: 'GET /settlement-rules', roles: readers },
    { route: 'GET /rules-by-day', roles: readers },
    { route: 'GET /settlement-rules/what-if?voucherRials=1&cardRials=1', roles: readers },
    { route: 'GET /price-observations', roles: ofShops, whole: true },
    { route: 'GET /price-observations/quartiles', roles: ofShops, whole: true },
    { route: 'GET /price-observations/outliers', roles: ofShops, whole: true },
    { route: 'GET /settlement-rules/proposals', roles: readers },
    { route: 'GET /settlement-rules/proposals/:id', roles: readers },
    { route: 'POST /settlement-rules/preview', roles: readers, body: { rules: {} } },
    { route: 'POST /settlement-rules/proposals', roles: ['maker'], body: { rules: {}, reason: 'circular 14' } },
    { route: 'POST /settlement-rules/proposals/:id/approval', roles: ['checker'], body: { note: 'seen' } },
    { route: 'POST /settlement-rules/proposals/:id/rejection', roles: ['checker'], body: { note: 'not yet' } },
  ],
  () => operators,
  () => ids,
);

test('a maker proposes, a checker sees the same differences and approves; the page of a day then says so', async () => {
  const before = await operators.call('maker', 'GET', '/settlement-rules');
  const rules = terms('2031-02-01', 700);
  const preview = await operators.call('maker', 'POST', '/settlement-rules/preview', { body: { rules } });
  const { body } = await propose('maker', rules, { digest: before.body['digest'] });
  expect(body).toMatchObject({ changes: preview.body['changes'], state: 'waiting', proposedBy: 'one-maker' });
  const seen = await operators.call('checker', 'GET', '/settlement-rules');
  expect(seen.body).toMatchObject({ waiting: body, digest: before.body['digest'] });
  const groups = (await operators.call('checker', 'GET', '/inbox')).body['groups'];
  expect(groups).toContainEqual(expect.objectContaining({ kind: 'rules-approval', count: 1, due: '2031-01-31T20:30:00.000Z' })); // prettier-ignore
  const approved = await operators.once('checker', 'POST', `/settlement-rules/proposals/${String(body['id'])}/approval`, { body: {} }); // prettier-ignore
  expect(approved).toMatchObject({ status: 200, body: { state: 'approved', decidedBy: 'one-checker' } });
  const after = await operators.call('maker', 'GET', '/settlement-rules?day=2031-02-01');
  expect(after.body).toMatchObject({ day: '2031-02-01', inForce: { terms: [{ feeFixedRials: 700 }] }, waiting: null });
  const byDay = await operators.call('maker', 'GET', '/rules-by-day?day=2031-02-01&against=2031-01-31');
  const terms700 = { source: 'settlement', section: 'terms', whose: '' };
  expect(byDay.body['holds']).toContainEqual({ ...terms700, row: expect.objectContaining({ from: '2031-02-01', feeFixedRials: 700 }) }); // prettier-ignore
  expect(byDay.body['changes']).toEqual([expect.objectContaining({ ...terms700, after: expect.objectContaining({ feeFixedRials: 700 }) })]); // prettier-ignore
});

test('what rests on other rules, on the past, or on one person is refused', async () => {
  const stale = await propose('maker', terms('2031-03-01', 1), { digest: '0'.repeat(64) });
  expect(stale).toMatchObject({ status: 409, body: { code: 'rules.stale' } });
  const past = await propose('maker', terms('2026-01-01', 1));
  expect(past).toMatchObject({ status: 422, body: { code: 'rules.file' } });
  expect(past.body['detail']).toContain('terms[0]: 2026-01-01 has begun');
  const { body } = await propose('both', terms('2031-04-01', 1));
  const path = `/settlement-rules/proposals/${String(body['id'])}`;
  const own = await operators.call('both', 'POST', `${path}/approval`, { body: {} });
  expect(own).toMatchObject({ status: 403, body: { code: 'rules.same-person' } });
  expect((await operators.call('checker', 'POST', `${path}/rejection`, { body: {} })).status).toBe(200);
});

test('what was proposed and decided stands in the audit, with who asked', async () => {
  const { rows } = await pool.query(
    `select distinct act, actor, request_id is not null as asked from audit where act like 'rules.%' order by act, actor`,
  );
  expect(rows).toEqual(
    expect.arrayContaining([
      { act: 'rules.approved', actor: 'one-checker', asked: true },
      { act: 'rules.proposed', actor: 'one-maker', asked: true },
      { act: 'rules.rejected', actor: 'one-checker', asked: true },
    ]),
  );
});

test('what one purchase costs, and in which units amounts are read, by the rows that stand', async () => {
  const owner = openPool(server.url, 1);
  owner.on('error', () => undefined);
  await owner.query(`insert into programmes values ('costs')`);
  await owner.query(`insert into card_parts values ('costs', '2026-01-01', 'fee', 50000, 0, 1000000, 60000, 'the network', 'IR1')`);
  await owner.query(`insert into fee_tables values ('merchant', '2026-01-01', 'card', '[{"below": 6000000, "rials": 1200}, {"perMillion": 200, "most": 40000}]', '{supermarket}', 'the PSP', 'IR2')`);
  const ask = async (more: string) => (await operators.call('auditor', 'GET', `/settlement-rules/what-if?day=2026-06-01&${more}`)).body;
  const row = { programme: 'costs', from: '2026-01-01', kind: 'fee', mostRials: '60000', payee: 'the network', account: 'IR1' };
  const fee = { fee: 'merchant', from: '2026-01-01', of: 'card', payee: 'the PSP', account: 'IR2' };
  expect(await ask('voucherRials=999999&cardRials=0')).toEqual({ day: '2026-06-01', cardParts: [{ ...row, rials: '0' }], fees: [{ ...fee, rials: '0', exempt: false }] });
  expect(await ask('voucherRials=4000000&cardRials=9000000')).toMatchObject({ cardParts: [{ rials: '50000' }], fees: [{ rials: '1800' }] });
  expect(await ask('voucherRials=1&cardRials=9000000&guild=supermarket')).toMatchObject({ fees: [{ rials: '0', exempt: true }] });
  expect((await operators.call('auditor', 'GET', '/units')).body['units']).toMatchObject([{ unit: 'rial', alpha: 'IRR', rials: '1' }]);
  await owner.end();
}); // prettier-ignore

/** Nine shops that sold rice on a day, two of them dearer than the others. */
describe('what goods cost', () => {
  const RICE = '6260000000024';
  const path = (more = '', query = ''): string => `/price-observations${more}?from=2026-11-20&to=2026-11-20${query}`;

  beforeAll(async () => {
    const owner = openPool(server.url, 1);
    owner.on('error', () => undefined);
    await owner.query(
      `insert into goods values ($1, '03', 'برنج', '01', null, '2026-01-01', '2027-01-01')`,
      [RICE],
    );
    await owner.query(
      `insert into merchants select '90000000000000' || n, 'shop ' || n, 'supermarket', 'IR380170000000100000000001', 'approved' from generate_series(0, 8) n`,
    );
    await owner.query(
      `insert into price_days select '2026-11-20', $1, '90000000000000' || n - 1, '01', 1, 1000, p, p, p
         from unnest('{100,101,102,103,104,105,106,130,400}'::bigint[]) with ordinality as u (p, n)`,
      [RICE],
    );
    await owner.end();
  });

  test('a row a day, good and shop, by cursor and filtered', async () => {
    const first = await operators.call('support', 'GET', path('', '&limit=4'));
    const items = first.body['items'] as { merchant: string }[];
    expect(items[0]).toMatchObject({ day: '2026-11-20', good: RICE, nameFa: 'برنج', merchant: '900000000000000', priceRials: '100', currency: 'IRR' });
    const rest = await operators.call('support', 'GET', path('', `&limit=100&cursor=${String(first.body['next'])}`));
    const others = rest.body['items'] as { merchant: string }[];
    expect([...items, ...others].map(({ merchant }) => merchant.at(-1)).join('')).toBe('012345678');
    expect(rest.body['next']).toBeNull();
    const one = await operators.call('support', 'GET', path('', '&merchant=900000000000008'));
    expect(one.body['items']).toMatchObject([{ priceRials: '400' }]);
    expect((await operators.call('support', 'GET', path('', '&good=0000000000000'))).body['items']).toEqual([]);
  });

  test('quartiles over shops, and the shops that stand out with what they are compared with', async () => {
    const spread = await operators.call('support', 'GET', path('/quartiles'));
    expect(spread.body).toMatchObject({ currency: 'IRR', items: [{ provinceFa: null, shops: 9, leastRials: '100', lowerRials: '102', medianRials: '104', upperRials: '106', mostRials: '400' }, { provinceFa: '', shops: 9 }] });
    const out = await operators.call('support', 'GET', path('/outliers'));
    expect(out.body['items']).toMatchObject([
      { merchant: '900000000000008', priceRials: '400', medianRials: '104', fenceRials: '112', why: ['quartiles'] },
      { merchant: '900000000000007', priceRials: '130', why: ['quartiles'] },
    ]);
  });

  test.each(['', '/quartiles', '/outliers'])('%s: a forged place, day or good is named', async (more) => {
    for (const [query, pointer] of [['&good=1%27', '?good'], ['&merchant=x', '?merchant'], ['&from=2026-13-01', '?from']] as const) {
      const { status, body } = await operators.call('support', 'GET', path(more, query).replace(query.startsWith('&from') ? 'from=2026-11-20&' : '', ''));
      expect([query, status, body['code']]).toEqual([query, 400, 'api.invalid']);
      expect(JSON.stringify(body['errors'])).toContain(pointer);
    }
  });
}); // prettier-ignore
