import type pg from 'pg';
import { GatewayError, messageOf, sqlStateOf } from '../ops/errors.ts';
import type { RequestHeader } from './ledger.ts';
import { transaction } from '../ops/database.ts';

/** Class 53: the server has no room (a full disk, memory, connections) and rolled the call back. */
const NO_ROOM = /^53/;

/** Says of a request that the server had no room for whether nothing is known of it: then nothing was taken, now or before, and its
 *  terminal can be told so (RC 96). A request that is known may be the repeat of an approved one: the error stays as it is, and the
 *  terminal hears nothing (docs/decisions/0009, 0031).
 *  @throws GatewayError `ledger.no-room`, or `error` itself */
export async function refusedForRoom(pool: pg.Pool, key: RequestHeader['key'], error: unknown): Promise<never> {
  const state = sqlStateOf(error);
  if (state === undefined || !NO_ROOM.test(state)) throw error;
  if (await isKnown(pool, key).catch(() => true)) throw error; // who cannot be asked may know it
  throw new GatewayError('ledger.no-room', `the database has no room: ${messageOf(error)}`, { cause: error });
}

/** Waits for whoever decides a request of that name now (functions/decide_batch.sql), then looks; writes nothing. */
function isKnown(pool: pg.Pool, { terminal, stan, localTime, localDate }: RequestHeader['key']): Promise<boolean> {
  const look = async (tx: pg.PoolClient) => {
    await tx.query(`select pg_advisory_xact_lock(1, hashtext($1))`, [`${terminal}|${stan}`]);
    const { rowCount } = await tx.query(
      `select from requests where terminal_id = $1 and stan = $2 and local_time = $3 and local_date = $4 limit 1`,
      [terminal, stan, localTime, localDate],
    );
    return rowCount !== 0;
  };
  return transaction(pool, look, { mode: 'read only' });
}
