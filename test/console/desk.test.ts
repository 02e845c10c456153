import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { statSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createHttp } from '../../src/console/http.ts';
import { issueToken, operatorsFile, revokeToken } from '../../src/console/operators.ts';
import { openAcquirerFile } from '../../src/settlement/acquirer/open.ts';
import { takeAcquirerFile } from '../../src/settlement/acquirer/take.ts';
import { addActor, loginToken } from '../support/people.ts';
import { testSheba } from '../settlement/support/books.ts';
import { openLedgerBooks, rrnOf, writeKbsf, type LedgerBooks } from '../settlement/support/ledger-books.ts';
import { systemClock } from '../../src/ops/clock.ts';

const DAY = '2026-11-23';
const RAISED = Date.parse('2026-11-24T06:00:00Z');
let now = RAISED;

let books: LedgerBooks;
let http: FastifyInstance;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay('2026-11-22');
  await books.addShop(1, testSheba(1));
  const unknown = [1, 2, 3, 4, 5].map((id) => ({ shop: 1, rrn: rrnOf(id), day: DAY, voucher: 100 * id }));
  const { path, name } = writeKbsf(books.dataDir, DAY, unknown);
  await takeAcquirerFile(books.pool, path, name, openAcquirerFile(path, name), RAISED);
  for (const person of ['maryam', 'babak']) tokens[person] = issueToken(books.dataDir, person);
  http = server(books.dataDir);
});
afterAll(async () => {
  await http.close();
  await books.close();
});

function server(dataDir: string, remote = false): FastifyInstance {
  const log = pino({ level: 'silent' });
  const desk = { pool: books.pool, dataDir, clock: { now: () => now }, log, remote };
  return createHttp({ registry: new Registry(), clock: systemClock, notReady: () => Promise.resolve([]), desk });
}

const LONG = 'x'.repeat(2_001);

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function call(person: string, method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${tokens[person] ?? person}` };
  const request = { method, url: `/desk${path}`, headers, ...(body === undefined ? {} : { payload: body }) };
  const answer = await http.inject(request);
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

test.each([
  ['no token', undefined],
  ['another scheme', 'Basic bWFyeWFtOng='],
  ['a token that is nobody’s', `Bearer ${'A'.repeat(43)}`],
  ['a token that is too long', `Bearer ${'A'.repeat(4_000)}`],
])('%s is answered with 401, on every route', async (_, authorization) => {
  for (const [method, url] of [
    ['GET', '/desk/breaks'],
    ['POST', '/desk/breaks/1/approve'],
    ['GET', '/desk/nothing'],
  ] as const) {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await http.inject({ method, url, headers });
    expect([url, answer.statusCode]).toEqual([url, 401]);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="kalabarg"');
    expect(answer.json()).toMatchObject({ error: 'desk.token' });
  }
});

test('other machines are refused unless the settings say otherwise', async () => {
  const headers = { authorization: `Bearer ${tokens['maryam'] ?? ''}` };
  const request = { method: 'GET', url: '/desk/breaks', headers, remoteAddress: '10.0.0.1' } as const;
  expect((await http.inject(request)).statusCode).toBe(403);
  const open = server(books.dataDir, true);
  expect((await open.inject(request)).statusCode).toBe(200);
  await open.close();
});

test('a list comes page by page', async () => {
  const seen: string[] = [];
  for (let after = ''; ;) {
    const { status, body } = await call('maryam', 'GET', `/breaks?limit=2${after}`);
    expect(status).toBe(200);
    seen.push(...(body['breaks'] as { rrn: string }[]).map((each) => each.rrn));
    if (body['next'] === null) break;
    after = `&after=${body['next'] as string}`;
  }
  expect(seen).toEqual([1, 2, 3, 4, 5].map(rrnOf));
  const { body } = await call('maryam', 'GET', '/breaks?class=LATE');
  expect(body).toEqual({ breaks: [], next: null });
});

test.each([
  ['GET', '/breaks?limit=201', undefined, 400, 'must be <= 200'],
  ['GET', '/breaks?limit=0', undefined, 400, 'must be >= 1'],
  ['GET', '/breaks?colour=red', undefined, 400, 'must NOT have additional properties'],
  ['GET', '/breaks?day=2026-02-30', undefined, 400, 'is not a day'],
  ['GET', '/breaks?class=WRONG', undefined, 400, 'querystring/class'],
  ['GET', '/breaks/0', undefined, 400, 'params/id'],
  ['GET', '/breaks/999', undefined, 404, 'There is no break 999'],
  ['GET', '/nothing', undefined, 404, 'no such route'],
  ['POST', '/breaks/1/assign', undefined, 400, 'body must be object'],
  ['POST', '/breaks/1/assign', { owner: ' ' }, 400, 'body/owner must match pattern'],
  ['POST', '/breaks/1/assign', { owner: 'sara', by: 'babak' }, 400, 'must NOT have additional properties'],
  ['POST', '/breaks/1/comment', { text: LONG }, 400, 'more than 2000'],
  ['POST', '/breaks/1/comment', { text: 'a\u0000b' }, 400, 'must match pattern'],
  ['POST', '/breaks/1/resolve', { post: 'gift', reason: 'x' }, 400, 'body/post'],
  ['POST', '/breaks/1/resolve', { post: 'credit', rials: '-5', reason: 'x' }, 400, 'body/rials'],
  ['POST', '/breaks/1/resolve', { post: 'credit', rials: '101', reason: 'x' }, 422, '101 cannot be posted'],
  ['POST', '/breaks/1/approve', undefined, 409, 'nothing is proposed'],
  ['POST', '/breaks/999/approve', undefined, 404, 'There is no break 999'],
] as const)('%s %s (case %#) is answered as it deserves', async (method, path, body, status, reason) => {
  const answer = await call('maryam', method, path, body);
  expect(answer.status).toBe(status);
  expect(Object.keys(answer.body)).toEqual(['error', 'message']);
  expect(answer.body['message']).toContain(reason);
});

test('what one person proposes another approves, and the break says who did what', async () => {
  expect((await call('maryam', 'POST', '/breaks/2/assign', { owner: 'sara' })).body['break']).toMatchObject({
    owner: 'sara',
  });
  await call('babak', 'POST', '/breaks/2/comment', { text: 'از پذیرنده پرسیدم' });
  const proposal = { post: 'credit', rials: '150', reason: 'the slip says 150' };
  expect((await call('maryam', 'POST', '/breaks/2/resolve', proposal)).body['break']).toMatchObject({
    state: 'proposed',
    proposedBy: 'maryam',
    postRials: '150',
  });
  expect(await call('maryam', 'POST', '/breaks/2/approve')).toMatchObject({
    status: 403,
    body: { error: 'break.same-person' },
  });
  expect((await call('babak', 'POST', '/breaks/2/reject', {})).body['break']).toMatchObject({ state: 'open' });
  await call('maryam', 'POST', '/breaks/2/resolve', proposal);
  expect((await call('babak', 'POST', '/breaks/2/approve')).body['break']).toMatchObject({ state: 'resolved' });
  expect((await call('babak', 'POST', '/breaks/2/approve')).status).toBe(409);
  const { body } = await call('babak', 'GET', '/breaks/2');
  expect((body['events'] as { actor: string; event: string }[]).map(({ actor, event }) => `${actor} ${event}`)).toEqual(
    ['maryam assigned', 'babak comment', 'maryam proposed', 'babak rejected', 'maryam proposed', 'babak approved'],
  );
  const { rows } = await books.pool.query('select rials, source from payable_carries');
  expect(rows).toEqual([{ rials: '150', source: 'break 2' }]);
});

test('two who approve at once: one of them does', async () => {
  await call('maryam', 'POST', '/breaks/3/resolve', { post: 'debit', reason: 'x' });
  const answers = await Promise.all([1, 2, 3].map(() => call('babak', 'POST', '/breaks/3/approve')));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
});

test('the age alarm is in the metrics and in the list', async () => {
  const within = 'kalabarg_breaks{class="ONLY_ACQUIRER",age="within"}';
  expect((await http.inject('/metrics')).body).toContain(`${within} 3`);
  now = RAISED + 3 * 86_400_000;
  const metrics = (await http.inject('/metrics')).body;
  expect(metrics).toContain('kalabarg_suspense_below_zero{of="shops"} 0');
  expect(metrics).toContain('kalabarg_breaks{class="ONLY_ACQUIRER",age="overdue"} 3');
  expect(metrics).toContain(`${within} 0`);
  const { body } = await call('maryam', 'GET', '/breaks?alarm=true');
  expect(body['breaks']).toHaveLength(3);
  now = RAISED;
});

test('a token is kept as a hash that only its owner can read, and is worth nothing once revoked', async () => {
  const token = issueToken(books.dataDir, 'sara');
  expect((await call(token, 'GET', '/breaks')).status).toBe(200);
  expect(statSync(operatorsFile(books.dataDir)).mode & 0o077).toBe(0);
  revokeToken(books.dataDir, 'sara');
  expect((await call(token, 'GET', '/breaks')).status).toBe(401);
  expect(() => issueToken(books.dataDir, 'matching')).toThrow("not an operator's name");
  expect(() => issueToken(books.dataDir, 'Maryam')).toThrow("not an operator's name");
});

test('where the database has people, the desk takes their tokens alone, each for what its person may', async () => {
  const fresh = server(books.dataDir);
  const ask = async (token: string, method: 'GET' | 'POST', path: string, payload?: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fresh.inject({
      method,
      url: `/desk${path}`,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    return [answer.statusCode, answer.json<{ error?: string }>().error];
  };
  const [maker, checker] = [
    await addActor(books.pool, 'zahra', ['maker']),
    await addActor(books.pool, 'reza', ['checker']),
  ];
  const [zahra, reza] = [await loginToken(books.pool, maker, now), await loginToken(books.pool, checker, now)];
  expect(await ask(tokens['maryam'] ?? '', 'GET', '/breaks')).toEqual([401, 'desk.token']);
  expect(await ask(zahra, 'GET', '/breaks')).toEqual([200, undefined]);
  expect(await ask(zahra, 'POST', '/breaks/4/resolve', { post: 'none', reason: 'slip' })).toEqual([200, undefined]);
  expect(await ask(zahra, 'POST', '/breaks/4/approve')).toEqual([403, 'people.permission']);
  const late = await loginToken(books.pool, checker, now - 16 * 60_000);
  expect(await ask(late, 'POST', '/breaks/4/approve')).toEqual([403, 'people.proof']);
  expect(await ask(reza, 'POST', '/breaks/4/approve')).toEqual([200, undefined]);
  await fresh.close();
});
