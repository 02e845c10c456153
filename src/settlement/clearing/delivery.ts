import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { transaction } from '../../ops/database.ts';
import { record } from './state.ts';

/** A file of which nobody knows whether it reached the bank: the answer was lost, and the bank may have collected it. The bank is
 *  asked by a person, whose word goes on record. Sending it again may pay it twice: that wants two. */

export interface DeliveryWord {
  readonly by: string;
  readonly reason: string;
}

/** @throws GatewayError `delivery.known`, `person.name` */
export async function sayArrived(pool: Pool, messageId: string, word: DeliveryWord): Promise<void> {
  await transaction(pool, (db) => sayArrivedIn(db, messageId, word));
}

/** The same in a transaction that is under way. */
export async function sayArrivedIn(db: PoolClient, messageId: string, { by, reason }: DeliveryWord): Promise<void> {
  const actor = personName(by);
  const { day } = await unknownFile(db, messageId);
  const receipt = { known: 'by a person', by: actor, reason };
  await db.query(`update payment_files set delivered_at = now(), receipt = $2, again_by = null where message_id = $1`, [
    messageId,
    JSON.stringify(receipt),
  ]);
  await record(db, day, actor, 'delivered', { file: messageId, ...receipt });
}

/** One person's word, then another's, that the file did not arrive.
 *  @returns whether it goes out again now
 *  @throws GatewayError `delivery.known`, `delivery.answered`, `delivery.same-person`, `person.name` */
export async function saySendAgain(pool: Pool, messageId: string, word: DeliveryWord): Promise<boolean> {
  return transaction(pool, (db) => saySendAgainIn(db, messageId, word));
}

/** The same in a transaction that is under way. */
export async function saySendAgainIn(
  db: PoolClient,
  messageId: string,
  { by, reason }: DeliveryWord,
): Promise<boolean> {
  const actor = personName(by);
  const { day, againBy } = await unknownFile(db, messageId);
  const { rowCount } = await db.query(
    `select 1 from payment_orders where message_id = $1 and state in ('accepted', 'paid', 'returned') limit 1`,
    [messageId],
  );
  if (rowCount !== 0) {
    throw new GatewayError('delivery.answered', `The bank answered orders of ${messageId}, so it has the file.`);
  }
  if (againBy !== null && isSamePerson(againBy, actor)) {
    throw new GatewayError('delivery.same-person', `${actor} said so already: another person must say it too.`);
  }
  const now = againBy !== null;
  await db.query(
    now
      ? `update payment_files set leaving_at = null, again_by = null, again_reason = null where message_id = $1`
      : `update payment_files set again_by = $2, again_reason = $3 where message_id = $1`,
    now ? [messageId] : [messageId, actor, reason],
  );
  await record(db, day, actor, now ? 'sends again' : 'wants to send again', { file: messageId, reason });
  return now;
}

async function unknownFile(db: PoolClient, messageId: string): Promise<{ day: string; againBy: string | null }> {
  const { rows } = await db.query<{ day: string; againBy: string | null }>(
    `select business_day::text as day, again_by as "againBy" from payment_files
      where message_id = $1 and leaving_at is not null and delivered_at is null and withdrawn_at is null for update`,
    [messageId],
  );
  if (rows[0] === undefined) {
    throw new GatewayError('delivery.known', `No file ${messageId} is in doubt: it is delivered, or has not left yet.`);
  }
  return rows[0];
}
