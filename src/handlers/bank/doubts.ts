import type pg from 'pg';

/** advice: a reversal or advice that the bank has not taken yet · refused: one that it refused for good, so a person must
 *  act · held: a transaction whose bank leg has no outcome yet. */
export type DoubtKind = 'advice' | 'refused' | 'held';
export const DOUBT_KINDS: readonly DoubtKind[] = ['advice', 'refused', 'held'];

/** Something that we and the bank may see differently (migrations/0400_bank_doubts.sql). */
export interface Doubt {
  readonly kind: DoubtKind;
  /** Names an advice; a held transaction has none. */
  readonly id: string | undefined;
  readonly mti: string;
  readonly terminal: string;
  readonly rrn: string;
  readonly amountRials: bigint;
  /** Since when, ms since the epoch. */
  readonly since: number;
  readonly attempts: number;
  readonly why: string | undefined;
  /** When it is tried again, ms since the epoch. */
  readonly nextAt: number | undefined;
  /** `gateway`, or the person who has taken it. */
  readonly owner: string;
  readonly note: string | undefined;
  /** Of an advice: it counts what people rest on, not attempts. */
  readonly version: number | undefined;
  /** Where it stands in the list. */
  readonly place: string;
}

export interface DoubtFilter {
  readonly kind?: DoubtKind | undefined;
  readonly owner?: string | undefined;
  /** One advice. */
  readonly id?: string | undefined;
  /** The place of the last one of the page before. */
  readonly after?: string | undefined;
}

export interface DoubtCount {
  readonly kind: DoubtKind;
  readonly count: number;
  /** Since when the oldest is open, ms since the epoch. */
  readonly oldest: number;
}

export interface DoubtBook {
  /** A kind of which there is none is left out. */
  count(): Promise<readonly DoubtCount[]>;
  /** The oldest first. */
  list(most: number, filter?: DoubtFilter): Promise<readonly Doubt[]>;
  /** Has an advice sent now, also one that the bank refused.
   *  @returns false: it is delivered, or there is none of that id */
  retry(id: string, now: number): Promise<boolean>;
  /** Gives an open advice an owner. @returns false as `retry` */
  own(id: string, owner: string, note: string | undefined): Promise<boolean>;
  /** Ends a refused advice that was settled with the bank some other way. Only a refused one: what can still be delivered
   *  is never discarded. @returns false: it is not refused */
  resolve(id: string, owner: string, note: string): Promise<boolean>;
}

interface Row {
  readonly kind: DoubtKind;
  readonly advice_id: string | null;
  readonly mti: string;
  readonly terminal_id: string;
  readonly rrn: string;
  readonly amount_rials: string;
  readonly since: string;
  readonly attempts: number;
  readonly why: string | null;
  readonly next_at: string | null;
  readonly owner: string;
  readonly note: string | null;
  readonly version: number | null;
  readonly place: string;
}

const REFUSED = `done_rc not in ('00', '02', '25') and resolved_at is null`;

export function doubtBook(pool: Pick<pg.Pool, 'query'>): DoubtBook {
  const change = async (sql: string, values: readonly unknown[]): Promise<boolean> =>
    (await pool.query(sql, [...values])).rowCount === 1;
  return {
    count: async () => {
      const { rows } = await pool.query<{ kind: DoubtKind; count: string; oldest: string }>(
        'select kind, count(*), min(since) as oldest from bank_doubts group by kind',
      );
      return rows.map(({ kind, count, oldest }) => ({ kind, count: Number(count), oldest: Number(oldest) }));
    },
    list: async (most, { kind, owner, id, after } = {}) => {
      const { rows } = await pool.query<Row>(
        `select * from bank_doubts
          where ($2::text is null or kind = $2) and ($3::text is null or owner = $3) and ($4::bigint is null or advice_id = $4)
            and ($5::text is null or place > $5 collate "C")
          order by place collate "C" limit $1`,
        [most, kind ?? null, owner ?? null, id ?? null, after ?? null],
      );
      return rows.map(doubtOf);
    },
    retry: (id, now) =>
      change(
        `update bank_advices set due_at = least(due_at, $2), done_at = null, done_rc = null
          where advice_id = $1 and (done_at is null or ${REFUSED})`,
        [id, now],
      ),
    own: (id, owner, note) =>
      change(
        `update bank_advices set owner = $2, note = coalesce($3, note)
          where advice_id = $1 and (done_at is null or ${REFUSED})`,
        [id, owner, note],
      ),
    resolve: (id, owner, note) =>
      change(`update bank_advices set resolved_at = now(), owner = $2, note = $3 where advice_id = $1 and ${REFUSED}`, [
        id,
        owner,
        note,
      ]),
  };
}

function doubtOf(row: Row): Doubt {
  return {
    kind: row.kind,
    id: row.advice_id ?? undefined,
    mti: row.mti,
    terminal: row.terminal_id,
    rrn: row.rrn,
    amountRials: BigInt(row.amount_rials),
    since: Number(row.since),
    attempts: row.attempts,
    why: row.why ?? undefined,
    nextAt: row.next_at === null ? undefined : Number(row.next_at),
    owner: row.owner,
    note: row.note ?? undefined,
    version: row.version ?? undefined,
    place: row.place,
  };
}
