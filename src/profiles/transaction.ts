import type { MoneyUnit } from '../field/money-unit.ts';
import type { BasketLine } from './basket.ts';

/** The one canonical form of a terminal's request. Profiles map a PSP's variant to it; nothing behind them knows which
 *  profile a terminal speaks (wire.md 8, Profiles). Amounts are rials. */
export interface Common {
  readonly mti: string;
  readonly terminal: string;
  /** DE 42. Network messages may leave it out. */
  readonly merchant: string | undefined;
  readonly stan: string;
  /** DE 7, MMDDhhmmss UTC. */
  readonly transmission: string;
  /** DE 12 and 13, Asia/Tehran. */
  readonly localTime: string;
  readonly localDate: string;
  readonly softwareVersion: string | undefined;
  /** In which its amounts were said, and are to be answered; undefined: in rials. */
  readonly unit?: MoneyUnit | undefined;
}

export interface Card {
  /** In memory while the transaction runs, and nowhere else (files.md). */
  readonly pan: string;
  readonly track2: string | undefined;
  /** YYMM */
  readonly expiry: string | undefined;
}

/** An encrypted PIN as it came: ISO 9564-1 format 0 (3 accepted) in DE 52, format 4 in DE 48 tag 20. */
export interface EncryptedPin {
  readonly block: Buffer;
  readonly format: 0 | 3 | 4;
}

export interface Financial extends Common {
  readonly merchant: string;
  readonly processingCode: string;
  readonly totalRials: bigint;
  readonly card: Card;
  readonly pin: EncryptedPin | undefined;
  /** DE 22. */
  readonly posEntryMode: string;
  /** DE 55, upper-case hex, passed through to the card leg. */
  readonly emv: string | undefined;
}

/** What a reversal or advice says of its original (DE 90), and its RRN where the terminal heard one. */
export interface OriginalRef {
  readonly mti: string;
  readonly stan: string;
  readonly transmission: string;
  readonly rrn: string | undefined;
}

export type Transaction =
  | (Financial & {
      readonly kind: 'purchase';
      readonly rest: 'card' | 'cash';
      readonly basket: readonly BasketLine[] | undefined;
      readonly quoteRef: string | undefined;
      /** `card`: the total is not said; `totalRials` is the card part of the quote (wire.md 8, Profiles). */
      readonly totalOf: 'all' | 'card';
      /** Reversed when no advice confirms it in this time; undefined: as the programme says. */
      readonly confirmWithinMs: number | undefined;
    })
  | (Financial & {
      readonly kind: 'quote';
      readonly basket: readonly BasketLine[] | undefined;
      readonly reserve: boolean;
    })
  | (Financial & { readonly kind: 'quote-release'; readonly quoteRef: string })
  | (Financial & { readonly kind: 'return'; readonly originalRrn: string })
  | (Financial & { readonly kind: 'forward' })
  | (Common & {
      readonly kind: 'reversal';
      readonly merchant: string;
      readonly original: OriginalRef;
      readonly totalRials: bigint;
      readonly correctedRials: bigint | undefined;
      readonly reason: string;
    })
  | (Common & {
      readonly kind: 'advice';
      readonly merchant: string;
      readonly original: OriginalRef;
      readonly totalRials: bigint;
    })
  | (Common & { readonly kind: 'totals'; readonly merchant: string; readonly claimed: ClaimedTotals })
  | (Common & {
      readonly kind: 'network';
      readonly code: string;
      /** Of which file of updates a piece is wanted, and a version report (terminals.md 3). */
      readonly wanted?: string | undefined;
      readonly report?: string | undefined;
      /** A part of a request for a certificate, and which part of the certificate is wanted (terminals.md 2). */
      readonly request?: string | undefined;
      readonly certificate?: string | undefined;
    })
  /** The goods that may be bought for the voucher, page by page. */
  | (Common & { readonly kind: 'goods'; readonly merchant: string; readonly page: number });

/** DE 74-77 and 81-84 (counts), 86-89 (amounts), 97 (net) of an 0500/0520. Undefined: the terminal did not say. */
export interface ClaimedTotals {
  readonly credits: Claim;
  readonly creditReversals: Claim;
  readonly debits: Claim;
  readonly debitReversals: Claim;
  /** Signed: credits positive. */
  readonly netRials: bigint | undefined;
  /** The sum of DE 81-84: authorisations and fees, which no terminal of the contract has. */
  readonly others: bigint;
}

export interface Claim {
  readonly count: number | undefined;
  readonly rials: bigint | undefined;
}

/** Why a request that decodes is still refused: a response code, and the field at fault where it is one (DE 48 tag 90). */
export interface Refusal {
  readonly kind: 'refused';
  readonly rc: string;
  readonly path: string | undefined;
  readonly reason: string;
  /** Its amounts are in another unit of money than the terminal's. */
  readonly isUnit?: boolean;
}

export type Mapped = Transaction | Refusal;

/** What may differ between a request and its repeat: its time, its MAC, and the PIN under another key or padding. */
export interface NotContent {
  readonly elements: ReadonlySet<number>;
  /** Of DE 48. */
  readonly tags: ReadonlySet<string>;
}
