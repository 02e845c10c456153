import { Type, type TObject } from 'typebox';
import { GatewayError } from '../ops/errors.ts';
import { schemaCheck } from '../ops/schema.ts';

/** What rules look for, and which figures each has. How much is too much is dated data (signal_rules), never code. */

const count = (description: string, minimum = 1, maximum = 100_000) => Type.Integer({ minimum, maximum, description });
const rials = (description: string) => Type.Integer({ minimum: 0, maximum: 1e15, description });
const percent = Type.Integer({ minimum: 1, maximum: 100, description: 'Of what the shop did that day' });
const hour = Type.Integer({ minimum: 0, maximum: 24 });
const strict = { additionalProperties: false };
const leftRials = rials('A household with so little left has spent its whole credit');
const leastRials = rials('Less than this is nobody’s business');
const purchases = count('So many purchases');

/** What a version of each rule says. */
export const THRESHOLDS = {
  'credit-burst': Type.Object(
    { leftRials, leastRials, seconds: count('Between two of them', 1, 3_600), chain: count('In a row', 2) },
    strict,
  ),
  'whole-credit': Type.Object({ leftRials, leastRials, purchases, sharePercent: percent }, strict),
  'same-tail': Type.Object({ digits: count('Last digits', 2, 9), purchases, sharePercent: percent }, strict),
  'amount-pairs': Type.Object({ leastRials, pairs: count('So many times', 2) }, strict),
  'same-card': Type.Object({ purchases, leastRials }, strict),
  'split-purchases': Type.Object(
    { purchases, smallRials: rials('Each is below'), sumRials: rials('Together') },
    strict,
  ),
  'terminals-alternate': Type.Object(
    { purchases, seconds: count('Between two of them', 1, 3_600), sharePercent: percent },
    strict,
  ),
  'terminal-moved': Type.Object({ days: count('Looked back', 1, 400), purchases }, strict),
  'foreign-hours': Type.Object(
    {
      purchases,
      hours: Type.Object(
        { '*': Type.Array(hour, { minItems: 2, maxItems: 2 }) },
        { additionalProperties: Type.Array(hour, { minItems: 2, maxItems: 2 }), maxProperties: 50 },
      ),
    },
    strict,
  ),
  'sudden-volume': Type.Object(
    {
      newDays: count('A shop is new for', 1, 400),
      times: count('The median of its guild', 2, 10_000),
      peers: count('Other shops of the guild, at least'),
      leastRials,
    },
    strict,
  ),
  'foreign-goods': Type.Object({ lines: count('So many lines'), sharePercent: percent }, strict),
  'no-returns': Type.Object(
    {
      days: count('Looked at', 1, 400),
      purchases,
      roundPercent: percent,
      wholePercent: percent,
      unlistedPercent: percent,
    },
    strict,
  ),
} as const satisfies Readonly<Record<string, TObject>>;
export type RuleId = keyof typeof THRESHOLDS;

export const RULE_IDS = Object.keys(THRESHOLDS) as RuleId[];

/** A rule over many days would find the same shop every day: it speaks of a shop once in so many days. */
const QUIET: Readonly<Partial<Record<RuleId, string>>> = {
  'terminal-moved': 'days',
  'sudden-volume': 'newDays',
  'no-returns': 'days',
};

/** @throws GatewayError `signals.unknown` */
export function ruleId(text: string): RuleId {
  if (Object.hasOwn(THRESHOLDS, text)) return text as RuleId;
  throw new GatewayError('signals.unknown', `There is no rule "${text}": the rules are ${RULE_IDS.join(', ')}.`);
}

export type Thresholds = Readonly<Record<string, unknown>>;

/** @throws GatewayError `signals.thresholds`: names each that is missing, unknown or out of bounds */
export function demandThresholds(rule: RuleId, thresholds: Thresholds): void {
  const faults = schemaCheck(THRESHOLDS[rule])(thresholds);
  if (faults.length === 0) return;
  const named = faults.map(({ path, unknownKey, reason }) =>
    [path.join('.'), unknownKey ? 'is not one of this rule' : reason].join(' ').trim(),
  );
  throw new GatewayError('signals.thresholds', `The thresholds of ${rule} are not right: ${named.join('; ')}.`);
}

/** @returns days in which a rule speaks of a shop once; 1: of every day by itself */
export function quietDays(rule: RuleId, thresholds: Thresholds): number {
  const key = QUIET[rule];
  return key === undefined ? 1 : Number(thresholds[key]);
}
