import { randomBytes } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { Now } from '../ops/clock.ts';
import { transaction } from '../ops/database.ts';
import { GatewayError } from '../ops/errors.ts';
import { forgiveAttempts, giveAttemptBack, takeAttempt, type Attempt } from './attempts.ts';
import { audit, type Actor } from './audit.ts';
import type { Passwords } from './password.ts';
import { PERMISSIONS } from './roles.ts';
import { seal, typedCode, typedCodeHash, unseal, type PeopleKeys } from './secrets.ts';
import { issueToken, type Signed } from './tokens.ts';
import { otpauthUrl, totpStep, TOTP_SECRET_BYTES } from './totp.ts';
import { sha256 } from '../ops/sha256.ts';

/** Signing in: a password, then a code of the second factor. Whatever is wrong, the answer is the same, and takes the same time. */

export interface People {
  readonly pool: Pool;
  readonly keys: PeopleKeys;
  readonly passwords: Passwords;
  readonly clock: Now;
}

export type Refused =
  /** Name, password or code are wrong, or the person may not sign in. */
  { readonly outcome: 'refused' } | { readonly outcome: 'locked'; readonly waitMs: number };
export type PasswordStep = Refused | { readonly outcome: 'second-factor'; readonly challenge: string };
export type SecondStep = Refused | { readonly outcome: 'signed-in'; readonly token: string; readonly personId: string };

export interface Place {
  readonly address: string | undefined;
  readonly requestId?: string;
}

const REFUSED: Refused = { outcome: 'refused' };
const NOBODY: Actor = { id: null, name: 'nobody known' };
/** Codes on one challenge; and each is an attempt of the account too. */
const MOST_TRIES = 5;

interface Factors {
  readonly id: string;
  readonly login: string;
  readonly state: string;
  readonly password_hash: string | null;
}

/** The first step. */
export async function checkPassword(
  people: People,
  { login, password }: { readonly login: string; readonly password: string },
  place: Place,
): Promise<PasswordStep> {
  const { pool, passwords, clock } = people;
  const attempt: Attempt = { login, address: place.address };
  const waitMs = await takeAttempt(pool, attempt, clock.now());
  if (waitMs > 0) return { outcome: 'locked', waitMs };
  const { rows } = await pool.query<Factors>(
    `select person_id::text as id, login, state, password_hash from persons join person_factors using (person_id) where login = $1`,
    [login],
  );
  const [found] = rows;
  const right = await passwords.verify(password, found?.password_hash ?? undefined);
  const step = await transaction(pool, async (db): Promise<PasswordStep> => {
    if (found === undefined || !right || found.state !== 'active') {
      await refuse(db, found, 'password', place);
      return REFUSED;
    }
    const issue = { personId: found.id, kind: 'challenge', scopes: [], provedAt: null, now: clock.now() } as const;
    const { token } = await issueToken(db, issue);
    return { outcome: 'second-factor', challenge: token };
  });
  if (step.outcome === 'second-factor') await giveAttemptBack(pool, attempt, clock.now());
  return step;
}

/** What was typed as a name is not kept: it may be a password in the wrong field. */
async function refuse(
  db: PoolClient,
  who: Pick<Factors, 'id' | 'login'> | undefined,
  step: string,
  place: Place,
): Promise<void> {
  const actor = who === undefined ? NOBODY : { id: who.id, name: who.login };
  await audit(db, { actor, ...requestOf(place) }, { act: 'sign-in.refused', object: who === undefined ? 'person:?' : `person:${who.id}`, after: { step, address: place.address ?? 'command line' } }); // prettier-ignore
}

function requestOf({ requestId }: Place): { requestId?: string } {
  return requestId === undefined ? {} : { requestId };
}

interface Challenged {
  readonly token_id: string;
  readonly id: string;
  readonly login: string;
}

/** The second step.
 *  @param code of the authenticator app, or a recovery code, which serves once
 *  @param kind what the person is signed in with then */
export async function checkSecondFactor(
  people: People,
  { challenge, code, kind }: { readonly challenge: string; readonly code: string; readonly kind: 'session' | 'login' },
  place: Place,
): Promise<SecondStep> {
  const { pool, clock } = people;
  const now = clock.now();
  const challenged = await challengeOf(pool, challenge, now);
  if (challenged === undefined) return REFUSED;
  const attempt: Attempt = { login: challenged.login, address: place.address };
  const waitMs = await takeAttempt(pool, attempt, now);
  if (waitMs > 0) return { outcome: 'locked', waitMs };
  const step = await transaction(pool, async (db): Promise<SecondStep> => {
    const { rowCount } = await db.query(
      'update person_tokens set tries = tries + 1 where token_id = $1 and revoked_at is null and tries < $2',
      [challenged.token_id, MOST_TRIES],
    );
    const factor = rowCount === 1 ? await takeCode(people, db, challenged.id, code) : undefined;
    if (factor === undefined) {
      await refuse(db, challenged, 'second factor', place);
      return REFUSED;
    }
    await db.query('update person_tokens set revoked_at = now() where token_id = $1', [challenged.token_id]);
    const issue = { personId: challenged.id, kind, scopes: PERMISSIONS, provedAt: now, now } as const;
    const { token, id } = await issueToken(db, issue);
    const actor = { id: challenged.id, name: challenged.login };
    const after = { by: factor, kind, token: id, address: place.address ?? 'command line' };
    await audit(db, { actor, ...requestOf(place) }, { act: 'sign-in.done', object: `person:${challenged.id}`, after });
    return { outcome: 'signed-in', token, personId: challenged.id };
  });
  if (step.outcome === 'signed-in') await forgiveAttempts(pool, attempt, clock.now());
  return step;
}

async function challengeOf(pool: Pool, challenge: string, now: number): Promise<Challenged | undefined> {
  const { rows } = await pool.query<Challenged>(
    `select t.token_id::text, p.person_id::text as id, p.login from person_tokens t join persons p using (person_id)
      where t.sha256 = $1 and t.kind = 'challenge' and t.revoked_at is null and t.expires_at > $2 and p.state = 'active'`,
    [sha256(challenge), new Date(now)],
  );
  return rows[0];
}

/** Takes a code, once: the same one is not taken again, nor one of an earlier step.
 *  @returns what kind of code it was; undefined: it is none */
async function takeCode(
  people: People,
  db: PoolClient,
  personId: string,
  code: string,
): Promise<'totp' | 'recovery' | undefined> {
  const { rows } = await db.query<{ totp: Buffer | null; totp_step: string }>(
    'select totp, totp_step from person_factors where person_id = $1 for update',
    [personId],
  );
  const [factors] = rows;
  const typed = digitsOf(code);
  if (factors?.totp != null && /^\d{6}$/.test(typed)) {
    const secret = unseal(people.keys.seal, factors.totp, personId);
    const step = totpStep(secret, typed, Number(factors.totp_step), people.clock.now());
    if (step === undefined) return undefined;
    await db.query('update person_factors set totp_step = $2 where person_id = $1', [personId, step]);
    return 'totp';
  }
  const { rowCount } = await db.query(
    'update recovery_codes set used_at = now() where person_id = $1 and sha256 = $2 and used_at is null',
    [personId, typedCodeHash(code)],
  );
  return rowCount === 1 ? 'recovery' : undefined;
}

/** Persian and Arabic figures are figures, and apps show a space in the middle. */
function digitsOf(code: string): string {
  return code
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/\s/g, '');
}

/** Proves both factors again, for an act that wants it (roles.ts).
 *  @returns whether they were right; then the session counts as just proved */
export async function proveAgain(
  people: People,
  signed: Signed,
  { password, code }: { readonly password: string; readonly code: string },
  place: Place,
): Promise<Refused | { readonly outcome: 'proved' }> {
  const { pool, clock, passwords } = people;
  const attempt: Attempt = { login: signed.actor.name, address: place.address };
  const waitMs = await takeAttempt(pool, attempt, clock.now());
  if (waitMs > 0) return { outcome: 'locked', waitMs };
  const { rows } = await pool.query<{ password_hash: string | null }>(
    'select password_hash from person_factors where person_id = $1',
    [signed.actor.id],
  );
  const right = await passwords.verify(password, rows[0]?.password_hash ?? undefined);
  const proved = await transaction(pool, async (db) => {
    const who = { id: signed.actor.id, login: signed.actor.name };
    if (!right || (await takeCode(people, db, signed.actor.id, code)) === undefined) {
      await refuse(db, who, 'proof', place);
      return false;
    }
    await db.query('update person_tokens set proved_at = $2 where token_id = $1', [
      signed.tokenId,
      new Date(clock.now()),
    ]);
    await audit(
      db,
      { actor: signed.actor, ...requestOf(place) },
      { act: 'sign-in.proved', object: `person:${who.id}` },
    );
    return true;
  });
  if (!proved) return REFUSED;
  await forgiveAttempts(pool, attempt, clock.now());
  return { outcome: 'proved' };
}

const RECOVERY_CODES = 10;

export interface SetupAnswer {
  /** For an authenticator app. */
  readonly otpauth: string;
}

/** A person who was invited or reset begins: the set-up code is theirs, and an authenticator app gets its secret. May be said
 *  again; the newest secret counts.
 *  @returns undefined: no such person, or not with this code */
export async function beginSetup(
  people: People,
  { login, setupCode }: { readonly login: string; readonly setupCode: string },
  place: Place,
): Promise<Refused | ({ readonly outcome: 'begun' } & SetupAnswer)> {
  const attempt: Attempt = { login, address: place.address };
  const waitMs = await takeAttempt(people.pool, attempt, people.clock.now());
  if (waitMs > 0) return { outcome: 'locked', waitMs };
  const begun = await transaction(people.pool, async (db) => {
    const person = await inSetup(people, db, login, setupCode);
    if (person === undefined) {
      await refuse(db, undefined, 'set-up code', place);
      return REFUSED;
    }
    const secret = randomBytes(TOTP_SECRET_BYTES);
    await db.query('update person_factors set setup_totp = $2 where person_id = $1', [
      person.id,
      seal(people.keys.seal, secret, person.id),
    ]);
    return { outcome: 'begun' as const, otpauth: otpauthUrl(secret, login) };
  });
  if (begun.outcome === 'begun') await giveAttemptBack(people.pool, attempt, people.clock.now());
  return begun;
}

export interface Setup {
  readonly login: string;
  readonly setupCode: string;
  readonly password: string;
  /** The first code that the app shows: it proves that the secret arrived. */
  readonly code: string;
}

/** Ends a set-up: the password and the second factor count from now on. The person signs in with them then.
 *  @returns recovery codes, shown once
 *  @throws GatewayError `password.weak` */
export async function endSetup(
  people: People,
  { login, setupCode, password, code }: Setup,
  place: Place,
): Promise<Refused | { readonly outcome: 'ready'; readonly recoveryCodes: readonly string[] }> {
  const attempt: Attempt = { login, address: place.address };
  const waitMs = await takeAttempt(people.pool, attempt, people.clock.now());
  if (waitMs > 0) return { outcome: 'locked', waitMs };
  people.passwords.demandStrong(password, [login]);
  const hash = await people.passwords.hash(password);
  const ended = await transaction(people.pool, async (db) => {
    const person = await inSetup(people, db, login, setupCode);
    const sealed = person?.setup_totp;
    const secret = person === undefined || sealed == null ? undefined : unseal(people.keys.seal, sealed, person.id);
    const step = secret === undefined ? undefined : totpStep(secret, digitsOf(code), 0, people.clock.now());
    if (person === undefined || step === undefined) {
      await refuse(db, undefined, 'set-up', place);
      return REFUSED;
    }
    await db.query(
      `update person_factors set password_hash = $2, totp = setup_totp, totp_step = $3, setup_totp = null, setup_sha256 = null,
         setup_until = null where person_id = $1`,
      [person.id, hash, step],
    );
    await db.query(`update persons set state = 'active', version = version + 1 where person_id = $1`, [person.id]);
    const recoveryCodes = await newRecoveryCodes(db, person.id);
    const by = { actor: { id: person.id, name: login }, ...requestOf(place) };
    await audit(db, by, { act: 'person.set-up', object: `person:${person.id}`, after: { secondFactor: 'totp' } });
    return { outcome: 'ready' as const, recoveryCodes };
  });
  if (ended.outcome === 'ready') await forgiveAttempts(people.pool, attempt, people.clock.now());
  return ended;
}

async function inSetup(
  people: People,
  db: PoolClient,
  login: string,
  setupCode: string,
): Promise<{ id: string; setup_totp: Buffer | null } | undefined> {
  const { rows } = await db.query<{ id: string; setup_totp: Buffer | null }>(
    `select person_id::text as id, setup_totp from persons join person_factors f using (person_id)
      where login = $1 and state = 'invited' and setup_sha256 = $2 and setup_until > $3 for update of f`,
    [login, typedCodeHash(setupCode), new Date(people.clock.now())],
  );
  return rows[0];
}

async function newRecoveryCodes(db: PoolClient, personId: string): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => typedCode());
  await db.query('update recovery_codes set used_at = now() where person_id = $1 and used_at is null', [personId]);
  await db.query('insert into recovery_codes (person_id, sha256) select $1, unnest($2::bytea[])', [
    personId,
    codes.map(typedCodeHash),
  ]);
  return codes;
}

/** A person signs out.
 *  @throws never: what has ended already is as good */
export async function signOut(pool: Pool, signed: Signed, place: Place): Promise<void> {
  await transaction(pool, async (db) => {
    const { rowCount } = await db.query(
      'update person_tokens set revoked_at = now() where token_id = $1 and revoked_at is null',
      [signed.tokenId],
    );
    if (rowCount === 1)
      await audit(
        db,
        { actor: signed.actor, ...requestOf(place) },
        { act: 'sign-in.ended', object: `token:${signed.tokenId}` },
      );
  });
}

/** @throws GatewayError `sign-in.refused`, `sign-in.locked` */
export function demandOutcome<T extends { readonly outcome: string }>(step: T): Exclude<T, Refused> {
  if (step.outcome === 'refused')
    throw new GatewayError('sign-in.refused', 'Name, password or code are not right, or the person may not sign in.');
  if (step.outcome === 'locked') {
    const { waitMs } = step as unknown as { waitMs: number };
    const error = new GatewayError('sign-in.locked', `Too many attempts. Try again in ${Math.ceil(waitMs / 1_000)} s.`);
    throw Object.assign(error, { waitMs });
  }
  return step as Exclude<T, Refused>;
}
