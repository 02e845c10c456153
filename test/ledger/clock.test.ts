import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type pg from 'pg';
import {
  chargeProgrammes,
  databaseNow,
  followDatabaseClock,
  openLedger,
  verifyLedger,
} from '../../src/ledger/index.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { businessDayOf, closeBusinessDay } from '../../src/settlement/clearing/day.ts';
import { shiftDatabaseClock } from '../support/clock.ts';
import { temporaryPostgres } from '../support/postgres.ts';
import { addHousehold, header, openBooks, outcome, purchaseRequest, quoteRequest, TERMINALS } from './model/world.ts';
import { DAY, FREE } from './support/books.ts';

const NOW = Date.now();
/** The clock of one copy, which is wrong. */
const AHEAD = { ...systemClock, now: () => Date.now() + 40 * DAY };
const day = (days: number): string => tehran(NOW + days * DAY).isoDate;

let server: EmbeddedPostgres;
let pool: pg.Pool;
let wrong: ReturnType<typeof openLedger>;
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(server.url, 4);
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  wrong = openLedger({ pool, clock: AHEAD });
});
afterAll(async () => {
  expect(await verifyLedger(pool)).toEqual([]);
  await wrong.close();
  await pool.end();
  await server.stop();
});
beforeEach(() => shiftDatabaseClock(pool, 0));

test('the first business day ever is today by the database, though the first copy says another', async () => {
  const { rows } = await pool.query('select open_business_day($1)::text as day', [day(40)]);
  expect(rows).toEqual([{ day: day(0) }]);
  await openBooks(pool, FREE);
});

describe('one clock that is 40 days ahead', () => {
  test('ends no credit, no quote, no unconfirmed purchase, and forgets nothing', async () => {
    const { id, cards } = await addHousehold(pool, 2, [{ rials: 1_000n, from: day(-9), to: day(20) }]);
    await pool.query(`update programme_rules set confirmation = 'required', confirm_within_ms = 60000`);
    const right = openLedger({ pool, clock: systemClock });
    const shop = TERMINALS[0];
    await right.purchase(purchaseRequest(header(shop, cards[0]!, NOW), 100n, 'cash'));
    await pool.query(`update programme_rules set confirmation = 'none'`);
    outcome(await right.quote(quoteRequest(header(shop, cards[0]!, NOW), 80n, 'cash', undefined, true)));
    await pool.query(`insert into tombstones values ('10000001', '000001', '1127000000', '', $1)`, [NOW]);
    await pool.query(`insert into entitlement_uses values ('x', 'x', '01', '1404-12', 1)`); // removed after 400 days
    await wrong.housekeep(AHEAD.now());
    const { rows } = await pool.query(
      `select spent_rials::int as spent, held_rials::int as held, expired_rials::int as expired,
              (select count(*)::int from tombstones) as tombstones, (select count(*)::int from entitlement_uses) as uses
         from buckets where household_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ spent: 100, held: 80, expired: 0, tombstones: 1, uses: 1 }]);
    await pool.query('delete from entitlement_uses');
  });

  test('charges nobody before the time, nor does a command on such a machine', async () => {
    await pool.query(`insert into programmes values ('monthly')`);
    await pool.query(
      `insert into programme_charges values ('monthly', $1, 'all', 1, array_fill(5::bigint, array[11]), '{1}')`,
      [day(1)],
    );
    await wrong.housekeep(AHEAD.now());
    await expect(chargeProgrammes(pool, { day: day(40), now: AHEAD.now() })).rejects.toThrow('is in the future');
    expect((await pool.query(`select 1 from buckets where programme_id = 'monthly'`)).rows).toEqual([]);
    await pool.query('delete from programme_charges');
  });

  test('gives way to the database: the copy goes by that, says so, and measures by how much', async () => {
    const said: string[] = [];
    const drifts: number[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void said.push(line) });
    const followed = await followDatabaseClock({
      pool,
      own: AHEAD,
      log,
      onDrift: (seconds) => drifts.push(seconds),
      everyMs: 10,
    });
    expect(Math.abs(followed.now() - Date.now())).toBeLessThan(1_000);
    expect(Math.round(drifts[0]! / 86_400)).toBe(40);
    expect(said[0]).toContain("ALARM this machine's clock is not the database's");
    while (drifts.length < 3) await sleep(5); // it is measured again and again
    await followed.close();
  });
});

test('a clock that differs by less than a second is its own, without an alarm', async () => {
  const said: string[] = [];
  const own = { ...systemClock, now: () => Date.now() + 700 };
  const log = pino({ level: 'error' }, { write: (line: string) => void said.push(line) });
  const followed = await followDatabaseClock({ pool, own, log });
  expect(followed.now()).toBeGreaterThan(Date.now() + 500);
  expect(said).toEqual([]);
  await followed.close();
});

test('a clock that is behind holds the work back, so that neither clock alone ends anything', async () => {
  const { id } = await addHousehold(pool, 2, [{ rials: 500n, from: day(-9), to: day(-1) }]);
  await wrong.housekeep(NOW - 3 * DAY);
  const expired = async () => (await pool.query<{ expired: number }>('select expired_rials::int as expired from buckets where household_id = $1', [id])).rows; // prettier-ignore
  expect(await expired()).toEqual([{ expired: 0 }]);
  await wrong.housekeep(NOW);
  expect(await expired()).toEqual([{ expired: 500 }]);
});

describe('a day that has not begun', () => {
  test('is not closed, and no command takes it', async () => {
    await pool.query('insert into business_days values ($1), ($2) on conflict do nothing', [day(1), day(30)]);
    for (const wanted of [day(1), day(30)]) {
      await expect(businessDayOf(pool, wanted)).rejects.toThrow(`${wanted} has not begun`);
      await expect(closeBusinessDay(pool, wanted)).rejects.toThrow(`${wanted} has not begun`);
    }
    await pool.query('delete from business_days where business_day > $1', [day(0)]);
  });

  test('today may be closed before its end, once; `today` then is no day to come', async () => {
    expect(await businessDayOf(pool, 'today')).toBe(day(0));
    await closeBusinessDay(pool, day(0));
    expect(await businessDayOf(pool, 'today')).toBe(day(0));
    await expect(closeBusinessDay(pool, day(1))).rejects.toThrow('has not begun');
  });

  test('credit that is good on the open business day does not end, though that day is over', async () => {
    const { id } = await addHousehold(pool, 2, [{ rials: 500n, from: day(-9), to: day(1) }]);
    await shiftDatabaseClock(pool, 3 * DAY);
    expect(Math.round((await databaseNow(pool)) - NOW) / DAY).toBeCloseTo(3, 1);
    await wrong.housekeep(AHEAD.now()); // the open business day is day(1)
    const expired = async () => (await pool.query<{ expired: number }>('select expired_rials::int as expired from buckets where household_id = $1', [id])).rows; // prettier-ignore
    expect(await expired()).toEqual([{ expired: 0 }]);
    await closeBusinessDay(pool, day(1));
    await wrong.housekeep(AHEAD.now());
    expect(await expired()).toEqual([{ expired: 500 }]);
  });
});
