import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import type { ItemCode, ReasonCode } from '../requirements/item.ts';
import { sameElsewhere, type KeptCase } from '../case/store.ts';

/** What a reviewer compares: an item with its version before, and a case with others. */

export interface Difference {
  readonly code: ItemCode;
  readonly version: number;
  readonly fields: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
  /** Why it was asked again between the two. */
  readonly reason: ReasonCode | null;
  readonly note: string | null;
}

/** Of each item that was submitted more than once: its last two versions. */
export async function differencesOf(db: Pool | PoolClient, caseId: string): Promise<Difference[]> {
  const { rows } = await db.query<{
    code: ItemCode;
    version: number;
    before: Record<string, unknown> | null;
    after: Record<string, unknown> | null;
    reason: ReasonCode | null;
    note: string | null;
  }>(
    `with submitted as (
       select distinct on (code, version) code, version, value, seq from shop_item_history
        where case_id = $1 and event = 'submit' order by code, version, seq desc),
     last as (
       select s.code, s.version, s.value as after, s.seq, lag(s.value) over w as before, lag(s.seq) over w as before_seq,
              row_number() over (partition by s.code order by s.version desc) as place
         from submitted s window w as (partition by s.code order by s.version))
     select l.code, l.version, l.before, l.after, a.reason, a.note
       from last l
       left join lateral (select h.reason, h.note from shop_item_history h
                           where h.case_id = $1 and h.code = l.code and h.seq between l.before_seq and l.seq and h.event in ('ask', 'reject', 'fail')
                           order by h.seq desc limit 1) a on true
      where l.place = 1 and l.before_seq is not null order by l.code`,
    [caseId],
  );
  return rows.map(({ code, version, before, after, reason, note }) => ({
    code,
    version,
    fields: changedFields(before ?? {}, after ?? {}),
    reason,
    note,
  }));
}

function changedFields(before: Record<string, unknown>, after: Record<string, unknown>): Difference['fields'] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }));
}

export interface Relation {
  readonly item: ItemCode;
  readonly why: { readonly fa: string; readonly en: string };
  /** The other case (its number), or the other shop (15 digits). */
  readonly case: string | null;
  readonly merchant: string | null;
  readonly name: string;
  /** Of the other case, or what the list says of the other shop. */
  readonly state: string;
  /** Of the other shop, by decisions. */
  readonly standing: string | null;
}

const WHY: Readonly<Partial<Record<ItemCode, { fa: string; en: string }>>> = {
  owner_identity: { fa: 'کد ملی صاحب یکی است', en: 'the same national id of the owner' },
  sheba: { fa: 'شبا یکی است', en: 'the same Sheba' },
  mobile: { fa: 'شمارهٔ همراه یکی است', en: 'the same mobile' },
  address: { fa: 'کد پستی یکی است', en: 'the same postal code' },
  guild_licence: { fa: 'شمارهٔ پروانه یکی است', en: 'the same number of the licence' },
  terminal: { fa: 'سریال دستگاه یکی است', en: 'the same serial of the device' },
};

/** Who else has said the same, as it is now, and how they stand.
 *  @throws GatewayError `shops.unknown` */
export async function relationsOf(db: PoolClient, kept: KeptCase): Promise<Relation[]> {
  const values = Object.fromEntries(kept.items.map(({ code, value }) => [code, value ?? {}]));
  const found: Relation[] = [];
  for (const match of await sameElsewhere(db, kept.shopId, values)) {
    const why = WHY[match.item];
    if (why === undefined) continue;
    const other = await otherOf(db, match);
    found.push({ item: match.item, why, case: match.case ?? null, merchant: match.merchant ?? null, ...other });
  }
  return found;
}

interface Other {
  readonly name: string;
  readonly state: string;
  readonly standing: string | null;
}

async function otherOf(db: PoolClient, match: { case?: string; merchant?: string }): Promise<Other> {
  const { rows } = await db.query<Other>(
    match.merchant === undefined
      ? `select c.name, c.state, (select d.state from shops s join shop_standing d using (merchant_id) where s.shop_id = c.shop_id) as standing
           from shop_cases c where c.number = $1`
      : `select m.name, m.listed_status as state, (select d.state from shop_standing d where d.merchant_id = m.merchant_id) as standing
           from merchants m where m.merchant_id = $1`,
    [match.merchant ?? match.case],
  );
  if (rows[0] === undefined) throw new GatewayError('shops.unknown', 'The other case or shop is gone.');
  return rows[0];
}
