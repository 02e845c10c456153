import { ProfileSchema } from './language/schema.ts';

/** The language of profiles as editors take it. */
export function profileSchemaText(): string {
  return JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...ProfileSchema }, null, 2) + '\n';
}
