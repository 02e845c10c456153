import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { DECISIONS } from '../../src/ops/function-set.ts';
import { DUTIES, openLedger, type Ledger } from '../../src/ledger/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { messageOf } from '../../src/ops/errors.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';
import { addHousehold, openBooks } from './model/world.ts';

const NOW = Date.now();
const DAY = 86_400_000;

let server: EmbeddedPostgres;
let pool: pg.Pool;
let ledger: Ledger & { close(): Promise<void> };
let done: string[] = [];

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 5 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  await openBooks(pool, { pinCheck: 'none', minCardRials: 0n, maxPurchaseRials: null, maxDayRials: null, maxDayPurchases: null, maxPeriodRials: null }); // prettier-ignore
  await pool.query(
    `create function out_of_order() returns trigger language plpgsql as $$ begin raise 'out of order'; end $$`,
  );
  ledger = openLedger({ pool, clock: systemClock, onDuty: (duty) => done.push(duty) });
});

beforeEach(() => {
  done = [];
});

afterAll(async () => {
  await ledger.close();
  await pool.end();
  await server.stop();
});

const noDelete = (table: string): [string, string] => [
  `create trigger out_of_order before delete on ${table} for each statement execute function out_of_order()`,
  `drop trigger out_of_order on ${table}`,
];

/** What breaks a duty, and nothing else; and what mends it. */
const BROKEN: Readonly<Record<(typeof DUTIES)[number], readonly [breaks: string, mends: string]>> = {
  quotes: [
    `alter function ${DECISIONS}.expire_quotes rename to away`,
    `alter function ${DECISIONS}.away rename to expire_quotes`,
  ],
  unconfirmed: [
    'alter table transactions rename column confirm_by to away',
    'alter table transactions rename column away to confirm_by',
  ],
  corrections: [
    'alter table transactions rename column pending_rials to away',
    'alter table transactions rename column away to pending_rials',
  ],
  credit: [
    `alter function ${DECISIONS}.expire_credit rename to away`,
    `alter function ${DECISIONS}.away rename to expire_credit`,
  ],
  windows: [
    `alter function ${DECISIONS}.follow_windows rename to away`,
    `alter function ${DECISIONS}.away rename to follow_windows`,
  ],
  remainders: [
    `alter function ${DECISIONS}.convert_credit rename to away`,
    `alter function ${DECISIONS}.away rename to convert_credit`,
  ],
  moves: [
    `alter function ${DECISIONS}.follow_moves rename to away`,
    `alter function ${DECISIONS}.away rename to follow_moves`,
  ],
  personal: ['alter function forget_cases rename to away', 'alter function away rename to forget_cases'],
  tombstones: noDelete('tombstones'),
  'old-quotes': noDelete('quotes'),
  'old-advices': noDelete('bank_advices'),
  'old-uses': noDelete('entitlement_uses'),
  'old-names': noDelete('stray_requests'),
  'old-tokens': noDelete('person_tokens'),
  'old-sign-ins': noDelete('sign_in_attempts'),
  'old-api-requests': noDelete('api_requests'),
  'old-messages': noDelete('messages'),
  'old-codes': noDelete('owner_codes'),
  'old-owner-sessions': noDelete('owner_sessions'),
  'old-owner-attempts': noDelete('owner_attempts'),
  'old-bank-stand-ins': noDelete('bank_stand_ins'),
  'old-stand-ins': noDelete('stand_ins'),
  'old-orders': noDelete('authority_orders'),
  'old-list-lines': noDelete('authority_list_lines'),
  'old-seen': noDelete('authority_seen'),
  prices: ['alter table price_progress rename to away', 'alter table away rename to price_progress'],
  'closed-days': ['alter function index_closed_day rename to away', 'alter function away rename to index_closed_day'],
  charges: ['alter table programme_charges rename to away', 'alter table away rename to programme_charges'],
};

test('every duty has its turn, and is told when it is done', async () => {
  await ledger.housekeep(NOW);
  expect(done).toEqual(DUTIES);
});

test.each(DUTIES)('a fault of %s keeps no other duty from its turn, and is told', async (duty) => {
  const [breaks, mends] = BROKEN[duty];
  await pool.query(breaks);
  const at = duty === 'personal' ? NOW - DAY : NOW; // it is done once a day, and today it was
  const fault: unknown = await ledger.housekeep(at).catch((error: unknown) => error);
  await pool.query(mends);
  expect(messageOf(fault)).toMatch(new RegExp(`^${duty}: [^;]+$`));
  expect(done).toEqual(DUTIES.filter((each) => each !== duty));
  await ledger.housekeep(NOW);
  expect(done.slice(-DUTIES.length)).toEqual(DUTIES);
});

test('credit ends although quotes cannot', async () => {
  const iso = (days: number): string => new Date(NOW + days * DAY).toISOString().slice(0, 10);
  const { id } = await addHousehold(pool, 1, [{ rials: 300n, from: iso(-9), to: iso(-2) }]);
  const [breaks, mends] = BROKEN.quotes;
  await pool.query(breaks);
  await expect(ledger.housekeep(NOW)).rejects.toBeInstanceOf(AggregateError);
  await pool.query(mends);
  const { rows } = await pool.query('select expired_rials::int as rials from buckets where household_id = $1', [id]);
  expect(rows).toEqual([{ rials: 300 }]);
});
