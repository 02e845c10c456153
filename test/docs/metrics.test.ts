import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registeredMetrics } from '../support/registered-metrics.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(root, 'docs/metrics.md'), 'utf8');

test('docs/metrics.md has every metric with its labels, and no other', () => {
  const documented = [...page.matchAll(/^\| `(kalabarg_\w+)` \| ([^|]*)\| \S.* \|.* \|$/gm)].map(
    ([, name = '', labels = '']) => `${name} ${labels.replace(/[` ]/g, '')}`,
  );
  expect(documented.sort()).toEqual(registeredMetrics());
});

test('every metric that the sources name is registered by what this test calls', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, 'src', name), 'utf8'));
  // `new Gauge({ name: '…' })`, or a helper that is given the name and then the help text.
  const named = sources
    .flatMap((text) => [...text.matchAll(/(?:name: |\b(?:of|gauge)\()'(kalabarg_\w+)'/g)])
    .map(([, name = '']) => name);
  expect(named.sort()).toEqual(registeredMetrics().map((line) => line.split(' ')[0]));
});

test('rules name only metrics that there are', () => {
  const names = registeredMetrics().map((line) => line.split(' ')[0]);
  const used = page.match(/kalabarg_[a-z_]+/g) ?? [];
  expect(used.filter((name) => !names.includes(name))).toEqual([]);
});
