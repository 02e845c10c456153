import { Type, type Static } from 'typebox';
import { MOST_TRIAL_DAYS, RULE_IDS, SIGNAL_STATES } from '../../signals/index.ts';
import { queryOf } from './figures.ts';
import { day, PageQuery, pageOf, time } from './schemas.ts';

/** Signals and the rules that raise them (docs/shops.md, Signals). */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const maybe = <T extends Parameters<typeof Type.Optional>[0]>(type: T) => Type.Optional(type);
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const text = Type.Object({ fa: Type.String(), en: Type.String() });
const businessDay = day('Business day, ISO');
const rials = Type.String({ description: 'Voucher rials' });
const figures = Type.Record(Type.String(), Type.Unknown());
const rrns = Type.Array(Type.String(), { description: 'The transactions, at most 200' });
const thresholds = Type.Record(Type.String({ maxLength: 40 }), Type.Unknown(), { maxProperties: 20 });

const line = {
  id: Type.String(),
  rule: oneOf(RULE_IDS),
  ruleVersion: Type.Integer(),
  title: text,
  day: businessDay,
  merchant: Type.String(),
  name: Type.String(),
  guild: Type.String(),
  purchases: Type.Integer({ description: 'That it is about' }),
  rials,
  currency: Type.Literal('IRR'),
  state: oneOf(SIGNAL_STATES),
  raisedAt: time('When'),
  version: Type.Integer(),
};
export const SignalPage = pageOf(Type.Object(line));
export const SignalBody = Type.Object({
  ...line,
  text,
  thresholds,
  figures,
  rrns,
  lookedBy: orNull(Type.String()),
  lookedAt: orNull(Type.String()),
  closedBy: orNull(Type.String()),
  closedAt: orNull(Type.String()),
  reason: orNull(Type.String()),
  violation: orNull(Type.String({ description: 'What became of it' })),
});
export const SignalQuery = Type.Object(
  {
    ...PageQuery.properties,
    state: maybe(oneOf(['waiting', ...SIGNAL_STATES])),
    rule: maybe(oneOf(RULE_IDS)),
    merchant: maybe(Type.String({ pattern: '^\\d{15}$' })),
  },
  strict,
);
export type SignalQuery = Static<typeof SignalQuery>;
export const WhyBody = Type.Object({ reason: Type.String({ minLength: 10, maxLength: 1_000 }) }, strict);
export type WhyBody = Static<typeof WhyBody>;
export const FoundBody = Type.Object(
  {
    kind: Type.String({ pattern: '^[a-z_]{1,40}$', description: 'Of the table of sanctions' }),
    reason: Type.String({ minLength: 10, maxLength: 1_000 }),
  },
  strict,
);
export type FoundBody = Static<typeof FoundBody>;

const trialLine = {
  from: businessDay,
  to: businessDay,
  days: Type.Integer({ description: 'Closed ones' }),
  shops: Type.Integer({ description: 'That it would have touched' }),
  purchases: Type.Integer(),
};
const Version = Type.Object({
  rule: oneOf(RULE_IDS),
  version: Type.Integer(),
  validFrom: businessDay,
  enabled: Type.Boolean(),
  thresholds,
  owner: Type.String({ description: 'Who answers for it' }),
  title: text,
  text,
  reason: Type.String(),
  signedBy: Type.Array(Type.String()),
  firstDay: orNull(businessDay),
  lastTrial: orNull(Type.Object(trialLine)),
  precision: Type.Object(
    {
      query: queryOf('signals-of-version'),
      raised: Type.Integer(),
      waiting: Type.Integer(),
      dismissed: Type.Integer(),
      violations: Type.Integer(),
      percent: orNull(Type.Integer()),
    },
    { description: 'What became of its signals' },
  ),
});
export const RuleVersionBody = Version;
export const RuleList = Type.Object({ items: Type.Array(Version) });
export const RuleParams = Type.Object({ rule: oneOf(RULE_IDS) }, strict);
export type RuleParams = Static<typeof RuleParams>;
export const VersionParams = Type.Object(
  { rule: oneOf(RULE_IDS), version: Type.Integer({ minimum: 1, maximum: 1_000_000 }) },
  strict,
);
export type VersionParams = Static<typeof VersionParams>;
export const NewVersionBody = Type.Object(
  {
    validFrom: businessDay,
    enabled: Type.Boolean({ default: true, description: 'false: the rule is off from that day on' }),
    thresholds,
    reason: Type.String({ minLength: 10, maxLength: 1_000 }),
  },
  strict,
);
export type NewVersionBody = Static<typeof NewVersionBody>;
export const TrialBody = Type.Object(
  { from: businessDay, to: businessDay },
  { ...strict, description: `At most ${MOST_TRIAL_DAYS} days` },
);
export type TrialBody = Static<typeof TrialBody>;
export const TrialResult = Type.Object({
  query: queryOf('signal-trial'),
  rule: oneOf(RULE_IDS),
  version: Type.Integer(),
  ...trialLine,
  rials,
  currency: Type.Literal('IRR'),
  list: Type.Array(
    Type.Object({
      merchant: Type.String(),
      name: Type.String(),
      guild: Type.String(),
      days: Type.Integer(),
      purchases: Type.Integer(),
      rials,
      figures,
      rrns,
    }),
    { description: 'Those with the most credit first, at most 500' },
  ),
});
