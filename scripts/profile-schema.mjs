// Writes profiles/profile.schema.json, for editors, from the language of profiles (npm run docs:profiles).
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { profileSchemaText } from '../dist/profiles/schema-file.js';

const file = new URL('../profiles/profile.schema.json', import.meta.url);
const options = await resolveConfig(file.pathname);
writeFileSync(file, await format(profileSchemaText(), { ...options, parser: 'json' }));
