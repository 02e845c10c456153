import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { parseJsonl, readOrder, type CapturedFrame } from '../../../src/capture/index.ts';
import { oneReplay } from '../../../src/console/api/replay.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { openPool } from '../../../src/ops/database.ts';
import { replayCapture } from '../../../src/replay/index.ts';
import { lookAtJobs, migrateQueues, type Jobs } from '../../../src/settlement/jobs/index.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { keepsContract } from './support/contract.ts';
import { openOperators, type Operators } from './support/operators.ts';

/** What engineers and keepers look at: recordings, jobs, keys. */
const NOW = Date.now();
const SAMPLES = new URL('../../captures/', import.meta.url);
const ids = { file: 'talk.jsonl' };
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let jobs: Jobs;
let operators: Operators;
let data: string;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  const url = await gatewayLogin(server.url);
  pool = openPool(url, 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await migrateQueues(owner);
  await owner.query('grant usage on schema bullmq to kalabarg_gateway; grant all on all tables in schema bullmq to kalabarg_gateway; grant all on all sequences in schema bullmq to kalabarg_gateway'); // prettier-ignore
  jobs = lookAtJobs({ databaseUrl: url, redisUrl: '' });
  data = mkdtempSync(join(tmpdir(), 'kalabarg-captures-'));
  mkdirSync(join(data, 'captures'));
  const [sample = ''] = readdirSync(SAMPLES).filter((name) => name.endsWith('.jsonl'));
  copyFileSync(new URL(sample, SAMPLES), join(data, 'captures', ids.file));
  // nobody listens on port 1: how a replay goes is replay's own to test
  const to = { host: '127.0.0.1', port: 1, data: undefined };
  const replay = { to: '127.0.0.1:1', play: (file: string, frames: readonly CapturedFrame[]) => replayCapture(file, { frames, notes: [] }, { to }) }; // prettier-ignore
  operators = await openOperators(pool, NOW, {}, undefined, { data, jobs, replay });
});
afterAll(async () => {
  await operators.http.close();
  await jobs.close();
  await pool.end();
  await owner.end();
  await server.stop();
  rmSync(data, { recursive: true });
});

keepsContract(
  [
    { route: 'GET /captures', roles: ['engineer'] },
    { route: 'GET /captures/:file', roles: ['engineer'], whole: true },
    { route: 'GET /captures/:file/test', roles: ['engineer'], whole: true },
    { route: 'POST /captures', roles: ['engineer'], body: { reason: 'lost answers', terminals: ['10000001'] } },
    { route: 'POST /captures/:file/replay', roles: ['engineer'], body: { reason: 'lost answers' }, whole: true },
    { route: 'GET /jobs', roles: ['engineer'] },
    { route: 'GET /keys', roles: ['keeper', 'engineer', 'auditor'] },
    { route: 'GET /keys/terminals', roles: ['keeper', 'engineer', 'auditor'] },
    { route: 'GET /keys/log', roles: ['keeper', 'engineer', 'auditor'] },
  ],
  () => operators,
  () => ids,
);

describe('a recording', () => {
  const start = (body: object) => operators.call('engineer', 'POST', '/captures', { body: { reason: 'lost answers', ...body } }); // prettier-ignore

  test('begins for terminals or a share, one at a time, and is stopped', async () => {
    for (const which of [{}, { terminals: ['10000001'], share: 0.5 }])
      expect(await start(which)).toMatchObject({ status: 422, body: { code: 'captures.which' } });
    const begun = await start({ terminals: ['10000001'], minutes: 5, maxMegabytes: 1 });
    expect(begun).toMatchObject({ status: 201, body: { recording: { terminals: ['10000001'], bank: true, maxBytes: 1_048_576 } } }); // prettier-ignore
    expect(readOrder(data)).toMatchObject({ terminals: ['10000001'], until: NOW + 5 * 60_000 });
    expect(await start({ share: 0.1 })).toMatchObject({ status: 409, body: { code: 'captures.running' } });
    const stop = () => operators.call('engineer', 'POST', '/captures/stop', { body: {} });
    expect(await stop()).toMatchObject({ status: 200, body: { recording: null } });
    expect(await stop()).toMatchObject({ status: 409, body: { code: 'captures.idle' } });
    const { rows } = await pool.query(`select act, reason from audit where act like 'capture.%' order by seq`);
    expect(rows).toEqual([{ act: 'capture.started', reason: 'lost answers' }, { act: 'capture.stopped', reason: null }]); // prettier-ignore
  });

  test('is shown a page at a time, each answer with its request and time, nothing secret in it', async () => {
    const seen: Record<string, unknown>[] = [];
    for (let next: string | null = ''; next !== null;) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const page = await operators.call('engineer', 'GET', `/captures/${ids.file}?limit=2${cursor}`);
      seen.push(...(page.body['items'] as Record<string, unknown>[]));
      next = page.body['next'] as string | null;
    }
    const { body } = await operators.call('engineer', 'GET', `/captures/${ids.file}?limit=200`);
    const whole = body['items'] as Record<string, unknown>[];
    expect(seen.map(({ at, mti, hex }) => ({ at, mti, hex }))).toEqual(whole.map(({ at, mti, hex }) => ({ at, mti, hex }))); // prettier-ignore
    const answers = whole.filter(({ answers: place }) => place !== null);
    expect(answers.length).toBeGreaterThan(0);
    for (const answer of answers) {
      const request = whole[Number(answer['answers'])];
      expect(String(request?.['mti'])[1]).toBe(String(answer['mti'])[1]);
      expect(answer['tookMs']).toBeGreaterThanOrEqual(0);
    }
    const fields = whole.flatMap((frame) => frame['fields'] as { de: number; value: string; secret: boolean }[]);
    for (const { de, value, secret } of fields) {
      if ([2, 35, 52].includes(de)) expect([de, secret]).toEqual([de, true]);
      if (de === 2 || de === 35) expect(value).not.toMatch(/\d{13}/);
    }
  });

  test('becomes a test: frames that a capture is read from', async () => {
    const answer = await operators.call('engineer', 'GET', `/captures/${ids.file}/test`);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/jsonl; charset=utf-8', 'content-disposition': 'attachment; filename="talk.jsonl"' }); // prettier-ignore
    expect(parseJsonl(answer.bytes, 'answer').length).toBeGreaterThan(1);
    const other = await operators.call('engineer', 'GET', `/captures/${ids.file}/test?connection=nobody`);
    expect(other).toMatchObject({ status: 404, body: { code: 'captures.empty' } });
  });

  test('is played for an engineer who says why; that stands in the audit whatever becomes of it', async () => {
    expect((await operators.call('engineer', 'GET', '/captures')).body).toMatchObject({ replayTo: '127.0.0.1:1' });
    const play = (file: string, body: object) => operators.call('engineer', 'POST', `/captures/${file}/replay`, { body });
    const said = await play(ids.file, { reason: 'seen at the shop' });
    expect(said).toMatchObject({ status: 422, body: { code: 'captures.replay' } });
    expect(said.body['detail']).toContain('127.0.0.1:1');
    const { rows } = await pool.query(`select object, reason, after from audit where reason = 'seen at the shop'`);
    expect(rows).toEqual([{ object: 'capture:talk.jsonl', reason: 'seen at the shop', after: { to: '127.0.0.1:1' } }]);
    expect(await play(ids.file, { reason: 'no' })).toMatchObject({ status: 400 });
    expect(await play(ids.file, { reason: 'nobody', connection: 'nobody' })).toMatchObject({ status: 404, body: { code: 'captures.empty' } });
    expect(await play('nothing.jsonl', { reason: 'nothing' })).toMatchObject({ status: 404, body: { code: 'captures.unknown' } });
    await expect(oneReplay(undefined).play(ids.file, [])).rejects.toMatchObject({ code: 'captures.no-target' });
  }); // prettier-ignore

  test.each(['..%2Frecording.json', 'recording.json', '.hidden.jsonl', 'a%2Fb.jsonl', 'nothing.jsonl'])('%s is no way out of the folder', async (file) => {
    const { status, body } = await operators.call('engineer', 'GET', `/captures/${file}`);
    expect([400, 404]).toContain(status);
    expect(String(body['code'])).toMatch(/^(api\.invalid|api\.unknown|captures\.unknown)$/);
  }); // prettier-ignore
});

describe('jobs', () => {
  test('are listed by state, with what they are about', async () => {
    const queue = await jobs.queue();
    await queue.add('net', { businessDay: '2026-11-20', shard: 3 }, { jobId: 'net-3', delay: 60_000 });
    const { body } = await operators.call('engineer', 'GET', '/jobs');
    expect(body).toMatchObject({ backend: 'postgres', counts: { delayed: 1, failed: 0 } });
    expect(body['items']).toMatchObject([{ id: 'net-3', step: 'net', businessDay: '2026-11-20', shard: 3, state: 'delayed' }]); // prettier-ignore
    expect((await operators.call('engineer', 'GET', '/jobs?state=failed')).body['items']).toEqual([]);
  });

  test('the board is an engineer’s page, nothing on it comes from elsewhere, and acts are in the audit', async () => {
    const look = (who: string, path = '', method = 'GET', headers = {}) =>
      operators.call(who, method, `/../../console/jobs${path}`, { headers });
    const page = await look('engineer', '/');
    expect(page.status).toBe(200);
    expect(page.bytes.toString()).toContain('id="__UI_CONFIG__"');
    expect(page.bytes.toString()).not.toMatch(/(href|src)="https?:/);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(await look('maker', '/')).toMatchObject({ status: 403, body: { code: 'people.permission' } });
    expect(await look('maker', '/api/queues')).toMatchObject({ status: 403 });
    const queues = await look('engineer', '/api/queues');
    expect(queues.body).toMatchObject({ queues: [{ name: 'settlement', counts: { delayed: 1 } }] });
    const script = /src="(static\/js\/main[^"]+)"/.exec(page.bytes.toString())?.[1] ?? '';
    expect(await look('maker', `/${script}`)).toMatchObject({ status: 403 });
    expect((await look('engineer', `/${script}`)).status).toBe(200);
    expect((await look('engineer', '/api/queues/settlement/net-3/promote', 'PUT')).status).toBeLessThan(300);
    const { rows } = await pool.query(`select actor, after from audit where act = 'jobs.acted'`);
    expect(rows).toEqual([{ actor: 'one-engineer', after: { method: 'PUT', path: '/api/queues/settlement/net-3/promote' } }]); // prettier-ignore
  });
});

test('keys are shown by check value and age, and never themselves', async () => {
  const token = { token: 'S1000SECRET', usage: 'K0', algorithm: 'A', bits: 256, kcv: 'ABC123' };
  await owner.query(`insert into hsm_keys (name, key, created_at) values ('zmk:bank', $1, now() - interval '40 days 1 hour')`, [JSON.stringify(token)]); // prettier-ignore
  await owner.query(`insert into key_log (what, name, kcv, people) values ('form', 'zmk:bank', 'ABC123', '{sara,omid}')`);
  const { body } = await operators.call('auditor', 'GET', '/keys');
  expect(body['items']).toEqual([{ name: 'zmk:bank', usage: 'K0', algorithm: 'A', bits: 256, kcv: 'ABC123', days: 40 }]);
  const all = [body, (await operators.call('auditor', 'GET', '/keys/terminals')).body];
  expect(JSON.stringify(all)).not.toContain('SECRET');
  const log = await operators.call('keeper', 'GET', '/keys/log');
  expect(log.body['items']).toMatchObject([{ what: 'form', name: 'zmk:bank', people: ['sara', 'omid'] }]);
}); // prettier-ignore
