import { loadCalendar } from '../calendar/index.ts';
import type { Db } from '../clearing/state.ts';
import { carriedPortion, headline, payOf, type DayPay, type Portion } from './clock.ts';
import { readCarries, readFacts } from './facts.ts';
import { readLines, type ShopLine } from './lines.ts';

/** A shop's business days with their pay clock. */
export interface ShopPay {
  /** Those that were asked for, and began. */
  readonly days: readonly DayPay[];
  /** The same, and those that took up what they left. */
  readonly byDay: ReadonlyMap<string, DayPay>;
  readonly lines: readonly ShopLine[];
}

/** What one day leaves, another takes up, and may leave again: so often at most. */
const MOST_STEPS = 30;

/** @param from ISO business days, both included
 *  @param now ms since the epoch
 *  @throws GatewayError `statement.too-long` */
export async function readPay(db: Db, merchant: string, from: string, to: string, now: number): Promise<ShopPay> {
  const calendar = await loadCalendar(db);
  const lines = await readLines(db, merchant, from, to);
  const begun = await db.query<{ day: string }>(
    'select business_day::text as day from business_days where business_day between $1 and $2 order by 1',
    [from, to],
  );
  const facts = await readFacts(
    db,
    merchant,
    begun.rows.map(({ day }) => day),
    lines,
  );
  const days = facts.map((each) => payOf(each, calendar, now));
  const byDay = new Map(days.map((each) => [each.day, each]));
  for (let step = 0, found = days; step < MOST_STEPS && found.length > 0; step++) {
    const next = found.flatMap(({ portions, corrections }) => [...portions, ...corrections]).map(({ into }) => into);
    const missing = [...new Set(next)].filter((day) => day !== undefined).filter((day) => !byDay.has(day));
    found = (await readFacts(db, merchant, missing, [])).map((each) => payOf(each, calendar, now));
    for (const each of found) byDay.set(each.day, each);
  }
  return { days, byDay, lines };
}

/** Where a portion is in the end: what a later day took up is where that day's rials are. */
export function followed(portion: Portion, byDay: ReadonlyMap<string, DayPay>): Portion {
  let at = portion;
  for (let step = 0; step < MOST_STEPS && at.into !== undefined; step++) {
    const next = headline(byDay.get(at.into)?.portions ?? []);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

/** Where everything is that a shop is owed at this moment, and was not paid: days that are not made, orders on their way, and what no
 *  day has taken up yet. The oldest first.
 *  @param now ms since the epoch */
export async function readAccount(db: Db, merchant: string, now: number): Promise<AccountPart[]> {
  const { rows } = await db.query<{ day: string }>(
    `select business_day::text as day from business_days b left join clearings c using (business_day)
      where c.state is null or c.state in ('closing', 'closed', 'netted')
     union
     select business_day::text from payment_orders where merchant_id = $1 and state in ('made', 'sent', 'accepted')
      order by 1 desc limit 100`,
    [merchant],
  );
  const parts: AccountPart[] = [];
  const calendar = await loadCalendar(db);
  for (const { day } of rows.toReversed()) {
    const lines = await readLines(db, merchant, day, day);
    for (const facts of await readFacts(db, merchant, [day], lines)) {
      const { portions } = payOf(facts, calendar, now);
      // What came back of the day's orders stands among the carries.
      const open = portions.filter(({ stage }) => UNDER_WAY.has(stage));
      parts.push(...open.map((portion) => ({ day, portion })));
    }
  }
  for (const carry of await readCarries(db, merchant)) {
    parts.push({ day: carry.day, portion: carriedPortion(carry, now) });
  }
  return parts.toSorted((a, b) => (a.day < b.day ? -1 : 1));
}

export interface AccountPart {
  readonly day: string;
  readonly portion: Portion;
}

const UNDER_WAY: ReadonlySet<string> = new Set(['open', 'closing', 'checking', 'sending', 'bank']);
