import type pg from 'pg';
import type { QueuedAdvice } from './ledger.ts';

interface Row {
  advice_id: string;
  mti: QueuedAdvice['mti'];
  attempts: number;
  queued_at: string;
  terminal_id: string;
  merchant_id: string;
  rrn: string;
  amount_rials: string;
  leg: QueuedAdvice['leg'];
  original_mti: string;
  original_leg: QueuedAdvice['leg'];
  reason: string;
  unit: [stepRials: string, numeric: string] | null;
}

/** Due advices, oldest first, at most one of a lane: what follows a card's reversal waits for it. Claiming is a lease: an
 *  advice whose process died comes back when it ends. */
export async function claimAdvices(
  pool: pg.Pool,
  limit: number,
  leaseMs: number,
  now: number,
): Promise<QueuedAdvice[]> {
  const { rows } = await pool.query<Row>({
    name: 'advices-claim',
    text: `update bank_advices a set due_at = $2, attempts = attempts + 1
            where advice_id in (
              select advice_id from bank_advices due
               where done_at is null and due_at <= $1
                 and not exists (select 1 from bank_advices earlier where earlier.lane = due.lane
                                    and earlier.done_at is null and earlier.advice_id < due.advice_id)
               order by advice_id limit $3 for update skip locked)
            returning *, (select jsonb_build_array(u.step_rials::text, u.iso_number) from transaction_units u
                           where u.rrn = a.rrn order by u.transaction_id desc limit 1) as unit`,
    values: [now, now + leaseMs, limit],
  });
  return rows
    .toSorted((a, b) => Number(a.advice_id) - Number(b.advice_id))
    .map((row) => ({
      id: row.advice_id,
      mti: row.mti,
      attempts: row.attempts,
      queuedAt: Number(row.queued_at),
      terminal: row.terminal_id,
      merchant: row.merchant_id,
      rrn: row.rrn,
      amountRials: BigInt(row.amount_rials),
      leg: row.leg,
      originalMti: row.original_mti,
      originalLeg: row.original_leg,
      reason: row.reason,
      unit: row.unit === null ? undefined : { stepRials: BigInt(row.unit[0]), numeric: row.unit[1] },
    }));
}

export async function adviceDone(pool: pg.Pool, id: string, rc: string): Promise<void> {
  await pool.query('update bank_advices set done_at = now(), done_rc = $2 where advice_id = $1', [id, rc]);
}

export async function adviceFailed(pool: pg.Pool, id: string, why: string, retryAt: number): Promise<void> {
  await pool.query('update bank_advices set last_error = $2, due_at = $3 where advice_id = $1 and done_at is null', [
    id,
    why,
    retryAt,
  ]);
}
