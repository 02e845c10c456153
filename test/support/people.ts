import type pg from 'pg';
import { transaction } from '../../src/ops/database.ts';
import type { Now } from '../../src/ops/clock.ts';
import {
  addPerson,
  beginSetup,
  endSetup,
  openPeople,
  type Actor,
  type People,
  type Role,
} from '../../src/people/index.ts';
import { issueToken } from '../../src/people/tokens.ts';
import { PERMISSIONS } from '../../src/people/roles.ts';
import { totpCode } from '../../src/people/totp.ts';

const OWNER = { actor: { id: null, name: 'owner' } };

/** People of a test: as the owner of the database makes them. */
export function testPeople(pool: pg.Pool, clock: Now): People {
  return openPeople(pool, Buffer.alloc(32, 9), clock);
}

/** A person who may act, without password or second factor: as an actor of what the test calls itself. */
export async function addActor(
  pool: pg.Pool,
  login: string,
  roles: readonly Role[] = [],
): Promise<Actor & { id: string }> {
  return transaction(pool, async (db) => {
    const added = { login, nameFa: login, nameEn: login, roles };
    const { person } = await addPerson(db, added, OWNER, Date.now());
    await db.query(`update persons set state = 'active' where person_id = $1`, [person.id]);
    return { id: person.id, name: login };
  });
}

/** What `kalabarg login` would have given a person just now. */
export async function loginToken(pool: pg.Pool, actor: Actor, now = Date.now()): Promise<string> {
  const issue = { personId: actor.id ?? '', kind: 'login', scopes: PERMISSIONS, provedAt: now, now } as const;
  return (await transaction(pool, (db) => issueToken(db, issue))).token;
}

export interface SetUpPerson {
  readonly id: string;
  readonly login: string;
  readonly password: string;
  readonly secret: Buffer;
  readonly recoveryCodes: readonly string[];
  /** The code that the app shows. */
  code(now: number): string;
}

/** A person who chose a password and a second factor, as people do. The code of that moment is used up by it. */
export async function setUpPerson(people: People, login: string, roles: readonly Role[] = []): Promise<SetUpPerson> {
  const now = people.clock.now();
  const added = { login, nameFa: 'مریم کریمی', nameEn: 'Maryam Karimi', roles };
  const { person, setupCode } = await transaction(people.pool, (db) => addPerson(db, added, OWNER, now));
  const begun = await beginSetup(people, { login, setupCode }, { address: undefined });
  if (begun.outcome !== 'begun') throw new Error(begun.outcome);
  const secret = fromBase32(/secret=([A-Z2-7]+)/.exec(begun.otpauth)?.[1] ?? '');
  const code = (at: number): string => totpCode(secret, Math.floor(at / 30_000));
  const password = `${Array.from(login).reverse().join('')} likes 7 lanterns`;
  const ended = await endSetup(people, { login, setupCode, password, code: code(now) }, { address: undefined });
  if (ended.outcome !== 'ready') throw new Error(ended.outcome);
  return { id: person.id, login, password, secret, recoveryCodes: ended.recoveryCodes, code };
}

export function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
