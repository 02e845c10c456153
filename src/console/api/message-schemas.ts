import { Type, type Static } from 'typebox';
import { PageQuery, pageOf, time } from './schemas.ts';

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const state = Type.String({ enum: ['queued', 'sent', 'failed'] });

export const MessageQuery = Type.Object(
  {
    ...PageQuery.properties,
    mobile: Type.Optional(Type.String({ pattern: '^09\\d{9}$' })),
    about: Type.Optional(Type.String({ maxLength: 200, description: 'Such as case:7' })),
    state: Type.Optional(state),
  },
  { additionalProperties: false },
);
export type MessageQuery = Static<typeof MessageQuery>;

export const MessagePage = pageOf(
  Type.Object({
    id: Type.String(),
    at: time('Queued'),
    mobile: Type.String(),
    template: Type.String(),
    version: Type.Integer({ description: 'Of the template' }),
    language: Type.String({ enum: ['fa', 'en'] }),
    text: Type.String({ description: 'As it was sent; a code is blanked' }),
    about: orNull(Type.String()),
    state,
    tries: Type.Integer(),
    doneAt: orNull(time('Sent or given up')),
    fault: orNull(Type.String({ description: 'Of the last attempt' })),
  }),
);
