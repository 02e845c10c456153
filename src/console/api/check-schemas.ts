import { Type, type Static } from 'typebox';
import { CHECKED, REASON_CODES } from '../../shops/index.ts';
import { queryOf } from './figures.ts';
import { pageOf, time } from './schemas.ts';

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

export const Registries = Type.Object({
  items: Type.Array(
    Type.Object({
      query: queryOf('registry-answers'),
      code: oneOf(CHECKED),
      asked: Type.Boolean({ description: 'Whether it is configured; what has no registry is a reviewer’s' }),
      since: time('Of that'),
      answeredAt: orNull(time('When it last said yes or no')),
      silentSince: orNull(time('It has said nothing of use since; null: its last answer was one')),
      yes: Type.Integer({ description: 'In the last day' }),
      no: Type.Integer(),
      unknown: Type.Integer(),
      waiting: Type.Integer({ description: 'Items that wait for it' }),
    }),
  ),
});

export const RegistryAnswersQuery = Type.Object(
  {
    registry: Type.Optional(oneOf(CHECKED)),
    verdict: Type.Optional(oneOf(['yes', 'no', 'unknown'])),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
  },
  strict,
);
export type RegistryAnswersQuery = Static<typeof RegistryAnswersQuery>;
export const RegistryAnswers = pageOf(
  Type.Object({
    id: Type.String(),
    caseId: Type.String({ description: 'The case that it was about' }),
    registry: oneOf(CHECKED),
    verdict: oneOf(['yes', 'no', 'unknown']),
    reason: orNull(oneOf(REASON_CODES)),
    detail: orNull(Type.String({ description: 'Why nothing is known' })),
    at: time('Of the answer'),
    applied: Type.Boolean({ description: 'False: the item was changed meanwhile' }),
    cached: Type.Boolean({ description: 'An earlier answer to the same question' }),
  }),
);

export const Answers = Type.Object({
  items: Type.Array(
    Type.Object({
      registry: oneOf(CHECKED),
      version: Type.Integer({ description: 'Of the item that it was about' }),
      verdict: oneOf(['yes', 'no', 'unknown']),
      reason: orNull(oneOf(REASON_CODES)),
      validUntil: orNull(time('Until when it holds')),
      detail: orNull(Type.String({ description: 'Why nothing is known' })),
      at: time('Of the answer'),
      applied: Type.Boolean({ description: 'False: the item was changed meanwhile' }),
      cached: Type.Boolean({ description: 'An earlier answer to the same question' }),
    }),
  ),
});

export const CheckParams = Type.Object(
  { id: Type.String({ pattern: '^[1-9]\\d{0,17}$' }), code: oneOf(CHECKED) },
  strict,
);
export type CheckParams = Static<typeof CheckParams>;
export const CheckBody = Type.Object({ reason: Type.String({ minLength: 3, maxLength: 1_000 }) }, strict);
export type CheckBody = Static<typeof CheckBody>;

export const ConfirmationSent = Type.Object({
  mobile: Type.String({ description: 'Where the code went, most of it left out' }),
  challenge: Type.Optional(Type.String({ description: 'Shown once: goes with the code' })),
});
export const ConfirmationBody = Type.Object(
  {
    challenge: Type.String({ minLength: 1, maxLength: 128 }),
    code: Type.String({ minLength: 1, maxLength: 40, description: 'Six digits, as the owner says them' }),
  },
  strict,
);
export type ConfirmationBody = Static<typeof ConfirmationBody>;
