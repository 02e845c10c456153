import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => ending.test(name) && !name.includes('node_modules'))
    .sort();
}

const SOURCES = [
  'README.md',
  ...filesUnder('src', /\.(ts|sql)$/),
  ...filesUnder('test', /\.(ts|mjs)$/),
  ...filesUnder('bench', /\.(ts|mjs|md)$/),
  ...filesUnder('docs', /\.md$/),
].filter((path) => !path.startsWith('docs/domain') && path !== 'test/docs/citations.test.ts');

/** Everything `pattern` finds in the sources, with the file it stands in. */
function cited(pattern: RegExp): { file: string; groups: string[] }[] {
  return SOURCES.flatMap((file) =>
    [...read(file).matchAll(pattern)].map((match) => ({ file, groups: match.slice(1) })),
  );
}

/** The numbers that a contract can be cited by: `9` for its heading, `9.1` for a heading or a numbered item below it. */
function sectionsOf(contract: string): Set<string> {
  const sections = new Set<string>();
  let section = '';
  for (const line of read(`docs/${contract}`).split('\n')) {
    const heading = /^#{2,3} (\d+(?:\.\d+)?)[ .]/.exec(line)?.[1];
    if (heading !== undefined) sections.add((section = heading));
    const item = /^(\d+)\.? \S/.exec(line)?.[1];
    if (item !== undefined && section !== '') sections.add(`${section}.${item}`);
  }
  return sections;
}

describe('what is cited is there', () => {
  test.each(['wire.md', 'people.md', 'terminals.md'])('sections of %s', (contract) => {
    const sections = sectionsOf(contract);
    expect(sections.size).toBeGreaterThan(4);
    const name = contract.replace('.', '\\.');
    const missing = cited(new RegExp(`\\b${name} (\\d+(?:\\.\\d+)?)`, 'g')).filter(
      ({ groups }) => !sections.has(groups[0] ?? ''),
    );
    expect(missing).toEqual([]);
  });

  test('facts of docs/domain, by number or name', () => {
    const names = readdirSync(join(root, 'docs/domain'));
    const there = (name: string): boolean =>
      names.some((each) => each === name || each.startsWith(`${name}-`) || each.startsWith(`${name}.`));
    const missing = cited(/\bdomain\/([0-9a-z][\w-]*)/g).filter(({ groups }) => !there(groups[0] ?? ''));
    expect(missing).toEqual([]);
  });

  test('decisions, by number', () => {
    const numbers = readdirSync(join(root, 'docs/decisions')).map((name) => Number(name.slice(0, 4)));
    const missing = cited(/\b[Dd]ecision (\d{1,4})\b/g).filter(({ groups }) => !numbers.includes(Number(groups[0])));
    expect(missing).toEqual([]);
  });

  test('no text of the project is cited that is not in the project', () => {
    expect(cited(/\b((?:design|conventions|packages|scale)\.md)/g)).toEqual([]);
  });

  test('relative links between documents', () => {
    const broken = ['README.md', ...filesUnder('docs', /\.md$/)].flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
        .map(([, target = '']) => join(file, '..', target))
        .filter((target) => !isThere(target))
        .map((target) => `${file}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

function isThere(path: string): boolean {
  try {
    readdirSync(join(root, path));
    return true;
  } catch {
    try {
      return read(path) !== '';
    } catch {
      return false;
    }
  }
}

test('every decision is in the index, under its title', () => {
  const index = read('docs/decisions/README.md');
  const decisions = readdirSync(join(root, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name));
  const missing = decisions.filter((name) => {
    const title = /^# (?:\d+[.:] )?(.+)$/m.exec(read(`docs/decisions/${name}`))?.[1] ?? '';
    return !index.includes(`](${name})`) || !index.includes(title);
  });
  expect(missing).toEqual([]);
});
