import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { profileSchemaText } from '../../src/profiles/schema-file.ts';

test('profiles/profile.schema.json is the language that profiles are read by (npm run docs:profiles writes it)', () => {
  const file = readFileSync(new URL('../../profiles/profile.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(file)).toEqual(JSON.parse(profileSchemaText()));
});
