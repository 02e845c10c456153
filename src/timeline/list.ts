import { systemClock, type Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import { addDays, dayNumber } from '../field/jalali.ts';
import { householdsOf } from './find.ts';
import type { Db, TransactionKind, TransactionRef, TransactionState } from './kinds.ts';

/** A row of the lists of transactions. Whole rials. */
export interface TransactionRow extends TransactionRef {
  readonly kind: TransactionKind;
  readonly state: TransactionState;
  /** ms since the epoch */
  readonly at: number;
  readonly terminal: string;
  readonly merchant: string;
  readonly shop: string;
  /** First six and last four. */
  readonly card: string;
  readonly rrn: string;
  readonly stan: string;
  readonly code: string | null;
  readonly reason: string;
  readonly total: string;
  readonly voucher: string;
  readonly cardPart: string;
  readonly cash: string;
  readonly givenBack: string;
}

export interface TransactionFilter {
  /** ISO business days, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly terminal?: string | undefined;
  readonly merchant?: string | undefined;
  readonly rrn?: string | undefined;
  readonly stan?: string | undefined;
  /** `603799*0078` */
  readonly card?: string | undefined;
  readonly code?: string | undefined;
  readonly kind?: string | undefined;
  readonly state?: string | undefined;
}

export interface TransactionPlace {
  readonly day: string;
  /** Undefined: from the day's newest on. */
  readonly id?: string;
}

export interface TransactionPage {
  readonly rows: readonly TransactionRow[];
  /** Where the next page begins; undefined: there is no more. A page may be short of its limit and have a next one. */
  readonly next: TransactionPlace | undefined;
}

/** A page looks through so many business days, and so stays quick whatever is asked for. */
const DAYS_A_PAGE = 31;
/** Without an end a list goes so far back. */
const DAYS = 31;
const MOST_DAYS = 400;
/** Beyond a week it ends the page once it took so long. */
const PATIENT_DAYS = 7;
const PATIENCE_MS = 100;
const MOST_HOUSEHOLDS = 5_000;

const COLUMNS = `
  t.household_id as household, t.transaction_id::text as id, t.business_day::text as day, t.kind, t.state, t.at::float8 as at,
  t.terminal_id as terminal, t.merchant_id as merchant, coalesce(m.name, '') as shop, t.masked as card, t.rrn, t.stan, t.rc as code,
  t.reason, t.total_rials::text as total, t.voucher_rials::text as voucher, t.card_rials::text as "cardPart", t.cash_rials::text as cash,
  (t.given_voucher + t.given_card + t.given_cash)::text as "givenBack"`;

/** One business day at a time: its partition alone is planned, and the newest day that fills the page is the last that is read.
 *  $1 day, $2 below which transaction, $3 kind, $4 state, $5 code, $6 limit. What is rare has an index of its own (0786): a code that
 *  is not 00, a state or kind that is not a purchase's. */
const FILTERED = `
     and t.business_day = $1::date and ($2::bigint is null or t.transaction_id < $2)
     and ($3::text is null or t.kind = $3)
     and ($4::text is null or t.state = $4 and ($4 <> 'declined' or t.rc <> '00'))
     and ($5::text is null or t.rc = $5)
   order by t.transaction_id desc limit $6`;

const WAYS = {
  /** By their number, the newest first. */
  all: `select ${COLUMNS} from transactions t left join merchants m using (merchant_id) where true`,
  /** By the names of the requests of a terminal: $7 terminal, $8 shop, $9 STAN; each may be null, not both of the first. */
  terminal: `
    select ${COLUMNS}
      from (select distinct s.merchant_id, s.terminal_id
              from terminal_shops own join terminal_shops s using (terminal_id)
             where ($7::text is null or own.terminal_id = $7) and ($8::text is null or own.merchant_id = $8)) s
      join requests r on r.merchant_id = s.merchant_id and r.terminal_id = s.terminal_id and r.business_day = $1::date
                     and ($9::text is null or r.stan = $9)
      join transactions t on t.household_id = r.household_id and t.transaction_id = r.transaction_id and t.business_day = r.business_day
      left join merchants m on m.merchant_id = t.merchant_id
     where ($8::text is null or t.merchant_id = $8)`,
  /** By household: $7 households, $8 masked cards (null: all of theirs), $9 RRN, $10 terminal, $11 shop, $12 STAN. */
  household: `
    select ${COLUMNS} from transactions t left join merchants m using (merchant_id)
     where t.household_id = any ($7) and ($8::text[] is null or t.masked = any ($8)) and ($9::text is null or t.rrn = $9)
       and ($10::text is null or t.terminal_id = $10) and ($11::text is null or t.merchant_id = $11) and ($12::text is null or t.stan = $12)`,
  /** Of cards that belong to no household: by the card. $7 masked cards, $8 terminal, $9 shop, $10 STAN. */
  stranger: `
    select ${COLUMNS} from transactions t left join merchants m using (merchant_id)
     where t.household_id = '' and t.masked = any ($7)
       and ($8::text is null or t.terminal_id = $8) and ($9::text is null or t.merchant_id = $9) and ($10::text is null or t.stan = $10)`,
  /** Of one or two days alone: $7 STAN. */
  stan: `
    select ${COLUMNS}
      from requests r
      join transactions t on t.household_id = r.household_id and t.transaction_id = r.transaction_id and t.business_day = r.business_day
      left join merchants m on m.merchant_id = t.merchant_id
     where r.stan = $7 and r.business_day = $1::date`,
} as const;

interface Way {
  readonly name: keyof typeof WAYS;
  readonly values: readonly unknown[];
}

export interface PageRequest {
  readonly after?: TransactionPlace | undefined;
  readonly limit: number;
  /** By which a page grows tired (default: the machine's). */
  readonly clock?: Pick<Clock, 'monotonic'>;
}

/** @returns a page, the newest first
 *  @throws GatewayError `api.invalid` */
export async function listTransactions(
  db: Db,
  filter: TransactionFilter,
  { after, limit, clock = systemClock }: PageRequest,
): Promise<TransactionPage> {
  const span = await spanOf(db, filter);
  if (span === undefined) return { rows: [], next: undefined };
  const ways = await waysOf(db, filter, span);
  const rows: TransactionRow[] = [];
  const began = clock.monotonic();
  let place: TransactionPlace = after !== undefined && after.day <= span.to ? after : { day: span.to };
  for (let looked = 0; place.day >= span.from; looked++) {
    const tired = looked >= PATIENT_DAYS && clock.monotonic() - began > PATIENCE_MS;
    if (tired || looked === DAYS_A_PAGE) return { rows, next: place };
    const wanted = limit + 1 - rows.length;
    const found = await ofDay(db, ways, filter, place, wanted);
    rows.push(...found);
    if (rows.length > limit) {
      const last = rows[limit - 1];
      return { rows: rows.slice(0, limit), next: { day: last?.day ?? place.day, id: last?.id ?? '0' } };
    }
    place = { day: addDays(place.day, -1) };
  }
  return { rows, next: undefined };
}

async function ofDay(
  db: Db,
  ways: readonly Way[],
  { kind, state, code }: TransactionFilter,
  { day, id }: TransactionPlace,
  limit: number,
): Promise<TransactionRow[]> {
  const shared = [day, id ?? null, kind ?? null, state ?? null, code ?? null, limit];
  const found: TransactionRow[] = [];
  for (const { name, values } of ways) {
    const { rows } = await db.query<TransactionRow>(`${WAYS[name]}${FILTERED}`, [...shared, ...values]);
    found.push(...rows);
  }
  if (ways.length < 2) return found;
  return found.toSorted((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1)).slice(0, limit);
}

/** The days that a list is of; undefined: there were none yet.
 *  @throws GatewayError `api.invalid` */
async function spanOf(db: Db, { from, to }: TransactionFilter): Promise<{ from: string; to: string } | undefined> {
  const { rows } = await db.query<{ first: string | null; last: string | null }>(
    'select min(business_day)::text as first, max(business_day)::text as last from business_days',
  );
  const { first, last } = rows[0] ?? { first: null, last: null };
  if (first === null || last === null) return undefined;
  const end = to === undefined || to > last ? last : to;
  const wanted = from ?? addDays(end, 1 - DAYS);
  if (to !== undefined && wanted > to) throw new GatewayError('api.invalid', `from (${wanted}) is after to (${to}).`);
  const begin = wanted < first ? first : wanted;
  if (begin > end) return undefined;
  if (dayNumber(end) - dayNumber(begin) >= MOST_DAYS)
    throw new GatewayError('api.invalid', `from to to is more than ${MOST_DAYS} days: ask for fewer.`);
  return { from: begin, to: end };
}

async function waysOf(db: Db, filter: TransactionFilter, span: { from: string; to: string }): Promise<Way[]> {
  const { terminal = null, merchant = null, rrn, stan = null, card } = filter;
  if (rrn !== undefined) {
    const households = await householdsOf(db, rrn);
    return [
      {
        name: 'household',
        values: [households, card === undefined ? null : maskedOf(card), rrn, terminal, merchant, stan],
      },
    ];
  }
  if (card !== undefined) {
    const masked = maskedOf(card);
    const households = await householdsOfCard(db, masked);
    if (households.length === 0) return [{ name: 'stranger', values: [masked, terminal, merchant, stan] }];
    return [
      { name: 'household', values: [households, masked, null, terminal, merchant, stan] },
      { name: 'stranger', values: [masked, terminal, merchant, stan] },
    ];
  }
  if (terminal !== null || merchant !== null) return [{ name: 'terminal', values: [terminal, merchant, stan] }];
  if (stan === null) return [{ name: 'all', values: [] }];
  if (dayNumber(span.to) - dayNumber(span.from) > 1)
    throw new GatewayError('api.invalid', 'A STAN alone is looked for in two days at most: give terminal or merchant too, or from and to.'); // prettier-ignore
  return [{ name: 'stan', values: [stan] }];
}

/** `603799*0078`: a PAN has 16 digits here, and up to 19 elsewhere. */
export function maskedOf(card: string): string[] {
  const [first, last] = [card.slice(0, 6), card.slice(-4)];
  return [6, 7, 8, 9].map((stars) => `${first}${'*'.repeat(stars)}${last}`);
}

/** @throws GatewayError `api.invalid` */
async function householdsOfCard(db: Db, masked: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ household: string }>(
    'select distinct household_id as household from cards where masked = any ($1) limit $2',
    [masked, MOST_HOUSEHOLDS + 1],
  );
  if (rows.length > MOST_HOUSEHOLDS)
    throw new GatewayError('api.invalid', 'Too many cards begin and end so: give the terminal or the RRN instead.');
  return rows.map(({ household }) => household);
}

/** @returns undefined: there is none */
export async function readTransaction(
  db: Db,
  { household, id, day }: TransactionRef,
): Promise<TransactionRow | undefined> {
  const { rows } = await db.query<TransactionRow>(
    `select ${COLUMNS} from transactions t left join merchants m using (merchant_id)
      where t.household_id = $1 and t.transaction_id = $2 and t.business_day = $3::date`,
    [household, id, day],
  );
  return rows[0];
}
