import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { audit, type By } from '../people/index.ts';
import { demandThresholds, ruleId, RULE_IDS, type RuleId, type Thresholds } from './rules.ts';

/** Versions of the rules. One is on once it was tried on the books of the past and two persons have signed it. */
export interface RuleVersion {
  readonly rule: RuleId;
  readonly version: number;
  readonly validFrom: string;
  readonly enabled: boolean;
  readonly thresholds: Thresholds;
  readonly owner: string;
  readonly title: { readonly fa: string; readonly en: string };
  readonly text: { readonly fa: string; readonly en: string };
  readonly reason: string;
  /** Person ids. */
  readonly signedBy: readonly string[];
  /** From which business day on it looks; null: it is not on yet. */
  readonly firstDay: string | null;
  readonly lastTrial: TrialLine | null;
  readonly precision: Precision;
}

export interface TrialLine {
  readonly from: string;
  readonly to: string;
  readonly days: number;
  readonly shops: number;
  readonly purchases: number;
}

/** What became of the signals of a version. */
export interface Precision {
  readonly raised: number;
  readonly waiting: number;
  readonly dismissed: number;
  readonly violations: number;
  /** Violations of what was looked at to the end; null: nothing was. */
  readonly percent: number | null;
}

const VERSIONS = `
  select r.rule_id as rule, r.version, r.valid_from::text as "validFrom", r.enabled, r.thresholds, r.owner, r.reason,
         jsonb_build_object('fa', r.title_fa, 'en', r.title_en) as title, jsonb_build_object('fa', r.text_fa, 'en', r.text_en) as text,
         coalesce((select array_agg(g.person_id::text order by g.at) from signal_signatures g
                    where g.rule_id = r.rule_id and g.version = r.version), '{}') as "signedBy",
         s.first_day::text as "firstDay",
         (select jsonb_build_object('from', t.first_day, 'to', t.last_day, 'days', t.days, 'shops', t.shops, 'purchases', t.purchases)
            from signal_trials t where t.rule_id = r.rule_id and t.version = r.version order by t.trial_id desc limit 1) as "lastTrial",
         (select jsonb_build_object('raised', count(*), 'waiting', count(*) filter (where state in ('open', 'looked_at')),
                   'dismissed', count(*) filter (where state = 'dismissed'), 'violations', count(*) filter (where state = 'violation'),
                   'percent', (100 * count(*) filter (where state = 'violation')
                               / nullif(count(*) filter (where state in ('dismissed', 'violation')), 0)))
            from signals g where g.rule_id = r.rule_id and g.rule_version = r.version) as precision
    from signal_rules r left join signal_rules_signed s using (rule_id, version)`;

/** Every version of every rule, or of one. */
export async function ruleVersions(db: Pool | PoolClient, rule?: RuleId): Promise<RuleVersion[]> {
  const { rows } = await db.query<RuleVersion>(`${VERSIONS} where r.rule_id = any ($1) order by r.rule_id, r.version`, [
    rule === undefined ? RULE_IDS : [rule],
  ]);
  return rows;
}

/** @throws GatewayError `signals.unknown` */
export async function ruleVersion(db: Pool | PoolClient, rule: RuleId, version: number): Promise<RuleVersion> {
  const found = (await ruleVersions(db, rule)).find((each) => each.version === version);
  if (found === undefined) throw new GatewayError('signals.unknown', `Rule ${rule} has no version ${version}.`);
  return found;
}

export interface NewVersion {
  readonly validFrom: string;
  readonly enabled: boolean;
  readonly thresholds: Thresholds;
  readonly reason: string;
}

/** A version beside those that there are; texts and owner stay. It is not on by that.
 *  @throws GatewayError `signals.unknown`, `signals.thresholds` */
export async function proposeVersion(
  db: PoolClient,
  rule: string,
  wish: NewVersion,
  by: By,
  now: number,
): Promise<RuleVersion> {
  const id = ruleId(rule);
  demandThresholds(id, wish.thresholds);
  await db.query('select pg_advisory_xact_lock(8583, 710)'); // one number at a time
  const { rows } = await db.query<{ version: number }>(
    `insert into signal_rules (rule_id, version, valid_from, enabled, thresholds, owner, title_fa, title_en, text_fa, text_en, proposed_by,
                               reason, proposed_at)
     select rule_id, version + 1, $2, $3, $4, owner, title_fa, title_en, text_fa, text_en, $5, $6, $7
       from signal_rules where rule_id = $1 order by version desc limit 1 returning version`,
    [id, wish.validFrom, wish.enabled, JSON.stringify(wish.thresholds), by.actor.id, wish.reason, new Date(now)],
  );
  const { version = 0 } = rows[0] ?? {};
  await audit(db, by, { act: 'signal-rule.proposed', object: `signal-rule:${id}/${version}`, after: wish });
  return ruleVersion(db, id, version);
}

/** One of the two persons who turn a version on.
 *  @throws GatewayError `signals.unknown`, `signals.refused` for a version that was never tried, or who has signed already */
export async function signVersion(
  db: PoolClient,
  rule: string,
  version: number,
  by: By,
  now: number,
): Promise<RuleVersion> {
  const id = ruleId(rule);
  const before = await ruleVersion(db, id, version);
  if (before.lastTrial === null)
    throw new GatewayError(
      'signals.refused',
      `Version ${version} of ${id} was never tried: try it on past days first.`,
    );
  const { rowCount } = await db.query(
    'insert into signal_signatures (rule_id, version, person_id, at) values ($1, $2, $3, $4) on conflict do nothing',
    [id, version, by.actor.id, new Date(now)],
  );
  if (rowCount === 0)
    throw new GatewayError('signals.refused', `${by.actor.name} has signed it already: another person is needed.`);
  await audit(db, by, { act: 'signal-rule.signed', object: `signal-rule:${id}/${version}` });
  return ruleVersion(db, id, version);
}
