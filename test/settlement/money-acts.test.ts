import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { loadFiles } from '../../src/ledger/index.ts';
import { openPool } from '../../src/ops/database.ts';
import { listAudit, verifyAudit } from '../../src/people/index.ts';
import { assignBreak, decideResolution, proposeResolution } from '../../src/settlement/acquirer/index.ts';
import { overrideDay } from '../../src/settlement/calendar/index.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** Acts that move money, keys or reference data: each stands in the audit with the id of its person, and two are two persons. */
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let folder: string;
const ids: Record<string, string> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-acts-'));
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 4);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  for (const login of ['mina', 'kaveh']) ids[login] = (await addActor(pool, login, ['maker', 'checker'])).id;
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function last(): Promise<object> {
  const [row] = await listAudit(pool, { limit: 1 });
  if (row === undefined) throw new Error('nothing in the audit');
  const { actorId, actor, act, object, after, reason } = row;
  return { actorId, actor, act, object, after, reason };
}

async function aBreak(): Promise<string> {
  const { rows } = await owner.query<{ id: string }>(
    `insert into breaks (class, psp, settlement_date, merchant_id, terminal_id, rrn, rials, detail, source, raised_at)
     values ('ONLY_ACQUIRER', 'p', '2026-11-20', '000000000000001', '10000001', '1', 5000, 'x', gen_random_uuid()::text, now()) returning break_id::text as id`,
  );
  return rows[0]?.id ?? '';
}

test('what a person does to a break is in the audit in the same transaction, with their id', async () => {
  const id = await aBreak();
  await assignBreak(pool, id, 'mina', 'mina');
  expect(await last()).toMatchObject({
    actorId: ids['mina'],
    actor: 'mina',
    act: 'break.assigned',
    object: `break:${id}`,
  });
  await proposeResolution(pool, id, { post: 'none', reason: 'it was told twice' }, 'mina');
  await expect(decideResolution(pool, id, 'approved', 'mina', Date.now())).rejects.toMatchObject({
    code: 'break.same-person',
  });
  expect(await last()).toMatchObject({ act: 'break.proposed', actor: 'mina' });
  await decideResolution(pool, id, 'approved', 'kaveh', Date.now());
  expect(await last()).toMatchObject({ actorId: ids['kaveh'], act: 'break.approved', after: { post: 'none' } });
  const { rows } = await owner.query(
    'select proposed_by_id::text as one, approved_by_id::text as other from breaks where break_id = $1',
    [id],
  );
  expect(rows).toEqual([{ one: ids['mina'], other: ids['kaveh'] }]);
});

test('what was not committed is not in the audit, and what the system does is no person’s', async () => {
  const id = await aBreak();
  const before = await last();
  const client = await pool.connect();
  await client.query('begin');
  await client.query(`insert into break_events (break_id, actor, event, detail) values ($1, 'mina', 'comment', 'x')`, [
    id,
  ]);
  await client.query('rollback');
  client.release();
  await pool.query(
    `insert into break_events (break_id, actor, event, detail) values ($1, 'matching', 'comment', 'x')`,
    [id],
  );
  expect(await last()).toEqual(before);
});

test('the database itself refuses one person twice, whatever names say', async () => {
  const day = '2026-11-21';
  const clearing = `insert into clearings (business_day, shards, profile, maker, started_at, touched_at) values ($1, 1, '{}', 'mina', now(), now())`;
  await pool.query(clearing, [day]);
  await owner.query(`update persons set login = 'mina2' where login = 'kaveh'`); // two logins of one look, and an id that is forged
  await expect(
    owner.query(`update clearings set checker = 'mina', checker_id = $2 where business_day = $1`, [day, ids['kaveh']]),
  ).rejects.toThrow(/clearings_check|two_persons/);
  await owner.query(`update clearings set checker = 'mina2', checker_id = $2 where business_day = $1`, [
    day,
    ids['mina'],
  ]);
  const { rows } = await owner.query(
    'select maker_id::text as maker, checker_id::text as checker from clearings where business_day = $1',
    [day],
  );
  expect(rows).toEqual([{ maker: ids['mina'], checker: ids['kaveh'] }]); // the id follows the login, not what somebody writes
  await owner.query(`update persons set login = 'kaveh' where login = 'mina2'`);
});

test('a name that was typed where nobody has that login is kept as a name alone', async () => {
  await overrideDay(owner, {
    calendar: 'bank',
    reason: 'snow in Tehran',
    actor: 'Z. Amini',
    day: '2026-12-01',
    closed: true,
  });
  expect(await last()).toEqual({
    actorId: null,
    actor: 'Z. Amini',
    act: 'calendar.closed',
    object: 'day:2026-12-01',
    after: { calendar: 'bank' },
    reason: 'snow in Tehran',
  });
});

test('a key ceremony names its people, with their ids', async () => {
  await owner.query(
    `insert into key_log (what, name, kcv, people) values ('form', 'zmk:bank', 'AB12CD', '{mina,kaveh}')`,
  );
  expect(await last()).toMatchObject({
    actor: 'mina',
    act: 'key.form',
    object: 'key:zmk:bank',
    after: {
      kcv: 'AB12CD',
      people: [
        { name: 'mina', id: ids['mina'] },
        { name: 'kaveh', id: ids['kaveh'] },
      ],
    },
  });
  await owner.query(
    `insert into key_log (what, name, kcv, people) values ('export under zmk:bank', 'terminal:10000001', 'AB12CD', '{mina}')`,
  );
  expect(await last()).toMatchObject({ act: 'key.export' });
});

test('a load of reference files is whose command it was; a refused one is nobody’s', async () => {
  const signed = openPool(server.url, 1, { 'kalabarg.actor': 'mina' });
  try {
    const path = join(folder, 'merchants.csv');
    const header = 'merchant,name,guild,guild_licence,owner_national_id,tax_code,sheba,mobile,postal_code,status';
    writeFileSync(path, `${header}\n000000000000001,سوپر,dairy,,,,IR710560000000100324200001,,,approved\n`);
    const options = { panKey: Buffer.alloc(32, 1), now: Date.now(), profiles: ['native'] };
    await loadFiles(signed, [path], options);
    expect(await last()).toMatchObject({
      actorId: ids['mina'],
      act: 'reference.loaded',
      after: { name: 'merchants.csv', kind: 'merchants', rows: 1 },
    });
    await loadFiles(signed, [path], options); // again: applied again, and said again
    expect(await last()).toMatchObject({ act: 'reference.loaded' });
    const before = await last();
    writeFileSync(path, `${header}\n000000000000001,سوپر,bookshop,,,,IR710560000000100324200001,,,approved\n`);
    await expect(loadFiles(signed, [path], options)).rejects.toMatchObject({ code: 'load.refused' });
    expect(await last()).toEqual(before);
  } finally {
    await signed.end();
  }
});

test('the chain of the audit holds', async () => {
  expect((await verifyAudit(pool)).fault).toBeUndefined();
});
