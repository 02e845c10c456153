import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { nextPayaCycle, nextSatnaDay, railLimit } from '../calendar/calendar.ts';
import { addDays, toJalali } from '../../field/jalali.ts';
import { loadCalendar } from '../calendar/store.ts';
import { bankCodes } from '../../field/banks.ts';
import { ROOM_FOR_A_DAY, sql } from './sql.ts';
import { getClearing, reached, record, snapshot, type Clearing } from './state.ts';
import type { Unexplained } from '../audit/unexplained.ts';
import { lookAt, notMade } from './explained.ts';
import { ask, unasked, withdraw } from './questions.ts';

const MAX_SERIAL = 999_999_999;
const MAX_ORDERS_A_DAY = 999_999;

/** A question holds its shop, and what it changes may raise another: no more often than this. */
const MOST_LOOKS = 4;

/** Freezes a day: what each shop gets, in which order of which file, all in one transaction that sees one moment. Shops of which
 *  something of the day, or of what still goes on of earlier ones, is not explained are held; it comes to nothing when that
 *  concerns everybody. Idempotent.
 *  @returns how many shops have a new question
 *  @throws GatewayError `clearing.order` when the shards are not all netted, `clearing.unexplained` */
export async function makeOrders(pool: Pool, day: string): Promise<number> {
  let stopped: readonly Unexplained[] = [];
  const stop = (findings: readonly Unexplained[]): GatewayError => {
    stopped = findings;
    return new GatewayError('clearing.unexplained', '');
  };
  return snapshot(pool, async (db) => {
    const clearing = await getClearing(db, day, true);
    if (reached(clearing.state, 'made')) return 0;
    if (clearing.state !== 'netted') {
      throw new GatewayError(
        'clearing.order',
        `Orders of ${day} are made only after netting; the clearing is ${clearing.state}.`,
      );
    }
    await db.query('analyze merchant_nets'); // the nets are new to the planner
    await db.query(ROOM_FOR_A_DAY);
    let shops = 0;
    for (let looks = 1; ; looks++) {
      await db.query('savepoint unmade');
      await make(db, clearing);
      const look = await lookAt(db, day);
      if (look.everybody.length > 0) throw stop(look.everybody);
      const fresh = await unasked(db, look.shops);
      if (fresh.length === 0) {
        await withdraw(db, look);
        break;
      }
      if (looks === MOST_LOOKS) throw stop(fresh);
      await db.query('rollback to savepoint unmade');
      shops += await ask(db, day, fresh);
    }
    if (shops > 0) await record(db, day, clearing.maker, 'asked', { shops });
    await db.query('insert into net_totals select * from net_sums($1)', [day]); // the nets are what they stay
    await record(db, day, clearing.maker, 'made', await totals(db, day));
    return shops;
  }).catch(async (error: unknown) => {
    throw stopped.length > 0 ? await notMade(pool, day, stopped) : error;
  });
}

async function make(db: PoolClient, clearing: Clearing): Promise<void> {
  const day = clearing.businessDay;
  const terms = await db.query<{ least: string; step: string; book: string }>(
    `select (select min_payout_rials from settlement_terms where valid_from <= $1 order by valid_from desc limit 1) as least,
            payment_step($1) as step, book_step($1) as book`,
    [day],
  );
  const step = BigInt(terms.rows[0]?.step ?? '1');
  await db.query(sql('decide'), [day, terms.rows[0]?.least ?? '1', bankCodes(), step, terms.rows[0]?.book ?? '1']);
  await insertOrders(db, clearing, step);
  await db.query(sql('carries'), [day]);
  await db.query(sql('postings'), [day]);
  await db.query(`update clearings set state = 'made', made_at = now(), touched_at = now() where business_day = $1`, [
    day,
  ]);
}

/** @param step what one step of the payment files' unit is worth: a part of a net that is split is whole steps too */
async function insertOrders(db: PoolClient, clearing: Clearing, step: bigint): Promise<void> {
  const { businessDay: day, profile } = clearing;
  const calendar = await loadCalendar(db);
  // A day is over at midnight, so its money moves from the next day's first hour on, whenever these files are made:
  // the same business day gives the same files.
  const ready = { day: addDays(day, 1), time: profile.createdTime.slice(0, 5) };
  const paya = nextPayaCycle(calendar, ready);
  const satna = railLimit(calendar, 'SATNA', ready.day);
  const cap = railLimit(calendar, 'PAYA', paya.day)?.maxRials;
  const first = await lastSerial(db, profile.debtorSheba);
  const inserted = await db.query(sql('orders'), [
    day,
    cap === undefined ? null : String(cap - (cap % step)),
    profile.aboveCap === 'satna' ? (satna?.minRials.toString() ?? null) : null,
    profile.maxOrdersPerFile,
    toJalali(day).replaceAll('-', ''),
    first,
    profile.debtorSheba,
  ]);
  if ((inserted.rowCount ?? 0) > MAX_ORDERS_A_DAY) {
    throw new GatewayError('clearing.too-many', `${day} has over ${MAX_ORDERS_A_DAY} orders: InstrId has six digits.`);
  }
  const files = await db.query(sql('files'), [day, ready.day, paya.day, paya.time, nextSatnaDay(calendar, ready)]);
  await takeSerials(db, profile.debtorSheba, first + (files.rowCount ?? 0));
}

async function lastSerial(db: PoolClient, sheba: string): Promise<number> {
  await db.query('insert into payment_serials values ($1, 0) on conflict do nothing', [sheba]);
  const { rows } = await db.query<{ last_serial: number }>(
    'select last_serial from payment_serials where debtor_sheba = $1 for update',
    [sheba],
  );
  return rows[0]?.last_serial ?? 0;
}

async function takeSerials(db: PoolClient, sheba: string, last: number): Promise<void> {
  if (last > MAX_SERIAL) throw new GatewayError('payment-file.serials', `${sheba} has used all its message serials.`);
  await db.query('update payment_serials set last_serial = $2 where debtor_sheba = $1', [sheba, last]);
}

async function totals(db: PoolClient, day: string): Promise<Record<string, unknown>> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select count(*)::int as orders, coalesce(sum(amount_rials), 0)::text as rials
       from payment_orders where business_day = $1`,
    [day],
  );
  return rows[0] ?? {};
}
