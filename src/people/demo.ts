import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Pool, PoolClient } from 'pg';
import { transaction } from '../ops/database.ts';
import { placeFile } from '../ops/place-file.ts';
import { audit } from './audit.ts';
import { addPerson } from './persons.ts';
import { PERMISSIONS, type Role } from './roles.ts';
import { typedCode } from './secrets.ts';
import type { People, Place, Refused } from './sign-in.ts';
import { issueToken, type Signed } from './tokens.ts';

/** The demo programme's two people. They have no password: `npm start` signs them in, and commands on its data folder act as the one
 *  whose the act is. Whoever has its link acts in the console as either (decision 78). Their tokens count on a database of the demo alone. */
const DEMO_PEOPLE: readonly { login: string; nameFa: string; nameEn: string; roles: readonly Role[] }[] = [
  {
    login: 'demo-maker',
    nameFa: 'ثبت‌کنندهٔ نمایشی',
    nameEn: 'Demo Maker',
    roles: ['maker', 'engineer', 'support', 'keeper', 'clerk'],
  },
  {
    login: 'demo-checker',
    nameFa: 'تأییدکنندهٔ نمایشی',
    nameEn: 'Demo Checker',
    roles: ['checker', 'admin', 'auditor', 'reviewer'],
  },
];

export function demoPeopleFile(dataDir: string): string {
  return join(dataDir, 'secrets', 'demo-people.json');
}

/** Whether somebody has set up here, the demo's people aside. */
export async function hasPeople(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query(`select from persons where state <> 'invited' and login <> all ($1) limit 1`, [
    DEMO_PEOPLE.map(({ login }) => login),
  ]);
  return rowCount !== 0;
}

/** Makes them where they are missing, and signs them in anew: what they had before counts no more.
 *  @param pool as the owner of the tables */
export async function signInDemoPeople(pool: Pool, dataDir: string, now: number): Promise<void> {
  const tokens: Record<string, string> = {};
  for (const person of DEMO_PEOPLE) {
    tokens[person.login] = await transaction(pool, async (db) => {
      const { rows } = await db.query<{ id: string }>('select person_id::text as id from persons where login = $1', [
        person.login,
      ]);
      const id =
        rows[0]?.id ?? (await addPerson(db, person, { actor: { id: null, name: 'npm start' } }, now)).person.id;
      await db.query(`update persons set state = 'active' where person_id = $1 and state = 'invited'`, [id]);
      await db.query(`update person_tokens set revoked_at = now() where person_id = $1 and kind = 'demo'`, [id]);
      const issue = { personId: id, kind: 'demo', scopes: PERMISSIONS, provedAt: now, now } as const;
      return (await issueToken(db, issue)).token;
    });
  }
  writeSecret(demoPeopleFile(dataDir), `${JSON.stringify(tokens, undefined, 2)}\n`);
}

function writeSecret(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  placeFile(file, text, 0o600);
}

/** What stands behind the `#` of the demo's link: drawn once for a data folder, so that a bookmark of it holds. */
export function demoLinkCode(dataDir: string): string {
  const file = join(dataDir, 'secrets', 'demo-console.txt');
  if (!existsSync(file)) writeSecret(file, `${typedCode()}\n`);
  return readFileSync(file, 'utf8').trim();
}

/** Opens a browser's session as a person of the demo. Whether the link was right is the caller's business.
 *  @returns refused: no person of the demo, or no database of a demo */
export async function enterDemo(
  { pool, clock }: People,
  login: string,
  place: Place,
): Promise<Refused | { readonly outcome: 'signed-in'; readonly token: string }> {
  return transaction(pool, async (db) => {
    const id = await demoPerson(db, login);
    if (id === undefined) return { outcome: 'refused' };
    const now = clock.now();
    const issue = { personId: id, kind: 'session', scopes: PERMISSIONS, provedAt: now, now } as const;
    const { token, id: number } = await issueToken(db, issue);
    const after = { by: 'demo link', kind: 'session', token: number, address: place.address ?? '?' };
    await audit(db, byOf({ id, name: login }, place), { act: 'sign-in.done', object: `person:${id}`, after });
    return { outcome: 'signed-in', token };
  });
}

/** A person of the demo has nothing to prove themselves with: saying so counts. */
export async function proveInDemo(
  { pool, clock }: People,
  { actor, tokenId }: Signed,
  place: Place,
): Promise<Refused | { readonly outcome: 'proved' }> {
  return transaction(pool, async (db) => {
    if ((await demoPerson(db, actor.name)) !== actor.id) return { outcome: 'refused' };
    const now = new Date(clock.now());
    await db.query('update person_tokens set proved_at = $2 where token_id = $1', [tokenId, now]);
    const what = { act: 'sign-in.proved', object: `person:${actor.id}`, after: { by: 'demo' } };
    await audit(db, byOf(actor, place), what);
    return { outcome: 'proved' };
  });
}

function byOf(actor: Signed['actor'], { requestId }: Place): Parameters<typeof audit>[1] {
  return { actor, ...(requestId === undefined ? {} : { requestId }) };
}

/** @returns the number of a person of the demo who has no password; undefined: there is none, or this is no demo */
async function demoPerson(db: PoolClient, login: string): Promise<string | undefined> {
  if (!DEMO_PEOPLE.some((person) => person.login === login)) return undefined;
  const { rows } = await db.query<{ id: string }>(
    `select p.person_id::text as id from persons p left join person_factors f using (person_id)
      where p.login = $1 and p.state = 'active' and f.password_hash is null
        and exists (select from installation where name = 'demo')`,
    [login],
  );
  return rows[0]?.id;
}
