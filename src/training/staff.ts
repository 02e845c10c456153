import type { Pool, PoolClient } from 'pg';
import { persianLine } from '../field/persian.ts';
import { DAY_MS } from '../ops/clock.ts';
import { sqlStateOf } from '../ops/errors.ts';
import type { Random } from '../ops/random.ts';
import { byOwner, peppered, type Owner, type OwnerKeys } from '../owners/index.ts';
import { audit } from '../people/index.ts';
import { LESSONS } from './lessons.ts';

type Db = Pool | PoolClient;

/** Named people of one shop. */
const MOST_STAFF = 50;
export const MOST_NAME = 60;
/** Ten digits: a guess hits one of a hundred thousand codes once in a hundred thousand tries, and an address has few. */
const CODE_DIGITS = 10;
export const CODE_DAYS = 30;

export interface StaffMember {
  readonly id: string;
  readonly merchant: string;
  readonly name: string;
  /** Lessons of today's versions that are finished, with when (ms). */
  readonly finished: ReadonlyMap<string, number>;
  /** Until when the code that was given last holds; undefined: none does. */
  readonly codeUntil: number | undefined;
}

export type StaffFault = 'name' | 'known' | 'full';

/** What every change of a shop's staff says of itself. */
export interface Change {
  readonly merchant: string;
  readonly owner: Owner;
  readonly requestId: string;
  readonly now: number;
}

/** Names one more.
 *  @returns what is wrong with it, or the number of who was added */
export async function addStaff(
  db: PoolClient,
  typed: string,
  { merchant, owner, requestId, now }: Change,
): Promise<{ readonly fault: StaffFault } | { readonly id: string }> {
  const name = persianLine(typed) ?? '';
  if (name === '' || Array.from(name).length > MOST_NAME) return { fault: 'name' };
  await db.query('select pg_advisory_xact_lock(hashtext($1))', [`staff ${merchant}`]); // so that counting counts
  const known = await db.query<{ name: string }>('select name from shop_staff where merchant_id = $1', [merchant]);
  if (known.rows.some((each) => each.name === name)) return { fault: 'known' };
  if (known.rows.length >= MOST_STAFF) return { fault: 'full' };
  const { rows } = await db.query<{ id: string }>(
    'insert into shop_staff (merchant_id, name, added_at) values ($1, $2, $3) returning staff_id as id',
    [merchant, name, new Date(now)],
  );
  const id = rows[0]?.id ?? '';
  await audit(db, byOwner(owner, requestId), {
    act: 'staff.added',
    object: `merchant:${merchant}`,
    after: { staff: id },
  });
  return { id };
}

/** Gives somebody of this shop a practice code; the one before ends. It is shown once.
 *  @returns undefined: nobody of this shop has that number */
export async function giveCode(
  db: PoolClient,
  staffId: string,
  { merchant, owner, requestId, now }: Change,
  keys: OwnerKeys,
  random: Pick<Random, 'between'>,
): Promise<string | undefined> {
  for (;;) {
    const code = Array.from({ length: CODE_DIGITS }, () => random.between(0, 9)).join('');
    await db.query('savepoint code');
    try {
      const { rowCount } = await db.query(
        'update shop_staff set code_hash = $3, code_until = $4 where staff_id = $1 and merchant_id = $2',
        [staffId, merchant, hashOf(keys, code), new Date(now + CODE_DAYS * DAY_MS)],
      );
      if (rowCount === 0) return undefined;
    } catch (error) {
      if (sqlStateOf(error) !== '23505') throw error;
      await db.query('rollback to savepoint code'); // somebody else's: another one
      continue;
    }
    await audit(db, byOwner(owner, requestId), {
      act: 'staff.code-given',
      object: `merchant:${merchant}`,
      after: { staff: staffId },
    });
    return code;
  }
}

/** Removes somebody, with what they finished. @returns whether there was one */
export async function removeStaff(
  db: PoolClient,
  staffId: string,
  { merchant, owner, requestId }: Change,
): Promise<boolean> {
  const { rowCount } = await db.query('delete from shop_staff where staff_id = $1 and merchant_id = $2', [
    staffId,
    merchant,
  ]);
  if (rowCount === 0) return false;
  await audit(db, byOwner(owner, requestId), {
    act: 'staff.removed',
    object: `merchant:${merchant}`,
    before: { staff: staffId },
  });
  return true;
}

/** Whose practice code this is, while it holds. */
export async function staffOfCode(db: Db, code: string, keys: OwnerKeys, now: number): Promise<string | undefined> {
  if (code.length !== CODE_DIGITS || !/^\d+$/.test(code)) return undefined;
  const { rows } = await db.query<{ id: string }>(
    'select staff_id as id from shop_staff where code_hash = $1 and code_until > $2',
    [hashOf(keys, code), new Date(now)],
  );
  return rows[0]?.id;
}

function hashOf(keys: OwnerKeys, code: string): Buffer {
  return peppered(keys, `practice code ${code}`);
}

const READ = `select s.staff_id as id, s.merchant_id as merchant, s.name, s.code_until as "codeUntil",
       coalesce(array_agg(l.lesson order by l.lesson) filter (where l.lesson is not null), '{}') as lessons,
       coalesce(array_agg(l.finished_at order by l.lesson) filter (where l.lesson is not null), '{}') as times
  from shop_staff s
  left join (staff_lessons l join unnest($1::text[], $2::int[]) as now (lesson, version) using (lesson, version)) using (staff_id)`;

interface Row {
  id: string;
  merchant: string;
  name: string;
  codeUntil: Date | null;
  lessons: string[];
  times: Date[];
}

/** Everybody of a shop, by name. */
export async function staffOf(db: Db, merchant: string, now: number): Promise<StaffMember[]> {
  const { rows } = await db.query<Row>(`${READ} where s.merchant_id = $3 group by s.staff_id order by s.name`, [
    ...versions(),
    merchant,
  ]);
  return rows.map((row) => memberOf(row, now));
}

export async function staffMember(db: Db, staffId: string, now: number): Promise<StaffMember | undefined> {
  const { rows } = await db.query<Row>(`${READ} where s.staff_id = $3 group by s.staff_id`, [...versions(), staffId]);
  return rows[0] === undefined ? undefined : memberOf(rows[0], now);
}

function versions(): [string[], number[]] {
  return [LESSONS.map(({ code }) => code), LESSONS.map(({ version }) => version)];
}

function memberOf({ lessons, times, codeUntil, ...row }: Row, now: number): StaffMember {
  return {
    ...row,
    finished: new Map(lessons.map((lesson, n) => [lesson, times[n]?.getTime() ?? 0])),
    codeUntil: codeUntil === null || codeUntil.getTime() <= now ? undefined : codeUntil.getTime(),
  };
}
