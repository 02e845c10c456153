import type { Message } from '../codec/index.ts';

/** What an answer needs of its request, also of one that does not decode. */
export type Answerable = Pick<Message, 'mti' | 'get' | 'fields' | 'entries'>;

/** The one canonical form of an answer to a terminal: what is said, not where it stands. A profile writes it in its own variant
 *  of the wire. A member that is undefined is not said. Amounts are rials. */
export interface Answer {
  /** Response code of wire.md 6. */
  readonly rc: string;
  /** ISO 4217 of what its amounts are in; undefined: 364, rials. */
  readonly currency?: string | undefined;
  /** For the log: why it was refused, where the code alone does not say. No value of a field. */
  readonly why?: string | undefined;
  readonly rrn?: string | undefined;
  /** At most six characters, of an approval. */
  readonly authCode?: string | undefined;
  readonly voucherRials?: bigint | undefined;
  readonly cardRials?: bigint | undefined;
  readonly cashRials?: bigint | undefined;
  readonly creditLeftRials?: bigint | undefined;
  /** Of each basket line, in its order. */
  readonly lines?: readonly AnswerLine[] | undefined;
  readonly quoteRef?: string | undefined;
  readonly receiptToken?: string | undefined;
  /** For the screen: Persian, at most 120 bytes of UTF-8. */
  readonly text?: string | undefined;
  /** The first element or tag at fault, as `read` names it. */
  readonly fault?: string | undefined;
  /** New session keys as key blocks under the terminal's TMK. */
  readonly keyBlocks?: { readonly tpk: string; readonly tak: string } | undefined;
  readonly totals?: Totals | undefined;
  /** Something new waits: ans17 (terminals.md 3). Of this moment, not of the transaction: a repeat may say another. */
  readonly news?: string | undefined;
  /** For the receipt, when credit ends and when the next charge is due: Persian, at most 120 bytes of UTF-8. */
  readonly creditDates?: string | undefined;
  /** A piece of a file of updates. */
  readonly chunk?: string | undefined;
  /** A part of a certificate that was renewed (terminals.md 2). */
  readonly certificate?: string | undefined;
  /** Every good of the list, and which page of it was asked for, from 1. */
  readonly goods?: readonly Good[] | undefined;
  readonly page?: number | undefined;
  /** Elements of the bank's answer that go to the terminal as they are, by DE number. */
  readonly passThrough?: Readonly<Record<string, string>> | undefined;
}

/** A good that the voucher pays, as a device shows it. */
export interface Good {
  /** n13 */
  readonly code: string;
  readonly category: string;
  readonly nameFa: string;
  readonly unit: '00' | '01' | '02' | undefined;
  readonly capRials: bigint | undefined;
}

/** wire.md 5, tag 12. */
export interface AnswerLine {
  readonly verdict: '00' | '01' | '02' | '03' | '04';
  readonly voucherRials: bigint;
}

/** What the gateway counts of a terminal's open business day. */
export interface Totals {
  readonly purchases: Total;
  readonly reversals: Total;
  readonly returns: Total;
  readonly returnReversals: Total;
}

export interface Total {
  readonly count: number;
  readonly rials: bigint;
}

/** Credits positive: what the cards got. */
export function netRials({ purchases, reversals, returns, returnReversals }: Totals): bigint {
  return returns.rials + reversals.rials - purchases.rials - returnReversals.rials;
}
