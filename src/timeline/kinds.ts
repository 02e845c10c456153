import type { Pool, PoolClient } from 'pg';

/** Words that the API, its lists and its timeline share. */

export const TRANSACTION_KINDS = ['purchase', 'quote', 'release', 'return', 'forward', 'reversal', 'advice'] as const;
export type TransactionKind = (typeof TRANSACTION_KINDS)[number];
export const TRANSACTION_STATES = ['held', 'approved', 'declined', 'reversed'] as const;
export type TransactionState = (typeof TRANSACTION_STATES)[number];

export type Db = Pool | PoolClient;

/** Names a transaction: it begins the primary key of all that is kept of it. */
export interface TransactionRef {
  /** '' for a card of no household. */
  readonly household: string;
  readonly id: string;
  /** ISO, of the decision. */
  readonly day: string;
}

const SHAPE = /^(\d{4}-\d{2}-\d{2}) (\d{1,18}) ([0-9A-Za-z]{0,20})$/;

/** The opaque id under which the API names a transaction. */
export function opaqueId({ household, id, day }: TransactionRef): string {
  return Buffer.from(`${day} ${id} ${household}`).toString('base64url');
}

/** @returns undefined for what is no id of ours */
export function refOf(opaque: string): TransactionRef | undefined {
  const [, day, id, household] = SHAPE.exec(Buffer.from(opaque, 'base64url').toString()) ?? [];
  if (day === undefined || id === undefined || household === undefined) return undefined;
  const ref = { day, id, household };
  return opaqueId(ref) === opaque ? ref : undefined;
}
