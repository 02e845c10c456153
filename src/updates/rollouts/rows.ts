import type { PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { isoInstant, sqlIn } from '../../ops/sql.ts';
import { addDays } from '../../field/jalali.ts';
import { DAY_MS, tehran } from '../../ops/clock.ts';
import { subjectsOf, type Db } from '../repository/index.ts';
import { frozenText, type Freeze } from './freeze.ts';
import type { Facts, Group, RolloutRow, StepDevices } from './machine.ts';
import { bucketsOf, type Plan } from './plan.ts';

/** Rollouts in the database, and the rows that the machine looks at. */

const sql = sqlIn(new URL('./sql/', import.meta.url));

export interface Rollout extends RolloutRow {
  readonly id: string;
  readonly releaseId: string;
  readonly path: string;
  readonly textFa: string;
  readonly textEn: string;
  readonly stepSince: string | null;
  readonly proposedBy: string;
  readonly releasedBy: string | null;
  /** `gateway`: it halted by itself. */
  readonly haltedBy: string | null;
  readonly haltedAt: string | null;
  readonly haltReason: string | null;
  readonly version: number;
}

const SELECT = `select r.rollout_id::text as id, r.release_id::text as "releaseId", e.path, e.text_fa as "textFa", e.text_en as "textEn", r.plan,
  r.state, r.step, ${isoInstant('r.step_since')} as "stepSince", p.login as "proposedBy", x.login as "releasedBy",
  case when r.halted_at is not null then coalesce(h.login, 'gateway') end as "haltedBy", ${isoInstant('r.halted_at')} as "haltedAt",
  r.halt_reason as "haltReason", r.version
  from update_rollouts r join update_releases e using (release_id) join persons p on p.person_id = r.proposed_by
  left join persons x on x.person_id = r.released_by left join persons h on h.person_id = r.halted_by`;

/** @returns the newest first */
export async function listRollouts(
  db: Db,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<Rollout[]> {
  const { rows } = await db.query<Rollout>(
    `${SELECT} where ($1::bigint is null or r.rollout_id < $1) order by r.rollout_id desc limit $2`,
    [after ?? null, limit],
  );
  return rows;
}

/** @throws GatewayError `updates.unknown` */
export async function rolloutOf(db: Db, id: string): Promise<Rollout> {
  const { rows } = await db.query<Rollout>(`${SELECT} where r.rollout_id = $1`, [id]);
  if (rows[0] === undefined) throw new GatewayError('updates.unknown', `There is no rollout ${id}.`);
  return rows[0];
}

/** The newest of each release: what directors go by. */
export async function newestRollouts(db: Db): Promise<Rollout[]> {
  const { rows } = await db.query<Rollout>(
    `${SELECT} where r.rollout_id in (select max(rollout_id) from update_rollouts group by release_id)`,
  );
  return rows;
}

export async function runningRollouts(db: Db): Promise<Rollout[]> {
  const { rows } = await db.query<Rollout>(`${SELECT} where r.state = 'running' order by r.rollout_id`);
  return rows;
}

export interface RolloutEvent {
  readonly at: string;
  readonly what: string;
  readonly step: number;
  readonly actor: string;
  readonly reason: string | null;
}

export async function eventsOf(db: Db, id: string): Promise<RolloutEvent[]> {
  const { rows } = await db.query<RolloutEvent>(
    `select ${isoInstant('at')} as at, what, step, actor, reason from update_rollout_events where rollout_id = $1 order by event_id limit 1000`,
    [id],
  );
  return rows;
}

const filters = ({ own, provinces, psps, models }: Plan) => [own, provinces ?? null, psps ?? null, models ?? null];

/** A device that is at it and says no more for so long is silent. */
const SILENT_MS = 2 * DAY_MS;

export async function stepDevices(db: Db, { id, plan, step }: Rollout, now: number): Promise<StepDevices> {
  const { rows } = await db.query<StepDevices>(sql('devices'), [
    ...[id, bucketsOf(plan, step), ...filters(plan)],
    new Date(now - SILENT_MS),
  ]);
  return rows[0] ?? { had: 0, confirmed: 0, failed: 0, underWay: 0, waiting: 0, unknown: 0 };
}

/** Keeps closed days that lie wholly in the present step, once each. */
export async function summariseDays(db: PoolClient, rollout: Rollout, closedBefore: number): Promise<void> {
  const { rows } = await db.query<{ day: string }>(
    `select d.business_day::text as day from business_days d
      where d.closed_at <= $2 and d.business_day >= $3::date
        and not exists (select 1 from update_rollout_days x where x.rollout_id = $1 and x.business_day = d.business_day)
      order by 1 limit 60`,
    [rollout.id, new Date(closedBefore), firstDay(rollout)],
  );
  for (const { day } of rows) await db.query(sql('day'), [rollout.id, day, ...filters(rollout.plan)]);
}

/** The first day that begins after the step did; of a rollout that waits for its release, a day that never comes. */
function firstDay({ stepSince }: Rollout): string {
  return stepSince === null ? 'infinity' : addDays(tehran(Date.parse(stepSince)).isoDate, 1);
}

const NOTHING: Group = {
  terminals: 0,
  purchases: 0,
  approved: 0,
  reversed: 0,
  gaps: 0,
  macFailures: 0,
  tradedBefore: 0,
  silent: 0,
};

export async function factsOf(db: Db, rollout: Rollout, freeze: Freeze | undefined, now: number): Promise<Facts> {
  const devices = await stepDevices(db, rollout, now);
  const { rows } = await db.query<Group & { updated: boolean; days: number }>(
    `select updated, max(terminals) as terminals, sum(purchases)::int as purchases, sum(approved)::int as approved, sum(reversed)::int as reversed,
            sum(gaps)::int as gaps, sum(mac_failures)::int as "macFailures", sum(traded_before)::int as "tradedBefore", sum(silent)::int as silent,
            count(*)::int as days
       from update_rollout_days where rollout_id = $1 and step = $2 and business_day >= $3::date group by updated`,
    [rollout.id, rollout.step, firstDay(rollout)],
  );
  return {
    devices,
    closedDays: rows[0]?.days ?? 0,
    updated: rows.find(({ updated }) => updated) ?? NOTHING,
    control: rows.find(({ updated }) => !updated) ?? NOTHING,
    subjects: (await subjectsOf(db, [rollout.releaseId], rollout.plan)).get(rollout.releaseId) ?? [],
    frozen: freeze === undefined ? undefined : frozenText(freeze),
  };
}
