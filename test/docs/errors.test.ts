import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [page = '', ofTheCodec = ''] = readFileSync(join(root, 'docs/errors.md'), 'utf8').split(
  '## In a message of ISO 8583',
);

/** Codes whose row says what they mean and what to do. */
function rowsOf(text: string): string[] {
  return [...text.matchAll(/^\| `([a-z0-9.-]+)` \| \S.* \| \S.* \|$/gm)].map(([, code = '']) => code);
}

/** Every code that a `new GatewayError(…)` of the sources has, and those of what the system reports; those of the HSM are held by test/hsm/docs.test.ts. */
function thrown(): string[] {
  const codes = readdirSync(join(root, 'src'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(root, 'src', name), 'utf8').matchAll(/GatewayError\(\s*'([^']+)'/g)])
    .map(([, code = '']) => code);
  const words = readFileSync(join(root, 'src/ops/system-errors.ts'), 'utf8');
  const ofTheSystem = [...words.matchAll(/\['([a-z]+\.[a-z-]+)', '/g)].map(([, code = '']) => code);
  return [...new Set([...codes, ...ofTheSystem])].sort();
}

test('docs/errors.md has every code that can be thrown, what it means and what to do, and no other', () => {
  expect(thrown().length).toBeGreaterThan(100);
  expect(rowsOf(page).sort()).toEqual(thrown());
});

test('a code is two words of small letters, and the codes of a table are in order', () => {
  expect(thrown().filter((code) => !/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/.test(code))).toEqual(['stopped']);
  for (const section of page.split(/^## /m)) {
    const codes = rowsOf(section);
    expect(codes).toEqual([...codes].sort());
  }
});

test('docs/errors.md has every code of the codec, and no other', () => {
  const source = readFileSync(join(root, 'src/codec/error.ts'), 'utf8');
  const codes = [...source.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(15);
  expect(rowsOf(ofTheCodec)).toEqual([...codes].sort());
});
