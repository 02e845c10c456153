import type { PoolClient } from 'pg';
import { DAY_MS } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { isoInstant } from '../../ops/sql.ts';
import { audit } from '../../people/index.ts';
import { isoOf, noteChange, type Db } from '../repository/index.ts';
import type { ByPerson } from './acts.ts';

/** Freezes that people make: meanwhile nothing is installed and no rollout takes a step. They may overlap: each holds by itself. */

export interface MadeFreeze {
  readonly id: string;
  readonly from: string;
  readonly until: string;
  readonly reason: string;
  readonly madeBy: string;
  /** When people ended it before its time. */
  readonly endedAt: string | null;
  readonly state: 'coming' | 'now' | 'over' | 'ended';
}

const SELECT = `select f.freeze_id::text as id, ${isoInstant('f.from_at')} as "from", ${isoInstant('f.until_at')} as "until", f.reason,
  p.login as "madeBy", ${isoInstant('f.ended_at')} as "endedAt",
  case when f.ended_at is not null then 'ended' when f.until_at <= $1::timestamptz then 'over' when f.from_at <= $1::timestamptz then 'now'
       else 'coming' end as state
  from update_freezes f join persons p on p.person_id = f.made_by`;

/** Later is a slip of the pen more often than a plan. */
const MOST_AHEAD_MS = 400 * DAY_MS;
const LONGEST_REASON = 300;

export interface NewFreeze {
  /** ms */
  readonly from: number;
  /** ms */
  readonly until: number;
  readonly reason: string;
}

/** One person is enough: it is a stop.
 *  @throws GatewayError `updates.freeze` */
export async function makeFreeze(
  db: PoolClient,
  { from, until, reason }: NewFreeze,
  by: ByPerson,
  now: number,
): Promise<MadeFreeze> {
  const why = reason.trim();
  const fault =
    until <= from
      ? `It would end at ${isoOf(until)}, which is not after it begins, ${isoOf(from)}.`
      : until <= now
        ? `It would be over already: it ends at ${isoOf(until)}.`
        : until > now + MOST_AHEAD_MS
          ? `It would end at ${isoOf(until)}, more than 400 days from now: make a shorter one.`
          : why.length === 0 || why.length > LONGEST_REASON
            ? `Its reason has ${why.length} characters: say why in 1 to ${LONGEST_REASON}.`
            : undefined;
  if (fault !== undefined) throw new GatewayError('updates.freeze', fault);
  const { rows } = await db.query<{ id: string }>(
    'insert into update_freezes (from_at, until_at, reason, made_by) values ($1, $2, $3, $4) returning freeze_id::text as id',
    [new Date(from), new Date(until), why, by.actor.id],
  );
  return changed(db, rows[0]?.id ?? '', 'made', { ...by, reason: why }, now);
}

/** Ends it before its time; one that has not begun never holds. What else is frozen then stays so.
 *  @throws GatewayError `updates.unknown`, `updates.refused` for one that is over */
export async function endFreeze(db: PoolClient, id: string, by: ByPerson, now: number): Promise<MadeFreeze> {
  const { rowCount } = await db.query(
    'update update_freezes set ended_at = $2 where freeze_id = $1 and ended_at is null and until_at > $2::timestamptz',
    [id, new Date(now)],
  );
  if (rowCount === 0) {
    await freezeOf(db, id, now);
    throw new GatewayError('updates.refused', `Freeze ${id} is over already: there is nothing to end.`);
  }
  return changed(db, id, 'ended', by, now);
}

/** @returns the newest first */
export async function listFreezes(
  db: Db,
  { after, limit, now }: { readonly after?: string | undefined; readonly limit: number; readonly now: number },
): Promise<MadeFreeze[]> {
  const { rows } = await db.query<MadeFreeze>(
    `${SELECT} where ($2::bigint is null or f.freeze_id < $2) order by f.freeze_id desc limit $3`,
    [new Date(now), after ?? null, limit],
  );
  return rows;
}

async function freezeOf(db: Db, id: string, now: number): Promise<MadeFreeze> {
  const { rows } = await db.query<MadeFreeze>(`${SELECT} where f.freeze_id = $2`, [new Date(now), id]);
  if (rows[0] === undefined)
    throw new GatewayError('updates.unknown', `There is no freeze ${id}: kalabarg updates freezes lists them.`);
  return rows[0];
}

/** Audits it, and has devices ask again: what they were told says when they may install. */
async function changed(
  db: PoolClient,
  id: string,
  what: 'made' | 'ended',
  by: ByPerson,
  now: number,
): Promise<MadeFreeze> {
  const after = await freezeOf(db, id, now);
  await noteChange(db, now);
  await audit(db, by, { act: `freeze.${what}`, object: `freeze:${id}`, after });
  return after;
}
