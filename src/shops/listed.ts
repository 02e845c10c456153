import type { Pool, PoolClient } from 'pg';
import { tehran } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Position } from './case/case.ts';
import type { ItemCode } from './requirements/item.ts';
import { shopRules } from './requirements/rules.ts';
import { isoInstant } from '../ops/sql.ts';

/** Shops that came by a file (merchants.csv). What the file says is their list of items; a shop of its own it gets when it is first
 *  asked for, so that a load of millions makes none. */

/** The shop of a merchant; made where a file brought it and nobody asked yet.
 *  @returns its id
 *  @throws GatewayError `shops.unknown` */
export async function shopOf(db: Pool | PoolClient, merchant: string): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `with made as (
       insert into shops (merchant_id) select merchant_id from merchants where merchant_id = $1
       on conflict (merchant_id) do nothing returning shop_id)
     select shop_id::text as id from made union all select shop_id::text from shops where merchant_id = $1 limit 1`,
    [merchant],
  );
  const id = rows[0]?.id ?? (await laterFound(db, merchant));
  if (id === undefined) throw new GatewayError('shops.unknown', `There is no shop ${merchant}.`);
  return id;
}

/** @throws GatewayError `shops.unknown` */
export async function demandShop(db: Pool | PoolClient, merchant: string): Promise<void> {
  const { rowCount } = await db.query('select from merchants where merchant_id = $1', [merchant]);
  if (rowCount === 0) throw new GatewayError('shops.unknown', `There is no shop ${merchant}.`);
}

/** Somebody else made it meanwhile: the statement above could neither make nor see it. */
async function laterFound(db: Pool | PoolClient, merchant: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>('select shop_id::text as id from shops where merchant_id = $1', [
    merchant,
  ]);
  return rows[0]?.id;
}

export interface ShopItem {
  readonly code: ItemCode;
  readonly state: 'met' | 'waived' | 'submitted' | 'due';
  /** `registry`: the list (a file) says so; `case`: two persons approved it. */
  readonly source: 'registry' | 'case';
  readonly value: Readonly<Record<string, string>> | null;
  /** ISO instants. */
  readonly since: string | null;
  readonly validUntil: string | null;
}

export interface ShownShop {
  readonly merchant: string;
  readonly name: string;
  readonly guild: string;
  /** What the list says, and since when. */
  readonly listed: 'applied' | 'approved' | 'suspended';
  readonly position: Position;
  readonly items: readonly ShopItem[];
}

interface Row {
  readonly name: string;
  readonly guild: string;
  readonly listed: ShownShop['listed'];
  readonly since: number;
  readonly values: Readonly<Record<string, Readonly<Record<string, string>> | null>>;
  readonly proofs: readonly { code: ItemCode; waived: boolean; since: string; until: string | null }[];
}

/** What a shop has shown, item by item: of what two persons approved, that; of everything else, what the list says of it. Nothing of it is
 *  kept apart from the list, so that it is never older than the last file.
 *  @throws GatewayError `shops.unknown`, `shops.rules` */
export async function shopItems(db: Pool | PoolClient, merchant: string, now: number): Promise<ShownShop> {
  const { rows } = await db.query<Row>(
    `select m.name, m.guild, m.listed_status as listed, (extract(epoch from m.listed_at) * 1000)::float8 as since,
            jsonb_build_object(
              'guild_licence', case when m.guild_licence is not null then jsonb_build_object('number', m.guild_licence) end,
              'owner_identity', case when m.owner_national_id is not null then jsonb_build_object('nationalId', m.owner_national_id) end,
              'tax_code', case when m.tax_code is not null then jsonb_build_object('code', m.tax_code) end,
              'sheba', jsonb_build_object('sheba', m.sheba),
              'mobile', case when m.mobile is not null then jsonb_build_object('number', m.mobile) end,
              'address', case when m.postal_code is not null then jsonb_build_object('postalCode', m.postal_code) end,
              'terminal', (select jsonb_build_object('terminal', min(t.terminal_id)) from terminals t
                            where t.merchant_id = m.merchant_id and t.status = 'active' having count(*) > 0)) as values,
            coalesce((select jsonb_agg(jsonb_build_object('code', p.code, 'waived', p.waived, 'since', ${isoInstant('p.since')},
                                                          'until', ${isoInstant('least(p.valid_until, p.asked_until)')}))
                        from shop_proofs p where p.merchant_id = m.merchant_id), '[]') as proofs
       from merchants m where m.merchant_id = $1`,
    [merchant],
  );
  const [row] = rows;
  if (row === undefined) throw new GatewayError('shops.unknown', `There is no shop ${merchant}.`);
  const rules = await shopRules(db, { day: tehran(now).isoDate });
  const { name, guild, listed, since } = row;
  return {
    ...{ merchant, name, guild, listed },
    position: positionOfListed(listed, since, rules.answerDays * 86_400_000),
    items: rules.items.map((code) => itemOf(code, row)),
  };
}

function itemOf(code: ItemCode, { values, proofs, listed, since }: Row): ShopItem {
  const value = values[code] ?? null;
  const proof = proofs.find((each) => each.code === code);
  if (proof !== undefined)
    return {
      code,
      state: proof.waived ? 'waived' : 'met',
      source: 'case',
      value,
      since: proof.since,
      validUntil: proof.until,
    };
  // what the list leaves out was never shown: it is asked for when the shop is verified again
  const state = value === null ? 'due' : listed === 'applied' ? 'submitted' : 'met';
  return { code, state, source: 'registry', value, since: new Date(since).toISOString(), validUntil: null };
}

/** Where a shop of the list stands with it: who brings the list has decided, or will. What decisions say of it is its standing. */
export function positionOfListed(listed: ShownShop['listed'], since: number, answerWithinMs: number): Position {
  if (listed !== 'applied') return { state: 'APPROVED' };
  return {
    state: 'CHECKING',
    waiting: { on: 'registry', since, until: since + answerWithinMs, can: ['wait'], items: [] },
  };
}
