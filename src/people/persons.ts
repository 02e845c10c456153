import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { audit, type Actor, type By } from './audit.ts';
import { demandSecondAdmin, keepGrants } from './pairs.ts';
import type { Role } from './roles.ts';
import { typedCode, typedCodeHash } from './secrets.ts';
import { isoInstant } from '../ops/sql.ts';

/** The people who act. Nobody is ever removed: what they did stands under their number. */

export type PersonState = 'invited' | 'active' | 'disabled';

export interface Person {
  readonly id: string;
  /** What they sign in with; it never changes. */
  readonly login: string;
  readonly nameFa: string;
  readonly nameEn: string;
  readonly roles: readonly Role[];
  readonly state: PersonState;
  readonly version: number;
  readonly madeAt: string;
}

const COLUMNS = `person_id::text as id, login, name_fa as "nameFa", name_en as "nameEn", roles, state, version,
  ${isoInstant('made_at')} as "madeAt"`;

/** @param after the last id of the page before */
export async function listPersons(db: Pool | PoolClient, after = '0', limit = 500): Promise<Person[]> {
  const sql = `select ${COLUMNS} from persons where person_id > $1 order by person_id limit $2`;
  return (await db.query<Person>(sql, [after, limit])).rows;
}

export async function findPerson(db: Pool | PoolClient, id: string): Promise<Person | undefined> {
  return (await db.query<Person>(`select ${COLUMNS} from persons where person_id = $1`, [id])).rows[0];
}

export async function findLogin(db: Pool | PoolClient, login: string): Promise<Person | undefined> {
  return (await db.query<Person>(`select ${COLUMNS} from persons where login = $1`, [login])).rows[0];
}

/** Who acts by a name that a command keeps: the person whose login it is, or nobody known by that name. */
export async function actorNamed(db: Pool | PoolClient, name: string): Promise<Actor> {
  const person = await findLogin(db, name);
  return { id: person?.id ?? null, name };
}

/** @throws GatewayError `people.unknown` */
export async function demandLogin(db: Pool | PoolClient, login: string): Promise<Person> {
  const person = await findLogin(db, login);
  if (person === undefined) throw new GatewayError('people.unknown', `There is no person with the login ${login}.`);
  return person;
}

export interface NewPerson {
  readonly login: string;
  readonly nameFa: string;
  readonly nameEn: string;
  readonly roles: readonly Role[];
}

export interface Invited {
  readonly person: Person;
  /** Shown once, kept as a hash: with it the person chooses a password and a second factor. */
  readonly setupCode: string;
}

/** How long a set-up code is good for. */
const SETUP_MS = 72 * 3_600_000;
/** Names that jobs sign with, and words that are no name. */
const RESERVED = ['gateway', 'matching', 'owner', 'system', 'nobody', 'clock', 'ledger', 'admin', 'root'];
const LOGIN = /^[a-z][a-z0-9._-]{1,31}$/;

/** @throws GatewayError `people.login`, `people.name`, `people.taken`, `people.second-admin` */
export async function addPerson(db: PoolClient, added: NewPerson, by: By, now: number): Promise<Invited> {
  const { login, roles } = added;
  if (!LOGIN.test(login) || RESERVED.includes(login))
    throw new GatewayError(
      'people.login',
      `"${login}" cannot be a login: give 2 to 32 of a-z, 0-9, ".", "_", "-", and not a word of the system.`,
    );
  const [nameFa, nameEn] = [readableName(added.nameFa), readableName(added.nameEn)];
  const { rows } = await db.query<Person>(
    `insert into persons (login, name_fa, name_en, roles) values ($1, $2, $3, $4) on conflict (login) do nothing returning ${COLUMNS}`,
    [login, nameFa, nameEn, roles],
  );
  const [person] = rows;
  if (person === undefined) throw new GatewayError('people.taken', `The login ${login} is another person's.`);
  await db.query('insert into person_factors (person_id) values ($1)', [person.id]);
  await demandSecondAdmin(db, by, { person: person.id, roles });
  await keepGrants(db, by, { person: person.id, roles });
  const setupCode = await newSetupCode(db, person.id, by, now);
  await audit(db, by, { act: 'person.added', object: `person:${person.id}`, after: shown(person) });
  return { person, setupCode };
}

/** @throws GatewayError `people.name` */
function readableName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (/\p{L}/u.test(name) && name.length <= 100 && !/[\p{C}\p{Zl}\p{Zp}]/u.test(name.replaceAll('\u200c', '')))
    return name;
  throw new GatewayError('people.name', 'A name has 1 to 100 characters that can be read.');
}

export interface PersonChange {
  readonly nameFa?: string | undefined;
  readonly nameEn?: string | undefined;
  readonly roles?: readonly Role[] | undefined;
  /** `active`: a disabled person may sign in again. */
  readonly state?: 'active' | 'disabled' | undefined;
}

/** What a change rests on: the version that was seen, where it is known. */
export type Seen = number | undefined;

/** @throws GatewayError `people.unknown`, `people.stale`, `people.state`, `people.last-admin`, `people.name`, `people.second-admin` */
export async function changePerson(
  db: PoolClient,
  id: string,
  change: PersonChange,
  by: By,
  seen?: Seen,
): Promise<Person> {
  const before = await lockPerson(db, id, seen);
  const state = stateAfter(before, change.state);
  const roles = change.roles ?? before.roles;
  const after = {
    nameFa: change.nameFa === undefined ? before.nameFa : readableName(change.nameFa),
    nameEn: change.nameEn === undefined ? before.nameEn : readableName(change.nameEn),
  };
  const { rows } = await db.query<Person>(
    `update persons set name_fa = $2, name_en = $3, roles = $4, state = $5, version = version + 1 where person_id = $1 returning ${COLUMNS}`,
    [id, after.nameFa, after.nameEn, roles, state],
  );
  const [person = before] = rows;
  const given = roles.filter((role) => !before.roles.includes(role));
  // who is let in again may act again, with whatever they were given
  const counts = before.state === 'disabled' && state !== 'disabled' ? roles : given;
  await demandSecondAdmin(db, by, { person: id, roles: counts });
  await keepGrants(db, by, { person: id, roles: given, lost: before.roles.filter((role) => !roles.includes(role)) });
  if (isActingAdmin(before) && !isActingAdmin(person)) await noteAdminGone(db, id);
  if (state === 'disabled') await signOutEverywhere(db, id);
  await demandAnAdmin(db, before);
  await audit(db, by, { act: 'person.changed', object: `person:${id}`, before: shown(before), after: shown(person) });
  return person;
}

function stateAfter(before: Person, wanted: PersonChange['state']): PersonState {
  if (wanted === undefined || wanted === before.state) return before.state;
  if (wanted === 'active' && before.state === 'invited')
    throw new GatewayError(
      'people.state',
      `${before.login} has not set up a password yet: they do that with the set-up code.`,
    );
  return wanted;
}

/** Takes password, second factor, sessions and tokens away; the person sets up anew with the code.
 *  @throws GatewayError `people.unknown`, `people.stale`, `people.state` */
export async function resetPerson(db: PoolClient, id: string, by: By, now: number, seen?: Seen): Promise<Invited> {
  const before = await lockPerson(db, id, seen);
  if (before.state === 'disabled')
    throw new GatewayError('people.state', `${before.login} is disabled: enable them first.`);
  await demandSecondAdmin(db, by, { person: id, roles: before.roles });
  await db.query(
    `update person_factors set password_hash = null, totp = null, totp_step = 0, setup_totp = null where person_id = $1`,
    [id],
  );
  await db.query('update recovery_codes set used_at = now() where person_id = $1 and used_at is null', [id]);
  await signOutEverywhere(db, id);
  const { rows } = await db.query<Person>(
    `update persons set state = 'invited', version = version + 1 where person_id = $1 returning ${COLUMNS}`,
    [id],
  );
  if (isActingAdmin(before)) await noteAdminGone(db, id);
  const setupCode = await newSetupCode(db, id, by, now);
  await audit(db, by, { act: 'person.reset', object: `person:${id}`, before: shown(before) });
  return { person: rows[0] ?? before, setupCode };
}

async function lockPerson(db: PoolClient, id: string, seen: Seen): Promise<Person> {
  const { rows } = await db.query<Person>(`select ${COLUMNS} from persons where person_id = $1 for update`, [id]);
  const [person] = rows;
  if (person === undefined) throw new GatewayError('people.unknown', `There is no person ${id}.`);
  if (seen === undefined || seen === person.version) return person;
  throw new GatewayError('people.stale', `${person.login} was changed meanwhile: look again before you change.`);
}

async function newSetupCode(db: PoolClient, id: string, by: By, now: number): Promise<string> {
  const code = typedCode();
  await db.query('update person_factors set setup_sha256 = $2, setup_until = $3, setup_by = $4 where person_id = $1', [
    id,
    typedCodeHash(code),
    new Date(now + SETUP_MS),
    by.actor.id,
  ]);
  return code;
}

function isActingAdmin({ roles, state }: Person): boolean {
  return roles.includes('admin') && state === 'active';
}

async function noteAdminGone(db: PoolClient, id: string): Promise<void> {
  await db.query('update persons set admin_until = now() where person_id = $1', [id]);
}

async function signOutEverywhere(db: PoolClient, id: string): Promise<void> {
  await db.query('update person_tokens set revoked_at = now() where person_id = $1 and revoked_at is null', [id]);
}

/** Where an admin lost the role or was disabled, another must be there. Two at once wait for each other.
 *  @throws GatewayError `people.last-admin` */
async function demandAnAdmin(db: PoolClient, before: Person): Promise<void> {
  if (!before.roles.includes('admin') || before.state !== 'active') return;
  await db.query('select pg_advisory_xact_lock(8583, 620)');
  const { rowCount } = await db.query(`select from persons where 'admin' = any (roles) and state = 'active' limit 1`);
  if (rowCount === 0)
    throw new GatewayError('people.last-admin', `${before.login} is the last admin: make another one first.`);
}

function shown({ login, nameFa, nameEn, roles, state }: Person): object {
  return { login, nameFa, nameEn, roles, state };
}
