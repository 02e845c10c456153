import { Type } from 'typebox';
import { PERMISSIONS } from '../../people/index.ts';
import { queryOf } from './figures.ts';
import { time } from './schemas.ts';

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const texts = Type.Object({ fa: Type.String(), en: Type.String() });
const count = Type.Integer({ minimum: 0 });

const Entry = Type.Object({
  target: Type.Object({ type: Type.String({ description: 'Where a page goes' }), id: Type.String() }),
  label: Type.String(),
  since: time('It waits'),
  due: orNull(time('It should be done by then')),
  overdue: Type.Boolean(),
});

/** What waits for who asks: the most urgent kind first. */
export const Inbox = Type.Object({
  query: queryOf('inbox'),
  count,
  overdue: count,
  groups: Type.Array(
    Type.Object({
      kind: Type.String(),
      permission: Type.String({ enum: [...PERMISSIONS], description: 'Of the act that ends it' }),
      why: texts,
      count,
      overdue: count,
      due: orNull(time('The earliest')),
      items: Type.Array(Entry, { description: 'The most urgent of them' }),
    }),
  ),
});
