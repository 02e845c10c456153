import { tehran } from '../ops/clock.ts';
import type {
  AdviceRequest,
  BankLeg,
  BasketLine,
  ForwardRequest,
  LegResult,
  PurchaseRequest,
  QuoteReleaseRequest,
  QuoteRequest,
  RequestHeader,
  ReturnRequest,
  ReversalRequest,
  TransactionRef,
} from './ledger.ts';

/** One request as `decide_batch` takes it (functions/4_batch.sql). */
export interface Entry {
  readonly op:
    'purchase-card' | 'purchase-cash' | 'complete' | 'quote' | 'release' | 'return' | 'forward' | 'reverse' | 'advise';
  /** Entries of one name never share a batch: the second must see the first. */
  readonly name: string;
  /** Names the card to the batcher. */
  readonly card: string | null;
  readonly terminal: string;
  readonly stan: string;
  readonly localTime: string;
  readonly localDate: string;
  readonly transmission: string;
  readonly merchant: string;
  readonly contentHash: Buffer | null;
  readonly panHash: Buffer | null;
  readonly masked: string;
  readonly at: number;
  readonly totalRials: bigint;
  readonly token: string | null;
  readonly leg: BankLeg | null;
  /** What only this kind of request has. */
  readonly args: Readonly<Record<string, unknown>> | null;
}

type Named = Pick<RequestHeader, 'key' | 'merchant' | 'contentHash' | 'at'>;

function named(request: Named, transmission: string): Omit<Entry, 'op' | 'totalRials'> {
  const { terminal, stan, localTime, localDate } = request.key;
  return {
    name: terminal + stan,
    card: null,
    terminal,
    stan,
    localTime,
    localDate,
    transmission,
    merchant: request.merchant,
    contentHash: request.contentHash,
    panHash: null,
    masked: '',
    at: request.at,
    token: null,
    leg: null,
    args: null,
  };
}

function byCard(request: RequestHeader): Omit<Entry, 'op' | 'totalRials'> {
  const { hash, masked } = request.card;
  return { ...named(request, request.transmission), card: hash.toString('latin1'), panHash: hash, masked };
}

/** Goods, unit, quantity, rials of each line. */
function basketOf(lines: readonly BasketLine[]): unknown[] {
  return lines.map((line) => [line.goods, line.unit, line.quantity, String(line.amountRials)]);
}

/** The members that have a value; null when none has. */
function argsOf(values: Readonly<Record<string, unknown>>): Entry['args'] {
  let present: Record<string, unknown> | null = null;
  for (const name in values) {
    if (values[name] === undefined) continue;
    present ??= {};
    present[name] = values[name];
  }
  return present;
}

/** @param token DE 48 tag 11 of an approval, an22 */
export function purchaseEntry(request: PurchaseRequest, token: string): Entry {
  const { basket, quoteRef, softwareVersion } = request;
  return {
    ...byCard(request),
    op: request.rest === 'card' ? 'purchase-card' : 'purchase-cash',
    totalRials: request.totalRials,
    token,
    leg: request.leg,
    args: argsOf({ basket: basket && basketOf(basket), quoteRef, software: softwareVersion }),
  };
}

export function returnEntry(request: ReturnRequest, token: string): Entry {
  const { totalRials, leg, originalRrn } = request;
  return { ...byCard(request), op: 'return', totalRials, token, leg, args: { rrn: originalRrn } };
}

export function forwardEntry(request: ForwardRequest): Entry {
  return { ...byCard(request), op: 'forward', totalRials: request.totalRials, leg: request.leg };
}

export function quoteEntry(request: QuoteRequest): Entry {
  const { basket, rest, totalRials } = request;
  const reserve = request.reserve ? true : undefined;
  return {
    ...byCard(request),
    op: 'quote',
    totalRials,
    args: argsOf({ rest, reserve, basket: basket && basketOf(basket) }),
  };
}

export function releaseEntry(request: QuoteReleaseRequest): Entry {
  return { ...byCard(request), op: 'release', totalRials: 0n, args: { quoteRef: request.quoteRef } };
}

function ofOriginal(request: Named & Pick<AdviceRequest, 'original'>): Omit<Entry, 'op' | 'totalRials'> {
  const { stan } = request.original;
  return { ...named(request, request.original.transmission), name: request.key.terminal + stan };
}

export function reversalEntry(request: ReversalRequest): Entry {
  const { stan, transmission } = request.original;
  const corrected = request.correctedRials === undefined ? undefined : String(request.correctedRials);
  return {
    ...ofOriginal(request),
    op: 'reverse',
    totalRials: request.totalRials,
    leg: request.leg,
    args: argsOf({ stan, transmission, corrected, reason: request.reason }),
  };
}

export function adviceEntry(request: AdviceRequest): Entry {
  const { stan, transmission } = request.original;
  return { ...ofOriginal(request), op: 'advise', totalRials: request.totalRials, args: { stan, transmission } };
}

/** @param at when the leg ended, ms */
export function completeEntry(ref: TransactionRef, leg: LegResult, at: number): Entry {
  return {
    op: 'complete',
    name: `${ref.householdId}/${ref.transactionId}`,
    card: null,
    terminal: '',
    stan: '',
    localTime: '',
    localDate: '',
    transmission: '',
    merchant: '',
    contentHash: null,
    panHash: null,
    masked: '',
    at,
    totalRials: 0n,
    token: null,
    leg: null,
    args: {
      household: ref.householdId,
      id: ref.transactionId,
      day: ref.businessDay,
      leg: leg.kind,
      rc: leg.kind === 'approved' ? undefined : leg.rc,
      auth: leg.kind === 'approved' ? leg.authCode : undefined,
      pass: 'passThrough' in leg ? leg.passThrough : undefined,
    },
  };
}

/** The arrays that `decide_batch` takes, in the order of its parameters. */
export function columnsOf(entries: readonly Entry[]): unknown[][] {
  return [
    entries.map((e) => e.op),
    entries.map((e) => e.terminal),
    entries.map((e) => e.stan),
    entries.map((e) => e.localTime),
    entries.map((e) => e.localDate),
    entries.map((e) => e.transmission),
    entries.map((e) => e.merchant),
    entries.map((e) => e.contentHash),
    entries.map((e) => e.panHash),
    entries.map((e) => e.masked),
    entries.map((e) => e.at),
    entries.map((e) => tehran(e.at).isoDate),
    entries.map((e) => e.totalRials),
    entries.map((e) => e.token),
    entries.map((e) => e.leg?.stan ?? null),
    entries.map((e) => e.leg?.transmission ?? null),
    entries.map((e) => (e.args === null ? null : JSON.stringify(e.args))),
  ];
}
