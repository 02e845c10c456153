import type pg from 'pg';
import { DECISIONS } from '../ops/function-set.ts';
import { tehran } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Batches } from './batches.ts';
import { earlierNow } from './clock.ts';
import { reversalEntry } from './entries.ts';
import { personalRemovals } from './keep/personal.ts';
import { removals } from './keep/prune.ts';
import { collectPrices } from './prices/collect.ts';
import { chargeDue } from './programmes/charge.ts';

/** Rows of one kind in one transaction. */
const BATCH = 500;
/** Of credit, in one run: what is left comes with the next. */
const MOST_PAGES = 20;
/** No repeat and no late original is older. */
const TOMBSTONE_MS = 30 * 86_400_000;
/** The content of reversals that no terminal sends, or sent too early. */
const UNCONFIRMED = Buffer.from('unconfirmed');
const CORRECTED = Buffer.from('corrected');

/** Ten years, where no setting says otherwise. */
const KEEP_PERSONAL_DAYS = 3_650;

/** The duties, in the order in which they have their turn. */
export const DUTIES = [
  'quotes',
  'unconfirmed',
  'corrections',
  'credit',
  'windows',
  'remainders',
  'moves',
  'tombstones',
  'old-quotes',
  'old-advices',
  'old-uses',
  'old-names',
  'old-tokens',
  'old-sign-ins',
  'old-api-requests',
  'old-messages',
  'old-codes',
  'old-owner-sessions',
  'old-owner-attempts',
  'old-bank-stand-ins',
  'old-stand-ins',
  'old-orders',
  'old-list-lines',
  'old-seen',
  'personal',
  'closed-days',
  'charges',
  'prices',
] as const;
export type Duty = (typeof DUTIES)[number];

type Work = (now: number) => Promise<unknown>;

/** What time brings, duty by duty: reserved quotes and credit past their end are given back, credit whose end was moved follows it, what the books' unit cannot say is set apart,
 *  unconfirmed purchases are reversed, waiting corrections made, what is long over removed, closed days indexed, and who is due gets credit. A duty that
 *  fails keeps no other from its turn. Safe in any number of copies of the gateway at once (functions/expiry.sql).
 *  @param onDone told each duty that was done
 *  @param keepPersonalDays how long what is kept of persons stays after its end
 *  @returns runs every duty once; rejects with an AggregateError, one error a failed duty, after all had their turn */
export function createHousekeeping(
  pool: pg.Pool,
  batches: Batches,
  onDone: (duty: Duty) => void = () => undefined,
  keepPersonalDays = KEEP_PERSONAL_DAYS,
): (now: number) => Promise<void> {
  let after = BEGINNING;
  let moved = FIRST_WINDOW;
  let converted = BEGINNING;
  let followed = '0';
  const work: Readonly<Record<Duty, Work>> = {
    quotes: (now) => pool.query(`select ${DECISIONS}.expire_quotes($1, $2)`, [now, BATCH]),
    unconfirmed: (now) => reverseUnconfirmed(pool, batches, now),
    corrections: (now) => correct(pool, batches, now),
    credit: async (now) => (after = await pages(pool, now, after, 'expire_credit')),
    remainders: async (now) => (converted = await pages(pool, now, converted, 'convert_credit')),
    windows: async (now) => (moved = await followWindows(pool, now, moved)),
    moves: async (now) => (followed = await followMoves(pool, now, followed)),
    tombstones: (now) => pool.query('delete from tombstones where at < $1', [now - TOMBSTONE_MS]),
    ...removals(pool),
    personal: personalRemovals(pool, keepPersonalDays),
    'closed-days': () => pool.query('select index_closed_day()'),
    charges: (now) => chargeDue(pool, now),
    prices: (now) => collectPrices(pool, { now }),
  };
  return async (own) => {
    const now = await earlierNow(pool, own); // a clock that is ahead would end, remove and charge before the time
    const failures: Error[] = [];
    for (const duty of DUTIES) {
      try {
        await work[duty](now);
        onDone(duty);
      } catch (error) {
        failures.push(new Error(`${duty}: ${messageOf(error)}`, { cause: error }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, '');
  };
}

interface Page {
  more: boolean;
  last_to: string | null;
  last_household: string | null;
  last_bucket: string | null;
}

/** The last bucket that was looked at: its end (or its programme and period), household and number. */
type Place = readonly [to: string, household: string, bucket: string];
const BEGINNING: Place = ['-infinity', '', '0'];

/** Pages, each in a transaction of its own, so that no household is kept from buying for long: at the end of a month every
 *  household has credit that ends. Credit that waits for its next period is looked at again in a later round.
 *  @returns where the next run goes on */
async function pages(
  pool: pg.Pool,
  now: number,
  from: Place,
  duty: 'expire_credit' | 'convert_credit',
): Promise<Place> {
  let after = from;
  for (let i = 0; i < MOST_PAGES; i++) {
    const { rows } = await pool.query<Page>(
      `select more, last_to::text, last_household, last_bucket from ${DECISIONS}.${duty}($1, $2, $3, $4, $5, $6)`,
      [now, tehran(now).isoDate, BATCH, ...after],
    );
    const page = rows[0];
    if (page?.more !== true) return BEGINNING;
    after = [page.last_to ?? '', page.last_household ?? '', page.last_bucket ?? ''];
  }
  return after;
}

const FIRST_WINDOW: Place = ['', '', '0'];

/** Credit whose end a policy moved: what went back comes back, what was good for longer ends.
 *  @returns where the next run goes on */
async function followWindows(pool: pg.Pool, now: number, from: Place): Promise<Place> {
  let after = from;
  for (let i = 0; i < MOST_PAGES; i++) {
    const { rows } = await pool.query<Page>(
      `select more, last_key as last_to, last_household, last_bucket from ${DECISIONS}.follow_windows($1, $2, $3, $4, $5, $6)`,
      [now, tehran(now).isoDate, BATCH, ...after],
    );
    const page = rows[0];
    if (page?.more !== true) return FIRST_WINDOW;
    after = [page.last_to ?? '', page.last_household ?? '', page.last_bucket ?? ''];
  }
  return after;
}

/** What came back to households that have gone up in others follows them.
 *  @returns where the next run goes on */
async function followMoves(pool: pg.Pool, now: number, from: string): Promise<string> {
  let after = from;
  for (let i = 0; i < MOST_PAGES; i++) {
    const { rows } = await pool.query<{ more: boolean; last_move: string | null }>(
      `select more, last_move from ${DECISIONS}.follow_moves($1, $2, $3, $4)`,
      [now, tehran(now).isoDate, BATCH, after],
    );
    if (rows[0]?.more !== true) return '0';
    after = rows[0].last_move ?? '0';
  }
  return after;
}

interface Sale {
  transaction_id: string;
  merchant_id: string;
  terminal_id: string;
  stan: string;
  transmission: string;
  total_rials: string;
  corrected_rials: string | null;
}

const SALE = `select t.transaction_id, merchant_id, terminal_id, t.stan, r.transmission, t.total_rials, t.corrected_rials
  from transactions t join requests r using (household_id, transaction_id, business_day, merchant_id, terminal_id)`;

/** A purchase that wants its 0220 and did not get it in time is reversed, as its terminal would have (wire.md 9.5). */
async function reverseUnconfirmed(pool: pg.Pool, batches: Batches, now: number): Promise<void> {
  const { rows } = await pool.query<Sale>(
    `${SALE} where t.confirm_by <= $1 and t.confirm_by is not null and t.confirmed_at is null and t.state = 'approved'
        and t.kind = 'purchase' order by t.confirm_by limit $2`,
    [now, BATCH],
  );
  await Promise.all(
    rows.map(async (row) => {
      const { args, ...entry } = reversalOf(row, '68', undefined, UNCONFIRMED, now);
      // Its 0220 may have been taken since it was looked for: the ledger asks again, with the household locked.
      await batches.decide({ args: { unconfirmed: true, ...args }, ...entry });
    }),
  );
}

/** Partial reversals (DE 95) that came while the bank was asked, about the purchase or a return of it: it has answered since. */
async function correct(pool: pg.Pool, batches: Batches, now: number): Promise<void> {
  const { rows } = await pool.query<Sale>(
    `${SALE} where t.corrected_rials is not null and t.state = 'approved' and t.pending_rials is null
      order by t.at, t.transaction_id limit $1`,
    [BATCH],
  );
  await Promise.all(
    rows.map((row) => batches.decide(reversalOf(row, '17', BigInt(row.corrected_rials ?? 0), CORRECTED, now))),
  );
}

/** @param content what it is for: each is done once, a correction once for each total */
function reversalOf(row: Sale, reason: string, correctedRials: bigint | undefined, content: Buffer, now: number) {
  return reversalEntry({
    // No clock shows this time and date: a terminal's own reversals keep their names.
    key: {
      terminal: row.terminal_id,
      stan: row.stan,
      localTime: row.transaction_id,
      localDate: `${content.toString()}${correctedRials ?? ''}`,
    },
    merchant: row.merchant_id,
    contentHash: content,
    at: now,
    original: { mti: '0200', stan: row.stan, transmission: row.transmission },
    totalRials: BigInt(row.total_rials),
    correctedRials,
    reason,
  });
}
