import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { loadFiles } from '../../src/ledger/index.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { Owner } from '../../src/owners/index.ts';
import type { Actor } from '../../src/people/index.ts';
import { beginClearing, closeDay } from '../../src/settlement/clearing/close.ts';
import { deliverFiles } from '../../src/settlement/clearing/deliver.ts';
import { makeOrders } from '../../src/settlement/clearing/make.ts';
import { netShard } from '../../src/settlement/clearing/net.ts';
import { releaseClearing } from '../../src/settlement/clearing/release.ts';
import { writeFiles } from '../../src/settlement/clearing/write.ts';
import { builtInProfile } from '../../src/settlement/payments/profile.ts';
import { readPaymentFile } from '../../src/settlement/payments/read.ts';
import { afterHours } from '../../src/shops/standing/capability.ts';
import { proofsOf } from '../../src/shops/standing/capabilities.ts';
import {
  applyShebaChanges,
  beginChange,
  beginChangeFor,
  sayClosed,
  shebaChanges,
  stopSheba,
} from '../../src/shops/case/changes.ts';
import { actOnCase } from '../../src/shops/case/cases.ts';
import type { CaseRequest } from '../../src/shops/case/step.ts';
import { askAgain, remindersOf, remindShops } from '../../src/shops/standing/expiry.ts';
import type { ChangeKind } from '../../src/shops/requirements/kinds.ts';
import { readCase, type KeptCase } from '../../src/shops/case/store.ts';
import { shiftDatabaseClock } from '../support/clock.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin } from '../support/postgres.ts';
import { merchantId, testSheba } from '../settlement/support/books.ts';
import { openLedgerBooks, type LedgerBooks } from '../settlement/support/ledger-books.ts';
import { decideStanding, forget, showProofs } from './support/standing.ts';

/** Changes of shops that work, against real clearings, with the rights of the gateway's own role. 2026-12-30 11:30 is a Wednesday;
 *  2027-01-01 is a Friday, when banks rest. */
const DAY = 86_400_000;
const NOW = Date.parse('2026-12-30T08:00:00Z');
let books: LedgerBooks;
let owner: pg.Pool;
let pool: pg.Pool;
const staff: Record<string, Actor & { id: string }> = {};
const mobile = (n: number): string => `0912000000${n}`;
const theOwner = (n: number): Owner => ({ mobile: mobile(n), session: '1' });

beforeAll(async () => {
  books = await openLedgerBooks();
  owner = books.pool;
  for (let n = 1; n <= 8; n++) {
    await books.addShop(n, testSheba(n));
    await owner.query('update merchants set mobile = $2 where merchant_id = $1', [merchantId(n), mobile(n)]);
  }
  for (const name of ['clerk', 'sara', 'reza']) staff[name] = await addActor(owner, name);
  // no papers are asked for here: what is tried is what becomes of a change
  await owner.query(`update shop_rules set rules = rules - 'papers'`);
  pool = openPool(await gatewayLogin(books.databaseUrl), 4);
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await books.close();
});

const act = (kept: KeptCase, what: CaseRequest, who: Actor, now = NOW): Promise<KeptCase> =>
  transaction(pool, (db) => actOnCase(db, { id: kept.id, seen: kept.version }, what, { actor: who }, now));
const begin = (n: number, kind: ChangeKind, now = NOW): Promise<KeptCase> =>
  transaction(pool, (db) => beginChange(db, { merchantId: merchantId(n), kind }, theOwner(n), now));
const owned = (n: number): Actor => ({ id: null, name: `owner ${n}` });

/** Typed by the owner, accepted, and signed by the first of two. */
async function signedOnce(n: number, sheba: string, now = NOW, closed = false): Promise<KeptCase> {
  let kept = await begin(n, 'sheba', now);
  kept = await act(kept, { kind: 'fill', code: 'sheba', value: { sheba } }, owned(n), now);
  kept = await act(kept, { kind: 'submit' }, owned(n), now);
  kept = await act(kept, { kind: 'judge', code: 'sheba', event: 'accept' }, staff['sara']!, now);
  if (closed) {
    const said = { id: kept.id, seen: kept.version, reason: 'the bank wrote: closed (AC04)' };
    kept = await transaction(pool, (db) => sayClosed(db, said, { actor: staff['sara']! }));
  }
  return act(kept, { kind: 'sign', verdict: 'approve' }, staff['sara']!, now);
}
const signTwice = (kept: KeptCase, now = NOW): Promise<KeptCase> =>
  act(kept, { kind: 'sign', verdict: 'approve' }, staff['reza']!, now);

/** Sales of a day of these shops, of 1,000 rials each and their number. */
let sales = 0;
async function sell(day: string, ...shops: readonly number[]): Promise<void> {
  await owner.query('update business_days set closed_at = now() where business_day < $1 and closed_at is null', [day]);
  await books.openDay(day);
  await books.add(shops.map((n) => ({ id: ++sales, kind: 'purchase', day, shop: n, voucher: 1_000 + n })));
}
async function beginDay(day: string): Promise<void> {
  await beginClearing(pool, { day, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 1 }, books.context.clock); // prettier-ignore
  await closeDay(pool, day, books.context.clock);
  await netShard(pool, day, 0);
}
async function leave(day: string): Promise<void> {
  await writeFiles(pool, day, books.dataDir);
  while ((await releaseClearing(pool, day, 'babak')).length > 0) await writeFiles(pool, day, books.dataDir);
  await deliverFiles(pool, day, books.dataDir);
}
/** Every Sheba that was ever paid, with what. */
async function paid(): Promise<string[]> {
  const outbox = join(books.dataDir, 'outbox');
  const orders: string[] = [];
  for (const name of readdirSync(outbox).filter((each) => each.endsWith('.ccti')))
    await readPaymentFile(join(outbox, name), (order) => orders.push(`${order.sheba} ${order.amountRials}`));
  return orders;
}
/** Of its changes: what a case that was sent says by itself is not meant. */
const told = async (n: number): Promise<string[]> =>
  (await owner.query<{ template: string }>('select template from messages where mobile = $1 and template not like \'case.%\' order by message_id', [mobile(n)])).rows.map(({ template }) => template); // prettier-ignore

test('a new Sheba waits 72 hours and for a day on which banks work; the mobile of before is told; clearings go by their day', async () => {
  await sell('2026-12-30', 1);
  const approved = await signTwice(await signedOnce(1, testSheba(31)));
  expect(approved.facts.reviews.map(({ person }) => person)).toEqual([staff['sara']!.id, staff['reza']!.id]);
  // 72 hours end on Saturday at 11:30: Sunday is the first day that lies behind them
  expect(await shebaChanges(pool, merchantId(1))).toMatchObject([{ inForce: '2027-01-03', state: 'waiting', bankClosed: false }]); // prettier-ignore
  expect(await told(1)).toEqual(['change.begun', 'sheba.approved']);
  await beginDay('2026-12-30');
  await makeOrders(pool, '2026-12-30');
  await leave('2026-12-30');
  expect(await paid()).toEqual([`${testSheba(1)} 1001`]);
  await expect(begin(1, 'sheba')).resolves.toMatchObject({ kind: 'sheba', items: [{ code: 'sheba', state: 'due' }] });
});

test('on its day the new Sheba is the shop’s; a clearing of the day before that is made then still goes to the old one', async () => {
  await sell('2027-01-02', 1);
  await shiftDatabaseClock(owner, Date.parse('2027-01-02T20:31:00Z') - Date.now()); // Sunday, 00:01 in Tehran
  expect(await applyShebaChanges(pool)).toBe(1);
  expect(await applyShebaChanges(pool)).toBe(0);
  const { rows } = await owner.query('select sheba from merchants where merchant_id = $1', [merchantId(1)]);
  expect(rows).toEqual([{ sheba: testSheba(31) }]);
  await beginDay('2027-01-02');
  await makeOrders(pool, '2027-01-02');
  await sell('2027-01-03', 1);
  await shiftDatabaseClock(owner, Date.parse('2027-01-03T21:00:00Z') - Date.now());
  await beginDay('2027-01-03');
  await makeOrders(pool, '2027-01-03');
  for (const day of ['2027-01-02', '2027-01-03']) await leave(day);
  expect((await paid()).slice(1).sort()).toEqual([`${testSheba(1)} 1001`, `${testSheba(31)} 1001`].sort());
});

test('an account that its bank has closed: at once after two persons, but a clearing that has begun keeps its Sheba and that order is held', async () => {
  const [day, next] = ['2027-01-04', '2027-01-05'];
  await shiftDatabaseClock(owner, Date.parse(`${day}T21:00:00Z`) - Date.now());
  await sell(day, 2, 3);
  const kept = await signedOnce(2, testSheba(32), NOW, true);
  await beginDay(day);
  await makeOrders(pool, day);
  await signTwice(kept); // between the making and the release
  expect(await shebaChanges(pool, merchantId(2))).toMatchObject([{ inForce: next, bankClosed: true }]);
  const before = await paid();
  await leave(day);
  expect((await paid()).slice(before.length)).toEqual([`${testSheba(3)} 1003`]);
  await sell(next, 2);
  await shiftDatabaseClock(owner, Date.parse(`${next}T21:00:00Z`) - Date.now());
  await beginDay(next);
  await makeOrders(pool, next);
  await leave(next);
  expect(await paid()).toContain(`${testSheba(32)} 2004`);
});

test('a change at the very instant at which a clearing begins comes wholly before it or wholly after it', async () => {
  const day = '2027-01-06';
  await shiftDatabaseClock(owner, Date.parse(`${day}T21:00:00Z`) - Date.now());
  await sell(day, 4);
  const kept = await signedOnce(4, testSheba(34), NOW, true);
  const beginning = await pool.connect(); // a clearing that has begun, and is not committed
  await beginning.query('begin');
  await beginning.query(`insert into clearings (business_day, shards, profile, maker, started_at, touched_at) values ($1, 1, $2, 'maryam', now(), now())`, [day, JSON.stringify(builtInProfile('ccti-1'))]); // prettier-ignore
  const signing = signTwice(kept);
  await new Promise((done) => setTimeout(done, 300));
  expect((await readCase(pool, kept.id)).facts.reviews).toHaveLength(1); // it waits for the clearing
  await beginning.query('commit');
  beginning.release();
  await signing;
  expect(await shebaChanges(pool, merchantId(4))).toMatchObject([{ inForce: '2027-01-07', oldSheba: testSheba(4) }]);
  await beginDay(day);
  await makeOrders(pool, day);
  const { rows } = await owner.query('select sheba from payment_orders where business_day = $1', [day]);
  expect(rows).toEqual([{ sheba: testSheba(4) }]);
});

test('a new Sheba is stopped by its owner or by one person before its day, and never after', async () => {
  await signTwice(await signedOnce(5, testSheba(35)));
  const stop = (n: number, who: Owner | { actor: Actor }): Promise<void> =>
    transaction(pool, (db) => stopSheba(db, { merchantId: merchantId(n), reason: 'it was not me' }, who, NOW));
  await expect(stop(5, theOwner(6))).rejects.toMatchObject({ code: 'shops.unknown' });
  await stop(5, theOwner(5));
  expect(await shebaChanges(pool, merchantId(5))).toMatchObject([{ state: 'stopped', reason: 'it was not me' }]);
  await expect(stop(5, { actor: staff['reza']! })).rejects.toMatchObject({ code: 'shops.refused' });
  await expect(stop(1, { actor: staff['reza']! })).rejects.toMatchObject({ code: 'shops.refused' });
  expect(await told(5)).toEqual(['change.begun', 'sheba.approved', 'sheba.stopped']);
});

test('one case of a kind a shop, also where two begin it at once; nobody begins one for another’s shop', async () => {
  const both = await Promise.allSettled([begin(6, 'address'), begin(6, 'address')]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await expect(begin(6, 'address')).rejects.toMatchObject({ code: 'shops.open' });
  await expect(begin(6, 'owner')).resolves.toMatchObject({ kind: 'owner' });
  const strange = { merchantId: merchantId(6), kind: 'sheba' } as const;
  await expect(transaction(pool, (db) => beginChange(db, strange, theOwner(7), NOW))).rejects.toMatchObject({ code: 'shops.unknown' }); // prettier-ignore
  const kept = both.find((each) => each.status === 'fulfilled')!.value;
  await act(kept, { kind: 'withdraw' }, owned(6));
  await expect(begin(6, 'address')).resolves.toMatchObject({ kind: 'address' });
});

test('who typed a change does not sign it, nobody signs it twice, and the database asks for two persons itself', async () => {
  let kept = await transaction(pool, (db) => beginChangeFor(db, { merchantId: merchantId(7), kind: 'sheba' }, { actor: staff['clerk']! }, NOW)); // prettier-ignore
  kept = await act(kept, { kind: 'fill', code: 'sheba', value: { sheba: testSheba(37) } }, staff['clerk']!);
  kept = await act(kept, { kind: 'submit' }, staff['clerk']!);
  kept = await act(kept, { kind: 'judge', code: 'sheba', event: 'accept' }, staff['sara']!);
  const sign: CaseRequest = { kind: 'sign', verdict: 'approve' };
  await expect(act(kept, sign, staff['clerk']!)).rejects.toMatchObject({ code: 'shops.refused' });
  kept = await act(kept, sign, staff['sara']!);
  await expect(act(kept, sign, staff['sara']!)).rejects.toMatchObject({ code: 'shops.refused' });
  await pool.query(`update shop_cases set state = 'APPROVED', waits_on = null where case_id = $1`, [kept.id]);
  await expect(pool.query('select apply_change($1)', [kept.id])).rejects.toThrow('two persons');
  await expect(pool.query(`insert into sheba_changes (merchant_id, case_id, old_sheba, new_sheba, approved_at, in_force, bank_closed)
    values ('${merchantId(7)}', ${kept.id}, 'a', 'b', now(), now(), true)`)).rejects.toThrow('permission denied'); // prettier-ignore
  await expect(pool.query('select keep_proofs(1, $1, true)', [merchantId(7)])).rejects.toThrow('permission denied');
  await owner.query(`update shop_cases set state = 'REVIEW_2', waits_on = 'reviewer' where case_id = $1`, [kept.id]);
  const racing = await Promise.allSettled([act(kept, sign, staff['reza']!), act(kept, { kind: 'sign', verdict: 'refuse' }, staff['reza']!)]); // prettier-ignore
  expect(racing.map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : 'done')).sort()).toEqual(['done', 'shops.stale']); // prettier-ignore
});

test('a change of owner shows all of the person again; a file does not undo what two persons approved', async () => {
  await showProofs(owner, merchantId(8), { owner_identity: NOW + 500 * DAY, sheba: null });
  let kept = await begin(8, 'owner');
  const values: Record<string, Record<string, string>> = {
    owner_identity: { nationalId: '0084575948', name: 'مریم کریمی' },
    mobile: { number: '09127654321' },
    guild_licence: { number: '0459876543', issuer: 'اتحادیه', issued: '2026-01-01', ends: '2028-01-01' },
    tax_code: { code: '9876543210' },
    sheba: { sheba: testSheba(38) },
    terms: { version: '1405-1' },
  };
  for (const [code, value] of Object.entries(values))
    kept = await act(kept, { kind: 'fill', code: code as 'sheba', value }, owned(8));
  kept = await act(kept, { kind: 'submit' }, owned(8));
  for (const { code, state } of kept.items)
    if (state !== 'met') kept = await act(kept, { kind: 'judge', code, event: 'accept' }, staff['sara']!);
  kept = await act(kept, { kind: 'sign', verdict: 'approve' }, staff['sara']!);
  await signTwice(kept);
  const { rows } = await owner.query('select owner_national_id, mobile, sheba from merchants where merchant_id = $1', [merchantId(8)]); // prettier-ignore
  expect(rows).toEqual([{ owner_national_id: '0084575948', mobile: '09127654321', sheba: testSheba(8) }]); // the Sheba waits
  expect(await told(8)).toEqual(['change.begun', 'sheba.approved', 'change.approved']); // of the owner before
  expect((await proofsOf(pool, merchantId(8))).find(({ code }) => code === 'guild_licence')).toMatchObject({ state: 'met', validUntil: Date.parse('2028-01-01T20:30:00Z') }); // prettier-ignore
  await forget(owner, merchantId(8));
});

test('a further terminal is not asked for while the shop may have none', async () => {
  await decideStanding(owner, merchantId(3), [staff['sara']!.id, staff['reza']!.id], { state: 'RESTRICTED', at: NOW });
  await expect(begin(3, 'terminal')).rejects.toMatchObject({ code: 'shops.refused' });
  await forget(owner, merchantId(3));
  await expect(begin(3, 'terminal')).resolves.toMatchObject({ items: [{ code: 'terminal' }] });
});

test('what ends is asked for again, the shop is reminded 14, 7 and 1 days before and when it has ended, each once, by day', async () => {
  const shop = merchantId(3);
  const holds = Date.parse('2027-02-01T20:30:00Z');
  const end = afterHours(holds);
  await showProofs(owner, shop, { guild_licence: holds, sheba: null });
  const days: string[] = [];
  for (let now = end - 16 * DAY; now < end + 2 * DAY; now += DAY / 4) {
    const [one, other] = await Promise.all([remindShops(pool, now), remindShops(pool, now)]); // two copies
    if (one + other > 0) days.push(`${one + other} ${new Date(now).toISOString()}`);
  }
  // quarters of a day from 02:00 on: 08:00 is the first in which people are awake
  expect(days).toEqual(['1 2027-01-19T04:30:00.000Z', '1 2027-01-26T04:30:00.000Z', '1 2027-02-01T04:30:00.000Z', '1 2027-02-02T04:30:00.000Z']); // prettier-ignore
  expect((await remindersOf(pool, shop)).map(({ days: before, told: was }) => [before, was])).toEqual([[0, true], [1, true], [7, true], [14, true]]); // prettier-ignore
  const bodies = await owner.query<{ body: string }>(`select body from messages where template like 'item.%' and mobile = $1 order by message_id`, [mobile(3)]); // prettier-ignore
  expect(bodies.rows[0]?.body).toMatch(/پروانهٔ کسب.*۱۴۰۵\/۱۱\/۱۲.*پروندهٔ [۰-۹]{9}.*خرید کالابرگی/s);
  expect(bodies.rows.at(-1)?.body).toMatch(/پایان یافت/);
  const { rows } = await owner.query<{ id: string; due: Date }>(
    `select c.case_id::text as id, c.due from shop_cases c join shops using (shop_id) where merchant_id = $1 and kind = 'reverify'`,
    [shop],
  );
  expect(rows).toHaveLength(1);
  let kept = await readCase(pool, rows[0]!.id);
  expect(kept.items.map(({ code }) => code)).toEqual(['guild_licence']);
  const licence = { number: '0451123456', issuer: 'اتحادیه', issued: '2026-01-01', ends: '2029-01-01' };
  kept = await act(kept, { kind: 'fill', code: 'guild_licence', value: licence }, owned(3), end - DAY);
  kept = await act(kept, { kind: 'submit' }, owned(3), end - DAY);
  kept = await act(kept, { kind: 'judge', code: 'guild_licence', event: 'accept' }, staff['sara']!, end - DAY);
  kept = await act(kept, { kind: 'sign', verdict: 'approve' }, staff['sara']!, end - DAY);
  const voucher = async (): Promise<number> =>
    Number((await owner.query<{ until: string }>('select voucher_until as until from merchants where merchant_id = $1', [shop])).rows[0]?.until); // prettier-ignore
  expect(await voucher()).toBe(end); // while it runs the shop keeps what it has, until its date
  await signTwice(kept, end - DAY);
  expect(await voucher()).toBe(afterHours(Date.parse('2029-01-01T20:30:00Z')));
  await forget(owner, shop);
});

test('a reviewer asks for items again, with time; nobody makes anything hold longer by that, or end in opening hours', async () => {
  const shop = merchantId(6);
  await showProofs(owner, shop, { owner_identity: NOW + 20 * DAY, tax_code: null });
  const ask = (until: string, items: ('tax_code' | 'owner_identity')[] = ['tax_code', 'owner_identity']) =>
    transaction(pool, (db) => askAgain(db, { merchantId: shop, items, until, reason: 'yearly, by risk' }, { actor: staff['sara']! }, NOW)); // prettier-ignore
  await expect(ask('2027-01-05')).rejects.toMatchObject({ code: 'shops.refused' });
  const kept = await ask('2027-02-10');
  expect(kept.items.map(({ code, state }) => [code, state])).toEqual([
    ['tax_code', 'due'],
    ['owner_identity', 'due'],
  ]);
  const ends = Object.fromEntries((await proofsOf(pool, shop)).map(({ code, validUntil }) => [code, validUntil]));
  expect(ends).toEqual({ owner_identity: NOW + 20 * DAY, tax_code: Date.parse('2027-02-10T20:30:00Z') });
  const same = await ask('2027-03-10', ['tax_code']);
  expect(same.id).toBe(kept.id);
  expect((await proofsOf(pool, shop)).find(({ code }) => code === 'tax_code')?.validUntil).toBe(ends['tax_code']);
  const other = { nationalId: '0084575948', name: 'مریم' };
  await owner.query(`update merchants set owner_national_id = '0010350829' where merchant_id = $1`, [shop]);
  await expect(act(same, { kind: 'fill', code: 'owner_identity', value: other }, owned(6))).rejects.toMatchObject({ code: 'shops.value' }); // prettier-ignore
});

test('a file changes no Sheba, mobile or owner that two persons approved: it is refused by name; but it may suspend', async () => {
  const shop = merchantId(7);
  await showProofs(owner, shop, { sheba: null, mobile: null });
  const load = (sheba: string, tel: string, status: string, guild = 'cooperative') => {
    const path = join(books.dataDir, 'merchants.csv');
    writeFileSync(
      path,
      `merchant,name,guild,guild_licence,owner_national_id,tax_code,sheba,mobile,postal_code,status\n${shop},x,${guild},,,,${sheba},${tel},,${status}\n`,
    );
    return loadFiles(owner, [path], { panKey: Buffer.alloc(32, 1), now: NOW, profiles: ['native'] });
  };
  const row = async () => (await owner.query('select sheba, mobile, status, guild from merchants where merchant_id = $1', [shop])).rows[0] as object; // prettier-ignore
  const kept = { sheba: testSheba(7), mobile: mobile(7) };
  await expect(load(testSheba(99), mobile(7), 'approved')).rejects.toThrow(/sheba differs from what two persons approved/); // prettier-ignore
  await expect(load(testSheba(7), '09120000099', 'approved')).rejects.toThrow(/mobile differs from what two persons approved/); // prettier-ignore
  await load(testSheba(7), mobile(7), 'approved');
  expect(await row()).toEqual({ ...kept, status: 'approved', guild: 'cooperative' });
  await load(testSheba(99), mobile(7), 'suspended'); // A stop is obeyed whatever else is wrong with its row
  expect(await row()).toEqual({ ...kept, status: 'suspended', guild: 'cooperative' });
  await load(testSheba(7), mobile(7), 'approved');
  expect(await row()).toMatchObject({ status: 'approved' });
  await forget(owner, shop);
});
