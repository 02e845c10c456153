import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createHttp } from '../../src/console/http.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { block } from '../../src/handlers/guard/index.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import type { Role } from '../../src/people/index.ts';
import { applyMoves, keepReport, openContacts, terminalOf } from '../../src/terminals/index.ts';
import { driftOf } from '../../src/terminals/contacts.ts';
import { addActor, loginToken, testPeople } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** The registry over the API, with the rights of the gateway's own role (terminals.md 1). */
const DAY = 86_400_000;
const now = Date.now();
const SHOP = '000000000000001';
const OTHER = '000000000000002';
const STOPPED = '000000000000003';
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let http: FastifyInstance;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  const people = testPeople(pool, { now: () => now });
  const api = { people: () => people, log: pino({ level: 'silent' }) };
  http = createHttp({ registry: new Registry(), clock: systemClock, notReady: () => Promise.resolve([]), api });
  const roles: Record<string, Role[]> = { omid: ['engineer'], reza: ['support'], guest: ['maker'] };
  for (const [login, each] of Object.entries(roles))
    tokens[login] = await loginToken(pool, await addActor(pool, login, each), now);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status)
     select id, 'x', 'dairy', 'IR710560000000100324200001', status
       from (values ('${SHOP}', 'approved'), ('${OTHER}', 'approved'), ('${STOPPED}', 'suspended')) as m (id, status)`,
  );
});
afterAll(async () => {
  await http.close();
  await pool.end();
  await owner.end();
  await server.stop();
});

interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly body: Record<string, unknown> & { readonly items: Record<string, unknown>[] };
}

async function call(who: string, method: string, path: string, payload?: object, etag?: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${tokens[who] ?? ''}`, ...(etag === undefined ? {} : { 'if-match': etag }) };
  const request = { method, url: `/api/v1${path}`, headers, ...(payload === undefined ? {} : { payload }) };
  const response = await http.inject(request as InjectOptions);
  return {
    status: response.statusCode,
    etag: String(response.headers['etag']),
    body: JSON.parse(response.body) as Answer['body'],
  };
}

let serials = 0;
async function registered(about: object = {}): Promise<{ terminal: string; etag: string }> {
  const { status, body, etag } = await call('omid', 'POST', '/terminals', { merchant: SHOP, ...about });
  expect([status, body]).toMatchObject([201, { state: 'registered', merchant: SHOP }]);
  return { terminal: String(body['terminal']), etag };
}
const serial = (): string => `SN${++serials}`;

async function audited(terminal: string): Promise<unknown[]> {
  const { rows } = await owner.query<{ actor: string; act: string; reason: string | null }>(
    `select actor, act, reason from audit where object = 'terminal:' || $1 order by seq`,
    [terminal],
  );
  return rows.map(({ actor, act, reason }) => [actor, act, reason]);
}

test('a terminal is registered with what is known of it, read back, listed by each of it, and changed', async () => {
  const about = { serial: 'ab-77 01', model: 'Pax A920', psp: 'sadad', place: 'صندوق ۲', keyScheme: '02' };
  const { terminal, etag } = await registered({ ...about, reason: 'a new till' });
  expect((await call('reza', 'GET', `/terminals/${terminal}`)).body).toMatchObject({
    ...about,
    serial: 'AB7701',
    profile: 'native',
    lastContactAt: null,
    certificateEnds: null,
    moves: [],
  });
  for (const filter of ['state=registered', `merchant=${SHOP}`, 'psp=sadad', 'model=Pax A920', 'serial=AB7701'])
    expect((await call('reza', 'GET', `/terminals?${filter}`)).body.items).toMatchObject([{ terminal }]);
  expect((await call('reza', 'GET', '/terminals?psp=nobody')).body.items).toEqual([]);
  const path = `/terminals/${terminal}`;
  expect((await call('omid', 'PATCH', path, { place: 'صندوق ۳' })).status).toBe(428);
  const changed = await call('omid', 'PATCH', path, { place: 'صندوق ۳', keyScheme: null, reason: 'moved' }, etag);
  expect(changed.body).toMatchObject({ place: 'صندوق ۳', keyScheme: null, serial: 'AB7701', version: 2 });
  expect((await call('omid', 'PATCH', path, { place: 'x' }, etag)).status).toBe(412);
  expect(await audited(terminal)).toEqual([
    ['omid', 'terminal.registered', 'a new till'],
    ['omid', 'terminal.changed', 'moved'],
  ]);
});

test.each([
  ['a shop that is stopped', { merchant: STOPPED }, 422, 'terminals.shop'],
  ['no shop', { merchant: '000000000000099' }, 422, 'terminals.shop'],
  ['a serial without letters', { serial: '--' }, 422, 'terminals.about'],
  ['a text that turns', { place: 'a\u202eb' }, 400, 'api.invalid'],
])('%s gets no terminal', async (_, about, status, code) => {
  const answer = await call('omid', 'POST', '/terminals', { merchant: SHOP, ...about });
  expect([answer.status, answer.body['code']]).toEqual([status, code]);
});

test('a number and a serial are one terminal’s', async () => {
  const own = serial();
  const { terminal } = await registered({ terminal: 'AB000001', serial: own });
  const again = await call('omid', 'POST', '/terminals', { terminal, merchant: SHOP });
  expect([again.status, again.body['code']]).toEqual([409, 'terminals.exists']);
  const twin = await call('omid', 'POST', '/terminals', { merchant: OTHER, serial: own });
  expect([twin.status, twin.body['code']]).toEqual([409, 'terminals.serial']);
  await call('omid', 'POST', `/terminals/${terminal}/retire`, { reason: 'a broken screen' });
  expect((await call('omid', 'POST', '/terminals', { merchant: OTHER, serial: own })).status).toBe(201);
});

test('it climbs by what happens: a key, a certificate on a certified kind of device, a message; and only an engineer changes it', async () => {
  const { terminal } = await registered({ model: 'Climber 1' });
  const state = async (): Promise<unknown> => (await terminalOf(pool, terminal)).state;
  await owner.query(`insert into terminal_keys (terminal_id, tmk, tmk_at) values ($1, '{}', now())`, [terminal]);
  expect(await state()).toBe('keyed');
  await pool.query(
    `insert into terminal_certificates (serial, terminal_id, spki_sha256, sha256, pem, not_before, not_after, issued_at)
     values ('0a', $1, repeat('a', 64), repeat('b', 64), '', now(), now() + interval '1 day', now())`,
    [terminal],
  );
  expect(await state()).toBe('keyed'); // nobody has certified such a device
  await verdict('climber-1', '2.1.0');
  expect(await state()).toBe('certified');
  const contacts = openContacts({ pool, clock: systemClock, onError: () => undefined, everyMs: DAY });
  const at = Date.UTC(2026, 11, 31, 23, 59, 50);
  const certificate = { sha256: 'c'.repeat(64), endsAt: now + DAY };
  contacts.note({ terminal, at: at - 5_000, transmission: '1231235900', software: '2.1.0', certificate });
  contacts.note({ terminal, at, transmission: '0101000005', software: undefined, certificate });
  contacts.note({ terminal: 'UNKNOWN1', at, transmission: undefined, software: undefined, certificate: undefined });
  await contacts.close();
  expect(await terminalOf(pool, terminal)).toMatchObject({
    state: 'active',
    lastContactAt: '2026-12-31T23:59:50Z',
    driftMs: 15_000,
    software: '2.1.0',
    certification: 'passed',
  });
  await keepReport(pool, terminal, { components: { menu: { file: 'menu/fa.json', counter: 7 } }, slot: 'B' }, now);
  expect(await terminalOf(pool, terminal)).toMatchObject({ components: { menu: { counter: 7 } }, slot: 'B' });
  for (const who of ['reza', 'guest'])
    expect((await call(who, 'POST', `/terminals/${terminal}/block`, { reason: 'because' })).status).toBe(403);
  expect(await state()).toBe('active');
});

/** Two persons say that such a device has passed. @returns its number */
async function verdict(model: string, software: string, said = 'passed', profile = 'native'): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into certifications (vendor, model, software, profile, verdict, reason, proposed_by, proposed_at, confirmed_by, confirmed_at)
     values ('x', $1, $2, $4, $3, 'a run', 'one', now(), 'two', now()) returning certification_id::text as id`,
    [model, software, said, profile],
  );
  return rows[0]?.id ?? '';
}

test('certified is who has a certificate that holds, on a kind of device that has passed; and no longer than both are so', async () => {
  const { terminal } = await registered({ model: 'Pax A930' });
  const state = async (): Promise<unknown> => (await terminalOf(pool, terminal)).state;
  const certificate = async (sha256: string) =>
    pool.query(
      `insert into terminal_certificates (serial, terminal_id, spki_sha256, sha256, pem, not_before, not_after, issued_at)
       values (left($2, 8), $1, $2, $2, '', now(), now() + interval '1 day', now())`,
      [terminal, sha256],
    );
  await verdict('Pax A930', '3.0', 'passed', 'sadad-like');
  await verdict('Pax A930', '3.0', 'failed');
  await certificate('1'.repeat(64));
  expect(await state()).toBe('registered');
  const passed = await verdict('PAX-A930', '3.1');
  expect(await state()).toBe('certified'); // it will come with some software that has passed
  await pool.query(`update certifications set revoked_by = 'one', revoke_reason = 'it smokes', revoked_at = now() where certification_id = $1`, [passed]); // prettier-ignore
  expect(await state()).toBe('registered');
  await verdict('Pax A930', '3.0');
  expect(await state()).toBe('certified');
  const change = async (about: object) => {
    const { etag } = await call('omid', 'GET', `/terminals/${terminal}`);
    expect((await call('omid', 'PATCH', `/terminals/${terminal}`, about, etag)).status).toBe(200);
  };
  await change({ model: 'Another', reason: 'a slip of the pen' });
  expect(await state()).toBe('registered');
  await change({ model: 'Pax A930' });
  expect(await state()).toBe('certified');
  const acts = ((await audited(terminal)) as [string, string, string][]).map(([, act]) => act);
  expect(acts.filter((act) => act === 'terminal.changed')).toHaveLength(2);
  await pool.query(`insert into terminal_revocations (terminal_id, sha256, reason) values ($1, $2, 'superseded')`, [terminal, '1'.repeat(64)]); // prettier-ignore
  expect(await state()).toBe('registered');
  await certificate('2'.repeat(64));
  expect(await state()).toBe('certified');
});

test('a terminal from a file that was heard is active, whatever certification says of it; that stands beside it', async () => {
  const { terminal } = await registered({ model: 'Old One' });
  const heard = (software: string) =>
    pool.query(
      `insert into terminal_contacts (terminal_id, last_at, software) values ($1, now(), $2) on conflict (terminal_id) do update set software = $2`,
      [terminal, software],
    );
  expect(await terminalOf(pool, terminal)).toMatchObject({ state: 'registered', certification: null });
  await heard('1.0');
  expect(await terminalOf(pool, terminal)).toMatchObject({ state: 'active', certification: 'none' });
  await verdict('Old One', '1.0');
  expect(await terminalOf(pool, terminal)).toMatchObject({ state: 'active', certification: 'passed' });
  await verdict('Old One', '1.0', 'failed');
  expect(await terminalOf(pool, terminal)).toMatchObject({ state: 'active', certification: 'failed' });
  await heard('1.1');
  expect(await terminalOf(pool, terminal)).toMatchObject({ state: 'active', certification: 'none' });
  const listed = (await call('reza', 'GET', '/terminals?certification=none&model=Old%20One')).body.items;
  expect(listed).toMatchObject([{ terminal, certification: 'none' }]);
});

test.each([
  ['0615120000', Date.UTC(2026, 5, 15, 11, 59, 0), 60_000],
  ['1231235959', Date.UTC(2027, 0, 1, 0, 0, 0), -1_000],
  ['0229120000', Date.UTC(2028, 1, 29, 12, 0, 0), 0],
  ['0230120000', Date.UTC(2026, 1, 28, 12, 0, 0), undefined],
  ['0615250000', Date.UTC(2026, 5, 15, 11, 59, 0), undefined],
  ['06151200', 0, undefined],
])('the clock that says %s is off by so much', (transmission, at, drift) => {
  expect(driftOf(transmission, at)).toBe(drift);
});

test('block and unblock, by a person and by the guard: each with actor and reason in the audit', async () => {
  const { terminal } = await registered();
  const path = `/terminals/${terminal}`;
  expect((await call('omid', 'POST', `${path}/block`, { reason: 'a complaint' })).body['state']).toBe('blocked');
  expect((await call('omid', 'POST', `${path}/block`, { reason: 'once more' })).body['state']).toBe('blocked');
  expect((await call('omid', 'POST', `${path}/unblock`, { reason: 'all is well' })).body['state']).toBe('registered');
  expect((await call('omid', 'POST', `${path}/unblock`, { reason: 'all is well' })).status).toBe(409);
  expect(await block(pool, terminal, 'wrong-macs', 'more than 20')).toBe(true);
  expect((await terminalOf(pool, terminal)).state).toBe('blocked');
  expect(await audited(terminal)).toEqual([
    ['omid', 'terminal.registered', null],
    ['omid', 'terminal.blocked', 'a complaint'],
    ['omid', 'terminal.unblocked', 'all is well'],
    ['gateway', 'terminal.blocked', 'wrong-macs: more than 20'],
  ]);
});

test('what is lost or retired never comes back, whoever tries: a file, a hand, another act', async () => {
  const { terminal, etag } = await registered();
  const path = `/terminals/${terminal}`;
  expect((await call('omid', 'POST', `${path}/lost`, { reason: 'stolen at night' })).body).toMatchObject({
    state: 'lost',
    endReason: 'stolen at night',
  });
  for (const [act, body] of [
    ['block', { reason: 'because' }],
    ['move', { merchant: OTHER, reason: 'because' }],
  ] as const)
    expect((await call('omid', 'POST', `${path}/${act}`, body, etag.replace('1', '2'))).body['code']).toBe('terminals.ended'); // prettier-ignore
  await owner.query(`update terminals set status = 'active', merchant_id = '${OTHER}' where terminal_id = $1`, [terminal]); // prettier-ignore
  expect(await terminalOf(pool, terminal)).toMatchObject({ state: 'lost', merchant: SHOP });
  await expect(
    owner.query('update terminals set ended = null, ended_at = null, end_reason = null where terminal_id = $1', [terminal]),
  ).rejects.toMatchObject({ constraint: 'terminals_stay_ended' }); // prettier-ignore
  await expect(pool.query('update terminals set ended = null where terminal_id = $1', [terminal])).rejects.toThrow(
    'permission denied',
  );
  expect((await call('omid', 'POST', `${path}/retire`, { reason: 'found, in pieces' })).body['state']).toBe('retired');
  expect((await call('omid', 'POST', `${path}/lost`, { reason: 'again' })).status).toBe(409);
  expect(await audited(terminal)).toEqual([
    ['omid', 'terminal.registered', null],
    ['omid', 'terminal.lost', 'stolen at night'],
    ['omid', 'terminal.retired', 'found, in pieces'],
  ]);
});

test('a move has a day: today at once, a later day by the clock; the one before it is dropped', async () => {
  const { terminal, etag } = await registered();
  const path = `/terminals/${terminal}/move`;
  const later = tehran(now + 3 * DAY).isoDate;
  const past = await call('omid', 'POST', path, { merchant: OTHER, onDay: tehran(now - DAY).isoDate, reason: 'why' }, etag); // prettier-ignore
  expect([past.status, past.body['code']]).toEqual([422, 'terminals.move']);
  expect((await call('omid', 'POST', path, { merchant: OTHER, onDay: '2026-02-30', reason: 'why' }, etag)).status).toBe(400); // prettier-ignore
  expect((await call('omid', 'POST', path, { merchant: STOPPED, reason: 'why' }, etag)).body['code']).toBe('terminals.shop'); // prettier-ignore
  const waits = await call('omid', 'POST', path, { merchant: OTHER, onDay: later, reason: 'sold' }, etag);
  expect(waits.body).toMatchObject({ merchant: SHOP, nextMove: { merchant: OTHER, onDay: later } });
  const sooner = tehran(now + 2 * DAY).isoDate;
  await call('omid', 'POST', path, { merchant: OTHER, onDay: sooner, reason: 'sold sooner' }, waits.etag);
  expect(await applyMoves(pool, now + DAY)).toBe(0);
  expect(await applyMoves(pool, now + 2 * DAY)).toBe(1);
  expect(await applyMoves(pool, now + 4 * DAY)).toBe(0);
  const { body, etag: seen } = await call('reza', 'GET', `/terminals/${terminal}`);
  expect(body).toMatchObject({
    merchant: OTHER,
    nextMove: null,
    moves: [
      { from: SHOP, to: OTHER, onDay: sooner, state: 'done', by: 'omid', reason: 'sold sooner' },
      { to: OTHER, onDay: later, state: 'dropped' },
    ],
  });
  expect((await call('omid', 'POST', path, { merchant: SHOP, reason: 'sold back' }, seen)).body['merchant']).toBe(SHOP);
  expect(await audited(terminal)).toEqual([
    ['omid', 'terminal.registered', null],
    ['clock', 'terminal.moved', expect.stringMatching(/^omid asked for it on .*: sold sooner$/)],
    ['omid', 'terminal.moved', 'sold back'],
  ]);
});

test('a list goes on where its page ended', async () => {
  const first = await call('reza', 'GET', '/terminals?limit=2');
  const second = await call('reza', 'GET', `/terminals?limit=2&cursor=${String(first.body['next'])}`);
  expect(first.body.items).toHaveLength(2);
  expect(String(second.body.items[0]?.['terminal']) > String(first.body.items[1]?.['terminal'])).toBe(true);
  expect((await call('reza', 'GET', '/terminals?cursor=YWZ0ZXIgJyBvciAx')).status).toBe(400);
});
