import type pg from 'pg';
import { DAY_MS, tehran } from '../../ops/clock.ts';
import { addDays, jalaliMonth } from '../../field/jalali.ts';

/** Rows of a table in one run of the periodic work: more than the busiest day leaves behind, and no pause for anybody. */
const MOST = 5_000;
/** A quote that is over answers only to who still asks for it; what it reserved stands in its transaction. */
const QUOTE_DAYS = 30;
/** A delivered advice; what it moved stands in the journal. One that the bank refused stays until a person resolved it. */
const ADVICE_DAYS = 90;
/** What was taken of a month's quantities, long after its last return. */
const USE_DAYS = 400;

/** A name under a business day far from its date (docs/decisions/0015). */
const STRAY_DAYS = 366;

/** What somebody was signed in with; that they were stands in the audit. */
const TOKEN_DAYS = 90;
/** An attempt to sign in is forgotten after a day. */
const ATTEMPT_DAYS = 2;
/** How long a repeat of a request is known by its key. */
const REPEAT_DAYS = 2;

/** What people were told: as long as they may ask about it. */
const MESSAGE_DAYS = 400;

/** What stood in for an authority or a bank, and what an authority was asked about: no reversal is as late, and no list is taken of such a day. */
export const ORDER_DAYS = 400;
/** What an authority's list told: longer than any order that it is compared with. */
const LIST_DAYS = 430;

/** What copies had in their files of authorities: what two persons approved of it stands in its binding. */
const SEEN_DAYS = 400;

interface Removal {
  readonly table: string;
  /** What is over: $1 is `before`. */
  readonly over: string;
  /** The oldest go first. */
  readonly by: string;
  readonly before: (now: number) => number | string;
  /** Of a table whose rows the gateway may never change, none can be locked. */
  readonly fixed?: true;
}

const daysAgo =
  (days: number) =>
  (now: number): number =>
    now - days * DAY_MS;
const isoDaysAgo = (now: number, days: number): string => addDays(tehran(now).isoDate, -days);

const REMOVALS = {
  'old-quotes': {
    ...{ table: 'quotes', over: `state <> 'held' and expires_at < $1`, by: 'expires_at' },
    before: daysAgo(QUOTE_DAYS),
  },
  'old-advices': {
    table: 'bank_advices',
    over: `done_at < to_timestamp($1 / 1000.0) and (done_rc in ('00', '02', '25') or resolved_at is not null)`,
    ...{ by: 'done_at', before: daysAgo(ADVICE_DAYS) },
  },
  'old-uses': {
    ...{ table: 'entitlement_uses', over: 'period < $1', by: 'period' },
    before: (now: number) => jalaliMonth(isoDaysAgo(now, USE_DAYS)).period,
  },
  'old-names': {
    ...{ table: 'stray_requests', over: 'local_day < $1', by: 'local_day' },
    before: (now: number) => isoDaysAgo(now, STRAY_DAYS),
  },
  'old-tokens': {
    ...{ table: 'person_tokens', over: 'expires_at < to_timestamp($1 / 1000.0)', by: 'expires_at' },
    before: daysAgo(TOKEN_DAYS),
  },
  'old-sign-ins': {
    ...{ table: 'sign_in_attempts', over: 'last_at < to_timestamp($1 / 1000.0)', by: 'last_at' },
    before: daysAgo(ATTEMPT_DAYS),
  },
  'old-api-requests': {
    ...{ table: 'api_requests', over: 'made_at < to_timestamp($1 / 1000.0)', by: 'made_at' },
    before: daysAgo(REPEAT_DAYS),
  },
  'old-messages': {
    ...{ table: 'messages', over: 'done_at < to_timestamp($1 / 1000.0)', by: 'message_id' },
    before: daysAgo(MESSAGE_DAYS),
  },
  'old-codes': {
    ...{ table: 'owner_codes', over: 'expires_at < to_timestamp($1 / 1000.0)', by: 'expires_at' },
    before: daysAgo(ATTEMPT_DAYS),
  },
  'old-owner-sessions': {
    ...{ table: 'owner_sessions', over: 'expires_at < to_timestamp($1 / 1000.0)', by: 'expires_at' },
    before: daysAgo(TOKEN_DAYS),
  },
  'old-owner-attempts': {
    ...{ table: 'owner_attempts', over: 'last_at < to_timestamp($1 / 1000.0)', by: 'last_at' },
    before: daysAgo(ATTEMPT_DAYS),
  },
  'old-bank-stand-ins': {
    ...{ table: 'bank_stand_ins', over: 'day < $1', by: 'day', fixed: true },
    before: (now: number) => isoDaysAgo(now, ORDER_DAYS),
  },
  'old-stand-ins': {
    table: 'stand_ins',
    over: 'day < $1 and exists (select from authority_orders o where o.order_id = stand_ins.order_id and o.done_at is not null)',
    ...{ by: 'day', before: (now: number) => isoDaysAgo(now, ORDER_DAYS) },
  },
  'old-orders': {
    table: 'authority_orders',
    over: 'done_at < $1 and not exists (select from stand_ins s where s.order_id = authority_orders.order_id)',
    ...{ by: 'done_at', before: daysAgo(ORDER_DAYS) },
  },
  'old-list-lines': {
    ...{ table: 'authority_list_lines', over: 'day < $1', by: 'day', fixed: true },
    before: (now: number) => isoDaysAgo(now, LIST_DAYS),
  },
  'old-seen': {
    ...{ table: 'authority_seen', over: 'last_at < to_timestamp($1 / 1000.0)', by: 'last_at' },
    before: daysAgo(SEEN_DAYS),
  },
} as const satisfies Readonly<Record<string, Removal>>;

/** Removes what has been over for long from the tables that are not partitioned by day, some rows at a time. Rows that
 *  somebody holds are left for the next run. */
export function removals(pool: pg.Pool): Readonly<Record<keyof typeof REMOVALS, (now: number) => Promise<unknown>>> {
  const remover = ({ table, over, by, before, fixed }: Removal) => {
    const sql = `delete from ${table} where ctid = any(array(
      select ctid from ${table} where ${over} order by ${by} limit $2${fixed === true ? '' : ' for update skip locked'}))`;
    return (now: number) => pool.query(sql, [before(now), MOST]);
  };
  const entries = Object.entries(REMOVALS).map(([duty, removal]) => [duty, remover(removal)]);
  return Object.fromEntries(entries) as ReturnType<typeof removals>;
}
