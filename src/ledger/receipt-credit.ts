import type { Pool, PoolClient } from 'pg';
import { DOOR } from '../ops/function-set.ts';

/** For a receipt: what was left when it was made, until when that is good as policies stand today, and when the next charge is due. */
export interface ReceiptCredit {
  readonly leftRials: bigint;
  /** ISO days; undefined: nobody knows of any. */
  readonly ends: string | undefined;
  readonly nextCharge: string | undefined;
}

/** By the SHA-256 of a receipt's token; the role of the public door may ask, and learns nothing else of the household.
 *  @returns undefined where there is no such receipt, or it has ended */
export async function receiptCredit(db: Pool | PoolClient, digest: Buffer): Promise<ReceiptCredit | undefined> {
  const { rows } = await db.query<{ left_rials: string; ends: string | null; next_charge: string | null }>({
    name: 'receipt-credit',
    text: `select left_rials, credit_ends::text as ends, next_charge::text from ${DOOR}.receipt_credit($1)`,
    values: [digest],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  return { leftRials: BigInt(row.left_rials), ends: row.ends ?? undefined, nextCharge: row.next_charge ?? undefined };
}
