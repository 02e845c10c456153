import type pg from 'pg';
import { tehran } from '../../ops/clock.ts';
import { jalaliMonth, nextDay } from '../jalali-month.ts';

const DAY_MS = 86_400_000;
/** Rows of a table in one run of the periodic work: more than the busiest day leaves behind, and no pause for anybody. */
const MOST = 5_000;
/** A quote that is over answers only to who still asks for it; what it reserved stands in its transaction. */
const QUOTE_DAYS = 30;
/** A delivered advice; what it moved stands in the journal. One that the bank refused stays until a person resolved it. */
const ADVICE_DAYS = 90;
/** What was taken of a month's quantities, long after its last return. */
const USE_DAYS = 400;

/** A name under a business day far from its date (docs/decisions/0015). */
const STRAY_DAYS = 366;

/** What somebody was signed in with; that they were stands in the audit. */
const TOKEN_DAYS = 90;
/** An attempt to sign in is forgotten after a day. */
const ATTEMPT_DAYS = 2;
/** How long a repeat of a request is known by its key. */
const REPEAT_DAYS = 2;

/** Removes what has been over for long from the tables that are not partitioned by day, some rows at a time. Rows that
 *  somebody holds are left for the next run. */
export async function prune(pool: pg.Pool, now: number): Promise<void> {
  await pool.query(
    `delete from quotes where ctid = any(array(
       select ctid from quotes where state <> 'held' and expires_at < $1 order by expires_at limit $2 for update skip locked))`,
    [now - QUOTE_DAYS * DAY_MS, MOST],
  );
  await pool.query(
    `delete from bank_advices where ctid = any(array(
       select ctid from bank_advices
        where done_at < to_timestamp($1 / 1000.0) and (done_rc in ('00', '02', '25') or resolved_at is not null)
        order by done_at limit $2 for update skip locked))`,
    [now - ADVICE_DAYS * DAY_MS, MOST],
  );
  await pool.query(
    `delete from entitlement_uses where ctid = any(array(
       select ctid from entitlement_uses where period < $1 order by period limit $2 for update skip locked))`,
    [jalaliMonth(nextDay(tehran(now).isoDate, -USE_DAYS)).period, MOST],
  );
  await pool.query(
    `delete from stray_requests where ctid = any(array(
       select ctid from stray_requests where local_day < $1 order by local_day limit $2 for update skip locked))`,
    [nextDay(tehran(now).isoDate, -STRAY_DAYS), MOST],
  );
  await pool.query(
    `delete from person_tokens where ctid = any(array(
       select ctid from person_tokens where expires_at < to_timestamp($1 / 1000.0) order by expires_at limit $2 for update skip locked))`,
    [now - TOKEN_DAYS * DAY_MS, MOST],
  );
  await pool.query(
    `delete from sign_in_attempts where ctid = any(array(
       select ctid from sign_in_attempts where last_at < to_timestamp($1 / 1000.0) order by last_at limit $2 for update skip locked))`,
    [now - ATTEMPT_DAYS * DAY_MS, MOST],
  );
  await pool.query(
    `delete from api_requests where ctid = any(array(
       select ctid from api_requests where made_at < to_timestamp($1 / 1000.0) order by made_at limit $2 for update skip locked))`,
    [now - REPEAT_DAYS * DAY_MS, MOST],
  );
}
