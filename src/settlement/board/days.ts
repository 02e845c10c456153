import { addDays } from '../../field/jalali.ts';
import { sqlIn } from '../../ops/sql.ts';
import type { ClearingState, Db } from '../clearing/state.ts';
import { ANSWER_MS, instantOf, payInstant, type Party } from '../shop/index.ts';

export const sql = sqlIn(new URL('./sql/', import.meta.url));

/** A business day on the board: how far each flow of it is, and on whom it waits. */
export interface DayOnBoard {
  readonly day: string;
  readonly state: 'open' | ClearingState;
  /** Of its clearing; 0: there is none yet. */
  readonly version: number;
  readonly maker: string | null;
  readonly checker: string | null;
  readonly error: string | null;
  readonly steps: readonly BoardStep[];
  readonly files: { readonly files: number; readonly orders: number; readonly rials: string; readonly inDoubt: number };
  /** Null: nothing was released yet, or all of it is answered. */
  readonly answers: { readonly waiting: number; readonly paid: number; readonly returned: number } | null;
  readonly acquirers: { readonly files: number; readonly lines: number; readonly matched: number };
  readonly breaks: { readonly open: number; readonly rials: string };
  readonly waiting: DayWaiting | null;
}

export const BOARD_STEPS = [
  'open',
  'closed',
  'netted',
  'made',
  'written',
  'released',
  'sent',
  'answered',
  'matched',
] as const;
export interface BoardStep {
  readonly step: (typeof BOARD_STEPS)[number];
  readonly done: boolean;
  readonly at: Date | null;
}

export interface DayWaiting {
  readonly on: Party;
  readonly since: number;
  readonly until?: number;
  readonly late: boolean;
  /** Whose act it waits for cannot be this person's. */
  readonly notOf?: string;
}

interface Row {
  readonly day: string;
  readonly closedAt: Date | null;
  readonly state: ClearingState | null;
  readonly version: number | null;
  readonly maker: string | null;
  readonly checker: string | null;
  readonly error: string | null;
  /** When the day before was closed: purchases are of this one from then on. */
  readonly dayBeforeAt: Date | null;
  readonly begunAt: Date | null;
  readonly nettedAt: Date | null;
  readonly madeAt: Date | null;
  readonly writtenAt: Date | null;
  readonly releasedAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly settledAt: Date | null;
  readonly files: number;
  readonly orders: number;
  readonly rials: string;
  readonly unknown: number;
  readonly payOn: string | null;
  readonly cycle: string | null;
  readonly waiting: number | null;
  readonly paid: number | null;
  readonly returned: number | null;
  readonly acquirerFiles: number;
  readonly acquirerLines: number;
  readonly acquirerMatched: number;
  readonly matchedAt: Date | null;
  readonly breaks: number;
  readonly breakRials: string;
}

/** @param filter.before the newest day that is not shown any more
 *  @returns the newest first */
export async function boardDays(
  db: Db,
  {
    before,
    day,
    limit,
  }: { readonly before?: string | undefined; readonly day?: string | undefined; readonly limit: number },
  now: number,
): Promise<DayOnBoard[]> {
  const { rows } = await db.query<Row>(sql('days'), [before ?? null, limit, day ?? null]);
  return rows.map((row) => dayOf(row, now));
}

function dayOf(row: Row, now: number): DayOnBoard {
  const { day, maker, checker, error, waiting, paid, returned } = row;
  return {
    day,
    state: row.closedAt === null && row.state === null ? 'open' : (row.state ?? 'closed'),
    version: row.version ?? 0,
    maker,
    checker,
    error,
    steps: stepsOf(row),
    files: { files: row.files, orders: row.orders, rials: row.rials, inDoubt: row.unknown },
    answers: waiting === null || paid === null || returned === null ? null : { waiting, paid, returned },
    acquirers: { files: row.acquirerFiles, lines: row.acquirerLines, matched: row.acquirerMatched },
    breaks: { open: row.breaks, rials: row.breakRials },
    waiting: waitingOf(row, now) ?? null,
  };
}

/** A day with nothing to pay is neither written, released nor sent: those steps are done with the making. */
function stepsOf(row: Row): BoardStep[] {
  const step = (name: BoardStep['step'], at: Date | null, done = at !== null): BoardStep => ({ step: name, at, done });
  const nothing = row.madeAt !== null && row.files === 0 && row.deliveredAt === null && row.releasedAt === null && (row.state === 'delivered' || row.state === 'settled'); // prettier-ignore
  return [
    step('open', new Date(beginOf(row))),
    step('closed', row.closedAt),
    step('netted', row.nettedAt),
    step('made', row.madeAt),
    step('written', row.writtenAt, nothing || (row.writtenAt !== null && row.files > 0)),
    step('released', row.releasedAt, nothing || row.releasedAt !== null),
    step('sent', row.deliveredAt, nothing || row.deliveredAt !== null),
    step('answered', row.settledAt, row.settledAt !== null),
    step('matched', row.matchedAt, row.acquirerFiles > 0 && row.breaks === 0),
  ];
}

/** At its midnight, or before it, where the day before was closed in the evening. */
function beginOf({ day, dayBeforeAt }: Row): number {
  return Math.min(instantOf(day, '00:00'), Number(dayBeforeAt ?? Infinity));
}

function waitingOf(row: Row, now: number): DayWaiting | undefined {
  const { day, state, closedAt } = row;
  const after = addDays(day, 1);
  const over = instantOf(after, '00:00');
  const due = row.payOn === null || row.cycle === null ? undefined : payInstant({ payOn: row.payOn, cycle: row.cycle });
  const waits = (on: Party, since: Date | number | null, until?: number, notOf?: string | null): DayWaiting => ({
    on,
    since: since === null ? over : Number(since),
    ...(until === undefined ? {} : { until }),
    late: until !== undefined && now > until,
    ...(notOf === undefined || notOf === null ? {} : { notOf }),
  });
  if (closedAt === null) return waits('system', beginOf(row), over);
  if (state === null) return waits('operator', closedAt);
  if (row.error !== null) return waits('operator', row.releasedAt ?? row.madeAt ?? row.nettedAt ?? closedAt, due);
  switch (state) {
    case 'closing':
    case 'closed':
    case 'netted':
    case 'made':
      return waits('system', row.madeAt ?? row.nettedAt ?? closedAt, due);
    case 'written':
      return waits('operator', row.writtenAt ?? row.madeAt, due, row.maker);
    case 'released':
      return row.unknown > 0 ? waits('operator', row.releasedAt, due) : waits('system', row.releasedAt, due);
    case 'delivered':
      return waits('bank', row.deliveredAt, due === undefined ? undefined : due + ANSWER_MS);
    case 'settled':
      return undefined;
  }
}

/** What a day came to; each figure is a sum over its nets or its orders. */
export interface DayTotals {
  readonly merchants: number;
  readonly purchases: number;
  readonly purchaseRials: string;
  readonly returns: number;
  readonly returnRials: string;
  readonly reversals: number;
  readonly reversalRials: string;
  readonly feeRials: string;
  readonly carriedRials: string;
  readonly netRials: string;
  readonly payShops: number;
  readonly carryShops: number;
  readonly holdShops: number;
  readonly zeroShops: number;
  readonly orders: readonly { readonly state: string; readonly orders: number; readonly rials: string }[];
}

/** Of a day that is not netted: zeros. */
export async function dayTotals(db: Db, day: string): Promise<DayTotals> {
  const { rows } = await db.query<DayTotals>(sql('totals'), [day]);
  const [totals] = rows;
  if (totals === undefined) throw new Error('a sum without a row');
  return totals;
}

export interface DayEvent {
  readonly at: Date;
  readonly actor: string;
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Who did what to a day's clearing, the first first; at most 200. */
export async function dayEvents(db: Db, day: string): Promise<DayEvent[]> {
  const { rows } = await db.query<DayEvent>(
    'select at, actor, event, detail from settlement_events where business_day = $1 order by event_id limit 200',
    [day],
  );
  return rows;
}
