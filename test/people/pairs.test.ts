import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { addPerson, changePerson, resetPerson, type Actor, type Person, type Role } from '../../src/people/index.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** One admin alone makes no pair of eyes (decision 57). Each test has admins of its own; others of before are put out for good. */
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let count = 0;

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

async function admins(many: number): Promise<Actor[]> {
  await owner.query(`update persons set state = 'disabled', admin_until = null`);
  const made: Actor[] = [];
  for (let index = 0; index < many; index++) made.push(await addActor(pool, `admin${++count}`, ['admin']));
  return made;
}

const REFUSED = { code: 'people.second-admin' };
const add = async (admin: Actor | undefined, ...roles: Role[]): Promise<Person> => {
  const added = { login: `person${++count}`, nameFa: 'زهرا', nameEn: 'Zahra', roles };
  const { person } = await transaction(pool, (db) => addPerson(db, added, { actor: admin as Actor }, Date.now()));
  return person;
};
const change = (admin: Actor | undefined, id: string, what: Parameters<typeof changePerson>[2]): Promise<Person> =>
  transaction(pool, (db) => changePerson(db, id, what, { actor: admin as Actor }));
const reset = (admin: Actor | undefined, id: string): Promise<unknown> =>
  transaction(pool, (db) => resetPerson(db, id, { actor: admin as Actor }, Date.now()));

test.each<[Role, Role]>([
  ['maker', 'checker'],
  ['checker', 'maker'],
  ['reviewer', 'reviewer'],
  ['keeper', 'keeper'],
])('who made a %s makes no %s; another admin does', async (one, other) => {
  const [a, b] = await admins(2);
  await add(a, one);
  await expect(add(a, other)).rejects.toMatchObject(REFUSED);
  await expect(add(b, other)).resolves.toMatchObject({ roles: [other] });
});

test('not by a later change of roles either, nor by a set-up code, nor by letting somebody in again', async () => {
  const [a, b] = await admins(2);
  await add(a, 'maker');
  const plain = await add(a);
  await expect(change(a, plain.id, { roles: ['checker'] })).rejects.toMatchObject(REFUSED);
  const theirs = await add(b, 'checker');
  await expect(reset(a, theirs.id)).rejects.toMatchObject(REFUSED);
  await change(a, theirs.id, { state: 'disabled' });
  await expect(change(a, theirs.id, { state: 'active' })).rejects.toMatchObject(REFUSED);
  await expect(reset(b, (await add(b)).id)).resolves.toBeDefined();
});

test('an admin’s own role is theirs: a maker who is an admin makes no checker', async () => {
  const [a, b] = await admins(2);
  await change(b, a?.id ?? '', { roles: ['admin', 'maker'] });
  await expect(add(a, 'checker')).rejects.toMatchObject(REFUSED);
});

test('a role that was taken away counts no more, and one person may hold both halves', async () => {
  const [a] = await admins(2);
  const maker = await add(a, 'maker');
  await change(a, maker.id, { roles: ['maker', 'checker'] }); // pairs are two persons: this one alone approves nothing of their own
  await change(a, maker.id, { state: 'disabled' });
  await expect(add(a, 'checker')).resolves.toBeDefined();
});

test('where there is one admin they may; putting the other out first helps nobody for a week', async () => {
  const [a, b] = await admins(2);
  await add(a, 'maker');
  await change(a, b?.id ?? '', { state: 'disabled' });
  await expect(add(a, 'checker')).rejects.toMatchObject(REFUSED);
  await owner.query(`update persons set admin_until = now() - interval '8 days' where person_id = $1`, [b?.id]);
  await expect(add(a, 'checker')).resolves.toBeDefined();
});

test('a reset of the other admin puts them out too: their set-up code is in the hands of the first', async () => {
  const [a, b] = await admins(2);
  await add(a, 'maker');
  await reset(a, b?.id ?? '');
  await expect(add(a, 'checker')).rejects.toMatchObject(REFUSED);
});

test('two acts of one admin at once do not slip past each other', async () => {
  const [a] = await admins(2);
  const both = await Promise.allSettled([add(a, 'maker'), add(a, 'checker')]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('the owner of the database may: production.md says who that is', async () => {
  await admins(2);
  const asOwner: Actor = { id: null, name: 'owner' };
  await add(asOwner, 'maker');
  await expect(add(asOwner, 'checker')).resolves.toBeDefined();
});
