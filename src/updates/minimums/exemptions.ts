import type { PoolClient } from 'pg';
import { DAY_MS } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { isoInstant } from '../../ops/sql.ts';
import { audit } from '../../people/index.ts';
import { isoOf, type Db } from '../repository/index.ts';
import type { ByPerson } from '../rollouts/index.ts';
import { midnightOf } from './minimums.ts';
import { refreshOutdated } from './refresh.ts';

/** Who need not have a minimum version for a while: a terminal, a shop, or a model that waits for its replacement. */

export interface Exemption {
  readonly id: string;
  /** null: of every minimum. */
  readonly minimumId: string | null;
  readonly terminal: string | null;
  readonly merchant: string | null;
  readonly model: string | null;
  readonly psp: string | null;
  readonly until: string;
  readonly reason: string;
  readonly madeBy: string;
  readonly endedAt: string | null;
  readonly state: 'holds' | 'over' | 'ended';
}

const SELECT = `select x.exemption_id::text as id, x.minimum_id::text as "minimumId", x.terminal_id as terminal, x.merchant_id as merchant, x.model, x.psp,
  ${isoInstant('x.until_at')} as "until", x.reason, p.login as "madeBy", ${isoInstant('x.ended_at')} as "endedAt",
  case when x.ended_at is not null then 'ended' when x.until_at <= $1::timestamptz then 'over' else 'holds' end as state
  from update_exemptions x join persons p on p.person_id = x.made_by`;

export interface NewExemption {
  readonly minimumId?: string | undefined;
  readonly terminal?: string | undefined;
  readonly merchant?: string | undefined;
  readonly model?: string | undefined;
  readonly psp?: string | undefined;
  /** ISO, a day in Tehran: it ends with its beginning. */
  readonly until: string;
  readonly reason: string;
}

const MOST_AHEAD_MS = 400 * DAY_MS;

/** @throws GatewayError `updates.exemption` */
export async function exempt(db: PoolClient, wanted: NewExemption, by: ByPerson, now: number): Promise<Exemption> {
  const { minimumId, terminal, merchant, model, psp } = wanted;
  const until = midnightOf(wanted.until) ?? Number.NaN;
  const reason = wanted.reason.trim();
  const whom = [terminal, merchant, model].filter((each) => each !== undefined);
  const fault =
    whom.length !== 1 || (psp !== undefined && model === undefined)
      ? 'It is for one terminal, one shop, or one model (of a PSP).'
      : !(until > now)
        ? 'It would be over already: it needs a day to come.'
        : until > now + MOST_AHEAD_MS
          ? 'It would end more than 400 days from now: make a shorter one.'
          : reason.length === 0 || reason.length > 300
            ? 'It needs a reason of 1 to 300 characters.'
            : undefined;
  if (fault !== undefined) throw new GatewayError('updates.exemption', fault);
  try {
    const { rows } = await db.query<{ id: string }>(
      `insert into update_exemptions (minimum_id, terminal_id, merchant_id, model, psp, until_at, reason, made_by, made_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning exemption_id::text as id`,
      [
        ...[minimumId ?? null, terminal ?? null, merchant ?? null, model ?? null, psp ?? null],
        ...[new Date(until), reason, by.actor.id, new Date(now)],
      ],
    );
    await refreshOutdated(db, now);
    return await told(db, rows[0]?.id ?? '', 'made', { ...by, reason }, now);
  } catch (cause) {
    if (!(cause instanceof Error && 'constraint' in cause && String(cause.constraint).endsWith('_fkey'))) throw cause;
    const what = [minimumId === undefined ? undefined : `minimum ${minimumId}`, ...whom].filter(Boolean).join(', ');
    throw new GatewayError('updates.exemption', `There is no such minimum, terminal or shop: ${what}.`, { cause });
  }
}

/** Before its day. @throws GatewayError `updates.unknown`, `updates.refused` */
export async function endExemption(db: PoolClient, id: string, by: ByPerson, now: number): Promise<Exemption> {
  const { rowCount } = await db.query(
    'update update_exemptions set ended_by = $2, ended_at = $3 where exemption_id = $1 and ended_at is null and until_at > $3::timestamptz',
    [id, by.actor.id, new Date(now)],
  );
  if (rowCount === 0) {
    await exemptionOf(db, id, now);
    throw new GatewayError('updates.refused', `Exemption ${id} is over already: there is nothing to end.`);
  }
  await refreshOutdated(db, now);
  return told(db, id, 'ended', by, now);
}

/** @returns the newest first */
export async function listExemptions(
  db: Db,
  { after, limit, now }: { readonly after?: string | undefined; readonly limit: number; readonly now: number },
): Promise<Exemption[]> {
  const { rows } = await db.query<Exemption>(
    `${SELECT} where ($2::bigint is null or x.exemption_id < $2) order by x.exemption_id desc limit $3`,
    [new Date(now), after ?? null, limit],
  );
  return rows;
}

async function exemptionOf(db: Db, id: string, now: number): Promise<Exemption> {
  const { rows } = await db.query<Exemption>(`${SELECT} where x.exemption_id = $2`, [new Date(now), id]);
  if (rows[0] !== undefined) return rows[0];
  throw new GatewayError(
    'updates.unknown',
    `There is no exemption ${id}: kalabarg terminals minimum exemptions lists them.`,
  );
}

async function told(db: PoolClient, id: string, what: 'made' | 'ended', by: ByPerson, now: number): Promise<Exemption> {
  const exemption = await exemptionOf(db, id, now);
  const { minimumId, terminal, merchant, model, psp, until } = exemption;
  await audit(db, by, {
    act: `exemption.${what}`,
    object: `exemption:${id}`,
    after: { minimumId, terminal, merchant, model, psp, until: isoOf(Date.parse(until)) },
  });
  return exemption;
}
