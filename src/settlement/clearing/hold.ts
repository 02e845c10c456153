import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { personName } from '../../ops/person-name.ts';
import { sql } from './sql.ts';
import { transaction } from '../../ops/database.ts';
import { getClearing, reached, record } from './state.ts';

/** Orders are held alone, as long as their file is not released: the file is withdrawn, and made again without them under a new
 *  MsgId (decision 21). Nothing that was written is changed, no MsgId and no InstrId is used twice. */

export interface HeldOrder {
  readonly instructionId: string;
  readonly merchant: string;
  readonly rials: bigint;
  readonly reason: string;
}

interface Row {
  instruction_id: string;
  merchant_id: string;
  rials: string;
  reason: string;
}

/** Orders of shops that may not be paid now, or not to that Sheba: held, each for its reason. In the transaction of the release. */
export async function holdUnpayable(db: PoolClient, day: string, actor: string): Promise<HeldOrder[]> {
  const { rows } = await db.query<Row>(sql('unpayable'), [day]);
  await hold(db, day, rows, { actor, blocked: false });
  return rows.map(toHeld);
}

/** One person's word that an order must not leave. It waits, blocked, until two people let it go on (clearing/unblock.ts).
 *  @throws GatewayError `hold.unknown`, `hold.left`, `person.name` */
export async function holdOrder(
  pool: Pool,
  instructionId: string,
  word: { readonly by: string; readonly reason: string },
): Promise<HeldOrder & { readonly day: string }> {
  return transaction(pool, (db) => holdOrderIn(db, instructionId, word));
}

/** The same in a transaction that is under way. */
export async function holdOrderIn(
  db: PoolClient,
  instructionId: string,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<HeldOrder & { readonly day: string }> {
  const actor = personName(by);
  const { rows } = await db.query<Row & { day: string }>(
    `select instruction_id, merchant_id, amount_rials::text as rials, $2::text as reason, business_day::text as day
         from payment_orders where instruction_id = $1`,
    [instructionId, reason],
  );
  const [order] = rows;
  if (order === undefined) throw new GatewayError('hold.unknown', `No order has the id ${instructionId}.`);
  const clearing = await getClearing(db, order.day, true);
  const { rowCount } = await db.query(`select 1 from payment_orders where instruction_id = $1 and state = 'made'`, [
    instructionId,
  ]);
  if (reached(clearing.state, 'released') || rowCount === 0) {
    throw new GatewayError('hold.left', `Order ${instructionId} is released or held already: it cannot be held now.`);
  }
  await hold(db, order.day, [order], { actor, blocked: true });
  return { ...toHeld(order), day: order.day };
}

function toHeld({ instruction_id, merchant_id, rials, reason }: Row): HeldOrder {
  return { instructionId: instruction_id, merchant: merchant_id, rials: BigInt(rials), reason };
}

async function hold(
  db: PoolClient,
  day: string,
  orders: readonly Row[],
  { actor, blocked }: { readonly actor: string; readonly blocked: boolean },
): Promise<void> {
  if (orders.length === 0) return;
  const ids = orders.map((order) => order.instruction_id);
  const files = await db.query<{ message_id: string }>(
    `select distinct o.message_id from payment_orders o where instruction_id = any ($1) order by 1`,
    [ids],
  );
  await db.query(sql('hold'), [ids, orders.map((order) => order.reason), blocked]);
  for (const { message_id } of files.rows) await remake(db, message_id);
  // Files are written again, and a person looks again.
  await db.query(`update clearings set state = 'made', touched_at = now() where business_day = $1`, [day]);
  await record(db, day, actor, 'held', {
    orders: orders.map(({ instruction_id, reason }) => ({ instruction_id, reason })),
  });
}

/** Withdraws a file; what is left of its orders gets a file of its own. */
async function remake(db: PoolClient, messageId: string): Promise<void> {
  await db.query('update payment_files set withdrawn_at = now() where message_id = $1', [messageId]);
  const left = await db.query(`select 1 from payment_orders where message_id = $1 and state = 'made' limit 1`, [
    messageId,
  ]);
  if (left.rowCount === 0) return;
  const { rows } = await db.query<{ id: string }>(
    `update payment_serials set last_serial = last_serial + 1 where debtor_sheba = left($1, 26)
     returning debtor_sheba || lpad(last_serial::text, 9, '0') as id`,
    [messageId],
  );
  await db.query(sql('reposition'), [messageId, rows[0]?.id]);
  await db.query(sql('refile'), [messageId, rows[0]?.id]);
}
