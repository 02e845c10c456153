import type { BasketLine, LineVerdict } from '../../../src/ledger/index.ts';

/** In the order of their names. */
export const PROGRAMMES = ['basics', 'test'] as const;
export type Programme = (typeof PROGRAMMES)[number];

export interface Rules {
  readonly pinCheck: 'issuer' | 'none';
  readonly minCardRials: bigint;
  readonly maxPurchaseRials: bigint | null;
  readonly maxDayRials: bigint | null;
  readonly maxDayPurchases: number | null;
  readonly maxPeriodRials: bigint | null;
}

/** What an answer says, as far as the model foresees it. */
export interface Expected {
  readonly kind: 'approved' | 'held' | 'declined' | 'done';
  readonly rc: string;
  readonly voucher: bigint;
  readonly card: bigint;
  readonly cash: bigint;
  readonly left: bigint;
  readonly lines: readonly LineVerdict[] | undefined;
}

export interface Bucket {
  readonly programme: Programme;
  readonly amount: bigint;
  /** ISO dates. */
  readonly from: string;
  readonly to: string;
  open: bigint;
  held: bigint;
  expired: bigint;
}

export interface Take {
  readonly bucket: Bucket;
  readonly rials: bigint;
  given: bigint;
}

export interface Ration {
  readonly period: string;
  readonly quantity: bigint;
}

export interface Sale {
  readonly kind: 'purchase' | 'return';
  state: 'held' | 'approved' | 'declined' | 'reversed';
  reversal: boolean;
  voucher: bigint;
  card: bigint;
  cash: bigint;
  givenCard: bigint;
  givenCash: bigint;
  takes: Take[];
  ration: Ration | undefined;
  /** The total of a partial reversal that waits for the bank. */
  corrected: bigint | undefined;
  readonly original: Sale | undefined;
  answer: Expected;
}

export interface Quote {
  state: 'held' | 'ended';
  readonly expiresAt: number;
  readonly total: bigint;
  /** The shop's: its quotes are good nowhere else. */
  readonly guild: string;
  readonly takes: Take[];
  readonly ration: Ration | undefined;
  readonly lines: readonly LineVerdict[] | undefined;
}

export interface Asked {
  readonly total: bigint;
  readonly rest: 'card' | 'cash';
  readonly basket: readonly BasketLine[] | undefined;
  readonly guild: string;
  readonly at: number;
  readonly today: string;
}
