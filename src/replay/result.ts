import type { CapturedFrame } from '../capture/index.ts';
import type { Message } from '../codec/index.ts';
import type { FieldDifference } from './compare.ts';

/** What became of one request of the capture. */
export interface Played {
  /** Place among the requests of the capture, from 1. */
  readonly number: number;
  /** `0200 179800 STAN 000012`, of the capture. */
  readonly title: string;
  readonly connection: string;
  readonly request: CapturedFrame;
  readonly recordedMessage: Message | undefined;
  readonly sent: Message | undefined;
  readonly answer: Message | undefined;
  readonly recordedMs: number | undefined;
  readonly tookMs: number | undefined;
  readonly differences: readonly FieldDifference[];
}

export interface ReplayResult {
  readonly file: string;
  readonly played: readonly Played[];
  /** Requests whose answer differs. */
  readonly different: number;
  /** What a person should know, and what is no difference: answers that the capture does not hold, and the like. */
  readonly notes: readonly string[];
  readonly tookMs: number;
}

export type Speed =
  /** Times of the capture divided by `factor`. */
  | { readonly kind: 'factor'; readonly factor: number }
  /** As fast as the order of the capture allows. */
  | { readonly kind: 'max' }
  /** This many requests a second. */
  | { readonly kind: 'rate'; readonly perSecond: number };
