import type { Reading } from '../../field/money-unit.ts';
import { readReading } from '../../ledger/index.ts';
import { tehran } from '../../ops/clock.ts';
import type { Db } from '../clearing/state.ts';
import { readLines, type ShopLine } from '../shop/index.ts';

/** A line of a shop's statement. `credit` is owed to the shop, `debit` taken from it or paid out; both whole rials. */
export interface StatementLine {
  /** ISO */
  readonly day: string;
  /** Tehran, `hh:mm`; '' for what has no time */
  readonly time: string;
  readonly kind: 'purchase' | 'return' | 'reversal' | 'fee' | 'remainder' | 'break' | 'returned' | 'held' | 'order';
  /** RRN, or the order's id */
  readonly reference: string;
  readonly terminal: string;
  /** The whole sale by its tenders, or what of each went back (negative); undefined for what is no sale. */
  readonly sale?: Tenders;
  readonly credit: bigint;
  readonly debit: bigint;
  /** Of an order: Sheba and how far it is; of a break: why. */
  readonly note: string;
}

export interface Tenders {
  readonly voucher: bigint;
  readonly card: bigint;
  readonly cash: bigint;
}

export interface Statement {
  readonly merchant: string;
  readonly name: string;
  /** To which the shop is paid now. */
  readonly sheba: string;
  readonly from: string;
  readonly to: string;
  /** ms since the epoch */
  readonly printedAt: number;
  /** Owed to the shop before `from` and after `to`. */
  readonly opening: bigint;
  readonly closing: bigint;
  /** In its account of remainders after `to`: what of it was below one step of the books' unit. */
  readonly remainders: bigint;
  /** In which units its amounts are said: those of its last day. */
  readonly units: Reading;
  readonly lines: readonly StatementLine[];
  readonly totals: Totals;
}

export interface Totals extends Tenders {
  /** The whole sales, by every tender, less what went back. */
  readonly sales: bigint;
  readonly fees: bigint;
  /** What went to the bank, less what it sent back. */
  readonly paid: bigint;
  readonly credit: bigint;
  readonly debit: bigint;
}

/** What was owed before a day: nets hold what was closed; of what is not netted yet, the lines are read. $1 shop, $2 day. */
const NETTED_BEFORE = `
  select coalesce(sum(purchase_rials - return_rials - reversal_rials), 0)::text as rials
    from merchant_nets where merchant_id = $1 and business_day < $2`;
const NOT_NETTED_BEFORE = `
  select min(d.business_day)::text as first, max(d.business_day)::text as last
    from business_days d left join clearings c using (business_day)
   where d.business_day < $2 and coalesce(c.state, '') in ('', 'closing', 'closed')
     and d.business_day > coalesce((select max(business_day) from merchant_nets where merchant_id = $1), '-infinity')`;
const POSTED = `
  select business_day::text as day, posting_id, kind, source, rials::text, credit = 'payable' as "isCredit",
         case kind when 'order' then (select o.sheba || ' ' || o.state from payment_orders o
                                       where o.merchant_id = p.merchant_id and o.instruction_id = p.source)
                   when 'fee' then fee || ' ' || fee_from || ': ' || payee
                   when 'break' then (select c.reason from payable_carries c where c.merchant_id = p.merchant_id and c.source = p.source)
         end as note
    from settlement_postings p where merchant_id = $1 and 'payable' in (debit, credit)`;

interface PostedRow {
  readonly day: string;
  readonly posting_id: string;
  readonly kind: StatementLine['kind'];
  readonly source: string;
  readonly rials: string;
  readonly isCredit: boolean;
  readonly note: string | null;
}

/** Reads the shop's own rows alone.
 *  @param from ISO business days, both included
 *  @param now ms since the epoch: the date of printing
 *  @returns undefined for a shop that is unknown
 *  @throws GatewayError `statement.too-long` */
export async function readStatement(
  db: Db,
  merchant: string,
  { from, to, now }: { readonly from: string; readonly to: string; readonly now: number },
): Promise<Statement | undefined> {
  const shop = await db.query<{ name: string; sheba: string }>(
    'select name, sheba from merchants where merchant_id = $1',
    [merchant],
  );
  const [found] = shop.rows;
  if (found === undefined) return undefined;
  const opening = await owedBefore(db, merchant, from);
  const sales = (await readLines(db, merchant, from, to)).map(saleLine);
  const posted = (
    await db.query<PostedRow>(`${POSTED} and business_day between $2 and $3 order by business_day, posting_id`, [
      merchant,
      from,
      to,
    ])
  ).rows.map(postedLine);
  // Of a day: the sales, its fee, what came back or was corrected, and what was paid.
  const lines = [...sales, ...posted].toSorted((a, b) =>
    a.day === b.day ? rank(a) - rank(b) : a.day < b.day ? -1 : 1,
  );
  const totals = totalsOf(lines);
  return {
    merchant,
    ...found,
    from,
    to,
    printedAt: now,
    opening,
    closing: opening + totals.credit - totals.debit,
    remainders: await remaindersOf(db, merchant, to),
    units: (await readReading(db))(to),
    lines,
    totals,
  };
}

async function owedBefore(db: Db, merchant: string, day: string): Promise<bigint> {
  const one = async (text: string): Promise<bigint> =>
    BigInt((await db.query<{ rials: string }>(text, [merchant, day])).rows[0]?.rials ?? 0);
  const posted = await one(
    `select coalesce(sum(case when credit = 'payable' then rials else -rials end), 0)::text as rials
       from settlement_postings where merchant_id = $1 and 'payable' in (debit, credit) and business_day < $2`,
  );
  const open = await db.query<{ first: string | null; last: string | null }>(NOT_NETTED_BEFORE, [merchant, day]);
  const { first = null, last = null } = open.rows[0] ?? {};
  const lines = first === null || last === null ? [] : await readLines(db, merchant, first, last);
  return (await one(NETTED_BEFORE)) + posted + lines.reduce((sum, { rials }) => sum + rials, 0n);
}

async function remaindersOf(db: Db, merchant: string, day: string): Promise<bigint> {
  const { rows } = await db.query<{ rials: string }>(
    `select coalesce(sum(case credit when 'remainders' then rials else -rials end), 0)::text as rials
       from settlement_postings where merchant_id = $1 and kind = 'remainder' and business_day <= $2`,
    [merchant, day],
  );
  return BigInt(rows[0]?.rials ?? 0);
}

function saleLine({ day, at, kind, rrn, terminal, voucher, card, cash, rials }: ShopLine): StatementLine {
  const { time } = tehran(at);
  return {
    day,
    time: `${time.slice(0, 2)}:${time.slice(2, 4)}`,
    kind: kind === 'return-reversal' ? 'reversal' : kind,
    reference: rrn,
    terminal,
    sale: { voucher, card, cash },
    ...sides(rials),
    note: '',
  };
}

function postedLine({ day, kind, source, rials, isCredit, note }: PostedRow): StatementLine {
  return {
    day,
    time: '',
    kind,
    reference: kind === 'fee' ? '' : source,
    terminal: '',
    ...sides(isCredit ? BigInt(rials) : -BigInt(rials)),
    note: note ?? '',
  };
}

function sides(rials: bigint): { credit: bigint; debit: bigint } {
  return rials < 0n ? { credit: 0n, debit: -rials } : { credit: rials, debit: 0n };
}

function rank({ kind }: StatementLine): number {
  if (kind === 'order') return 4;
  if (kind === 'fee' || kind === 'remainder') return 2;
  return kind === 'purchase' || kind === 'return' || kind === 'reversal' ? 1 : 3;
}

export function totalsOf(lines: readonly StatementLine[]): Totals {
  const sum = (of: (line: StatementLine) => bigint): bigint => lines.reduce((all, line) => all + of(line), 0n);
  const net = (...kinds: readonly StatementLine['kind'][]): bigint =>
    sum(({ kind, credit, debit }) => (kinds.includes(kind) ? debit - credit : 0n));
  const [voucher, card, cash] = (['voucher', 'card', 'cash'] as const).map((tender) =>
    sum(({ sale }) => sale?.[tender] ?? 0n),
  ) as [bigint, bigint, bigint];
  return {
    voucher,
    card,
    cash,
    sales: voucher + card + cash,
    fees: net('fee'),
    paid: net('order', 'returned', 'held'),
    credit: sum(({ credit }) => credit),
    debit: sum(({ debit }) => debit),
  };
}
