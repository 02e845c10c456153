import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { verifyLedger } from '../../src/ledger/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { createLog } from '../../src/ops/log.ts';
import { openPool } from '../../src/ops/database.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { renewBooks } from '../../src/practice/books.ts';
import { derived } from '../../src/practice/keys.ts';
import {
  openPractice,
  PIN,
  TASK,
  type Act,
  type AtTerminal,
  type Practice,
  type Shown,
} from '../../src/practice/index.ts';
import type { LessonCode } from '../../src/training/index.ts';
import { createDatabase, temporaryPostgres } from '../support/postgres.ts';

const KEYS = derived(Buffer.alloc(32, 5));
const time = { ahead: 0 };
const clock = { ...systemClock, now: () => systemClock.now() + time.ahead };

let server: EmbeddedPostgres;
let url: string;
let pool: pg.Pool;
let practice: Practice;
let people = 0;

beforeAll(async () => {
  server = await temporaryPostgres();
  url = await createDatabase(server, 'practice', 'postgres');
  pool = openPool(url, 2);
  pool.on('error', () => undefined);
  practice = await open(url);
});
afterAll(async () => {
  await practice.close();
  await pool.end();
  await server.stop();
});

const open = (databaseUrl: string, keys = KEYS): Promise<Practice> =>
  openPractice({ databaseUrl, keys, clock, random: systemRandom, log: createLog('silent') });

/** Somebody at a drawn terminal, with a lesson begun. */
async function sitDown(lesson: LessonCode): Promise<string> {
  const token = `token ${++people}`;
  expect(await practice.enter(token, undefined)).toBe(true);
  await begin(token, lesson);
  return token;
}

async function begin(token: string, lesson: LessonCode): Promise<void> {
  const seat = await practice.find(token);
  if (seat === undefined) throw new Error('nobody sits there');
  await practice.begin(seat, lesson);
}

async function look(token: string): Promise<AtTerminal> {
  const seat = await practice.find(token);
  if (seat === undefined) throw new Error('nobody sits there');
  return practice.look(seat);
}

async function press(token: string, act: Act): Promise<Shown> {
  const { seat } = await look(token);
  expect(await practice.act(seat, act)).toEqual({ finished: expect.any(Boolean) });
  const { shown } = (await look(token)).seat;
  if (shown === undefined) throw new Error('nothing is shown');
  return shown;
}

const sale = (rials: bigint, more: Partial<Act & { do: 'voucher' }> = {}): Act => ({
  do: 'voucher',
  goods: [],
  rials,
  rest: 'card',
  pin: PIN,
  ...more,
});
const steps = async (token: string): Promise<Record<string, boolean>> =>
  Object.fromEntries((await look(token)).checked.steps.map(({ code, done }) => [code, done]));

describe('a task is done when the ledger did it', () => {
  test('menu: a sale from the ordinary menu is said to be one, and does not do', async () => {
    const token = await sitDown('menu');
    expect(await press(token, { do: 'card', rials: TASK.menuRials, pin: PIN })).toMatchObject({
      kind: 'approved',
      rc: '00',
    });
    expect((await look(token)).checked).toEqual({ steps: [{ code: 'sold', done: false }], warning: 'ordinary' });
    expect(await press(token, sale(TASK.menuRials))).toMatchObject({ voucherRials: '500000', leftRials: '9500000' });
    expect((await look(token)).done).toBe(true);
    expect((await practice.find(token))?.finished).toEqual(['menu']);
  });

  test('start: nothing can be sold before the terminal has its keys', async () => {
    const token = await sitDown('start');
    expect(await press(token, sale(1_000n))).toMatchObject({ kind: 'off' });
    expect(await steps(token)).toEqual({ keys: false });
    expect(await press(token, { do: 'sign-on' })).toMatchObject({ kind: 'approved' });
    expect(await steps(token)).toEqual({ keys: true });
  });

  test('balance: asked, without a PIN', async () => {
    const token = await sitDown('balance');
    expect(await press(token, { do: 'balance' })).toMatchObject({ kind: 'approved', leftRials: '7350000' });
    expect((await look(token)).done).toBe(true);
  });

  test('credit: goods are read, so that the ledger judges each', async () => {
    const token = await sitDown('credit');
    await press(token, sale(2_500_000n));
    expect((await look(token)).checked).toMatchObject({ steps: [{ done: false }], warning: 'unlisted' });
    await press(token, sale(0n, { goods: ['rice', 'oil'] }));
    expect((await look(token)).done).toBe(true);
  });

  test('split: credit first, the rest from the card', async () => {
    const token = await sitDown('split');
    expect(await press(token, sale(TASK.splitRials))).toMatchObject({
      voucherRials: '3000000',
      cardRials: '2000000',
      leftRials: '0',
    });
    expect((await look(token)).done).toBe(true);
    await begin(token, 'split');
    expect(await press(token, sale(TASK.splitRials, { rest: 'cash' }))).toMatchObject({
      rc: '10',
      cashRials: '2000000',
    });
    expect(await look(token)).toMatchObject({ done: false, checked: { warning: 'cash' } });
  });

  test('refusals: goods that the voucher does not buy, a wrong PIN, and then the sale', async () => {
    const token = await sitDown('refusals');
    expect(await press(token, sale(0n, { goods: ['soap'], rest: 'cash' }))).toMatchObject({
      kind: 'declined',
      rc: '51',
    });
    expect(await press(token, sale(0n, { goods: ['rice'], pin: '1111' }))).toMatchObject({
      kind: 'declined',
      rc: '55',
    });
    expect(await steps(token)).toEqual({ goods: true, pin: true, sold: false });
    await press(token, sale(0n, { goods: ['rice'] }));
    expect((await look(token)).done).toBe(true);
  });

  test('line: the sale whose answer was lost is taken back, asked about, and made once more', async () => {
    const token = await sitDown('line');
    expect(await press(token, sale(TASK.lineRials))).toMatchObject({ kind: 'silence' });
    expect(await steps(token)).toEqual({ back: false, asked: false, sold: false });
    expect(await press(token, { do: 'sign-on' })).toMatchObject({ tookBack: true });
    expect(await press(token, { do: 'balance' })).toMatchObject({ leftRials: '6000000' });
    await press(token, sale(TASK.lineRials));
    expect((await look(token)).done).toBe(true);
    await press(token, { do: 'card', rials: TASK.lineRials, pin: PIN });
    expect(await look(token)).toMatchObject({ done: false, checked: { warning: 'twice' } });
  });

  test('close: what comes back goes to where it came from; the centre says the totals', async () => {
    const token = await sitDown('close');
    const { rrn, seat } = await look(token);
    expect(seat.shown).toMatchObject({ kind: 'approved', rrn, totalRials: '1200000' });
    await press(token, { do: 'return', rrn, rials: TASK.returnRials, pin: PIN });
    expect((await look(token)).done).toBe(true);
    expect((await press(token, { do: 'totals' })).totals).toMatchObject({
      returns: { count: 1, rials: '400000' },
    });
  });
});

test('a lesson begun again finds its customer as before; acts of a lesson have an end', async () => {
  const token = await sitDown('menu');
  await press(token, sale(9_000_000n));
  await begin(token, 'menu');
  expect(await press(token, { do: 'balance' })).toMatchObject({ leftRials: '10000000' });
  await pool.query('update practice_seats set acts = 100 where seat = $1', [(await look(token)).seat.seat]);
  expect(await practice.act((await look(token)).seat, { do: 'balance' })).toBe('spent');
});

test('one act at a time: a key pressed twice sells once', async () => {
  const token = await sitDown('menu');
  const { seat } = await look(token);
  const results = await Promise.all([1, 2, 3].map(() => practice.act(seat, sale(TASK.menuRials))));
  expect(results.filter((result) => result === 'busy')).toHaveLength(2);
  expect((await press(token, { do: 'balance' })).leftRials).toBe('9500000');
});

test('terminals are a bounded number; some are kept for people whom a shop named; who leaves makes room', async () => {
  await pool.query(
    `update practice_seats set token_hash = sha256(seat::text::bytea), used_at = $1, begun_at = $1 where seat <= 150`,
    [clock.now()],
  );
  expect(await practice.enter('anybody', undefined)).toBe(false);
  expect(await practice.enter('staff', '7')).toBe(true);
  expect(await practice.find('staff')).toMatchObject({ staffId: '7', lesson: undefined });
  await practice.leave('staff');
  expect(await practice.find('staff')).toBeUndefined();
  time.ahead = 31 * 60_000;
  expect(await practice.enter('anybody', undefined)).toBe(true);
  time.ahead = 0;
});

test('the books are in order with all of it, and hold no Sheba and no pay-out', async () => {
  expect(await verifyLedger(pool)).toEqual([]);
  const { rows } = await pool.query('select sheba, payout_until::text as until from merchants');
  expect(rows).toEqual([{ sheba: '', until: '0' }]);
});

test.each([
  `insert into clearings (business_day, shards, profile, maker, started_at, touched_at) values (current_date, 1, '{}', 'x', now(), now())`,
  `insert into merchant_nets default values`,
  `insert into payment_orders default values`,
])('practice books refuse to be cleared or paid: %s', async (sql) => {
  await expect(pool.query(sql)).rejects.toThrow('these are practice books');
});

test('a database with other books is refused before anything is written, and so is another key', async () => {
  const other = await createDatabase(server, 'shops', 'postgres');
  const owner = openPool(other, 1);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status) values ('000000000000001', 'x', 'grocery', 'IR', 'applied')`,
  );
  await expect(open(other)).rejects.toMatchObject({ code: 'practice.database' });
  expect((await owner.query('select 1 from practice_seats')).rowCount).toBe(0);
  await owner.end();
  await expect(open(url, derived(Buffer.alloc(32, 6)))).rejects.toMatchObject({ code: 'practice.key' });
});

test('a past day is thrown away when nobody is at a terminal, and practice goes on', async () => {
  expect(await renewBooks(pool, clock.now())).toBe(false);
  expect(await renewBooks(pool, clock.now() + 40 * 3_600_000)).toBe(true);
  expect((await pool.query('select 1 from transactions')).rowCount).toBe(0);
  const token = await sitDown('menu');
  await press(token, sale(TASK.menuRials));
  expect((await look(token)).done).toBe(true);
  expect(await verifyLedger(pool)).toEqual([]);
});
