import { createHash } from 'node:crypto';
import type pg from 'pg';
import { addDays } from '../field/jalali.ts';
import { tehran } from '../ops/clock.ts';
import { transaction } from '../ops/database.ts';
import { sqlIn } from '../ops/sql.ts';
import type { LessonCode } from '../training/index.ts';
import { IDLE_MS } from './books.ts';
import type { Cut, Shown } from './device.ts';
import { SETS } from './lessons.ts';
import { householdOf, OPEN_SEATS, PROGRAMME, SEATS, terminalOf } from './people.ts';
import type { Deed, Facts } from './tasks.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** Nobody keeps a terminal longer, however busy. */
const LONGEST_MS = 4 * 3_600_000;
/** An act takes much less; when its process dies, the terminal answers again after so long. */
const BUSY_MS = 20_000;
/** Keys pressed in one lesson. Begun again, it has as many more. */
const MOST_ACTS = 100;
/** Messages of one act, each with a STAN. */
const STANS_PER_ACT = 8;
const LAST_STAN = 999_000;

/** A drawn terminal at somebody's service. */
export interface Seat {
  readonly seat: number;
  /** In the books of the shops; undefined: nobody that a shop named, and nothing is recorded. */
  readonly staffId: string | undefined;
  readonly lesson: LessonCode | undefined;
  readonly isOn: boolean;
  /** Acts of this lesson so far: a form carries it, so that sent twice it does one thing. */
  readonly acts: number;
  readonly since: number;
  readonly firstId: string;
  readonly cut: Cut | undefined;
  readonly finished: readonly LessonCode[];
  readonly shown: Shown | undefined;
}

interface Row {
  seat: number;
  staff: string | null;
  lesson: LessonCode | null;
  on: boolean;
  acts: number;
  since: string;
  first: string;
  cut: Cut | null;
  finished: LessonCode[];
  shown: Shown | null;
}

const COLUMNS = `seat, staff_id::text as staff, lesson, is_on as "on", acts, since::text, first_id::text as first, cut, finished, shown`;

function seatOfRow({ seat, staff, lesson, on, acts, since, first, cut, finished, shown }: Row): Seat {
  return {
    seat,
    staffId: staff ?? undefined,
    lesson: lesson ?? undefined,
    isOn: on,
    acts,
    since: Number(since),
    firstId: first,
    cut: cut ?? undefined,
    finished,
    shown: shown ?? undefined,
  };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(`practice ${token}`).digest();
}

export async function findSeat(pool: pg.Pool, token: string, now: number): Promise<Seat | undefined> {
  const { rows } = await pool.query<Row>(
    `select ${COLUMNS} from practice_seats where token_hash = $1 and used_at > $2 and begun_at > $3`,
    [hashOf(token), now - IDLE_MS, now - LONGEST_MS],
  );
  return rows[0] === undefined ? undefined : seatOfRow(rows[0]);
}

/** @returns whether there was a free one */
export async function takeSeat(
  pool: pg.Pool,
  token: string,
  staffId: string | undefined,
  now: number,
): Promise<boolean> {
  const last = staffId === undefined ? OPEN_SEATS : SEATS;
  const values = [hashOf(token), now, staffId ?? null, last, now - IDLE_MS, now - LONGEST_MS];
  return ((await pool.query(sql('take-seat'), values)).rowCount ?? 0) > 0;
}

export async function leaveSeat(pool: pg.Pool, token: string): Promise<void> {
  await pool.query('update practice_seats set token_hash = null, staff_id = null where token_hash = $1', [
    hashOf(token),
  ]);
}

/** Puts a lesson's customer before the terminal: with the credit that the lesson wants, and nothing sold yet. */
export async function beginLesson(pool: pg.Pool, { seat }: Seat, lesson: LessonCode, now: number): Promise<Seat> {
  const today = tehran(now).isoDate;
  const household = householdOf(seat);
  return transaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock_shared(8583, 3), pg_advisory_xact_lock(2, hashtext($1))', [household]);
    const { rows } = await tx.query<{ day: string }>('select open_business_day($1)::text as day', [today]);
    const credit = [household, PROGRAMME, SETS[lesson].creditRials, rows[0]?.day, now, today, addDays(today, 3)];
    await tx.query(sql('begin'), credit);
    const begun = await tx.query<Row>(
      `update practice_seats set lesson = $2, since = $3, first_id = nextval('transaction_ids'), acts = 0, used_at = $3, busy_until = 0,
              is_on = $4, cut = null, shown = null where seat = $1 returning ${COLUMNS}`,
      [seat, lesson, now, lesson !== 'start'],
    );
    return seatOfRow(begun.rows[0] as Row);
  });
}

export type Claim = { readonly stan: number } | 'busy' | 'spent';

/** Takes the terminal for one act: one at a time, once for each state that somebody saw, and so many a lesson.
 *  @param seen `acts` of that state */
export async function claimSeat(pool: pg.Pool, seat: number, seen: number, now: number): Promise<Claim> {
  const { rows } = await pool.query<{ stan: number }>(
    `update practice_seats set busy_until = $2::bigint + ${BUSY_MS}, used_at = $2, acts = acts + 1,
            stan = case when stan > ${LAST_STAN} then 1 else stan + ${STANS_PER_ACT} end
      where seat = $1 and busy_until <= $2 and acts = $3 and acts < ${MOST_ACTS} returning stan`,
    [seat, now, seen],
  );
  if (rows[0] !== undefined) return { stan: rows[0].stan };
  const { rows: why } = await pool.query<{ spent: boolean }>(
    `select acts >= ${MOST_ACTS} as spent from practice_seats where seat = $1`,
    [seat],
  );
  return why[0]?.spent === true ? 'spent' : 'busy';
}

export interface After {
  readonly shown?: Shown;
  readonly isOn: boolean;
  readonly cut: Cut | undefined;
}

/** The act is over: what stands on the display now. */
export async function releaseSeat(pool: pg.Pool, seat: number, { shown, isOn, cut }: After): Promise<void> {
  await pool.query(
    'update practice_seats set busy_until = 0, shown = coalesce($2, shown), is_on = $3, cut = $4 where seat = $1',
    [seat, shown === undefined ? null : JSON.stringify(shown), isOn, cut === undefined ? null : JSON.stringify(cut)],
  );
}

export async function noteFinished(pool: pg.Pool, seat: number, lesson: LessonCode): Promise<void> {
  await pool.query(
    'update practice_seats set finished = finished || $2::text where seat = $1 and $2::text <> all (finished)',
    [seat, lesson],
  );
}

interface DeedRow {
  id: string;
  kind: Deed['kind'];
  state: Deed['state'];
  rc: string | null;
  total: string;
  voucher: string;
  card: string;
  cash: string;
  original: string | null;
  basket: boolean;
  rrn: string;
}

/** What the ledger did for this terminal's household since its lesson was begun, and the RRN of the last sale there. */
export async function readFacts(pool: pg.Pool, { seat, firstId, since }: Seat): Promise<Facts & { rrn: string }> {
  const { rows } = await pool.query<DeedRow>(sql('deeds'), [householdOf(seat), firstId]);
  const keys = await pool.query<{ at: string }>(
    'select floor(extract(epoch from changed_at) * 1000)::text as at from terminal_keys where terminal_id = $1 and keys is not null',
    [terminalOf(seat)],
  );
  const deeds = rows.map(({ id, kind, state, rc, basket, total, voucher, card, cash, original }) => ({
    kind,
    state,
    rc,
    basket,
    id: BigInt(id),
    totalRials: BigInt(total),
    voucherRials: BigInt(voucher),
    cardRials: BigInt(card),
    cashRials: BigInt(cash),
    originalId: original === null ? null : BigInt(original),
  }));
  const rrn = rows.findLast(({ kind, state }) => kind === 'purchase' && state === 'approved')?.rrn ?? '';
  return { deeds, keysAt: Number(keys.rows[0]?.at ?? 0), since, rrn };
}
