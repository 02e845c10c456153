import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { authorityDigest, migrate, noteAuthorities, type AuthorityContent } from '../../../src/ledger/index.ts';
import { tehran } from '../../../src/ops/clock.ts';
import { openPool } from '../../../src/ops/database.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { keepsContract } from './support/contract.ts';
import { openOperators, type Operators } from './support/operators.ts';

const NOW = Date.now();
const TODAY = tehran(NOW).isoDate;
const CENTRAL: AuthorityContent = {
  authority: 'central',
  programme: 'remote',
  cards: ['627760', '627761'],
  url: 'https://credit.example/v1',
  caSha256: 'a'.repeat(64),
  reserveSeconds: 120,
};
const digest = authorityDigest(CENTRAL);
const MERCHANT = '000000000000101';
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let operators: Operators;
const ids: Record<string, string> = {};

const binding = (more: object = {}) => ({ authority: 'central', digest, from: TODAY, reason: 'the contract of 1405', ...more }); // prettier-ignore
const rule = (more: object = {}) => ({
  programme: 'remote', standsFor: 'authority', from: TODAY, householdRials: '500000', shopRials: '20000000', reason: 'works on its line', ...more,
}); // prettier-ignore
const because = { body: { reason: 'as the contract says' } };

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await migrate(owner);
  await owner.query(`insert into programmes values ('remote')`);
  await noteAuthorities(pool, [CENTRAL], NOW);
  operators = await openOperators(pool, NOW);
  ids['id'] = String((await operators.call('maker', 'POST', '/stand-in-rules', { body: rule() })).body['id']);
  await operators.call('maker', 'POST', '/authority-bindings', { body: binding() });
});
afterAll(async () => {
  await operators.http.close();
  await pool.end();
  await owner.end();
  await server.stop();
});

const ofRules = ['maker', 'checker', 'support', 'auditor', 'admin'] as const;
keepsContract(
  [
    { route: 'GET /authorities', roles: ofRules },
    { route: 'GET /authority-days', roles: ofRules },
    { route: 'GET /authority-bindings', roles: ofRules },
    { route: 'POST /authority-bindings', roles: ['maker'], body: binding() },
    { route: 'POST /authority-bindings/:id/approval', roles: ['checker'], body: because.body },
    { route: 'POST /authority-bindings/:id/rejection', roles: ['maker', 'checker'], body: because.body },
    { route: 'POST /authority-bindings/:id/end', roles: ['maker', 'checker'], body: because.body },
    { route: 'GET /stand-in-rules', roles: ofRules },
    { route: 'POST /stand-in-rules', roles: ['maker'], body: rule() },
    { route: 'POST /stand-in-rules/:id/approval', roles: ['checker'], body: because.body },
    { route: 'POST /stand-in-rules/:id/rejection', roles: ['maker', 'checker'], body: because.body },
    { route: 'GET /stand-ins', roles: ['maker', 'checker', 'support', 'engineer', 'auditor'] },
  ],
  () => operators,
  () => ids,
);

const acts = async (object: string): Promise<object[]> =>
  (await pool.query<object>(`select actor, act, reason from audit where object = $1 order by seq`, [object])).rows;
const waiting = async (login: string, kind: string): Promise<number> => {
  const { body } = await operators.call(login, 'GET', '/inbox');
  return (body['groups'] as { kind: string; count: number }[]).find((group) => group.kind === kind)?.count ?? 0;
};

describe('who may be asked', () => {
  test('is what copies have in their files, proposed by one, approved by another, ended by one', async () => {
    const seen = async () => (await operators.call('support', 'GET', '/authorities')).body;
    expect(await seen()).toMatchObject({ inForce: [], seen: [{ ...CENTRAL, digest, inForce: false }] });
    const made = await operators.once('maker', 'POST', '/authority-bindings', { body: binding() });
    expect(made).toMatchObject({ status: 201, body: { ...CENTRAL, digest, state: 'proposed', proposedBy: 'one-maker' } });
    const id = String(made.body['id']);
    expect(await waiting('checker', 'authority-approval')).toBe(2);
    expect(await waiting('maker', 'authority-approval')).toBe(0);
    expect(await seen()).toMatchObject({ inForce: [] });
    const done = await operators.once('checker', 'POST', `/authority-bindings/${id}/approval`, because);
    expect(done).toMatchObject({ status: 200, body: { state: 'approved', decidedBy: 'one-checker', from: TODAY } });
    expect(await seen()).toMatchObject({ inForce: [{ id }], seen: [{ digest, inForce: true }] });
    const again = await operators.call('checker', 'POST', `/authority-bindings/${id}/approval`, because);
    expect([again.status, again.body['code']]).toEqual([409, 'authority.binding-state']);
    const over = await operators.once('maker', 'POST', `/authority-bindings/${id}/end`, { body: { reason: 'it lies to us' } });
    expect(over).toMatchObject({ status: 200, body: { state: 'ended', endedBy: 'one-maker', endReason: 'it lies to us' } });
    expect(await seen()).toMatchObject({ inForce: [], seen: [{ inForce: false }] });
    expect(await acts(`credit-authority:${id}`)).toEqual([
      { actor: 'one-maker', act: 'credit-authority.proposed', reason: 'the contract of 1405' },
      { actor: 'one-checker', act: 'credit-authority.approved', reason: 'the contract of 1405' },
      { actor: 'one-maker', act: 'credit-authority.ended', reason: 'it lies to us' },
    ]);
  }); // prettier-ignore

  test('cannot be what no copy has in its file, nor of a programme that is not there', async () => {
    const unseen = await operators.call('maker', 'POST', '/authority-bindings', { body: binding({ digest: '0'.repeat(64) }) }); // prettier-ignore
    expect([unseen.status, unseen.body['code']]).toEqual([422, 'authority.binding-unseen']);
    const nowhere = { ...CENTRAL, programme: 'nowhere' };
    await noteAuthorities(pool, [nowhere], NOW);
    const unknown = await operators.call('maker', 'POST', '/authority-bindings', { body: binding({ digest: authorityDigest(nowhere) }) }); // prettier-ignore
    expect(unknown.body['code']).toBe('programme.unknown');
  });

  test('of which nobody has proposed anything waits for a maker', async () => {
    await noteAuthorities(pool, [{ ...CENTRAL, authority: 'other' }], NOW);
    expect(await waiting('maker', 'authority-unapproved')).toBe(2); // and the one of the programme that is not there
  });

  test('is not written into the books by any other way', async () => {
    await expect(
      pool.query(`update authority_bindings set valid_from = '2020-01-01' where binding_id = 1`),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(
      pool.query(
        `insert into authority_bindings (authority, programme_id, cards, url, reserve_seconds, digest, valid_from, reason, proposed_by, proposed_at,
           verdict, decided_by, decided_at) values ('central', 'remote', '{627760}', 'https://a.b', 120, $1, '2020-01-01', 'at once', 'Ali', now(), 'approved', 'Sara', now())`,
        [digest],
      ),
    ).rejects.toMatchObject({ code: '23514' });
  });
});

describe('what is granted in their place', () => {
  test('is a rule of two persons, which says whether it holds', async () => {
    const made = await operators.once('maker', 'POST', '/stand-in-rules', { body: rule({ standsFor: 'bank', uncheckedPin: true }) }); // prettier-ignore
    expect(made).toMatchObject({ status: 201, body: { state: 'proposed', uncheckedPin: true, inForce: false } });
    const id = String(made.body['id']);
    expect(await waiting('checker', 'stand-in-approval')).toBe(2);
    const done = await operators.once('checker', 'POST', `/stand-in-rules/${id}/approval`, because);
    expect(done).toMatchObject({ status: 200, body: { state: 'approved', inForce: true } });
    const end = await operators.call('maker', 'POST', '/stand-in-rules', { body: rule({ standsFor: 'bank', householdRials: '0', shopRials: '0' }) }); // prettier-ignore
    await operators.call('checker', 'POST', `/stand-in-rules/${String(end.body['id'])}/approval`, because);
    const { body } = await operators.call('auditor', 'GET', '/stand-in-rules?limit=2');
    expect(body['items']).toMatchObject([
      { id: end.body['id'], inForce: false },
      { id, inForce: false, state: 'approved' },
    ]);
    const { body: rest } = await operators.call('auditor', 'GET', `/stand-in-rules?limit=2&cursor=${String(body['next'])}`); // prettier-ignore
    expect(rest['items']).toMatchObject([{ id: ids['id'], state: 'proposed' }]);
    expect(await acts(`stand-in:${id}`)).toMatchObject([{ act: 'stand-in.proposed' }, { act: 'stand-in.approved' }]);
  });

  test.each([
    [{ householdRials: '0' }, 422, 'stand-in.invalid'],
    [{ uncheckedPin: true }, 422, 'stand-in.invalid'],
    [{ programme: 'nowhere' }, 422, 'programme.unknown'],
  ])('is refused as %p', async (more, status, code) => {
    const answer = await operators.call('maker', 'POST', '/stand-in-rules', { body: rule(more) });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  });

  test('and what stood is listed by day, state and counterpart, page by page, and as a file', async () => {
    const stood = [
      ['1', '300000', '250000', 'limit.amount'],
      ['2', '100000', '0', null],
      ['3', '200000', null, null],
    ] as const;
    for (const [stan, rials, refused, why] of stood)
      await owner.query(
        `with o as (insert into authority_orders (authority, programme_id, kind, name, terminal_id, merchant_id, stan, household_id, total_rials, asked_at, due_at)
                    values ('central', 'remote', 'purchase', $1, '20000001', $2, $1, 'R1', 900000, $3, $3) returning order_id)
         insert into stand_ins select order_id, 'remote', 'R1', $2, $4, $5::bigint, $6::bigint, $7, case when $6::bigint is not null then $3::bigint end from o`,
        [stan, MERCHANT, NOW, TODAY, rials, refused, why],
      );
    await owner.query(`insert into bank_stand_ins values (77, 'A1', $1, $2, '{remote}', $1, 5000, true, 'unsent', $3)`, [
      TODAY,
      MERCHANT,
      NOW,
    ]);
    const all = await operators.call('support', 'GET', '/stand-ins');
    expect(all.body['items']).toMatchObject([
      { of: 'bank', rials: '5000', why: 'unsent', uncheckedPin: true, authority: null },
      { of: 'authority', rials: '200000', state: 'waiting' },
      { of: 'authority', rials: '100000', state: 'taken' },
      { of: 'authority', rials: '300000', refusedRials: '250000', state: 'refused', why: 'limit.amount' },
    ]);
    const first = await operators.call('support', 'GET', '/stand-ins?limit=3');
    const next = await operators.call('support', 'GET', `/stand-ins?limit=3&cursor=${String(first.body['next'])}`);
    expect([...(first.body['items'] as object[]), ...(next.body['items'] as object[])]).toEqual(all.body['items']);
    const refused = await operators.call('support', 'GET', '/stand-ins?of=authority&state=refused');
    expect(refused.body['items']).toHaveLength(1);
    expect((await operators.call('support', 'GET', '/stand-ins?from=2020-01-01&to=2020-02-01')).body['items']).toEqual([]);
    const file = await operators.call('support', 'GET', '/stand-ins?format=csv');
    expect(file.bytes.toString().trim().split('\n')).toHaveLength(5);
    expect(await waiting('maker', 'stand-in-refused')).toBe(1);
    const { body } = await operators.call('support', 'GET', '/authorities');
    expect(body).toMatchObject({
      open: [{ authority: 'central', count: 3, oldestAt: new Date(NOW).toISOString() }],
      stood: expect.arrayContaining([{ of: 'authority', state: 'refused', count: 1, rials: '300000', refusedRials: '250000' }]) as unknown,
    });
  }); // prettier-ignore

  test('and lists of days say how many lines, rials and differences they came to', async () => {
    await owner.query(`insert into authority_lists values ('central', $1, repeat('0', 64), 4, 900000, to_timestamp($2 / 1000.0))`, ['2026-11-01', NOW]); // prettier-ignore
    await owner.query(`insert into authority_lists values ('central', '2026-11-02', repeat('0', 64), 1, 5, now())`);
    await owner.query(
      `insert into breaks (class, psp, settlement_date, merchant_id, terminal_id, rrn, rials, detail, source, raised_at)
       values ('ONLY_ACQUIRER', 'central', '2026-11-01', '${MERCHANT}', '20000001', '', 1, 'x', 'y', now())`,
    );
    const { body } = await operators.call('support', 'GET', '/authority-days');
    expect(body['items']).toMatchObject([
      { authority: 'central', day: '2026-11-02', lines: 1, breaks: 0 },
      { authority: 'central', day: '2026-11-01', lines: 4, rials: '900000', breaks: 1, openBreaks: 1 },
    ]);
    const first = await operators.call('support', 'GET', '/authority-days?limit=1');
    const next = await operators.call('support', 'GET', `/authority-days?limit=1&cursor=${String(first.body['next'])}`);
    expect(next.body['items']).toMatchObject([{ day: '2026-11-01' }]);
  });
});
