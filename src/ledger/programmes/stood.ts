import type { Pool } from 'pg';
import { DECISIONS } from '../../ops/function-set.ts';
import type { StandsFor } from './stand-in.ts';

/** What stood in for an authority or a bank, purchase by purchase (docs/counterparts.md), and what authorities' days came to. */

export interface StoodIn {
  readonly of: StandsFor;
  /** Of an order or of a transaction: with `of` it names the row. */
  readonly number: string;
  /** ISO; of the limits. */
  readonly day: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly authority: string | null;
  readonly programmes: readonly string[];
  readonly merchant: string;
  readonly terminal: string | null;
  readonly transaction: string | null;
  readonly rrn: string | null;
  /** Whole rials as text: granted, and of that what the authority would have refused. */
  readonly rials: string;
  readonly refusedRials: string;
  /** Why it refuses; of a bank why it was not asked. */
  readonly why: string | null;
  /** A PIN was entered that nobody checked. */
  readonly uncheckedPin: boolean;
  /** `waiting` to be presented; `taken`, in part or whole `refused`; `returned`: its purchase came to nothing; `stands`: nothing is asked. */
  readonly state: 'waiting' | 'taken' | 'refused' | 'returned' | 'stands';
}

export interface StoodFilter {
  readonly of?: StandsFor | undefined;
  readonly state?: StoodIn['state'] | undefined;
  /** ISO days, both within. */
  readonly from: string;
  readonly to: string;
}

/** Where a list goes on: the last row of a page. */
export type StoodPlace = Pick<StoodIn, 'day' | 'of' | 'number'>;

const utc = (ms: string): string =>
  `to_char(to_timestamp(${ms} / 1000.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const ALL = `
  select 'authority' as of, s.order_id as number, s.day, o.asked_at as at, o.authority, array[s.programme_id] as programmes, s.merchant_id, o.terminal_id,
         o.transaction_id, o.rrn, s.rials, coalesce(s.refused_rials, 0) as refused, s.why, false as unchecked_pin,
         case when ${DECISIONS}.stand_in_kept(s) = 0 then 'returned' when s.presented_at is null then 'waiting'
              when s.refused_rials > 0 then 'refused' else 'taken' end as state
    from stand_ins s join authority_orders o using (order_id) where s.day between $1 and $2
  union all
  select 'bank', b.transaction_id, b.day, b.at, null, b.programmes, b.merchant_id, t.terminal_id, b.transaction_id, t.rrn, b.rials, 0, b.why,
         b.unchecked_pin, case when ${DECISIONS}.bank_stand_in_stands(b) then 'stands' else 'returned' end
    from bank_stand_ins b
    left join transactions t on t.household_id = b.household_id and t.transaction_id = b.transaction_id and t.business_day = b.business_day
   where b.day between $1 and $2`;

/** The newest day first. */
export async function listStoodIn(
  pool: Pool,
  { from, to, of, state }: StoodFilter,
  { after, limit }: { readonly after: StoodPlace | undefined; readonly limit: number },
): Promise<StoodIn[]> {
  const { rows } = await pool.query<StoodIn>(
    `select of, number::text, day::text, ${utc('at')} as at, authority, programmes, merchant_id as merchant, terminal_id as terminal,
            transaction_id::text as transaction, rrn, rials::text, refused::text as "refusedRials", why, unchecked_pin as "uncheckedPin", state
       from (${ALL}) x
      where ($3::text is null or of = $3) and ($4::text is null or state = $4)
        and ($5::date is null or (day, of, number) < ($5, $6, $7::bigint))
      order by day desc, of desc, number desc limit $8`,
    [from, to, of ?? null, state ?? null, after?.day ?? null, after?.of ?? null, after?.number ?? null, limit],
  );
  return rows;
} // prettier-ignore

export interface StoodSum {
  readonly of: StandsFor;
  readonly state: StoodIn['state'];
  readonly count: number;
  readonly rials: string;
  readonly refusedRials: string;
}

/** The same, counted. */
export async function sumStoodIn(pool: Pool, { from, to, of, state }: StoodFilter): Promise<StoodSum[]> {
  const { rows } = await pool.query<StoodSum>(
    `select of, state, count(*)::int as count, sum(rials)::text as rials, sum(refused)::text as "refusedRials" from (${ALL}) x
      where ($3::text is null or of = $3) and ($4::text is null or state = $4) group by of, state order by of, state`,
    [from, to, of ?? null, state ?? null],
  );
  return rows;
}

export interface AuthorityDay {
  readonly authority: string;
  readonly day: string;
  readonly lines: number;
  readonly rials: string;
  /** ISO 8601 UTC. */
  readonly takenAt: string;
  /** Differences that its list raised, and how many of them nobody has settled. */
  readonly breaks: number;
  readonly openBreaks: number;
}

/** Lists of authorities, the newest day first.
 *  @param before a day and an authority: older ones */
export async function listAuthorityDays(
  pool: Pool,
  { before, limit }: { readonly before?: Pick<AuthorityDay, 'day' | 'authority'> | undefined; readonly limit: number },
): Promise<AuthorityDay[]> {
  const { rows } = await pool.query<AuthorityDay>(
    `select l.authority, l.day::text, l.lines, l.rials::text, ${utc('extract(epoch from l.taken_at) * 1000')} as "takenAt", b.breaks, b.open as "openBreaks"
       from authority_lists l
       left join lateral (select count(*)::int as breaks, count(*) filter (where state in ('open', 'proposed'))::int as open from breaks
                           where psp = l.authority and settlement_date = l.day) b on true
      where $1::date is null or (l.day, l.authority) < ($1, $2) order by l.day desc, l.authority desc limit $3`,
    [before?.day ?? null, before?.authority ?? null, limit],
  );
  return rows;
}

export interface AuthorityOpen {
  readonly authority: string;
  /** Orders of which it is still to hear what became of them. */
  readonly count: number;
  /** ISO 8601 UTC: since when the oldest waits. */
  readonly oldestAt: string | null;
  readonly lastError: string | null;
}

export async function openOrders(pool: Pool): Promise<AuthorityOpen[]> {
  const { rows } = await pool.query<AuthorityOpen>(
    `select authority, count(*)::int as count, ${utc('min(asked_at)')} as "oldestAt",
            (array_agg(last_error order by asked_at) filter (where last_error is not null))[1] as "lastError"
       from authority_orders where done_at is null group by authority order by authority`,
  );
  return rows;
}
