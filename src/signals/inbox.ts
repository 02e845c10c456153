import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { audit, type By } from '../people/index.ts';
import type { RuleId, Thresholds } from './rules.ts';
import { isoInstant } from '../ops/sql.ts';

/** What waits for a person: open → looked at → dismissed, or a violation. A signal does nothing by itself. */

export const SIGNAL_STATES = ['open', 'looked_at', 'dismissed', 'violation'] as const;
export type SignalState = (typeof SIGNAL_STATES)[number];

export interface SignalLine {
  readonly id: string;
  readonly rule: RuleId;
  readonly ruleVersion: number;
  readonly title: { readonly fa: string; readonly en: string };
  readonly day: string;
  readonly merchant: string;
  readonly name: string;
  readonly guild: string;
  readonly purchases: number;
  readonly rials: string;
  readonly state: SignalState;
  readonly raisedAt: string;
  readonly version: number;
}

export interface Signal extends SignalLine {
  readonly text: { readonly fa: string; readonly en: string };
  readonly thresholds: Thresholds;
  readonly figures: Readonly<Record<string, unknown>>;
  readonly rrns: readonly string[];
  readonly lookedBy: string | null;
  readonly lookedAt: string | null;
  readonly closedBy: string | null;
  readonly closedAt: string | null;
  readonly reason: string | null;
  readonly violation: string | null;
}

export interface SignalFilter {
  /** `waiting`: open or looked at. */
  readonly state?: SignalState | 'waiting' | undefined;
  readonly rule?: string | undefined;
  readonly merchant?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

const LINE = `s.signal_id::text as id, s.rule_id as rule, s.rule_version as "ruleVersion",
  jsonb_build_object('fa', r.title_fa, 'en', r.title_en) as title, s.business_day::text as day, s.merchant_id as merchant, m.name, m.guild,
  s.purchases, s.rials::text, s.state, ${isoInstant('s.raised_at')} as "raisedAt", s.version`;
const FROM = `from signals s join merchants m using (merchant_id)
  join signal_rules r on r.rule_id = s.rule_id and r.version = s.rule_version`;

/** @returns the oldest first: what waits longest is looked at first */
export async function listSignals(db: Pool | PoolClient, filter: SignalFilter): Promise<SignalLine[]> {
  const { state, rule, merchant, after, limit } = filter;
  const states = state === undefined ? null : state === 'waiting' ? ['open', 'looked_at'] : [state];
  const { rows } = await db.query<SignalLine>(
    `select ${LINE} ${FROM}
      where ($1::text[] is null or s.state = any ($1)) and ($2::text is null or s.rule_id = $2)
        and ($3::text is null or s.merchant_id = $3) and s.signal_id > $4
      order by s.signal_id limit $5`,
    [states, rule ?? null, merchant ?? null, after ?? '0', limit],
  );
  return rows;
}

/** @throws GatewayError `signals.unknown` */
export async function readSignal(db: Pool | PoolClient, id: string): Promise<Signal> {
  const { rows } = await db.query<Signal>(
    `select ${LINE}, jsonb_build_object('fa', r.text_fa, 'en', r.text_en) as text, r.thresholds, s.figures, s.rrns,
            s.looked_by::text as "lookedBy", ${isoInstant('s.looked_at')} as "lookedAt", s.closed_by::text as "closedBy",
            ${isoInstant('s.closed_at')} as "closedAt", s.reason, s.violation
       ${FROM} where s.signal_id = $1`,
    [id],
  );
  const [signal] = rows;
  if (signal === undefined) throw new GatewayError('signals.unknown', `There is no signal ${id}.`);
  return signal;
}

export type SignalAct =
  | { readonly kind: 'look' }
  | { readonly kind: 'dismiss'; readonly reason: string }
  | { readonly kind: 'violation'; readonly reason: string; readonly violation: string };

const FROM_STATE: Readonly<Record<SignalAct['kind'], SignalState>> = {
  look: 'open',
  dismiss: 'looked_at',
  violation: 'looked_at',
};

/** Locks a signal for what is about to be done with it.
 *  @param version that the person has seen; undefined: the command line, which reads it just now
 *  @throws GatewayError `signals.unknown`, `signals.stale`, `signals.refused` */
export async function lockSignal(
  db: PoolClient,
  id: string,
  kind: SignalAct['kind'],
  version: number | undefined,
): Promise<Signal> {
  await db.query('select 1 from signals where signal_id = $1 for update', [id]);
  const signal = await readSignal(db, id);
  if (version !== undefined && version !== signal.version)
    throw new GatewayError('signals.stale', `Signal ${id} was changed meanwhile: read it again.`);
  if (signal.state !== FROM_STATE[kind])
    throw new GatewayError('signals.refused', `Signal ${id} is ${signal.state}: that cannot be done with it now.`);
  return signal;
}

/** @param signal locked
 *  @throws GatewayError `signals.unknown`, `signals.refused` */
export async function actOnSignal(
  db: PoolClient,
  signal: Signal,
  act: SignalAct,
  by: By,
  now: number,
): Promise<Signal> {
  const at = new Date(now);
  const { id } = signal;
  if (act.kind === 'look')
    await db.query(
      `update signals set state = 'looked_at', looked_by = $2, looked_at = $3, version = version + 1 where signal_id = $1`,
      [id, by.actor.id, at],
    );
  else
    await db.query(
      `update signals set state = $2, closed_by = $3, closed_at = $4, reason = $5, violation = $6, version = version + 1 where signal_id = $1`,
      [
        id,
        act.kind === 'dismiss' ? 'dismissed' : 'violation',
        by.actor.id,
        at,
        act.reason,
        act.kind === 'dismiss' ? null : act.violation,
      ],
    );
  const done = { look: 'signal.looked-at', dismiss: 'signal.dismissed', violation: 'signal.violation' }[act.kind];
  const { merchant, rule, ruleVersion, day } = signal;
  await audit(db, by, { act: done, object: `signal:${id}`, after: { merchant, rule: `${rule}/${ruleVersion}`, day } });
  return readSignal(db, id);
}
