import { Type, type Static } from 'typebox';
import {
  CAPABILITIES,
  CAPABILITY_STATES,
  CASE_KINDS,
  CASE_STATES,
  ITEM_CODES,
  ITEM_STATES,
  REASON_CODES,
  STANDING_STATES,
} from '../../shops/index.ts';
import { day, format, instant, PageQuery, pageOf, time } from './schemas.ts';

/** Cases of shops (people.md 4). */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const maybe = <T extends Parameters<typeof Type.Optional>[0]>(type: T) => Type.Optional(type);
const note = Type.String({ maxLength: 1_000 });

const Waiting = Type.Object(
  {
    on: oneOf(['applicant', 'registry', 'reviewer', 'system']),
    since: time('Since when'),
    until: maybe(time('Until when; absent: for ever')),
    can: Type.Array(Type.String({ description: 'What that party can do now' })),
    items: Type.Array(oneOf(ITEM_CODES)),
  },
  { description: 'The one party that the case waits on' },
);
const Item = Type.Object({
  code: oneOf(ITEM_CODES),
  state: oneOf(ITEM_STATES),
  version: Type.Integer({ description: 'Rises with each submission' }),
  since: time('Of the state'),
  value: maybe(Type.Record(Type.String(), Type.Unknown())),
  reason: maybe(oneOf(REASON_CODES)),
  note: maybe(note),
  validUntil: maybe(time('Until when it holds')),
});
export const Case = Type.Object({
  id: Type.String(),
  number: Type.String({ description: 'What people say on the phone; the last digit is a check digit' }),
  kind: oneOf(CASE_KINDS),
  name: Type.String(),
  guild: Type.String(),
  rules: Type.String({ description: 'Version of the rules' }),
  state: oneOf(CASE_STATES),
  waiting: maybe(Waiting),
  due: time('Of what the applicant has to do'),
  merchant: maybe(Type.String({ description: '15 digits, once approved' })),
  items: Type.Array(Item),
  reviews: Type.Array(
    Type.Object({ person: Type.String(), verdict: oneOf(['approve', 'refuse']), at: time('Signed') }),
  ),
  version: Type.Integer(),
});
const CaseLine = Type.Object({
  id: Type.String(),
  number: Type.String(),
  kind: oneOf(CASE_KINDS),
  name: Type.String(),
  guild: Type.String(),
  state: oneOf(CASE_STATES),
  waitsOn: Type.Union([Type.String(), Type.Null()]),
  waitsSince: Type.Union([Type.String(), Type.Null()]),
  waitsUntil: Type.Union([Type.String(), Type.Null()]),
  claimedBy: Type.Union([Type.String(), Type.Null()], { description: 'Who has it in hand: the id of a person' }),
  version: Type.Integer(),
});
export const CasePage = pageOf(CaseLine);
export const CaseQuery = Type.Object(
  {
    ...PageQuery.properties,
    format,
    waitsOn: maybe(oneOf(['applicant', 'registry', 'reviewer', 'system'])),
    state: maybe(oneOf(CASE_STATES)),
    kind: maybe(oneOf(CASE_KINDS)),
    guild: maybe(Type.String({ maxLength: 40 })),
    number: maybe(Type.String({ pattern: '^\\d{9}$', description: 'What people say on the phone' })),
    overdue: maybe(Type.Boolean({ description: 'Only what is past its due instant' })),
    claimed: maybe(oneOf(['mine', 'free'])),
  },
  strict,
);
export type CaseQuery = Static<typeof CaseQuery>;

export const Rules = Type.Object({
  version: Type.String(),
  guilds: Type.Array(Type.Object({ code: Type.String(), fa: Type.String(), en: Type.String() })),
  items: Type.Array(oneOf(ITEM_CODES)),
  terms: Type.String(),
  answerDays: Type.Integer(),
  reviewHours: Type.Integer(),
});

export const NewCaseBody = Type.Object(
  {
    name: Type.String({ minLength: 2, maxLength: 100 }),
    guild: Type.String({ minLength: 1, maxLength: 40, description: 'One of the rules’' }),
  },
  strict,
);
export type NewCaseBody = Static<typeof NewCaseBody>;
export const ItemParams = Type.Object(
  { id: Type.String({ pattern: '^[1-9]\\d{0,17}$' }), code: oneOf(ITEM_CODES) },
  strict,
);
export type ItemParams = Static<typeof ItemParams>;
export const ItemBody = Type.Object(
  { value: Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 500 }), { maxProperties: 20 }) },
  strict,
);
export type ItemBody = Static<typeof ItemBody>;
export const JudgeBody = Type.Object(
  {
    event: oneOf(['accept', 'reject', 'waive', 'ask']),
    reason: maybe(oneOf(REASON_CODES)),
    note: maybe(note),
    validUntil: maybe(day('Last day on which it holds')),
  },
  strict,
);
export type JudgeBody = Static<typeof JudgeBody>;
export const ReviewBody = Type.Object({ verdict: oneOf(['approve', 'refuse']), note: maybe(note) }, strict);
export type ReviewBody = Static<typeof ReviewBody>;

const rrns = Type.Array(Type.String({ pattern: '^[0-9A-Za-z]{12}$' }), { maxItems: 200, description: 'RRNs' });
export const MerchantParams = Type.Object({ merchant: Type.String({ pattern: '^\\d{15}$' }) }, strict);
export type MerchantParams = Static<typeof MerchantParams>;
export const DecisionParams = Type.Object(
  { merchant: Type.String({ pattern: '^\\d{15}$' }), id: Type.String({ pattern: '^[1-9]\\d{0,17}$' }) },
  strict,
);
export type DecisionParams = Static<typeof DecisionParams>;
export const DecisionBody = Type.Object(
  {
    state: oneOf(STANDING_STATES),
    until: maybe(instant('It ends by itself then')),
    rule: maybe(Type.String({ minLength: 1, maxLength: 60, description: 'The rule and its version, as published' })),
    reason: Type.String({ minLength: 10, maxLength: 1_000, description: 'The shop sees it' }),
    evidence: maybe(rrns),
  },
  strict,
);
export type DecisionBody = Static<typeof DecisionBody>;
const Decision = Type.Object({
  id: Type.String(),
  state: oneOf(STANDING_STATES),
  at: time('When'),
  until: Type.Union([Type.String(), Type.Null()]),
  rule: Type.Union([Type.String(), Type.Null()]),
  reason: Type.String(),
  evidence: rrns,
  decidedBy: Type.String(),
  confirmedBy: Type.Union([Type.String(), Type.Null()]),
});
export const Shop = Type.Object({
  merchant: Type.String(),
  name: Type.String(),
  guild: Type.String(),
  standing: oneOf(STANDING_STATES),
  canBecome: Type.Array(oneOf(STANDING_STATES), { description: 'What a decision may make of it now' }),
  until: Type.Union([Type.String(), Type.Null()], { description: 'When that ends by itself' }),
  sells: Type.Boolean({ description: 'Whether it takes vouchers now' }),
  decisions: Type.Array(Decision),
});

const Restriction = Type.Object(
  {
    of: oneOf(['standing', 'list', 'item']),
    standing: maybe(oneOf(STANDING_STATES)),
    status: maybe(Type.String()),
    item: maybe(oneOf(ITEM_CODES)),
    code: maybe(oneOf(REASON_CODES)),
  },
  { description: 'Its standing, what a file says of it, or the item that ended' },
);
export const ShopCapabilities = Type.Object({
  items: Type.Array(
    Type.Object({
      capability: oneOf(CAPABILITIES),
      state: oneOf(CAPABILITY_STATES),
      since: maybe(time('Restricted since')),
      until: maybe(time('When it ends by itself')),
      because: maybe(oneOf(ITEM_CODES)),
      reason: maybe(Restriction),
      remedy: maybe(oneOf(['wait', 'appeal', 'show_again', 'ask', 'none'])),
    }),
  ),
});
