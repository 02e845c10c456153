import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { listMessages, messageKey, queueMessage, type MessageLine } from '../../src/messages/index.ts';
import { openLine, type Line } from '../../src/messages/line.ts';
import { sendMessages } from '../../src/messages/send.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { httpService, type HttpService } from '../support/http-service.ts';

/** Messages on a real HTTP line, with the rights of the gateway's role. */
const key = messageKey(Buffer.alloc(32, 7));
let now = Date.UTC(2026, 10, 27, 8);
let server: EmbeddedPostgres;
let pool: pg.Pool;
let service: HttpService;
let folder: string;
let line: Line;
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 8);
  pool.on('error', () => undefined);
  service = await httpService();
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-messages-'));
  writeFileSync(join(folder, 'sms.key'), 'hush');
  writeFileSync(
    join(folder, 'messages.yaml'),
    `http:
  url: ${service.url}/send
  headers: { x-key: '{secret}', idempotency-key: '{key}' }
  json: { receptor: '{to}', message: '{text}' }
  secretFile: ${join(folder, 'sms.key')}
  timeoutMs: 500
  taken: { at: /status, is: [OK] }
  never: [422]
  reference: /id
`,
  );
  const opened = openLine(folder, systemClock);
  if (opened === undefined) throw new Error('no line');
  line = opened;
});
afterAll(async () => {
  line.close();
  await pool.end();
  await service.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

let to = '';
let count = 0;
beforeEach(async () => {
  await pool.query(`update messages set state = 'failed', secret = null, done_at = now() where state = 'queued'`);
  service.asked.length = 0;
  service.answer = (_request, response) => response.end('{"status":"OK","id":4711}');
  to = `0912000${String(++count).padStart(4, '0')}`;
});
const queue = (code = '012345'): Promise<void> =>
  transaction(pool, (db) =>
    queueMessage(db, { to, template: 'code.sign-in', language: 'en', values: {} }, now, {
      code,
      until: now + 300_000,
      key,
    }),
  );
const send = (over: { line?: Line | undefined } = { line }): Promise<number> =>
  sendMessages({ pool, line: over.line, key }, now);
const last = async (): Promise<MessageLine | undefined> =>
  (await listMessages(pool, { mobile: to, limit: 1 }, { key, now }))[0];

test('a message is sent once, its code with it, and the code is gone afterwards', async () => {
  await queue();
  expect(await send()).toBe(1);
  expect(await send()).toBe(0);
  const [asked] = service.asked;
  expect(asked).toMatchObject({ path: '/send', headers: { 'x-key': 'hush' } });
  expect(JSON.parse(asked?.body ?? '')).toMatchObject({
    receptor: to,
    message: expect.stringContaining('012345') as unknown,
  });
  expect(await last()).toMatchObject({ state: 'sent', text: expect.stringContaining('••••••') as unknown });
  const { rows } = await pool.query('select secret, reference from messages where mobile = $1', [to]);
  expect(rows).toEqual([{ secret: null, reference: '4711' }]);
});

test('what was not taken is tried again under the same key, later and later', async () => {
  service.answer = (_request, response) => response.writeHead(503).end();
  await queue();
  const begun = now;
  const at: number[] = [];
  for (; now < begun + 120_000; now += 1_000) if ((await send()) > 0) at.push((now - begun) / 1_000);
  expect(at).toEqual([0, 5, 15, 35, 75]);
  expect(new Set(service.asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(await last()).toMatchObject({ state: 'queued', tries: 5, fault: 'status 503' });
  service.answer = (_request, response) => response.end('{"status":"OK"}');
  now = begun + 200_000;
  await send();
  expect(await last()).toMatchObject({ state: 'sent', fault: null });
});

test('a code that could not be sent before it lapsed is not sent any more', async () => {
  service.answer = (_request, response) => response.end('{"status":"BUSY"}');
  await queue();
  await send();
  now += 300_000;
  expect(await send()).toBe(0);
  expect(await last()).toMatchObject({ state: 'failed', fault: '/status is "BUSY"' });
});

test('a number that does not exist is given up at once', async () => {
  service.answer = (_request, response) => response.writeHead(422).end('{}');
  await queue();
  await send();
  expect(await last()).toMatchObject({ state: 'failed', fault: 'status 422' });
});

test('copies share the work: each message goes out once', async () => {
  for (let i = 0; i < 60; i++) await queue();
  let sent = 0;
  for (let round = 0; round < 3; round++) for (const each of await Promise.all([send(), send(), send()])) sent += each;
  expect(sent).toBe(60);
  expect(new Set(service.asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(60);
  expect(service.asked).toHaveLength(60);
});

test('a copy that dies in the middle leaves its message to another', async () => {
  await queue();
  await pool.query(`update messages set tries = 1, next_at = $2 where mobile = $1`, [to, new Date(now + 1_000)]); // taken, never told
  expect(await send()).toBe(0);
  now += 1_000;
  expect(await send()).toBe(1);
  expect(await last()).toMatchObject({ state: 'sent', tries: 2 });
});

test('without a line everything is kept, and codes lapse', async () => {
  await queue();
  await send({ line: undefined });
  expect(await last()).toMatchObject({ state: 'queued', text: expect.stringContaining('012345') as unknown });
  now += 300_000;
  await send({ line: undefined });
  expect(await last()).toMatchObject({
    state: 'failed',
    fault: 'not sent in time',
    text: expect.stringContaining('••••••') as unknown,
  });
});

test.each([
  ['http: { url: "http://sms.example/" }', 'over https'],
  ['http: { url: "https://sms.example/", retries: 3 }', 'http.retries: there is no such setting'],
  ['http: {}', 'url'],
  ['http: [', 'is not YAML'],
  ['mail: {}', 'mail: there is no such setting'],
])('messages.yaml %j is refused, and says why', (text, why) => {
  const other = mkdtempSync(join(tmpdir(), 'kalabarg-messages-'));
  writeFileSync(join(other, 'messages.yaml'), text);
  expect(() => openLine(other, systemClock)).toThrow(why);
  rmSync(other, { recursive: true });
});
