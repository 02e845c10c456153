import type { Db } from '../clearing/state.ts';

/** A line of a shop's statement. `credit` is owed to the shop, `debit` taken from it or paid out; both whole rials. */
export interface StatementLine {
  /** ISO */
  readonly day: string;
  /** Tehran, `hh:mm`; '' for what has no time */
  readonly time: string;
  readonly kind: 'purchase' | 'return' | 'reversal' | 'fee' | 'break' | 'returned' | 'order';
  /** RRN, or the order's id */
  readonly reference: string;
  readonly terminal: string;
  readonly credit: bigint;
  readonly debit: bigint;
  /** Of an order: Sheba and how far it is; of a break: why. */
  readonly note: string;
}

export interface Statement {
  readonly merchant: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Owed to the shop before `from` and after `to`. */
  readonly opening: bigint;
  readonly closing: bigint;
  readonly lines: readonly StatementLine[];
}

/** Everything that moved a shop's payable, by business day. Orders come after what they pay. $1 shop, $2 from, $3 to. */
const LINES = `
  with shares as (
    select d.business_day, (select settle_card_part from settlement_terms t
                             where t.valid_from <= d.business_day order by valid_from desc limit 1) as card
      from business_days d where d.business_day <= $3::date
  ), every as (
    select m.business_day as day, 1 as rank, m.transaction_id as at,
           coalesce(to_char(to_timestamp(l.at / 1000.0) at time zone 'Asia/Tehran', 'HH24:MI'), '') as time,
           case m.kind when 'return-reversal' then 'reversal' else m.kind end as kind,
           coalesce(l.rrn, '') as reference, coalesce(l.terminal_id, '') as terminal,
           case when m.kind in ('purchase', 'return-reversal') then 1 else -1 end
             * (m.voucher_rials + case when s.card then m.card_rials else 0 end) as rials, '' as note
      from settlement_movements m join shares s using (business_day)
      left join settlement_legs l on l.household_id = m.household_id and l.transaction_id = m.transaction_id
                                 and l.business_day = m.business_day
     where m.merchant_id = $1
    union all
    select business_day, case kind when 'fee' then 2 when 'order' then 4 else 3 end, posting_id, '', kind,
           case kind when 'fee' then '' else source end, '',
           case when credit = 'payable' then rials else -rials end,
           case kind when 'order' then (select o.sheba || ' ' || o.state from payment_orders o
                                         where o.merchant_id = p.merchant_id and o.instruction_id = p.source) else '' end
      from settlement_postings p
     where merchant_id = $1 and 'payable' in (debit, credit) and business_day <= $3::date
  )`;

/** @param from ISO business days, both included
 *  @returns undefined for a shop that is unknown */
export async function readStatement(
  db: Db,
  merchant: string,
  from: string,
  to: string,
): Promise<Statement | undefined> {
  const shop = await db.query<{ name: string }>('select name from merchants where merchant_id = $1', [merchant]);
  const name = shop.rows[0]?.name;
  if (name === undefined) return undefined;
  const opening = await db.query<{ rials: string }>(
    `${LINES} select coalesce(sum(rials), 0)::text as rials from every where day < $2::date`,
    [merchant, from, to],
  );
  const { rows } = await db.query<Omit<StatementLine, 'credit' | 'debit'> & { rials: string }>(
    `${LINES} select day::text, time, kind, reference, terminal, rials::text, coalesce(note, '') as note
       from every where day between $2::date and $3::date and rials <> 0 order by day, rank, at`,
    [merchant, from, to],
  );
  const lines = rows.map(({ rials, ...line }) => {
    const amount = BigInt(rials);
    return { ...line, credit: amount > 0n ? amount : 0n, debit: amount < 0n ? -amount : 0n };
  });
  const before = BigInt(opening.rows[0]?.rials ?? 0);
  const closing = lines.reduce((sum, { credit, debit }) => sum + credit - debit, before);
  return { merchant, name, from, to, opening: before, closing, lines };
}
