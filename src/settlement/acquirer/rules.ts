import type { Rounding } from '../../field/money-unit.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { Db } from '../clearing/state.ts';

/** How lines find transactions, and when a difference is a break: dated data of `match_rules` and `break_rules`. */
export interface MatchRule {
  readonly no: number;
  readonly keys: readonly string[];
}

export interface BreakRules {
  readonly lookbackDays: number;
  readonly lateDays: number;
  readonly toleranceDays: number;
  readonly alarmDays: number;
}

/** What each key compares: `l` the line, `o` our transaction. An empty trace names nothing. */
const KEYS: Readonly<Record<string, { line: string; ours: string; and?: string }>> = {
  rrn: { line: 'l.rrn', ours: 'o.rrn' },
  terminal: { line: 'l.terminal_id', ours: 'o.terminal_id' },
  merchant: { line: 'l.merchant_id', ours: 'o.merchant_id' },
  amount: { line: 'l.total_rials', ours: 'o.total_rials' },
  stan: { line: 'l.stan', ours: 'o.stan' },
  'local-date': { line: `to_char(l.local_date, 'MMDD')`, ours: 'o.local_date' },
  step: { line: 'l.step_rials', ours: 's.step_rials' },
  trace: { line: 'l.trace', ours: 'o.quote_ref', and: `l.trace <> ''` },
};

/** The statement of one rule: pairs what is left on both sides one to one, equal ones in the order they came.
 *  @param rounding of amounts of ours that a line cannot say; undefined: all lines are in rials
 *  @throws GatewayError `match.key` */
export function ruleStatement(rule: MatchRule, rounding?: Rounding): string {
  const inSteps = rounding !== undefined && rule.keys.includes('amount');
  const keys = [...rule.keys, ...(inSteps ? ['step'] : [])].map((key) => {
    const found = inSteps && key === 'amount' ? { line: 'l.total_rials', ours: `said_in_steps(o.total_rials, s.step_rials, '${rounding}')` } : KEYS[key]; // prettier-ignore
    if (found === undefined) throw new GatewayError('match.key', `Matching does not know the key "${key}".`);
    return found;
  });
  const lineKeys = keys.map(({ line }, at) => `${line} as k${at}`).join(', ');
  const ourKeys = keys.map(({ ours }, at) => `${ours} as k${at}`).join(', ');
  const using = keys.map((_, at) => `k${at}`).join(', ');
  const also = keys.flatMap(({ and }) => (and === undefined ? [] : [`and ${and}`])).join(' ');
  return `
    insert into staged_matches
    with left_lines as (
      select l.line, l.kind as leg, ${lineKeys},
             row_number() over (partition by l.kind, ${keys.map(({ line }) => line).join(', ')} order by l.line) as turn
        from staged_lines l
       where l.kind in ('SALE', 'REV') ${also}
         and not exists (select 1 from staged_matches m where m.line = l.line)
    ), left_ours as (
      select o.household_id, o.transaction_id, o.business_day, o.leg, ${ourKeys},
             row_number() over (partition by o.leg, ${keys.map(({ ours }) => ours).join(', ')} order by o.transaction_id) as turn
        from staged_ours o${inSteps ? ' cross join (select distinct step_rials from staged_lines) s' : ''}
       where not exists (select 1 from staged_matches m where m.transaction_id = o.transaction_id and m.household_id = o.household_id)
    )
    select ${inSteps ? 'distinct on (household_id, transaction_id)' : ''} line, household_id, transaction_id, business_day, ${rule.no}
      from left_lines join left_ours using (leg, turn, ${using})${inSteps ? ' order by household_id, transaction_id, line' : ''}`;
}

/** @param day the newest rules that hold on it */
export async function matchRules(db: Db, day: string): Promise<MatchRule[]> {
  const { rows } = await db.query<{ no: number; keys: string[] }>(
    `select rule_no as no, keys from match_rules
      where valid_from = (select max(valid_from) from match_rules where valid_from <= $1) order by rule_no`,
    [day],
  );
  return rows;
}

export async function breakRules(db: Db, day: string): Promise<BreakRules> {
  const { rows } = await db.query<BreakRules>(
    `select lookback_days as "lookbackDays", late_days as "lateDays", tolerance_days as "toleranceDays",
            alarm_days as "alarmDays"
       from break_rules where valid_from <= $1 order by valid_from desc limit 1`,
    [day],
  );
  if (rows[0] === undefined) throw new GatewayError('match.rules', `No break_rules hold on ${day}.`);
  return rows[0];
}
