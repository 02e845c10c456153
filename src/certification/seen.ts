import type { Message } from '../codec/index.ts';
import type { Mapped } from '../profiles/index.ts';
import type { Ask, Fault, RequestKind } from './words.ts';

/** A request of the device. */
export interface SeenRequest {
  /** ms since the epoch, by the gateway side's clock. */
  readonly at: number;
  readonly step: number;
  /** Counts from 1 in a run. */
  readonly connection: number;
  readonly kind: RequestKind;
  /** In the contract's words, whatever the device speaks. */
  readonly message: Message;
  /** As it came. */
  readonly said: Message;
  /** Why a reversal is sent is not said, or it has the STAN of what it names: so the profile has it. */
  readonly unsaid: ReadonlySet<'reason' | 'own-stan' | 'line-amounts'>;
  readonly tx: Mapped;
  /** none: it carries no MAC */
  readonly mac: 'good' | 'wrong' | 'none';
  /** Whether the PIN block opened to a PIN of this card; undefined: there is none. */
  readonly pinGood: boolean | undefined;
  /** Same transaction as an earlier request: a repeat. */
  readonly repeats: SeenRequest | undefined;
  /** Its STAN, date and time were used for another content: answered 94. */
  readonly conflicts: boolean;
  /** Its STAN was used before, and it is no repeat. */
  readonly reused: boolean;
  readonly fault: Fault | undefined;
  /** Of a quote: the reference that it was given. */
  quoteRef?: string | undefined;
  /** Of totals: how they differ. */
  why?: string | undefined;
  answer: SeenAnswer | undefined;
}

export interface SeenAnswer {
  readonly at: number;
  readonly rc: string;
  readonly message: Message;
  /** Whether the device can believe it and heard it in time. */
  readonly sound: boolean;
}

export interface SeenPaper extends Ask {
  readonly step: number;
  readonly said: boolean;
}

/** What happened on the line, and to it. */
export interface SeenLine {
  readonly at: number;
  readonly step: number;
  readonly connection: number;
  readonly what: 'opened' | 'closed' | 'undecodable' | 'keep-alive' | 'refused';
  readonly why?: string;
}

/** All that was seen in one case. */
export interface CaseSeen {
  readonly requests: SeenRequest[];
  readonly papers: SeenPaper[];
  readonly lines: SeenLine[];
  /** The device did not come back from what it was doing. */
  readonly stuck: number[];
}

export function nothingSeen(): CaseSeen {
  return { requests: [], papers: [], lines: [], stuck: [] };
}
