import { randomBytes } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { audit, type Actor, type By } from './audit.ts';
import { FRESH_MS, needsFreshProof, permissionsOf, rolesThatGive, type Permission, type Role } from './roles.ts';
import { sha256 } from '../ops/sha256.ts';

/** What a person is signed in with: 256 random bits, kept as their hash. A browser's session ends after 30 minutes of silence and
 *  12 hours at most, a command line's after 12 hours, a program's token on its date. */

export type TokenKind = 'challenge' | 'session' | 'login' | 'token' | 'demo';

const PREFIX: Readonly<Record<TokenKind, string>> = {
  challenge: 'kbc_',
  session: 'kbs_',
  login: 'kbl_',
  token: 'kbt_',
  demo: 'kbd_',
};
const SHAPE = /^kb[cslntd]_[A-Za-z0-9_-]{43}$/;

export const IDLE_MS = 30 * 60_000;
export const SESSION_MS = 12 * 3_600_000;
const CHALLENGE_MS = 5 * 60_000;
const DEMO_MS = 365 * 86_400_000;
const LIFE_MS: Readonly<Record<Exclude<TokenKind, 'token'>, number>> = {
  challenge: CHALLENGE_MS,
  session: SESSION_MS,
  login: SESSION_MS,
  demo: DEMO_MS,
};
/** A program's token ends within two years. */
const LONGEST_TOKEN_MS = 731 * 86_400_000;
/** How exactly the last use of a token is kept. */
const USED_WITHIN_MS = 60_000;

export interface Issue {
  readonly personId: string;
  readonly kind: TokenKind;
  readonly scopes: readonly Permission[];
  readonly name?: string;
  /** When the person proved both factors; null: not at all, or long ago. */
  readonly provedAt: number | null;
  readonly now: number;
  /** Of a `token`. */
  readonly expiresAt?: number;
}

/** @returns the token, which is kept nowhere, and its number */
export async function issueToken(db: PoolClient, issue: Issue): Promise<{ token: string; id: string }> {
  const token = PREFIX[issue.kind] + randomBytes(32).toString('base64url');
  const expiresAt = issue.expiresAt ?? issue.now + (issue.kind === 'token' ? LONGEST_TOKEN_MS : LIFE_MS[issue.kind]);
  const { rows } = await db.query<{ id: string }>(
    `insert into person_tokens (person_id, kind, sha256, name, scopes, made_at, proved_at, used_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $6, $8) returning token_id::text as id`,
    [
      issue.personId,
      issue.kind,
      sha256(token),
      issue.name ?? '',
      issue.scopes,
      new Date(issue.now),
      issue.provedAt === null ? null : new Date(issue.provedAt),
      new Date(expiresAt),
    ],
  );
  return { token, id: rows[0]?.id ?? '' };
}

/** Somebody who is signed in. */
export interface Signed {
  readonly actor: Actor & { readonly id: string };
  readonly tokenId: string;
  readonly kind: TokenKind;
  readonly roles: readonly Role[];
  /** What the token's scopes and the person's roles of now both give. */
  readonly permissions: readonly Permission[];
  readonly provedAt: number | undefined;
  readonly expiresAt: number;
}

interface Row {
  readonly token_id: string;
  readonly person_id: string;
  readonly login: string;
  readonly kind: TokenKind;
  readonly roles: readonly Role[];
  readonly scopes: readonly Permission[];
  readonly proved_at: Date | null;
  readonly used_at: Date;
  readonly expires_at: Date;
}

/** Which of these tokens still give a permission. Asking is no use of them: a session ends idle all the same.
 *  @param tokenIds not more than a few hundred */
export async function stillHas(
  pool: Pool | PoolClient,
  tokenIds: readonly string[],
  permission: Permission,
  now: number,
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ token_id: string }>(
    `select t.token_id::text from person_tokens t join persons p using (person_id)
      where t.token_id = any ($1::bigint[]) and t.revoked_at is null and t.expires_at > $2 and p.state = 'active'
        and (t.kind <> 'session' or t.used_at > $3) and $4 = any (t.scopes) and p.roles && $5::text[]`,
    [tokenIds, new Date(now), new Date(now - IDLE_MS), permission, rolesThatGive(permission)],
  );
  return new Set(rows.map(({ token_id: id }) => id));
}

/** Whose a token is. A token of the demo counts on a database of the demo alone.
 *  @returns undefined: it is nobody's, has ended, or was taken away */
export async function whoHas(pool: Pool | PoolClient, token: string, now: number): Promise<Signed | undefined> {
  if (!SHAPE.test(token)) return undefined;
  const { rows } = await pool.query<Row>(
    `select t.token_id::text, t.person_id::text, p.login, t.kind, p.roles, t.scopes, t.proved_at, t.used_at, t.expires_at
       from person_tokens t join persons p using (person_id)
      where t.sha256 = $1 and t.revoked_at is null and t.kind <> 'challenge' and t.expires_at > $2 and p.state = 'active'
        and (t.kind <> 'demo' or exists (select from installation where name = 'demo'))`,
    [sha256(token), new Date(now)],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const idleMs = now - row.used_at.getTime();
  if (row.kind === 'session' && idleMs > IDLE_MS) return undefined;
  if (idleMs > USED_WITHIN_MS)
    await pool.query('update person_tokens set used_at = $2 where token_id = $1', [row.token_id, new Date(now)]);
  const given = permissionsOf(row.roles);
  return {
    actor: { id: row.person_id, name: row.login },
    tokenId: row.token_id,
    kind: row.kind,
    roles: row.roles,
    permissions: row.scopes.filter((scope) => given.includes(scope)),
    provedAt: row.proved_at?.getTime(),
    expiresAt: row.expires_at.getTime(),
  };
}

/** What keeps somebody from an act: nothing, a permission that is missing, or a proof that is too old. */
export function hindrance(signed: Signed, permission: Permission, now: number): 'permission' | 'proof' | undefined {
  if (!signed.permissions.includes(permission)) return 'permission';
  if (!needsFreshProof(permission) || signed.kind === 'demo') return undefined;
  return signed.provedAt !== undefined && now - signed.provedAt <= FRESH_MS ? undefined : 'proof';
}

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly Permission[];
  /** ms since the epoch */
  readonly expiresAt: number;
}

/** A token for a program of this person's. It gives what the person's roles give, but nothing that wants a fresh proof.
 *  @throws GatewayError `token.scope`, `token.end`, `token.name` */
export async function makeToken(
  db: PoolClient,
  signed: Signed,
  { name, scopes, expiresAt }: NewToken,
  { by, now }: { readonly by: By; readonly now: number },
): Promise<{ token: string; id: string }> {
  if (name.trim() === '' || name.length > 100 || /\p{C}/u.test(name))
    throw new GatewayError('token.name', 'A token has a name of 1 to 100 characters that says what it is for.');
  const missing = scopes.find((scope) => !signed.permissions.includes(scope));
  if (missing !== undefined) throw new GatewayError('token.scope', `${signed.actor.name} may not ${missing}.`);
  const fresh = scopes.find(needsFreshProof);
  if (fresh !== undefined)
    throw new GatewayError('token.scope', `No token gives ${fresh}: only a person who signed in recently can do that.`);
  if (scopes.length === 0) throw new GatewayError('token.scope', 'A token has at least one scope.');
  if (expiresAt <= now || expiresAt - now > LONGEST_TOKEN_MS)
    throw new GatewayError('token.end', 'A token ends on a date in the future, within two years.');
  const issued = await issueToken(db, {
    personId: signed.actor.id,
    kind: 'token',
    scopes,
    name: name.trim(),
    provedAt: null,
    now,
    expiresAt,
  });
  const after = { name: name.trim(), scopes, expiresAt: new Date(expiresAt).toISOString() };
  await audit(db, by, { act: 'token.made', object: `token:${issued.id}`, after });
  return issued;
}

export interface TokenInfo {
  readonly id: string;
  readonly kind: TokenKind;
  readonly name: string;
  readonly scopes: readonly Permission[];
  readonly madeAt: string;
  readonly usedAt: string;
  readonly expiresAt: string;
}

/** What a person is signed in with now, sessions too; the newest first, at most 200. */
export async function listTokens(db: Pool | PoolClient, personId: string, now: number): Promise<TokenInfo[]> {
  const { rows } = await db.query<{
    id: string;
    kind: TokenKind;
    name: string;
    scopes: Permission[];
    made: Date;
    used: Date;
    ends: Date;
  }>(
    `select token_id::text as id, kind, name, scopes, made_at as made, used_at as used, expires_at as ends from person_tokens
      where person_id = $1 and revoked_at is null and expires_at > $2 and kind <> 'challenge'
        and (kind <> 'session' or used_at > $3) order by token_id desc limit 200`,
    [personId, new Date(now), new Date(now - IDLE_MS)],
  );
  return rows.map(({ made, used, ends, ...token }) => ({
    ...token,
    madeAt: made.toISOString(),
    usedAt: used.toISOString(),
    expiresAt: ends.toISOString(),
  }));
}

/** Takes one of a person's tokens or sessions away.
 *  @throws GatewayError `token.unknown` */
export async function revokeToken(db: PoolClient, personId: string, tokenId: string, by: By): Promise<void> {
  const { rows } = await db.query<{ kind: TokenKind }>(
    `update person_tokens set revoked_at = now() where token_id = $1 and person_id = $2 and revoked_at is null
       and kind <> 'challenge' returning kind`,
    [/^\d{1,18}$/.test(tokenId) ? tokenId : '0', personId],
  );
  const [row] = rows;
  if (row === undefined) throw new GatewayError('token.unknown', `There is no token ${tokenId} of this person.`);
  const act = row.kind === 'session' || row.kind === 'login' ? 'sign-in.ended' : 'token.revoked';
  await audit(db, by, { act, object: `token:${tokenId}` });
}
