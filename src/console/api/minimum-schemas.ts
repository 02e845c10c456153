import { Type, type Static } from 'typebox';
import { STANDINGS } from '../../updates/minimums/index.ts';
import { queryOf } from './figures.ts';
import { pageOf, PageQuery, time } from './schemas.ts';

/** Minimum versions of terminals (docs/updates.md). */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const id = { pattern: '^[1-9]\\d{0,17}$' };
const day = (description: string) => Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description });
const name = Type.String({ minLength: 1, maxLength: 60 });
const reason = Type.String({ minLength: 1, maxLength: 300 });

const minimum = {
  id: Type.String(),
  releaseId: Type.String({ description: 'It, or a later one of its line, component and profile' }),
  component: Type.String(),
  path: Type.String(),
  counter: Type.Integer(),
  software: orNull(Type.String()),
  profile: Type.String(),
  psps: orNull(Type.Array(Type.String())),
  models: orNull(Type.Array(Type.String())),
  refuseFrom: time('From when sales without it are refused'),
  noticeDays: Type.Integer({ description: 'Each terminal is told for so many days at least' }),
  reason: Type.String(),
  proposedBy: Type.String(),
  approvedBy: orNull(Type.String()),
  endedBy: orNull(Type.String()),
  state: oneOf(['proposed', 'notice', 'refusing', 'ended']),
};
export const MinimumBody = Type.Object(minimum);
export const MinimumPage = pageOf(MinimumBody);
export const MinimumSeen = Type.Object({
  ...minimum,
  terminals: Type.Object({
    query: queryOf('minimum-standings'),
    enough: Type.Integer({ description: 'Have it, or a later one' }),
    told: Type.Integer({ description: 'Are below, and hear of it' }),
    refused: Type.Integer({ description: 'Are below, and sell nothing while the update is there for the taking' }),
    exempt: Type.Integer(),
    unreachable: Type.Integer({ description: 'Are below, and no update that works reaches them: they sell' }),
    unknown: Type.Integer({ description: 'Never said what they have: they sell' }),
  }),
});
export const NewMinimumBody = Type.Object(
  {
    releaseId: Type.String(id),
    from: day('Day in Tehran, ISO: from its beginning on sales without it are refused'),
    noticeDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 365 })),
    psps: Type.Optional(Type.Array(name, { maxItems: 100 })),
    models: Type.Optional(Type.Array(name, { maxItems: 200 })),
    reason,
  },
  strict,
);
export type NewMinimumBody = Static<typeof NewMinimumBody>;

export const BelowQuery = Type.Object({ ...PageQuery.properties, standing: Type.Optional(oneOf(STANDINGS)) }, strict);
export type BelowQuery = Static<typeof BelowQuery>;
export const BelowPage = pageOf(
  Type.Object({
    terminal: Type.String(),
    merchant: Type.String(),
    model: orNull(Type.String()),
    psp: orNull(Type.String()),
    has: orNull(Type.Integer({ description: 'Counter of the release that it has, by its own word' })),
    standing: oneOf(STANDINGS),
    refusedFrom: orNull(time('From when it sells nothing')),
  }),
);

export const ExemptionBody = Type.Object({
  id: Type.String(),
  minimumId: orNull(Type.String({ description: 'null: of every minimum' })),
  terminal: orNull(Type.String()),
  merchant: orNull(Type.String()),
  model: orNull(Type.String()),
  psp: orNull(Type.String()),
  until: time('Until when'),
  reason: Type.String(),
  madeBy: Type.String(),
  endedAt: orNull(time('When it was ended before its time')),
  state: oneOf(['holds', 'over', 'ended']),
});
export const ExemptionPage = pageOf(ExemptionBody);
export const NewExemptionBody = Type.Object(
  {
    minimumId: Type.Optional(Type.String(id)),
    terminal: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z]{8}$' })),
    merchant: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z]{15}$' })),
    model: Type.Optional(name),
    psp: Type.Optional(name),
    until: day('Day in Tehran, ISO: it ends with its beginning'),
    reason,
  },
  strict,
);
export type NewExemptionBody = Static<typeof NewExemptionBody>;
