import type { PoolClient } from 'pg';
import type { ItemCode, ReasonCode } from './item.ts';

/** What there is a registry for, if it is configured. */
export const CHECKED = ['owner_identity', 'mobile', 'sheba', 'guild_licence', 'tax_code', 'address'] as const;
export type Checked = (typeof CHECKED)[number];

/** What a registry says of an item. Instants are ms since the epoch. */
export type Word =
  | { readonly verdict: 'yes'; readonly validUntil?: number }
  | { readonly verdict: 'no'; readonly reason: ReasonCode }
  /** It did not answer, or not so that it can be understood. `nextCheck`: when it is asked again; absent: a person decides. */
  | { readonly verdict: 'unknown'; readonly nextCheck?: number };

/** What is asked now, whichever copy does it. */
export async function askedRegistries(db: PoolClient): Promise<ReadonlySet<ItemCode>> {
  const { rows } = await db.query<{ code: ItemCode }>('select code from registries where asked');
  return new Set(rows.map(({ code }) => code));
}
