import type pg from 'pg';
import type { TerminalTotals } from './ledger.ts';

interface Row {
  day: string;
  kind: 'purchase' | 'reversal' | 'return' | 'return-reversal' | null;
  count: string;
  rials: string | null;
}

/** What a terminal did in the open business day (wire.md 3, 0500). A purchase that was reversed counts as both, unless the
 *  reversal came before the bank's answer: then nothing was ever moved. */
export async function terminalTotals(pool: pg.Pool, terminal: string): Promise<TerminalTotals> {
  const { rows } = await pool.query<Row>({
    name: 'ledger-totals',
    text: `select d.business_day::text as day, t.kind, count(t.kind) as count, sum(t.total_rials) as rials
             from (select business_day from business_days where closed_at is null order by 1 desc limit 1) d
             left join (
               select r.business_day, t.total_rials,
                      case when t.kind = 'forward' then 'purchase' when t.kind = 'reversal' and o.kind = 'return' then 'return-reversal'
                        else t.kind end as kind
                 from terminals
                 join requests r using (merchant_id, terminal_id)
                 join transactions t using (household_id, transaction_id, business_day)
                 left join transactions o on o.household_id = t.household_id and o.transaction_id = t.original_id
                  and o.business_day = t.original_day
                where r.terminal_id = $1 and t.kind in ('purchase', 'forward', 'reversal', 'return') and t.total_rials > 0
                  and (t.state = 'approved' or (t.state = 'reversed' and t.reversal is null))) t using (business_day)
            group by 1, 2`,
    values: [terminal],
  });
  const of = (kind: Row['kind']): { count: number; rials: bigint } => {
    const row = rows.find((candidate) => candidate.kind === kind);
    return { count: Number(row?.count ?? 0), rials: BigInt(row?.rials ?? 0) };
  };
  return {
    businessDay: rows[0]?.day ?? '',
    purchases: of('purchase'),
    reversals: of('reversal'),
    returns: of('return'),
    returnReversals: of('return-reversal'),
  };
}
