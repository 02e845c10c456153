import type { Static } from 'typebox';
import type { Person as PersonSchema } from '../../../src/console/api/schemas.ts';

export type Person = Static<typeof PersonSchema>;
