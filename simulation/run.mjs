import { readFileSync } from 'node:fs';
import { register } from 'node:module';

// Before anything is loaded: a mutant changes what is.
const at = process.argv.indexOf('--mutant');
const mutants = at < 0 ? [] : JSON.parse(readFileSync(new URL('mutants.json', import.meta.url), 'utf8'));
const mutant = mutants.find(({ name }) => name === process.argv[at + 1]);
const data = (mutant?.changes ?? [])
  .filter(({ file }) => file.endsWith('.ts'))
  .map(({ file, from, to }) => [file, from, to]);
register('./loader.mjs', import.meta.url, { data });
await import('./main.ts');
