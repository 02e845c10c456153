import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Pool } from 'pg';
import { transaction } from '../ops/database.ts';
import { addPerson } from './persons.ts';
import { PERMISSIONS, type Role } from './roles.ts';
import { issueToken } from './tokens.ts';

/** The demo programme's two people. They have no password: `npm start` signs them in, and commands on its data folder act as the one
 *  whose the act is. Their tokens count on a database of the demo alone. */
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
  const file = demoPeopleFile(dataDir);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.part`, `${JSON.stringify(tokens, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}
