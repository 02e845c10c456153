import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { DAY_MS } from '../../ops/clock.ts';
import { isoInstant } from '../../ops/sql.ts';

/** Transactions whose rials are held out of a shop's pay-outs, alone (people.md 4.4). The making of orders leaves them in the shop's
 *  payable; they go with the next clearing once the dispute has ended, by its day or by two persons. */

const LONGEST_DAYS = 60;

export interface NewDispute {
  readonly merchantId: string;
  readonly rrn: string;
  /** ISO: of the purchase. */
  readonly businessDay: string;
  readonly reason: string;
  /** ISO instant: it ends by itself then. */
  readonly until: string;
}

export interface Dispute {
  readonly id: string;
  readonly merchant: string;
  readonly rrn: string;
  readonly businessDay: string;
  readonly rials: string;
  readonly reason: string;
  readonly at: string;
  readonly by: string;
  readonly until: string;
  readonly state: 'held' | 'release_proposed' | 'released' | 'ended';
  /** Proposes to let it go. */
  readonly releaseBy: string | null;
  readonly releaseReason: string | null;
}

const LISTED = `
  select dispute_id::text as id, merchant_id as merchant, rrn, business_day::text as "businessDay", rials::text, reason, ${isoInstant('at')} as at,
         by_person::text as by, ${isoInstant('until')} as until, release_by::text as "releaseBy", release_reason as "releaseReason",
         case when released_at is not null then 'released' when ms_of(until) <= database_clock() then 'ended'
              when release_by is not null then 'release_proposed' else 'held' end as state
    from shop_disputes`;

/** The disputes of a shop, the newest first. */
export async function disputesOf(db: Pool | PoolClient, merchant: string): Promise<Dispute[]> {
  const { rows } = await db.query<Dispute>(`${LISTED} where merchant_id = $1 order by dispute_id desc limit 200`, [
    merchant,
  ]);
  return rows;
}

interface Sale {
  readonly household: string;
  readonly id: string;
  readonly rials: string;
  readonly left: boolean;
}

/** Holds what a purchase brought its shop.
 *  @throws GatewayError `shops.unknown`: no such purchase of that shop and day; `shops.refused`: it left already, or is disputed */
export async function dispute(
  db: PoolClient,
  { merchantId, rrn, businessDay, reason, until }: NewDispute,
  by: By,
  now: number,
): Promise<Dispute> {
  const ends = Date.parse(until);
  if (!(ends > now && ends <= now + LONGEST_DAYS * DAY_MS))
    throw new GatewayError('shops.refused', `A dispute ends by itself: give an end within ${LONGEST_DAYS} days.`);
  await db.query('select pg_advisory_xact_lock(8583, hashtext($1))', [`dispute ${merchantId}`]);
  const sale = await saleOf(db, merchantId, rrn, businessDay);
  if (sale === undefined)
    throw new GatewayError('shops.unknown', `Shop ${merchantId} has no purchase ${rrn} of ${businessDay} that stands.`);
  if (sale.left)
    throw new GatewayError('shops.refused', 'Its rials are in an order already: hold that order, or let the desk take them back.'); // prettier-ignore
  const open = (await disputesOf(db, merchantId)).find((each) => each.rrn === rrn && isHeld(each));
  if (open !== undefined) throw new GatewayError('shops.refused', `Dispute ${open.id} holds it until ${open.until}.`);
  const { rows } = await db.query<{ id: string }>(
    `insert into shop_disputes (merchant_id, household_id, transaction_id, business_day, rrn, rials, reason, at, by_person, until)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning dispute_id::text as id`,
    [
      merchantId,
      sale.household,
      sale.id,
      businessDay,
      rrn,
      sale.rials,
      reason,
      new Date(now),
      by.actor.id,
      new Date(ends),
    ],
  );
  const id = rows[0]?.id ?? '';
  await audit(db, by, { act: 'shop.disputed', object: `merchant:${merchantId}`, after: { id, rrn, rials: sale.rials, until } }); // prettier-ignore
  return one(db, merchantId, id);
}

function isHeld({ state }: Dispute): boolean {
  return state === 'held' || state === 'release_proposed';
}

/** What a purchase brings its shop by the terms of its day, less what was given back of it. `left`: an order has it. */
async function saleOf(db: PoolClient, merchant: string, rrn: string, day: string): Promise<Sale | undefined> {
  const { rows } = await db.query<Sale>(
    `select t.household_id as household, t.transaction_id::text as id,
            (t.voucher_rials - coalesce(t.given_voucher, 0)
              + case when terms.settle_card_part then t.card_rials - t.fee_rials - coalesce(t.given_card, 0) else 0 end)::text as rials,
            exists (select from merchant_nets n join clearings c using (business_day)
                     where n.merchant_id = $1 and n.business_day >= $3::date and n.outcome = 'pay'
                       and c.state in ('made', 'written', 'released', 'delivered', 'settled')) as left
       from transactions t
      cross join (select settle_card_part from settlement_terms where valid_from <= $3::date order by valid_from desc limit 1) terms
      where t.business_day = $3::date and t.rrn = $2 and t.merchant_id = $1 and t.kind = 'purchase' and t.state = 'approved'`,
    [merchant, rrn, day],
  );
  const [sale] = rows;
  return sale === undefined || BigInt(sale.rials) <= 0n ? undefined : sale;
}

/** Proposes to let a disputed purchase go, or, of another person, does it.
 *  @throws GatewayError `shops.unknown`, `shops.refused` */
export async function releaseDispute(
  db: PoolClient,
  { merchantId, id, reason }: { readonly merchantId: string; readonly id: string; readonly reason: string },
  by: By,
  now: number,
): Promise<Dispute> {
  await db.query('select pg_advisory_xact_lock(8583, hashtext($1))', [`dispute ${merchantId}`]);
  const before = await one(db, merchantId, id);
  if (!isHeld(before)) throw new GatewayError('shops.refused', 'The dispute has ended: its rials go with the next clearing.'); // prettier-ignore
  if (before.state === 'held') {
    await db.query('update shop_disputes set release_by = $2, release_reason = $3 where dispute_id = $1', [id, by.actor.id, reason]); // prettier-ignore
  } else {
    if (before.releaseBy === by.actor.id)
      throw new GatewayError('shops.refused', 'You proposed it: another person must agree.');
    await db.query('update shop_disputes set released_by = $2, released_at = $3 where dispute_id = $1', [id, by.actor.id, new Date(now)]); // prettier-ignore
  }
  const after = await one(db, merchantId, id);
  await audit(db, by, { act: 'dispute.released', object: `merchant:${merchantId}`, before: { state: before.state }, after: { id, state: after.state, reason } }); // prettier-ignore
  return after;
}

async function one(db: PoolClient, merchant: string, id: string): Promise<Dispute> {
  const { rows } = await db.query<Dispute>(`${LISTED} where merchant_id = $1 and dispute_id = $2`, [merchant, id]);
  if (rows[0] === undefined) throw new GatewayError('shops.unknown', `Shop ${merchant} has no dispute ${id}.`);
  return rows[0];
}
