import type { PoolClient } from 'pg';
import { DECISIONS } from '../ops/function-set.ts';
import { GatewayError } from '../ops/errors.ts';
import { tehran, transmissionDateTime } from '../ops/clock.ts';
import { requestsOf } from './entries.ts';

export interface GiveBack {
  readonly householdId: string;
  readonly transactionId: string;
  readonly businessDay: string;
  /** At most the purchase's voucher part: what was paid by card goes back through its bank, which only a terminal asks. */
  readonly rials: bigint;
  /** Six characters that tell this return from every other of its terminal: the same again returns nothing more. */
  readonly reference: string;
  /** ms since the epoch */
  readonly now: number;
}

interface Original {
  readonly terminal: string;
  readonly merchant: string;
  readonly masked: string;
  readonly rrn: string;
  readonly pan_hash: Buffer | null;
  readonly kept: string;
}

/** Returns credit of a purchase without its card, as two people decided: the ledger's own return (functions/return.sql), in their
 *  transaction.
 *  @returns the RRN of the return
 *  @throws GatewayError `ledger.return` with what hinders it */
export async function giveBack(db: PoolClient, wanted: GiveBack): Promise<string> {
  const { rows } = await db.query<Original>(
    `select t.terminal_id as terminal, t.merchant_id as merchant, t.masked, t.rrn, (t.voucher_rials - t.given_voucher)::text as kept,
            (select c.pan_hash from cards c where c.household_id = t.household_id order by c.masked <> t.masked, c.pan_hash limit 1) as pan_hash
       from transactions t where t.household_id = $1 and t.transaction_id = $2 and t.business_day = $3`,
    [wanted.householdId, wanted.transactionId, wanted.businessDay],
  );
  const [original] = rows;
  if (original?.pan_hash == null) throw refused('the household has no card');
  if (wanted.rials > BigInt(original.kept))
    throw refused(`the purchase keeps ${original.kept} voucher rials, less than ${wanted.rials}`);
  const { time, date } = tehran(wanted.now);
  const entry = requestsOf([
    {
      op: 'return',
      name: original.terminal + wanted.reference,
      terminal: original.terminal,
      stan: wanted.reference,
      localTime: time,
      localDate: date,
      transmission: transmissionDateTime(wanted.now),
      merchant: original.merchant,
      contentHash: Buffer.from(`complaint ${wanted.reference}`),
      panHash: original.pan_hash,
      masked: original.masked,
      at: wanted.now,
      totalRials: wanted.rials,
      args: { rrn: original.rrn },
    },
  ]);
  const decided = await db.query<{ kind: string; rc: string; reason: string; rrn: string }>(
    `select kind, rc, reason, rrn from ${DECISIONS}.decide_batch($1::text::${DECISIONS}.ledger_request[])`,
    [entry],
  );
  const [verdict] = decided.rows;
  if (verdict?.kind !== 'approved') throw refused(`the ledger answers ${verdict?.rc ?? ''} (${verdict?.reason ?? ''})`);
  return verdict.rrn;
}

function refused(why: string): GatewayError {
  return new GatewayError('ledger.return', `The return is not possible: ${why}.`);
}
