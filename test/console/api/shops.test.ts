import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createHttp } from '../../../src/console/http.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { openPool, transaction } from '../../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { ownerKeys } from '../../../src/owners/index.ts';
import type { Role } from '../../../src/people/index.ts';
import { applyStandings, detachPaper } from '../../../src/shops/index.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { givePapers } from '../../support/papers.ts';
import { confirmByOwner } from '../../support/confirm.ts';
import { addActor, loginToken, testPeople } from '../../support/people.ts';

/** The application of a shop as clerk and reviewers live it, over the API, with the rights of the gateway's own role. */
const NOW = Date.UTC(2026, 10, 27, 8);
const DAY = 86_400_000;
let now = NOW;
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let http: FastifyInstance;
const tokens: Record<string, string> = {};
const keys = ownerKeys(Buffer.alloc(32, 9));

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  const people = testPeople(pool, { now: () => now });
  const log = pino({ level: 'silent' });
  http = createHttp({
    registry: new Registry(),
    clock: systemClock,
    notReady: () => Promise.resolve([]),
    api: { people: () => people, owners: () => keys, log },
  });
  const roles: Record<string, Role[]> = {
    clerk: ['clerk', 'reviewer'],
    sara: ['reviewer'],
    reza: ['reviewer'],
    guest: ['maker'],
  };
  for (const [login, each] of Object.entries(roles)) {
    tokens[login] = await loginToken(pool, await addActor(pool, login, each), now);
  }
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
  readonly body: Record<string, unknown> & {
    items: { code: string; state: string; value?: object; reason?: string }[];
  };
}

async function call(who: string, method: string, path: string, payload?: object, etag?: string): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${tokens[who] ?? ''}`,
    'accept-language': 'fa',
    ...(etag === undefined ? {} : { 'if-match': etag }),
  };
  const response = await http.inject({
    method,
    url: `/api/v1${path}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  } as InjectOptions);
  return {
    status: response.statusCode,
    etag: String(response.headers['etag']),
    body: JSON.parse(response.body) as Answer['body'],
  };
}

/** What a supermarket types; each test has an owner and an account of its own. */
const SHEBAS = ['IR710560000000100324200001', 'IR970170000000100324200002', 'IR370120000000100324200003'];
let shops = 0;
function papers(): Record<string, Record<string, string>> {
  const n = shops++;
  return {
    guild_licence: {
      number: `045112345${n}`,
      issuer: 'اتحادیه سوپرمارکت تهران',
      issued: '2024-05-01',
      ends: '2027-05-01',
    },
    owner_identity: { nationalId: ['0010350829', '0084575948', '1111111111'][n] ?? '', name: 'علي كريمي' },
    tax_code: { code: `۱۲۳۴۵۶۷۸۹${n}` },
    sheba: { sheba: SHEBAS[n] ?? '' },
    mobile: { number: `+98 912 345 67 8${n}` },
    address: { postalCode: `143576899${n}`, text: 'تهران، خیابان فاطمی، پلاک ۱۲' },
    terminal: { wish: 'own', serial: `S-90${n}` },
    terms: { version: '1405-1' },
  };
}

/** Acts one after another, each on what the one before left. */
async function draft(values: Record<string, Record<string, string>>): Promise<Answer> {
  let last = await call('clerk', 'POST', '/cases', { name: 'سوپر ماركت نمونه', guild: 'supermarket' });
  expect(last.status).toBe(201);
  await givePapers(pool, String(last.body['id']), now);
  for (const [code, value] of Object.entries(values)) {
    last = await call('clerk', 'PUT', `/cases/${String(last.body['id'])}/items/${code}`, { value }, last.etag);
    expect([code, last.status, last.body['errors']]).toEqual([code, 200, undefined]);
  }
  await confirmByOwner(pool, String(last.body['id']), now);
  return last;
}
const path = ({ body }: Answer, rest = ''): string => `/cases/${String(body['id'])}${rest}`;
const accept = (last: Answer, who: string, code: string): Promise<Answer> =>
  call(who, 'POST', path(last, `/items/${code}/judgement`), { event: 'accept' }, last.etag);
const stateOf = ({ body }: Answer, code: string): string | undefined =>
  body.items.find((item) => item.code === code)?.state;

test('a guild that is not in the scheme is refused at the first question, with the guilds that are', async () => {
  const refused = await call('clerk', 'POST', '/cases', { name: 'کتابفروشی', guild: 'bookshop' });
  expect(refused).toMatchObject({ status: 422, body: { code: 'shops.guild', title: 'این صنف در طرح نیست' } });
  const rules = await call('clerk', 'GET', '/shop-rules');
  expect((rules.body['guilds'] as { code: string }[]).map(({ code }) => code)).toContain('dairy');
});

test.each([
  [
    'guild_licence',
    { number: '0451123456', issuer: 'اتحادیه', issued: '2020-01-01', ends: '2026-11-26' },
    '/value/ends',
  ],
  [
    'guild_licence',
    { number: '0451123456', issuer: 'اتحادیه', issued: '2026-02-31', ends: '2027-01-01' },
    '/value/issued',
  ],
  ['owner_identity', { nationalId: '0010350828', name: 'علی' }, '/value/nationalId'],
  ['sheba', { sheba: 'IR062960000000100324200002' }, '/value/sheba'],
  ['mobile', { number: '02188776655' }, '/value/number'],
  ['address', { postalCode: '0435768995', text: 'تهران' }, '/value/postalCode'],
  ['terminal', { wish: 'own' }, '/value/serial'],
  ['terms', { version: '1404-1' }, '/value/version'],
  ['tax_code', { code: '1234567890', more: 'x' }, '/value/more'],
])('%s: %j is refused beside its field, in Persian', async (code, value, pointer) => {
  const last = await call('clerk', 'POST', '/cases', { name: 'سوپر نمونه', guild: 'supermarket' });
  const refused = await call('clerk', 'PUT', path(last, `/items/${code}`), { value }, last.etag);
  expect(refused).toMatchObject({ status: 422, body: { code: 'shops.value', errors: [{ pointer }] } });
  expect(JSON.stringify(refused.body['errors'])).toMatch(/[آ-ی]/);
});

test('what turns a line is refused before anything else looks at it', async () => {
  const last = await call('clerk', 'POST', '/cases', { name: 'سوپر نمونه', guild: 'supermarket' });
  const value = { nationalId: '0010350829', name: 'علی\u202e' };
  const refused = await call('clerk', 'PUT', path(last, '/items/owner_identity'), { value }, last.etag);
  const errors = [{ pointer: '/value/name', detail: 'نویسهٔ کنترلی یا جهت‌دهنده دارد' }];
  expect(refused).toMatchObject({ status: 400, body: { code: 'api.invalid', errors } });
});

test('a supermarket is returned once for its licence, and approved by two persons who did not type it: it is a merchant', async () => {
  const values = papers();
  let last = await draft(values);
  expect(last.body['waiting']).toMatchObject({ on: 'applicant', can: ['submit', 'withdraw'] });
  last = await call('clerk', 'POST', path(last, '/submit'), {}, last.etag);
  expect(last.body).toMatchObject({ state: 'REVIEW_1', waiting: { on: 'reviewer' } });
  expect([stateOf(last, 'terms'), stateOf(last, 'relations'), stateOf(last, 'sheba')]).toEqual([
    'met',
    'met',
    'unknown',
  ]);

  const judge = path(last, '/items/guild_licence/judgement');
  expect(await call('sara', 'POST', judge, { event: 'ask' }, last.etag)).toMatchObject({ status: 409 }); // no reason
  last = await call('sara', 'POST', judge, { event: 'ask', reason: 'not_readable', note: 'مهر خوانا نیست' }, last.etag);
  expect(last.body).toMatchObject({
    state: 'RETURNED',
    waiting: { on: 'applicant', items: ['guild_licence'], until: new Date(NOW + 10 * DAY).toISOString() },
  });
  expect(last.body.items.find(({ code }) => code === 'guild_licence')).toMatchObject({ reason: 'not_readable' });
  last = await call('clerk', 'PUT', path(last, '/items/guild_licence'), { value: values['guild_licence'] }, last.etag);
  expect(last.body['state']).toBe('REVIEW_1');

  const early = await call('sara', 'POST', path(last, '/reviews'), { verdict: 'approve' }, last.etag);
  expect(early).toMatchObject({ status: 409, body: { code: 'shops.refused' } }); // items are open
  for (const { code, state } of last.body.items.filter((item) => item.state === 'unknown')) {
    expect([code, state]).toEqual([code, 'unknown']);
    last = await accept(last, 'sara', code);
    expect(last.status).toBe(200);
  }
  expect(last.body.items.find(({ code }) => code === 'guild_licence')).toMatchObject({
    validUntil: '2027-05-01T20:30:00.000Z',
  });
  const own = await call('clerk', 'POST', path(last, '/reviews'), { verdict: 'approve' }, last.etag);
  expect(own.status).toBe(409); // who typed it does not sign it
  last = await call('sara', 'POST', path(last, '/reviews'), { verdict: 'approve' }, last.etag);
  expect(last.body['state']).toBe('REVIEW_2');
  expect((await call('sara', 'POST', path(last, '/reviews'), { verdict: 'approve' }, last.etag)).status).toBe(409);
  const seen = last.etag;
  last = await call('reza', 'POST', path(last, '/reviews'), { verdict: 'approve' }, last.etag);
  expect(last.body).toMatchObject({ state: 'APPROVED', merchant: expect.stringMatching(/^9\d{14}$/) as unknown });
  expect((await call('reza', 'POST', path(last, '/reviews'), { verdict: 'refuse' }, seen)).status).toBe(412);

  const { rows } = await owner.query(
    'select name, guild, owner_national_id, tax_code, sheba, mobile, postal_code, status from merchants where merchant_id = $1',
    [last.body['merchant']],
  );
  expect(rows).toEqual([
    {
      name: 'سوپر مارکت نمونه',
      guild: 'supermarket',
      owner_national_id: '0010350829',
      tax_code: '1234567890',
      sheba: SHEBAS[0],
      mobile: '09123456780',
      postal_code: '1435768990',
      status: 'approved',
    },
  ]);
});

test('what is typed counts once its papers are there, and a case without them cannot be sent', async () => {
  shops = 2;
  let last = await call('clerk', 'POST', '/cases', { name: 'سوپر بی‌مدرک', guild: 'supermarket' });
  const id = String(last.body['id']);
  const values = { ...papers(), owner_identity: { nationalId: '0123456789', name: 'نرگس صادقی' } };
  for (const [code, value] of Object.entries(values)) {
    last = await call('clerk', 'PUT', path(last, `/items/${code}`), { value }, last.etag);
  }
  const licence = (): object | undefined => last.body.items.find(({ code }) => code === 'guild_licence');
  expect(licence()).toMatchObject({ state: 'due', reason: 'paper_missing', value: { number: '0451123452' } });
  expect([stateOf(last, 'owner_identity'), stateOf(last, 'sheba')]).toEqual(['due', 'submitted']);
  expect(await call('clerk', 'POST', path(last, '/submit'), {}, last.etag)).toMatchObject({
    status: 409,
    body: { code: 'shops.refused' },
  });
  await givePapers(pool, id, now);
  last = await call('clerk', 'GET', path(last));
  expect(licence()).toMatchObject({ state: 'submitted' });
  expect(licence()).not.toHaveProperty('reason');
  const { rows } = await owner.query<{ paper: string }>(
    `select paper_id::text as paper from shop_papers where case_id = $1 and kind = 'national_card'`,
    [id],
  );
  const by = { actor: { id: null, name: 'applicant' } };
  await transaction(pool, (db) => detachPaper(db, id, rows[0]!.paper, by, now));
  last = await call('clerk', 'GET', path(last));
  expect(stateOf(last, 'owner_identity')).toBe('due');
  await givePapers(pool, id, now);
  last = await call('clerk', 'GET', path(last));
  last = await call('clerk', 'POST', path(last, '/submit'), {}, last.etag);
  expect(last.status).toBe(200);
  await expect(transaction(pool, (db) => detachPaper(db, id, '1', by, now))).rejects.toMatchObject({
    code: 'papers.unknown',
  });
  shops = 1;
});

test('the same owner and account in a second application are shown to the reviewers, who decide', async () => {
  shops = 0;
  let last = await draft(papers());
  last = await call('clerk', 'POST', path(last, '/submit'), {}, last.etag);
  expect(last.body['state']).toBe('REVIEW_1');
  const relations = last.body.items.find(({ code }) => code === 'relations');
  expect(relations).toMatchObject({ state: 'failed', reason: 'duplicate' });
  const matched = (relations?.value as { matches: { item: string; merchant?: string }[] }).matches;
  expect(matched).toContainEqual(expect.objectContaining({ item: 'sheba', merchant: expect.any(String) as unknown }));
  expect(new Set(matched.map(({ item }) => item))).toContain('owner_identity');
  last = await call('sara', 'POST', path(last, '/reviews'), { verdict: 'refuse', note: 'همان فروشگاه' }, last.etag);
  last = await call('reza', 'POST', path(last, '/reviews'), { verdict: 'refuse' }, last.etag);
  expect(last.body['state']).toBe('REFUSED');
  expect(last.body['merchant']).toBeUndefined();
});

test('a draft that nobody finished lapses, is no refusal, and is reopened at once', async () => {
  let last = await call('clerk', 'POST', '/cases', { name: 'لبنیات نمونه', guild: 'dairy' });
  now = NOW + 31 * DAY;
  try {
    tokens['late'] = await loginToken(pool, await addActor(pool, 'late', ['clerk']), now);
    last = await call('late', 'GET', path(last));
    expect(last.body).toMatchObject({ state: 'LAPSED', waiting: { on: 'applicant', can: ['reopen'] } });
    expect(
      (await call('late', 'PUT', path(last, '/items/terms'), { value: { version: '1405-1' } }, last.etag)).status,
    ).toBe(409);
    last = await call('late', 'POST', path(last, '/reopen'), {}, last.etag);
    expect(last.body['state']).toBe('DRAFT');
  } finally {
    now = NOW;
  }
});

test('nobody without the role enters, reads or signs; every reading stands in the audit', async () => {
  expect((await call('guest', 'POST', '/cases', { name: 'ab', guild: 'dairy' })).status).toBe(403);
  expect((await call('guest', 'GET', '/cases/1')).status).toBe(403);
  await call('sara', 'GET', '/cases/1');
  const { rows } = await owner.query(
    `select actor, object from audit where act = 'case.read' order by seq desc limit 1`,
  );
  expect(rows).toEqual([{ actor: 'sara', object: 'case:1' }]);
});

test('two reviewers at once: the second is told that the case was changed', async () => {
  const list = await call('sara', 'GET', '/cases?waitsOn=applicant&limit=1');
  expect((list.body['items'] as unknown as object[]).length).toBe(1);
  const last = await call('clerk', 'POST', '/cases', { name: 'قصابی نمونه', guild: 'butcher' });
  const withdraw = (): Promise<Answer> => call('clerk', 'POST', path(last, '/withdraw'), {}, last.etag);
  const both = await Promise.all([withdraw(), withdraw()]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
});

test('a suspension stops a shop at once and ends by itself; everything else takes two persons', async () => {
  const { rows } = await owner.query<{ merchant: string }>(
    'select merchant_id as merchant from shops where merchant_id is not null limit 1',
  );
  const shop = `/shops/${rows[0]?.merchant ?? ''}`;
  const sells = async (): Promise<unknown> =>
    (await owner.query('select status from merchants where merchant_id = $1', [rows[0]?.merchant])).rows[0];
  const decision = {
    state: 'SUSPENDED',
    reason: 'خرید صوری در یک دقیقه',
    evidence: ['533112345678'],
    rule: 'cash-out/1405-1',
  };
  expect((await call('sara', 'POST', `${shop}/decisions`, decision)).status).toBe(409); // without an end
  const soon = new Date(Date.now() + 2_000).toISOString();
  now = Date.now();
  tokens['sara'] = await loginToken(
    pool,
    {
      id: (await owner.query<{ id: string }>(`select person_id::text as id from persons where login = 'sara'`)).rows[0]!
        .id,
      name: 'sara',
    },
    now,
  );
  tokens['reza'] = await loginToken(
    pool,
    {
      id: (await owner.query<{ id: string }>(`select person_id::text as id from persons where login = 'reza'`)).rows[0]!
        .id,
      name: 'reza',
    },
    now,
  );
  const suspended = await call('sara', 'POST', `${shop}/decisions`, { ...decision, until: soon });
  expect(suspended).toMatchObject({ status: 201, body: { standing: 'SUSPENDED', sells: false } });
  expect(await sells()).toEqual({ status: 'suspended' });
  while ((await applyStandings(pool)) === 0) await new Promise((done) => setTimeout(done, 100));
  expect(await sells()).toEqual({ status: 'approved' });

  const closing = await call('sara', 'POST', `${shop}/decisions`, {
    state: 'DISQUALIFIED',
    reason: 'سه تخلف تأییدشده در یک سال',
  });
  expect(closing.body).toMatchObject({ standing: 'ACTIVE', sells: true });
  const id = (closing.body['decisions'] as { id: string }[]).at(-1)!.id;
  expect((await call('sara', 'POST', `${shop}/decisions/${id}/confirmation`, {})).status).toBe(409);
  expect(await call('reza', 'POST', `${shop}/decisions/${id}/confirmation`, {})).toMatchObject({
    status: 200,
    body: { standing: 'DISQUALIFIED', sells: false },
  });
  expect(await sells()).toEqual({ status: 'suspended' });
  await owner.query(`update merchants set status = 'approved' where merchant_id = $1`, [rows[0]?.merchant]); // as a file would
  expect(await sells()).toEqual({ status: 'suspended' });
  const renewed = await call('sara', 'POST', `${shop}/decisions`, {
    ...decision,
    until: new Date(now + DAY).toISOString(),
  });
  expect(renewed.status).toBe(409); // nobody goes from disqualified to suspended
});

test('a file that suspends a shop while a decision does is obeyed when the decision has ended', async () => {
  const { rows } = await owner.query<{ merchant: string }>(
    `insert into merchants (merchant_id, name, guild, sheba, status) values ('000000000000777', 'x', 'dairy', $1, 'approved') returning merchant_id as merchant`,
    [SHEBAS[1]],
  );
  const [shop = { merchant: '' }] = rows;
  const status = async (): Promise<unknown> =>
    (await owner.query('select status from merchants where merchant_id = $1', [shop.merchant])).rows[0];
  const says = (value: string): Promise<unknown> =>
    owner.query('update merchants set status = $2 where merchant_id = $1', [shop.merchant, value]);
  const person = (await owner.query<{ id: string }>('select min(person_id)::text as id from persons')).rows[0]?.id;
  await owner.query(
    `insert into shop_decisions (merchant_id, state, at, until, reason, decided_by)
     values ($1, 'SUSPENDED', now(), now() + interval '1 second', 'for a second, by a test', $2)`,
    [shop.merchant, person],
  );
  await applyStandings(pool);
  expect(await status()).toEqual({ status: 'suspended' });
  await says('suspended'); // stolen, says a file meanwhile
  await owner.query('select pg_sleep(1.1)');
  await applyStandings(pool);
  expect(await status()).toEqual({ status: 'suspended' });
  await says('approved');
  await applyStandings(pool);
  expect(await status()).toEqual({ status: 'approved' });
  await says('suspended'); // and later: the decision that has ended lifts nothing
  await applyStandings(pool);
  expect(await status()).toEqual({ status: 'suspended' });
});

test('of a returned case only what is asked again can be changed, and who typed it judges nothing of it', async () => {
  now = NOW; // a decision before this one needed the time of the database
  shops = 1;
  let last = await draft(papers());
  last = await call('clerk', 'POST', path(last, '/submit'), {}, last.etag);
  const own = await call('clerk', 'POST', path(last, '/items/sheba/judgement'), { event: 'accept' }, last.etag);
  expect(own).toMatchObject({ status: 409, body: { code: 'shops.refused' } });
  const asked = { event: 'ask', reason: 'not_readable' };
  last = await call('sara', 'POST', path(last, '/items/guild_licence/judgement'), asked, last.etag);
  expect(last.body['state']).toBe('RETURNED');
  const other = await call('clerk', 'PUT', path(last, '/items/sheba'), { value: { sheba: SHEBAS[2] } }, last.etag);
  expect(other).toMatchObject({ status: 409, body: { code: 'shops.refused' } });
});

test('no role at work makes a merchant by itself, and nobody approves alone in the database', async () => {
  await expect(
    pool.query(
      `insert into merchants (merchant_id, name, guild, sheba, status) values ('900000000000999', 'x', 'dairy', $1, 'approved')`,
      [SHEBAS[0]],
    ),
  ).rejects.toThrow('permission denied');
  const { rows } = await owner.query<{ id: string }>(
    `select case_id::text as id from shop_cases where state = 'REFUSED' limit 1`,
  );
  await expect(pool.query('select enrol_shop($1)', [rows[0]?.id])).rejects.toThrow('not approved by two persons');
  await pool.query(`update shop_cases set state = 'APPROVED', waits_on = null where case_id = $1`, [rows[0]?.id]);
  await expect(pool.query('select enrol_shop($1)', [rows[0]?.id])).rejects.toThrow('not approved by two persons');
});
