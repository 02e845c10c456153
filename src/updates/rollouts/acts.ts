import type { PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { noteChange, releaseOf, subjectsOf, uncertified } from '../repository/index.ts';
import { readPlan } from './plan.ts';
import { rolloutOf, type Rollout } from './rows.ts';

/** What people do with rollouts. Two release, one may stop; each change is told to devices with the next timestamp. */

export type ByPerson = By & { readonly actor: { readonly id: string } };

/** @throws GatewayError `updates.unknown`, `updates.refused`, `updates.malformed` */
export async function proposeRollout(
  db: PoolClient,
  releaseId: string,
  plan: unknown,
  by: ByPerson,
  now: number,
): Promise<Rollout> {
  const release = await releaseOf(db, releaseId);
  if (release.state !== 'published')
    throw new GatewayError(
      'updates.refused',
      `Release ${releaseId} is ${release.state}: only what is published can be rolled out.`,
    );
  const open = await db.query(`select from update_rollouts where release_id = $1 and state <> 'ended'`, [releaseId]);
  if (open.rowCount !== 0) throw new GatewayError('updates.refused', `Release ${releaseId} has a rollout already.`);
  const { rows } = await db.query<{ id: string }>(
    'insert into update_rollouts (release_id, plan, proposed_by, proposed_at) values ($1, $2, $3, $4) returning rollout_id::text as id',
    [releaseId, JSON.stringify(readPlan(plan)), by.actor.id, new Date(now)],
  );
  return told(db, rows[0]?.id ?? '', 'proposed', by, now);
}

/** The second person. Rollouts of older releases of the same line end: this one takes their place.
 *  @throws GatewayError `updates.unknown`, `updates.refused`, `updates.same-person`, `updates.uncertified` where it goes on beyond own terminals */
export async function releaseRollout(db: PoolClient, id: string, by: ByPerson, now: number): Promise<Rollout> {
  const before = await locked(db, id, ['proposed']);
  if (before.step > 0) await demandCertified(db, before);
  const { rowCount } = await db.query(
    `update update_rollouts set state = 'running', released_by = $2, released_at = $3, step_since = $3, version = version + 1
      where rollout_id = $1 and proposed_by <> $2`,
    [id, by.actor.id, new Date(now)],
  );
  if (rowCount === 0)
    throw new GatewayError(
      'updates.same-person',
      `${before.proposedBy} proposed rollout ${id}: another person releases it.`,
    );
  await db.query(
    `update update_rollouts o set state = 'ended', ended_at = $2, halted_at = null, halted_by = null, version = o.version + 1
       from update_releases e, update_rollouts r join update_releases n using (release_id)
      where r.rollout_id = $1 and e.release_id = o.release_id and (e.line, e.component, e.profile) = (n.line, n.component, n.profile)
        and e.counter < n.counter and o.state in ('proposed', 'running', 'halted')`,
    [id, new Date(now)],
  );
  return told(db, id, 'released', by, now);
}

async function demandCertified(db: PoolClient, { id, releaseId, plan }: Rollout): Promise<void> {
  const lacking = uncertified((await subjectsOf(db, [releaseId], plan)).get(releaseId) ?? []);
  if (lacking.length > 0)
    throw new GatewayError('updates.uncertified', `Rollout ${id} cannot go on: ${lacking.join('; ')}.`);
}

/** One person is enough. @throws GatewayError `updates.unknown`, `updates.refused` */
export async function haltRollout(
  db: PoolClient,
  id: string,
  why: string,
  by: ByPerson | 'gateway',
  now: number,
): Promise<Rollout> {
  await locked(db, id, ['running', 'halted']);
  await db.query(
    `update update_rollouts set state = 'halted', halted_at = $2, halted_by = $3, halt_reason = $4, version = version + 1
      where rollout_id = $1 and state = 'running'`,
    [id, new Date(now), by === 'gateway' ? null : by.actor.id, why.slice(0, 2_000)],
  );
  return told(db, id, 'halted', by, now, why);
}

/** After a halt: it is proposed again, for another person to release, and goes on with the step that it was in.
 *  @throws GatewayError `updates.unknown`, `updates.refused` */
export async function proposeAgain(db: PoolClient, id: string, by: ByPerson, now: number): Promise<Rollout> {
  await locked(db, id, ['halted']);
  await db.query(
    `update update_rollouts set state = 'proposed', halted_at = null, halted_by = null, proposed_by = $2, proposed_at = $3, released_by = null,
       released_at = null, version = version + 1 where rollout_id = $1`,
    [id, by.actor.id, new Date(now)],
  );
  return told(db, id, 'proposed', by, now);
}

/** Devices that have the release keep it, no other gets it. @throws GatewayError `updates.unknown`, `updates.refused` */
export async function endRollout(db: PoolClient, id: string, by: ByPerson, now: number): Promise<Rollout> {
  await locked(db, id, ['proposed', 'running', 'halted', 'done']);
  await db.query(
    `update update_rollouts set state = 'ended', ended_at = $2, halted_at = null, halted_by = null, version = version + 1 where rollout_id = $1`,
    [id, new Date(now)],
  );
  return told(db, id, 'ended', by, now);
}

export async function locked(db: PoolClient, id: string, states: readonly Rollout['state'][]): Promise<Rollout> {
  await db.query('select 1 from update_rollouts where rollout_id = $1 for update', [id]);
  const rollout = await rolloutOf(db, id);
  if (states.includes(rollout.state)) return rollout;
  throw new GatewayError('updates.refused', `Rollout ${id} is ${rollout.state}: that cannot be done with it now.`);
}

/** Keeps the event, tells devices, and audits what a person did. */
export async function told(
  db: PoolClient,
  id: string,
  what: 'proposed' | 'released' | 'advanced' | 'halted' | 'finished' | 'ended',
  by: ByPerson | 'gateway',
  now: number,
  reason?: string,
): Promise<Rollout> {
  const rollout = await rolloutOf(db, id);
  const { step } = rollout;
  const actor = by === 'gateway' ? { id: null, name: 'gateway' } : by.actor;
  await db.query(
    'insert into update_rollout_events (rollout_id, at, what, step, actor, reason) values ($1, $2, $3, $4, $5, $6)',
    [id, new Date(now), what, step, actor.name, reason ?? (by === 'gateway' ? null : (by.reason ?? null))],
  );
  if (what !== 'proposed') await noteChange(db, now);
  const whose: By = by === 'gateway' ? { actor } : by;
  await audit(
    db,
    { ...whose, ...(reason === undefined ? {} : { reason: reason.slice(0, 1_000) }) },
    {
      act: `rollout.${what}`,
      object: `rollout:${id}`,
      after: { release: rollout.path, step },
    },
  );
  return rollout;
}
