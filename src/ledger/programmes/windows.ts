import type { Pool, PoolClient } from 'pg';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { dayNumber, firstDayOf } from '../../field/jalali.ts';
import { databaseNow } from '../clock.ts';

/** When the credit of a programme and period may be spent, moved for everybody or for cohorts by one dated row that two persons made
 *  (migrations/0770_credit_windows.sql, decision 68). No bucket is touched: decisions read the rows. */

export interface WindowProposal {
  readonly programme: string;
  /** Jalali month of the credit: `1405-03`. */
  readonly period: string;
  readonly cohort: 'all' | 'decile' | 'digit';
  /** Deciles (0: not known), or last digits of the head's national id; of `all`, none. */
  readonly cohorts: readonly number[];
  /** ISO days; at least one of them. The last day counts. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** From which instant on, ms; undefined: from its approval. It never counts before that. */
  readonly effectiveAt?: number | undefined;
  readonly reason: string;
  readonly by: string;
}

export interface CreditWindow {
  readonly id: string;
  readonly programme: string;
  readonly period: string;
  readonly cohort: WindowProposal['cohort'];
  readonly cohorts: readonly number[];
  readonly from: string | null;
  readonly to: string | null;
  /** ISO instant. */
  readonly effectiveAt: string;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  /** `effective`: approved, and its instant has come; a newer row may say otherwise. */
  readonly state: 'proposed' | 'rejected' | 'coming' | 'effective';
}

/** The columns of a `CreditWindow`; $1 is now, ms. */
const COLUMNS = `window_id::text as id, programme_id as programme, period, cohort, cohorts, spend_from::text as "from", spend_to::text as "to",
  to_char(to_timestamp(effective_at / 1000.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "effectiveAt", reason,
  proposed_by as "proposedBy", to_char(proposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "proposedAt",
  decided_by as "decidedBy", to_char(decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "decidedAt",
  case when verdict is null then 'proposed' when verdict = 'rejected' then 'rejected' when effective_at > $1 then 'coming' else 'effective' end as state`;

/** Every row, the newest first; at most 1,000. */
export async function listWindows(db: Pool | PoolClient, programme?: string): Promise<CreditWindow[]> {
  const { rows } = await db.query<CreditWindow>(
    `select ${COLUMNS} from credit_windows where $2::text is null or programme_id = $2 order by window_id desc limit 1000`,
    [await databaseNow(db), programme ?? null],
  );
  return rows;
}

/** The longest that credit can be good for, from the first day of its month on. */
const MOST_DAYS = 1_830;

/** Proposes other days for credit; another person approves them.
 *  @throws GatewayError `window.invalid`, `programme.unknown`, `person.name` */
export async function proposeWindow(pool: Pool, wanted: WindowProposal): Promise<CreditWindow> {
  const by = personName(wanted.by);
  const faults = faultsOf(wanted);
  if (faults.length > 0) throw new GatewayError('window.invalid', `The days cannot be moved so: ${faults.join('; ')}.`);
  return transaction(pool, async (db) => {
    const known = await db.query('select from programmes where programme_id = $1', [wanted.programme]);
    if (known.rowCount === 0) throw new GatewayError('programme.unknown', 'There is no such programme.');
    const now = await databaseNow(db);
    const { rows } = await db.query<CreditWindow>(
      `insert into credit_windows (programme_id, period, cohort, cohorts, spend_from, spend_to, effective_at, reason, proposed_by, proposed_at)
       values ($2, $3, $4, $5, $6, $7, $8, $9, $10, to_timestamp($1 / 1000.0)) returning ${COLUMNS}`,
      [
        now,
        wanted.programme,
        wanted.period,
        wanted.cohort,
        [...new Set(wanted.cohorts)].sort((a, b) => a - b),
        wanted.from ?? null,
        wanted.to ?? null,
        wanted.effectiveAt ?? now,
        wanted.reason.trim(),
        by,
      ],
    );
    return only(rows);
  });
}

function faultsOf({ period, cohort, cohorts, from, to, reason }: WindowProposal): string[] {
  const first = firstDayOf(period);
  if (first === undefined) return [`${period} is not a Jalali month such as 1405-03`];
  const faults: string[] = [];
  if (from === undefined && to === undefined) faults.push('it needs the first day, the last day, or both');
  if (from !== undefined && to !== undefined && to < from)
    faults.push(`its last day ${to} is before its first ${from}`);
  for (const day of [from, to]) {
    if (day === undefined || (day >= first && dayNumber(day) - dayNumber(first) <= MOST_DAYS)) continue;
    faults.push(`${day} is not within ${MOST_DAYS} days from ${first}, when the month ${period} begins`);
  }
  const highest = { all: -1, digit: 9, decile: 10 }[cohort];
  if ((cohort === 'all') !== (cohorts.length === 0)) faults.push('name the cohorts, or nobody for everybody');
  if (cohorts.some((n) => !Number.isInteger(n) || n < 0 || n > highest)) faults.push(`${cohort} has no such cohort`);
  const { length } = reason.trim();
  if (length < 5 || length > 1_000) faults.push('the reason has 5 to 1,000 characters');
  return faults;
}

/** A second person's word. From its approval on, or from the instant that it names, decisions go by it.
 *  @throws GatewayError `window.unknown`, `window.state`, `window.same-person`, `person.name` */
export async function decideWindow(
  pool: Pool,
  id: string,
  verdict: 'approved' | 'rejected',
  name: string,
): Promise<CreditWindow> {
  const by = personName(name);
  return transaction(pool, async (db) => {
    const now = await databaseNow(db);
    const { rows } = await db.query<CreditWindow>(
      `select ${COLUMNS} from credit_windows where window_id = $2 for update`,
      [now, id],
    );
    const [found] = rows;
    if (found === undefined) throw new GatewayError('window.unknown', `Nobody proposed a number ${id}.`);
    if (found.state !== 'proposed') {
      const was = found.state === 'rejected' ? 'rejected' : 'approved';
      throw new GatewayError('window.state', `Number ${id} was ${was} by ${found.decidedBy ?? ''} before.`);
    }
    if (verdict === 'approved' && isSamePerson(found.proposedBy, by))
      throw new GatewayError('window.same-person', `${by} proposed this: another person must approve it.`);
    const decided = await db.query<CreditWindow>(
      `update credit_windows set verdict = $3, decided_by = $4, decided_at = to_timestamp($1 / 1000.0)
        where window_id = $2 returning ${COLUMNS.replace('> $1', '> database_clock()')}`,
      [now, id, verdict, by],
    );
    return only(decided.rows);
  });
}

/** Of the buckets that are there. */
export interface WindowReach {
  readonly households: number;
  /** Not spent and not gone. */
  readonly openRials: bigint;
  /** Gone back to its fund. */
  readonly endedRials: bigint;
}

/** Whom and how much a row is about: for the persons who decide on it. */
export async function reachOfWindow(db: Pool | PoolClient, id: string): Promise<WindowReach> {
  const { rows } = await db.query<{ households: string; open: string; ended: string }>(
    `select count(distinct b.household_id) as households,
            coalesce(sum(amount_rials - spent_rials - expired_rials), 0) as open, coalesce(sum(expired_rials), 0) as ended
       from credit_windows w join buckets b on b.programme_id = w.programme_id and b.period = w.period
       join households h on h.household_id = b.household_id
      where w.window_id = $1 and (w.cohort = 'all' or w.cohort = 'decile' and coalesce(h.decile, 0) = any (w.cohorts)
            or w.cohort = 'digit' and h.head_last_digit = any (w.cohorts))`,
    [id],
  );
  const [row] = rows;
  return {
    households: Number(row?.households ?? 0),
    openRials: BigInt(row?.open ?? 0),
    endedRials: BigInt(row?.ended ?? 0),
  };
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new GatewayError('window.unknown', 'The database gave no answer.');
  return row;
}
