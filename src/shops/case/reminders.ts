import type { Pool } from 'pg';
import { queueMessage } from '../../messages/index.ts';
import { tehran } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { jalaliDay, namesOf } from './messages.ts';
import { positionOf } from './case.ts';
import { readCase } from './store.ts';

/** Reminds applicants of drafts and returned cases before they lapse, so many days ahead as rows of case_reminder_rules say. */

/** Nobody is woken: hours in Tehran. */
const FROM = '080000';
const TO = '200000';
const AT_ONCE = 100;

/** Safe in any number of copies: each reminder is a row, once for each due day. One that was missed is not made up for by the next.
 *  @returns how many were told */
export async function remindApplicants(pool: Pool, now: number): Promise<number> {
  const { time } = tehran(now);
  if (time < FROM || time >= TO) return 0;
  // the nearest reminder that is due counts: a copy that was away for days sends one, not three
  const { rows } = await pool.query<{ id: string; days: number }>(
    `select c.case_id::text as id, min(r.days)::int as days
       from shop_cases c join case_reminder_rules r on c.due <= $1::timestamptz + make_interval(days => r.days)
      where c.waits_on = 'applicant' and c.state in ('DRAFT', 'RETURNED') and c.due > $1
      group by c.case_id, c.due
     having not exists (select from case_reminders d where d.case_id = c.case_id and d.due = c.due and d.days <= min(r.days))
      order by c.due limit $2`,
    [new Date(now), AT_ONCE],
  );
  let told = 0;
  for (const { id, days } of rows) if (await remind(pool, id, days, now)) told++;
  return told;
}

function remind(pool: Pool, id: string, days: number, now: number): Promise<boolean> {
  return transaction(pool, async (db) => {
    const kept = await readCase(db, id, true);
    const { state, waiting } = positionOf(kept.facts, now);
    if ((state !== 'DRAFT' && state !== 'RETURNED') || waiting === undefined) return false;
    const { due } = kept.facts;
    const { rowCount } = await db.query(
      'insert into case_reminders (case_id, due, days, at) values ($1, $2, $3, $4) on conflict do nothing',
      [id, new Date(due), days, new Date(now)],
    );
    const mobile = kept.applicantMobile ?? kept.items.find(({ code }) => code === 'mobile')?.value?.['number'];
    if (rowCount !== 1 || typeof mobile !== 'string') return false;
    const items = waiting.items.length === 0 ? 'ارسال درخواست' : namesOf(waiting.items);
    const values = { number: kept.number, items, day: jalaliDay(due) };
    await queueMessage(db, { to: mobile, template: 'case.lapses', language: 'fa', values, about: `case:${id}` }, now);
    return true;
  });
}
