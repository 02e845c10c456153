import type { Pool } from 'pg';
import { messageOf } from '../ops/errors.ts';
import { remindApplicants } from './case/reminders.ts';
import { applyShebaChanges } from './case/changes.ts';
import { remindShops } from './standing/expiry.ts';
import { endNotices } from './standing/notices.ts';
import { applyStandings } from './standing/standing.ts';

/** What time brings for shops. None of it stops or allows anything: instants in the shops' rows do that. One that fails keeps no other
 *  from its turn. Safe in any number of copies at once.
 *  @throws AggregateError one error a failed duty */
export async function runShopDuties(pool: Pool, now: number): Promise<void> {
  const duties = {
    standings: () => applyStandings(pool),
    shebas: () => applyShebaChanges(pool),
    reminders: () => remindShops(pool, now),
    notices: () => endNotices(pool, now),
    'case reminders': () => remindApplicants(pool, now),
  };
  const failures: Error[] = [];
  for (const [name, duty] of Object.entries(duties)) {
    try {
      await duty();
    } catch (error) {
      failures.push(new Error(`${name}: ${messageOf(error)}`, { cause: error }));
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
}
