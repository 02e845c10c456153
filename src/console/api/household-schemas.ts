import { Type, type Static } from 'typebox';
import { queryOf } from './figures.ts';
import { day, pageOf, PageQuery, time } from './schemas.ts';

/** Households as support sees them: a number and cards by first six and last four, no name. Rials are whole, as text. */

const strict = { additionalProperties: false };
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const rials = Type.String({ pattern: '^-?\\d+$', description: 'Whole rials' });
const household = Type.String({ pattern: '^[0-9A-Za-z]{1,20}$', description: 'Its number' });

export const HouseholdQuery = Type.Object(
  {
    household: Type.Optional(household),
    card: Type.Optional(
      Type.String({ pattern: '^\\d{6}\\*+\\d{4}$', maxLength: 19, description: 'First six, last four: 603799*0078' }),
    ),
  },
  { ...strict, minProperties: 1, maxProperties: 1 },
);
export type HouseholdQuery = Static<typeof HouseholdQuery>;
export const HouseholdParams = Type.Object({ household }, strict);
export type HouseholdParams = Static<typeof HouseholdParams>;

const about = {
  household: Type.String(),
  members: Type.Integer(),
  decile: orNull(Type.Integer()),
  status: Type.String({ enum: ['active', 'blocked', 'expired'] }),
  cards: Type.Array(Type.String({ description: 'First six and last four' })),
};
export const HouseholdList = Type.Object({ items: Type.Array(Type.Object(about)) });

const Bucket = Type.Object({
  programme: Type.String(),
  period: Type.String(),
  validFrom: day('It may be spent from'),
  validTo: day('The last day of it'),
  grantedFrom: day('As it was granted'),
  grantedTo: day('As it was granted'),
  open: Type.Boolean({ description: 'It may be spent today' }),
  amountRials: rials,
  spentRials: rials,
  heldRials: rials,
  expiredRials: rials,
  leftRials: rials,
});

const masked = Type.String({ pattern: '^\\d{6}\\*{2,9}\\d{4}$', description: 'First six, stars, last four' });
export const MoveBody = Type.Object(
  {
    kind: Type.String({
      enum: ['merge', 'split', 'card'],
      description: 'All of it goes up in `to`; some persons are `to`, which a file brought; a card goes to `to`',
    }),
    from: household,
    to: household,
    cards: Type.Array(masked, { maxItems: 20, default: [], description: 'That go; of a merge none, as all go' }),
    persons: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: 'Who go; of a merge everybody' })),
    cause: Type.String({ pattern: '^[a-z-]{2,40}$', description: 'marriage, divorce, deceased, mistake, …' }),
    reason: Type.String({ minLength: 5, maxLength: 1_000, description: 'It stands in the audit' }),
  },
  strict,
);
export type MoveBody = Static<typeof MoveBody>;
export const MoveSeen = Type.Object({
  id: Type.String(),
  kind: Type.String({ enum: ['merge', 'split', 'card'] }),
  from: Type.String(),
  to: Type.String(),
  cards: Type.Integer({ description: 'How many were named' }),
  persons: Type.Integer(),
  fromMembers: Type.Integer({ description: 'Before' }),
  toMembers: Type.Integer({ description: 'Before; of a split none' }),
  cause: Type.String(),
  reason: Type.String(),
  state: Type.String({ enum: ['proposed', 'approved', 'rejected'] }),
  proposedBy: Type.String(),
  proposedAt: time('When'),
  decidedBy: orNull(Type.String()),
  decidedAt: orNull(time('When')),
  movedRials: rials,
});
export const MovePage = pageOf(MoveSeen);
export const MoveQuery = Type.Object(
  {
    ...PageQuery.properties,
    household: Type.Optional(household),
    state: Type.Optional(Type.String({ enum: ['proposed', 'approved', 'rejected'] })),
  },
  strict,
);
export type MoveQuery = Static<typeof MoveQuery>;

export const HouseholdSeen = Type.Object({
  ...about,
  currency: Type.Literal('IRR'),
  credit: Type.Object({
    query: queryOf('ledger.buckets'),
    leftRials: rials,
    endsOn: orNull(day('The first end of what is left')),
  }),
  buckets: Type.Array(Bucket),
  rations: Type.Array(
    Type.Object({
      programme: Type.String(),
      category: Type.String({ description: 'Of goods; or an item of the basket' }),
      nameFa: orNull(Type.String({ description: 'Of an item' })),
      unit: orNull(Type.String({ description: 'Of an item: 00 pieces, 01 grams, 02 millilitres' })),
      period: Type.String(),
      entitled: Type.String({ description: 'Grams, millilitres or pieces' }),
      used: Type.String(),
    }),
  ),
  charges: Type.Array(
    Type.Object({ programme: Type.String(), period: Type.String(), rials, at: time('It was given') }),
  ),
  nextCharge: orNull(day('More may be spent from then on; null: nobody knows of any')),
  months: Type.Array(
    Type.Object({
      programme: Type.String(),
      period: Type.String(),
      due: orNull(day('Of its cohort')),
      granted: Type.Boolean(),
      why: Type.Object({ code: Type.String(), fa: Type.String(), en: Type.String() }),
    }),
    { description: 'Why a month’s credit came, or did not: three back, this one and the next' },
  ),
  moves: Type.Array(MoveSeen, { description: 'That it merged, split, or let a card go: the newest ten' }),
});

export const HouseholdPurchase = Type.Object({
  id: Type.String(),
  businessDay: day('Of the decision'),
  at: time('Asked'),
  kind: Type.String(),
  state: Type.String(),
  rc: orNull(Type.String({ description: 'null: it is held' })),
  reason: Type.String(),
  text: Type.Object({ fa: Type.String(), en: Type.String() }),
  rrn: Type.String(),
  terminal: Type.String(),
  merchant: Type.String(),
  shop: orNull(Type.String()),
  masked: Type.String(),
  totalRials: rials,
  voucherRials: rials,
  cardRials: rials,
  cashRials: rials,
  creditLeftRials: rials,
});
export const HouseholdPurchasePage = pageOf(HouseholdPurchase);

export const WhatIfBody = Type.Object(
  {
    household,
    totalRials: Type.String({ pattern: '^[1-9]\\d{0,11}$', description: 'Whole rials' }),
    rest: Type.String({ enum: ['card', 'cash'], default: 'card', description: 'How what the voucher does not pay is paid' }),
    basket: Type.Optional(
      Type.Array(
        Type.Object(
          {
            goods: Type.String({ pattern: '^\\d{13}$' }),
            unit: Type.String({ enum: ['00', '01', '02'], description: 'Piece, gram, millilitre' }),
            quantity: Type.Integer({ minimum: 1, maximum: 999_999 }),
            amountRials: Type.String({ pattern: '^\\d{1,12}$' }),
          },
          strict,
        ),
        { minItems: 1, maxItems: 30 },
      ),
    ),
    terminal: Type.Optional(Type.String({ pattern: '^\\d{8}$' })),
    guild: Type.Optional(Type.String({ maxLength: 40 })),
    day: Type.Optional(day('As on this day (default: now)')),
  },
  strict,
); // prettier-ignore
export type WhatIfBody = Static<typeof WhatIfBody>;
export const WhatIfAnswer = Type.Object({
  currency: Type.Literal('IRR'),
  terminal: Type.String(),
  merchant: Type.String(),
  verdict: Type.String({ enum: ['approved', 'asks-bank', 'declined'] }),
  rc: Type.String(),
  reason: Type.String(),
  good: orNull(
    Type.Object(
      { code: Type.String(), nameFa: Type.String() },
      { description: 'Because of which it would be declined' },
    ),
  ),
  text: Type.Object({ fa: Type.String(), en: Type.String() }),
  voucherRials: rials,
  cardRials: rials,
  cashRials: rials,
  creditLeftRials: rials,
  lines: Type.Array(
    Type.Object({
      verdict: Type.String(),
      goods: Type.String(),
      nameFa: orNull(Type.String()),
      unit: Type.String(),
      quantity: Type.Integer(),
      amountRials: rials,
      voucherRials: rials,
      customerRials: rials,
      why: Type.Array(Type.Object({ code: Type.String(), fa: Type.String(), en: Type.String() }), {
        description: 'Why the voucher does not pay all of it',
      }),
      item: orNull(
        Type.Object(
          {
            programme: Type.String(),
            item: Type.String(),
            unit: orNull(Type.String()),
            priceRials: orNull(Type.String()),
            voucherRials: orNull(Type.String()),
            perPurchase: orNull(Type.String()),
            entitled: orNull(Type.String()),
            used: orNull(Type.String()),
            alternatives: Type.Array(Type.Object({ goods: Type.String(), nameFa: Type.String() })),
          },
          { description: 'What the basket says of it, and other goods that share its ration' },
        ),
      ),
    }),
  ),
  takes: Type.Array(Type.Object({ programme: Type.String(), period: Type.String(), rials })),
  rations: Type.Array(
    Type.Object({
      programme: Type.String(),
      category: Type.String(),
      period: Type.String(),
      entitled: Type.String({ description: 'Grams, millilitres or pieces' }),
      usedBefore: Type.String(),
      usedAfter: Type.String(),
    }),
    { description: 'That it would use' },
  ),
});

const row = Type.Record(Type.String(), Type.Unknown());
const dated = (description: string) => Type.Array(row, { description });
export const ProgrammeList = Type.Object({
  today: day('In Tehran'),
  items: Type.Array(
    Type.Object({
      programme: Type.String(),
      inForce: Type.Object({ rules: orNull(row), charges: orNull(row) }),
      rules: dated('By date, as `kalabarg programme show` has them'),
      charges: dated('By date'),
      entitlements: dated('By period and category'),
      baskets: dated('What goods its credit pays, by date'),
    }),
  ),
  windows: dated('Ends of credit that two persons moved, the newest first'),
  guilds: Type.Record(Type.String(), Type.Array(Type.String()), { description: 'Categories that each guild may sell' }),
});
