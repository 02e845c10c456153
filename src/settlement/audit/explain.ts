import { GatewayError } from '../../ops/errors.ts';
import type { Db } from '../clearing/state.ts';
import { checkSheba } from '../../field/sheba.ts';
import { householdsOfRrn } from './rrn.ts';

/** A walk from a line of a payment file to what it is made of, and back. Each step is a title and rows; rows are what
 *  the tables say, so that a person and a program read the same. */
export interface Explained {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** There is more than is shown. */
  readonly more: boolean;
}

const MOST = 200;
/** Days of a shop that are shown, the newest first. */
const DAYS = 5;

interface OrderName {
  readonly merchant_id: string;
  readonly business_day: string;
}

/** @param name an order (InstrId, or MsgId/position), a Sheba, a merchant, or an RRN
 *  @param everywhere looks for an RRN of others through all days, however many
 *  @throws GatewayError `explain.unknown` when nothing has this name */
export async function explain(db: Db, name: string, everywhere = false): Promise<Explained[]> {
  const what = asWritten(name);
  const days = [...(await ordersNamed(db, what)), ...(await netsOfShop(db, what))];
  const one = [...new Map(days.map((day) => [`${day.merchant_id} ${day.business_day}`, day])).values()];
  if (one.length > 0) return (await Promise.all(one.slice(0, DAYS).map((day) => fromNet(db, day)))).flat();
  const steps = /^[A-Za-z0-9]{12}$/.test(what) ? await fromRrn(db, what, everywhere) : [];
  if (steps.some((step) => step.rows.length > 0)) return steps;
  const elsewhere =
    everywhere || steps.length === 0 ? '' : ' (--everywhere looks for an RRN of others through all days)';
  throw new GatewayError(
    'explain.unknown',
    `"${name}" names no order, Sheba, merchant or RRN of this gateway${elsewhere}.`,
  );
}

/** A Sheba as people write it: with spaces, Persian digits, small letters. Other names are taken as they are. */
function asWritten(name: string): string {
  const sheba = checkSheba(name);
  return sheba.ok ? sheba.sheba : name.trim();
}

/** What a shop is owed and was not paid (held, carried, zero) has no order: so its days are found by its nets. */
async function netsOfShop(db: Db, what: string): Promise<OrderName[]> {
  const { rows } = await db.query<OrderName>(
    `select n.merchant_id, n.business_day::text from merchants m join merchant_nets n using (merchant_id)
      where m.sheba = $1 or m.merchant_id = $1 order by n.business_day desc, n.merchant_id limit ${DAYS}`,
    [what],
  );
  return rows;
}

async function ordersNamed(db: Db, what: string): Promise<OrderName[]> {
  const [file = '', position = ''] = what.split('/');
  const { rows } = await db.query<OrderName>(
    `select distinct merchant_id, business_day::text from payment_orders
      where instruction_id = $1 or sheba = $1 or (message_id = $2 and position = $3::int)
      order by business_day desc, merchant_id limit ${DAYS}`,
    [what, file, /^\d{1,9}$/.test(position) ? position : '0'],
  );
  return rows;
}

/** Order → file → net → movements, carries, postings, answers. */
async function fromNet(db: Db, { merchant_id: merchant, business_day: day }: OrderName): Promise<Explained[]> {
  const key = [merchant, day];
  return [
    await step(
      db,
      `orders of ${merchant} for ${day}`,
      `select instruction_id, message_id, position, sheba, name, amount_rials, rail, state, reason, changed_at
         from payment_orders where merchant_id = $1 and business_day = $2 order by part`,
      key,
    ),
    await step(
      db,
      'their files',
      `select message_id, rail, orders, sum_rials, pay_on::text, cycle, sha256, written_at, delivered_at
         from payment_files where message_id in
              (select message_id from payment_orders where merchant_id = $1 and business_day = $2) order by 1`,
      key,
    ),
    await step(
      db,
      'the net: purchases - returns - reversals - fees + carried in',
      `select purchases, purchase_rials, returns, return_rials, reversals, reversal_rials, fee_rials, carried_rials,
              net_rials, outcome, reason from merchant_nets where merchant_id = $1 and business_day = $2`,
      key,
    ),
    await step(
      db,
      'carried in and out',
      `select created_day::text, kind, rials, reason, source, blocked, consumed_day::text from payable_carries
        where merchant_id = $1 and ($2 in (created_day, consumed_day)) order by carry_id`,
      key,
    ),
    await step(
      db,
      'postings of settlement',
      `select kind, debit, credit, rials, source, posted_at from settlement_postings
        where merchant_id = $1 and business_day = $2 order by posting_id`,
      key,
    ),
    await step(
      db,
      'transactions of the day: their postings on the shop, and their frames by RRN and STAN',
      `select l.kind, l.state, l.rrn, l.terminal_id, l.stan, l.local_date, m.kind as moves, m.voucher_rials, m.card_rials,
              m.transaction_id
         from settlement_movements m
         left join settlement_legs l on l.household_id = m.household_id and l.transaction_id = m.transaction_id
                                    and l.business_day = m.business_day
        where m.merchant_id = $1 and m.business_day = $2 order by m.transaction_id`,
      key,
    ),
  ];
}

/** RRN → transactions, their postings, what the acquirer told, breaks, and the order that paid it. */
async function fromRrn(db: Db, rrn: string, everywhere: boolean): Promise<Explained[]> {
  const ours = [rrn, await householdsOfRrn(db, rrn, everywhere)];
  return [
    await step(
      db,
      `transactions of RRN ${rrn}`,
      `select transaction_id, kind, state, business_day::text, merchant_id, terminal_id, stan, local_date, total_rials,
              voucher_rials, card_rials from settlement_legs where rrn = $1 and household_id = any ($2)
        order by business_day, transaction_id`,
      ours,
    ),
    await step(
      db,
      'their postings',
      `select j.transaction_id, j.line, j.business_day::text, j.kind, j.account, j.rials
         from settlement_legs l join journal j using (household_id, transaction_id, business_day)
        where l.rrn = $1 and l.household_id = any ($2) order by 1, 2, account`,
      ours,
    ),
    await step(
      db,
      'lines of acquirers',
      `select f.psp, f.settlement_date::text, t.name as file, a.line, a.kind, a.rc, a.total_rials, a.voucher_rials,
              a.rule_no, a.transaction_id
         from acquirer_lines a join acquirer_files f using (file_id) join taken_files t using (sha256)
        where a.rrn = $1 order by a.file_id, a.line`,
      [rrn],
    ),
    await step(
      db,
      'breaks',
      `select break_id, class, rials, state, owner, detail from breaks where rrn = $1 order by break_id`,
      [rrn],
    ),
    await step(
      db,
      'the net and the orders that they went into',
      `select distinct n.merchant_id, n.business_day::text, n.net_rials, n.outcome, o.instruction_id, o.message_id,
              o.position, o.sheba, o.amount_rials, o.state
         from settlement_legs l
         join merchant_nets n on n.merchant_id = l.merchant_id and n.business_day = l.business_day
         left join payment_orders o on o.merchant_id = n.merchant_id and o.business_day = n.business_day
        where l.rrn = $1 and l.household_id = any ($2) order by 2, 5`,
      ours,
    ),
  ];
}

async function step(db: Db, title: string, text: string, values: readonly (string | string[])[]): Promise<Explained> {
  const { rows } = await db.query<Record<string, unknown>>(`${text} limit ${MOST + 1}`, [...values]);
  return { title, rows: rows.slice(0, MOST), more: rows.length > MOST };
}
