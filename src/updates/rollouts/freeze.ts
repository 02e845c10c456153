import { addDays, fromJalali, toJalali } from '../../field/jalali.ts';
import { tehran } from '../../ops/clock.ts';
import { isoOf, type Db } from '../repository/index.ts';

/** When nothing is installed or widened: on days on which credit is charged and the day after, around Nowruz, and whenever people say so.
 *  Shop hours are in each plan's window. */

export interface Freeze {
  readonly reason: string;
  /** ms */
  readonly until: number;
}

/** The last days of the year, when everybody shops, and the holidays. Jalali, month and day. */
const NOWRUZ = { from: '12-15', to: '01-13' } as const;
/** Tehran is UTC+3:30. */
const MIDNIGHT = 'T00:00:00+03:30';

/** The freeze that holds now, of several that which ends last; where one of people's takes over when it ends, that one.
 *  @param chargeDays days of Jalali months on which credit is charged
 *  @param own those that people made, ms */
export function freezeAt(now: number, chargeDays: readonly number[], own: readonly Own[]): Freeze | undefined {
  const found: Freeze[] = ownAt(now, own);
  const day = tehran(now).isoDate;
  const nowruz = nowruzEnd(day);
  if (nowruz !== undefined) found.push({ reason: 'Nowruz is near', until: nowruz });
  for (const back of [0, 1]) {
    const charged = addDays(day, -back);
    if (!chargeDays.includes(Number(toJalali(charged).slice(8)))) continue;
    found.push({
      reason: `credit was charged on ${toJalali(charged)}`,
      until: Date.parse(addDays(charged, 2) + MIDNIGHT),
    });
  }
  let last = latest(found);
  for (let next = last; next !== undefined; next = latest(ownAt(next.until, own))) last = next;
  return last;
}

type Own = Freeze & { readonly from: number };

function ownAt(at: number, own: readonly Own[]): Freeze[] {
  return own.filter(({ from, until }) => from <= at && at < until).map(({ reason, until }) => ({ reason, until }));
}

function latest(freezes: readonly Freeze[]): Freeze | undefined {
  return [...freezes].sort((a, b) => b.until - a.until)[0];
}

function nowruzEnd(day: string): number | undefined {
  const jalali = toJalali(day);
  const [year, monthDay] = [Number(jalali.slice(0, 4)), jalali.slice(5)];
  const before = monthDay >= NOWRUZ.from;
  if (!before && monthDay > NOWRUZ.to) return undefined;
  const last = fromJalali(`${before ? year + 1 : year}-${NOWRUZ.to}`) ?? day;
  return Date.parse(addDays(last, 1) + MIDNIGHT);
}

/** @returns undefined: nothing is frozen now */
export async function readFreeze(db: Db, now: number): Promise<Freeze | undefined> {
  const { rows } = await db.query<{
    days: number[] | null;
    own: { from: number; until: number; reason: string }[] | null;
  }>(
    `select (select array_agg(distinct d) from programme_charges c, unnest(c.charge_days) d
              where d > 0 and not exists (select 1 from programme_charges n where n.programme_id = c.programme_id
                                             and n.valid_from > c.valid_from and n.valid_from <= $1::date)
                and c.valid_from <= $1::date) as days,
            (select json_agg(json_build_object('from', extract(epoch from from_at) * 1000, 'until', extract(epoch from until_at) * 1000,
                                               'reason', reason))
               from update_freezes where ended_at is null and until_at > $1::timestamptz) as own`,
    [new Date(now)],
  );
  return freezeAt(now, rows[0]?.days ?? [], rows[0]?.own ?? []);
}

/** For messages. */
export function frozenText({ reason, until }: Freeze): string {
  return `frozen until ${isoOf(until)}: ${reason}`;
}
