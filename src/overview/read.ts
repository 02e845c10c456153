import type { Pool } from 'pg';
import { DAY_MS } from '../ops/clock.ts';
import { sqlIn } from '../ops/sql.ts';
import { BUCKETS, percentileOf } from './histogram.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));
const MINUTE_MS = 60_000;

/** How far back an overview looks, in which steps, and whether from hours. */
const RANGES = {
  '15m': { ms: 15 * MINUTE_MS, stepMs: MINUTE_MS, hourly: false },
  '24h': { ms: DAY_MS, stepMs: 5 * MINUTE_MS, hourly: false },
  '7d': { ms: 7 * DAY_MS, stepMs: 60 * MINUTE_MS, hourly: true },
  '30d': { ms: 30 * DAY_MS, stepMs: 60 * MINUTE_MS, hourly: true },
} as const;
export type Range = keyof typeof RANGES;
export const RANGE_NAMES = Object.keys(RANGES) as readonly Range[];

export interface TrafficFigures {
  readonly purchases: number;
  /** `00` and `10`. */
  readonly approved: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly voucherRials: string;
  readonly cardRials: string;
  readonly cashRials: string;
  /** null: nothing was answered. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}
export type TrafficPoint = TrafficFigures & { readonly at: string };

export interface TrafficRange {
  readonly from: string;
  readonly stepSeconds: number;
  readonly total: TrafficFigures;
  /** Steps without a purchase are left out. */
  readonly points: readonly TrafficPoint[];
}

interface Row {
  readonly at: Date;
  readonly codes: Readonly<Record<string, number>>;
  readonly voucher: string;
  readonly card: string;
  readonly cash: string;
  readonly took: readonly number[];
}

/** What was bought in a range, all copies together. */
export async function trafficOf(pool: Pool, range: Range, now: number): Promise<TrafficRange> {
  const { ms, stepMs, hourly } = RANGES[range];
  const from = Math.floor((now - ms) / stepMs) * stepMs + stepMs;
  const { rows } = await pool.query<Row>(sql('points'), [new Date(from), stepMs / 1_000, hourly]);
  return {
    from: new Date(from).toISOString(),
    stepSeconds: stepMs / 1_000,
    total: figuresOf(rows),
    points: rows.map((row) => ({ at: row.at.toISOString(), ...figuresOf([row]) })),
  };
}

function figuresOf(rows: readonly Row[]): TrafficFigures {
  const codes: Record<string, number> = {};
  const took = new Array<number>(BUCKETS).fill(0);
  let [voucher, card, cash] = [0n, 0n, 0n];
  for (const row of rows) {
    for (const [rc, count] of Object.entries(row.codes)) codes[rc] = (codes[rc] ?? 0) + count;
    for (const [bucket, count] of row.took.entries()) took[bucket] = (took[bucket] ?? 0) + count;
    voucher += BigInt(row.voucher);
    card += BigInt(row.card);
    cash += BigInt(row.cash);
  }
  return {
    purchases: Object.values(codes).reduce((sum, count) => sum + count, 0),
    approved: (codes['00'] ?? 0) + (codes['10'] ?? 0),
    codes,
    voucherRials: voucher.toString(),
    cardRials: card.toString(),
    cashRials: cash.toString(),
    p50Ms: percentileOf(took, 0.5) ?? null,
    p95Ms: percentileOf(took, 0.95) ?? null,
    p99Ms: percentileOf(took, 0.99) ?? null,
  };
}

export interface Live {
  /** The second of the first figure. */
  readonly from: string;
  /** Purchases answered in each second, as far as every copy has told. */
  readonly purchases: readonly number[];
  readonly perSecond: number;
}

/** Copies tell every five seconds. */
const TOLD_AFTER_S = 6;
const RATE_OVER_S = 10;

/** @param seconds how many of them, at most 900 */
export async function liveOf(pool: Pool, seconds: number, now: number): Promise<Live> {
  const until = Math.floor(now / 1_000) - TOLD_AFTER_S; // the first second that is not told whole
  const from = until - seconds;
  const { rows } = await pool.query<{ at: string; seconds: number[] }>(sql('seconds'), [
    new Date(Math.floor(from / 60) * MINUTE_MS),
  ]);
  const minutes = new Map(rows.map((row) => [Number(row.at), row.seconds]));
  const purchases = Array.from({ length: seconds }, (_, place) => {
    const second = from + place;
    return minutes.get(Math.floor(second / 60) * 60)?.[second % 60] ?? 0;
  });
  const last = purchases.slice(-RATE_OVER_S);
  const perSecond = last.reduce((sum, count) => sum + count, 0) / Math.max(1, last.length);
  return { from: new Date(from * 1_000).toISOString(), purchases, perSecond };
}

export interface Said {
  readonly kind: string;
  readonly rc: string;
  readonly said: string;
  readonly answers: number;
}

/** What screens showed in the last quarter of an hour. */
export async function saidLately(pool: Pool, now: number): Promise<Said[]> {
  return (await pool.query<Said>(sql('said'), [new Date(now - 15 * MINUTE_MS)])).rows;
}

export interface Copy {
  readonly copy: string;
  readonly version: string;
  readonly serves: readonly string[];
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly connections: number;
  readonly bankLinks: number;
  readonly driftMs: number;
}

/** A copy that is silent for so long is away. */
const AWAY_MS = 30_000;

/** Copies that were here in the last day, the newest first. */
export async function copiesOf(pool: Pool, now: number): Promise<(Copy & { readonly here: boolean })[]> {
  const { rows } = await pool.query<Copy>(
    `select copy, version, serves, started_at as "startedAt", seen_at as "seenAt", connections, bank_links as "bankLinks", drift_ms as "driftMs"
       from gateway_copies order by seen_at > $1::timestamptz desc, started_at desc limit 50`,
    [new Date(now - AWAY_MS)],
  );
  return rows.map((row) => ({ ...row, here: row.seenAt.getTime() > now - AWAY_MS }));
}

export interface State {
  readonly doubts: readonly { kind: string; count: number; since: number }[];
  readonly advices: { readonly waiting: number; readonly since: number | null };
  readonly openDay: string | null;
  readonly settledDay: string | null;
  readonly clearings: readonly {
    businessDay: string;
    state: string;
    since: number;
    maker: string;
    error: string | null;
  }[];
}

export async function stateOf(pool: Pool): Promise<State> {
  const [row] = (await pool.query<State>(sql('state'))).rows;
  if (row === undefined) throw new Error('the database gave no state');
  return row;
}

/** Counts of what should not be, by its name. */
export async function countsOf(pool: Pool, now: number): Promise<Readonly<Record<string, number>>> {
  return (await pool.query<Record<string, number>>(sql('alarms'), [new Date(now)])).rows[0] ?? {};
}
