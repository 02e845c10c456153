import type { FastifySchemaValidationError } from 'fastify';

/** What nobody types, no database keeps, or a reader does not see as it is: control characters but the ends of lines and tabs, halves of
 *  characters, and marks that turn the direction of what follows. */
const UNREADABLE = /[\u202a-\u202e\u2066-\u2069]|\p{Surrogate}|(?![\t\n\r])\p{Cc}/u;

/** Every text of a body or a query that nobody can have typed, keys included. */
export function unreadableIn(value: unknown, path = ''): FastifySchemaValidationError[] {
  if (typeof value === 'string') return UNREADABLE.test(value) ? [faultAt(path)] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    UNREADABLE.test(key)
      ? [faultAt(path)]
      : unreadableIn(each, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function faultAt(instancePath: string): FastifySchemaValidationError {
  const message = 'must hold no control character and no mark of direction';
  return { keyword: 'readable', instancePath, schemaPath: '', params: {}, message };
}
