import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { describeSettings } from '../../src/ops/config.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('docs/keys.md says what every error code of an HSM means, and names no other', () => {
  const codes = [...read('src/hsm/errors.ts').matchAll(/^ {2}\| '([a-z.]+)'/gm)].map(([, code]) => code);
  const documented = [...read('docs/keys.md').matchAll(/^\| `([a-z0-9]+\.[a-z]+)` \|/gm)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(20);
  expect(documented).toEqual(codes);
});

test('docs/keys.md names only settings that there are', () => {
  const known = describeSettings().map(({ environment }) => environment);
  const named = [...new Set(read('docs/keys.md').match(/KALABARG_[A-Z0-9_]+/g) ?? [])];
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});
