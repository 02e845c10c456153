import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from '@jest/globals';
import { clockOf } from '../../src/ops/clock.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { ownerKeys } from '../../src/owners/index.ts';
import { createPublicDoor, type PublicDoorOptions } from '../../src/public/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { textOf, Visitor } from '../support/visitor.ts';

const silent = { error: () => undefined, warn: () => undefined, info: () => undefined } as never;
const doors: ReturnType<typeof createPublicDoor>[] = [];

function open(options: Partial<PublicDoorOptions> = {}) {
  const door = createPublicDoor({
    pool: () => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    },
    clock: systemClock,
    random: systemRandom,
    log: silent,
    requestsPerSecond: 0,
    ownerKeys: ownerKeys(Buffer.alloc(32, 9)),
    ...options,
  });
  doors.push(door);
  return door;
}
afterAll(async () => {
  for (const door of doors) await door.close();
});

test('pages are Persian from right to left; English is kept once it is chosen', async () => {
  const visitor = new Visitor(open());
  const page = await visitor.get('/sign-in');
  expect(page.body).toContain('<html lang="fa" dir="rtl">');
  expect(page.body).toContain('href="/language?to=en&amp;back=%2Fsign-in"');
  const back = await visitor.get('/language?to=en&back=/sign-in');
  expect([back.statusCode, back.headers.location]).toEqual([303, '/sign-in']);
  expect((await visitor.get('/sign-in')).body).toContain('<html lang="en" dir="ltr">');
});

test('nothing of a page is kept, framed or run from elsewhere', async () => {
  const { headers, body } = await new Visitor(open()).get('/sign-in');
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'; style-src 'self'"),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
  });
  expect(headers['strict-transport-security']).toBeUndefined();
  expect(body).not.toMatch(/<style|<script(?! type="module" src="\/assets)| style="| on\w+="|https?:\/\//);
});

test('a proxy that is trusted says who asks and that it was HTTPS; another does not', async () => {
  const forwarded = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };
  const trusting = await new Visitor(open({ trustedProxies: ['127.0.0.0/8'] })).get('/healthz', forwarded);
  expect(trusting.headers['strict-transport-security']).toBe('max-age=31536000');
  const other = await new Visitor(open()).get('/healthz', forwarded);
  expect(other.headers['strict-transport-security']).toBeUndefined();
});

test('what is loaded is compressed, named by its content and kept for a year', async () => {
  const visitor = new Visitor(open());
  const { body } = await visitor.get('/sign-in');
  const sheet = /href="(\/assets\/[^"]*\/door\.css)"/.exec(body)?.[1] ?? '';
  const font = /href="(\/assets\/[^"]*\.woff2)"/.exec(body)?.[1] ?? '';
  const zipped = await visitor.get(sheet, { 'accept-encoding': 'br, gzip' });
  expect(zipped.headers).toMatchObject({
    'content-encoding': 'gzip',
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  });
  const plain = await visitor.get(sheet, { 'accept-encoding': 'gzip;q=0' });
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(gunzipSync(zipped.rawPayload).equals(plain.rawPayload)).toBe(true);
  const again = await visitor.get(sheet, { 'if-none-match': String(zipped.headers.etag) });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  expect((await visitor.get(font)).headers['content-type']).toBe('font/woff2');
  expect((await visitor.get(sheet.replace('/assets/', '/assets/old'))).headers['cache-control']).toBe('no-cache');
  for (const path of ['/assets/x/..%2f..%2fserver.ts', '/assets/x/server.ts', '/assets/x/door.css.map'])
    expect((await visitor.get(path)).statusCode).toBe(404);
  const first = zipped.rawPayload.length + (await visitor.get(font)).rawPayload.length;
  expect(first + body.length).toBeLessThan(300 * 1024);
});

test('a form counts only from a page of this browser', async () => {
  const door = open();
  const visitor = new Visitor(door);
  await visitor.get('/sign-in');
  const wrong = await visitor.submit('/sign-in', { mobile: '0912' });
  expect([wrong.statusCode, textOf(wrong.body)]).toEqual([422, expect.stringContaining('شماره همراه ۱۱ رقم دارد')]);
  expect(wrong.body).toContain('aria-invalid="true"');
  expect(wrong.body).toContain('<a href="#mobile">');

  const fields = { ...visitor.hidden('/sign-in'), mobile: '09121234567' };
  const foreign = await visitor.post('/sign-in', fields, { 'sec-fetch-site': 'cross-site' });
  expect([foreign.statusCode, textOf(foreign.body)]).toEqual([403, expect.stringContaining('چیزی ثبت نشد')]);
  expect((await visitor.post('/sign-in', { ...fields, csrf: 'x' })).statusCode).toBe(403);
  expect((await new Visitor(door).post('/sign-in', fields)).statusCode).toBe(403);
});

test.each([
  ['a field twice', 'csrf=a&csrf=b', 400],
  ['a hundred and one fields', Array.from({ length: 101 }, (_, i) => `f${i}=1`).join('&'), 400],
  ['bytes that are no UTF-8', 'mobile=%ff%fe', 400],
  ['a NUL', 'mobile=0912%00', 400],
  ['40,000 bytes', `mobile=${'9'.repeat(40_000)}`, 413],
])('%s is refused in plain words', async (_, payload, status) => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await open().inject({ method: 'POST', url: '/sign-in', payload, headers });
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8']);
  expect(answer.body).toContain('<h1>');
});

test('a body that is no form, a page that is not there, and a database that is away each get a page', async () => {
  const visitor = new Visitor(open());
  const json = await visitor.post('/sign-in', {}, { 'content-type': 'application/json' });
  expect(json.statusCode).toBe(400);
  expect(textOf((await visitor.get('/nowhere')).body)).toContain('چنین صفحه‌ای نیست');
  visitor.setCookie('__Host-owner', `kos_${'x'.repeat(43)}`);
  const answer = await visitor.get('/sign-in');
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '60']);
  const script = await visitor.get('/nowhere', { accept: 'application/json' });
  expect(script.json()).toMatchObject({ status: 404, title: 'چنین صفحه‌ای نیست' });
});

test('a fault of ours is told by its number alone', async () => {
  const logged: unknown[] = [];
  const log = { error: (what: unknown) => logged.push(what) } as never;
  const query = () => Promise.reject(new Error('relation "secret" does not exist'));
  const visitor = new Visitor(open({ log, pool: () => ({ query }) as never }));
  visitor.setCookie('__Host-owner', `kos_${'x'.repeat(43)}`);
  const { statusCode, body } = await visitor.get('/sign-in');
  expect(statusCode).toBe(500);
  expect(body).not.toContain('secret');
  expect(logged).toEqual([expect.objectContaining({ requestId: expect.any(String) })]);
});

test('an address that asks too often is told to wait, and another is served', async () => {
  const monotonic = { now: 0 };
  const clock = clockOf({ ...systemClock, monotonic: () => monotonic.now });
  const door = open({ requestsPerSecond: 2, clock });
  const visitor = new Visitor(door, '203.0.113.1');
  for (let i = 0; i < 8; i++) expect((await visitor.get('/healthz')).statusCode).toBe(200);
  const held = await visitor.get('/sign-in');
  expect([held.statusCode, held.headers['retry-after'], textOf(held.body)]).toEqual([
    429,
    '2',
    expect.stringContaining('چند ثانیه صبر کنید'),
  ]);
  expect((await new Visitor(door, '203.0.113.2').get('/healthz')).statusCode).toBe(200);
  monotonic.now += 1_000;
  expect((await visitor.get('/healthz')).statusCode).toBe(200);
});
