import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { pino } from 'pino';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { followApprovals } from '../../../src/enrolment/index.ts';
import { softwareHsm } from '../../../src/hsm/index.ts';
import { openPool } from '../../../src/ops/database.ts';
import type { Role } from '../../../src/people/index.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { approvedCase } from '../../support/shops.ts';
import { keepsContract, type Route } from './support/contract.ts';
import { openOperators, type Operators } from './support/operators.ts';

/** Changes of shops that work, and their devices, over the API, with the rights of the gateway's own role. */
const NOW = Date.UTC(2026, 10, 20, 8);
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let operators: Operators;
const ids: Record<string, string> = {};

const follow = () =>
  followApprovals({ pool, hsm: softwareHsm({ lmk: Buffer.alloc(32, 9) }), clock: { now: () => NOW }, log: pino({ level: 'silent' }) }); // prettier-ignore

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 4);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  operators = await openOperators(pool, NOW, { sara: ['reviewer'], reza: ['reviewer'], omid: ['engineer'] });
  const { clerk, sara, reza } = operators.actors;
  const staff = { clerk: clerk!, reviewers: [sara!, reza!] } as const;
  const kept = await approvedCase(pool, staff, NOW, { terminal: { wish: 'new' } });
  ids['merchant'] = kept.merchantId ?? '';
  ids['other'] = (await approvedCase(pool, staff, NOW)).merchantId ?? '';
  await follow();
  const devices = await operators.call('engineer', 'GET', `/devices?merchant=${ids['merchant']}`);
  ids['device'] = (devices.body['items'] as { id: string }[])[0]?.id ?? '';
  const begun = await operators.call('clerk', 'POST', `/shops/${ids['merchant']}/changes`, { body: { kind: 'sheba' } });
  expect(begun.status).toBe(201);
  ids['case'] = String(begun.body['id']);
});
afterAll(async () => {
  await operators.http.close();
  await Promise.all([pool.end(), owner.end()]);
  await server.stop();
});

const READS: Role[] = ['clerk', 'reviewer', 'support', 'auditor'];
const why = { reason: 'the bank wrote a letter' };
const routes: Route[] = [
  { route: 'POST /shops/:merchant/changes', roles: ['clerk'], body: { kind: 'sheba' } },
  { route: 'POST /cases/:case/account-closed', roles: ['reviewer'], body: why, versioned: true },
  { route: 'POST /shops/:merchant/reverify', roles: ['reviewer'], body: { items: ['guild_licence'], until: '2027-01-20', ...why } }, // prettier-ignore
  { route: 'GET /shops/:merchant/shebas', roles: READS },
  { route: 'POST /shops/:merchant/shebas/stop', roles: ['reviewer', 'support'], body: why },
  { route: 'GET /shops/:merchant/reminders', roles: READS },
  { route: 'GET /shops/:merchant/items', roles: READS },
  { route: 'GET /devices', roles: [...READS, 'engineer', 'checker'] },
  { route: 'GET /devices/:device', roles: [...READS, 'engineer', 'checker'] },
  { route: 'GET /shops/:merchant/checklist', roles: [...READS, 'engineer', 'checker'] },
  {
    route: 'POST /devices/:device/assign',
    roles: ['engineer'],
    body: { serial: 'SN1', model: 'S90' },
    versioned: true,
  },
  { route: 'POST /devices/:device/ship', roles: ['engineer'], body: {}, versioned: true },
  { route: 'POST /devices/:device/deliver', roles: ['engineer'], body: {}, versioned: true },
  { route: 'POST /devices/:device/cancel', roles: ['engineer'], body: why, versioned: true },
  { route: 'POST /terminals/:terminal/certificate', roles: ['engineer'], body: { csr: 'x' }, whole: true },
];
keepsContract(routes, () => operators, () => ids); // prettier-ignore

test('a change is begun once; there is one of a kind; what it rests on is asked for', async () => {
  const path = `/shops/${ids['other'] ?? ''}/changes`;
  const begun = await operators.once('clerk', 'POST', path, { body: { kind: 'address' } });
  expect(begun.body).toMatchObject({ kind: 'address', state: 'DRAFT', merchant: ids['other'] });
  const again = await operators.call('clerk', 'POST', path, { body: { kind: 'address' } });
  expect([again.status, again.body['code']]).toEqual([409, 'shops.open']);
  const kind = await operators.call('clerk', 'POST', path, { body: { kind: 'application' } });
  expect([kind.status, kind.body['errors']]).toEqual([400, [expect.objectContaining({ pointer: '/kind' })]]);
});

test.each<[what: string, body: object, status: number, said: unknown]>([
  ['a day that is not in the calendar', { until: '2027-02-30' }, 400, '/until'],
  ['no item', { items: [] }, 400, '/items'],
  ['an item twice', { items: ['sheba', 'sheba'] }, 400, '/items'],
  ['an item that there is not', { items: ['shoes'] }, 400, '/items/0'],
  ['less time than a shop has', { until: '2026-11-25' }, 409, undefined],
])('a shop is asked again for what there is, with time for it: %s', async (_, change, status, pointer) => {
  const body = { items: ['guild_licence'], until: '2027-01-20', ...why, ...change };
  const answer = await operators.call('sara', 'POST', `/shops/${ids['other'] ?? ''}/reverify`, { body });
  expect(answer.status).toBe(status);
  if (pointer !== undefined) expect(answer.body['errors']).toEqual([expect.objectContaining({ pointer })]);
});

test('what a shop is asked to show again is one case, however often it is asked', async () => {
  const path = `/shops/${ids['other'] ?? ''}/reverify`;
  const body = { items: ['guild_licence'], until: '2027-01-20', ...why };
  const asked = await operators.once('sara', 'POST', path, { body });
  expect(asked.body).toMatchObject({ kind: 'reverify', state: 'DRAFT' });
  const more = await operators.call('reza', 'POST', path, { body: { ...body, items: ['address'] } });
  expect([more.status, more.body['id']]).toEqual([201, asked.body['id']]);
});

test('there is no Sheba to stop, and no account to close, where none is changed', async () => {
  const stop = await operators.call('sara', 'POST', `/shops/${ids['other'] ?? ''}/shebas/stop`, { body: why });
  expect([stop.status, stop.body['code']]).toEqual([409, 'shops.refused']);
  const kept = await operators.call('sara', 'GET', `/cases/${ids['case'] ?? ''}`);
  const closed = await operators.once('sara', 'POST', `/cases/${ids['case'] ?? ''}/account-closed`, { body: why, etag: kept.etag }); // prettier-ignore
  expect(closed.status).toBe(200);
  const said = await operators.call('reza', 'POST', `/cases/${ids['case'] ?? ''}/account-closed`, { body: why, etag: kept.etag }); // prettier-ignore
  expect([said.status, said.body['code']]).toEqual([412, 'api.stale']);
});

test('a device goes from hand to hand, each step once', async () => {
  const path = `/devices/${ids['device'] ?? ''}`;
  let last = await operators.call('clerk', 'GET', path);
  const step = (act: string, body: object) => operators.once('omid', 'POST', `${path}/${act}`, { body, etag: last.etag }); // prettier-ignore
  expect((await step('ship', {})).body['code']).toBe('devices.refused');
  for (const serial of ['***', 'ش۱', 'A'.repeat(41)])
    expect([serial, (await step('assign', { serial })).body['code']]).toEqual([serial, 'devices.serial']);
  for (const [act, body, state] of [
    ['assign', { serial: 'sn-77' }, 'assigned'],
    ['ship', {}, 'shipped'],
    ['deliver', {}, 'to_bind'],
  ] as const) {
    // prettier-ignore
    last = await step(act, body);
    expect(last.body['state']).toBe(state);
  }
  expect(last.body['serial']).toBe('SN77');
  await follow(); // it is bound, and has its key
  last = await operators.call('clerk', 'GET', path);
  last = await step('cancel', { reason: 'the shop changed its mind' });
  expect(last.body).toMatchObject({ endReason: 'the shop changed its mind' });
  expect((await step('cancel', { reason: 'the shop changed its mind' })).status).toBe(409);
});
