import { readFileSync } from 'node:fs';
import type { Entry } from '../../../src/simulators/bank/index.ts';
import type { View } from './terminals.ts';
import type { World } from './world.ts';

/** Where the ledger and the bank's journal are read. */
type Books = Pick<World, 'query' | 'bankJournal'>;

/** How far the system is from rest: all zero, and nothing will move any more. */
export interface Unrest {
  readonly held: number;
  readonly heldCredit: bigint;
  readonly advices: number;
}

interface Row {
  readonly transaction_id: string;
  readonly kind: 'purchase' | 'return';
  readonly original_id: string | null;
  readonly total_rials: string;
  readonly terminal_id: string;
  readonly stan: string;
  readonly local_time: string;
  readonly local_date: string;
  readonly state: string;
  readonly household_id: string;
  readonly rrn: string;
  readonly voucher_rials: string;
  readonly card_rials: string;
}

/** What is still open in the ledger. */
export async function unrest(world: Pick<Books, 'query'>): Promise<Unrest> {
  const [row] = await world.query<{ held: string; credit: string; advices: string }>(
    `select (select count(*) from transactions where state = 'held') as held,
            (select coalesce(sum(held_rials), 0) from buckets) as credit,
            (select count(*) from bank_advices where done_at is null) as advices`,
  );
  return { held: Number(row?.held), heldCredit: BigInt(row?.credit ?? 0), advices: Number(row?.advices) };
}

/** Compares what terminals believe, what the ledger holds and what the bank's journal says, to the rial.
 *  @returns every disagreement, in words; none: all agree */
export async function disagreements(world: Books, views: readonly View[]): Promise<string[]> {
  const rows = await world.query<Row>(
    `select transaction_id, kind, original_id, total_rials::text, terminal_id, stan, local_time, local_date, state,
            household_id, rrn, voucher_rials::text, card_rials::text
     from transactions where kind in ('purchase', 'return')`,
  );
  const purchases = rows.filter(({ kind }) => kind === 'purchase');
  const byKey = new Map(
    purchases.map((row) => [keyOf(row.terminal_id, row.stan, row.local_time, row.local_date), row]),
  );
  const entries = readJournal(world.bankJournal);
  const movedByRrn = sums(entries, ({ rrn }) => rrn);
  const faults: string[] = [];
  const charged = new Map<string, bigint>();
  const spent = new Map<string, bigint>();
  const returned = new Map<string, bigint>();
  for (const row of rows) {
    const approved = row.state === 'approved';
    const sign = row.kind === 'purchase' ? -1n : 1n;
    const due = approved ? sign * BigInt(row.card_rials) : 0n;
    const moved = movedByRrn.get(row.rrn) ?? 0n;
    if (moved !== due) faults.push(`RRN ${row.rrn} (${row.state}): the bank moved ${moved}, the ledger says ${due}`);
    if (!approved) continue;
    add(charged, row.household_id, due);
    add(spent, row.household_id, -sign * BigInt(row.voucher_rials));
    if (row.original_id !== null) add(returned, row.original_id, BigInt(row.total_rials));
  }
  if (faults.length > 0) faults.push(...(await evidence(world, entries, faults)));
  for (const view of views) faults.push(...mismatch(view, byKey, returned));
  const balances = sums(entries, ({ account }) => String(account));
  for (const [account, moved] of balances) {
    const due = charged.get(account) ?? 0n;
    if (moved !== due) faults.push(`account ${account}: the bank moved ${moved}, approved purchases say ${due}`);
  }
  const buckets = await world.query<{ household_id: string; spent: string }>(
    `select household_id, sum(spent_rials + coalesce(short, 0))::text as spent
       from (select household_id, sum(spent_rials) as spent_rials from buckets group by 1) b
       left join (select household_id, sum(rials) as short from credit_shortages group by 1) s using (household_id)
      group by 1`,
  );
  for (const bucket of buckets) {
    const due = spent.get(bucket.household_id) ?? 0n;
    if (BigInt(bucket.spent) !== due)
      faults.push(`household ${bucket.household_id}: spent ${bucket.spent}, approved purchases say ${due}`);
  }
  return faults;
}

/** Everything that ledger and bank have of the transactions that disagree: who must find out why has only this. */
async function evidence(world: Books, entries: readonly Entry[], faults: readonly string[]): Promise<string[]> {
  const rrns = faults.map((fault) => fault.slice('RRN '.length, 'RRN '.length + 12));
  const those = `rrn in (${rrns.map((rrn) => `'${rrn}'`).join(', ')})`;
  const facts = await world.query<{ fact: string }>(
    `select 'ledger ' || row_to_json(t) as fact from transactions t where ${those}
     union all select 'advice ' || row_to_json(a) from bank_advices a where ${those}`,
  );
  const told = entries.filter(({ rrn }) => rrns.includes(rrn)).map((entry) => `bank ${JSON.stringify(entry)}`);
  return [...facts.map(({ fact }) => fact), ...told];
}

function mismatch(view: View, byKey: ReadonlyMap<string, Row>, returned: ReadonlyMap<string, bigint>): string[] {
  const name = `${view.terminal} STAN ${view.stan} at ${view.localTime}`;
  const row = byKey.get(keyOf(view.terminal, view.stan, view.localTime, view.localDate));
  const approved = row?.state === 'approved';
  const faults = view.complaint === undefined ? [] : [`${name}: a repeat was answered otherwise: ${view.complaint}`];
  const back = returned.get(row?.transaction_id ?? '') ?? 0n;
  if (back !== view.returnedRials) {
    faults.push(`${name}: the terminal believes that ${view.returnedRials} were brought back, the ledger says ${back}`);
  }
  if (approved !== (view.belief === 'approved')) {
    faults.push(
      `${name}: the terminal believes ${view.belief} (RC ${view.rc}), the ledger says ${row?.state ?? 'nothing'}`,
    );
  }
  return faults;
}

/** Everything the bank decided. */
export function readJournal(file: string): Entry[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Entry);
}

function sums(entries: readonly Entry[], key: (entry: Entry) => string): Map<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const entry of entries) add(totals, key(entry), BigInt(entry.movedRials));
  return totals;
}

function add(totals: Map<string, bigint>, key: string, rials: bigint): void {
  totals.set(key, (totals.get(key) ?? 0n) + rials);
}

function keyOf(terminal: string, stan: string, time: string, date: string): string {
  return `${terminal}|${stan}|${time}|${date}`;
}
