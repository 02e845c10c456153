import type { Pool, PoolClient } from 'pg';
import { toJalali } from '../../field/jalali.ts';
import { queueMessage } from '../../messages/index.ts';
import { DAY_MS, tehran } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';

/** Tells shops by SMS which of their terminals are below a minimum version: when that is found, and a week before they sell no more. */

/** Shops in one transaction. */
const AT_ONCE = 500;
const REMIND_MS = 7 * DAY_MS;
/** Whoever was told a moment ago is not reminded. */
const APART_MS = 3 * DAY_MS;
/** Terminals named in one message. */
const NAMED = 3;

interface Shop {
  readonly mobile: string | null;
  readonly terminals: readonly string[];
  readonly from: Date;
}

/** @returns how many shops were told */
export async function tellShops(pool: Pool, now: number): Promise<number> {
  const told = await transaction(pool, (db) => tell(db, 'messaged_at', FIRST, [new Date(now)], now));
  const soon = [new Date(now), new Date(now + REMIND_MS), new Date(now - APART_MS)];
  return told + (await transaction(pool, (db) => tell(db, 'reminded_at', AGAIN, soon, now)));
}

const FIRST = 'o.messaged_at is null and o.refused_until > $1';
const AGAIN =
  'o.reminded_at is null and o.messaged_at < $3 and o.refused_from > $1 and o.refused_from <= $2 and o.refused_until > $1';

async function tell(
  db: PoolClient,
  column: 'messaged_at' | 'reminded_at',
  whom: string,
  values: readonly Date[],
  now: number,
): Promise<number> {
  const { rows } = await db.query<Shop>(
    `with shops as (
       select distinct t.merchant_id from update_outdated o join terminals t using (terminal_id) where ${whom} order by 1 limit ${AT_ONCE}),
     said as (
       update update_outdated o set ${column} = $1 from terminals t, shops s
        where t.terminal_id = o.terminal_id and s.merchant_id = t.merchant_id and ${whom}
        returning t.merchant_id, o.terminal_id, o.refused_from)
     select case when m.mobile ~ '^09[0-9]{9}$' then m.mobile end as mobile, array_agg(distinct d.terminal_id order by d.terminal_id) as terminals, min(d.refused_from) as "from"
       from said d join merchants m using (merchant_id) group by m.merchant_id, m.mobile order by m.merchant_id`,
    [...values],
  );
  for (const { mobile, terminals, from } of rows) {
    if (mobile === null) continue; // of a shop from a file nobody may know one: the terminal itself says it
    const named = terminals.slice(0, NAMED).join('، ');
    await queueMessage(
      db,
      {
        to: mobile,
        template: 'terminal.outdated',
        language: 'fa',
        values: {
          terminals: terminals.length > NAMED ? `${named} و ${terminals.length - NAMED} پایانهٔ دیگر` : named,
          day: toJalali(tehran(from.getTime()).isoDate).replaceAll('-', '/'),
        },
        about: `terminal:${terminals[0] ?? ''}`,
      },
      now,
    );
  }
  return rows.length;
}
