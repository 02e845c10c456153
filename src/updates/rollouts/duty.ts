import type { Pool } from 'pg';
import { transaction } from '../../ops/database.ts';
import { haltRollout, locked, told } from './acts.ts';
import { readFreeze } from './freeze.ts';
import { verdictOf, type Verdict } from './machine.ts';
import { factsOf, runningRollouts, summariseDays } from './rows.ts';

/** A day is looked at so long after its close, as for signals about shops. */
const AFTER_CLOSE_MS = 2 * 3_600_000;

export interface Ruled {
  readonly rollout: string;
  readonly verdict: Verdict;
}

/** Looks at every running rollout once: halts, widens, finishes. Any number of copies may call it; each rollout is looked at by one.
 *  @param afterCloseMs how long a day must be closed: nothing in tests */
export async function watchRollouts(
  pool: Pool,
  { now, afterCloseMs = AFTER_CLOSE_MS }: { readonly now: number; readonly afterCloseMs?: number },
): Promise<Ruled[]> {
  const freeze = await readFreeze(pool, now);
  const ruled: Ruled[] = [];
  for (const { id } of await runningRollouts(pool))
    ruled.push(
      await transaction(pool, async (db) => {
        const rollout = await locked(db, id, ['running', 'halted', 'ended', 'done', 'proposed']);
        if (rollout.state === 'running') await summariseDays(db, rollout, now - afterCloseMs);
        const verdict = verdictOf(rollout, await factsOf(db, rollout, freeze, now));
        if (verdict.kind === 'halt') await haltRollout(db, id, verdict.why.join('; '), 'gateway', now);
        if (verdict.kind === 'advance') {
          await db.query(
            'update update_rollouts set step = $2, step_since = $3, version = version + 1 where rollout_id = $1',
            [id, verdict.step, new Date(now)],
          );
          await told(db, id, 'advanced', 'gateway', now);
        }
        if (verdict.kind === 'finish') {
          await db.query(
            `update update_rollouts set state = 'done', ended_at = $2, version = version + 1 where rollout_id = $1`,
            [id, new Date(now)],
          );
          await told(db, id, 'finished', 'gateway', now);
        }
        return { rollout: id, verdict };
      }),
    );
  return ruled;
}
