import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import {
  addPerson,
  beginSetup,
  changePerson,
  checkPassword,
  checkSecondFactor,
  endSetup,
  findPerson,
  hindrance,
  listAudit,
  listTokens,
  makeToken,
  openPeople,
  PERMISSIONS,
  proveAgain,
  resetPerson,
  revokeToken,
  signOut,
  whoHas,
  type People,
  type Signed,
} from '../../src/people/index.ts';
import { issueToken } from '../../src/people/tokens.ts';
import { temporaryPostgres } from '../support/postgres.ts';
import { setUpPerson, testPeople, type SetUpPerson } from '../support/people.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SHELL = { address: undefined };
const OWNER = { actor: { id: null, name: 'owner' } };

let now = Date.now();
let server: EmbeddedPostgres;
let pool: pg.Pool;
let people: People;
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(server.url, 8);
  pool.on('error', () => undefined);
  people = testPeople(pool, { now: () => now });
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

let count = 0;
let person: SetUpPerson;
beforeEach(async () => {
  person = await setUpPerson(people, `person-${++count}`, ['maker', 'checker', 'admin']);
  now += 90_000; // another code
});

async function signIn(kind: 'session' | 'login' = 'session', of = person): Promise<string> {
  const first = await checkPassword(people, of, SHELL);
  if (first.outcome !== 'second-factor') throw new Error(first.outcome);
  const second = await checkSecondFactor(people, { challenge: first.challenge, code: of.code(now), kind }, SHELL);
  if (second.outcome !== 'signed-in') throw new Error(second.outcome);
  return second.token;
}

async function signedIn(kind: 'session' | 'login' = 'session'): Promise<Signed> {
  const signed = await whoHas(pool, await signIn(kind), now);
  if (signed === undefined) throw new Error('nobody');
  return signed;
}

async function challenge(): Promise<string> {
  const first = await checkPassword(people, person, SHELL);
  return first.outcome === 'second-factor' ? first.challenge : first.outcome;
}

test('a person who was invited sets up, signs in with both factors, and signs out', async () => {
  const token = await signIn();
  expect(token).toMatch(/^kbs_/);
  const signed = await whoHas(pool, token, now);
  expect(signed).toMatchObject({ actor: { id: person.id, name: person.login }, kind: 'session', provedAt: now });
  await signOut(pool, signed!, SHELL);
  expect(await whoHas(pool, token, now)).toBeUndefined();
  const acts = await listAudit(pool, { actorId: person.id, limit: 10 });
  expect(acts.map(({ act }) => act)).toEqual(['sign-in.ended', 'sign-in.done', 'person.set-up']);
});

test('nothing that opens a door stands in the database', async () => {
  const token = await signIn();
  const { rows } = await pool.query<{ text: string }>(
    `select string_agg(t::text, ' ') as text from (
       select row(f.*)::text as t from person_factors f union all select row(k.*)::text from person_tokens k
       union all select row(r.*)::text from recovery_codes r union all select row(a.*)::text from audit a) x`,
  );
  for (const secret of [person.password, token, person.secret.toString('hex'), ...person.recoveryCodes])
    expect(rows[0]?.text).not.toContain(secret);
});

describe('the first step', () => {
  const never = { login: 'nobody-here', password: 'whatever it may be' };
  test.each([
    ['another password', () => ({ login: person.login, password: 'another password 9' })],
    ['a name that nobody has', () => never],
    ['an empty name', () => ({ login: '', password: '' })],
    ['what no name may be', () => ({ login: "x' or 1=1 --", password: 'x' })],
  ])('%s is refused with the same answer', async (_, attempt) => {
    expect(await checkPassword(people, attempt(), SHELL)).toEqual({ outcome: 'refused' });
  });

  test('a person who is disabled or was reset is refused as if the password were wrong', async () => {
    await transaction(pool, (db) => changePerson(db, person.id, { state: 'disabled' }, OWNER));
    expect(await checkPassword(people, person, SHELL)).toEqual({ outcome: 'refused' });
    await transaction(pool, (db) => changePerson(db, person.id, { state: 'active' }, OWNER));
    expect(await challenge()).toMatch(/^kbc_/);
    await transaction(pool, (db) => resetPerson(db, person.id, OWNER, now));
    expect(await checkPassword(people, person, SHELL)).toEqual({ outcome: 'refused' });
  });

  test('a hash is computed for a name that nobody has, as for one that somebody has', async () => {
    const asked: (string | undefined)[] = [];
    const watched: People = {
      ...people,
      passwords: { ...people.passwords, verify: (_, stored) => (asked.push(stored), Promise.resolve(false)) },
    };
    await checkPassword(watched, { login: 'nobody-at-all', password: 'x' }, SHELL);
    await checkPassword(watched, { login: person.login, password: 'x' }, SHELL);
    expect(asked).toEqual([undefined, expect.stringMatching(/^\$argon2id/)]);
  });

  test('what was typed as an unknown name is not kept', async () => {
    await checkPassword(people, { login: 'hunter2-in-the-wrong-field', password: 'x' }, SHELL);
    const [row] = await listAudit(pool, { limit: 1 });
    expect(row).toMatchObject({ act: 'sign-in.refused', object: 'person:?', actor: 'nobody known' });
    expect(JSON.stringify(row)).not.toContain('hunter2');
  });
});

describe('the second step', () => {
  const second = async (from: string, code: string) =>
    (await checkSecondFactor(people, { challenge: from, code, kind: 'session' }, SHELL)).outcome;

  test('a code is taken once, from whoever comes first', async () => {
    const [one, other] = [await challenge(), await challenge()];
    const code = person.code(now);
    const outcomes = await Promise.all([second(one, code), second(other, code)]);
    expect(outcomes.sort()).toEqual(['refused', 'signed-in']);
  });

  test('a challenge ends with its success, after five minutes, and after five codes', async () => {
    const used = await challenge();
    expect(await second(used, person.code(now))).toBe('signed-in');
    now += 90_000;
    expect(await second(used, person.code(now))).toBe('refused');
    const late = await challenge();
    now += 5 * MINUTE + 1;
    expect(await second(late, person.code(now))).toBe('refused');
    const tired = await challenge();
    for (let tries = 0; tries < 5; tries++) {
      await pool.query('delete from sign_in_attempts'); // the account's own limit would come first
      expect(await second(tired, '000000')).toBe('refused');
    }
    await pool.query('delete from sign_in_attempts');
    expect(await second(tired, person.code(now))).toBe('refused');
  });

  test('figures may be Persian, with a space in the middle', async () => {
    const code = person.code(now).replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
    expect(await second(await challenge(), `${code.slice(0, 3)} ${code.slice(3)}`)).toBe('signed-in');
  });

  test('a recovery code serves once, however it is typed', async () => {
    const [code = ''] = person.recoveryCodes;
    expect(person.recoveryCodes).toHaveLength(10);
    expect(await second(await challenge(), code.toLowerCase().replaceAll('-', ' '))).toBe('signed-in');
    expect(await second(await challenge(), code)).toBe('refused');
  });

  test('a password alone, or a session, is no challenge', async () => {
    expect(await second(await signIn(), person.code(now + 90_000))).toBe('refused');
    expect(await whoHas(pool, await challenge(), now)).toBeUndefined();
  });
});

describe('guessing', () => {
  const wrong = (login = person.login, address?: string) =>
    checkPassword(people, { login, password: 'not this one 77' }, { address });

  test.each(['of an account', 'of a name that nobody has'])('is slowed down %s, longer each time', async (whose) => {
    const login = whose === 'of an account' ? person.login : `never-${count}`;
    for (let tries = 0; tries < 5; tries++) expect(await wrong(login)).toEqual({ outcome: 'refused' });
    expect(await wrong(login)).toEqual({ outcome: 'locked', waitMs: 30_000 });
    now += 30_000;
    expect(await wrong(login)).toEqual({ outcome: 'refused' });
    expect(await wrong(login)).toEqual({ outcome: 'locked', waitMs: 60_000 });
    for (let tries = 0; tries < 20; tries++) {
      now += HOUR;
      await wrong(login);
    }
    expect(await wrong(login)).toEqual({ outcome: 'locked', waitMs: 15 * MINUTE });
    now += 25 * HOUR;
    for (let tries = 0; tries < 5; tries++) expect(await wrong(login)).toEqual({ outcome: 'refused' });
  });

  test('the right password does not help while the account is locked, and is forgiven after', async () => {
    for (let tries = 0; tries < 5; tries++) await wrong();
    expect(await checkPassword(people, person, SHELL)).toMatchObject({ outcome: 'locked' });
    now += MINUTE;
    await signIn();
    now += MINUTE;
    for (let tries = 0; tries < 5; tries++) expect(await wrong()).toEqual({ outcome: 'refused' });
  });

  test('many at once are counted as many', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => wrong()));
    expect(outcomes.filter(({ outcome }) => outcome === 'refused')).toHaveLength(5);
  });

  test('from one address is slowed down whatever the names, and other addresses are not', async () => {
    const from = '198.51.100.7';
    for (let tries = 0; tries < 30; tries++) expect(await wrong(`who-${tries}`, from)).toEqual({ outcome: 'refused' });
    expect(await wrong('who-else', from)).toMatchObject({ outcome: 'locked' });
    expect(await wrong('who-else', `::ffff:${from}`)).toMatchObject({ outcome: 'locked' });
    expect(await wrong('who-else', '198.51.100.8')).toEqual({ outcome: 'refused' });
  });
});

describe('what a person is signed in with', () => {
  test('a session ends after half an hour of silence, and after twelve hours at most', async () => {
    const token = await signIn();
    for (let minutes = 0; minutes < 11 * 60; minutes += 29) {
      now += 29 * MINUTE;
      expect(await whoHas(pool, token, now)).toBeDefined();
    }
    now += 31 * MINUTE;
    expect(await whoHas(pool, token, now)).toBeUndefined();
    now += 24 * HOUR;
    const silent = await signIn();
    now += 30 * MINUTE + 1;
    expect(await whoHas(pool, silent, now)).toBeUndefined();
  });

  test('a login of the command line may be silent, and ends after twelve hours', async () => {
    const token = await signIn('login');
    now += 12 * HOUR - 1;
    expect(await whoHas(pool, token, now)).toMatchObject({ kind: 'login' });
    now += 1;
    expect(await whoHas(pool, token, now)).toBeUndefined();
  });

  test('who is disabled is signed in nowhere any more', async () => {
    const token = await signIn();
    await transaction(pool, (db) => changePerson(db, person.id, { state: 'disabled' }, OWNER));
    expect(await whoHas(pool, token, now)).toBeUndefined();
    await transaction(pool, (db) => changePerson(db, person.id, { state: 'active' }, OWNER));
    expect(await whoHas(pool, token, now)).toBeUndefined();
  });

  test('a role that is taken away takes its permissions with it at once', async () => {
    const token = await signIn();
    expect((await whoHas(pool, token, now))?.permissions).toContain('money:approve');
    await transaction(pool, (db) => changePerson(db, person.id, { roles: ['maker'] }, OWNER));
    expect((await whoHas(pool, token, now))?.permissions).toEqual([
      'overview:read',
      'money:read',
      'money:make',
      'money:stop',
      'breaks:work',
      'complaints:read',
      'rules:read',
    ]);
  });

  test('a release wants both factors again after a quarter of an hour', async () => {
    const signed = await signedIn();
    expect(hindrance(signed, 'money:approve', now)).toBeUndefined();
    expect(hindrance(signed, 'keys:change', now)).toBe('permission');
    now += 15 * MINUTE + 1;
    expect(hindrance(signed, 'money:approve', now)).toBe('proof');
    expect(hindrance(signed, 'money:make', now)).toBeUndefined();
    const wrong = { password: person.password, code: '000000' };
    expect(await proveAgain(people, signed, wrong, SHELL)).toEqual({ outcome: 'refused' });
    const right = { password: person.password, code: person.code(now) };
    expect(await proveAgain(people, signed, { ...right, password: 'other' }, SHELL)).toEqual({ outcome: 'refused' });
    expect(await proveAgain(people, signed, right, SHELL)).toEqual({ outcome: 'proved' });
    const { rows } = await pool.query<{ at: Date }>('select proved_at as at from person_tokens where token_id = $1', [
      signed.tokenId,
    ]);
    expect(rows[0]?.at.getTime()).toBe(now);
  });

  test('a token of the demo is worth nothing on another database', async () => {
    const issue = { personId: person.id, kind: 'demo', scopes: PERMISSIONS, provedAt: now, now } as const;
    const { token } = await transaction(pool, (db) => issueToken(db, issue));
    expect(await whoHas(pool, token, now)).toBeUndefined();
    await pool.query(`insert into installation (name, value) values ('demo', 'yes')`);
    expect(await whoHas(pool, token, now)).toMatchObject({ kind: 'demo' });
    await pool.query(`delete from installation where name = 'demo'`);
  });
});

describe("a program's token", () => {
  const of = (signed: Signed, change: object = {}) =>
    transaction(pool, (db) =>
      makeToken(
        db,
        signed,
        { name: 'nightly', scopes: ['money:make'], expiresAt: now + 30 * 24 * HOUR, ...change },
        { by: { actor: signed.actor }, now },
      ),
    );

  test('gives its scopes until its end, and is listed without itself', async () => {
    const signed = await signedIn();
    const { token, id } = await of(signed);
    expect(await whoHas(pool, token, now)).toMatchObject({ kind: 'token', permissions: ['money:make'] });
    const listed = await listTokens(pool, person.id, now);
    expect(listed.find((each) => each.id === id)).toMatchObject({ name: 'nightly', scopes: ['money:make'] });
    expect(JSON.stringify(listed)).not.toContain(token.slice(5));
    now += 30 * 24 * HOUR;
    expect(await whoHas(pool, token, now)).toBeUndefined();
  });

  test('is worth nothing once it is taken away, by its person alone', async () => {
    const signed = await signedIn();
    const { token, id } = await of(signed);
    const other = await setUpPerson(people, `other-${count}`);
    await expect(
      transaction(pool, (db) => revokeToken(db, other.id, id, { actor: { id: other.id, name: other.login } })),
    ).rejects.toMatchObject({ code: 'token.unknown' });
    await transaction(pool, (db) => revokeToken(db, person.id, id, { actor: signed.actor }));
    expect(await whoHas(pool, token, now)).toBeUndefined();
  });

  test.each([
    ['a scope that wants a fresh proof', { scopes: ['money:approve'] }, 'token.scope'],
    ['a scope that the person has not', { scopes: ['keys:change'] }, 'token.scope'],
    ['no scope', { scopes: [] }, 'token.scope'],
    ['an end that is past', { expiresAt: 1 }, 'token.end'],
    ['an end in three years', { expiresAt: Date.now() + 3 * 366 * 24 * HOUR }, 'token.end'],
    ['no name', { name: ' ' }, 'token.name'],
  ])('with %s is refused', async (_, change, code) => {
    await expect(of(await signedIn(), change)).rejects.toMatchObject({ code });
  });
});

describe('setting up', () => {
  const invite = async () => {
    const login = `invited-${++count}`;
    const added = { login, nameFa: 'رضا', nameEn: 'Reza', roles: [] };
    return { login, ...(await transaction(pool, (db) => addPerson(db, added, OWNER, now))) };
  };

  test('wants the code of that person, within three days', async () => {
    const { login, setupCode } = await invite();
    expect(await beginSetup(people, { login, setupCode: 'AAAA-AAAA-AAAA-AAAA-AAAA' }, SHELL)).toEqual({
      outcome: 'refused',
    });
    expect(await beginSetup(people, { login: person.login, setupCode }, SHELL)).toEqual({ outcome: 'refused' });
    now += 72 * HOUR;
    expect(await beginSetup(people, { login, setupCode }, SHELL)).toEqual({ outcome: 'refused' });
  });

  test('ends only with a strong password and a code of the app, and then the set-up code is worth nothing', async () => {
    const { login, setupCode, person: invited } = await invite();
    const end = (password: string, code: string) => endSetup(people, { login, setupCode, password, code }, SHELL);
    expect(await end('seven lanterns 99', '123456')).toEqual({ outcome: 'refused' }); // before an app had a secret
    await beginSetup(people, { login, setupCode }, SHELL);
    await expect(end('short', '123456')).rejects.toMatchObject({ code: 'password.weak' });
    await expect(end(`${login} lanterns`, '123456')).rejects.toMatchObject({ code: 'password.weak' });
    expect(await end('seven lanterns 99', '000000')).toEqual({ outcome: 'refused' });
    expect((await findPerson(pool, invited.id))?.state).toBe('invited');
  });

  test('a reset takes all that was there away', async () => {
    const token = await signIn();
    const { setupCode } = await transaction(pool, (db) => resetPerson(db, person.id, OWNER, now));
    expect(await whoHas(pool, token, now)).toBeUndefined();
    expect((await findPerson(pool, person.id))?.state).toBe('invited');
    expect(await beginSetup(people, { login: person.login, setupCode }, SHELL)).toMatchObject({ outcome: 'begun' });
  });

  test('a second factor does not open with another key than that of its database', async () => {
    const elsewhere = openPeople(pool, Buffer.alloc(32, 1), people.clock);
    const from = await challenge();
    await expect(
      checkSecondFactor(elsewhere, { challenge: from, code: person.code(now), kind: 'session' }, SHELL),
    ).rejects.toMatchObject({ code: 'people.sealed' });
  });
});
