import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import sharp from 'sharp';
import { createHttp } from '../../src/console/http.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { softwareHsm } from '../../src/hsm/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { bringPaperKey, openPapers, paperDuty, type Papers } from '../../src/papers/index.ts';
import type { WorkLimits } from '../../src/papers/workroom.ts';
import type { Role } from '../../src/people/index.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { addActor, loginToken, testPeople } from '../support/people.ts';
import * as files from './files.ts';

/** Papers over the API, on a real database and disk, with the processes of the built program. */
const DAY = 86_400_000;
const PROGRAM = new URL('../../dist/papers/child.js', import.meta.url);
const LMK = Buffer.alloc(32, 7);
const log = pino({ level: 'silent' });
let now = Date.now();
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let http: FastifyInstance;
let data: string;
let papers: Papers;
let port: number;
const tokens: Record<string, string> = {};
const hsm = softwareHsm({ lmk: LMK });

function open(program = PROGRAM, limits: Partial<WorkLimits> = {}): Papers {
  const clock = { ...systemClock, now: () => now };
  return openPapers({ pool, dataDir: data, clock, random: systemRandom, log, hsm, program, limits });
}

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'kalabarg-papers-'));
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await bringPaperKey(pool, hsm);
  papers = open();
  const people = testPeople(pool, { now: () => now });
  http = createHttp({
    registry: new Registry(),
    clock: systemClock,
    notReady: () => Promise.resolve([]),
    api: { people: () => people, papers: () => papers, log },
  });
  const roles: Record<string, Role[]> = {
    clerk: ['clerk', 'reviewer'],
    sara: ['reviewer'],
    reza: ['reviewer'],
    auditor: ['auditor'],
    guest: ['maker'],
  };
  for (const [login, each] of Object.entries(roles))
    tokens[login] = await loginToken(pool, await addActor(pool, login, each), now);
  await http.listen({ host: '127.0.0.1', port: 0 });
  port = (http.server.address() as { port: number }).port;
});
afterAll(async () => {
  papers.close();
  await http.close();
  await hsm.close();
  await pool.end();
  await owner.end();
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly type: string;
  readonly bytes: Buffer;
  readonly body: Record<string, unknown> & {
    errors?: { detail: string }[];
    items?: { code?: string; state?: string }[];
  };
}

async function call(
  who: string,
  method: string,
  path: string,
  body?: Buffer | object,
  more: Record<string, string> = {},
): Promise<Answer> {
  const raw = Buffer.isBuffer(body);
  const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${tokens[who] ?? ''}`,
      'accept-language': 'fa',
      ...(body === undefined ? {} : { 'content-type': raw ? 'application/x-php' : 'application/json' }),
      ...more,
    },
    ...(body === undefined ? {} : { body: raw ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const type = response.headers.get('content-type') ?? '';
  const read = type.includes('json') && bytes.length > 0 ? (JSON.parse(bytes.toString()) as Answer['body']) : {};
  return { status: response.status, etag: response.headers.get('etag') ?? '', type, bytes, body: read };
}

async function draft(): Promise<string> {
  const begun = await call('clerk', 'POST', '/cases', { name: 'سوپر مدارک', guild: 'supermarket' });
  return String(begun.body['id']);
}
const upload = (id: string, bytes: Buffer, kind = 'national_card', more = {}, who = 'clerk'): Promise<Answer> =>
  call(who, 'POST', `/cases/${id}/papers?item=owner_identity&kind=${kind}`, bytes, more);
const folder = (): string => join(data, 'papers');
function onDisk(): string[] {
  return existsSync(folder())
    ? readdirSync(folder(), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];
}

test('a photograph is kept encrypted, under the hash of its file, with nothing of the phone in it', async () => {
  const id = await draft();
  const added = await upload(id, await files.photo());
  expect(added).toMatchObject({ status: 201, body: { media: 'image/jpeg', pages: 1, kind: 'national_card' } });
  const list = await call('sara', 'GET', `/cases/${id}/papers`);
  expect(list.body).toMatchObject({
    items: [{ id: added.body['id'] }],
    missing: [{ kind: 'guild_licence' }, { kind: 'birth_certificate' }],
  });
  const { rows } = await owner.query<{ file: string; wrapped: Buffer }>(
    `select encode(file_sha256, 'hex') as file, wrapped from shop_papers where paper_id = $1`,
    [added.body['id']],
  );
  const path = join(folder(), rows[0]!.file.slice(0, 2), rows[0]!.file);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  for (const each of [folder(), join(folder(), rows[0]!.file.slice(0, 2))])
    expect(statSync(each).mode & 0o777).toBe(0o700);
  const stored = readFileSync(path);
  expect(stored.subarray(0, 4).toString()).toBe('KBP1');
  expect(stored.includes(Buffer.from('ffd8ff', 'hex'))).toBe(false);
  const read = await call('auditor', 'GET', `/cases/${id}/papers/${String(added.body['id'])}`);
  expect([read.status, read.type]).toEqual([200, 'image/jpeg']);
  const { exif, width } = await sharp(read.bytes).metadata();
  expect([exif, width]).toEqual([undefined, 1_200]);
});

test('a clerk types it, its papers come, it is sent; the reviewer reads them, who typed it does not, and each reading is audited', async () => {
  const id = await draft();
  let last = await call('clerk', 'GET', `/cases/${id}`);
  const values = {
    guild_licence: { number: '0451123459', issuer: 'اتحادیه', issued: '2024-05-01', ends: '2030-05-01' },
    owner_identity: { nationalId: '0010350829', name: 'علی کریمی' },
    tax_code: { code: '1234567891' },
    sheba: { sheba: 'IR710560000000100324200001' },
    mobile: { number: '09123456780' },
    address: { postalCode: '1435768990', text: 'تهران، خیابان فاطمی' },
    terminal: { wish: 'new' },
    terms: { version: '1405-1' },
  };
  for (const [code, value] of Object.entries(values)) {
    last = await call('clerk', 'PUT', `/cases/${id}/items/${code}`, { value }, { 'if-match': last.etag });
    expect([code, last.status]).toEqual([code, 200]);
  }
  expect((await call('clerk', 'POST', `/cases/${id}/submit`, {}, { 'if-match': last.etag })).status).toBe(409);
  const scan = await call(
    'clerk',
    'POST',
    `/cases/${id}/papers?item=guild_licence&kind=guild_licence`,
    await files.pdf(),
  );
  const card = await upload(id, await files.photo(800, 600));
  await upload(id, await files.photo(800, 601), 'birth_certificate');
  expect((await call('sara', 'GET', `/cases/${id}/papers/${String(card.body['id'])}`)).status).toBe(403); // not sent yet
  last = await call('clerk', 'GET', `/cases/${id}`);
  last = await call('clerk', 'POST', `/cases/${id}/submit`, {}, { 'if-match': last.etag });
  expect([last.status, last.body['errors']]).toEqual([200, undefined]);

  const paper = `/cases/${id}/papers/${String(scan.body['id'])}`;
  const read = await call('sara', 'GET', paper);
  expect([read.status, read.type, read.bytes.toString('latin1', 0, 5)]).toEqual([200, 'application/pdf', '%PDF-']);
  expect(await call('clerk', 'GET', paper)).toMatchObject({ status: 403, body: { code: 'papers.not-yours' } });
  expect((await call('guest', 'GET', paper)).status).toBe(403);
  expect((await call('clerk', 'DELETE', paper)).status).toBe(409); // it is with the reviewers
  expect((await upload(id, await files.photo(800, 602))).status).toBe(409);
  const { rows } = await owner.query(
    `select actor, act from audit where object = $1 and act like 'paper.read%' order by seq desc limit 3`,
    [`case:${id}`],
  );
  expect(rows).toEqual([
    { actor: 'clerk', act: 'paper.read-refused' },
    { actor: 'sara', act: 'paper.read' },
    { actor: 'sara', act: 'paper.read-refused' },
  ]);
  // another case's paper is not reached through this one
  expect((await call('auditor', 'GET', `/cases/${await draft()}/papers/${String(scan.body['id'])}`)).status).toBe(404);
});

test('the same paper twice is one, also at once; the 30th is taken and the 31st is not; a removed one makes room', async () => {
  const id = await draft();
  const photo = await files.photo();
  const [one, two] = await Promise.all([upload(id, photo), upload(id, photo)]);
  expect([one.status, two.status].sort()).toEqual([200, 201]);
  expect(one.body['id']).toBe(two.body['id']);
  const before = onDisk().length;
  for (let n = 0; n < 28; n++) expect((await upload(id, await files.png(200 + n, 200), 'other')).status).toBe(201);
  const race = await Promise.all([300, 301].map(async (width) => upload(id, await files.png(width, 200), 'other')));
  expect(race.map(({ status }) => status).sort()).toEqual([201, 409]);
  expect(await upload(id, await files.png(400, 200), 'other')).toMatchObject({
    status: 409,
    body: { code: 'papers.many' },
  });
  expect(onDisk().length).toBe(before + 29);
  const gone = `/cases/${id}/papers/${String(one.body['id'])}`;
  expect((await call('clerk', 'DELETE', gone)).status).toBe(204);
  expect((await call('auditor', 'GET', gone)).status).toBe(404);
  expect((await call('clerk', 'DELETE', gone)).status).toBe(404);
  expect(onDisk().length).toBe(before + 28);
  expect((await upload(id, photo)).status).toBe(201);
});

test.each([
  ['a script named as a photograph', () => Buffer.from('<?php system($_GET[0]); ?>'), 'JPEG'],
  [
    'an SVG with a script',
    () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'),
    'SVG',
  ],
  [
    'a HEIC',
    () => Buffer.concat([Buffer.from('00000018', 'hex'), Buffer.from('ftypheic'), Buffer.alloc(99)]),
    'Most Compatible',
  ],
  ['nothing', () => Buffer.alloc(0), 'خالی'],
  ['10 MiB and a byte', () => Buffer.alloc(10 * 1_048_576 + 1, 0xff), '۱۰ مگابایت'],
  ['200 megapixels', () => files.pngBomb(20_000, 10_000), '۵۰ مگاپیکسل'],
])('%s is refused with plain words, and nothing of it is left', async (_, make, words) => {
  const id = await draft();
  const before = onDisk();
  const name = '../../../etc/cron.d/x\u202egpj.php';
  const more = { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}` };
  const refused = await upload(id, make(), 'national_card', more);
  expect(refused).toMatchObject({ status: 422, body: { code: 'papers.refused' } });
  expect(refused.body.errors?.[0]?.detail).toContain(words);
  expect(onDisk()).toEqual(before);
  expect((await call('sara', 'GET', `/cases/${id}/papers`)).body.items).toEqual([]);
});

test('10 MiB that say a smaller length, or none, are cut at 10 MiB', async () => {
  const id = await draft();
  const stream = Readable.from(
    (function* () {
      for (let n = 0; n < 200; n++) yield Buffer.alloc(65_536, 0xff);
    })(),
  );
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/cases/${id}/papers?item=owner_identity&kind=other`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens['clerk'] ?? ''}` },
    body: Readable.toWeb(stream) as ReadableStream,
    duplex: 'half',
  }).catch(() => undefined); // the connection may be closed before all of it is sent
  if (response !== undefined) expect(response.status).toBe(422);
  expect((await call('sara', 'GET', `/cases/${id}/papers`)).body.items).toEqual([]);
});

test('an upload that breaks off leaves nothing', async () => {
  const id = await draft();
  const photo = await files.photo();
  const before = onDisk();
  const socket = connect(port, '127.0.0.1');
  const head = `POST /api/v1/cases/${id}/papers?item=owner_identity&kind=other HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens['clerk'] ?? ''}\r\nContent-Length: ${photo.length}\r\n\r\n`;
  socket.write(head);
  socket.write(photo.subarray(0, photo.length / 2));
  await new Promise((done) => setTimeout(done, 200));
  socket.destroy();
  await new Promise((done) => socket.once('close', done));
  expect((await upload(id, photo, 'other')).status).toBe(201); // whoever sends it again is not kept out
  expect(onDisk().length).toBe(before.length + 1);
});

test('a kind that nobody asks for, a paper of another item, a case that is not there', async () => {
  const id = await draft();
  const photo = await files.photo(300, 300);
  expect(await upload(id, photo, 'passport')).toMatchObject({ status: 422, body: { code: 'papers.kind' } });
  expect((await upload(id, photo, '../x')).status).toBe(400);
  expect((await upload('999999', photo)).status).toBe(404);
  expect((await upload(id, photo, 'other', {}, 'sara')).status).toBe(403);
  expect((await call('sara', 'GET', '/cases/999999/papers')).status).toBe(404);
});

test('a file that was changed on disk, exchanged for another or taken away is not shown', async () => {
  const id = await draft();
  const seen: string[] = [];
  const add = async (bytes: Buffer): Promise<{ paper: string; file: string }> => {
    const before = onDisk();
    const added = await upload(id, bytes, 'other');
    const [file] = onDisk().filter((path) => !before.includes(path));
    return { paper: `/cases/${id}/papers/${String(added.body['id'])}`, file: file! };
  };
  const [a, b] = [await add(await files.photo(300, 300)), await add(await files.photo(301, 300))];
  const [kept, other] = [readFileSync(a.file), readFileSync(b.file)];
  const flipped = Buffer.from(kept);
  flipped[flipped.length >> 1]! ^= 1;
  for (const bytes of [flipped, other, kept.subarray(0, 100), Buffer.alloc(0)]) {
    writeFileSync(a.file, bytes);
    const read = await call('auditor', 'GET', a.paper);
    seen.push(`${read.status} ${String(read.body['code'])}`);
  }
  rmSync(a.file);
  seen.push(String((await call('auditor', 'GET', a.paper)).body['code']));
  expect(seen).toEqual([...Array<string>(4).fill('500 papers.damaged'), 'papers.missing']);
  writeFileSync(a.file, kept);
  expect((await call('auditor', 'GET', a.paper)).status).toBe(200);

  // whoever writes in the database too: a key and a file of one paper do not open as another
  await owner.query(
    `update shop_papers set wrapped = (select wrapped from shop_papers where paper_id = $2) where paper_id = $1`,
    [a.paper.split('/').at(-1), b.paper.split('/').at(-1)],
  );
  expect((await call('auditor', 'GET', a.paper)).body['code']).toBe('papers.key');
});

test('papers go by date after the end of their case, their keys with them', async () => {
  const id = await draft();
  const added = await upload(id, await files.photo(300, 310), 'other');
  const last = await call('clerk', 'GET', `/cases/${id}`);
  await call('clerk', 'POST', `/cases/${id}/withdraw`, {}, { 'if-match': last.etag });
  const before = onDisk().length;
  expect(await paperDuty(papers, pool, now + 29 * DAY)).toBe(0);
  expect(await paperDuty(papers, pool, now + 31 * DAY)).toBe(1);
  expect(onDisk().length).toBe(before - 1);
  const { rows } = await owner.query('select wrapped, removed_by from shop_papers where paper_id = $1', [
    added.body['id'],
  ]);
  expect(rows).toEqual([{ wrapped: null, removed_by: 'date' }]);
  expect(await paperDuty(papers, pool, now + 130 * DAY)).toBeGreaterThan(0); // drafts that lapsed
});

test('an HSM under another master key is named before anything is served; the right one opens what is there', async () => {
  await bringPaperKey(pool, hsm);
  const other = softwareHsm({ lmk: Buffer.alloc(32, 8) });
  await expect(bringPaperKey(pool, other)).rejects.toMatchObject({ code: 'papers.key' });
  await other.close();
  expect((await owner.query('select count(*)::int as n from paper_keys')).rows).toEqual([{ n: 1 }]);
});

test('the role at work cannot make a removed paper readable again, nor delete one, nor change whose it is', async () => {
  for (const sql of [
    'delete from shop_papers',
    'update shop_papers set case_id = 1',
    `update paper_keys set public = ''`,
  ])
    await expect(pool.query(sql)).rejects.toMatchObject({ code: '42501' });
});

/** A program in the place of the one that reads papers. */
function program(text: string): URL {
  const path = join(data, `${randomUUID()}.mjs`);
  writeFileSync(path, text);
  return pathToFileURL(path);
}

test.each([
  ['ends', 'process.exit(3)'],
  ['is killed', 'process.kill(process.pid, "SIGKILL")'],
  ['never answers', 'undefined'],
])('a process that %s over a paper harms nobody: the next paper is taken', async (_, deed) => {
  const bad = open(program(`process.on('message', () => { ${deed} }); process.stdin.resume();`), { workMs: 300 });
  const body = (): Readable => Readable.from([Buffer.from('x')]);
  await expect(bad.take(body(), 'a')).rejects.toMatchObject({ code: 'papers.refused' });
  await expect(bad.take(body(), 'a')).rejects.toMatchObject({ code: 'papers.refused' });
  bad.close();
  const taken = await papers.take(Readable.from([await files.photo(300, 320)]), 'a');
  await taken.discard();
});

test('a PDF that unpacks to gigabytes finds no memory in its process', async () => {
  const before = process.memoryUsage().rss;
  const narrow = open(PROGRAM, { dataKib: 250_000, workMs: 15_000 });
  const bomb = files.pdfBomb(300, 'objects');
  await expect(narrow.take(Readable.from([bomb]), 'bomb')).rejects.toMatchObject({ code: 'papers.refused' });
  const photo = await narrow.take(Readable.from([await files.photo()]), 'bomb'); // which is room enough for a photograph
  await photo.discard();
  narrow.close();
  expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1_048_576);
});

test('the process has no setting of the gateway in its environment, and no key', async () => {
  const told = join(data, 'environment.json');
  const text = `import { writeFileSync } from 'node:fs';
    process.on('message', () => { writeFileSync(${JSON.stringify(told)}, JSON.stringify(process.env)); process.exit(0); });`;
  const spy = open(program(text));
  await expect(spy.take(Readable.from([Buffer.from('x')]), 'a')).rejects.toMatchObject({ code: 'papers.refused' });
  spy.close();
  const names = Object.keys(JSON.parse(readFileSync(told, 'utf8')) as object);
  expect(names.filter((name) => /KALABARG|DATABASE|SECRET|HOME|PATH/.test(name))).toEqual([]);
});

test('more than may be examined at once are told to come again, and one uploader does not take every place', async () => {
  const slow = open(program(`process.on('message', () => undefined); process.stdin.resume();`), { workMs: 1_500, waiting: 1, processes: 1 }); // prettier-ignore
  const body = (): Readable => Readable.from([Buffer.from('x')]);
  const three = [slow.take(body(), 'a'), slow.take(body(), 'a'), slow.take(body(), 'b')];
  const codes = Promise.all(
    three.map((taken) =>
      taken.then(
        () => 'taken',
        (error: unknown) => (error as { code: string }).code,
      ),
    ),
  );
  await expect(slow.take(body(), 'a')).rejects.toMatchObject({ code: 'papers.busy' });
  // nobody waits behind the one who waits
  expect((await codes).sort()).toEqual(['papers.busy', 'papers.refused', 'papers.refused']);
  slow.close();
});

test('an upload does its work in another process: nothing here decodes, hashes or encrypts', async () => {
  const big = await files.photo(5_000, 4_000);
  const digest = jest.spyOn(globalThis.crypto.subtle, 'digest');
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const cpu = process.cpuUsage();
  delay.enable();
  const taken = await papers.take(Readable.from([big.subarray(0, 1_000_000), big.subarray(1_000_000)]), 'a');
  delay.disable();
  const used = process.cpuUsage(cpu);
  const hashed = digest.mock.calls.map(([, data]) => data.byteLength);
  digest.mockRestore();
  expect(hashed.filter((length) => length > 1_000)).toEqual([]); // signing in to the database hashes a little
  expect(taken.sealed.bytes).toBeGreaterThan(0);
  await taken.discard();
  // said, not demanded: other work of the machine is in it
  console.info(`an upload of ${(big.length / 1e6).toFixed(1)} MB: event loop held ${(delay.max / 1e6).toFixed(1)} ms at most, ${(used.user / 1_000).toFixed(0)} ms of this process`); // prettier-ignore
});

test('what a process that died was writing is removed, what is being written is not', async () => {
  const parts = join(folder(), '.part');
  writeFileSync(join(parts, 'left'), 'x');
  await papers.sweep();
  expect(existsSync(join(parts, 'left'))).toBe(true);
  now += 2 * 3_600_000;
  await papers.sweep();
  expect(existsSync(join(parts, 'left'))).toBe(false);
});

test('a paper whose transaction fails is not there', async () => {
  const id = await draft();
  const before = onDisk();
  const taken = await papers.take(Readable.from([await files.photo(300, 330)]), 'a');
  await expect(
    transaction(pool, async (db) => {
      await db.query('select 1 from shop_cases where case_id = $1', [id]);
      throw new Error('no');
    }).finally(() => taken.discard()),
  ).rejects.toThrow('no');
  expect(onDisk()).toEqual(before);
});
