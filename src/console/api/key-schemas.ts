import { Type } from 'typebox';
import { queryOf } from './figures.ts';
import { pageOf, time } from './schemas.ts';

/** Keys as people may see them: what they are for, check values, ages. Never a key, nor its token. */

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const key = {
  name: Type.String(),
  usage: Type.String({ description: 'TR-31' }),
  algorithm: Type.String(),
  bits: Type.Integer(),
  kcv: Type.String({ description: 'Check value' }),
  days: Type.Integer({ description: 'Its age' }),
};

export const KeyList = Type.Object({
  keyDays: Type.Integer({ description: 'How long a key may serve' }),
  items: Type.Array(Type.Object(key)),
  terminals: Type.Array(
    Type.Object({
      query: queryOf('keys-by-scheme'),
      scheme: orNull(Type.String({ description: 'Digits 1 and 2 of DE 53; null: not fixed' })),
      terminals: Type.Integer(),
      withoutKey: Type.Integer({ description: 'No master key yet' }),
      oldestDays: orNull(Type.Integer({ description: 'Of master keys' })),
      overdue: Type.Integer({ description: 'Master keys that have served longer than they may' }),
    }),
  ),
});
export const TerminalKeyPage = pageOf(
  Type.Object({
    ...key,
    sessionDays: orNull(Type.Integer({ description: 'Age of the session keys; null: there are none' })),
  }),
);
export const KeyActPage = pageOf(
  Type.Object({
    id: Type.String(),
    at: time('When'),
    what: Type.String(),
    name: Type.String(),
    kcv: Type.String(),
    people: Type.Array(Type.String()),
  }),
); // prettier-ignore
