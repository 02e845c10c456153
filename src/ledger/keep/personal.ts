import type pg from 'pg';
import { DAY_MS, tehran } from '../../ops/clock.ts';

/** Rows of one kind in one transaction: nobody waits for it. */
const PAGE = 200;
/** In one run; what is left comes the next day. */
const MOST_PAGES = 50;

/** Removes what is kept of persons beyond its time (docs/operations.md, What is kept and for how long): once a day, in any copy. What is chained
 *  (journal, audit) and every sum stays as it is.
 *  @param days how long after the end of it */
export function personalRemovals(pool: pg.Pool, days: number): (now: number) => Promise<void> {
  let doneOn = '';
  return async (now) => {
    const today = tehran(now).isoDate;
    if (today === doneOn) return;
    const before = new Date(now - days * DAY_MS);
    await pages(pool, 'select forget_cases($1, $2) as gone', new Date(now));
    for (const what of ['complaints', 'cards', 'authority_cards', 'people'])
      await pages(pool, `select forget_${what}($1, $2) as gone`, before);
    doneOn = today;
  };
}

async function pages(pool: pg.Pool, sql: string, at: Date): Promise<void> {
  for (let page = 0; page < MOST_PAGES; page++) {
    const { rows } = await pool.query<{ gone: string }>(sql, [at, PAGE]);
    if (Number(rows[0]?.gone) < PAGE) return;
  }
}
