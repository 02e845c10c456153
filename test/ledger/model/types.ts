import type { BasketLine, LineVerdict } from '../../../src/ledger/index.ts';
import type { Judged } from './basket.ts';

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

/** Voucher, card, cash. */
export type Parts = readonly [bigint, bigint, bigint];

export interface Ration {
  readonly period: string;
  readonly judged: Judged;
  /** What of it the voucher paid. */
  readonly voucher: bigint;
}

export interface Sale {
  readonly kind: 'purchase' | 'return';
  state: 'held' | 'approved' | 'declined' | 'reversed';
  reversal: boolean;
  voucher: bigint;
  card: bigint;
  cash: bigint;
  takes: Take[];
  /** Credit of other buckets that stands in for its own. */
  more: Take[];
  /** Of a purchase: what the returns that stand gave back; of a return: what of it was taken again. */
  returned: Parts;
  /** Returns that the bank is still asked about, as often as they are. */
  pending: number;
  /** The least total of a partial reversal. */
  price: bigint | undefined;
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
  readonly terminal: string;
  readonly takes: Take[];
  readonly ration: Ration | undefined;
  readonly lines: readonly LineVerdict[] | undefined;
}

export interface Asked {
  readonly total: bigint;
  readonly rest: 'card' | 'cash';
  readonly basket: readonly BasketLine[] | undefined;
  readonly guild: string;
  readonly terminal: string;
  readonly at: number;
  readonly today: string;
}
