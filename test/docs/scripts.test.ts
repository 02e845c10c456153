import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const under = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith(ending));

const PAGES = ['README.md', 'CONTRIBUTING.md', ...under('docs', '.md')];
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

test('every npm script that a page or a message names exists', () => {
  const named = [...PAGES, ...under('src', '.ts')].flatMap((file) =>
    [...read(file).matchAll(/\bnpm run (?:-s )?([a-z][a-z0-9:-]*)/g)].map(([, name = '']) => `${file}: ${name}`),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((line) => scripts[line.split(': ')[1] ?? ''] === undefined)).toEqual([]);
});

test('no page calls jest but through its script: alone it cannot load the tests', () => {
  expect(PAGES.filter((file) => /\bnpx (?:--no-install )?jest\b/.test(read(file)))).toEqual([]);
});

test('files of the tree that CONTRIBUTING.md names are there', () => {
  const named = [...read('CONTRIBUTING.md').matchAll(/`((?:src|test|docs|scripts|specs|bench)\/[\w./-]*\w)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(20);
  // `NAME` stands for the name that the reader chooses.
  expect(named.filter((path) => !/\bNAME\b/.test(path) && !isThere(path))).toEqual([]);
});

function isThere(path: string): boolean {
  try {
    return readdirSync(join(root, path, '..')).includes(path.split('/').at(-1) ?? '');
  } catch {
    return false;
  }
}
