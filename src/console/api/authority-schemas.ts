import { Type, type Static } from 'typebox';
import { day, format, pageOf, PageQuery, time } from './schemas.ts';

/** Remote authorities and what stands in for them and for banks (docs/counterparts.md). */

const strict = { additionalProperties: false };
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const rials = (description: string) => Type.String({ description: `${description}, whole rials` });
const reason = Type.String({ minLength: 5, maxLength: 1_000, description: 'It stands in the audit' });
const most = Type.String({ pattern: '^(0|[1-9]\\d{0,11})$', description: 'Whole rials' });

const content = {
  authority: Type.String(),
  programme: Type.String({ description: 'What it decides' }),
  cards: Type.Array(Type.String(), { description: 'How the PANs begin that it decides' }),
  url: Type.String(),
  caSha256: orNull(Type.String({ description: 'Of the file of those whom its certificate may come from; null: it is on this machine' })),
  reserveSeconds: Type.Integer(),
  digest: Type.String({ description: 'Names this content' }),
}; // prettier-ignore

export const Binding = Type.Object({
  id: Type.String(),
  ...content,
  from: day('The first day'),
  reason: Type.String(),
  state: Type.String({ enum: ['proposed', 'rejected', 'approved', 'ended'] }),
  proposedBy: Type.String(),
  proposedAt: time('When'),
  decidedBy: orNull(Type.String()),
  decidedAt: orNull(time('When')),
  endedBy: orNull(Type.String()),
  endedAt: orNull(time('When')),
  endReason: orNull(Type.String()),
});
export const BindingPage = pageOf(Binding);
export const BindingBody = Type.Object(
  {
    authority: Type.String({ pattern: '^[a-z][a-z0-9-]{1,19}$' }),
    digest: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of what a copy has in its file: GET /authorities' }),
    from: day('The first day; it never counts before its approval'),
    reason,
  },
  strict,
);
export type BindingBody = Static<typeof BindingBody>;
export const EndBody = Type.Object({ reason }, strict);
export type EndBody = Static<typeof EndBody>;

export const Authorities = Type.Object({
  day: day('Of what is in force'),
  inForce: Type.Array(Binding, { description: 'Who may be asked; of one authority two, while copies change' }),
  seen: Type.Array(
    Type.Object({
      ...content,
      inForce: Type.Boolean({ description: 'false: it is not asked' }),
      firstAt: time('A copy had it so'),
      lastAt: time('A copy still had it so'),
    }),
    { description: 'What copies had in their authorities.yaml within a day' },
  ),
  open: Type.Array(
    Type.Object({
      authority: Type.String(),
      count: Type.Integer({ description: 'Orders of which it is still to hear what became of them' }),
      oldestAt: orNull(time('Since when the oldest waits')),
      lastError: orNull(Type.String()),
    }),
  ),
  stood: Type.Array(
    Type.Object({
      of: Type.String({ enum: ['authority', 'bank'] }),
      state: Type.String({ enum: ['waiting', 'taken', 'refused', 'returned', 'stands'] }),
      count: Type.Integer(),
      rials: rials('Granted'),
      refusedRials: rials('That the authority would have refused'),
    }),
    { description: 'What stood in within thirty days' },
  ),
});

export const AuthorityDayPage = pageOf(
  Type.Object({
    authority: Type.String(),
    day: day('Of the list'),
    lines: Type.Integer(),
    rials: rials('Of all lines'),
    takenAt: time('When'),
    breaks: Type.Integer({ description: 'Differences that it raised' }),
    openBreaks: Type.Integer({ description: 'Of those nobody has settled' }),
  }),
);

export const StandInRuleSeen = Type.Object({
  id: Type.String(),
  programme: Type.String(),
  standsFor: Type.String({ enum: ['authority', 'bank'] }),
  from: day('The first day'),
  householdRials: rials("Most of a household's card in a day"),
  shopRials: rials('Most of a shop in a day; both nothing: no more from then on'),
  uncheckedPin: Type.Boolean({ description: 'Of a bank: also where a PIN was entered that nobody could check' }),
  inForce: Type.Boolean({ description: 'Today' }),
  reason: Type.String(),
  state: Type.String({ enum: ['proposed', 'rejected', 'approved'] }),
  proposedBy: Type.String(),
  proposedAt: time('When'),
  decidedBy: orNull(Type.String()),
  decidedAt: orNull(time('When')),
});
export const StandInRulePage = pageOf(StandInRuleSeen);
export const StandInRuleBody = Type.Object(
  {
    programme: Type.String({ pattern: '^[0-9A-Za-z_-]{1,40}$' }),
    standsFor: Type.String({ enum: ['authority', 'bank'] }),
    from: day('The first day; it never counts before its approval'),
    householdRials: most,
    shopRials: most,
    uncheckedPin: Type.Boolean({ default: false }),
    reason,
  },
  strict,
);
export type StandInRuleBody = Static<typeof StandInRuleBody>;

export const StoodQuery = Type.Object(
  {
    of: Type.Optional(Type.String({ enum: ['authority', 'bank'] })),
    state: Type.Optional(Type.String({ enum: ['waiting', 'taken', 'refused', 'returned', 'stands'] })),
    from: Type.Optional(day('The first day (default: thirty days before the last)')),
    to: Type.Optional(day('The last one (default: today)')),
    ...PageQuery.properties,
    format,
  },
  strict,
);
export type StoodQuery = Static<typeof StoodQuery>;
export const StoodPage = pageOf(
  Type.Object({
    of: Type.String(),
    number: Type.String({ description: 'Of the order, or of the transaction' }),
    day: day('Of the limits'),
    at: time('Asked'),
    authority: orNull(Type.String()),
    programmes: Type.Array(Type.String()),
    merchant: Type.String(),
    terminal: orNull(Type.String()),
    transaction: orNull(Type.String()),
    rrn: orNull(Type.String()),
    rials: rials('Granted'),
    refusedRials: rials('That the authority would have refused'),
    why: orNull(Type.String({ description: 'Why it refuses; of a bank: unsent or doubt' })),
    uncheckedPin: Type.Boolean(),
    state: Type.String(),
  }),
);
