import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import {
  addPerson,
  changePerson,
  listAudit,
  listPersons,
  verifyAudit,
  type By,
  type Role,
} from '../../src/people/index.ts';
import { permissionsOf, PERMISSIONS, ROLES, rolesThatGive } from '../../src/people/roles.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { addActor } from '../support/people.ts';

const OWNER: By = { actor: { id: null, name: 'owner' } };

let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool; // as the gateway
beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 4);
  for (const each of [owner, pool]) each.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
});

const add = (login: string, change: object = {}) =>
  transaction(pool, (db) =>
    addPerson(db, { login, nameFa: 'زهرا', nameEn: 'Zahra', roles: [], ...change }, OWNER, Date.now()),
  );

test.each([
  ['Maryam', {}, 'people.login'],
  ['m', {}, 'people.login'],
  ['9lives', {}, 'people.login'],
  ['gateway', {}, 'people.login'],
  ['a'.repeat(33), {}, 'people.login'],
  ['mary\u0430m', {}, 'people.login'],
  ['zahra', { nameFa: '\u200c' }, 'people.name'],
  ['zahra', { nameEn: 'a\u202eb' }, 'people.name'],
  ['zahra', { nameEn: 'x'.repeat(101) }, 'people.name'],
])('a person %p %j is refused', async (login, change, code) => {
  await expect(add(login, change)).rejects.toMatchObject({ code });
});

test('a login is one person’s', async () => {
  await add('once');
  await expect(add('once')).rejects.toMatchObject({ code: 'people.taken' });
  const both = await Promise.allSettled([add('raced'), add('raced')]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('people come in pages', async () => {
  await add('page-one');
  await add('page-two');
  const all = await listPersons(pool);
  const first = await listPersons(pool, '0', 1);
  const second = await listPersons(pool, first[0]?.id, 1);
  expect([...first, ...second]).toEqual(all.slice(0, 2));
});

test('a change rests on what was seen: the second of two that saw the same is refused', async () => {
  const { person } = await add('stale');
  const change = (roles: Role[]) =>
    transaction(pool, (db) => changePerson(db, person.id, { roles }, OWNER, person.version));
  const both = await Promise.allSettled([change(['maker']), change(['checker'])]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(both.find((each) => each.status === 'rejected')).toMatchObject({ reason: { code: 'people.stale' } });
});

test('somebody who has not set up yet is not enabled', async () => {
  const { person } = await add('not-yet');
  const enable = transaction(pool, (db) => changePerson(db, person.id, { state: 'active' }, OWNER));
  await expect(enable).rejects.toMatchObject({ code: 'people.state' });
});

test('the last admin stays one, also where two admins go at once', async () => {
  const [one, other] = [await addActor(owner, 'admin-one', ['admin']), await addActor(owner, 'admin-two', ['admin'])];
  const go = (id: string) => transaction(pool, (db) => changePerson(db, id, { state: 'disabled' }, OWNER));
  const both = await Promise.allSettled([go(one.id), go(other.id)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(both.find((each) => each.status === 'rejected')).toMatchObject({ reason: { code: 'people.last-admin' } });
  const left = both[0].status === 'rejected' ? one : other;
  await expect(transaction(pool, (db) => changePerson(db, left.id, { roles: ['maker'] }, OWNER))).rejects.toMatchObject(
    { code: 'people.last-admin' },
  );
});

test('every permission is some role’s, and maker and checker are not one role', () => {
  expect(PERMISSIONS.every((permission) => rolesThatGive(permission).length > 0)).toBe(true);
  const both = permissionsOf(['maker']).filter((each) => permissionsOf(['checker']).includes(each));
  expect(both).toEqual(['overview:read', 'money:read', 'money:stop', 'breaks:work', 'complaints:read', 'rules:read']);
  expect(ROLES).toHaveLength(9);
});

test('a change stands in the audit with before and after, and a change that failed does not', async () => {
  const { person } = await add('audited', { roles: ['clerk'] });
  const by: By = { actor: OWNER.actor, reason: 'she moved', requestId: 'r-1' };
  await transaction(pool, (db) => changePerson(db, person.id, { roles: ['reviewer'] }, by));
  await expect(
    transaction(pool, async (db) => {
      await changePerson(db, person.id, { roles: [] }, by);
      throw new Error('later');
    }),
  ).rejects.toThrow('later');
  const rows = await listAudit(pool, { object: `person:${person.id}`, limit: 10 });
  expect(rows).toMatchObject([
    {
      act: 'person.changed',
      actor: 'owner',
      before: { roles: ['clerk'] },
      after: { roles: ['reviewer'] },
      reason: 'she moved',
      requestId: 'r-1',
    },
    { act: 'person.added' },
  ]);
  expect(JSON.stringify(rows)).not.toMatch(/[A-Z2-7]{4}-[A-Z2-7]{4}/); // no set-up code
});

test('a gateway chooses neither number, time nor hash of an audit row', async () => {
  await pool.query(
    `insert into audit (seq, at, actor, act, object, prev, hash) values (9999, '2001-01-01', 'x', 'a.b', 'o', $1, $1)`,
    ['f'.repeat(64)],
  );
  const [row] = await listAudit(pool, { limit: 1 });
  expect(row).toMatchObject({ actor: 'x', act: 'a.b' });
  expect(Number(row?.seq)).toBeLessThan(9999);
  expect(row?.at.startsWith('2001')).toBe(false);
  expect((await verifyAudit(pool)).fault).toBeUndefined();
});

test('many at once make one chain without gaps', async () => {
  const before = await verifyAudit(pool);
  await Promise.all(Array.from({ length: 12 }, (_, index) => add(`crowd-${index}`)));
  const after = await verifyAudit(pool, before.head);
  expect(after).toMatchObject({ rows: before.rows + 12, fault: undefined });
});

test.each([
  ['changed', (seq: string) => `update audit set actor = 'somebody else' where seq = ${seq}`, /^row \d+ was changed$/],
  ['changed in its detail', (seq: string) => `update audit set after = '{}' where seq = ${seq}`, /was changed/],
  ['cut out', (seq: string) => `delete from audit where seq = ${seq}`, /stand side by side/],
  ['hashed anew', (seq: string) => `update audit a set actor = 'x', hash = encode(sha256(convert_to(prev || audit_line(a), 'UTF8')), 'hex') where seq = ${seq}`, /was changed/], // prettier-ignore
])('a row that was %s is found', async (_, sql, fault) => {
  const { head } = await verifyAudit(pool);
  const db = await owner.connect();
  await db.query('begin');
  await db.query(sql(String(Number(head.seq) - 3)));
  expect((await verifyAudit(db)).fault).toMatch(fault);
  await db.query('rollback');
  db.release();
});

test('rows that were cut off at the end are found with a head that was kept elsewhere', async () => {
  const { head } = await verifyAudit(pool);
  const db = await owner.connect();
  await db.query('begin');
  await db.query('delete from audit where seq = $1', [head.seq]);
  expect((await verifyAudit(db)).fault).toBeUndefined();
  expect((await verifyAudit(db, head)).fault).toBe(`row ${head.seq} is not the one that was known`);
  await db.query('rollback');
  db.release();
});
