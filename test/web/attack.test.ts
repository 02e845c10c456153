import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { InjectOptions } from 'fastify';
import type { Browser } from 'playwright-core';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { ROLES } from '../../src/people/index.ts';
import { noBrowser, openBrowser } from '../support/browser.ts';
import { setUpPerson, type SetUpPerson } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { openConsoleOn, openWindow, signIn as signInByPage, type TestConsole } from './support/console.ts';

/** Attacks on the console from the outside: on sessions, by pages of other sites, by frames, by addresses. Attacks with markup are in
 *  pages.test.ts, where there is a world to put it in; those on the public door are in test/public. */

const MINUTE = 60_000;
const NEVER_KEPT = /no-store/;
let now = Date.now();
let server: EmbeddedPostgres;
let door: TestConsole;
let person: SetUpPerson;
let mine: Session;

interface Session {
  readonly cookie: string;
  readonly csrf: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly code: string | undefined;
}

beforeAll(async () => {
  server = await temporaryPostgres();
  const urls = { owner: server.url, gateway: await gatewayLogin(server.url) };
  door = await openConsoleOn(urls, {}, { now: () => now });
  person = await setUpPerson(door.people, 'maryam', [...ROLES]);
  mine = await signIn(person);
});
afterAll(async () => {
  await door.close();
  await server.stop();
});

async function call(
  method: string,
  url: string,
  headers: Record<string, string> = {},
  payload?: object | string,
): Promise<Answer> {
  // prettier-ignore
  const answer = await door.http.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) } as InjectOptions); // prettier-ignore
  const json = /json/.test(String(answer.headers['content-type']));
  const { code } = json && answer.body.startsWith('{') ? answer.json<{ code?: string }>() : { code: undefined };
  return { status: answer.statusCode, headers: answer.headers, text: answer.body, code };
}

const api = (
  session: Session,
  method: string,
  path: string,
  payload?: object,
  more: Record<string, string> = {},
): Promise<Answer> =>
  // prettier-ignore
  call(method, `/api/v1${path}`, { cookie: session.cookie, 'x-csrf-token': session.csrf, ...more }, payload);

async function signIn(who: SetUpPerson, headers: Record<string, string> = {}): Promise<Session> {
  const { login, password } = who;
  now += 90_000; // no code is taken twice
  const first = await call('POST', '/api/v1/session', headers, { login, password });
  const { challenge } = JSON.parse(first.text) as { challenge: string };
  const second = await call('POST', '/api/v1/session/second-factor', headers, { challenge, code: who.code(now) });
  expect(second.status).toBe(201);
  const { csrfToken } = JSON.parse(second.text) as { csrfToken: string };
  return { cookie: String(second.headers['set-cookie']).split(';')[0] ?? '', csrf: csrfToken };
}

const place = { login: 'never', nameFa: 'هرگز', nameEn: 'Never', roles: ['clerk'] };
const people = async (): Promise<string[]> => (await door.owner.query<{ login: string }>('select login from persons order by 1')).rows.map(({ login }) => login); // prettier-ignore

describe('a session', () => {
  test('is never one that somebody planted in the browser before', async () => {
    const planted = `__Host-kalabarg=kbs_${'A'.repeat(43)}`;
    const session = await signIn(person, { cookie: planted });
    expect(session.cookie).not.toBe(planted);
    expect((await call('GET', '/api/v1/me', { cookie: planted })).status).toBe(401);
    const both = `${planted}; ${session.cookie}`;
    expect((await call('GET', '/api/v1/me', { cookie: both })).status).toBe(401);
  });

  test('that was stolen is worth nothing once its owner signs out; another of theirs goes on', async () => {
    const [one, other] = [await signIn(person), await signIn(person)];
    expect((await api(one, 'DELETE', '/session')).status).toBe(204);
    for (const [method, path] of [['GET', '/me'], ['GET', '/people'], ['POST', '/people'], ['GET', '/overview/stream']] as const) // prettier-ignore
      expect([path, (await api(one, method, path, method === 'POST' ? place : undefined)).code]).toEqual([path, 'sign-in.none']); // prettier-ignore
    expect((await api(other, 'GET', '/me')).status).toBe(200);
    expect((await api({ ...other, csrf: one.csrf }, 'POST', '/people', place)).code).toBe('api.csrf');
  });

  test('is not begun by the first factor alone', async () => {
    const { text } = await call('POST', '/api/v1/session', {}, { login: person.login, password: person.password });
    const { challenge } = JSON.parse(text) as { challenge: string };
    for (const headers of [{ cookie: `__Host-kalabarg=${challenge}` }, { authorization: `Bearer ${challenge}` }])
      expect((await call('GET', '/api/v1/me', headers)).status).toBe(401);
  });

  test('ends with the code of nobody else, and a code opens one door once', async () => {
    const other = await setUpPerson(door.people, 'reza', ['clerk']);
    now += 90_000;
    const begin = async (): Promise<string> => (JSON.parse((await call('POST', '/api/v1/session', {}, { login: person.login, password: person.password })).text) as { challenge: string }).challenge; // prettier-ignore
    const enter = (challenge: string, code: string) => call('POST', '/api/v1/session/second-factor', {}, { challenge, code }); // prettier-ignore
    const challenge = await begin();
    expect((await enter(challenge, other.code(now))).status).toBe(401);
    expect((await enter(challenge, person.code(now))).status).toBe(201);
    expect((await enter(challenge, person.code(now))).status).toBe(401);
    expect((await enter(await begin(), person.code(now))).status).toBe(401);
  });

  test('ends in the middle of an act after half an hour of silence, and nothing of the act is done', async () => {
    const session = await signIn(person);
    now += 30 * MINUTE + 1;
    const before = await people();
    expect((await api(session, 'POST', '/people', place)).code).toBe('sign-in.none');
    expect(await people()).toEqual(before);
    mine = await signIn(person);
  });

  test('may do less as soon as its person may', async () => {
    const boss = await signIn(await setUpPerson(door.people, 'boss', ['admin', 'auditor', 'maker']));
    const path = `/people/${person.id}`;
    const change = async (body: object): Promise<void> => {
      const etag = String((await api(boss, 'GET', path)).headers['etag']);
      expect((await api(boss, 'PATCH', path, body, { 'if-match': etag })).status).toBe(200);
    };
    await change({ roles: ROLES.filter((role) => role !== 'engineer'), reason: 'moved' });
    expect((await api(mine, 'POST', '/terminals', {})).code).toBe('people.permission');
    await change({ roles: [...ROLES], reason: 'moved back' });
    expect((await api(mine, 'POST', '/terminals', {})).code).toBe('api.invalid');
  });

  test('has its own tokens and nobody else’s', async () => {
    const thief = await signIn(await setUpPerson(door.people, 'thief', ['clerk']));
    const made = await api(mine, 'POST', '/tokens', { name: 'nightly', scopes: ['audit:read'], expiresAt: new Date(now + 86_400_000).toISOString() }); // prettier-ignore
    expect(made.status).toBe(201);
    const { id } = JSON.parse(made.text) as { id: string };
    expect((await api(thief, 'GET', '/tokens')).text).not.toContain('nightly');
    expect((await api(thief, 'DELETE', `/tokens/${id}`)).status).toBe(404);
    expect((await api(mine, 'GET', '/tokens')).text).toContain('nightly');
  });
});

describe('another site', () => {
  const ATTEMPTS: readonly (readonly [string, (session: Session) => Record<string, string>])[] = [
    ['without the token of our page', () => ({})],
    ['with a token of its own', () => ({ 'x-csrf-token': 'A'.repeat(43) })],
    ['from a foreign origin', ({ csrf }) => ({ 'x-csrf-token': csrf, origin: 'https://evil.example' })],
    ['from a frame without an origin', ({ csrf }) => ({ 'x-csrf-token': csrf, origin: 'null' })],
    ['from a site whose name begins like ours', ({ csrf }) => ({ 'x-csrf-token': csrf, origin: 'https://localhost:80.evil.example' })], // prettier-ignore
    ['as its browser says', ({ csrf }) => ({ 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' })],
    ['from a neighbour', ({ csrf }) => ({ 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' })],
  ];
  const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', ''] as const;

  const changing = async (): Promise<[method: string, path: string][]> => {
    const { paths } = JSON.parse((await call('GET', '/api/v1/openapi.json')).text) as { paths: Record<string, object> };
    const all = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method): [string, string] => [method.toUpperCase(), path.replace(/\{\w+\}/g, '1')])); // prettier-ignore
    return all.filter(([method]) => method !== 'GET');
  };

  test.each(ATTEMPTS)('reaches no change of the API %s', async (_, headers) => {
    const open = /\/(?:session|session\/second-factor|session\/demo|setup|setup\/confirm)$/;
    for (const [method, path] of await changing()) {
      if (open.test(path) && method === 'POST') continue; // of whoever is not signed in; below
      const answer = await call(method, path, { cookie: mine.cookie, ...headers(mine) }, {});
      const wanted = path.endsWith('/session/demo/proof') ? expect.stringMatching(/^(?:api\.csrf|sign-in\.refused|api\.invalid)$/) : 'api.csrf'; // prettier-ignore
      expect([method, path, answer.code]).toEqual([method, path, wanted]);
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
  });

  test.each(FORMS)('reaches nothing by a form of %p', async (media) => {
    for (const [method, path] of await changing()) {
      const headers = { cookie: mine.cookie, ...(media === '' ? {} : { 'content-type': media }) };
      const { status } = await call(method, path, headers, '{"login":"never","password":"x"}');
      expect([method, path, status >= 400 && status < 500]).toEqual([method, path, true]);
    }
    expect(await people()).not.toContain('never');
  });

  const setupCode = 'AAAA-AAAA-AAAA-AAAA-AAAA';
  test.each([
    ['/session', { login: 'maryam', password: 'x' }],
    ['/session/second-factor', { challenge: 'x', code: '000000' }],
    ['/setup', { login: 'maryam', setupCode }],
    ['/setup/confirm', { login: 'maryam', setupCode, password: 'x', code: '000000' }],
    ['/session/demo', { code: 'x', login: 'demo-maker' }],
  ])('signs nobody in by %s', async (path, body) => {
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Record<
      string,
      string
    >[])
      // prettier-ignore
      expect([headers, (await call('POST', `/api/v1${path}`, headers, body)).code]).toEqual([headers, 'api.csrf']);
  });

  test('changes nothing by a question, whatever it says the question is', async () => {
    const before = await people();
    for (const headers of [{ 'x-http-method-override': 'POST' }, { 'x-method-override': 'DELETE' }] as Record<
      string,
      string
    >[])
      // prettier-ignore
      expect((await api(mine, 'GET', '/people?_method=POST&login=never', undefined, headers)).status).toBe(400);
    expect(await people()).toEqual(before);
  });

  test('is let to read nothing: no answer names an origin', async () => {
    for (const path of ['/api/v1/me', '/api/v1/people', '/console', '/api/v1/openapi.json']) {
      const { headers } = await call('GET', path, { cookie: mine.cookie, origin: 'https://evil.example' });
      expect([path, headers['access-control-allow-origin']]).toEqual([path, undefined]);
      expect(headers).toMatchObject({ 'cross-origin-resource-policy': 'same-origin', 'cross-origin-opener-policy': 'same-origin' }); // prettier-ignore
    }
    const asked = await call('OPTIONS', '/api/v1/people', { origin: 'https://evil.example', 'access-control-request-method': 'POST' }); // prettier-ignore
    expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([404, undefined]);
  });
});

describe('an address', () => {
  /** As bytes: clients mend such addresses before they send them. */
  function raw(target: string): Promise<string> {
    return new Promise((done, failed) => {
      let text = '';
      const socket = connect(Number(new URL(door.url).port), '127.0.0.1', () => {
        socket.write(`GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
      });
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      socket.on('end', () => {
        done(text);
      });
      socket.on('error', failed);
    });
  }

  test.each([
    '/console/assets/../../../package.json',
    '/console/assets/..%2f..%2f..%2fpackage.json',
    '/console/assets/%2e%2e/%2e%2e/%2e%2e/package.json',
    '/console/assets/..%5c..%5cpackage.json',
    '/console/assets/..\\..\\package.json',
    '/console/assets/%252e%252e%252fpackage.json',
    '/console/assets//etc/passwd',
    '/console/assets/%00',
    '/console/assets/index.html%00.js',
    '/console/assets/',
    '/console/assets/.',
    '/console/assets/__proto__',
    '/console/assets/constructor',
    '/console/../package.json',
    '//console/assets/../../package.json',
  ])('%s leads to no file of ours', async (target) => {
    const answer = await raw(target);
    expect(answer).toMatch(/^HTTP\/1\.1 (?:4\d\d |200 OK[^]*<div id="console">)/); // below /console every address is the one document
    expect(answer).not.toMatch(/"dependencies"|root:x/);
  });

  test('of a page with data is never kept; what is named by its content is', async () => {
    for (const path of ['/console', '/console/people', '/console/people?x=1', '/api/v1/me', '/api/v1/people', '/api/v1/transactions?format=csv', '/api/v1/nothing', '/console/assets/nothing.js']) // prettier-ignore
      expect([path, (await call('GET', path, { cookie: mine.cookie })).headers['cache-control']]).toEqual([path, expect.stringMatching(NEVER_KEPT)]); // prettier-ignore
    const { text } = await call('GET', '/console');
    const asset = /\/console\/assets\/[\w.-]+\.js/.exec(text)?.[0] ?? '';
    expect((await call('GET', asset)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  test('bears a policy of its own that lets in nothing from elsewhere, and no frame', async () => {
    const [one, other] = [await call('GET', '/console'), await call('GET', '/console')];
    const policy = String(one.headers['content-security-policy']);
    expect(policy).toMatch(/frame-ancestors 'none'/);
    expect(policy).not.toMatch(/unsafe|data:|\*|https?:/);
    expect(policy).not.toBe(other.headers['content-security-policy']); // a nonce is used once
    for (const path of ['/console', '/console/people', '/api/v1/me', '/api/v1/nothing', '/healthz'])
      expect((await call('GET', path)).headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff', 'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as unknown }); // prettier-ignore
  });

  test('of another host leads nobody there', async () => {
    for (const path of ['/console', '/console/', '/console//evil.example', '/console/sign-in?to=//evil.example']) {
      const { status, headers, text } = await call('GET', path, { host: 'evil.example', 'x-forwarded-host': 'evil.example' }); // prettier-ignore
      expect([path, status, headers['location'], text.includes('evil.example')]).toEqual([path, 200, undefined, false]);
    }
  });
});

(noBrowser === undefined ? describe : describe.skip)(
  `a browser${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    let browser: Browser;
    let evil: Server;
    beforeAll(async () => {
      browser = await openBrowser();
      evil = createServer((_, answer) => {
        answer.setHeader('content-type', 'text/html').end(`<iframe src="${door.url}/console/people"></iframe>
          <form method="post" action="${door.url}/api/v1/people" enctype="text/plain"><input name='{"login":"never","x":"' value='"}'></form>
          <form id="out" method="post" action="${door.url}/api/v1/session"></form>`);
      });
      await new Promise<void>((done) => evil.listen(0, '127.0.0.1', done));
    });
    afterAll(async () => {
      await browser.close();
      await new Promise((done) => evil.close(done));
    });

    test('shows no page of ours in a frame, sends no form of another site with the cookie, and goes back where it was', async () => {
      const window = await openWindow(browser, door.url);
      const { page } = window;
      await page.goto('/console/people');
      now += 90_000;
      await signInByPage(page, { ...person, code: () => person.code(now) });
      await page.getByRole('heading', { level: 1, name: 'افراد' }).waitFor();
      const attacker = await page.context().newPage();
      await attacker.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
      await attacker.locator('iframe').waitFor();
      const frame = attacker.frames()[1];
      expect(await frame?.locator('#console').count()).toBe(0);
      expect(frame?.url()).toMatch(/^chrome-error:/);
      for (const form of [0, 1]) {
        const answered = attacker.waitForResponse((answer) => answer.request().method() === 'POST');
        await attacker.evaluate(`document.forms[${form}].submit()`);
        const answer = await answered;
        expect(answer.status()).toBeGreaterThanOrEqual(400);
        expect((await answer.request().allHeaders())['cookie'] ?? '').not.toContain('__Host-kalabarg');
        await attacker.waitForURL((url) => url.hostname === 'localhost', { waitUntil: 'commit' }); // else it cuts the next one
        await attacker.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
      }
      await attacker.close();
      expect(await people()).not.toContain('never');
      // its session ends while it looks at a page
      now += 31 * MINUTE;
      await page.getByRole('link', { name: 'دفتر رویدادها' }).click();
      await page.getByRole('heading', { level: 1, name: 'ورود به میز کار' }).waitFor();
      expect(await page.getByText('maryam').count()).toBe(0);
      now += 90_000;
      await signInByPage(page, { ...person, code: () => person.code(now) });
      await page.getByRole('heading', { level: 1, name: 'دفتر رویدادها' }).waitFor();
      expect(window.faults.filter((each) => !each.includes('frame'))).toEqual([]);
      await window.close();
    });
  },
);
