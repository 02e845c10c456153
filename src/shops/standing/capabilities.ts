import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { CAPABILITIES, capabilityOf, type Capability, type CapabilityState, type ShopFacts } from './capability.ts';
import type { Item, ItemCode } from '../requirements/item.ts';
import type { StandingState } from './standing.ts';

/** What a shop may do, as it stands in PostgreSQL (migrations/0680_capabilities.sql). */

const MS = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

interface ProofRow {
  readonly code: ItemCode;
  readonly waived: boolean;
  readonly since: number;
  readonly ends: number | null;
}

/** What a shop has shown: of each item the newest that two persons approved. Empty for a shop from a file.
 *  @param merchant 15 digits */
export async function proofsOf(db: Pool | PoolClient, merchant: string): Promise<Item[]> {
  const { rows } = await db.query<ProofRow>(
    `select code, waived, ${MS('since')} as since, ${MS('least(valid_until, asked_until)')} as ends
       from shop_proofs where merchant_id = $1 order by code`,
    [merchant],
  );
  return rows.map(({ code, waived, since, ends }) => ({
    code,
    state: waived ? ('waived' as const) : ('met' as const),
    version: 1,
    since,
    ...(ends === null ? {} : { validUntil: ends }),
  }));
}

interface FactsRow {
  readonly listed: 'applied' | 'approved' | 'suspended';
  readonly listed_at: number;
  readonly state: StandingState | null;
  readonly since: number | null;
  readonly until: number | null;
}

/** All that decides what a merchant may do.
 *  @throws GatewayError `shops.unknown` */
export async function shopFacts(db: Pool | PoolClient, merchant: string): Promise<ShopFacts> {
  const { rows } = await db.query<FactsRow>(
    `select m.listed_status as listed, ${MS('m.listed_at')} as listed_at, s.state, ${MS('s.since')} as since, ${MS('s.until')} as until
       from merchants m left join shop_standing s using (merchant_id) where m.merchant_id = $1`,
    [merchant],
  );
  const [row] = rows;
  if (row === undefined) throw new GatewayError('shops.unknown', `There is no shop ${merchant}.`);
  return {
    items: await proofsOf(db, merchant),
    listed: row.listed,
    listedAt: row.listed_at,
    standing: row.state ?? 'ACTIVE',
    standingSince: row.since ?? row.listed_at,
    ...(row.until === null ? {} : { standingUntil: row.until }),
  };
}

export type ShopCapability = CapabilityState & { readonly capability: Capability };

/** @throws GatewayError `shops.unknown` */
export async function capabilitiesOf(db: Pool | PoolClient, merchant: string, now: number): Promise<ShopCapability[]> {
  const facts = await shopFacts(db, merchant);
  return CAPABILITIES.map((capability) => ({ capability, ...capabilityOf(capability, facts, now) }));
}

/** Whether a shop may do this now, as purchases and pay-outs read it.
 *  @throws GatewayError `shops.unknown` */
export async function mayNow(
  db: Pool | PoolClient,
  merchant: string,
  capability: Capability,
  now: number,
): Promise<boolean> {
  const { rows } = await db.query<{ may: boolean }>(
    `select $2 >= ${COLUMN[capability]}_from and $2 < ${COLUMN[capability]}_until as may from merchants where merchant_id = $1`,
    [merchant, now],
  );
  if (rows[0] === undefined) throw new GatewayError('shops.unknown', `There is no shop ${merchant}.`);
  return rows[0].may;
}

/** The beginning of its two columns of `merchants`. */
const COLUMN: Readonly<Record<Capability, string>> = {
  voucher_purchase: 'voucher',
  card_purchase: 'card',
  payout: 'payout',
  refund: 'refund',
  new_terminal: 'terminal',
};
