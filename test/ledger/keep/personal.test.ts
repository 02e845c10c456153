import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJournal, headFolder, verifyDays, verifyLedger } from '../../../src/ledger/index.ts';
import { personalRemovals } from '../../../src/ledger/keep/personal.ts';
import { systemClock, tehran } from '../../../src/ops/clock.ts';
import { openPool } from '../../../src/ops/database.ts';
import { verifyAudit } from '../../../src/people/index.ts';
import { shiftDatabaseClock } from '../../support/clock.ts';
import { gatewayLogin } from '../../support/postgres.ts';
import { addActor } from '../../support/people.ts';
import { approvedCase, sentCase } from '../../support/shops.ts';
import { DAY, FREE, openTestLedger, SHOP, type TestLedger } from '../support/books.ts';
import { addHousehold, header, outcome, purchaseRequest, setRules } from '../model/world.ts';

/** Twelve years of a gateway: what is removed of persons, and that no chain and no sum notices. */
const YEARS = 12;
let test_: TestLedger;
let folder: string;
let left: { id: string; cards: Buffer[] };
let stays: { id: string; cards: Buffer[] };
const now = systemClock.now();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-personal-'));
  test_ = await openTestLedger();
  const { pool, ledger } = test_;
  await setRules(pool, FREE);
  const bucket = { rials: 1_000n, from: tehran(now - DAY).isoDate, to: tehran(now + DAY).isoDate };
  left = await addHousehold(pool, 2, [bucket]);
  stays = await addHousehold(pool, 2, [bucket]);
  for (const { cards } of [left, stays])
    expect(outcome(await ledger.purchase(purchaseRequest(header(SHOP, cards[0]!, now), 1_000n, 'cash'))).rc).toBe('00');
  await pool.query(`update households set status = 'expired' where household_id = $1`, [left.id]);
  await pool.query(`insert into eligibility (household_id, flag, since, source) values ($1, 'declaration', '2026-01-01', 'file')`, [left.id]); // prettier-ignore
  const actors = await Promise.all(
    ['clara', 'rana', 'reza'].map((login) => addActor(pool, login, ['clerk', 'reviewer'])),
  );
  await pool.query(`update shop_rules set rules = rules - 'papers'`); // what becomes of papers is tried by test/papers
  const staff = { clerk: actors[0]!, reviewers: [actors[1]!, actors[2]!] as const };
  const withdrawn = await sentCase(pool, staff, now, { name: 'سوپر رفته', mobile: '09120000001' });
  await pool.query(`update shop_cases set state = 'WITHDRAWN', withdrawn_at = $2, waits_on = null, waits_since = null, waits_until = null where case_id = $1`, [withdrawn.id, new Date(now)]); // prettier-ignore
  await approvedCase(pool, staff, now, { name: 'سوپر مانده', mobile: '09120000002' });
  await complaint(0, '09120000003', 'ended');
  await complaint(1, '09120000004', null);
  for (const hash of REMOTE) await remote(hash, now);
  await pool.query(
    `insert into authority_orders (authority, programme_id, kind, name, terminal_id, merchant_id, stan, household_id, total_rials, asked_at, due_at)
     select authority, 'p', 'purchase', 'x', 't', 'm', '1', household_id, 1, 1, 1 from authority_cards where pan_hash = $1`,
    [REMOTE[1]],
  );
  await pool.query(`update persons set state = 'disabled' where person_id = $1`, [actors[0]!.id]);
  const { rows } = await pool.query<{ day: string }>('select business_day::text as day from business_days order by 1');
  await pool.query('update business_days set closed_at = now()');
  for (const { day } of rows) await exportJournal(pool, day, folder, now, heads());
});

afterAll(async () => {
  await test_.close();
  rmSync(folder, { recursive: true, force: true });
});

const heads = () => headFolder(join(folder, 'heads'));
const count = async (sql: string, values: unknown[] = []): Promise<number> =>
  Number((await test_.pool.query<{ n: string }>(`select count(*) as n from ${sql}`, values)).rows[0]!.n);

async function complaint(n: number, mobile: string, ended: string | null): Promise<void> {
  await test_.pool.query(
    `insert into complaints (number, kind, filed_by, filed_at, mobile, merchant_id, terminal_id, rrn, total_rials, last4, told, household_id,
       transaction_id, business_day, finding, found_at, ended, ended_at, state)
     values ($1, 'amount', 'customer', $2, $3, 'm', 't', $1, 1, '0014', 'I, Ali, paid twice', $4, 1, '2026-11-20', 'x', $2, $5, $6, 'x')`,
    [
      `00000000${n}`,
      new Date(now),
      mobile,
      left.id,
      ended === null ? null : 'withdrawn',
      ended === null ? null : new Date(now),
    ],
  );
}

/** Cards that an authority was asked about: one that nothing is open of, one with an order to be told, one that came again since. */
const REMOTE = ['old', 'told', 'again'].map((name) => Buffer.from(name.padEnd(32, '.')));

async function remote(hash: Buffer, at: number): Promise<string> {
  const { rows } = await test_.pool.query<{ id: string }>(`select authority_household($1, '627760******0001', 'central', $2) as id`, [hash, at]); // prettier-ignore
  return rows[0]!.id;
}

/** Wherever a person could still be found. */
async function found(): Promise<Record<string, number>> {
  const { pool } = test_;
  const { rows: tables } = await pool.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relispartition`,
  );
  const marks = ['09120000001', '09120000002', '09120000003', '09120000004', 'سوپر رفته', 'I, Ali', left.cards[0]!.toString('hex'), stays.cards[0]!.toString('hex'), ...REMOTE.map((hash) => hash.toString('hex'))]; // prettier-ignore
  const hits: Record<string, number> = Object.fromEntries(marks.map((mark) => [mark, 0]));
  for (const { name } of tables) {
    if (name === 'audit' || name === 'messages') continue; // the audit: below; messages have a duty of their own
    for (const mark of marks) hits[mark]! += await count(`${name} t where t::text like '%' || $1 || '%'`, [mark]);
  }
  return hits;
}

async function nothingNoticed(): Promise<void> {
  expect(await verifyLedger(test_.pool)).toEqual([]);
  expect(await verifyDays(test_.pool, heads())).toEqual([]);
  expect((await verifyAudit(test_.pool)).fault).toBeUndefined();
}

test('before its time nothing goes, whatever the days that are asked for', async () => {
  const before = await found();
  expect(Object.values(before).every((hits) => hits > 0)).toBe(true);
  await personalRemovals(test_.pool, 0)(now);
  expect(await found()).toEqual(before);
  await test_.pool.query(
    `select forget_cards('infinity', 1000), forget_authority_cards('infinity', 1000), forget_complaints('infinity', 1000), forget_people('infinity', 1000)`,
  );
  expect(await found()).toEqual(before);
});

test('after it persons are gone, what is in force stays, and no chain and no sum notices; the gateway’s own role does it', async () => {
  const { pool, server } = test_;
  await nothingNoticed();
  const later = now + YEARS * 366 * DAY;
  await shiftDatabaseClock(pool, YEARS * 366 * DAY);
  await remote(REMOTE[2]!, later - 300 * DAY);
  const atWork = openPool(await gatewayLogin(server.url), 1);
  await personalRemovals(atWork, 3_650)(later);
  await atWork.end();
  await shiftDatabaseClock(pool, 0);
  const marks = await found();
  expect(Object.entries(marks).filter(([, hits]) => hits > 0).map(([mark]) => mark).sort()).toEqual(
    ['09120000002', '09120000004', 'I, Ali', stays.cards[0]!.toString('hex'), ...REMOTE.slice(1).map((hash) => hash.toString('hex'))].sort(), // the shop that is there, the complaint that is open, cards with an order or that came since
  ); // prettier-ignore
  expect(marks['I, Ali']).toBe(1);
  expect(await count('eligibility where household_id = $1', [left.id])).toBe(0);
  expect(await count(`persons where name_en = 'removed'`)).toBe(1);
  expect(await count('postings where household_id = $1', [left.id])).toBeGreaterThan(1);
  await nothingNoticed();
  // whoever comes with a forgotten card has the household that it had, and what was bought with it is not lost
  const again = await remote(REMOTE[0]!, later);
  expect(again).toBe(`R${REMOTE[0]!.toString('hex').slice(0, 19).toUpperCase()}`);
  expect(await count('cards where household_id = $1', [again])).toBe(1);
});

test('the audit never had what was typed', async () => {
  expect(await count(`audit a where a::text ~ '0912000000[1-4]|I, Ali'`)).toBe(0);
});

test('the role at work can forget by these functions alone', async () => {
  const atWork = openPool(await gatewayLogin(test_.server.url), 1);
  for (const sql of [
    'delete from cards',
    'update shop_item_history set value = null',
    `update persons set name_en = 'x'; update complaints set mobile = null`,
    'delete from eligibility',
  ])
    await expect(atWork.query(sql)).rejects.toMatchObject({ code: '42501' });
  await atWork.end();
});
