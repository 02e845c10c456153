import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { terminalCertificate } from '../../src/demo/index.ts';
import { ensureCertificates } from '../../src/demo/machine/index.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { identityOf } from '../../src/net/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { createLog } from '../../src/ops/log.ts';
import { readTls } from '../../src/ops/tls-files.ts';
import {
  applyDelta,
  encodeChunkRequest,
  encodeReport,
  readAnnouncement,
  readChunk,
  readMenu,
  signReport,
  verifyDirector,
  type VersionReport,
} from '../../src/updates/format/index.ts';
import {
  approveRelease,
  bundleOf,
  createUpdatesDoor,
  openUpdates,
  proposeRollout,
  publishBundle,
  releaseRollout,
  renewOnline,
  stageRelease,
  wholeMenu,
  type Updates,
} from '../../src/updates/index.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { browserOf, ceremony, signWith, tufClient, type Ceremony } from './support.ts';

const OWN = '10000001';
const OTHER = '10000002';
const SERIAL = 'PX1000001';

let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let data: string;
let keys: Ceremony;
let updates: Updates;
let door: FastifyInstance;
let port: number;
let engineer: { id: string; name: string };
let checker: { id: string; name: string };
const attacks: string[] = [];
const asked: string[] = [];

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'kalabarg-updates-'));
  const certificates = await ensureCertificates(data, [OWN, OTHER, '10000003'], Date.now());
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  owner.on('error', () => undefined);
  pool = openPool(await gatewayLogin(server.url), 4);
  pool.on('error', () => undefined);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status) values ('000000000000001', 'x', 'dairy', 'IR380170000000100000000001', 'approved')`,
  );
  await owner.query(
    `insert into terminals (terminal_id, merchant_id, serial, model, psp) values ($1, '000000000000001', $2, 'PX 100', 'Acme'), ($3, '000000000000001', null, null, null)`,
    [OWN, SERIAL, OTHER],
  );
  engineer = await addActor(owner, 'engineer-one', ['engineer']);
  checker = await addActor(owner, 'checker-two', ['checker']);
  keys = ceremony(data, Date.now());
  updates = await openUpdates({
    pool,
    dataDir: data,
    clock: systemClock,
    log: createLog('silent'),
    onAttack: (attack) => attacks.push(attack),
  });
  door = createUpdatesDoor({
    updates,
    clock: systemClock,
    log: createLog('silent'),
    tls: readTls(certificates, Date.now()),
    identityOf: (socket) => {
      const identity = identityOf(socket);
      return identity.kind === 'terminal' ? identity : { refused: identity.reason };
    },
    requestsPerSecond: 50,
    onRequest: (what, status) => asked.push(`${what} ${status}`),
  });
  await door.listen({ host: '127.0.0.1', port: 0 });
  port = (door.server.address() as AddressInfo).port;
});

afterAll(async () => {
  await door.close();
  await updates.close();
  await pool.end();
  await owner.end();
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});

const by = (actor: { id: string; name: string }) => ({ actor });
const now = () => Date.now();

async function release(content: Buffer, component: 'menu' | 'firmware' = 'menu') {
  const firmware = component === 'firmware' ? { psp: 'acme', model: 'px-100', software: '1.0' } : {};
  const wanted = {
    component,
    profile: component === 'menu' ? 'native' : '*',
    content,
    textFa: 'تازه',
    textEn: 'new',
    ...firmware,
  };
  const { id } = await stageRelease(pool, wanted, by(engineer), now());
  await transaction(pool, (db) => approveRelease(db, id, by(checker), now()));
  const bundle = await bundleOf(pool, { now: now() });
  const published = await publishBundle(
    pool,
    signWith(bundle, keys.offline.menu, keys.offline.firmware),
    keys.online,
    by(engineer),
    now(),
  );
  await updates.refresh();
  return { id, ...published };
}

async function rollOut(id: string) {
  await transaction(pool, async (db) => {
    const rollout = await proposeRollout(db, id, { own: [OWN] }, by(engineer), now());
    await releaseRollout(db, rollout.id, by(checker), now());
  });
  await renewOnline(pool, keys.online, now() + 5);
  await updates.refresh();
}

const report = (changed: Partial<VersionReport> = {}): VersionReport => ({
  serial: SERIAL,
  counter: 1,
  components: {},
  timestampVersion: 1,
  clock: '2026-11-27T10:00:00Z',
  freeBytes: 1_000_000,
  queuedReversals: 0,
  ...changed,
});
const keyOf = (terminal: string) => createPrivateKey(readFileSync(terminalCertificate(data, terminal).key));
const send = (terminal: string, body: object) =>
  browserOf(
    data,
    terminal,
    port,
  )('/tuf/report', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('before anything is published', () => {
  it('nothing is announced, and nothing is served', async () => {
    expect(updates.announcement()).toBeUndefined();
    const get = browserOf(data, OWN, port);
    expect((await get('/tuf/timestamp.json')).status).toBe(404);
    expect((await get(`/tuf/director/${SERIAL}.json`)).status).toBe(404);
  });

  it('an unsigned ceremony is refused', async () => {
    const { bundle } = keys;
    const unsigned = {
      ...bundle,
      root: { signed: bundle.root!.signed, signatures: bundle.root!.signatures.slice(0, 1) },
    };
    await expect(publishBundle(pool, unsigned, keys.online, by(engineer), now())).rejects.toMatchObject({
      code: 'updates.unsigned',
    });
  });
});

describe('a release', () => {
  let first: Awaited<ReturnType<typeof release>>;

  beforeAll(async () => {
    await publishBundle(pool, keys.bundle, keys.online, by(engineer), now());
    first = await release(wholeMenu());
  });

  it('is found by a client of TUF, and says what it is', async () => {
    const root = (await browserOf(data, OWN, port)('/tuf/root.json')).body;
    const client = tufClient(join(data, 'device-1'), root, browserOf(data, OWN, port));
    const target = await client.getTargetInfo('menu/native-1.json');
    expect(target?.custom).toMatchObject({
      component: 'menu',
      releaseCounter: 1,
      approvals: ['engineer-one', 'checker-two'],
    });
    const menu = readMenu(JSON.parse(readFileSync(await client.downloadTarget(target!), 'utf8')));
    expect(menu.entries[0]?.labelFa).toBe('خرید یارانه‌ای / کالابرگ');
  });

  it('is announced by what its timestamp is', async () => {
    const { body } = await browserOf(data, OWN, port)('/tuf/timestamp.json');
    const announced = readAnnouncement(updates.announcement()!);
    expect(announced.timestampVersion).toBe(
      (JSON.parse(body.toString()) as { signed: { version: number } }).signed.version,
    );
    expect(announced.hash).toBe(createHash('sha256').update(body).digest('hex').slice(0, 8));
  });

  it('is offered to nobody before two persons roll it out', async () => {
    const { body } = await browserOf(data, OWN, port)(`/tuf/director/${SERIAL}.json?nonce=00ff`);
    const { body: root } = await browserOf(data, OWN, port)('/tuf/root.json');
    const trusted = (JSON.parse(root.toString()) as { signed: unknown }).signed;
    const told = verifyDirector(JSON.parse(body.toString()), trusted, {
      serial: SERIAL,
      version: 0,
      nonce: '00ff',
      now: now(),
    });
    expect(told).toMatchObject({ components: {}, halted: false, nonce: '00ff', terminal: OWN });
    await expect(
      transaction(pool, async (db) => {
        const rollout = await proposeRollout(db, first.id, { own: [OWN] }, by(engineer), now());
        await releaseRollout(db, rollout.id, by(engineer), now());
      }),
    ).rejects.toMatchObject({ code: 'updates.same-person' });
  });

  it('reaches our own terminals first, and no other', async () => {
    await rollOut(first.id);
    const told = async (terminal: string, serial: string) => {
      const { body } = await browserOf(data, terminal, port)(`/tuf/director/${serial}.json`);
      return (JSON.parse(body.toString()) as { signed: { components: object } }).signed.components;
    };
    expect(await told(OWN, SERIAL)).toMatchObject({
      menu: { file: 'menu/native-1.json', action: 'CREA', releaseCounter: 1 },
    });
    expect(await told(OTHER, OTHER)).toEqual({});
  });

  it('has deltas from those before, which make the same bytes', async () => {
    const old = randomBytes(20_000);
    await release(old, 'firmware');
    const next = Buffer.concat([old.subarray(0, 9_000), Buffer.from('patched'), old.subarray(9_100)]);
    await release(next, 'firmware');
    const get = browserOf(data, OWN, port);
    const client = tufClient(join(data, 'device-1'), undefined, get);
    const target = await client.getTargetInfo('firmware/acme/px-100/app-2.bin');
    const [delta] = (target?.custom as { deltaFrom: { counter: number; path: string; length: number }[] }).deltaFrom;
    expect(delta).toMatchObject({ counter: 1 });
    const { body } = await get(`/tuf/targets/${delta!.path}`);
    expect(body.length).toBe(delta!.length);
    expect(body.length).toBeLessThan(500);
    expect(applyDelta(old, body, target!.length).equals(next)).toBe(true);
  });

  it('is read in parts, and goes on where it was cut', async () => {
    const get = browserOf(data, OWN, port);
    const path = '/tuf/targets/firmware/acme/px-100/app-2.bin';
    const { body: all, headers } = await get(path);
    const etag = String(headers['etag']);
    const part = async (range: string, more = {}) => get(path, { headers: { range, ...more } });
    expect(await part('bytes=100-199')).toMatchObject({ status: 206, body: all.subarray(100, 200) });
    expect((await part('bytes=19000-', { 'if-range': etag })).body).toEqual(all.subarray(19_000));
    expect((await part('bytes=-7')).body).toEqual(all.subarray(-7));
    expect(await part('bytes=0-99', { 'if-range': '"other"' })).toMatchObject({ status: 200, body: all });
    expect(await part('bytes=999999-')).toMatchObject({ status: 416 });
    expect((await part('bytes=5-99999999999999')).body).toEqual(all.subarray(5));
    expect(await part('bytes=0-1,5-6')).toMatchObject({ status: 200 });
    expect(await part('bytes=9-1')).toMatchObject({ status: 200 });
    expect((await get(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });
});

describe('what is hostile', () => {
  it.each([
    '/tuf/../secrets/update-online-keys.json',
    '/tuf/targets/../timestamp.json',
    '/tuf/targets/menu/%2e%2e/x',
    '/tuf/targets//etc/passwd',
    '/tuf/targets/menu/native-99.json',
    '/tuf/7.timestamp.json',
    '/tuf/0.root.json',
    '/tuf/snapshot.json',
    '/tuf/targets/menu/native-1.json\0',
    `/tuf/targets/menu/${'0'.repeat(64)}.native-1.json`,
    `/tuf/${'a'.repeat(400)}.json`,
    '/etc/passwd',
  ])('%j is no file', async (path) => {
    const answer = await browserOf(data, OWN, port)(encodeURI(path)).catch(() => ({ status: 400 }));
    expect([400, 404, 414]).toContain(answer.status);
  });

  it('nobody reads what another shall install', async () => {
    expect((await browserOf(data, OTHER, port)(`/tuf/director/${SERIAL}.json`)).status).toBe(404);
  });

  it('a report is taken of the device that signed it, once', async () => {
    const mine = signReport(report(), keyOf(OWN));
    expect((await send(OWN, mine)).status).toBe(204);
    expect((await send(OWN, mine)).status).toBe(204); // it did not hear the answer
    const other = signReport(report({ freeBytes: 5 }), keyOf(OWN));
    expect(JSON.parse((await send(OWN, other)).body.toString())).toMatchObject({ code: 'updates.rollback' });
  });

  it.each<[string, () => object, number]>([
    ['for another serial', () => signReport(report({ serial: 'PX9' }), keyOf(OTHER)), 403],
    ['signed by another', () => signReport(report({ serial: OTHER }), keyOf(OWN)), 403],
    ['unsigned', () => ({ report: report({ serial: OTHER }) }), 403],
    ['that is none', () => ({ hello: 1 }), 400],
    ['of a component that is none', () => ({ report: { ...report(), components: { bios: {} } } }), 400],
    ['of endless length', () => ({ report: 'x'.repeat(10_000) }), 413],
  ])('a report %s is refused', async (_, body, status) => {
    expect((await send(OTHER, body())).status).toBe(status);
  });

  it('whoever has no certificate of ours gets nothing', async () => {
    const strangers = mkdtempSync(join(tmpdir(), 'kalabarg-strangers-'));
    await ensureCertificates(strangers, [OWN], Date.now());
    const get = browserOf(strangers, OWN, port);
    const ca = readFileSync(join(data, 'tls', 'ca.crt'));
    const answer = await get('/tuf/timestamp.json', { ca }).catch(() => ({ status: 403 }));
    expect(answer.status).toBe(403);
    rmSync(strangers, { recursive: true });
  });

  it('a certificate that asks without end is slowed down', async () => {
    const get = browserOf(data, '10000003', port);
    const statuses = await Promise.all(
      Array.from({ length: 40 }, () => get('/tuf/timestamp.json').then(({ status }) => status)),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(asked).toContain('metadata 200');
  });

  it('an attack that a device saw is told', async () => {
    await send(OWN, signReport(report({ counter: 2, attack: 'freeze' }), keyOf(OWN)));
    expect(attacks).toEqual(['freeze']);
  });
});

describe('without HTTPS', () => {
  it('a device reads the same bytes in pieces, and its instruction', async () => {
    for (const file of [
      'timestamp.json',
      '1.root.json',
      'targets/firmware/acme/px-100/app-2.bin',
      `director/${SERIAL}.json?nonce=abcd`,
    ]) {
      const parts: Buffer[] = [];
      let offset = 0;
      let total = 1;
      while (offset < total) {
        const chunk = readChunk((await updates.chunk(OWN, encodeChunkRequest({ file, offset })))!);
        parts.push(chunk.data);
        offset += chunk.data.length;
        total = chunk.total;
      }
      const { body } = await browserOf(data, OWN, port)(`/tuf/${file}`);
      expect(Buffer.concat(parts).equals(body)).toBe(true);
    }
    expect(await updates.chunk(OWN, encodeChunkRequest({ file: 'nothing.json', offset: 0 }))).toBeUndefined();
    await expect(
      updates.chunk(OWN, encodeChunkRequest({ file: 'timestamp.json', offset: 99_999 })),
    ).rejects.toMatchObject({ code: 'updates.malformed' });
  });

  it('a device reports of itself', async () => {
    const menu = {
      file: 'menu/native-1.json',
      sha256: createHash('sha256').update(wholeMenu()).digest('hex'),
      releaseCounter: 1,
      slot: 'B' as const,
    };
    const done = report({ counter: 3, components: { menu }, phase: 'CONFIRMED', component: 'menu', releaseCounter: 1 });
    await updates.wireReport(OWN, encodeReport(done));
    const { rows } = await pool.query('select phase, had from update_outcomes');
    expect(rows).toEqual([{ phase: 'CONFIRMED', had: false }]);
    await expect(updates.wireReport(OTHER, encodeReport(report({ counter: 9 })))).rejects.toMatchObject({
      code: 'updates.forged',
    });
  });

  it('what runs under a name of ours with other bytes is no success', async () => {
    const menu = { file: 'menu/native-1.json', sha256: '00'.repeat(32), releaseCounter: 1, slot: 'B' as const };
    await updates.wireReport(OWN, encodeReport(report({ counter: 4, components: { menu } })));
    const { rows } = await pool.query('select phase, reason from update_outcomes');
    expect(rows).toEqual([{ phase: 'REJECTED', reason: 'other-hash' }]);
  });
});

it('wrong MACs are counted by terminal and day, for rollouts', async () => {
  for (const terminal of [OWN, OWN, OTHER]) updates.wrongMac(terminal);
  await updates.close();
  const { rows } = await pool.query('select terminal_id, failures from update_mac_failures order by 1');
  expect(rows).toEqual([
    { terminal_id: OWN, failures: 2 },
    { terminal_id: OTHER, failures: 1 },
  ]);
});
