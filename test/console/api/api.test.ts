import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import fastJson from 'fast-json-stringify';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { readFileSync } from 'node:fs';
import { PROBLEMS } from '../../../src/console/api/problem-codes.ts';
import { createHttp } from '../../../src/console/http.ts';
import { openPool } from '../../../src/ops/database.ts';
import { createAjv } from '../../../src/ops/schema.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import type { People } from '../../../src/people/index.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { setUpPerson, testPeople, type SetUpPerson } from '../../support/people.ts';

const MINUTE = 60_000;
const STEP = 90_000;

let now = Date.now();
let server: EmbeddedPostgres;
let pool: pg.Pool;
let people: People;
let http: FastifyInstance;
let admin: Browser;
let auditor: Browser;
let adminPerson: SetUpPerson;
let auditorPerson: SetUpPerson;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 6); // with the rights of its duty
  pool.on('error', () => undefined);
  people = testPeople(pool, { now: () => now });
  http = open(() => people);
  adminPerson = await setUpPerson(people, 'zahra', ['admin', 'maker']);
  auditorPerson = await setUpPerson(people, 'babak', ['auditor']);
  now += STEP;
  admin = await signIn(adminPerson);
  auditor = await signIn(auditorPerson);
});
afterAll(async () => {
  await http.close();
  await pool.end();
  await server.stop();
});

function open(of: () => People | undefined): FastifyInstance {
  const log = pino({ level: 'silent' });
  return createHttp({
    registry: new Registry(),
    clock: systemClock,
    notReady: () => Promise.resolve([]),
    api: { people: of, log },
  });
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
}

type Browser = Readonly<Record<string, string>>;

async function call(method: string, path: string, headers: Browser = {}, payload?: unknown): Promise<Answer> {
  const request = { method, url: path.startsWith('/') ? `/api/v1${path}` : path, headers: { ...headers } };
  const body = payload === undefined ? {} : { payload: payload as object };
  const response = await http.inject({ ...request, ...body } as InjectOptions);
  const text = response.body;
  return {
    status: response.statusCode,
    headers: response.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

/** The headers that a page of ours sends. */
async function signIn(person: SetUpPerson): Promise<Browser> {
  const first = await call('POST', '/session', {}, { login: person.login, password: person.password });
  const code = person.code(now);
  const second = await call('POST', '/session/second-factor', {}, { challenge: first.body['challenge'], code });
  if (second.status !== 201) throw new Error(JSON.stringify(second.body));
  const cookie = String(second.headers['set-cookie']).split(';')[0] ?? '';
  return { cookie, 'x-csrf-token': String(second.body['csrfToken']) };
}

const newPerson = (login: string) => ({ login, nameFa: 'رضا', nameEn: 'Reza', roles: ['clerk'] });

describe('a session', () => {
  test('is a cookie that no script and no other site can use', async () => {
    now += STEP;
    const first = await call('POST', '/session', {}, { login: 'zahra', password: adminPerson.password });
    expect(first).toMatchObject({ status: 200, body: { next: 'second-factor' } });
    expect(first.headers['set-cookie']).toBeUndefined();
    const code = { challenge: first.body['challenge'], code: adminPerson.code(now) };
    const second = await call('POST', '/session/second-factor', {}, code);
    expect(second.headers['set-cookie']).toMatch(
      /^__Host-kalabarg=kbs_[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    expect(second.body).toMatchObject({ person: { login: 'zahra', roles: ['admin', 'maker'] }, signedInBy: 'session' });
    expect(second.headers['cache-control']).toBe('no-store');
    expect(second.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('says who one is, and ends', async () => {
    now += STEP;
    const own = await signIn(adminPerson);
    expect((await call('GET', '/me', own)).body).toMatchObject({ csrfToken: own['x-csrf-token'] });
    const out = await call('DELETE', '/session', own);
    expect(out).toMatchObject({ status: 204 });
    expect(out.headers['set-cookie']).toContain('Max-Age=0');
    expect(await call('GET', '/me', own)).toMatchObject({ status: 401, body: { code: 'sign-in.none' } });
  });

  test.each([
    ['without the page’s token', { 'x-csrf-token': '' }],
    ['with another one', { 'x-csrf-token': 'A'.repeat(43) }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour of the site', { 'sec-fetch-site': 'same-site' }],
    ['from another origin', { origin: 'https://evil.example' }],
  ])('changes nothing %s', async (_, headers) => {
    const answer = await call('POST', '/people', { ...admin, ...headers }, newPerson('never'));
    expect(answer).toMatchObject({ status: 403, body: { code: 'api.csrf' } });
  });

  test('is not begun from another site', async () => {
    const body = { login: 'zahra', password: 'x' };
    expect((await call('POST', '/session', { 'sec-fetch-site': 'cross-site' }, body)).status).toBe(403);
  });

  test('is not what a bearer token may be used as, nor twice in one request', async () => {
    const token = admin['cookie']?.split('=')[1] ?? '';
    expect((await call('GET', '/me', { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await call('GET', '/me', { cookie: `${admin['cookie'] ?? ''}; ${admin['cookie'] ?? ''}` })).status).toBe(
      401,
    );
  });

  test('a wrong password, an unknown name and a wrong code are answered alike', async () => {
    const wrong = await call('POST', '/session', {}, { login: 'zahra', password: 'not this one 77' });
    const unknown = await call('POST', '/session', {}, { login: 'nobody-here', password: 'not this one 77' });
    const same: Record<string, unknown> = { ...wrong.body, instance: expect.any(String) };
    expect(unknown).toMatchObject({ status: 401, body: same });
    expect(wrong.body['code']).toBe('sign-in.refused');
  });

  test('is told to wait after too many attempts', async () => {
    const attempt = () => call('POST', '/session', {}, { login: 'locked-out', password: 'not this one 77' });
    for (let tries = 0; tries < 5; tries++) await attempt();
    const answer = await attempt();
    expect(answer).toMatchObject({ status: 429, body: { code: 'sign-in.locked' } });
    expect(answer.headers['retry-after']).toBe('30');
    await pool.query('delete from sign_in_attempts');
  });
});

describe('people', () => {
  test('an admin adds a person, who sets up and signs in; the set-up code is in no list', async () => {
    const added = await call('POST', '/people', admin, newPerson('reza'));
    expect(added).toMatchObject({ status: 201, body: { login: 'reza', state: 'invited', version: 1 } });
    const { id, setupCode } = added.body as { id: string; setupCode: string };
    expect((await call('GET', `/people/${id}`, admin)).body).not.toHaveProperty('setupCode');
    const begun = await call('POST', '/setup', {}, { login: 'reza', setupCode });
    expect(begun.body['otpauth']).toMatch(/^otpauth:\/\/totp\/kalabarg:reza\?secret=[A-Z2-7]{32}&/);
    const weak = { login: 'reza', setupCode, password: 'Password12345', code: '000000' };
    expect(await call('POST', '/setup/confirm', {}, weak)).toMatchObject({
      status: 422,
      body: { code: 'password.weak' },
    });
  });

  test('a change rests on what was read', async () => {
    const { body } = await call('POST', '/people', admin, newPerson('versions'));
    const path = `/people/${String(body['id'])}`;
    const read = await call('GET', path, admin);
    expect(read.headers['etag']).toBe('"1"');
    expect((await call('GET', path, { ...admin, 'if-none-match': '"1"' })).status).toBe(304);
    const patch = { roles: ['reviewer'], reason: 'moved' };
    expect(await call('PATCH', path, admin, patch)).toMatchObject({ status: 428, body: { code: 'api.no-version' } });
    const changed = await call('PATCH', path, { ...admin, 'if-match': '"1"' }, patch);
    expect(changed).toMatchObject({ status: 200, body: { roles: ['reviewer'], version: 2 } });
    expect(changed.headers['etag']).toBe('"2"');
    for (const stale of ['"1"', '*', 'W/"2"', '2', '"x"'])
      expect(await call('PATCH', path, { ...admin, 'if-match': stale }, patch)).toMatchObject({
        status: 412,
        body: { code: 'api.stale' },
      });
  });

  test('who comes too late is told what it is by now, if they may see it', async () => {
    const { body } = await call('POST', '/people', admin, newPerson('late'));
    const path = `/people/${String(body['id'])}`;
    const match = { ...admin, 'if-match': '"1"' };
    await call('PATCH', path, match, { roles: ['reviewer'] });
    const late = await call('PATCH', path, match, { roles: ['maker'] });
    const now = await call('GET', path, admin);
    expect(late).toMatchObject({
      status: 412,
      headers: { etag: '"2"' },
      body: { code: 'api.stale', current: now.body },
    });
    expect(now.body).toMatchObject({ roles: ['reviewer'] });
    const never = await call('PATCH', path, { ...auditor, 'if-match': '"1"' }, { roles: ['maker'] });
    expect(never).toMatchObject({ status: 403 });
    expect(never.body).not.toHaveProperty('current');
  });

  test('of two who change at once one is told that it is stale', async () => {
    const { body } = await call('POST', '/people', admin, newPerson('raced'));
    const path = `/people/${String(body['id'])}`;
    const answers = await Promise.all(
      ['clerk', 'maker'].map((role) => call('PATCH', path, { ...admin, 'if-match': '"1"' }, { roles: [role] })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  test('the list goes by cursor', async () => {
    const seen: unknown[] = [];
    for (let next: string | null = ''; next !== null;) {
      const page = await call('GET', `/people?limit=2${next === '' ? '' : `&cursor=${next}`}`, admin);
      seen.push(...(page.body['items'] as { id: string }[]).map(({ id }) => id));
      next = page.body['next'] as string | null;
    }
    const { rows } = await pool.query<{ id: string }>('select person_id::text as id from persons order by person_id');
    expect(seen).toEqual(rows.map(({ id }) => id));
  });

  test('whoever works here reads the name behind a number, of one who was removed too', async () => {
    const clerk = await setUpPerson(people, 'nameless', ['clerk']);
    now += STEP;
    const own = await signIn(clerk);
    const path = `/people/${adminPerson.id}/name`;
    const named = { id: adminPerson.id, login: 'zahra', nameFa: expect.any(String), nameEn: expect.any(String) };
    expect(await call('GET', path, own)).toMatchObject({ status: 200, body: { ...named, active: true } });
    expect(Object.keys((await call('GET', path, own)).body).sort()).toEqual([
      'active',
      'id',
      'login',
      'nameEn',
      'nameFa',
    ]);
    const gone = String((await call('POST', '/people', admin, newPerson('gone'))).body['id']);
    await call('PATCH', `/people/${gone}`, { ...admin, 'if-match': '"1"' }, { state: 'disabled', reason: 'left us' });
    expect(await call('GET', `/people/${gone}/name`, own)).toMatchObject({ body: { login: 'gone', active: false } });
    expect(await call('GET', '/people/999999/name', own)).toMatchObject({ status: 404, body: { code: 'people.unknown' } }); // prettier-ignore
    expect((await call('GET', path, {})).status).toBe(401);
  });

  test('the last admin is not disabled', async () => {
    const { body } = await call('GET', `/people/${adminPerson.id}`, admin);
    const match = { ...admin, 'if-match': `"${String(body['version'])}"` };
    expect(await call('PATCH', `/people/${adminPerson.id}`, match, { state: 'disabled' })).toMatchObject({
      status: 409,
      body: { code: 'people.last-admin' },
    });
  });

  test('who has not the role may not, and that stands in the audit', async () => {
    const answer = await call('POST', '/people', auditor, newPerson('never'));
    expect(answer).toMatchObject({ status: 403, body: { code: 'people.permission' } });
    expect(answer.body['detail']).toContain('role admin');
    const audit = await call('GET', '/audit?act=permission&limit=1', auditor);
    expect(audit.body['items']).toMatchObject([
      {
        actor: 'babak',
        act: 'permission.refused',
        object: 'permission:people:change',
        requestId: answer.headers['x-request-id'],
      },
    ]);
    expect((await call('GET', '/audit', admin)).status).toBe(403);
  });

  test('a change of people wants both factors again after a quarter of an hour', async () => {
    now += STEP;
    const own = await signIn(adminPerson);
    now += 15 * MINUTE + 1;
    expect(await call('POST', '/people', own, newPerson('later'))).toMatchObject({
      status: 403,
      body: { code: 'people.proof' },
    });
    const proof = { password: adminPerson.password, code: adminPerson.code(now) };
    expect(await call('POST', '/session/proof', own, { ...proof, code: '000000' })).toMatchObject({ status: 401 });
    expect(await call('POST', '/session/proof', own, proof)).toMatchObject({ status: 204 });
    expect((await call('POST', '/people', own, newPerson('later'))).status).toBe(201);
    now += STEP;
    admin = await signIn(adminPerson);
    auditor = await signIn(auditorPerson);
  });
});

describe('an idempotency key', () => {
  const keyed = (key: string) => ({ ...admin, 'idempotency-key': key });

  test('the same request again does nothing more, and does not show what is shown once', async () => {
    const first = await call('POST', '/people', keyed('k-1'), newPerson('keyed'));
    const again = await call('POST', '/people', keyed('k-1'), newPerson('keyed'));
    expect(first.body['setupCode']).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){4}$/);
    const kept = { ...first.body };
    delete kept['setupCode'];
    expect(again).toMatchObject({ status: 201, body: kept, headers: { 'idempotency-replayed': 'true', etag: '"1"' } });
    expect(again.body).not.toHaveProperty('setupCode');
    const { rows } = await pool.query<{ text: string }>("select string_agg(body::text, ' ') as text from api_requests");
    expect(rows[0]?.text).not.toContain(String(first.body['setupCode']));
  });

  test('many at once do it once', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => call('POST', '/people', keyed('k-2'), newPerson('once'))));
    expect(all.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(all.map(({ body }) => body['id'])).size).toBe(1);
    expect(all.filter(({ body }) => 'setupCode' in body)).toHaveLength(1);
  });

  test('is one request’s, and a request that was refused may be tried again', async () => {
    await call('POST', '/people', keyed('k-3'), newPerson('third'));
    expect(await call('POST', '/people', keyed('k-3'), newPerson('fourth'))).toMatchObject({
      status: 422,
      body: { code: 'api.key-reused' },
    });
    expect((await call('POST', '/people', keyed('k-4'), newPerson('third'))).status).toBe(409);
    expect((await call('POST', '/people', keyed('k-4'), newPerson('fourth'))).status).toBe(201);
    expect((await call('POST', '/people', keyed('x'.repeat(101)), newPerson('fifth'))).status).toBe(400);
  });
});

describe('tokens', () => {
  test('a program’s token gives its scopes, is listed without itself, and can be taken away', async () => {
    const expiresAt = new Date(now + 86_400_000).toISOString();
    const made = await call('POST', '/tokens', admin, { name: 'nightly', scopes: ['people:read'], expiresAt });
    expect(made.status).toBe(201);
    const { token, id } = made.body as { token: string; id: string };
    const program = { authorization: `Bearer ${token}` };
    expect((await call('GET', '/me', program)).body).toMatchObject({
      signedInBy: 'token',
      permissions: ['people:read'],
    });
    expect((await call('GET', '/people', program)).status).toBe(200);
    expect((await call('POST', '/people', program, newPerson('never'))).status).toBe(403);
    expect(JSON.stringify((await call('GET', '/tokens', admin)).body)).not.toContain(token);
    expect((await call('DELETE', `/tokens/${id}`, auditor)).status).toBe(404);
    expect((await call('DELETE', `/tokens/${id}`, admin)).status).toBe(204);
    expect((await call('GET', '/me', program)).status).toBe(401);
    expect(await call('POST', '/tokens', admin, { name: 'x', scopes: ['people:change'], expiresAt })).toMatchObject({
      status: 422,
      body: { code: 'token.scope' },
    });
  });
});

describe('saved views', () => {
  const path = (name: string, page = 'transactions'): string => `/me/views/${encodeURIComponent(page)}/${encodeURIComponent(name)}`; // prettier-ignore
  const filters = { code: '51', from: '2026-11-01' };
  const namesOf = ({ body }: Answer): unknown[] => (body['items'] as { name: string }[]).map(({ name }) => name);

  test('are kept under a name, read, replaced and removed, each on what was read', async () => {
    const name = 'بی‌اعتبارهای این ماه، همهٔ پایانه‌ها';
    const made = await call('PUT', path(name), admin, { filters });
    expect(made).toMatchObject({ status: 201, headers: { etag: '"1"' }, body: { page: 'transactions', name, filters } });
    expect((await call('GET', path(name), admin)).body).toEqual(made.body);
    expect(await call('PUT', path(name), admin, { filters })).toMatchObject({ status: 428, body: { code: 'api.no-version' } });
    const next = await call('PUT', path(name), { ...admin, 'if-match': '"1"' }, { filters: { code: '61' } });
    expect(next).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(await call('PUT', path(name), { ...admin, 'if-match': '"1"' }, { filters })).toMatchObject({
      status: 412,
      body: { code: 'api.stale', current: { version: 2, filters: { code: '61' } } },
    });
    expect((await call('DELETE', path(name), { ...admin, 'if-match': '"1"' })).status).toBe(412);
    expect((await call('DELETE', path(name), { ...admin, 'if-match': '"2"' })).status).toBe(204);
    expect(await call('GET', path(name), admin)).toMatchObject({ status: 404, body: { code: 'views.unknown' } });
    const { body } = await call('GET', `/audit?act=view&limit=3`, auditor);
    expect(body['items']).toMatchObject([
      { actor: 'zahra', act: 'view.removed', object: `view:transactions:${name}`, before: { code: '61' } },
      { act: 'view.saved', before: filters, after: { code: '61' } },
      { act: 'view.saved', before: null, after: filters },
    ]);
  }); // prettier-ignore

  test('are each person’s own, of one list or of all', async () => {
    await call('PUT', path('late', 'bank-answers/leftovers'), admin, { filters: { state: 'open' } });
    await call('PUT', path('late', 'breaks'), admin, { filters: {} });
    await call('PUT', path('hers', 'breaks'), auditor, { filters: {} });
    expect(namesOf(await call('GET', '/me/views?page=bank-answers%2Fleftovers', admin))).toEqual(['late']);
    expect(namesOf(await call('GET', '/me/views', admin))).toEqual(['late', 'late']);
    expect(namesOf(await call('GET', '/me/views', auditor))).toEqual(['hers']);
    expect((await call('DELETE', path('late', 'breaks'), { ...auditor, 'if-match': '"1"' })).status).toBe(404);
  });

  test('are twenty of a list, whoever asks at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 22 }, (_, n) => call('PUT', path(`view ${n}`, 'terminals'), admin, { filters })),
    );
    expect(all.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(all.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'views.many' });
    expect((await call('PUT', path('view 0', 'terminals'), { ...admin, 'if-match': '"1"' }, { filters: {} })).status).not.toBe(409); // prettier-ignore
  });

  test.each([
    ['a page that is no list', path('x', '../audit'), { filters }, 'api.invalid'],
    ['a name of 41 letters', path('x'.repeat(41)), { filters }, 'api.invalid'],
    ['a blank name', path(' '), { filters }, 'api.invalid'],
    ['a filter that is no text', path('x'), { filters: { code: 1 } }, 'api.invalid'],
    ['a filter with another sign', path('x'), { filters: { 'a[b]': 'x' } }, 'api.invalid'],
    ['a long filter', path('x'), { filters: { code: 'x'.repeat(201) } }, 'api.invalid'],
    ['too many filters', path('x'), { filters: Object.fromEntries(Array.from('abcdefghijklmnopqrstu', (each) => [each, '1'])) }, 'api.invalid'],
    ['text that turns the line', path('x'), { filters: { code: '\u202e' } }, 'api.invalid'],
    ['a whole card number', path('x'), { filters: { card: '۶۰۳۷ 9918 0000 0078' } }, 'views.pan'],
    ['one in the name', path('6037991800000078'), { filters: {} }, 'views.pan'],
  ])('refuse %s', async (_, at, body, code) => {
    const answer = await call('PUT', at, admin, body);
    expect([answer.status < 500 && answer.status >= 400, answer.body['code']]).toEqual([true, code]);
    expect(JSON.stringify(answer.body)).not.toContain('6037991800000078');
  }); // prettier-ignore
});

describe('a problem', () => {
  test.each([
    [
      'POST',
      '/session',
      { login: 'x' },
      400,
      [{ pointer: '/password', detail: "must have required property 'password'" }],
    ],
    ['POST', '/session', { login: 1, password: 'x' }, 400, [{ pointer: '/login', detail: 'must be string' }]],
    ['POST', '/session', { login: 'x', password: 'y', 'a/b': 1 }, 400, [{ pointer: '/a~1b', detail: 'must NOT have additional properties' }]], // prettier-ignore
    ['GET', '/people?limit=0', undefined, 400, [{ pointer: '?limit', detail: 'must be >= 1' }]],
    ['GET', '/people?cursor=nonsense', undefined, 400, undefined],
    ['GET', '/people/0', undefined, 400, [{ pointer: '/id', detail: 'must match pattern "^[1-9]\\d{0,17}$"' }]],
    ['GET', '/people/999999', undefined, 404, undefined],
    ['GET', '/nothing', undefined, 404, undefined],
    ['POST', '/people', [], 400, undefined],
  ])('%s %s %j', async (method, path, body, status, errors) => {
    const answer = await call(method, path, admin, body);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer).toMatchObject({
      status,
      body: { status, instance: expect.stringMatching(/^urn:kalabarg:request:/) },
    });
    expect(PROBLEMS).toHaveProperty([String(answer.body['code'])]);
    if (errors !== undefined) expect(answer.body['errors']).toEqual(errors);
  });

  test('is said in the language that is asked for', async () => {
    const persian = await call('POST', '/session', { 'accept-language': 'fa-IR,fa;q=0.9' }, { login: 'x' });
    expect(persian.headers).toMatchObject({ 'content-language': 'fa', vary: 'Accept-Language' });
    expect(persian.body).toMatchObject({
      code: 'api.invalid',
      title: 'درخواست درست نیست',
      errors: [{ pointer: '/password', detail: 'الزامی است' }],
    });
  });

  test('another body than JSON, one that is no JSON, one that is too large', async () => {
    const raw = (type: string, payload: string) =>
      http.inject({ method: 'POST', url: '/api/v1/session', headers: { 'content-type': type }, payload });
    expect((await raw('text/plain', 'x')).json()).toMatchObject({ status: 415, code: 'api.media-type' });
    expect((await raw('application/x-www-form-urlencoded', 'login=x')).json()).toMatchObject({ status: 415 });
    expect((await raw('application/json', '{"login":')).json()).toMatchObject({ status: 400, code: 'api.invalid' });
    const large = JSON.stringify({ login: 'x'.repeat(70_000), password: 'x' });
    expect((await raw('application/json', large)).json()).toMatchObject({ status: 413, code: 'api.too-large' });
  });

  test('of our own says nothing of itself', async () => {
    const broken = open(() => ({ ...people, pool: { query: () => Promise.reject(new Error('secret detail')) } as unknown as pg.Pool })); // prettier-ignore
    const answer = await broken.inject({ url: '/api/v1/me', headers: admin });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret detail');
    await broken.close();
  });

  test('while the gateway starts, everything is 503 but the document', async () => {
    const early = open(() => undefined);
    expect((await early.inject({ url: '/api/v1/me', headers: admin })).json()).toMatchObject({
      status: 503,
      code: 'api.busy',
    });
    expect((await early.inject('/api/v1/openapi.json')).statusCode).toBe(200);
    await early.close();
  });

  test('stands in docs/api.md, every one and no other', () => {
    const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z.-]+)` \| (\d{3}) \| \S/gm)].map(
      ([, code, status]) => `${code ?? ''} ${status ?? ''}`,
    );
    expect(rows).toEqual(Object.entries(PROBLEMS).map(([code, { status }]) => `${code} ${status}`));
  });
});

test('what every route reads and writes compiles, though only who asks it lets it', async () => {
  const readings: object[] = [];
  const writings: object[] = [];
  const fresh = open(() => undefined);
  fresh.addHook('onRoute', ({ schema = {} }) => {
    const { body, querystring, params, headers, response = {} } = schema;
    readings.push(...[body, querystring, params, headers].filter((part) => part !== undefined && part !== null));
    for (const answer of Object.values(response as Record<string, { content?: Record<string, { schema: object }> }>))
      writings.push(
        ...(answer.content === undefined ? [answer] : Object.values(answer.content).map(({ schema: of }) => of)),
      );
  });
  await fresh.ready();
  const ajv = createAjv({ coerce: true, defaults: true });
  for (const schema of readings) ajv.compile(schema);
  for (const schema of writings) fastJson(schema);
  expect([readings.length > 200, writings.length > 200]).toEqual([true, true]);
  await fresh.close();
});

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1, and has every route with its answers', async () => {
    const { body } = await call('GET', '/openapi.json');
    const validator = new Validator();
    const { valid, errors } = await validator.validate(body);
    expect(errors).toBeUndefined();
    expect([valid, validator.version]).toEqual([true, '3.1']);
    const paths = body['paths'] as Record<string, Record<string, { responses: object; summary?: string }>>;
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual([
      'DELETE /api/v1/cases/{id}/papers/{paper}',
      'DELETE /api/v1/me/views/{page}/{name}',
      'DELETE /api/v1/notices/{id}/papers/{paper}',
      'DELETE /api/v1/session',
      'DELETE /api/v1/tokens/{id}',
      'GET /api/v1/audit',
      'GET /api/v1/authorities',
      'GET /api/v1/authority-bindings',
      'GET /api/v1/authority-days',
      'GET /api/v1/bank-answers',
      'GET /api/v1/bank-answers/leftovers',
      'GET /api/v1/bank-answers/leftovers/{id}',
      'GET /api/v1/blocked-carries',
      'GET /api/v1/breaks',
      'GET /api/v1/breaks/{id}',
      'GET /api/v1/business-days',
      'GET /api/v1/business-days/{date}',
      'GET /api/v1/captures',
      'GET /api/v1/captures/{file}',
      'GET /api/v1/captures/{file}/test',
      'GET /api/v1/cases',
      'GET /api/v1/cases/{id}',
      'GET /api/v1/cases/{id}/checks',
      'GET /api/v1/cases/{id}/comments',
      'GET /api/v1/cases/{id}/desk',
      'GET /api/v1/cases/{id}/papers',
      'GET /api/v1/cases/{id}/papers/{paper}',
      'GET /api/v1/certificates',
      'GET /api/v1/certificates/crl',
      'GET /api/v1/certifications',
      'GET /api/v1/certifications/{id}',
      'GET /api/v1/complaints',
      'GET /api/v1/complaints/{id}',
      'GET /api/v1/devices',
      'GET /api/v1/devices/{id}',
      'GET /api/v1/doubts',
      'GET /api/v1/doubts/{id}',
      'GET /api/v1/endings',
      'GET /api/v1/household-moves',
      'GET /api/v1/household-moves/{id}',
      'GET /api/v1/households',
      'GET /api/v1/households/{household}',
      'GET /api/v1/households/{household}/transactions',
      'GET /api/v1/inbox',
      'GET /api/v1/jobs',
      'GET /api/v1/keys',
      'GET /api/v1/keys/log',
      'GET /api/v1/keys/terminals',
      'GET /api/v1/me',
      'GET /api/v1/me/views',
      'GET /api/v1/me/views/{page}/{name}',
      'GET /api/v1/messages',
      'GET /api/v1/notices',
      'GET /api/v1/notices/{id}',
      'GET /api/v1/notices/{id}/papers',
      'GET /api/v1/notices/{id}/papers/{paper}',
      'GET /api/v1/overview',
      'GET /api/v1/overview/stream',
      'GET /api/v1/payment-files',
      'GET /api/v1/payment-files/{id}',
      'GET /api/v1/payment-files/{id}/lines',
      'GET /api/v1/payment-orders/{id}/sheba',
      'GET /api/v1/people',
      'GET /api/v1/people/{id}',
      'GET /api/v1/people/{id}/name',
      'GET /api/v1/price-observations',
      'GET /api/v1/price-observations/outliers',
      'GET /api/v1/price-observations/quartiles',
      'GET /api/v1/programmes',
      'GET /api/v1/reason-templates',
      'GET /api/v1/registries',
      'GET /api/v1/registries/answers',
      'GET /api/v1/review-agreement',
      'GET /api/v1/rules-by-day',
      'GET /api/v1/sanctions',
      'GET /api/v1/search',
      'GET /api/v1/settlement-rules',
      'GET /api/v1/settlement-rules/proposals',
      'GET /api/v1/settlement-rules/proposals/{id}',
      'GET /api/v1/settlement-rules/what-if',
      'GET /api/v1/shop-rules',
      'GET /api/v1/shops/{merchant}',
      'GET /api/v1/shops/{merchant}/capabilities',
      'GET /api/v1/shops/{merchant}/checklist',
      'GET /api/v1/shops/{merchant}/disputes',
      'GET /api/v1/shops/{merchant}/items',
      'GET /api/v1/shops/{merchant}/reminders',
      'GET /api/v1/shops/{merchant}/shebas',
      'GET /api/v1/shops/{merchant}/violations',
      'GET /api/v1/signal-rules',
      'GET /api/v1/signals',
      'GET /api/v1/signals/{id}',
      'GET /api/v1/stand-in-rules',
      'GET /api/v1/stand-ins',
      'GET /api/v1/terminals',
      'GET /api/v1/terminals/sick',
      'GET /api/v1/terminals/{terminal}',
      'GET /api/v1/tokens',
      'GET /api/v1/transactions',
      'GET /api/v1/transactions/{id}',
      'GET /api/v1/transactions/{id}/timeline',
      'GET /api/v1/units',
      'GET /api/v1/updates',
      'GET /api/v1/updates/exemptions',
      'GET /api/v1/updates/freezes',
      'GET /api/v1/updates/minimums',
      'GET /api/v1/updates/minimums/{id}',
      'GET /api/v1/updates/minimums/{id}/terminals',
      'GET /api/v1/updates/releases',
      'GET /api/v1/updates/releases/{id}',
      'GET /api/v1/updates/replacements',
      'GET /api/v1/updates/rollouts',
      'GET /api/v1/updates/rollouts/{id}',
      'PATCH /api/v1/people/{id}',
      'PATCH /api/v1/terminals/{terminal}',
      'POST /api/v1/authority-bindings',
      'POST /api/v1/authority-bindings/{id}/approval',
      'POST /api/v1/authority-bindings/{id}/end',
      'POST /api/v1/authority-bindings/{id}/rejection',
      'POST /api/v1/bank-answers/leftovers/{id}/close',
      'POST /api/v1/breaks/{id}/assign',
      'POST /api/v1/breaks/{id}/comment',
      'POST /api/v1/breaks/{id}/decision',
      'POST /api/v1/breaks/{id}/proposal',
      'POST /api/v1/business-days/{date}/acceptance',
      'POST /api/v1/business-days/{date}/acceptance/decision',
      'POST /api/v1/business-days/{date}/make',
      'POST /api/v1/business-days/{date}/release',
      'POST /api/v1/captures',
      'POST /api/v1/captures/stop',
      'POST /api/v1/captures/{file}/replay',
      'POST /api/v1/cases',
      'POST /api/v1/cases/{id}/account-closed',
      'POST /api/v1/cases/{id}/claim',
      'POST /api/v1/cases/{id}/claim/release',
      'POST /api/v1/cases/{id}/comments',
      'POST /api/v1/cases/{id}/confirmation',
      'POST /api/v1/cases/{id}/confirmation/code',
      'POST /api/v1/cases/{id}/items/{code}/check',
      'POST /api/v1/cases/{id}/items/{code}/judgement',
      'POST /api/v1/cases/{id}/papers',
      'POST /api/v1/cases/{id}/reopen',
      'POST /api/v1/cases/{id}/reviews',
      'POST /api/v1/cases/{id}/submit',
      'POST /api/v1/cases/{id}/withdraw',
      'POST /api/v1/certificates',
      'POST /api/v1/certificates/{sha256}/revoke',
      'POST /api/v1/certifications',
      'POST /api/v1/certifications/reports',
      'POST /api/v1/certifications/{id}/confirm',
      'POST /api/v1/certifications/{id}/revoke',
      'POST /api/v1/complaints',
      'POST /api/v1/complaints/{id}/answer',
      'POST /api/v1/complaints/{id}/ask',
      'POST /api/v1/complaints/{id}/contest',
      'POST /api/v1/complaints/{id}/decision',
      'POST /api/v1/complaints/{id}/proposal',
      'POST /api/v1/complaints/{id}/refusal',
      'POST /api/v1/devices/{id}/assign',
      'POST /api/v1/devices/{id}/cancel',
      'POST /api/v1/devices/{id}/deliver',
      'POST /api/v1/devices/{id}/ship',
      'POST /api/v1/doubts/{id}/owner',
      'POST /api/v1/doubts/{id}/resolution',
      'POST /api/v1/doubts/{id}/retry',
      'POST /api/v1/household-moves',
      'POST /api/v1/household-moves/{id}/approval',
      'POST /api/v1/household-moves/{id}/rejection',
      'POST /api/v1/notices/{id}/appeal',
      'POST /api/v1/notices/{id}/decision',
      'POST /api/v1/notices/{id}/final',
      'POST /api/v1/notices/{id}/papers',
      'POST /api/v1/notices/{id}/response',
      'POST /api/v1/payment-files/{id}/delivery',
      'POST /api/v1/payment-orders/{id}/hold',
      'POST /api/v1/people',
      'POST /api/v1/people/{id}/reset',
      'POST /api/v1/programmes/what-if',
      'POST /api/v1/search',
      'POST /api/v1/session',
      'POST /api/v1/session/demo',
      'POST /api/v1/session/demo/proof',
      'POST /api/v1/session/proof',
      'POST /api/v1/session/second-factor',
      'POST /api/v1/settlement-rules/preview',
      'POST /api/v1/settlement-rules/proposals',
      'POST /api/v1/settlement-rules/proposals/{id}/approval',
      'POST /api/v1/settlement-rules/proposals/{id}/rejection',
      'POST /api/v1/setup',
      'POST /api/v1/setup/confirm',
      'POST /api/v1/shops/{merchant}/changes',
      'POST /api/v1/shops/{merchant}/decisions',
      'POST /api/v1/shops/{merchant}/decisions/{id}/confirmation',
      'POST /api/v1/shops/{merchant}/disputes',
      'POST /api/v1/shops/{merchant}/disputes/{id}/release',
      'POST /api/v1/shops/{merchant}/notices',
      'POST /api/v1/shops/{merchant}/reverify',
      'POST /api/v1/shops/{merchant}/shebas/stop',
      'POST /api/v1/shops/{merchant}/unblock',
      'POST /api/v1/shops/{merchant}/unblock/decision',
      'POST /api/v1/shops/{merchant}/violations',
      'POST /api/v1/signal-rules/{rule}/versions',
      'POST /api/v1/signal-rules/{rule}/versions/{version}/signatures',
      'POST /api/v1/signal-rules/{rule}/versions/{version}/trials',
      'POST /api/v1/signals/{id}/dismissal',
      'POST /api/v1/signals/{id}/look',
      'POST /api/v1/signals/{id}/violation',
      'POST /api/v1/stand-in-rules',
      'POST /api/v1/stand-in-rules/{id}/approval',
      'POST /api/v1/stand-in-rules/{id}/rejection',
      'POST /api/v1/terminals',
      'POST /api/v1/terminals/{terminal}/block',
      'POST /api/v1/terminals/{terminal}/certificate',
      'POST /api/v1/terminals/{terminal}/lost',
      'POST /api/v1/terminals/{terminal}/move',
      'POST /api/v1/terminals/{terminal}/pkcs12',
      'POST /api/v1/terminals/{terminal}/retire',
      'POST /api/v1/terminals/{terminal}/revoke',
      'POST /api/v1/terminals/{terminal}/unblock',
      'POST /api/v1/tokens',
      'POST /api/v1/updates/exemptions',
      'POST /api/v1/updates/exemptions/{id}/end',
      'POST /api/v1/updates/freezes',
      'POST /api/v1/updates/freezes/{id}/end',
      'POST /api/v1/updates/minimums',
      'POST /api/v1/updates/minimums/{id}/approval',
      'POST /api/v1/updates/minimums/{id}/end',
      'POST /api/v1/updates/releases/{id}/approval',
      'POST /api/v1/updates/releases/{id}/withdrawal',
      'POST /api/v1/updates/rollouts',
      'POST /api/v1/updates/rollouts/{id}/again',
      'POST /api/v1/updates/rollouts/{id}/end',
      'POST /api/v1/updates/rollouts/{id}/halt',
      'POST /api/v1/updates/rollouts/{id}/release',
      'PUT /api/v1/cases/{id}/items/{code}',
      'PUT /api/v1/me/views/{page}/{name}',
    ]);
    for (const methods of Object.values(paths))
      for (const { responses, summary } of Object.values(methods)) {
        expect(summary).toMatch(/\S/);
        expect(responses).toHaveProperty('4XX.content.application/problem+json.schema.properties.code');
      }
  });

  test('the document is all that a stranger gets', async () => {
    const { body } = await call('GET', '/openapi.json');
    const open = new Set(['POST /api/v1/session', 'POST /api/v1/session/demo', 'POST /api/v1/session/second-factor', 'POST /api/v1/setup', 'POST /api/v1/setup/confirm']); // prettier-ignore
    for (const [path, methods] of Object.entries(body['paths'] as Record<string, object>))
      for (const method of Object.keys(methods)) {
        const route = `${method.toUpperCase()} ${path}`;
        if (open.has(route)) continue;
        const answer = await http.inject({ method: method.toUpperCase() as 'GET', url: path.replace('{id}', '1') });
        expect([route, answer.statusCode]).toEqual([route, 401]);
      }
  });
});

test('an address that sends wrong tokens is told to wait', async () => {
  const fresh = open(() => people);
  const answers = [];
  for (let index = 0; index < 22; index++)
    answers.push(await fresh.inject({ url: '/api/v1/me', headers: { authorization: `Bearer kbt_${'A'.repeat(43)}` } }));
  expect(answers.slice(0, 20).every(({ statusCode }) => statusCode === 401)).toBe(true);
  expect(answers.at(-1)?.statusCode).toBe(429);
  await fresh.close();
});
