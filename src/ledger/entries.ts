import { RIAL } from '../field/money-unit.ts';
import { tehran, transmissionDateTime } from '../ops/clock.ts';
import type {
  AdviceRequest,
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

/** One request as `decide_batch` takes it (functions/decide_batch.sql). */
export interface Entry {
  readonly op:
    'purchase-card' | 'purchase-cash' | 'complete' | 'quote' | 'release' | 'return' | 'forward' | 'reverse' | 'advise';
  /** Entries of one name never share a batch: the second must see the first. */
  readonly name: string;
  readonly terminal: string;
  readonly stan: string;
  readonly localTime: string;
  readonly localDate: string;
  readonly transmission: string;
  readonly merchant: string;
  readonly contentHash?: Buffer;
  /** Names the card to the batcher. */
  readonly card?: string;
  readonly panHash?: Buffer;
  readonly masked?: string;
  readonly at: number;
  readonly totalRials: bigint;
  readonly token?: string;
  /** DE 7 of the request to the bank that may come of it; undefined: none may. */
  readonly legAt?: string | undefined;
  /** Only as the repeat of a request that is known. */
  readonly stale?: boolean | undefined;
  /** What only this kind of request has. */
  readonly args?: Readonly<Record<string, unknown>> | undefined;
}

type Named = Pick<RequestHeader, 'key' | 'merchant' | 'contentHash' | 'at'>;

// Here and on the whole path of a request spreads stand last: a property after a spread costs V8 a new shape, 0.8 µs each
// (docs/decisions/0011).
function named(request: Named, transmission: string, name: string) {
  const { terminal, stan, localTime, localDate } = request.key;
  const { merchant, contentHash, at } = request;
  return { name, terminal, stan, localTime, localDate, transmission, merchant, contentHash, at };
}

function byCard(request: RequestHeader) {
  const { hash, masked } = request.card;
  const name = request.key.terminal + request.key.stan;
  const { stale } = request;
  return { card: hash.toString('latin1'), panHash: hash, masked, stale, ...named(request, request.transmission, name) };
}

/** Goods, unit, quantity, rials of each line. */
function basketOf(lines: readonly BasketLine[]): unknown[] {
  return lines.map((line) => [line.goods, line.unit, line.quantity, String(line.amountRials)]);
}

/** What one step of the terminal's unit is worth, and which it is; undefined: rials. */
function unitArgs({ unit }: Pick<RequestHeader, 'unit'>): unknown {
  if (unit === undefined || unit.unit === RIAL.unit) return undefined;
  return { name: unit.unit, step: String(unit.stepRials), number: unit.numeric };
}

/** The members that have a value; undefined when none has. */
function argsOf(values: Readonly<Record<string, unknown>>): Entry['args'] {
  let present: Record<string, unknown> | undefined;
  for (const name in values) {
    if (values[name] === undefined) continue;
    present ??= {};
    present[name] = values[name];
  }
  return present;
}

/** @param token DE 48 tag 11 of an approval, an22 */
export function purchaseEntry(request: PurchaseRequest, token: string): Entry {
  const { basket, quoteRef, softwareVersion: software, confirmWithinMs: confirmMs, authority } = request;
  const ofCard = request.ofCard === true ? true : undefined;
  const outdated = request.outdated === true ? true : undefined;
  return {
    op: request.rest === 'card' ? 'purchase-card' : 'purchase-cash',
    totalRials: request.totalRials,
    token,
    legAt: transmissionDateTime(request.at),
    args: argsOf({
      basket: basket && basketOf(basket),
      quoteRef,
      software,
      ofCard,
      confirmMs,
      outdated,
      unit: unitArgs(request),
      authority,
    }),
    ...byCard(request),
  };
}

export function returnEntry(request: ReturnRequest, token: string): Entry {
  const { totalRials, originalRrn, at } = request;
  const legAt = transmissionDateTime(at);
  return {
    op: 'return',
    totalRials,
    token,
    legAt,
    args: argsOf({ rrn: originalRrn, unit: unitArgs(request) }),
    ...byCard(request),
  };
}

export function forwardEntry(request: ForwardRequest): Entry {
  const { totalRials, at } = request;
  const args = argsOf({ unit: unitArgs(request) });
  return { op: 'forward', totalRials, legAt: transmissionDateTime(at), args, ...byCard(request) };
}

export function quoteEntry(request: QuoteRequest): Entry {
  const { basket, rest, totalRials, softwareVersion: software, authority } = request;
  const reserve = request.reserve ? true : undefined;
  const outdated = request.outdated === true ? true : undefined;
  return {
    op: 'quote',
    totalRials,
    args: argsOf({
      rest,
      reserve,
      software,
      basket: basket && basketOf(basket),
      outdated,
      unit: unitArgs(request),
      authority,
    }),
    ...byCard(request),
  };
}

export function releaseEntry(request: QuoteReleaseRequest): Entry {
  return { op: 'release', totalRials: 0n, args: { quoteRef: request.quoteRef }, ...byCard(request) };
}

/** All that may name the original (request_of, functions/shared/names.sql). */
function originalArgs({ key, original: { stan, transmission, rrn } }: Pick<AdviceRequest, 'key' | 'original'>) {
  return { stan, transmission, rrn, time: key.localTime, date: key.localDate };
}

/** Named as its original is. */
function ofOriginal(request: Named & Pick<AdviceRequest, 'original'>) {
  const { stan, transmission } = request.original;
  return named(request, transmission, request.key.terminal + stan);
}

export function reversalEntry(request: ReversalRequest): Entry {
  const named = originalArgs(request);
  const corrected = request.correctedRials === undefined ? undefined : String(request.correctedRials);
  return {
    op: 'reverse',
    totalRials: request.totalRials,
    legAt: transmissionDateTime(request.at),
    args: argsOf({ ...named, corrected, reason: request.reason }),
    ...ofOriginal(request),
  };
}

export function adviceEntry(request: AdviceRequest): Entry {
  return { op: 'advise', totalRials: request.totalRials, args: argsOf(originalArgs(request)), ...ofOriginal(request) };
}

/** @param at when the leg ended, ms */
export function completeEntry(ref: TransactionRef, leg: LegResult, at: number): Entry {
  return {
    op: 'complete',
    name: `${ref.householdId}/${ref.transactionId}`,
    terminal: '',
    stan: '',
    localTime: '',
    localDate: '',
    transmission: '',
    merchant: '',
    at,
    totalRials: 0n,
    args: {
      household: ref.householdId,
      id: ref.transactionId,
      day: ref.businessDay,
      leg: leg.kind,
      rc: leg.kind === 'approved' ? undefined : leg.rc,
      bank: 'bankRc' in leg ? leg.bankRc : undefined,
      by: leg.kind === 'doubt' ? leg.by : undefined,
      auth: leg.kind === 'approved' ? leg.authCode : undefined,
      pass: 'passThrough' in leg ? leg.passThrough : undefined,
      unreached: 'unreached' in leg ? leg.unreached : undefined,
    },
  };
}

/** The fields of a `ledger_request` (functions/types.sql), in its order. */
export const REQUEST_FIELDS: Readonly<Record<string, (entry: Entry) => string | Buffer | undefined>> = {
  op: (e) => e.op,
  terminal_id: (e) => e.terminal,
  stan: (e) => e.stan,
  local_time: (e) => e.localTime,
  local_date: (e) => e.localDate,
  transmission: (e) => e.transmission,
  merchant_id: (e) => e.merchant,
  content_hash: (e) => e.contentHash,
  pan_hash: (e) => e.panHash,
  masked: (e) => e.masked ?? '',
  at: (e) => String(e.at),
  today: (e) => tehran(e.at).isoDate,
  total_rials: (e) => String(e.totalRials),
  token: (e) => e.token,
  leg_at: (e) => e.legAt,
  args: argsText,
};
const FIELDS = Object.values(REQUEST_FIELDS);

/** What `decide_batch` takes: an array of `ledger_request` as PostgreSQL writes it (8.15.2, 8.16.2). */
export function requestsOf(entries: readonly Entry[]): string {
  let text = '';
  for (const entry of entries) {
    let record = '';
    for (const field of FIELDS) record += ',' + written(field(entry));
    text += ',"(' + record.slice(1) + ')"';
  }
  return '{' + text.slice(1) + '}';
}

function argsText({ args, stale }: Entry): string | undefined {
  if (stale === true) return JSON.stringify({ stale, ...args });
  return args === undefined ? undefined : JSON.stringify(args);
}

/** What stands in a record without quotes. */
const PLAIN = /^[0-9A-Za-z*_-]+$/;

/** A field of a record in an array: what needs it is escaped for both. An empty field is null; bytes are hexadecimal (8.4.1). */
function written(value: string | Buffer | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') return '\\\\\\\\x' + value.toString('hex');
  if (PLAIN.test(value)) return value;
  return '\\"' + value.replace(/["\\]/g, (special) => (special === '"' ? '\\\\\\"' : '\\\\\\\\')) + '\\"';
}
