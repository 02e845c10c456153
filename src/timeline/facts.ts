import { tehran } from '../ops/clock.ts';
import { sqlIn } from '../ops/sql.ts';
import { followed, portionsOfSales, readPay, type DayPay, type Portion } from '../settlement/shop/index.ts';
import type { Db, TransactionKind, TransactionRef, TransactionState } from './kinds.ts';
import type { TransactionRow } from './list.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** One transaction, as its row says it. Rials are whole, instants ms since the epoch. */
export interface Transaction extends TransactionRow {
  readonly shopStatus: string | null;
  readonly givenVoucher: string;
  readonly givenCard: string;
  readonly givenCash: string;
  readonly localTime: string;
  readonly localDate: string;
  readonly authCode: string | null;
  readonly left: string;
  readonly fee: string;
  /** Tag 12 of DE 48 as it is kept: verdict n2 and rials n12 a line. */
  readonly verdicts: string | null;
  readonly quoteRef: string | null;
  readonly token: string | null;
  readonly fault: string | null;
  readonly buckets: readonly string[];
  readonly takes: readonly string[];
  readonly quantities: Readonly<Record<string, unknown>> | null;
  readonly bank: 'card' | 'pin-check' | null;
  readonly legStan: string | null;
  readonly legAt: string | null;
  readonly leasedUntil: number | null;
  readonly reversedWhile: string | null;
  readonly originalId: string | null;
  readonly originalDay: string | null;
  readonly confirmBy: number | null;
  readonly confirmedAt: number | null;
  readonly corrected: string | null;
  readonly price: string | null;
  readonly short: string | null;
  readonly profile: string | null;
  readonly psp: string | null;
  readonly software: string | null;
}

export interface Related extends TransactionRef {
  readonly kind: TransactionKind;
  readonly state: TransactionState;
  readonly at: number;
  readonly stan: string;
  readonly terminal: string;
  readonly code: string | null;
  readonly reason: string;
  readonly total: string;
  readonly voucher: string;
  readonly cardPart: string;
  readonly cash: string;
  readonly originalId: string;
}

export interface Advice {
  readonly id: string;
  readonly mti: string;
  readonly rials: string;
  readonly leg: { readonly stan: string; readonly transmission: string };
  readonly originalLeg: { readonly stan: string; readonly transmission: string };
  readonly reason: string;
  readonly queuedAt: number;
  readonly dueAt: number;
  readonly attempts: number;
  readonly error: string | null;
  readonly code: string | null;
  readonly doneAt: number | null;
  readonly owner: string;
  readonly note: string | null;
  readonly resolvedAt: number | null;
  /** For good: a person settles it with the bank. */
  readonly refused: boolean;
}

export interface Posting {
  readonly day: string;
  readonly line: number;
  readonly kind: string;
  readonly at: number;
  readonly bucket: string | null;
  readonly legs: Readonly<Record<string, string>>;
}

export interface Rule {
  readonly bucket: string | null;
  readonly programme: string;
  readonly period: string | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  /** The day from which the rules held: their version. */
  readonly version: string | null;
  readonly [rule: string]: string | number | null;
}

export interface BreakFact {
  readonly id: string;
  readonly class: string;
  readonly state: 'open' | 'proposed' | 'resolved';
  readonly rials: string;
  readonly detail: string;
  readonly owner: string | null;
  readonly post: string | null;
  readonly postRials: string | null;
  readonly proposedBy: string | null;
  readonly approvedBy: string | null;
  readonly raisedAt: number;
  readonly resolvedAt: number | null;
  /** Of its shop's day as a whole. */
  readonly ofShop: boolean;
}

export interface AcquirerLine {
  readonly psp: string;
  readonly settlementDate: string;
  readonly file: string;
  readonly line: number;
  readonly code: string;
  readonly total: string;
  readonly voucher: string;
  readonly rule: number | null;
  readonly at: number;
}

export interface Order {
  readonly id: string;
  readonly file: string;
  readonly position: number;
  readonly merchant: string;
  readonly sheba: string;
  readonly name: string;
  readonly rail: 'PAYA' | 'SATNA';
  readonly state: 'made' | 'sent' | 'accepted' | 'paid' | 'returned' | 'held';
  readonly reason: string | null;
  readonly rials: string;
  readonly day: string;
  readonly orders: number;
  readonly fileRials: string;
  readonly sha256: string | null;
  readonly payOn: string;
  readonly cycle: string;
  readonly writtenAt: number | null;
  readonly leavingAt: number | null;
  readonly deliveredAt: number | null;
  readonly withdrawn: boolean;
  readonly begunAt: number;
  readonly madeAt: number | null;
  readonly releasedAt: number | null;
  readonly maker: string;
  readonly checker: string | null;
  readonly clearing: string;
  readonly changedAt: number;
  /** The bank's file that said it last. */
  readonly answer: string | null;
  readonly answerKind: string | null;
  readonly shebaNow: string | null;
}

export interface DayState {
  readonly day: string;
  readonly closedAt: number | null;
  readonly state: string | null;
  readonly maker: string | null;
  readonly checker: string | null;
  readonly error: string | null;
  readonly begunAt: number | null;
  readonly madeAt: number | null;
  /** Null: not netted. */
  readonly purchases: number | null;
  readonly purchaseRials: string | null;
  readonly returnRials: string | null;
  readonly reversalRials: string | null;
  readonly feeRials: string | null;
  readonly carriedRials: string | null;
  readonly netRials: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
}

export interface ComplaintFact {
  readonly id: string;
  readonly number: string;
  readonly kind: string;
  readonly state: string;
  readonly on: string | null;
  readonly filedAt: number;
  readonly since: number | null;
  readonly until: number | null;
}

export interface ShebaFact {
  readonly id: string;
  readonly old: string;
  readonly new: string;
  readonly approvedAt: number;
  readonly inForce: string;
  readonly bankClosed: boolean;
  readonly state: 'waiting' | 'in_force' | 'stopped';
}

export interface DisputeFact {
  readonly id: string;
  readonly rials: string;
  readonly reason: string;
  readonly at: number;
  readonly until: number;
  readonly released: boolean;
  readonly proposed: boolean;
}

/** The money of a sale on its way to the shop: the portion of its day that it goes with, and where that is in the end. */
export interface PayFact {
  readonly day: DayPay;
  /** Undefined: nothing of it is to be paid (no voucher part that is ours). */
  readonly portion: Portion | undefined;
  readonly at: Portion | undefined;
  /** What settlement pays for this sale. */
  readonly rials: bigint;
}

/** Everything that is known of one transaction. */
export interface Facts {
  readonly row: Transaction;
  readonly transmission: string | null;
  readonly original: Transaction | undefined;
  readonly related: readonly Related[];
  readonly advices: readonly Advice[];
  readonly postings: readonly Posting[];
  readonly rules: readonly Rule[];
  readonly day: DayState | undefined;
  readonly pay: PayFact | undefined;
  readonly orders: readonly Order[];
  readonly breaks: readonly BreakFact[];
  readonly acquirer: readonly AcquirerLine[];
  readonly complaints: readonly ComplaintFact[];
  readonly shebaChanges: readonly ShebaFact[];
  readonly disputes: readonly DisputeFact[];
}

/** @returns undefined: there is no such transaction
 *  @param now ms since the epoch */
export async function readFacts(db: Db, ref: TransactionRef, now: number): Promise<Facts | undefined> {
  const row = await one<Transaction>(db, 'transaction', [ref.household, ref.id, ref.day]);
  if (row === undefined) return undefined;
  const key = [row.household, row.id];
  const postings = postingsOf(await all(db, 'postings', [...key, row.day]));
  const postedOn = postings[0]?.day ?? row.day;
  const [request] = await all<{ transmission: string }>(db, 'requests', [row.terminal, row.stan, row.localTime, row.localDate, row.day, row.id]); // prettier-ignore
  const { originalId, originalDay } = row;
  const original = originalId === null || originalDay === null ? undefined : await one<Transaction>(db, 'transaction', [row.household, originalId, originalDay]); // prettier-ignore
  const pay = await payOfSale(db, row, postedOn, now);
  const around = await one<Pick<Facts, 'complaints' | 'shebaChanges' | 'disputes'>>(db, 'around', [...key, row.merchant]); // prettier-ignore
  const orders = [pay?.portion?.order, pay?.at?.order].flatMap((order) => (order === undefined ? [] : [order.id]));
  return {
    row,
    transmission: request?.transmission ?? null,
    original,
    related: await all(db, 'related', [...key, row.day]),
    advices: await all(db, 'advices', [row.rrn, row.terminal]),
    postings,
    rules: await all(db, 'rules', [row.household, row.buckets, tehran(row.at).isoDate]),
    day: await one(db, 'day', [postedOn, row.merchant]),
    pay,
    orders: orders.length === 0 ? [] : await all(db, 'orders', [[...new Set(orders)]]),
    breaks: await all(db, 'breaks', [...key, row.rrn, row.merchant, postedOn]),
    acquirer: await all(db, 'acquirer', key),
    complaints: around?.complaints ?? [],
    shebaChanges: around?.shebaChanges ?? [],
    disputes: around?.disputes ?? [],
  };
}

async function all<Row>(db: Db, name: string, values: readonly unknown[]): Promise<Row[]> {
  return (await db.query(sql(name), [...values])).rows as Row[];
}

async function one<Row>(db: Db, name: string, values: readonly unknown[]): Promise<Row | undefined> {
  return (await all<Row>(db, name, values))[0];
}

function postingsOf(rows: readonly Readonly<Record<string, unknown>>[]): Posting[] {
  return rows.map(({ day, line, kind, at, bucket, ...legs }) => ({
    day: day as string,
    line: line as number,
    kind: kind as string,
    at: at as number,
    bucket: bucket as string | null,
    legs: Object.fromEntries(Object.entries(legs as Record<string, string>).filter(([, rials]) => rials !== '0')),
  }));
}

/** Only of a sale that stands: its day's pay clock, as the shop sees it. */
async function payOfSale(db: Db, row: Transaction, postedOn: string, now: number): Promise<PayFact | undefined> {
  if (row.kind !== 'purchase' || (row.state !== 'approved' && row.state !== 'reversed')) return undefined;
  const pay = await readPay(db, row.merchant, postedOn, postedOn, now);
  const [day] = pay.days;
  if (day === undefined) return undefined;
  const sales = pay.lines.filter(({ kind }) => kind === 'purchase');
  const line = sales.find(({ id, household }) => id === row.id && household === row.household);
  const portion = line === undefined ? undefined : portionsOfSales(sales, day.portions).get(line.id);
  return {
    day,
    portion,
    at: portion === undefined ? undefined : followed(portion, pay.byDay),
    rials: line?.rials ?? 0n,
  };
}
