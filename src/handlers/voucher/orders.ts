import type pg from 'pg';
import { DECISIONS } from '../../ops/function-set.ts';
import type { RequestHeader } from '../../ledger/index.ts';
import { tehran } from '../../ops/clock.ts';

/** The orders of authorities in our database (migrations/0835_authorities.sql). */

export type Told = 'asked' | 'confirming' | 'confirmed' | 'cancelled' | 'reversed' | 'lapsed' | 'refused';

export interface NewOrder {
  readonly authority: string;
  readonly programme: string;
  readonly kind: 'purchase' | 'quote';
  readonly household: string;
  readonly totalRials: bigint;
}

/** What an authority reserved, as our books need it. */
export interface Reservation {
  readonly id: string;
  readonly trace: string;
  readonly voucherRials: bigint;
}

/** An order about which something is to be told. */
export interface DueOrder extends Reservation {
  readonly authority: string;
  readonly told: Told;
  readonly wants: 'presented' | 'confirmed' | 'cancelled' | 'reversed' | 'nothing' | null;
  readonly stan: string;
  readonly rrn: string;
  readonly attempts: number;
  readonly askedAt: number;
  readonly terminal: string;
  readonly merchant: string;
}

/** An authority as its settings say how it is asked. */
export interface Asked {
  readonly authority: string;
  readonly digest: string;
}

export interface OrderBook {
  /** @returns undefined: the card is one of ours */
  household(
    header: Pick<RequestHeader, 'card' | 'at'>,
    authority: Asked,
  ): Promise<{ readonly household: string; readonly inForce: boolean } | undefined>;
  /** Whether two persons ever let it be asked so: only then may it hear what became of orders. */
  isApproved(authority: Asked): Promise<boolean>;
  /** @returns undefined: there is an order of that request */
  open(request: RequestHeader, order: NewOrder, suffix?: 'stand-in'): Promise<string | undefined>;
  /** Whether whoever opened the order of a request is done with it, one way or another. */
  isDecided(request: RequestHeader): Promise<boolean>;
  /** The order that a reserved quote has, while it holds. */
  ofQuote(household: string, quoteRef: string): Promise<Reservation | undefined>;
  reserved(id: string, trace: string, voucherRials: bigint, until: number): Promise<void>;
  declined(id: string, trace: string): Promise<void>;
  /** The authority's own name of a card. */
  token(household: string, token: string): Promise<void>;
  /** Nothing of it came into our books: it is cancelled as soon as may be. */
  abandon(id: string, now: number): Promise<void>;
  /** Before a confirmation leaves. @returns false: it may not leave any more */
  confirming(id: string, now: number): Promise<boolean>;
  told(id: string, told: Told, now: number, isDone: boolean): Promise<void>;
  /** Takes due orders under a lease, with what is to be told of each. */
  claim(limit: number, leaseMs: number, patienceMs: number, now: number): Promise<DueOrder[]>;
  /** The authority's own name of the card of an order. */
  tokenOf(id: string): Promise<string | undefined>;
  /** What an authority said of a grant that was presented to it. */
  presented(id: string, refusedRials: bigint, why: string | undefined, now: number): Promise<void>;
  /** Rials that were granted for authorities: not presented yet, taken, refused. */
  standIns(): Promise<readonly { readonly programme: string; readonly said: string; readonly rials: number }[]>;
  later(id: string, dueAt: number, why: string | undefined): Promise<void>;
  /** Orders about which something is still to be told, by authority, and since when (ms). */
  count(): Promise<readonly { readonly authority: string; readonly count: number; readonly oldest: number }[]>;
}

interface Row {
  readonly order_id: string;
  readonly authority: string;
  readonly told: Told;
  readonly wants: DueOrder['wants'];
  readonly stan: string;
  readonly rrn: string | null;
  readonly trace: string | null;
  readonly voucher_rials: string | null;
  readonly attempts: number;
  readonly asked_at: string;
  readonly terminal_id: string;
  readonly merchant_id: string;
}

/** How long an order that nobody follows up is left alone: its copy may still be at it. */
const FIRST_LOOK_MS = 5_000;

export function orderBook(pool: Pick<pg.Pool, 'query'>): OrderBook {
  const run = async (name: string, text: string, values: readonly unknown[]): Promise<number> =>
    (await pool.query({ name: `authority-${name}`, text, values: [...values] })).rowCount ?? 0;
  return {
    household: async ({ card, at }, { authority, digest }) => {
      const { rows } = await pool.query<{ id: string | null; in_force: boolean }>({
        name: 'authority-household',
        text: `select authority_household($1, $2, $3, $4) as id, ${DECISIONS}.authority_in_force($3, $5, $6) as in_force`,
        values: [card.hash, card.masked, authority, at, digest, tehran(at).isoDate],
      });
      const { id = null, in_force: inForce = false } = rows[0] ?? {};
      return id === null ? undefined : { household: id, inForce };
    },
    isApproved: async ({ authority, digest }) => {
      const { rowCount } = await pool.query(
        `select from authority_bindings where authority = $1 and digest = $2 and verdict = 'approved' limit 1`,
        [authority, digest],
      );
      return rowCount === 1;
    },
    open: async (request, { authority, programme, kind, household, totalRials }, suffix) => {
      const { terminal, stan } = request.key;
      const { rows } = await pool.query<{ id: string }>({
        name: 'authority-open',
        text: `insert into authority_orders (authority, programme_id, kind, name, terminal_id, merchant_id, stan, household_id,
                                             total_rials, asked_at, due_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (name) do nothing returning order_id as id`,
        values: [
          authority,
          programme,
          kind,
          suffix === undefined ? nameOf(request) : `${nameOf(request)} ${suffix}`,
          terminal,
          request.merchant,
          stan,
          household,
          totalRials,
          request.at,
          request.at + FIRST_LOOK_MS,
        ],
      });
      return rows[0]?.id;
    },
    isDecided: async (request) => {
      const { rows } = await pool.query<{ decided: boolean }>({
        name: 'authority-decided',
        text: `select abandoned or done_at is not null or coalesce(transaction_id::text, quote_ref) is not null as decided
                 from authority_orders where name = $1`,
        values: [nameOf(request)],
      });
      return rows[0]?.decided ?? true;
    },
    ofQuote: async (household, quoteRef) => {
      const { rows } = await pool.query<Row>({
        name: 'authority-of-quote',
        text: `select order_id, trace, voucher_rials from authority_orders
                where household_id = $1 and quote_ref = $2 and said = 'reserved' and told = 'asked' and transaction_id is null`,
        values: [household, quoteRef],
      });
      const [row] = rows;
      if (row === undefined) return undefined;
      return { id: row.order_id, trace: row.trace ?? '', voucherRials: BigInt(row.voucher_rials ?? 0) };
    },
    reserved: async (id, trace, voucherRials, until) => {
      await run(
        'reserved',
        `update authority_orders set said = 'reserved', trace = $2, voucher_rials = $3, reserved_until = $4 where order_id = $1`,
        [id, trace, voucherRials, until],
      );
    },
    declined: async (id, trace) => {
      await run('declined', `update authority_orders set said = 'declined', trace = $2 where order_id = $1`, [
        id,
        trace,
      ]);
    },
    token: async (household, token) => {
      await run(
        'token',
        'update authority_cards set token = $2 where household_id = $1 and token is distinct from $2',
        [household, token],
      );
    },
    abandon: async (id, now) => {
      await run(
        'abandon',
        `update authority_orders set abandoned = true, due_at = $2
          where order_id = $1 and transaction_id is null and quote_ref is null`,
        [id, now],
      );
    },
    confirming: async (id, now) =>
      (await run(
        'confirming',
        `update authority_orders set told = 'confirming', told_at = $2
          where order_id = $1 and told in ('asked', 'confirming') and done_at is null`,
        [id, now],
      )) === 1,
    told: async (id, told, now, isDone) => {
      await run(
        'told',
        `with order_of as (
           update authority_orders set told = $2, told_at = $3::bigint, last_error = null, attempts = 0, due_at = $3,
                                       done_at = case when $4 then $3::bigint end
            where order_id = $1 returning household_id)
         update authority_cards c set confirmed_at = $3 from order_of o where $2 = 'confirmed' and c.household_id = o.household_id`,
        [id, told, now, isDone],
      );
    },
    claim: async (limit, leaseMs, patienceMs, now) => {
      const { rows } = await pool.query<Row>({
        name: 'authority-claim',
        text: `update authority_orders o set due_at = $2, attempts = attempts + 1
                from (select order_id from authority_orders where done_at is null and due_at <= $1
                       order by due_at limit $3 for update skip locked) due
               where o.order_id = due.order_id
              returning o.*, ${DECISIONS}.authority_wants(o, $1, $4) as wants`,
        values: [now, now + leaseMs, limit, patienceMs],
      });
      return rows.map(dueOf);
    },
    tokenOf: async (id) => {
      const { rows } = await pool.query<{ token: string | null }>(
        'select token from authority_cards join authority_orders using (household_id) where order_id = $1',
        [id],
      );
      return rows[0]?.token ?? undefined;
    },
    presented: async (id, refusedRials, why, now) => {
      await run(
        'presented',
        'update stand_ins set refused_rials = $2, why = $3, presented_at = $4 where order_id = $1 and presented_at is null',
        [id, refusedRials, why ?? null, now],
      );
    },
    standIns: async () => {
      const { rows } = await pool.query<{ programme: string; said: string; rials: string }>(
        `select programme_id as programme, w.said, sum(w.rials) as rials from stand_ins s
          cross join lateral (values ('waiting', case when presented_at is null then ${DECISIONS}.stand_in_kept(s) else 0 end),
                                     ('taken', case when presented_at is null then 0 else s.rials - refused_rials end),
                                     ('refused', coalesce(refused_rials, 0))) w (said, rials)
          group by 1, 2`,
      );
      return rows.map(({ rials, ...row }) => ({ ...row, rials: Number(rials) }));
    },
    later: async (id, dueAt, why) => {
      await run(
        'later',
        `update authority_orders set due_at = $2, last_error = coalesce($3, last_error),
                attempts = case when $3::text is null then 0 else attempts end
          where order_id = $1 and done_at is null`,
        [id, dueAt, why ?? null],
      );
    },
    count: async () => {
      const { rows } = await pool.query<{ authority: string; count: string; oldest: string }>(
        `select authority, count(*), min(asked_at) as oldest from authority_orders where done_at is null group by authority`,
      );
      return rows.map(({ authority, count, oldest }) => ({ authority, count: Number(count), oldest: Number(oldest) }));
    },
  };
}

function dueOf(row: Row): DueOrder {
  return {
    id: row.order_id,
    authority: row.authority,
    told: row.told,
    wants: row.wants,
    stan: row.stan,
    rrn: row.rrn ?? '',
    trace: row.trace ?? '',
    voucherRials: BigInt(row.voucher_rials ?? 0),
    attempts: row.attempts,
    askedAt: Number(row.asked_at),
    terminal: row.terminal_id,
    merchant: row.merchant_id,
  };
}

/** DE 41, 11, 12, 13, and of DE 13 the year that brings it nearest to the request. */
export function nameOf({ key, at }: Pick<RequestHeader, 'key' | 'at'>): string {
  const year = Number(tehran(at).isoDate.slice(0, 4));
  const distance = (of: number): number => {
    const day = Date.parse(`${of}-${key.localDate.slice(0, 2)}-${key.localDate.slice(2)}T12:00:00Z`);
    return Number.isNaN(day) ? Infinity : Math.abs(day - at);
  };
  const nearest = [year - 1, year + 1].reduce((best, of) => (distance(of) < distance(best) ? of : best), year);
  return `${key.terminal} ${key.stan} ${key.localTime} ${key.localDate} ${nearest}`;
}
