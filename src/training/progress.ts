import type { Pool, PoolClient } from 'pg';
import { isoInstant } from '../ops/sql.ts';
import { LESSONS, versionOf, type LessonCode } from './lessons.ts';

type Db = Pool | PoolClient;

/** Somebody finished a lesson; a second time changes nothing, and so does one for who was removed meanwhile. */
export async function finishLesson(db: Db, staffId: string, lesson: LessonCode, now: number): Promise<void> {
  await db.query(
    `insert into staff_lessons (staff_id, lesson, version, finished_at)
     select staff_id, $2, $3, $4 from shop_staff where staff_id = $1 on conflict do nothing`,
    [staffId, lesson, versionOf(lesson), new Date(now)],
  );
}

/** Whether somebody named of this shop has finished every lesson of today, and since when.
 *  @returns undefined: nobody; `detail`: how many have */
export async function trainedStaff(db: Db, merchant: string): Promise<{ at: string; detail: string } | undefined> {
  const { rows } = await db.query<{ at: string | null; detail: string }>(
    `select ${isoInstant('min(done.at)')} as at, count(*)::text as detail from (
       select max(l.finished_at) as at from shop_staff s
         join staff_lessons l using (staff_id)
         join unnest($2::text[], $3::int[]) as now (lesson, version) using (lesson, version)
        where s.merchant_id = $1 group by s.staff_id having count(*) = $4) done`,
    [merchant, LESSONS.map(({ code }) => code), LESSONS.map(({ version }) => version), LESSONS.length],
  );
  const [row] = rows;
  return row?.at == null ? undefined : { at: row.at, detail: row.detail };
}
