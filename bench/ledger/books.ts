import { createHash } from 'node:crypto';
import type pg from 'pg';
import { jalaliMonth } from '../../src/field/jalali.ts';
import type { PurchaseRequest } from '../../src/ledger/index.ts';
import { tehran } from '../../src/ops/clock.ts';

export const TERMINALS = 2_000;

const HASH_BYTES = 32;
/** What names each card to the ledger: the bench needs no PANs. Made beforehand, and in one piece: making requests is not what is
 *  measured, nor is collecting a million small buffers. */
let hashes = Buffer.alloc(0);

function hashCards(households: number): void {
  hashes = Buffer.alloc(HASH_BYTES * (households + 1));
  for (let household = 1; household <= households; household++) {
    createHash('sha256')
      .update(String(household))
      .digest()
      .copy(hashes, HASH_BYTES * household);
  }
}

function panHash(household: number): Buffer {
  return hashes.subarray(HASH_BYTES * household, HASH_BYTES * (household + 1));
}

/** A programme of `households` with one bucket each, in a database that has its tables; the issuer is not asked for PINs.
 *  @param terminals ten in a shop; the first `TERMINALS` of them buy */
export async function fillBooks(pool: pg.Pool, households: number, terminals = TERMINALS): Promise<void> {
  hashCards(households);
  const today = tehran(Date.now()).isoDate;
  const month = jalaliMonth(today);
  await pool.query(`insert into programmes values ('demo')`);
  await pool.query(
    `insert into programme_rules (programme_id, valid_from, pin_check) values ('demo', '2020-03-20', 'none')`,
  );
  await pool.query(
    `insert into merchants select lpad(n::text, 15, '0'), 'shop ' || n, 'supermarket', 'IR380170000000100000000001', 'approved'
       from generate_series(1, $1 / 10) n`,
    [terminals],
  );
  await pool.query(
    `insert into terminals (terminal_id, merchant_id)
     select (10000000 + n)::text, lpad((1 + (n - 1) / 10)::text, 15, '0') from generate_series(1, $1) n`,
    [terminals],
  );
  await pool.query(
    `insert into households (household_id, members, decile, head_last_digit)
     select n::text, 1 + n % 5, 1 + n % 10, n * 7 % 10 from generate_series(1, $1) n`,
    [households],
  );
  await pool.query(
    `insert into cards select sha256(n::text::bytea), '603799******0000', n::text from generate_series(1, $1) n`,
    [households],
  );
  await pool.query(`select open_business_day($1)`, [today]);
  await pool.query(
    `with added as (
       insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
       select n::text, 'demo', $2, 1000000000000, $3::date, $4::date from generate_series(1, $1) n returning household_id, bucket_id)
     insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
     select household_id, nextval('transaction_ids'), 1, $5, 0, 'allocation', bucket_id, -1000000000000, 1000000000000 from added`,
    [households, month.period, month.first, month.last, today],
  );
  await pool.query('vacuum analyze');
  await pool.query('checkpoint');
}

/** What the scheme has said beside the grants. */
export type Policy = 'moved' | 'calendar' | 'goods' | 'basket';

/** What a list of a purchase has: `goods` makes them known. */
const GOODS = ['6260000000017', '6260000000024', '6260000000031', '6260000000048'];

/** The end of this month's credit moved for everybody, then by digits; charges on the 15th, 20th and 25th by digits; goods, and a basket
 *  with a price and a ration of each. As rows: an older version has not all of them. */
export async function applyPolicy(pool: pg.Pool, policies: readonly Policy[]): Promise<void> {
  const { period, last } = jalaliMonth(tehran(Date.now()).isoDate);
  if (policies.includes('moved')) {
    await pool.query(
      `insert into credit_windows (programme_id, period, cohort, cohorts, spend_to, effective_at, reason, proposed_by, proposed_at)
       values ('demo', $1, 'all', '{}', $2::date + 10, 0, 'as announced', 'maker', now()),
              ('demo', $1, 'digit', '{7,8,9}', $2::date + 14, 0, 'as announced', 'maker', now())`,
      [period, last],
    );
    await pool.query(`update credit_windows set verdict = 'approved', decided_by = 'checker', decided_at = now()`);
  }
  if (policies.includes('calendar'))
    await pool.query(
      `insert into programme_charges (programme_id, valid_from, cohort, valid_months, rials_per_person, charge_days)
       values ('demo', '2020-03-20', 'digit', 1, array_fill(10000000::bigint, '{11}'), '{15,15,15,20,20,20,20,25,25,25}')`,
    );
  if (policies.includes('goods')) {
    await pool.query(
      `insert into goods (code, category, name_fa, unit, valid_from) select code, '06', code, '00', '2020-03-20' from unnest($1::text[]) code`,
      [GOODS],
    );
    await pool.query(`insert into guild_goods values ('supermarket', '06')`);
  }
  if (policies.includes('basket')) await holdBasket(pool);
  await pool.query('vacuum analyze');
}

/** A basket that has held for long, which two persons could not say today. */
async function holdBasket(pool: pg.Pool): Promise<void> {
  const items = GOODS.map((good, i) => {
    const bounds = { perPerson: 1_000, perPurchase: null, priceRials: 400, voucherRials: 300 };
    return {
      item: `item-${i}`,
      nameFa: good,
      unit: '00',
      ...bounds,
      overPrice: 'split',
      overQuantity: 'split',
      goods: [{ good }],
      categories: [],
    };
  });
  const basket = { method: 'fixed', withoutList: 'pay', observePrices: false, items };
  await pool.query('alter table basket_proposals disable trigger user');
  await pool.query(
    `with proposed as (
       insert into basket_proposals (programme_id, valid_from, basket, reason, proposed_by, proposed_at)
       values ('demo', '2020-03-20', $1, 'as announced', 'maker', now()) returning *)
     select write_basket(proposal_id, programme_id, valid_from, basket) from proposed`,
    [JSON.stringify(basket)],
  );
}

interface Instant {
  readonly second: number;
  readonly localTime: string;
  readonly localDate: string;
  readonly transmission: string;
}

let instant: Instant = { second: 0, localTime: '', localDate: '', transmission: '' };

function instantOf(at: number): Instant {
  const second = Math.floor(at / 1_000);
  if (instant.second === second) return instant;
  const { time, date } = tehran(at);
  const transmission = new Date(at).toISOString().replace(/^\d+-(\d+)-(\d+)T(\d+):(\d+):(\d+).*/, '$1$2$3$4$5');
  instant = { second, localTime: time, localDate: date, transmission };
  return instant;
}

/** A purchase of 17 98 98 that the voucher covers: authorised and captured in one decision.
 *  @param listed it says its goods */
export function purchaseOf(household: number, serial: number, at: number, listed = false): PurchaseRequest {
  const terminal = 1 + (serial % TERMINALS);
  const { localTime, localDate, transmission } = instantOf(at);
  const stan = String((Math.floor(serial / TERMINALS) % 999_999) + 1).padStart(6, '0');
  const contentHash = Buffer.alloc(32);
  contentHash.writeUInt32BE(serial);
  return {
    key: { terminal: String(10_000_000 + terminal), stan, localTime, localDate },
    transmission,
    merchant: String(1 + Math.floor((terminal - 1) / 10)).padStart(15, '0'),
    contentHash,
    card: { hash: panHash(household), masked: '603799******0000' },
    at,
    totalRials: 1_000n,
    rest: 'cash',
    basket: listed ? GOODS.map((goods) => ({ goods, unit: '00', quantity: 1, amountRials: 250n })) : undefined,
    quoteRef: undefined,
    softwareVersion: undefined,
  };
}
