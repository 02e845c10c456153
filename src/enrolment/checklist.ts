import type { Pool, PoolClient } from 'pg';
import { tehran } from '../ops/clock.ts';
import { DOOR } from '../ops/function-set.ts';
import { isoInstant } from '../ops/sql.ts';
import { trainedStaff } from '../training/index.ts';

/** What an approved shop still has to do until it is paid. Everything is read from the books, nothing is ticked. */

export const CHECKLIST = ['terminal_connected', 'new_menu', 'staff_trained', 'first_purchase', 'first_payout'] as const;
export type ChecklistCode = (typeof CHECKLIST)[number];

export interface ChecklistItem {
  readonly code: ChecklistCode;
  /** `unknown`: nothing has told us. */
  readonly state: 'done' | 'open' | 'unknown';
  /** ISO instant; null: not done, or not known when. */
  readonly at: string | null;
  /** A terminal, a version, how many. */
  readonly detail: string | null;
}

type Db = Pool | PoolClient;

/** @param shopId of `shops`; a shop that is no merchant yet has everything before it */
export async function checklistOf(db: Db, shopId: string, now: number): Promise<ChecklistItem[]> {
  const { rows } = await db.query<{ merchant: string | null }>(
    'select merchant_id as merchant from shops where shop_id = $1',
    [shopId],
  );
  const merchant = rows[0]?.merchant ?? null;
  if (merchant === null) return CHECKLIST.map((code) => ({ code, state: 'open', at: null, detail: null }));
  return checklistOfMerchant(db, merchant, now);
}

/** @param merchant 15 digits */
export async function checklistOfMerchant(db: Db, merchant: string, now: number): Promise<ChecklistItem[]> {
  const purchase = await firstPurchase(db, merchant, now);
  return [
    await connected(db, merchant),
    await newMenu(db, merchant, purchase, now),
    // somebody whom the shop named has finished every lesson of /learn
    item('staff_trained', await trainedStaff(db, merchant)),
    purchase,
    await firstPayout(db, merchant),
  ];
}

function item(code: ChecklistCode, found: { at: string | null; detail: string | null } | undefined): ChecklistItem {
  if (found === undefined) return { code, state: 'open', at: null, detail: null };
  return { code, state: 'done', ...found };
}

/** A terminal has taken session keys: it was there, with its certificate and its key. */
async function connected(db: Db, merchant: string): Promise<ChecklistItem> {
  const { rows } = await db.query<{ at: string; detail: string }>(
    `select ${isoInstant('k.changed_at')} as at, t.terminal_id as detail from terminals t join terminal_keys k using (terminal_id)
      where t.merchant_id = $1 and k.keys is not null order by k.changed_at limit 1`,
    [merchant],
  );
  return item('terminal_connected', rows[0]);
}

/** The version that is on record, against what the programmes ask for; a purchase on credit is made from the new menu. */
async function newMenu(db: Db, merchant: string, purchase: ChecklistItem, now: number): Promise<ChecklistItem> {
  const { rows } = await db.query<{ version: string; serves: boolean }>(
    `select t.software_version as version,
            coalesce(bool_and(${DOOR}.software_serves(t.software_version, r.min_software_version)), true) as serves
       from terminals t
       left join (select distinct on (programme_id) min_software_version from programme_rules where valid_from <= $2
                   order by programme_id, valid_from desc) r on r.min_software_version is not null
      where t.merchant_id = $1 and t.status = 'active' and t.software_version is not null
      group by t.terminal_id, t.software_version order by serves desc, t.terminal_id limit 1`,
    [merchant, tehran(now).isoDate],
  );
  const [known] = rows;
  const code = 'new_menu';
  if (known?.serves === true) return { code, state: 'done', at: null, detail: known.version };
  if (purchase.state === 'done') return { code, state: 'done', at: purchase.at, detail: known?.version ?? null };
  return { code, state: known === undefined ? 'unknown' : 'open', at: null, detail: known?.version ?? null };
}

/** Of cleared days the nets know the first one; of days that are open the requests do, by the shop's name. */
async function firstPurchase(db: Db, merchant: string, now: number): Promise<ChecklistItem> {
  const { rows } = await db.query<{ at: string; detail: string }>(
    `with cleared as (
       select min(business_day) as day from merchant_nets where merchant_id = $1 and purchases > 0),
     days as (
       select d.business_day from business_days d, cleared
        where d.business_day = cleared.day
           or (cleared.day is null and d.business_day > $2::date - 40
               and not exists (select 1 from merchant_nets n where n.merchant_id = $1 and n.business_day = d.business_day)))
     select ${isoInstant(`to_timestamp(t.at / 1000.0)`)} as at, t.rrn as detail
       from days join requests r using (business_day)
       join transactions t on t.household_id = r.household_id and t.transaction_id = r.transaction_id and t.business_day = r.business_day
      where r.merchant_id = $1 and r.family = '02' and t.kind = 'purchase' and t.state in ('approved', 'reversed')
      order by t.at limit 1`,
    [merchant, tehran(now).isoDate],
  );
  return item('first_purchase', rows[0]);
}

async function firstPayout(db: Db, merchant: string): Promise<ChecklistItem> {
  const { rows } = await db.query<{ at: string; detail: string }>(
    `select ${isoInstant('changed_at')} as at, instruction_id as detail from payment_orders
      where merchant_id = $1 and state = 'paid' order by business_day, part limit 1`,
    [merchant],
  );
  return item('first_payout', rows[0]);
}
