import { verifyLedger } from '../../src/ledger/index.ts';
import type { Entry } from '../../src/simulators/bank/index.ts';
import type { World } from '../world.ts';

interface Row {
  readonly kind: string;
  readonly state: string;
  readonly rrn: string;
  readonly card: string;
  readonly kept: string;
  readonly terminal_id: string;
  readonly stan: string;
  readonly local_time: string;
  readonly local_date: string;
  readonly at: string;
}

/** What is kept from one rest to the next. */
interface Seen {
  entries: number;
  since: number;
  credit: ReadonlyMap<number, bigint>;
  /** In Tehran. */
  day: string;
  readonly movedByRrn: Map<string, bigint>;
}

const SEEN = new WeakMap<World, Seen>();

/** Everything that must hold while nothing is open: books, bank, tills, credit, secrets. What does not is a fault of the run. */
export async function inspect(world: World, audited: boolean): Promise<void> {
  const seen = await before(world);
  if (audited) await books(world);
  await credit(world, audited);

  await agreement(world, seen);
  const open = await creditOf(world);
  const today = todayOf(world);
  if (today !== seen.day && (await creditBeganOrEnded(world, seen.day, today))) world.history.forget();
  const rials = (from: ReadonlyMap<number, bigint>) => (household: number) => from.get(household) ?? 0n;
  for (const fault of world.history.judge(rials(seen.credit), rials(open))) world.fault(fault);
  seen.credit = open;
  seen.day = today;
  for (const fault of world.secrets.faults.splice(0)) world.fault(fault);
  for (const fault of world.scheduler.faults.splice(0)) world.fault(`nobody awaits: ${String(fault)}`);
  world.note(`rest ${world.sales.length} sales, ${world.bank.journal.length} entries of the bank`);
}

/** Takes down where things stand, before anything happens: at the start, and where time brought or took credit. */
export async function takeDown(world: World): Promise<void> {
  const seen = await before(world);
  seen.credit = await creditOf(world);
  seen.day = todayOf(world);
}

async function before(world: World): Promise<Seen> {
  const known = SEEN.get(world);
  if (known !== undefined) return known;
  const seen: Seen = {
    entries: 0,
    since: 0,
    credit: await creditOf(world),
    day: todayOf(world),
    movedByRrn: new Map(),
  };
  SEEN.set(world, seen);
  return seen;
}

async function books(world: World): Promise<void> {
  const pool = world.store.pool(world.inspector, 1);
  const faults = await world.scheduler.until(verifyLedger(pool), 'verifying the ledger');
  await world.scheduler.until(pool.end(), 'the end of a pool');
  for (const { check, count, examples } of faults) world.fault(`books: ${count} ${check}: ${examples.join(', ')}`);
}

/** The last day of a bucket `b`: its own, or where the office has moved it. */
const END = `coalesce((select w.spend_to from credit_windows w where w.programme_id = b.programme_id and w.period = b.period
  and w.verdict = 'approved' order by w.window_id desc limit 1), b.valid_to)`;

/** Credit is spent in the order in which it ends, and ends on its day.
 *  @param kept the housekeeping has had its turn since the last customer: what was brought back of ended credit has ended too */
async function credit(world: World, kept: boolean): Promise<void> {
  const today = todayOf(world);
  const found = await world.look<{ what: string }>(
    `with ends as (select *, ${END} as last_day from buckets b)
     select format('bucket %s of household %s ended before its last day', bucket_id, household_id) as what from ends
      where expired_rials > 0 and last_day >= '${today}'
     union all
     select distinct format('credit of bucket %s of household %s ended on %s, and is good until %s', bucket_id, household_id, p.business_day, last_day)
       from ends join postings p using (household_id, bucket_id) where p.kind = 'expiry' and p.business_day <= last_day
     union all
     select format('bucket %s of household %s is past its end and has credit', bucket_id, household_id) from ends
      where ${String(kept)} and last_day < date '${today}' - 1 and amount_rials > spent_rials + held_rials + expired_rials
     union all
     select format('bucket %s of household %s is spent before one that ends sooner', b.bucket_id, b.household_id) from ends b
       join ends a using (household_id)
      where household_id = '909' and a.last_day < b.last_day and a.valid_from = b.valid_from and a.last_day >= '${today}' and b.spent_rials > 0
        and a.amount_rials > a.spent_rials + a.held_rials + a.expired_rials
        and not exists (select 1 from transactions r where r.household_id = b.household_id and r.kind in ('return', 'reversal') and r.state <> 'declined')
        -- what was held of the sooner one while the later was spent, and was given back since
        and not exists (select 1 from transactions r where r.household_id = b.household_id and r.state in ('declined', 'reversed') and r.leg_at is not null)
        and not exists (select 1 from quotes q where q.household_id = b.household_id and q.state <> 'taken' and a.bucket_id = any (q.bucket_ids))`,
  );
  for (const { what } of found) world.fault(what);
}

/** Between two days, at midnight: who bought around it had more or less from one instant to the next. */
async function creditBeganOrEnded(world: World, from: string, today: string): Promise<boolean> {
  const found = await world.look(
    `select from buckets b where b.valid_from > '${from}' and b.valid_from <= '${today}' or ${END} >= '${from}' and ${END} < '${today}' limit 1`,
  );
  return found.length > 0;
}

function todayOf(world: World): string {
  return new Date(world.scheduler.now + 3.5 * 3_600_000).toISOString().slice(0, 10);
}

/** What can be spent today, by household: as the product says it in an answer. */
async function creditOf(world: World): Promise<Map<number, bigint>> {
  const today = todayOf(world);
  const rows = await world.look<{ household_id: string; rials: string }>(
    `select household_id, sum(amount_rials - spent_rials - held_rials - expired_rials) as rials from buckets b
      where valid_from <= '${today}' and ${END} >= '${today}' group by 1`,
  );
  return new Map(rows.map((row) => [Number(row.household_id), BigInt(row.rials)]));
}

/** Bank, books and tills of everything that moved since the last rest, to the rial. */
async function agreement(world: World, seen: Seen): Promise<void> {
  const fresh = world.bank.journal.slice(seen.entries);
  seen.entries = world.bank.journal.length;
  const rrns = new Set(fresh.map(({ rrn }) => rrn));
  for (const entry of fresh) add(seen.movedByRrn, entry);
  const sales = [...world.dirty];
  world.dirty.clear();
  const since = seen.since;
  seen.since = world.scheduler.now - 60_000;
  const keys = sales.map((sale) => `'${keyOf(sale.terminal, sale.stan, sale.localTime, sale.localDate)}'`);
  const rows = await world.look<Row>(
    `select kind, state, rrn, card_rials as card, terminal_id, stan, local_time, local_date, at,
            case when state = 'approved' then voucher_rials + card_rials + cash_rials - given_voucher - given_card - given_cash else 0 end as kept
       from transactions
      where kind in ('purchase', 'return', 'forward')
        and (at >= ${since} or rrn in (${list([...rrns].map((rrn) => `'${rrn}'`))})
             or terminal_id || stan || local_time || local_date in (${list(keys)}))`,
  );
  const known = new Map(rows.map((row) => [row.rrn, row]));
  for (const rrn of rrns)
    if (!known.has(rrn) && seen.movedByRrn.get(rrn) !== 0n)
      world.fault(`bank moved ${seen.movedByRrn.get(rrn) ?? 0n} of RRN ${rrn}, which the books do not know`);
  await cards(world, seen, rows);
  const byKey = new Map(rows.map((row) => [keyOf(row.terminal_id, row.stan, row.local_time, row.local_date), row]));
  for (const sale of sales) {
    const name = `${sale.terminal} STAN ${sale.stan} (${sale.code})`;
    const row = byKey.get(keyOf(sale.terminal, sale.stan, sale.localTime, sale.localDate));
    if (sale.keptRials === undefined) world.fault(`${name}: nobody knows what became of it`);
    const kept = row === undefined ? 0n : BigInt(row.kept);
    if (sale.code !== '000000' && kept !== (sale.keptRials ?? 0n))
      world.fault(
        `${name}: the till believes that ${sale.keptRials ?? 0n} are sold, the books ${kept} (${row?.state ?? 'nothing'}, RRN ${row?.rrn ?? '-'})`,
      );
    if (sale.code === '000000' && (row?.state === 'approved') !== (sale.keptRials ?? 0n) > 0n)
      world.fault(`${name}: the till believes ${sale.keptRials ?? 0n}, the books say ${row?.state ?? 'nothing'}`);
  }
}

/** What the bank moved of each transaction is what the books say that the card paid. */
async function cards(world: World, seen: Seen, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const due = await world.look<{ rrn: string; rials: string }>(
    `select t.rrn, case when t.state <> 'approved' then 0 when t.kind = 'return' then t.card_rials
              else -(t.card_rials - coalesce((select sum(r.card_rials) from transactions r
                 where r.household_id = t.household_id and r.original_id = t.transaction_id and r.kind = 'reversal'), 0)) end as rials
       from transactions t where kind in ('purchase', 'return', 'forward') and rrn in (${list(rows.map(({ rrn }) => `'${rrn}'`))})`,
  );
  for (const { rrn, rials } of due) {
    const moved = seen.movedByRrn.get(rrn) ?? 0n;
    if (moved !== BigInt(rials)) world.fault(`RRN ${rrn}: the bank moved ${moved}, the books say ${rials}`);
  }
}

function add(sums: Map<string, bigint>, { rrn, movedRials }: Entry): void {
  sums.set(rrn, (sums.get(rrn) ?? 0n) + BigInt(movedRials));
}

function keyOf(terminal: string, stan: string, time: string, date: string): string {
  return terminal + stan + time + date;
}

function list(values: readonly string[]): string {
  return values.length === 0 ? "''" : values.join(', ');
}
