import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { loadFiles, type LegResult } from '../../src/ledger/index.ts';
import { tehran } from '../../src/ops/clock.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onBusinessDay } from '../support/clock.ts';
import {
  addHousehold,
  header,
  outcome,
  purchaseRequest,
  quoteRequest,
  returnRequest,
  reversalRequest,
} from './model/world.ts';
import { DAY, GOOD, SHOP, openTestLedger, type OpenLedger, type TestLedger } from './support/books.ts';

const NOW = Date.now();
const ROUNDS = 12;

let books: TestLedger;
let pools: readonly pg.Pool[];
let ledgers: readonly OpenLedger[];

beforeAll(async () => {
  books = await openTestLedger({ copies: 2, aheadDays: 4 });
  ({ pools, ledgers } = books);
});
afterAll(() => books.close());

const day = (days: number): string => tehran(NOW + days * DAY).isoDate;
const home = (rials = 1_000n, to = day(9)) => addHousehold(pools[0]!, 2, [{ rials, from: day(-40), to }]);

async function amounts(id: string): Promise<Record<'spent' | 'held' | 'expired', number>> {
  const { rows } = await pools[0]!.query<Record<'spent' | 'held' | 'expired', number>>(
    `select sum(spent_rials)::int as spent, sum(held_rials)::int as held, sum(expired_rials)::int as expired
       from buckets where household_id = $1`,
    [id],
  );
  return rows[0]!;
}

test('a return and the reversal of its purchase, at once in two copies, give back all of it once', async () => {
  for (let i = 0; i < ROUNDS; i++) {
    const { id, cards } = await home();
    const head = header(SHOP, cards[0]!, NOW);
    const { rrn } = outcome(await ledgers[0]!.purchase(purchaseRequest(head, 300n, 'cash')));
    const [back] = await Promise.all([
      ledgers[i % 2]!.return(returnRequest(header(SHOP, cards[1]!, NOW), 120n, rrn)),
      ledgers[(i + 1) % 2]!.reverse(reversalRequest(head, NOW)),
    ]);
    expect(['00', '25']).toContain(outcome(back).rc);
    expect(await amounts(id)).toEqual({ spent: 0, held: 0, expired: 0 });
  }
});

test('credit that ends while its purchase is with the bank is captured, or expires when it comes back', async () => {
  for (let i = 0; i < ROUNDS; i++) {
    const { id, cards } = await home(500n, day(0));
    const decision = await ledgers[0]!.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 700n, 'card'));
    if (decision.kind !== 'held') throw new Error(decision.kind);
    const leg: LegResult = i % 2 === 0 ? GOOD : { kind: 'declined', rc: '51' };
    await onBusinessDay(pools[0]!, day(2), async () => {
      await Promise.all([ledgers[0]!.complete(decision.ref, leg), ledgers[1]!.housekeep(NOW + 2 * DAY)]);
      await ledgers[1]!.housekeep(NOW + 2 * DAY);
    });
    expect(await amounts(id)).toEqual({ spent: i % 2 === 0 ? 500 : 0, held: 0, expired: i % 2 === 0 ? 0 : 500 });
  }
});

test('a quote that ends in the instant in which it is taken is taken, or gone', async () => {
  for (let i = 0; i < ROUNDS; i++) {
    const { id, cards } = await home();
    const quoted = await ledgers[0]!.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 80n, 'card', undefined, true));
    const head = header(SHOP, cards[0]!, NOW + 119_000);
    const [taken] = await Promise.all([
      ledgers[0]!.purchase(purchaseRequest(head, 80n, 'cash', undefined, outcome(quoted).quoteRef)),
      ledgers[1]!.housekeep(NOW + 120_000),
    ]);
    const { rc } = outcome(taken);
    expect(['00', '25']).toContain(rc);
    expect(await amounts(id)).toEqual({ spent: rc === '00' ? 80 : 0, held: 0, expired: 0 });
  }
});

async function confirmable() {
  const { id, cards } = await home();
  const head = header(SHOP, cards[0]!, NOW);
  await pools[0]!.query(`update programme_rules set confirmation = 'required', confirm_within_ms = 60000`);
  const { rrn } = outcome(await ledgers[0]!.purchase(purchaseRequest(head, 300n, 'cash')));
  await pools[0]!.query(`update programme_rules set confirmation = 'none'`);
  const { merchant, transmission, contentHash, key } = head;
  const original = { mti: '0200', stan: key.stan, transmission };
  return { id, rrn, advice: { key, merchant, contentHash, at: NOW + 60_000, original, totalRials: 300n } };
}

test('a purchase whose 0220 is taken between the look of the sweeper and its reversal stays', async () => {
  const { id, rrn } = await confirmable();
  const other = await pools[0]!.connect();
  await other.query('begin');
  await other.query('select pg_advisory_xact_lock(2, hashtext($1))', [id]);
  const sweep = ledgers[1]!.housekeep(NOW + 60_001);
  const waits = `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted`;
  while ((await other.query<{ n: number }>(waits)).rows[0]!.n === 0); // the sweeper has looked, and wants the household
  await other.query('update transactions set confirmed_at = $2 where household_id = $1', [id, NOW + 60_000]);
  await other.query('commit');
  other.release();
  await sweep;
  const { rows } = await pools[0]!.query('select state from transactions where rrn = $1', [rrn]);
  expect([(await amounts(id)).spent, rows]).toEqual([300, [{ state: 'approved' }]]);
});

test('an 0220 and the sweeper, at once in two copies: answered 00 and kept, or 25 and given back', async () => {
  for (let i = 0; i < ROUNDS; i++) {
    const { id, advice } = await confirmable();
    const [confirmed] = await Promise.all([ledgers[0]!.advise(advice), ledgers[1]!.housekeep(NOW + 60_001)]);
    expect(['00', '25']).toContain(confirmed.rc);
    expect((await amounts(id)).spent).toBe(confirmed.rc === '00' ? 300 : 0);
  }
});

test('a request whose clock is out is answered as a repeat, or refused with RC 30 for ever', async () => {
  const { id, cards } = await home();
  const bought = header(SHOP, cards[0]!, NOW);
  const request = purchaseRequest(bought, 300n, 'cash');
  expect((await ledgers[0]!.purchase(request)).kind).toBe('approved');
  expect(await ledgers[1]!.purchase({ ...request, stale: true })).toMatchObject({
    kind: 'repeat',
    outcome: { rc: '00' },
  });
  const late = { ...purchaseRequest(header(SHOP, cards[0]!, NOW), 300n, 'cash'), stale: true };
  const refused = { rc: '30', reason: 'clock.wrong' };
  expect(await ledgers[0]!.purchase(late)).toMatchObject({ kind: 'declined', outcome: refused });
  expect(await ledgers[1]!.purchase({ ...late, stale: false })).toMatchObject({ kind: 'repeat', outcome: refused });
  expect((await amounts(id)).spent).toBe(300);
});

test('software that is too old sells nothing; what it sold before is answered as it was, and given back', async () => {
  const { id, cards } = await home();
  const bought = purchaseRequest(header(SHOP, cards[0]!, NOW), 300n, 'cash');
  const { rrn } = outcome(await ledgers[0]!.purchase(bought));
  expect(await ledgers[1]!.purchase({ ...bought, outdated: true })).toMatchObject({
    kind: 'repeat',
    outcome: { rc: '00' },
  });
  const late = { ...purchaseRequest(header(SHOP, cards[0]!, NOW), 300n, 'card'), outdated: true };
  const refused = { rc: '58', reason: 'terminal.outdated' };
  expect(await ledgers[0]!.purchase(late)).toMatchObject({ kind: 'declined', outcome: refused });
  expect(await ledgers[1]!.purchase({ ...late, outdated: false })).toMatchObject({ kind: 'repeat', outcome: refused });
  expect((await amounts(id)).spent).toBe(300);
  expect(outcome(await ledgers[0]!.return(returnRequest(header(SHOP, cards[0]!, NOW), 300n, rrn))).rc).toBe('00');
  expect((await amounts(id)).spent).toBe(0);
});

test('what comes back after its month goes to the bucket it came from, and expires there', async () => {
  const { id, cards } = await addHousehold(pools[0]!, 1, [
    { rials: 400n, from: day(-40), to: day(1) },
    { rials: 600n, from: day(-40), to: day(31) },
  ]);
  const later = NOW + 3 * DAY;
  const bought = header(SHOP, cards[0]!, NOW);
  const { rrn } = outcome(await ledgers[0]!.purchase(purchaseRequest(bought, 500n, 'cash')));
  await onBusinessDay(pools[0]!, day(3), () => ledgers[0]!.housekeep(later));
  // the last taken comes back first: 100 of the month that goes on, 50 of the one that has ended
  const back = outcome(await ledgers[0]!.return(returnRequest(header(SHOP, cards[0]!, later), 150n, rrn)));
  expect([back.rc, back.creditLeftRials]).toEqual(['00', 600n]);
  await ledgers[0]!.reverse(reversalRequest(bought, later));
  await onBusinessDay(pools[0]!, day(3), () => ledgers[0]!.housekeep(later));
  expect(await amounts(id)).toEqual({ spent: 0, held: 0, expired: 400 });
});

test('a clock that goes back an hour and a day gives no reference number twice', async () => {
  const { cards } = await home();
  const rrns = [];
  for (const at of [NOW, NOW - 3_600_000, NOW, NOW - DAY, NOW, NOW + 3_600_000, NOW]) {
    for (let i = 0; i < 3; i++) {
      const head = header(SHOP, cards[0]!, at);
      rrns.push(outcome(await ledgers[i % 2]!.purchase(purchaseRequest(head, 1n, 'cash'))).rrn);
    }
  }
  expect(new Set(rrns).size).toBe(rrns.length);
});

test('a day that closes between hold and capture: the capture is of the next, and may be reversed there', async () => {
  const { id, cards } = await home();
  const head = header(SHOP, cards[0]!, NOW);
  const decision = await ledgers[0]!.purchase(purchaseRequest(head, 1_500n, 'card'));
  if (decision.kind !== 'held') throw new Error(decision.kind);
  const { rows: before } = await pools[0]!.query<{ day: string }>('select max(business_day)::text as day from business_days'); // prettier-ignore
  await pools[1]!.query(
    `with closed as (update business_days set closed_at = now() where closed_at is null returning business_day)
     insert into business_days (business_day) select max(business_day) + 1 from closed`,
  );
  expect((await ledgers[1]!.complete(decision.ref, GOOD)).rc).toBe('00');
  const { rows } = await pools[0]!.query<{ later: boolean }>(
    `select distinct business_day > $2::date as later from postings where household_id = $1 and kind = 'purchase'`,
    [id, before[0]!.day],
  );
  expect(rows).toEqual([{ later: true }]);
  expect((await ledgers[0]!.purchase(purchaseRequest(head, 1_500n, 'card'))).kind).toBe('repeat');
  await ledgers[0]!.reverse(reversalRequest(head, NOW));
  expect(await amounts(id)).toEqual({ spent: 0, held: 0, expired: 0 });
});

test('a card that is replaced: the new one returns what the old one bought, and the old one buys no more', async () => {
  const { id, cards } = await home();
  const bought = await ledgers[0]!.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 300n, 'cash'));
  await pools[0]!.query('delete from cards where pan_hash = $1', [cards[0]]);
  const back = returnRequest(header(SHOP, cards[1]!, NOW), 300n, outcome(bought).rrn);
  expect(outcome(await ledgers[0]!.return(back)).rc).toBe('00');
  const again = await ledgers[0]!.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 300n, 'cash'));
  expect([outcome(again).rc, (await amounts(id)).spent]).toEqual(['14', 0]);
});

test('two loads at once, while purchases go on: each bucket is allocated once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-races-'));
  try {
    const homes = await Promise.all(Array.from({ length: 60 }, () => home()));
    const rows = homes.map(({ id }) => `${id},test,1405-12,700,${day(-1)},${day(20)}`);
    const head = 'household,programme,period,amount_rials,valid_from,valid_to';
    // the same rows in other bytes: neither file is the other's repeat
    const files = [rows, rows.toReversed()].map((lines, i) => {
      writeFileSync(join(folder, `${i}.csv`), [head, ...lines, ''].join('\n'));
      return join(folder, `${i}.csv`);
    });
    const load = (i: number) =>
      loadFiles(pools[i]!, [files[i]!], { panKey: Buffer.alloc(32, 1), now: NOW, profiles: ['native'] });
    const buy = homes.map(({ cards }, n) => ledgers[n % 2]!.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 50n, 'cash'))); // prettier-ignore
    const [first, second] = await Promise.all([load(0), load(1), ...buy]);
    expect([first, second].flat()).toHaveLength(2);
    const { rows: added } = await pools[0]!.query<{ n: number }>(
      `select count(*)::int as n from buckets where period = '1405-12' and amount_rials = 700`,
    );
    expect(added).toEqual([{ n: 60 }]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a day that is to close while a load of credit is under way keeps nobody from buying', async () => {
  const { cards } = await home();
  const load = await pools[0]!.connect();
  await load.query('begin');
  await load.query('select pg_advisory_xact_lock(8583, 4)');
  await load.query('select pg_advisory_xact_lock_shared(8583, 3)');
  const closing = pools[1]!.query(
    `with closed as (update business_days set closed_at = now() where closed_at is null returning business_day)
     insert into business_days (business_day) select max(business_day) + 1 from closed`,
  );
  const waits = `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted`;
  while ((await pools[0]!.query<{ n: number }>(waits)).rows[0]!.n === 0);
  const bought = await ledgers[0]!.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 10n, 'cash'));
  await load.query('commit');
  load.release();
  await closing;
  expect(outcome(bought).rc).toBe('00');
});
