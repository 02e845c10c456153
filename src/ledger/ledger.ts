/** The ledger's face: what handlers ask, and the verdicts they get. Amounts are rials (`bigint`).
 *  Every call is one entry of a micro-batch and is durable when its promise resolves.
 *  Expected outcomes are values; a rejected promise means that nothing of it was written. */

import type { MoneyUnit } from '../field/money-unit.ts';

/** What names a transaction for ever: DE 41, 11, 12, 13 (wire.md 9.1). */
export interface TransactionKey {
  readonly terminal: string;
  readonly stan: string;
  readonly localTime: string;
  readonly localDate: string;
}

/** A card as the ledger may know it (files.md): keyed hash, first six, last four. */
export interface CardRef {
  /** HMAC-SHA-256 of the PAN, 32 bytes. */
  readonly hash: Buffer;
  /** `603799******0006` */
  readonly masked: string;
}

/** A basket line (wire.md 5, tag 01). */
export interface BasketLine {
  readonly goods: string;
  readonly unit: '00' | '01' | '02';
  readonly quantity: number;
  readonly amountRials: bigint;
}

/** wire.md 5, tag 12. */
export interface LineVerdict {
  readonly verdict: '00' | '01' | '02' | '03' | '04';
  readonly voucherRials: bigint;
}

/** What names a request to the bank. The ledger gives it and stores it before the request leaves, so that it can be reversed
 *  after any crash, and no two copies of the gateway give the same (decision 13). */
export interface BankLeg {
  /** DE 11. */
  readonly stan: string;
  /** DE 7, MMDDhhmmss UTC. */
  readonly transmission: string;
}

export interface RequestHeader {
  readonly key: TransactionKey;
  /** DE 7 of the request (MMDDhhmmss, UTC): a reversal names its original by it (DE 90). */
  readonly transmission: string;
  readonly merchant: string;
  /** SHA-256 over what makes two requests "the same content"; another value under the same key is RC 94. */
  readonly contentHash: Buffer;
  readonly card: CardRef;
  /** The instant of the request, ms since the epoch. */
  readonly at: number;
  /** Its local time lies outside of the window for new requests: RC 30 (`clock.wrong`) unless it is known. */
  readonly stale?: boolean;
  /** In which its terminal says amounts: a split is of whole steps of it; undefined: of rials. */
  readonly unit?: MoneyUnit | undefined;
}

/** What a remote authority said of a request (functions/authority.sql): a split in rials that it has reserved until an instant (ms), or why
 *  there is none. With a quote reference the split is that of the quote. */
export type AuthorityWord =
  | {
      readonly order: string;
      readonly programme: string;
      readonly voucher: string;
      readonly left?: string;
      readonly until?: number;
    }
  /** It does not answer, and our books may grant something in its place. */
  | { readonly order: string; readonly programme: string; readonly standIn: true }
  | { readonly rc: string; readonly reason: string };

export interface PurchaseRequest extends RequestHeader {
  readonly totalRials: bigint;
  /** Who pays what the voucher does not: the same card (17 98 00) or cash (17 98 98). */
  readonly rest: 'card' | 'cash';
  readonly basket: readonly BasketLine[] | undefined;
  /** DE 48 tag 14: take exactly the split of this reserved quote. */
  readonly quoteRef: string | undefined;
  readonly softwareVersion: string | undefined;
  /** `totalRials` is the card part of that quote: its total counts. */
  readonly ofCard?: boolean | undefined;
  /** The terminal's software is too old to sell with: RC 58 (`terminal.outdated`) unless the request is known. */
  readonly outdated?: boolean | undefined;
  /** Reversed when nothing confirms it in this time; undefined: as the programme says. */
  readonly confirmWithinMs?: number | undefined;
  /** The credit is an authority's, not ours: it decided the split. */
  readonly authority?: AuthorityWord | undefined;
}

export interface QuoteRequest extends RequestHeader {
  /** Zero: a plain inquiry of the credit left. */
  readonly totalRials: bigint;
  readonly basket: readonly BasketLine[] | undefined;
  readonly rest: 'card' | 'cash';
  readonly softwareVersion: string | undefined;
  /** Reserve the credit for 120 s under `Outcome.quoteRef`. */
  readonly reserve: boolean;
  /** As of a purchase. */
  readonly outdated?: boolean | undefined;
  readonly authority?: AuthorityWord | undefined;
}

export interface QuoteReleaseRequest extends RequestHeader {
  readonly quoteRef: string;
}

/** A return (27 98 00). `originalRrn` is DE 48 tag 10; the voucher part is restored first, then the card part. */
export interface ReturnRequest extends RequestHeader {
  readonly totalRials: bigint;
  readonly originalRrn: string;
}

/** What names an original: DE 90 (MTI, STAN, DE 7), and DE 37 where the terminal heard an answer. */
export interface OriginalName {
  readonly mti: string;
  readonly stan: string;
  readonly transmission: string;
  readonly rrn?: string | undefined;
}

/** 0400/0420. The original is named by its `OriginalName`, or by its STAN, DE 4 and the DE 12 and 13 of the reversal. */
export interface ReversalRequest {
  readonly key: TransactionKey;
  readonly merchant: string;
  readonly contentHash: Buffer;
  readonly at: number;
  readonly original: OriginalName;
  /** DE 4 and, for a partial reversal, the corrected total of DE 95. */
  readonly totalRials: bigint;
  readonly correctedRials: bigint | undefined;
  /** DE 39 of the reversal: 68, 17, 22. */
  readonly reason: string;
}

/** 0220: the completion advice that confirms a purchase (wire.md 3, 9.5). */
export interface AdviceRequest {
  readonly key: TransactionKey;
  readonly merchant: string;
  readonly contentHash: Buffer;
  readonly at: number;
  readonly original: OriginalName;
  readonly totalRials: bigint;
}

/** An ordinary transaction that is only forwarded (00 00 00, 31 00 00): kept for idempotency, reversal and totals. */
export interface ForwardRequest extends RequestHeader {
  readonly totalRials: bigint;
}

/** What the answer is built from, now and on every repeat. */
export interface Outcome {
  /** DE 39. */
  readonly rc: string;
  /** For people and logs: `household.blocked`, `credit.none`, … */
  readonly reason: string;
  readonly rrn: string;
  /** DE 38, when approved. */
  readonly authCode: string | undefined;
  readonly voucherRials: bigint;
  readonly cardRials: bigint;
  readonly cashRials: bigint;
  readonly creditLeftRials: bigint;
  /** The first day after which some of that is gone, ISO; undefined: nothing is left. */
  readonly creditEnds: string | undefined;
  /** The next day on which more may be spent, ISO; undefined: nobody knows of any. */
  readonly nextCharge: string | undefined;
  readonly lines: readonly LineVerdict[] | undefined;
  readonly quoteRef: string | undefined;
  readonly receiptToken: string | undefined;
  /** DE 48 tag 90 of a decline that blames a field. */
  readonly fault: string | undefined;
  /** Of a decline because of a good (`goods.price`, `goods.quantity`): which. */
  readonly good?: { readonly code: string; readonly nameFa: string } | undefined;
  /** Fields of the bank's answer that pass through to the terminal (DE number → value as the codec gives it). */
  readonly passThrough: Readonly<Record<string, string>> | undefined;
}

/** Names a transaction in the ledger. */
export interface TransactionRef {
  readonly householdId: string;
  readonly transactionId: string;
  readonly businessDay: string;
}

export type Decision =
  /** Decided and captured in one step: no bank is needed. */
  | { readonly kind: 'approved'; readonly outcome: Outcome }
  /** Credit (if any) is held. Ask the bank, then `complete`. */
  | {
      readonly kind: 'held';
      readonly ref: TransactionRef;
      readonly bank: 'card' | 'pin-check';
      /** What the request to the bank is to be named. */
      readonly leg: BankLeg;
      readonly outcome: Outcome;
    }
  | { readonly kind: 'declined'; readonly outcome: Outcome }
  /** The same content again: the stored outcome. */
  | { readonly kind: 'repeat'; readonly outcome: Outcome }
  /** The same content again, while the first is still with the bank. */
  | { readonly kind: 'pending'; readonly ref: TransactionRef }
  /** The same key with other content: RC 94. */
  | { readonly kind: 'conflict' };

/** What became of the bank leg. `doubt`: no answer, a late one, or one that does not fit: released, and reversed at the bank. */
export type LegResult =
  | {
      readonly kind: 'approved';
      readonly authCode: string;
      readonly passThrough?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'declined';
      /** DE 39 for the terminal, and the bank's own where a bank said it: kept in `Outcome.reason`. */
      readonly rc: string;
      readonly bankRc?: string;
      readonly passThrough?: Readonly<Record<string, string>>;
    }
  /** Surely never sent: released, nothing to reverse. */
  | { readonly kind: 'unsent'; readonly rc: string; readonly unreached?: Unreached }
  | {
      readonly kind: 'doubt';
      readonly rc: string;
      readonly why: string;
      readonly bankRc?: string;
      /** Who left it in doubt, unless it was the bank. */
      readonly by?: 'authority';
      readonly unreached?: Unreached;
    };

/** The bank gave no answer to a check of a PIN: a rule may let the purchase stand (docs/decisions/0096). */
export interface Unreached {
  /** Whether a PIN was entered, which nobody has checked. */
  readonly pin: boolean;
}

/** 00: done (now, earlier, or in advance: an original yet to come is refused). */
export interface ReversalOutcome {
  readonly kind: 'done' | 'conflict';
  readonly rc: string;
  readonly reason: string;
  /** RRN of the original where it is known, else one of the reversal's own. */
  readonly rrn: string;
  readonly creditLeftRials: bigint | undefined;
}

/** A message that must reach the bank, whatever happens (wire.md 9.4). Never discarded for age or attempts. */
export interface QueuedAdvice {
  readonly id: string;
  readonly mti: '0420' | '0220';
  readonly attempts: number;
  readonly queuedAt: number;
  readonly terminal: string;
  readonly merchant: string;
  readonly rrn: string;
  readonly amountRials: bigint;
  /** Own identity of the advice, and that of the leg it reverses. */
  readonly leg: BankLeg;
  readonly originalMti: string;
  readonly originalLeg: BankLeg;
  readonly reason: string;
  /** In which its original was said to the bank; undefined: in rials. */
  readonly unit?: Pick<MoneyUnit, 'stepRials' | 'numeric'> | undefined;
}

export interface TerminalTotals {
  readonly businessDay: string;
  readonly purchases: { readonly count: number; readonly rials: bigint };
  readonly reversals: { readonly count: number; readonly rials: bigint };
  readonly returns: { readonly count: number; readonly rials: bigint };
  readonly returnReversals: { readonly count: number; readonly rials: bigint };
}

export interface Ledger {
  purchase(request: PurchaseRequest): Promise<Decision>;
  return(request: ReturnRequest): Promise<Decision>;
  forward(request: ForwardRequest): Promise<Decision>;
  /** Ends a held transaction by its bank leg: capture, or release. If a reversal came meanwhile, the result is
   *  reversed instead (RC 68 in the outcome, an 0420 queued where the bank approved).
   *  Idempotent: a second call gives the first one's outcome. */
  complete(ref: TransactionRef, leg: LegResult): Promise<Outcome>;
  /** The outcome of a pending transaction, or undefined while it is still open. */
  outcome(ref: TransactionRef): Promise<Outcome | undefined>;
  quote(request: QuoteRequest): Promise<Decision>;
  releaseQuote(request: QuoteReleaseRequest): Promise<Decision>;
  reverse(request: ReversalRequest): Promise<ReversalOutcome>;
  advise(request: AdviceRequest): Promise<ReversalOutcome>;
  totals(terminal: string): Promise<TerminalTotals>;

  /** Takes due advices under a lease, oldest first, in order per card. */
  claimAdvices(limit: number, leaseMs: number, now: number): Promise<QueuedAdvice[]>;
  /** The bank took it (0430/0230 with a final code). */
  adviceDone(id: string, rc: string): Promise<void>;
  adviceFailed(id: string, why: string, retryAt: number): Promise<void>;
  /** Held transactions whose process died: age over `olderThanMs`. Each comes back once per lease. */
  claimStranded(olderThanMs: number, limit: number, now: number): Promise<TransactionRef[]>;
  /** What time brings: ends quotes and credit past their end, reverses purchases that nobody confirmed, removes what is long over,
   *  and gives credit to who is due. One duty that fails keeps no other from its turn.
   *  Rejects afterwards with an AggregateError that names each failed duty. */
  housekeep(now: number): Promise<void>;
}
