import type { Pool } from 'pg';
import { transaction } from '../ops/database.ts';
import type { Line, Sent } from './line.ts';
import { openSecret } from './queue.ts';
import { CODE } from './templates.ts';

/** Sends what waits, at least once each. A copy takes some rows for a while; where it dies with them, another takes them up, under the
 *  same key. */

const AT_ONCE = 20;
const FIRST_MS = 5_000;
const MOST_MS = 15 * 60_000;
/** What could not be told in two days is not told at all. */
const GIVEN_UP_MS = 48 * 3_600_000;

export interface Outbox {
  readonly pool: Pool;
  /** Undefined: none is configured. Messages are kept, and codes lapse. */
  readonly line: Line | undefined;
  /** Of `messageKey`. */
  readonly key: Buffer;
  readonly onSent?: (outcome: Sent['kind'] | 'lapsed') => void;
}

interface Row {
  readonly id: string;
  readonly key: string;
  readonly mobile: string;
  readonly body: string;
  readonly secret: Buffer | null;
  readonly tries: number;
}

/** @returns how many were tried */
export async function sendMessages(
  { pool, line, key, onSent = () => undefined }: Outbox,
  now: number,
): Promise<number> {
  const lapsed = await pool.query(
    `update messages set state = 'failed', done_at = $1, secret = null, fault = coalesce(fault, 'not sent in time')
      where message_id = any (array(
        select message_id from messages where state = 'queued' and (secret_until <= $1 or queued_at <= $2)
         order by message_id limit 500 for update skip locked))`,
    [new Date(now), new Date(now - GIVEN_UP_MS)],
  );
  for (let i = 0; i < (lapsed.rowCount ?? 0); i++) onSent('lapsed');
  if (line === undefined) return 0;
  const rows = await take(pool, new Date(now), new Date(now + 2 * line.timeoutMs));
  await Promise.all(
    rows.map(async (row) => {
      const sent = await sendOne(line, key, row);
      await keep(pool, row, sent, now);
      onSent(sent.kind);
    }),
  );
  return rows.length;
}

async function take(pool: Pool, now: Date, until: Date): Promise<Row[]> {
  return transaction(pool, async (db) => {
    const { rows } = await db.query<Row>(
      `update messages m set tries = tries + 1, next_at = $2
         from (select message_id from messages where state = 'queued' and next_at <= $1 order by secret is null, next_at limit $3 for update skip locked) d
        where m.message_id = d.message_id
      returning m.message_id::text as id, m.key::text, m.mobile, m.body, m.secret, m.tries`,
      [now, until, AT_ONCE],
    );
    return rows;
  });
}

async function sendOne(line: Line, key: Buffer, { mobile, body, secret, key: own }: Row): Promise<Sent> {
  const code = secret === null ? '' : openSecret(key, secret, mobile);
  if (code === undefined) return { kind: 'never', why: 'its code was sealed under another secrets/pan.key' };
  return line.send({ to: mobile, text: body.replace(CODE, code), key: own });
}

/** What was taken or refused for good is over, and its code is gone. */
async function keep(pool: Pool, { id, tries }: Row, sent: Sent, now: number): Promise<void> {
  if (sent.kind === 'later') {
    const next = now + Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 20));
    await pool.query(`update messages set next_at = $2, fault = $3 where message_id = $1 and state = 'queued'`, [
      id,
      new Date(next),
      sent.why.slice(0, 300),
    ]);
    return;
  }
  const [state, reference, fault] =
    sent.kind === 'taken' ? ['sent', sent.reference ?? null, null] : ['failed', null, sent.why.slice(0, 300)];
  await pool.query(
    `update messages set state = $2, reference = $3, fault = $4, done_at = $5, secret = null
      where message_id = $1 and state = 'queued'`,
    [id, state, reference, fault, new Date(now)],
  );
}
