import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import sharp from 'sharp';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { softwareHsm } from '../../src/hsm/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { bringPaperKey, openPapers, paperDuty, type Papers } from '../../src/papers/index.ts';
import { openOperators, type Answer, type Operators } from '../console/api/support/operators.ts';
import { signIn, testDoor } from '../support/door.ts';
import { doorPool, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { Visitor, textOf } from '../support/visitor.ts';
import * as files from './files.ts';

/** What shops bring with their answers to notices: over the API, and at the public door, which can read none. */
const DAY = 86_400_000;
const PROGRAM = new URL('../../dist/papers/child.js', import.meta.url);
const MOBILE = '09121234567';
const MERCHANT = '000000000000077';
const NOW = Date.now();
const log = pino({ level: 'silent' });
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let data: string;
const hsm = softwareHsm({ lmk: Buffer.alloc(32, 7) });
let papers: Papers;
let taking: Papers;
let operators: Operators;
let door: FastifyInstance;
let asDoor: pg.Pool;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'kalabarg-notice-papers-'));
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 4);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await bringPaperKey(pool, hsm);
  const options = { dataDir: data, clock: systemClock, random: systemRandom, log, program: PROGRAM };
  papers = openPapers({ ...options, pool, hsm });
  taking = openPapers({ ...options, pool });
  operators = await openOperators(pool, NOW, { sara: ['reviewer'], reza: ['support'], mina: ['reviewer'] }, papers);
  asDoor = await doorPool(server.url);
  door = testDoor(asDoor, systemClock, { papers: taking });
  await owner.query(
    `insert into merchants (merchant_id, name, guild, status, sheba, mobile) values ($1, 'سوپر امید', 'dairy', 'approved', 'IR740170000000000000007700', $2)`,
    [MERCHANT, MOBILE],
  );
});
afterAll(async () => {
  await operators.http.close();
  await door.close();
  await asDoor.end();
  papers.close();
  taking.close();
  await hsm.close();
  await Promise.all([pool.end(), owner.end()]);
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});

async function noticed(): Promise<string> {
  const violation = { kind: 'extra_fee', at: new Date(NOW - DAY).toISOString(), note: 'an extra fee was taken twice' };
  let last: Answer | undefined;
  for (let n = 0; n < 2; n++) last = await operators.call('sara', 'POST', `/shops/${MERCHANT}/violations`, { body: violation }); // prettier-ignore
  const violations = (last?.body['violations'] as { id: string; struckAt: string | null }[])
    .filter(({ struckAt }) => struckAt === null)
    .map(({ id }) => id);
  const given = { violations, sanction: 'RESTRICTED', days: 90, text: 'دو بار کارمزد اضافه گرفته شده است' };
  return String((await operators.call('sara', 'POST', `/shops/${MERCHANT}/notices`, { body: given })).body['id']);
}
const add = (id: string, body: Buffer, who = 'clerk') => operators.call(who, 'POST', `/notices/${id}/papers`, { body });
const say = async (who: string, id: string, what: string, body: object): Promise<Answer> => {
  const { etag } = await operators.call(who, 'GET', `/notices/${id}`);
  return operators.call(who, 'POST', `/notices/${id}/${what}`, { body, etag });
};
const listed = async (id: string) => (await operators.call('clerk', 'GET', `/notices/${id}/papers`)).body['items'];
const onDisk = (): string[] =>
  existsSync(join(data, 'papers'))
    ? readdirSync(join(data, 'papers'), { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).map(({ name }) => name) // prettier-ignore
    : [];

test('a clerk adds what the shop brings; whoever decides reads it, and nobody else; each reading is audited', async () => {
  const id = await noticed();
  const picture = await files.photo();
  const added = await add(id, picture);
  expect(added).toMatchObject({ status: 201, body: { said: 'response', media: 'image/jpeg', pages: 1 } });
  expect((await add(id, picture)).status).toBe(200); // the same one twice is one
  expect((await add(id, files.zip())).body).toMatchObject({ code: 'papers.refused' });
  expect((await add(id, picture, 'reviewer')).status).toBe(403);
  const path = `/notices/${id}/papers/${String(added.body['id'])}`;
  const read = async (who: string, at = path) => (await operators.call(who, 'GET', at)).status;
  const readers = ['sara', 'reza', 'mina', 'auditor', 'clerk', 'maker'];
  expect(await Promise.all(readers.map((who) => read(who)))).toEqual([200, 200, 200, 200, 403, 403]);
  const shown = await operators.call('reza', 'GET', path);
  const { width, exif } = await sharp(shown.bytes).metadata();
  expect([shown.headers['content-type'], width, exif]).toEqual(['image/jpeg', 1_200, undefined]);
  const other = await noticed();
  expect(await read('reza', path.replace(`/notices/${id}`, `/notices/${other}`))).toBe(404);
  const { rows } = await owner.query<{ act: string; n: number }>(
    `select act, count(*)::int as n from audit where object = $1 group by act order by act`,
    [`notice:${id}`],
  );
  expect(rows).toEqual([
    { act: 'paper.added', n: 1 },
    { act: 'paper.read', n: 5 },
    { act: 'paper.read-refused', n: 1 },
  ]);
});

test('a paper comes with the word that the shop has, and stays once that is said; a final notice is read by those who had it', async () => {
  const id = await noticed();
  const gone = await add(id, await files.png());
  const before = onDisk().length;
  expect((await operators.call('clerk', 'DELETE', `/notices/${id}/papers/${String(gone.body['id'])}`)).status).toBe(
    204,
  );
  expect([onDisk().length, await listed(id)]).toEqual([before - 1, []]);
  const first = await add(id, await files.photo(900, 700));
  await say('clerk', id, 'response', { text: 'کارمزدی گرفته نشده است' });
  const late = await add(id, await files.png(500, 400));
  expect([late.status, late.body['code']]).toEqual([409, 'shops.refused']);
  await say('reza', id, 'decision', { upheld: true, text: 'رسیدها خوانده شد' });
  expect((await operators.call('clerk', 'DELETE', `/notices/${id}/papers/${String(first.body['id'])}`)).status).toBe(
    409,
  );
  expect((await add(id, await files.png(500, 400))).body).toMatchObject({ said: 'appeal' });
  await say('clerk', id, 'appeal', { text: 'رسید بانک را هم آوردیم' });
  await say('mina', id, 'final', { upheld: false, text: 'حق با فروشگاه است' });
  const reads = (who: string) => operators.call(who, 'GET', `/notices/${id}/papers/${String(first.body['id'])}`);
  expect(await Promise.all(['sara', 'reza', 'mina', 'auditor', 'reviewer', 'support'].map(async (who) => (await reads(who)).status))).toEqual([200, 200, 200, 200, 403, 403]); // prettier-ignore
  // five years later they are gone, from the disk too
  const kept = onDisk().length;
  expect(await paperDuty(papers, pool, NOW + 1_824 * DAY)).toBe(0);
  expect(await paperDuty(papers, pool, NOW + 1_827 * DAY)).toBe(2);
  expect([onDisk().length, await listed(id)]).toEqual([kept - 2, []]);
});

test('no notice has more than thirty papers, however many come at once', async () => {
  const id = await noticed();
  await owner.query(
    `insert into notice_papers (notice_id, said, media, bytes, pages, source_sha256, sha256, file_sha256, key_id, wrapped, uploaded_at)
     select $1, 'response', 'image/jpeg', 9, 1, sha256(n::text::bytea), sha256(n::text::bytea), sha256(('f' || n)::bytea), (select min(key_id) from paper_keys), 'x', now()
       from generate_series(1, 29) n`,
    [id],
  );
  const both = await Promise.all([add(id, await files.png(300, 300)), add(id, await files.png(301, 300))]);
  expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
});

test('the owner sends papers from the page of the shop, removes one, and another’s notice is not there', async () => {
  const id = await noticed();
  const visitor = new Visitor(door);
  await signIn(visitor, pool, MOBILE);
  const base = `/shop/${MERCHANT}/notices/${id}/papers`;
  const page = await visitor.get(`/shop/${MERCHANT}/notices`);
  expect(page.body).toContain('papers.js');
  const token = /data-csrf="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const send = (as: Visitor, path: string, payload: Buffer, csrf = token) =>
    door.inject({ method: 'POST', url: path, payload, headers: { cookie: as.cookies(), 'x-csrf': csrf, 'content-type': 'application/octet-stream', accept: 'application/json' } }); // prettier-ignore
  const sent = await send(visitor, `${base}/evidence`, await files.photo(640, 480));
  expect([sent.statusCode, Object.keys(sent.json<{ paper: object }>().paper)]).toEqual([201, ['id', 'kilobytes']]);
  const second = await send(visitor, `${base}/evidence`, await files.png(200, 200));
  expect((await send(visitor, `${base}/evidence`, files.zip())).statusCode).toBe(422);
  expect((await send(visitor, `${base}/evidence`, await files.png(), 'forged')).statusCode).toBe(403);
  const paper = second.json<{ paper: { id: string } }>().paper.id;
  expect((await visitor.post(`${base}/${paper}/removal`, { csrf: token })).statusCode).toBe(200);
  expect(await listed(id)).toMatchObject([{ said: 'response', uploadedBy: null }]);

  const stranger = new Visitor(door, '203.0.113.9');
  await signIn(stranger, pool, '09351112233');
  const own = /data-csrf="([^"]+)"|name="csrf" value="([^"]+)"/.exec((await stranger.get('/apply/new')).body);
  const forged = own?.[1] ?? own?.[2] ?? '';
  expect((await send(stranger, `${base}/evidence`, await files.png(), forged)).statusCode).toBe(404);
  expect((await send(new Visitor(door), `${base}/evidence`, await files.png())).statusCode).not.toBe(201);

  const shown = textOf((await visitor.get(`/shop/${MERCHANT}/notices`)).body);
  expect(shown).toContain('مدارک شما، اگر دارید');
  await visitor.submit(`/shop/${MERCHANT}/notices/${id}`, { text: 'رسیدها را فرستادیم' });
  const after = await visitor.get(`/shop/${MERCHANT}/notices`);
  expect(after.body).not.toContain(`${base}/`);
  expect((await send(visitor, `${base}/evidence`, await files.png(222, 222))).statusCode).toBe(409);
});
