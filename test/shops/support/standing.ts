import type pg from 'pg';

/** What has been shown by a shop, and what was decided about it, put where the desk would have put it. */

/** A shop of that merchant, with a case that was approved.
 *  @returns the case */
async function approvedCase(owner: pg.Pool, merchant: string): Promise<string> {
  const shop = await owner.query<{ id: string }>(
    `insert into shops (merchant_id) values ($1) on conflict (merchant_id) do update set merchant_id = excluded.merchant_id
     returning shop_id::text as id`,
    [merchant],
  );
  const { rows } = await owner.query<{ id: string }>(
    `insert into shop_cases (number, shop_id, rule_version, name, guild, begun_at, due, state)
     values (lpad((100000000 + (random() * 899999999)::int)::text, 9, '0'), $1, '1405-1', 'a shop', 'dairy', now(), now(), 'APPROVED')
     returning case_id::text as id`,
    [shop.rows[0]?.id],
  );
  return rows[0]?.id ?? '';
}

/** @param ends of each item that has an end; null: none */
export async function showProofs(
  owner: pg.Pool,
  merchant: string,
  ends: Readonly<Record<string, number | null>>,
): Promise<void> {
  const id = await approvedCase(owner, merchant);
  for (const [code, end] of Object.entries(ends)) {
    await owner.query(
      `insert into shop_proofs (merchant_id, code, case_id, waived, since, valid_until) values ($1, $2, $3, false, now(), $4)
       on conflict (merchant_id, code) do update set (valid_until, asked_until) = (excluded.valid_until, null)`,
      [merchant, code, id, end === null ? null : new Date(end)],
    );
  }
  await owner.query('update merchants set listed_status = listed_status where merchant_id = $1', [merchant]);
}

export interface Stand {
  readonly state: string;
  readonly at?: number;
  readonly until?: number;
  readonly unconfirmed?: true;
}

/** Puts a shop in a standing, as two persons would have. */
export async function decideStanding(
  owner: pg.Pool,
  merchant: string,
  people: readonly [string, string],
  { state, at = Date.now() - 1_000, until, unconfirmed }: Stand,
): Promise<void> {
  await owner.query(
    `insert into shop_decisions (merchant_id, state, at, until, reason, decided_by, confirmed_by, confirmed_at)
     values ($1, $2, $3, $4, 'decided by a test', $5, $6, $7)`,
    [
      merchant,
      state,
      new Date(at),
      until === undefined ? null : new Date(until),
      people[0],
      unconfirmed === true ? null : people[1],
      unconfirmed === true ? null : new Date(at),
    ],
  );
  await owner.query('select apply_standings()');
}

/** As if nothing had ever been decided about it or shown by it. */
export async function forget(owner: pg.Pool, merchant: string): Promise<void> {
  await owner.query('delete from shop_decisions where merchant_id = $1', [merchant]);
  await owner.query('delete from shop_proofs where merchant_id = $1', [merchant]);
  await owner.query(`update merchants set status = 'approved' where merchant_id = $1`, [merchant]);
}
