import { Type, type Static } from 'typebox';
import { RulesFileSchema, SECTIONS } from '../../settlement/rules/index.ts';
import { day, pageOf, time } from './schemas.ts';

/** Rules of settlement, by date (docs/settlement.md). Rials stand in them as numbers, as in the file: they are limits, no money that moves. */

const strict = { additionalProperties: false };
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const row = Type.Record(Type.String(), Type.Unknown());

const Change = Type.Object({
  section: Type.String({ enum: [...SECTIONS] }),
  action: Type.String({ enum: ['new', 'changed', 'withdrawn'] }),
  key: Type.String({ description: 'The day, with whose it is' }),
  before: orNull(row),
  after: orNull(row),
});

export const RulesProposalBody = Type.Object({
  id: Type.String(),
  changes: Type.Array(Change),
  firstDay: day('The first on which anything is other than before'),
  reason: Type.String(),
  proposedBy: Type.String(),
  proposedAt: time('When'),
  state: Type.String({ enum: ['waiting', 'approved', 'rejected'] }),
  decidedBy: orNull(Type.String()),
  decidedAt: orNull(time('When')),
  note: orNull(Type.String()),
});
export const RulesProposalPage = pageOf(RulesProposalBody);

export const RulesQuery = Type.Object({ day: Type.Optional(day('What holds on it (default: today)')) }, strict);
export type RulesQuery = Static<typeof RulesQuery>;
const amount = (description: string) => Type.String({ pattern: '^\\d{1,15}$', description });
export const CostsQuery = Type.Object(
  {
    voucherRials: amount('What of the purchase the voucher pays'),
    cardRials: amount('What of it the card pays'),
    guild: Type.Optional(Type.String({ pattern: '^[a-z][a-z-]{1,39}$', description: 'Of the shop: some are exempt' })),
    day: Type.Optional(day('By whose rows (default: today)')),
  },
  strict,
);
export type CostsQuery = Static<typeof CostsQuery>;
export const Costs = Type.Object({
  day: day('By whose rows'),
  cardParts: Type.Array(
    Type.Object({
      programme: Type.String(),
      from: day('Of the row'),
      kind: Type.String({ enum: ['price', 'fee'] }),
      rials: Type.String({ description: 'The least card part of this purchase' }),
      mostRials: orNull(Type.String({ description: 'Its lawful maximum' })),
      payee: orNull(Type.String()),
      account: orNull(Type.String()),
    }),
  ),
  fees: Type.Array(
    Type.Object({
      fee: Type.String(),
      from: day('Of the row'),
      of: Type.String({ enum: ['card', 'voucher', 'total'] }),
      rials: Type.String(),
      exempt: Type.Boolean(),
      payee: Type.String(),
      account: Type.String(),
    }),
  ),
});

export const ReadingUnits = Type.Object({
  day: day('Of the units'),
  units: Type.Array(
    Type.Object({
      unit: Type.String(),
      alpha: Type.String({ description: 'ISO 4217' }),
      numeric: Type.String({ description: 'ISO 4217' }),
      exponent: Type.Integer(),
      rials: Type.String({ description: 'What one is worth' }),
      nameFa: Type.String(),
      nameEn: Type.String(),
    }),
    { description: 'That of the payments first, then what else may be paid with' },
  ),
});

export const SettlementRules = Type.Object({
  day: day('Of `inForce`'),
  inForce: Type.Record(Type.String(), Type.Array(row), { description: 'What holds on that day, by section' }),
  rules: RulesFileSchema,
  digest: Type.String({ description: 'Names the rules as they are' }),
  waiting: orNull(RulesProposalBody),
});

export const RulesPreviewBody = Type.Object({ rules: RulesFileSchema }, strict);
export type RulesPreviewBody = Static<typeof RulesPreviewBody>;
export const RulesPreview = Type.Object({ changes: Type.Array(Change) });
export const NewRulesBody = Type.Object(
  {
    rules: RulesFileSchema,
    digest: Type.Optional(
      Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the rules that were seen: others by now are refused' }),
    ),
    reason: Type.String({ minLength: 3, maxLength: 1_000 }),
  },
  strict,
);
export type NewRulesBody = Static<typeof NewRulesBody>;
export const NoteBody = Type.Object({ note: Type.Optional(Type.String({ maxLength: 1_000 })) }, strict);
export type NoteBody = Static<typeof NoteBody>;

export const RulesByDayQuery = Type.Object(
  {
    day: Type.Optional(day('What holds on it (default: today)')),
    against: Type.Optional(day('Another day: what is other on `day` than on this one')),
  },
  strict,
);
export type RulesByDayQuery = Static<typeof RulesByDayQuery>;

const holding = {
  source: Type.String({ description: '`settlement`, or a programme' }),
  section: Type.String(),
  whose: Type.String({ description: 'A PSP, a rail, a category, a month with its cohort; empty: there is one row' }),
};
export const RulesByDay = Type.Object({
  today: day('In Tehran'),
  day: day('Of `holds`'),
  holds: Type.Array(Type.Object({ ...holding, row })),
  against: orNull(day('As it was asked')),
  changes: Type.Array(
    Type.Object({
      ...holding,
      action: Type.String({ enum: ['begins', 'changes', 'ends'] }),
      before: orNull(row),
      after: orNull(row),
    }),
    { description: 'From `against` to `day`' },
  ),
});
