import { Type, type Static } from 'typebox';
import { time } from './schemas.ts';

/** What the routes of saved views take and give. */

const strict = { additionalProperties: false };
const page = Type.String({
  pattern: '^[a-z-]{1,40}(/[a-z-]{1,40}){0,3}$',
  description: 'The list, as this API names it: transactions, bank-answers/leftovers',
});
const name = Type.String({ minLength: 1, maxLength: 40, pattern: '^\\S(.*\\S)?$', description: 'Of the view' });
const filters = Type.Record(
  Type.String({ pattern: '^[a-zA-Z]{1,40}$' }),
  Type.String({ minLength: 1, maxLength: 200 }),
  { ...strict, maxProperties: 20, description: 'What stands in the address of the page' },
);

export const ViewQuery = Type.Object({ page: Type.Optional(page) }, strict);
export type ViewQuery = Static<typeof ViewQuery>;
export const ViewParams = Type.Object({ page, name }, strict);
export type ViewParams = Static<typeof ViewParams>;
export const ViewBody = Type.Object({ filters }, strict);
export type ViewBody = Static<typeof ViewBody>;
export const View = Type.Object({
  page,
  name,
  filters: Type.Record(Type.String(), Type.String()),
  version: Type.Integer({ description: 'Its ETag is the same in quotation marks' }),
  savedAt: time('When it was kept last'),
});
export const Views = Type.Object({ items: Type.Array(View) });
