import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { Actor } from '../../src/people/index.ts';
import { unexplained } from '../../src/settlement/audit/unexplained.ts';
import { beginClearing, closeDay } from '../../src/settlement/clearing/close.ts';
import { makeOrders } from '../../src/settlement/clearing/make.ts';
import { netShard } from '../../src/settlement/clearing/net.ts';
import { builtInProfile } from '../../src/settlement/payments/profile.ts';
import { APPEAL_MS, DECISION_MS, FINAL_MS, RESPONSE_MS } from '../../src/shops/standing/appeal.ts';
import { mayNow } from '../../src/shops/standing/capabilities.ts';
import { dispute, disputesOf, releaseDispute, type NewDispute } from '../../src/shops/standing/disputes.ts';
import { runShopDuties } from '../../src/shops/duties.ts';
import { actOnShopNotice, appeal, endNotices, giveNotice, listNotices, noticesOf, readNotice, respond, type Notice } from '../../src/shops/standing/notices.ts'; // prettier-ignore
import { applyStandings, decide, shopStanding } from '../../src/shops/standing/standing.ts';
import { addViolation, recordOf } from '../../src/shops/standing/violations.ts';
import { shiftDatabaseClock } from '../support/clock.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin } from '../support/postgres.ts';
import { merchantId, testSheba } from '../settlement/support/books.ts';
import { openLedgerBooks, type LedgerBooks } from '../settlement/support/ledger-books.ts';

/** Violations, notices and appeals with what they do to shops, and disputed transactions against real clearings; with the rights of the
 *  gateway's own role. */
const DAY = 86_400_000;
const NOW = Date.parse('2026-12-30T08:00:00Z');
let books: LedgerBooks;
let owner: pg.Pool;
let pool: pg.Pool;
const staff: Record<string, Actor & { id: string }> = {};
const theOwner = (n: number) => ({ mobile: `0912000000${n}`, session: '1' });

beforeAll(async () => {
  books = await openLedgerBooks();
  owner = books.pool;
  for (let n = 1; n <= 8; n++) {
    await books.addShop(n, testSheba(n));
    await owner.query('update merchants set mobile = $2 where merchant_id = $1', [merchantId(n), theOwner(n).mobile]);
  }
  for (const name of ['maryam', 'reza', 'sara']) staff[name] = await addActor(owner, name);
  pool = openPool(await gatewayLogin(books.databaseUrl), 4);
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await books.close();
});

const at = (ms: number): Promise<void> => shiftDatabaseClock(owner, ms - Date.now());
const within = <T>(work: (db: pg.PoolClient) => Promise<T>): Promise<T> => transaction(pool, work);
const by = (who: string) => ({ actor: staff[who]! });
const decideIt = (notice: Notice, who: string, kind: 'decide' | 'decide_appeal', upheld: boolean, now: number) =>
  within((db) => actOnShopNotice(db, { id: notice.id, seen: notice.version }, { kind, upheld, text: 'read, and weighed it' }, by(who), now)); // prettier-ignore

/** A violation that is worth a disqualification, and notice of it. */
async function noticed(n: number, now = NOW): Promise<Notice> {
  await at(now);
  const found = { merchantId: merchantId(n), kind: 'cash_out', at: now - DAY, note: 'forty purchases in a minute', evidence: ['633112345678'] }; // prettier-ignore
  const { violations, points, proposal } = await within((db) => addViolation(db, found, by('maryam'), now));
  expect([points, proposal]).toMatchObject([10, { state: 'DISQUALIFIED', days: 365 }]);
  const given = { merchantId: merchantId(n), violations: violations.map(({ id }) => id), sanction: 'DISQUALIFIED', days: 365, text: 'forty sham purchases on the 29th' } as const; // prettier-ignore
  return within((db) => giveNotice(db, given, by('maryam'), now));
}
const standing = async (n: number): Promise<string> => (await shopStanding(pool, merchantId(n))).standing;
const told = async (n: number): Promise<string[]> =>
  (await owner.query<{ template: string }>('select template from messages where mobile = $1 order by message_id', [theOwner(n).mobile])).rows.map(({ template }) => template); // prettier-ignore

test('a violation proposes and does nothing; the notice does nothing until another person has decided, after the shop could answer', async () => {
  let notice = await noticed(1);
  expect(notice).toMatchObject({ sanction: 'DISQUALIFIED', evidence: ['633112345678'], rule: 'cash_out', ruleVersion: '1405-1' }); // prettier-ignore
  expect(await standing(1)).toBe('ACTIVE');
  await expect(decideIt(notice, 'reza', 'decide', true, NOW)).rejects.toMatchObject({ code: 'shops.refused' });
  await expect(within((db) => respond(db, { id: notice.id, text: 'ما خرید واقعی داشتیم' }, theOwner(2), NOW))).rejects.toMatchObject({ code: 'shops.unknown' }); // prettier-ignore
  await expect(within((db) => respond(db, { id: notice.id, text: 'نه\u202e' }, theOwner(1), NOW))).rejects.toMatchObject({ code: 'shops.text' }); // prettier-ignore
  notice = await within((db) => respond(db, { id: notice.id, text: 'همهٔ خریدها واقعی بود.\r\nرسیدها هست.' }, theOwner(1), NOW + DAY)); // prettier-ignore
  expect(notice).toMatchObject({ response: 'همهٔ خریدها واقعی بود.\nرسیدها هست.', position: { state: 'DECISION', on: 'decider' } }); // prettier-ignore
  await expect(decideIt(notice, 'maryam', 'decide', true, NOW + DAY)).rejects.toMatchObject({ code: 'shops.refused' });
  await at(NOW + 2 * DAY);
  const before = notice;
  const racing = await Promise.allSettled([
    decideIt(before, 'reza', 'decide', true, NOW + 2 * DAY),
    decideIt(before, 'sara', 'decide', false, NOW + 2 * DAY),
  ]);
  expect(racing.map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : 'done')).sort()).toEqual(['done', 'shops.stale']); // prettier-ignore
});

test('the sanction begins with the decision, in its transaction; an appeal that a third person grants takes all of it back', async () => {
  let notice = await noticed(2);
  notice = await within((db) => respond(db, { id: notice.id, text: 'این خریدها از فروشگاه ما نیست' }, theOwner(2), NOW)); // prettier-ignore
  await at(NOW + DAY);
  notice = await decideIt(notice, 'reza', 'decide', true, NOW + DAY);
  expect(notice.position).toMatchObject({ state: 'APPEAL_OPEN', on: 'shop', until: NOW + DAY + APPEAL_MS });
  expect(await shopStanding(pool, merchantId(2))).toMatchObject({
    standing: 'DISQUALIFIED',
    sells: false,
    until: new Date(NOW + 366 * DAY).toISOString().replace('.000', ''),
  });
  expect(await mayNow(pool, merchantId(2), 'payout', NOW + DAY)).toBe(true); // what it is owed is paid
  notice = await within((db) => appeal(db, { id: notice.id, text: 'مدارک تازه داریم که می‌آوریم' }, theOwner(2), NOW + 2 * DAY)); // prettier-ignore
  expect(await standing(2)).toBe('DISQUALIFIED');
  for (const who of ['maryam', 'reza'])
    await expect(decideIt(notice, who, 'decide_appeal', false, NOW + 3 * DAY)).rejects.toMatchObject({ code: 'shops.refused' }); // prettier-ignore
  await at(NOW + 3 * DAY);
  notice = await decideIt(notice, 'sara', 'decide_appeal', false, NOW + 3 * DAY);
  expect(notice.position).toMatchObject({ state: 'FINAL', upheld: false });
  expect(await shopStanding(pool, merchantId(2))).toMatchObject({ standing: 'ACTIVE', sells: true });
  expect(await recordOf(pool, merchantId(2), NOW + 3 * DAY)).toMatchObject({ points: 0, violations: [{ struckAt: expect.any(String) as unknown }] }); // prettier-ignore
  expect(await told(2)).toEqual(['notice.given', 'notice.decided', 'notice.fell']);
});

test.each<[what: string, n: number, acts: ('respond' | 'decide' | 'appeal')[], wait: number, upheld: boolean]>([
  ['nobody decides', 3, ['respond'], DECISION_MS, false],
  ['the shop says nothing, and nobody decides', 4, [], RESPONSE_MS + DECISION_MS, false],
  ['the shop does not appeal', 5, ['respond', 'decide'], APPEAL_MS, true],
  ['nobody decides the appeal', 6, ['respond', 'decide', 'appeal'], FINAL_MS, false],
])('a day that passes ends a notice by itself, once, with what follows: %s', async (_, n, acts, wait, upheld) => {
  let notice = await noticed(n);
  for (const act of acts) {
    if (act === 'decide') notice = await decideIt(notice, 'reza', 'decide', true, NOW);
    else notice = await within((db) => (act === 'respond' ? respond : appeal)(db, { id: notice.id, text: 'پاسخ فروشگاه این است' }, theOwner(n), NOW)); // prettier-ignore
  }
  await at(NOW + wait - 1_000);
  await endNotices(pool, NOW + wait - 1_000);
  expect((await readNotice(pool, notice.id, NOW + wait - 1_000)).position.state).not.toBe('FINAL');
  await at(NOW + wait + 60_000);
  await Promise.all([runShopDuties(pool, NOW + wait + 60_000), runShopDuties(pool, NOW + wait + 60_000)]); // two copies
  const { rows } = await owner.query('select ended_at is not null as ended, waits_on from shop_notices where notice_id = $1', [notice.id]); // prettier-ignore
  expect(rows).toEqual([{ ended: true, waits_on: null }]);
  expect(await standing(n)).toBe(upheld ? 'DISQUALIFIED' : 'ACTIVE');
  expect((await recordOf(pool, merchantId(n), NOW)).points).toBe(upheld ? 10 : 0);
  expect((await told(n)).filter((each) => each === 'notice.fell' || each === 'notice.upheld')).toHaveLength(1);
});

test('a sanction that begins while a shop is suspended does not end the suspension, and holds after it', async () => {
  const notice = await noticed(7);
  await within((db) => decide(db, merchantId(7), { state: 'SUSPENDED', until: new Date(NOW + 5 * DAY).toISOString(), reason: 'while we look at it' }, by('maryam'), NOW)); // prettier-ignore
  await owner.query(`update shop_notices set sanction = 'RESTRICTED', days = 90 where notice_id = $1`, [notice.id]);
  const answered = await within((db) => respond(db, { id: notice.id, text: 'پاسخ فروشگاه این است' }, theOwner(7), NOW));
  await decideIt(answered, 'reza', 'decide', true, NOW + 1_000);
  expect(await standing(7)).toBe('SUSPENDED');
  expect(await mayNow(pool, merchantId(7), 'voucher_purchase', NOW + 5 * DAY - 1)).toBe(false);
  expect(await mayNow(pool, merchantId(7), 'voucher_purchase', NOW + 5 * DAY)).toBe(true);
  expect(await mayNow(pool, merchantId(7), 'new_terminal', NOW + 6 * DAY)).toBe(false);
  await at(NOW + 6 * DAY);
  await applyStandings(pool);
  expect(await standing(7)).toBe('RESTRICTED');
});

test('the database itself asks for three persons, for a word before its effect, and lets no role at work lift a sanction', async () => {
  const notice = await noticed(8);
  await expect(pool.query('select apply_notice($1)', [notice.id])).rejects.toThrow('is not decided');
  await expect(pool.query('update shop_notices set ended_at = now() where notice_id = $1', [notice.id]).then(() => pool.query('select apply_notice($1)', [notice.id]))).rejects.toThrow('is not decided'); // prettier-ignore
  await expect(pool.query(`update shop_notices set decided_by = notified_by, decided_at = now(), upheld = false, decision = 'decided alone'
                            where notice_id = $1`, [notice.id])).rejects.toThrow('check constraint'); // prettier-ignore
  for (const forged of [
    `update shop_notices set sanction = 'RESTRICTED'`,
    'update shop_decisions set void_at = now()',
    'update shop_violations set struck_at = now()',
    `update shop_sanctions set rules = '{}'`,
    'delete from shop_notices',
  ])
    await expect(pool.query(forged)).rejects.toThrow('permission denied');
  expect((await noticesOf(pool, theOwner(8).mobile, NOW)).map(({ id }) => id)).toEqual([notice.id]);
  expect(await noticesOf(pool, '09129999999', NOW)).toEqual([]);
  expect((await listNotices(pool, { waitsOn: 'shop', limit: 50 }, NOW)).map(({ id }) => id)).toContain(notice.id);
});

test('a violation is of a kind of the table, a signal’s is kept once, and a notice is no harder than the table', async () => {
  const found = { merchantId: merchantId(8), kind: 'extra_fee', at: NOW - DAY, note: 'a fee of 2,000 toman', signal: 'cash-out/17' }; // prettier-ignore
  const add = (more: object) => within((db) => addViolation(db, { ...found, ...more }, by('maryam'), NOW));
  await expect(add({ kind: 'rudeness' })).rejects.toMatchObject({ code: 'shops.kind' });
  await expect(add({ at: NOW + DAY })).rejects.toMatchObject({ code: 'shops.refused' });
  const first = await add({});
  expect((await add({})).violations).toHaveLength(first.violations.length);
  const last = first.violations.at(-1)!.id;
  const give = (more: object) => within((db) => giveNotice(db, { merchantId: merchantId(8), violations: [last], sanction: 'RESTRICTED', days: 30, text: 'a fee that is not allowed', ...more }, by('maryam'), NOW)); // prettier-ignore
  await expect(give({ days: 91 })).rejects.toMatchObject({ code: 'shops.refused' });
  await expect(give({ merchantId: merchantId(1) })).rejects.toMatchObject({ code: 'shops.refused' });
  await expect(give({ violations: ['999'] })).rejects.toMatchObject({ code: 'shops.refused' });
  await expect(give({})).resolves.toMatchObject({ position: { state: 'NOTICE' } });
});

/** Of a day: nets and orders of shop 3 and what of it is left. */
async function makeDay(day: string): Promise<string[]> {
  await beginClearing(pool, { day, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 1 }, books.context.clock); // prettier-ignore
  await closeDay(pool, day, books.context.clock);
  await netShard(pool, day, 0);
  await makeOrders(pool, day);
  const { rows } = await owner.query<{ line: string }>(
    `select concat_ws(' ', n.outcome, n.net_rials, n.held_rials, (select sum(amount_rials) from payment_orders o where o.business_day = n.business_day and o.merchant_id = n.merchant_id), n.reason) as line
       from merchant_nets n where business_day = $1 order by merchant_id`,
    [day],
  );
  return rows.map(({ line }) => line);
}

test('a disputed purchase alone is held out of a pay-out; it goes with the next clearing once two persons let it go, or its day has come', async () => {
  const days = ['2026-12-30', '2026-12-31', '2027-01-01'] as const;
  await at(NOW);
  await books.openDay(days[0]);
  await books.add([
    { id: 1, kind: 'purchase', day: days[0], shop: 3, voucher: 1_000 },
    { id: 2, kind: 'purchase', day: days[0], shop: 3, voucher: 200 },
    { id: 3, kind: 'purchase', day: days[0], shop: 3, voucher: 30 },
  ]);
  const sales = await owner.query<{ rrn: string; rials: string }>(`select rrn, voucher_rials as rials from transactions where business_day = $1`, [days[0]]); // prettier-ignore
  const rrnOf = (rials: number): string => sales.rows.find((row) => Number(row.rials) === rials)!.rrn;
  const hold = (rrn: string, more: Partial<NewDispute> = {}) =>
    within((db) => dispute(db, { merchantId: merchantId(3), rrn, businessDay: days[0], reason: 'the customer denies it', until: new Date(NOW + 2 * DAY).toISOString(), ...more }, by('maryam'), NOW)); // prettier-ignore
  await expect(hold('999999999999')).rejects.toMatchObject({ code: 'shops.unknown' });
  await expect(hold(rrnOf(200), { merchantId: merchantId(1) })).rejects.toMatchObject({ code: 'shops.unknown' });
  await expect(hold(rrnOf(200), { until: new Date(NOW + 61 * DAY).toISOString() })).rejects.toMatchObject({ code: 'shops.refused' }); // prettier-ignore
  const first = await hold(rrnOf(200));
  expect(first).toMatchObject({ rials: '200', state: 'held' });
  await expect(hold(rrnOf(200))).rejects.toMatchObject({ code: 'shops.refused' });
  await hold(rrnOf(30), { until: new Date(NOW + 40 * DAY).toISOString() });
  await at(NOW + DAY);
  expect(await makeDay(days[0])).toEqual(['pay 1230 230 1000 but for what is disputed']);
  await expect(hold(rrnOf(1_000))).rejects.toMatchObject({ code: 'shops.refused' }); // it is in an order

  await books.add([{ id: 4, kind: 'purchase', day: days[1], shop: 3, voucher: 5_000 }]);
  const second = (await disputesOf(pool, merchantId(3)))[0]!;
  const free = (who: string) => within((db) => releaseDispute(db, { merchantId: merchantId(3), id: second.id, reason: 'the receipt is there' }, by(who), NOW + DAY)); // prettier-ignore
  expect(await free('maryam')).toMatchObject({ state: 'release_proposed' });
  await expect(free('maryam')).rejects.toMatchObject({ code: 'shops.refused' });
  expect(await free('reza')).toMatchObject({ state: 'released' });
  await expect(free('sara')).rejects.toMatchObject({ code: 'shops.refused' });
  expect(await makeDay(days[1])).toEqual(['pay 5230 200 5030 but for what is disputed']);

  await at(NOW + 3 * DAY); // the first dispute has ended by itself
  expect((await disputesOf(pool, merchantId(3))).map(({ state }) => state)).toEqual(['released', 'ended']);
  await books.openDay(days[2]);
  expect(await makeDay(days[2])).toEqual(['pay 200 0 200']);
  expect(await unexplained(pool, days[0], days[2])).toEqual([]);
});

test('a net of which all is disputed is held whole, and goes on', async () => {
  const day = '2027-01-02';
  await at(Date.parse(`${day}T08:00:00Z`));
  await books.openDay(day);
  await books.add([{ id: 9, kind: 'purchase', day, shop: 4, voucher: 700 }]);
  const { rows } = await owner.query<{ rrn: string }>('select rrn from transactions where business_day = $1', [day]);
  const now = Date.parse(`${day}T08:00:00Z`);
  await within((db) => dispute(db, { merchantId: merchantId(4), rrn: rows[0]!.rrn, businessDay: day, reason: 'the customer denies it', until: new Date(now + 9 * DAY).toISOString() }, by('maryam'), now)); // prettier-ignore
  await at(now + DAY);
  expect(await makeDay(day)).toEqual(['hold 700 0 all of it is disputed']);
  expect(await unexplained(pool, day, day)).toEqual([]);
});
