import { Type, type Static } from 'typebox';
import { NOTICE_STATES } from '../../shops/index.ts';
import { queryOf } from './figures.ts';
import { day, instant, PageQuery, pageOf, time } from './schemas.ts';

/** Violations, notices, appeals and disputed transactions (people.md 4.4). */

const strict = { additionalProperties: false };
const maybe = <T extends Parameters<typeof Type.Optional>[0]>(type: T) => Type.Optional(type);
const merchant = Type.String({ pattern: '^\\d{15}$' });
const id = Type.String({ pattern: '^[1-9]\\d{0,17}$' });
const rrn = Type.String({ pattern: '^[0-9A-Za-z]{12}$' });
const rrns = Type.Array(rrn, { maxItems: 200, description: 'RRNs' });
const orNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const sanction = Type.String({ enum: ['RESTRICTED', 'DISQUALIFIED'] });

const Sanction = Type.Object({
  points: Type.Integer(),
  state: sanction,
  days: maybe(Type.Integer({ description: 'Absent: for good' })),
  fa: Type.String(),
  en: Type.String(),
});
export const SanctionTables = Type.Object({
  items: Type.Array(
    Type.Object({
      version: Type.String(),
      from: Type.String({ description: 'Day from which on it holds' }),
      countsForDays: Type.Integer(),
      kinds: Type.Array(
        Type.Object({ code: Type.String(), points: Type.Integer(), fa: Type.String(), en: Type.String() }),
      ),
      sanctions: Type.Array(Sanction),
    }),
  ),
});

export const ViolationBody = Type.Object(
  {
    kind: Type.String({ pattern: '^[a-z_]{1,40}$', description: 'One of the table' }),
    at: instant('When it happened'),
    note: Type.String({ minLength: 10, maxLength: 2_000 }),
    evidence: maybe(rrns),
  },
  strict,
);
export type ViolationBody = Static<typeof ViolationBody>;
export const ShopRecord = Type.Object({
  violations: Type.Array(
    Type.Object({
      id: Type.String(),
      kind: Type.String(),
      at: time('When it happened'),
      foundAt: time('When it was found'),
      foundBy: orNull('Person; null: a signal'),
      signal: orNull('Of which signal'),
      note: Type.String(),
      evidence: rrns,
      struckAt: orNull('Since then it counts no more: a notice about it fell'),
    }),
  ),
  query: queryOf('violations-that-count'),
  points: Type.Integer({ description: 'What those that count add up to today' }),
  version: Type.String({ description: 'Of the table' }),
  proposal: maybe(Sanction),
});

export const NoticeBody = Type.Object(
  {
    violations: Type.Array(id, { minItems: 1, maxItems: 100, uniqueItems: true }),
    sanction,
    days: maybe(Type.Integer({ minimum: 1, maximum: 3_650, description: 'Absent: for good' })),
    text: Type.String({ minLength: 10, maxLength: 4_000, description: 'The shop reads it' }),
  },
  strict,
);
export type NoticeBody = Static<typeof NoticeBody>;
const text = Type.String({ minLength: 10, maxLength: 4_000 });
export const SaidBody = Type.Object({ text }, strict);
export type SaidBody = Static<typeof SaidBody>;
export const DecidedBody = Type.Object({ upheld: Type.Boolean(), text }, strict);
export type DecidedBody = Static<typeof DecidedBody>;

export const Notice = Type.Object({
  id: Type.String(),
  number: Type.String(),
  merchant: Type.String(),
  shop: Type.String(),
  state: Type.String({ enum: [...NOTICE_STATES] }),
  waiting: maybe(
    Type.Object(
      {
        on: Type.String({ enum: ['shop', 'decider', 'appeal_decider'] }),
        since: time('Since when'),
        until: time('It ends by itself then'),
        can: Type.Array(Type.String()),
      },
      { description: 'The one party that it waits on' },
    ),
  ),
  upheld: maybe(Type.Boolean({ description: 'Of a final one: whether the sanction stands' })),
  violations: Type.Array(Type.String()),
  evidence: rrns,
  rule: Type.String(),
  ruleVersion: Type.String(),
  sanction,
  days: Type.Union([Type.Integer(), Type.Null()], { description: 'Null: for good' }),
  text: Type.String(),
  response: orNull('Of the shop'),
  decision: orNull('Of another person'),
  appeal: orNull('Of the shop'),
  final: orNull('Of a third person'),
  notifiedBy: Type.String(),
  decidedBy: maybe(Type.String()),
  finalBy: maybe(Type.String()),
  version: Type.Integer(),
});
export const NoticePage = pageOf(Notice);
export const NoticeQuery = Type.Object(
  {
    ...PageQuery.properties,
    merchant: maybe(merchant),
    waitsOn: maybe(Type.String({ enum: ['shop', 'decider', 'appeal_decider'] })),
  },
  strict,
);
export type NoticeQuery = Static<typeof NoticeQuery>;

export const DisputeBody = Type.Object(
  {
    rrn,
    businessDay: day('Of the purchase'),
    reason: Type.String({ minLength: 10, maxLength: 1_000 }),
    until: instant('It ends by itself then, within 60 days'),
  },
  strict,
);
export type DisputeBody = Static<typeof DisputeBody>;
export const ReleaseBody = Type.Object({ reason: Type.String({ minLength: 10, maxLength: 1_000 }) }, strict);
export type ReleaseBody = Static<typeof ReleaseBody>;
export const Dispute = Type.Object({
  id: Type.String(),
  merchant: Type.String(),
  rrn: Type.String(),
  businessDay: Type.String(),
  rials: Type.String({ description: 'Held out of the net' }),
  reason: Type.String(),
  at: time('Since when'),
  by: Type.String(),
  until: time('It ends by itself then'),
  state: Type.String({ enum: ['held', 'release_proposed', 'released', 'ended'] }),
  releaseBy: orNull('Who proposes to let it go'),
  releaseReason: orNull('Why'),
});
export const Disputes = Type.Object({ items: Type.Array(Dispute) });
