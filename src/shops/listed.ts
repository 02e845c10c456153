import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';

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

/** Somebody else made it meanwhile: the statement above could neither make nor see it. */
async function laterFound(db: Pool | PoolClient, merchant: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>('select shop_id::text as id from shops where merchant_id = $1', [
    merchant,
  ]);
  return rows[0]?.id;
}
