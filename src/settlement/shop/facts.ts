import type { ClearingState, Db } from '../clearing/state.ts';
import { sql, sumOf, type DaySum, type ShopLine } from './lines.ts';

/** What settlement knows of one shop's business day. */
export interface DayFacts {
  /** ISO */
  readonly day: string;
  readonly closed: boolean;
  /** Instants are ms since the epoch. */
  readonly closedAt: number | null;
  /** Null: its clearing has not begun. */
  readonly state: ClearingState | null;
  readonly madeAt: number | null;
  readonly releasedAt: number | null;
  readonly deliveredAt: number | null;
  /** The step that comes next failed when it was tried last. */
  readonly failing: boolean;
  /** hh:mm: from when on the next day its money may move. */
  readonly readyTime: string;
  readonly sum: DaySum;
  /** Null: not netted yet. */
  readonly net: {
    readonly moved: bigint;
    readonly fee: bigint;
    readonly carriedIn: bigint;
    /** Below one step of the books' unit: into the shop's account of remainders; negative: out of it. */
    readonly remainder: bigint;
    /** moved − fee + carriedIn − remainder. */
    readonly net: bigint;
    /** Null: no orders are made yet. */
    readonly outcome: 'pay' | 'carry' | 'hold' | 'zero' | null;
    readonly reason: string | null;
  } | null;
  readonly orders: readonly OrderFacts[];
  /** What it left: of its net, and of orders that came back; and what people's corrections of that day gave or took. */
  readonly carries: readonly CarryFacts[];
}

export interface OrderFacts {
  readonly id: string;
  readonly file: string;
  readonly sheba: string;
  readonly rials: bigint;
  readonly rail: 'PAYA' | 'SATNA';
  readonly state: 'made' | 'sent' | 'accepted' | 'paid' | 'returned' | 'held';
  readonly reason: string | null;
  readonly changedAt: number;
  readonly payOn: string;
  /** hh:mm, or SATNA */
  readonly cycle: string;
  readonly deliveredAt: number | null;
}

export interface CarryFacts {
  readonly day: string;
  readonly kind: 'negative' | 'small' | 'held' | 'returned' | 'break';
  readonly rials: bigint;
  readonly reason: string;
  /** `net <day>`, `order <id>`, `break <id>` */
  readonly source: string;
  /** Waits for two people. */
  readonly blocked: boolean;
  /** The day whose net took it up. */
  readonly into: string | null;
  readonly refusedSheba: string | null;
  readonly sheba: string | null;
  /** One of the two people has said that it may go on. */
  readonly proposed: boolean;
}

interface DayRow extends Omit<DayFacts, 'sum' | 'net' | 'orders' | 'carries' | 'readyTime'> {
  readonly createdTime: string | null;
  readonly purchaseRials: string | null;
  readonly returnRials: string;
  readonly reversalRials: string;
  readonly feeRials: string;
  readonly carriedRials: string;
  readonly netRials: string;
  readonly remainderRials: string;
  readonly outcome: 'pay' | 'carry' | 'hold' | 'zero' | null;
  readonly reason: string | null;
}

/** What a bank profile says unless it says otherwise. */
const READY = '01:30';

/** @param days ISO business days; those that never began are left out
 *  @param lines of those days; of a day that is netted they may be left out
 *  @returns in their order */
export async function readFacts(
  db: Db,
  merchant: string,
  days: readonly string[],
  lines: readonly ShopLine[],
): Promise<DayFacts[]> {
  if (days.length === 0) return [];
  const { rows } = await db.query<DayRow>(sql('days'), [merchant, days]);
  const orders = await readOrders(db, merchant, days);
  const carries = await readCarries(db, merchant, days);
  return rows.map((row) => ({
    day: row.day,
    closed: row.closed,
    closedAt: row.closedAt,
    state: row.state,
    madeAt: row.madeAt,
    releasedAt: row.releasedAt,
    deliveredAt: row.deliveredAt,
    failing: row.failing,
    readyTime: row.createdTime?.slice(0, 5) ?? READY,
    sum: sumOf(lines.filter(({ day }) => day === row.day)),
    net: netOf(row),
    orders: orders.filter(({ day }) => day === row.day),
    carries: carries.filter(({ day }) => day === row.day),
  }));
}

function netOf(row: DayRow): DayFacts['net'] {
  if (row.purchaseRials === null) return null;
  return {
    moved: BigInt(row.purchaseRials) - BigInt(row.returnRials) - BigInt(row.reversalRials),
    fee: BigInt(row.feeRials),
    carriedIn: BigInt(row.carriedRials),
    remainder: BigInt(row.remainderRials),
    net: BigInt(row.netRials),
    outcome: row.outcome,
    reason: row.reason,
  };
}

type OrderRow = Omit<OrderFacts, 'rials'> & { readonly day: string; readonly rials: string };

async function readOrders(
  db: Db,
  merchant: string,
  days: readonly string[],
): Promise<(OrderFacts & { readonly day: string })[]> {
  const { rows } = await db.query<OrderRow>(sql('orders'), [merchant, days]);
  return rows.map((row) => ({ ...row, rials: BigInt(row.rials) }));
}

type CarryRow = Omit<CarryFacts, 'rials'> & { readonly rials: string };

/** @param days on which they arose; undefined: all that no day has taken up yet */
export async function readCarries(db: Db, merchant: string, days?: readonly string[]): Promise<CarryFacts[]> {
  const { rows } = await db.query<CarryRow>(sql('carries'), [merchant, days ?? null]);
  return rows.map((row) => ({ ...row, rials: BigInt(row.rials) }));
}
