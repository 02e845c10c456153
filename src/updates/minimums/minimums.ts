import type { PoolClient } from 'pg';
import { isDay } from '../../field/jalali.ts';
import { DAY_MS, tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { isoInstant } from '../../ops/sql.ts';
import { audit } from '../../people/index.ts';
import { isoOf, releaseOf, type Db } from '../repository/index.ts';
import type { ByPerson } from '../rollouts/index.ts';
import { refreshOutdated, withStanding } from './refresh.ts';

/** Minimum versions (docs/updates.md): the release from which on terminals may sell. One person proposes, another approves, one may end. */

export interface Minimum {
  readonly id: string;
  /** It, or a later one of its line, component and profile. */
  readonly releaseId: string;
  readonly component: string;
  readonly path: string;
  readonly counter: number;
  readonly software: string | null;
  readonly profile: string;
  /** null: of all that the release is for. */
  readonly psps: readonly string[] | null;
  readonly models: readonly string[] | null;
  /** The beginning of a day in Tehran. */
  readonly refuseFrom: string;
  /** Each terminal is told for so many days at least. */
  readonly noticeDays: number;
  readonly reason: string;
  readonly proposedBy: string;
  readonly approvedBy: string | null;
  readonly endedBy: string | null;
  readonly state: 'proposed' | 'notice' | 'refusing' | 'ended';
}

const SELECT = `select m.minimum_id::text as id, m.release_id::text as "releaseId", r.component, r.path, r.counter, r.software, r.profile, m.psps, m.models,
  ${isoInstant('m.refuse_from')} as "refuseFrom", m.notice_days as "noticeDays", m.reason, p.login as "proposedBy", a.login as "approvedBy",
  e.login as "endedBy",
  case when m.ended_at is not null then 'ended' when m.approved_at is null then 'proposed' when m.refuse_from > $1::timestamptz then 'notice'
       else 'refusing' end as state
  from update_minimums m join update_releases r using (release_id) join persons p on p.person_id = m.proposed_by
  left join persons a on a.person_id = m.approved_by left join persons e on e.person_id = m.ended_by`;

/** @returns the newest first */
export async function listMinimums(
  db: Db,
  { after, limit, now }: { readonly after?: string | undefined; readonly limit: number; readonly now: number },
): Promise<Minimum[]> {
  const { rows } = await db.query<Minimum>(
    `${SELECT} where ($2::bigint is null or m.minimum_id < $2) order by m.minimum_id desc limit $3`,
    [new Date(now), after ?? null, limit],
  );
  return rows;
}

/** @throws GatewayError `updates.unknown` */
export async function minimumOf(db: Db, id: string, now: number): Promise<Minimum> {
  const { rows } = await db.query<Minimum>(`${SELECT} where m.minimum_id = $2`, [new Date(now), id]);
  if (rows[0] !== undefined) return rows[0];
  throw new GatewayError('updates.unknown', `There is no minimum ${id}: kalabarg terminals minimum list shows them.`);
}

export interface NewMinimum {
  readonly releaseId: string;
  /** ISO, a day in Tehran: from its beginning on sales are refused. */
  readonly from: string;
  readonly noticeDays?: number | undefined;
  readonly psps?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  readonly reason: string;
}

/** A shop that is told on a holiday needs some. */
export const NOTICE_DAYS = 30;
const MOST_AHEAD_MS = 400 * DAY_MS;

/** @throws GatewayError `updates.unknown`, `updates.minimum` */
export async function proposeMinimum(db: PoolClient, wanted: NewMinimum, by: ByPerson, now: number): Promise<Minimum> {
  const { releaseId, from, noticeDays = NOTICE_DAYS, psps, models } = wanted;
  const release = await releaseOf(db, releaseId);
  if (release.state !== 'published')
    throw refused(`release ${releaseId} is ${release.state}: only what is published can be asked of terminals`);
  const refuseFrom = midnightOf(from) ?? Number.NaN;
  demandNotice(refuseFrom, noticeDays, now);
  if (refuseFrom > now + MOST_AHEAD_MS) throw refused('it would begin more than 400 days from now');
  const reason = wanted.reason.trim();
  if (reason.length === 0 || reason.length > 300) throw refused('it needs a reason of 1 to 300 characters');
  const { rows } = await db.query<{ id: string }>(
    `insert into update_minimums (release_id, psps, models, refuse_from, notice_days, reason, proposed_by, proposed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning minimum_id::text as id`,
    [
      ...[releaseId, orNull(psps), orNull(models), new Date(refuseFrom), noticeDays, reason, by.actor.id],
      new Date(now),
    ],
  );
  return told(db, rows[0]?.id ?? '', 'proposed', { ...by, reason }, now);
}

/** The beginning of a day in Tehran, ms.
 *  @returns undefined: it is not a day of the calendar */
export function midnightOf(day: string): number | undefined {
  return isDay(day) ? Date.parse(`${day}T00:00:00+03:30`) : undefined;
}

function orNull(names: readonly string[] | undefined): readonly string[] | null {
  return names === undefined || names.length === 0 ? null : names;
}

function demandNotice(refuseFrom: number, noticeDays: number, now: number): void {
  if (Number.isNaN(refuseFrom)) throw refused('it needs the day from which on sales are refused');
  const earliest = tehran(now + noticeDays * DAY_MS + DAY_MS).isoDate;
  if (refuseFrom < now + noticeDays * DAY_MS)
    throw refused(`terminals are told ${noticeDays} days before: it can begin on ${earliest} at the earliest`);
}

/** The second person. The notice is counted from now, and an update that works must be there.
 *  @throws GatewayError `updates.unknown`, `updates.refused`, `updates.same-person`, `updates.minimum` */
export async function approveMinimum(db: PoolClient, id: string, by: ByPerson, now: number): Promise<Minimum> {
  const minimum = await locked(db, id, now);
  if (minimum.state !== 'proposed')
    throw new GatewayError('updates.refused', `Minimum ${id} is approved or ended already.`);
  if (minimum.proposedBy === by.actor.name)
    throw new GatewayError(
      'updates.same-person',
      `${minimum.proposedBy} proposed minimum ${id}: another person approves it.`,
    );
  demandNotice(Date.parse(minimum.refuseFrom), minimum.noticeDays, now);
  await demandUpdate(db, minimum);
  await db.query('update update_minimums set approved_by = $2, approved_at = $3 where minimum_id = $1', [
    id,
    by.actor.id,
    new Date(now),
  ]);
  await refreshOutdated(db, now);
  return told(db, id, 'approved', by, now);
}

/** Nobody is asked for what nobody has seen work. */
async function demandUpdate(db: PoolClient, { releaseId }: Minimum): Promise<void> {
  const { rows } = await db.query(
    `select from update_releases r join update_releases w on (w.line, w.component, w.profile) = (r.line, r.component, r.profile) and w.counter >= r.counter
      where r.release_id = $1 and w.published_at is not null and w.withdrawn_at is null
        and (select state from update_rollouts u where u.release_id = w.release_id order by rollout_id desc limit 1) = 'done' limit 1`,
    [releaseId],
  );
  if (rows.length === 0)
    throw refused(
      `no rollout of release ${releaseId} or of a later one is done: only an update that has reached everybody and works can be asked for`,
    );
}

/** Nothing is refused for it any more. @throws GatewayError `updates.unknown`, `updates.refused` */
export async function endMinimum(db: PoolClient, id: string, by: ByPerson, now: number): Promise<Minimum> {
  const minimum = await locked(db, id, now);
  if (minimum.state === 'ended') throw new GatewayError('updates.refused', `Minimum ${id} is ended already.`);
  await db.query('update update_minimums set ended_by = $2, ended_at = $3 where minimum_id = $1', [
    id,
    by.actor.id,
    new Date(now),
  ]);
  await refreshOutdated(db, now);
  return told(db, id, 'ended', by, now);
}

async function locked(db: PoolClient, id: string, now: number): Promise<Minimum> {
  await db.query('select 1 from update_minimums where minimum_id = $1 for update', [id]);
  return minimumOf(db, id, now);
}

async function told(
  db: PoolClient,
  id: string,
  what: 'proposed' | 'approved' | 'ended',
  by: ByPerson,
  now: number,
): Promise<Minimum> {
  const minimum = await minimumOf(db, id, now);
  const { path, psps, models, refuseFrom, noticeDays } = minimum;
  await audit(db, by, {
    act: `minimum.${what}`,
    object: `minimum:${id}`,
    after: { release: path, psps, models, refuseFrom, noticeDays },
  });
  return minimum;
}

function refused(why: string): GatewayError {
  return new GatewayError('updates.minimum', `It cannot be a minimum so: ${why}.`);
}

/** Terminals that it is for, by how they stand to it. */
export interface MinimumCounts {
  /** They have it, or a later one. */
  readonly enough: number;
  /** They are below, and hear of it. */
  readonly told: number;
  /** They are below, and sell nothing while the update is there for the taking. */
  readonly refused: number;
  readonly exempt: number;
  /** They are below, and no update that works reaches them: they sell on. */
  readonly unreachable: number;
  /** They never said what they have: they sell on. */
  readonly unknown: number;
}

export async function countsOf(db: Db, id: string, now: number): Promise<MinimumCounts> {
  const { rows } = await db.query<MinimumCounts>(withStanding('counts'), [new Date(now), null, id]);
  return rows[0] ?? { enough: 0, told: 0, refused: 0, exempt: 0, unreachable: 0, unknown: 0 };
}

export const STANDINGS = ['told', 'refused', 'exempt', 'unreachable', 'unknown'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface BelowMinimum {
  readonly terminal: string;
  readonly merchant: string;
  readonly model: string | null;
  readonly psp: string | null;
  /** The release that it has, by its own word. */
  readonly has: number | null;
  readonly standing: Standing;
  readonly refusedFrom: string | null;
}

/** Those that have not enough. @returns by DE 41 */
export async function terminalsBelow(
  db: Db,
  id: string,
  what: { readonly standing?: Standing | undefined; readonly after?: string | undefined; readonly limit: number },
  now: number,
): Promise<BelowMinimum[]> {
  const { rows } = await db.query<BelowMinimum>(withStanding('terminals'), [
    ...[new Date(now), null, id],
    ...[what.standing ?? null, what.after ?? '', what.limit],
  ]);
  return rows.map((row) => ({ ...row, refusedFrom: row.refusedFrom === null ? null : isoOf(Date.parse(row.refusedFrom)) })); // prettier-ignore
}
