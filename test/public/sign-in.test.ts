import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool } from '../../src/ops/database.ts';
import { codeOf, signIn, testDoor } from '../support/door.ts';
import { doorPool, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { textOf, Visitor } from '../support/visitor.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;
let door: FastifyInstance;
let asDoor: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 4);
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  asDoor = await doorPool(server.url);
  door = testDoor(asDoor);
});
afterAll(async () => {
  await door.close();
  await asDoor.end();
  await pool.end();
  await server.stop();
});

test('owners sign in by the code that their mobile got, go back to where they were, and sign out', async () => {
  const visitor = new Visitor(door);
  await visitor.get('/sign-in?back=/healthz');
  const sent = await visitor.submit('/sign-in', { mobile: '۰۹۱۲ ۱۲۳ ۴۵۶۷' });
  expect(textOf(sent.body)).toContain('0912***4567');
  expect(sent.body).toContain('autocomplete="one-time-code"');
  const code = await codeOf(pool, '09121234567');

  const other = code === '000000' ? '000001' : '000000';
  const wrong = await visitor.submit('/sign-in/code', { code: other });
  expect([wrong.statusCode, textOf(wrong.body)]).toEqual([422, expect.stringContaining('این کد درست نیست')]);

  const persian = code.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
  const right = await visitor.submit('/sign-in/code', { code: persian });
  expect([right.statusCode, right.headers.location]).toEqual([303, '/healthz']);
  expect(right.headers['set-cookie']).toMatch(/^__Host-owner=kos_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);

  const home = await visitor.get('/');
  expect(textOf(home.body)).toContain('با این شماره وارد شده‌اید: 0912***4567');
  const session = visitor.cookies();
  expect((await visitor.submit('/sign-out')).statusCode).toBe(303);
  const after = await door.inject({ url: '/', headers: { cookie: session } });
  expect(textOf(after.body)).not.toContain('0912***4567');
});

test('a wrong code counts though it is refused, and then the right one is worth nothing', async () => {
  const visitor = new Visitor(door, '203.0.113.7');
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { mobile: '09121112233' });
  const code = await codeOf(pool, '09121112233');
  for (let i = 0; i < 5; i++) {
    const other = String((Number(code) + 1 + i) % 1_000_000).padStart(6, '0');
    expect((await visitor.submit('/sign-in/code', { code: other })).statusCode).toBe(422);
  }
  expect((await visitor.submit('/sign-in/code', { code })).statusCode).toBe(422);
});

test('whoever asks for code after code is told how long to wait', async () => {
  const visitor = new Visitor(door, '203.0.113.8');
  await visitor.get('/language?to=en');
  await visitor.get('/sign-in');
  for (let i = 0; i < 3; i++)
    expect((await visitor.submit('/sign-in', { mobile: '09129998877' })).statusCode).toBe(200);
  const held = await visitor.submit('/sign-in', { mobile: '09129998877' });
  expect([held.statusCode, textOf(held.body)]).toEqual([422, expect.stringContaining('Try again in 1 minute')]);
});

test('a session of one is not another’s, and what is no session is nobody’s', async () => {
  const one = new Visitor(door, '203.0.113.10');
  await signIn(one, pool, '09123334455');
  expect(textOf((await one.get('/')).body)).toContain('0912***4455');
  const other = new Visitor(door, '203.0.113.11');
  other.setCookie('__Host-owner', `kos_${'A'.repeat(43)}`);
  expect((await other.get('/')).statusCode).toBe(200);
  expect(textOf(other.last?.body ?? '')).not.toContain('وارد شده‌اید');
});
