import { Type } from 'typebox';

/** The name of the query that the totals beside it come from. A page shows it with them (`data-query`), docs/api.md says what is summed,
 *  and test/console/api/money.test.ts holds each to the books: one that has no row there fails it. */
export const queryOf = (name: string) =>
  Type.Literal(name, { description: 'Names the query that these totals come from (docs/api.md)' });
