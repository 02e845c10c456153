import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool } from '../../src/ops/database.ts';
import { routesOf, signIn, testDoor, type Route } from '../support/door.ts';
import { doorPool, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { Visitor } from '../support/visitor.ts';

/** Hostile input on every route that the door has: a new route is held as soon as it is there. */
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let door: FastifyInstance;
let asDoor: pg.Pool;
let routes: readonly Route[];
let victim: Visitor;
let thief: Visitor;

/** A status of 400 to 499. */
const REFUSED = { asymmetricMatch: (status: unknown) => typeof status === 'number' && status >= 400 && status < 500 };

const SECRET = 'نانوایی پنهان';
const VICTIM = { mobile: '09121110001', merchant: '900000000000001' };
const THIEF = { mobile: '09121110002', merchant: '900000000000002' };

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 1);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status, mobile) values
       ($1, $2, 'supermarket', 'IR380170000000100000000001', 'approved', $3),
       ($4, '"><img src=x onerror=alert(1)>', 'supermarket', 'IR370120000000200000000002', 'approved', $5)`,
    [VICTIM.merchant, SECRET, VICTIM.mobile, THIEF.merchant, THIEF.mobile],
  );
  await owner.query(`insert into terminals (terminal_id, merchant_id) values ('10000001', $1), ('10000002', $2)`, [
    VICTIM.merchant,
    THIEF.merchant,
  ]);
  asDoor = await doorPool(server.url);
  door = testDoor(asDoor);
  await door.ready();
  routes = routesOf(door);
  [victim, thief] = [new Visitor(door, '192.0.2.1'), new Visitor(door, '192.0.2.2')];
  await signIn(victim, pool, VICTIM.mobile);
  await signIn(thief, pool, THIEF.mobile);
});
afterAll(async () => {
  await door.close();
  await asDoor.end();
  await pool.end();
  await owner.end();
  await server.stop();
});

/** A route with something in its parameters. */
const filled = (path: string, value: string): string =>
  path.replace(/:(\w+)(\([^)]*\))?/g, () => encodeURIComponent(value)).replace('*', encodeURIComponent(value));

const HOSTILE = [
  '\u0000',
  'a\u0000b',
  '\u202egnp.exe',
  '۰٩1٢۳',
  '\ud800',
  '%',
  '%00',
  '../../etc/passwd',
  '..%2f..%2f',
  `'; drop table shop_cases; --`,
  '{{7*7}}',
  '__proto__',
  'constructor',
  'toString',
  '-1',
  '9'.repeat(40),
  '1e309',
  'NaN',
  '<svg onload=alert(1)>',
  'x'.repeat(190),
  '',
];

test('the routes are what the server says of itself', () => {
  expect(routes.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['/', '/goods', '/shops', '/sign-in', '/language']),
  );
  expect(routes.length).toBeGreaterThan(8);
});

test('every answer of every route, also a refusal, forbids frames, inline scripts and other places', async () => {
  for (const { path, methods } of [...routes, { path: '/nothing-here', methods: ['GET'] }]) {
    for (const method of methods) {
      const { headers, statusCode } = await door.inject({ method: method as 'GET', url: filled(path, '1') });
      expect([path, method, statusCode < 500]).toEqual([path, method, true]);
      const csp = String(headers['content-security-policy']);
      expect(csp).toContain("default-src 'none'");
      expect(csp).toContain("frame-ancestors 'none'");
      expect(csp).toContain("script-src 'self'");
      expect(csp).not.toContain('unsafe');
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  }
});

test('no hostile parameter or query makes a route fail, answer with markup of it, or lead elsewhere', async () => {
  const keys = [
    'q',
    'place',
    'post',
    'guild',
    'name',
    'shown',
    'after',
    'back',
    'to',
    'of',
    'page',
    'days',
    'number',
    'merchant',
    '__proto__',
  ];
  for (const { path, methods } of routes) {
    if (!methods.includes('GET')) continue;
    for (const value of HOSTILE) {
      const query = keys.map((key) => `${key}=${escapeLone(value)}`).join('&');
      const twice = keys.map((key) => `${key}=${escapeLone(value)}&${key}=other`).join('&');
      for (const url of [
        filledRaw(path, value),
        `${filledRaw(path, 'x')}?${query}`,
        `${filledRaw(path, 'x')}?${twice}`,
      ]) {
        const { statusCode, body, headers } = await thief.get(url);
        expect([path, value, statusCode < 500]).toEqual([path, value, true]);
        expect(body).not.toContain('<svg onload');
        expect(body).not.toContain('onerror=alert(1)>');
        if (headers.location !== undefined) expect(headers.location).toMatch(/^\/(?![/\\])/);
      }
    }
  }
}, 120_000);

function escapeLone(value: string): string {
  return value === '\ud800' ? '%ED%A0%80' : encodeURIComponent(value);
}

function filledRaw(path: string, value: string): string {
  return path.replace(/:(\w+)(\([^)]*\))?/g, () => escapeLone(value) || 'x').replace('*', escapeLone(value) || 'x');
}

test('a page never reflects markup that stands in the name of a shop', async () => {
  for (const { path, methods } of routes) {
    if (!methods.includes('GET')) continue;
    const { body } = await thief.get(filled(path, THIEF.merchant));
    expect(body).not.toContain('<img src=x');
  }
});

describe('changes', () => {
  const posts = (): string[] => routes.filter(({ methods }) => methods.includes('POST')).map(({ path }) => path);
  const send = (path: string, payload: string, headers: Record<string, string>) =>
    door.inject({
      method: 'POST',
      url: filled(path, '1'),
      payload,
      headers: { cookie: thief.cookies(), 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });

  test('without the token of a page of ours, or from another site, every change is refused', async () => {
    await thief.get('/goods');
    const token = thief.hidden('/sign-out')['csrf'] ?? '';
    expect(token).not.toBe('');
    for (const path of posts()) {
      for (const headers of [
        {},
        { origin: 'https://evil.example', 'x-csrf': token },
        { origin: 'null', 'x-csrf': token },
        { 'sec-fetch-site': 'cross-site', 'x-csrf': token },
      ] as Record<string, string>[]) {
        const payload = headers['x-csrf'] === undefined ? 'a=1' : `csrf=${encodeURIComponent(token)}`;
        const { statusCode } = await send(path, payload, headers);
        expect([path, headers, statusCode]).toEqual([path, headers, REFUSED]);
      }
    }
  });

  test('bodies that no form of ours sends are refused, and none makes a route fail', async () => {
    await thief.get('/goods');
    const csrf = `csrf=${encodeURIComponent(thief.hidden('/sign-out')['csrf'] ?? '')}`;
    const bodies: readonly (readonly [string, string, number])[] = [
      ['application/x-www-form-urlencoded', `${csrf}&mobile=${'9'.repeat(1_048_576)}`, 413],
      ['application/x-www-form-urlencoded', `${csrf}&mobile=1&mobile=2`, 400],
      ['application/x-www-form-urlencoded', `${csrf}&mobile=%00`, 400],
      ['application/x-www-form-urlencoded', `${csrf}&mobile=%ff%fe`, 400],
      ['application/x-www-form-urlencoded', `${csrf}&${'a=1&b=2&'.repeat(100)}`, 400],
      ['application/json', '{"__proto__": {"admin": true}}', 415],
      ['text/plain', csrf, 415],
      ['application/xml', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 415],
    ];
    for (const path of posts())
      for (const [type, body, wanted] of bodies) {
        const { statusCode } = await send(path, body, { 'content-type': type });
        expect([path, body.slice(0, 60), statusCode]).toEqual([path, body.slice(0, 60), REFUSED]);
        if (wanted === 413) expect([path, statusCode]).toEqual([path, 413]);
      }
    for (const path of posts())
      for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'toString'])
        expect((await send(path, `${csrf}&${name}=1`, {})).statusCode).toBeLessThan(500);
  });

  test('a method that a path does not have does nothing, also where a header asks for it', async () => {
    for (const { path, methods } of routes)
      for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE'] as const) {
        if (methods.includes(method)) continue;
        const { statusCode } = await door.inject({ method: method as 'GET', url: filled(path, '1') });
        expect([path, method, statusCode]).toEqual([path, method, REFUSED]);
      }
    const tricked = await thief.get('/sign-out', { 'x-http-method-override': 'POST' });
    expect(tricked.statusCode).toBe(404);
    expect((await thief.get('/shop')).statusCode).toBeLessThan(400); // still signed in
  });
});

describe('what belongs to another owner', () => {
  test('no route shows it to whoever is signed in as somebody else, or as nobody', async () => {
    const seen = (await victim.follow(await victim.get('/shop'))).body;
    expect(seen).toContain(SECRET); // else this test shows nothing
    const values = [VICTIM.merchant, '10000001', '1', '2026-11-27', '1405-09'];
    const nobody = new Visitor(door, '192.0.2.9');
    for (const { path, methods } of routes) {
      if (!methods.includes('GET') || path === '/shops') continue;
      for (const value of values) {
        const url = filled(path, value);
        const tries = [url, `${url}?merchant=${VICTIM.merchant}&shop=${VICTIM.merchant}&of=1405-09`];
        for (const each of tries) {
          for (const visitor of [thief, nobody]) {
            const { body, statusCode, rawPayload } = await visitor.get(each);
            expect([each, statusCode < 500]).toEqual([each, true]);
            expect(body.includes(SECRET)).toBe(false);
            expect(rawPayload.includes(Buffer.from(VICTIM.mobile))).toBe(false);
          }
        }
      }
    }
  });

  test('choosing a shop by a forged cookie or form gives nothing of it', async () => {
    const forged = new Visitor(door, '192.0.2.3');
    await signIn(forged, pool, '09121110003'); // an owner of nothing
    for (const name of ['shop', 'merchant', '__Host-shop', 'chosen']) forged.setCookie(name, VICTIM.merchant);
    for (const { path, methods } of routes) {
      if (!methods.includes('GET') || path === '/shops') continue;
      expect((await forged.get(filled(path, VICTIM.merchant))).body.includes(SECRET)).toBe(false);
    }
  });
});

test('a session that somebody planted before the sign-in is worth nothing after it', async () => {
  const planted = `kos_${'A'.repeat(43)}`;
  const visitor = new Visitor(door, '192.0.2.4');
  visitor.setCookie('__Host-owner', planted);
  await signIn(visitor, pool, '09121110004');
  expect(visitor.cookies()).not.toContain(planted);
  const attacker = await door.inject({ url: '/shop', headers: { cookie: `__Host-owner=${planted}` } });
  expect(attacker.statusCode).toBe(303);
});

test.each([
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  '/%0d%0aset-cookie:a=b',
  '/\t/evil',
  ' //e',
  '/.//evil.example',
])('the way back never leads to %s', async (back) => {
  for (const path of ['/language?to=en&', '/sign-in?']) {
    const { headers } = await new Visitor(door).get(`${path}back=${encodeURIComponent(back)}`);
    const to = headers.location ?? '/';
    expect(new URL(to, 'http://door.test').origin).toBe('http://door.test');
    expect(headers['set-cookie'] === undefined ? '' : String(headers['set-cookie'])).not.toContain('a=b');
  }
});

test('a known and an unknown mobile are answered alike, byte for byte but for what is random', async () => {
  const answer = async (mobile: string, address: string) => {
    const visitor = new Visitor(door, address);
    await visitor.get('/sign-in');
    const { statusCode, body } = await visitor.submit('/sign-in', { mobile });
    return [
      statusCode,
      body
        .replace(/value="[^"]*"/g, '')
        .replace(/09\d\d\*\*\*\d{4}/g, 'M')
        .replace(/\d+|[۰-۹]+/g, '#'),
    ];
  };
  await owner.query('delete from owner_attempts');
  expect(await answer('09121110001', '192.0.2.21')).toEqual(await answer('09359998877', '192.0.2.22'));
});

describe('on the wire', () => {
  let port: number;
  beforeAll(async () => {
    await door.listen({ port: 0, host: '127.0.0.1' });
    port = (door.server.address() as AddressInfo).port;
  });

  /** Sends bytes and gives the status lines that come back, until the door closes. */
  const raw = (text: string): Promise<string[]> =>
    new Promise((done) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        done(answer.match(/^HTTP\/1\.1 \d{3}/gm) ?? []);
      });
    });

  test.each([
    ['two lengths', 'POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\na=bcd'],
    [
      'a length and chunks',
      'POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    ],
    [
      'chunks that are not the last encoding',
      'POST /sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    ],
    ['a blank before a colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['a line end alone in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\nGET /shop HTTP/1.1\r\n\r\n'],
    ['a negative length', 'POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a cookie of 20 KB', `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`],
  ])('%s is refused, once, and the connection ends', async (_, text) => {
    const answers = await raw(text);
    expect(answers).toEqual([expect.stringMatching(/ 4\d\d$/)]);
  });

  test('it answers after all of that', async () => {
    expect((await fetch(`http://127.0.0.1:${port}/goods`)).status).toBe(200);
  });
});
