import { expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { generatedSource } from '../../src/codec/fast/index.ts';
import { PATCH_LEGEND, SCAN_LEGEND, WRITE_LEGEND } from '../../src/codec/fast/legend.ts';
import { loadSpec } from '../../src/codec/index.ts';
import { kalabarg } from '../support/command.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const names = readdirSync(new URL('../../specs/', import.meta.url))
  .filter((file) => file.endsWith('.json') && file !== 'spec.schema.json')
  .map((file) => file.slice(0, -5));

/** Words of JavaScript, and members of its own types. */
const LANGUAGE =
  /^(?:const|let|function|return|if|else|for|typeof|undefined|scan|write|patch|length|charCodeAt|getInt32|true|copyWithin|set|locate|check|end|units)$/;

/** Names of the code, not of its comments or texts. */
function namesOf(source: string): string[] {
  const code = source.replace(/\/\/.*$/gm, '').replace(/'[^']*'|"[^"]*"/g, '');
  return [...new Set(code.match(/(?<![\w.])[A-Za-z]\w*/g))].filter((name) => !LANGUAGE.test(name));
}

/** `m0-m15` stands for sixteen names. */
function spelledOut(legend: Readonly<Record<string, string>>): string[] {
  return Object.keys(legend).flatMap((key) => {
    const [, letter = '', last] = /^([a-z])0-[a-z](\d+)$/.exec(key) ?? [];
    return last === undefined ? [key] : Array.from({ length: Number(last) + 1 }, (_, index) => `${letter}${index}`);
  });
}

test.each(names)(
  'every name in the generated code of %s is in the legend above it, and the code is JavaScript',
  (name) => {
    const source = generatedSource(loadSpec(name));
    expect(() => new Script(source)).not.toThrow();
    const functions = source.split(/^const (?=scan|write|patch)/m).slice(1);
    expect(functions.length).toBeGreaterThan(0);
    for (const each of functions) {
      const of = each.startsWith('scan') ? SCAN_LEGEND : each.startsWith('patch') ? PATCH_LEGEND : WRITE_LEGEND;
      expect(namesOf(each).filter((found) => !spelledOut(of).includes(found))).toEqual([]);
      for (const [short, meaning] of Object.entries(of)) expect(each).toMatch(`// ${short.padEnd(6)}  ${meaning}\n`);
    }
  },
);

test('every name of the legend is in the code of the shipped dialects', () => {
  const all = names.map((name) => generatedSource(loadSpec(name))).join('\n');
  const used = namesOf(all);
  const legends = [SCAN_LEGEND, WRITE_LEGEND, PATCH_LEGEND].flatMap(spelledOut);
  expect(legends.filter((name) => !used.includes(name))).toEqual([]);
});

test('docs/codec.md has the legend', () => {
  const rows = [
    ...read('docs/codec.md').matchAll(/^\| `([\w-]+)` \| (scan|write, patch|write|all|scan, write) \| (.+) \|$/gm),
  ];
  const documented = new Map(rows.map(([, name = '', where = '', meaning = '']) => [`${name} ${where}`, meaning]));
  const expected = new Map<string, string>();
  for (const name of Object.keys({ ...SCAN_LEGEND, ...WRITE_LEGEND })) {
    const [scan, write, patch] = [SCAN_LEGEND[name], WRITE_LEGEND[name], PATCH_LEGEND[name]];
    if (scan !== undefined && scan !== write) expected.set(`${name} scan`, scan);
    if (scan !== undefined && scan === write)
      expected.set(`${name} ${patch === undefined ? 'scan, write' : 'all'}`, scan);
    else if (write !== undefined) expected.set(`${name} ${patch === undefined ? 'write' : 'write, patch'}`, write);
  }
  expect(documented).toEqual(expected);
});

test('kalabarg spec source prints it, for a dialect of specs/ or a file', async () => {
  const { out, status } = await kalabarg('spec', 'source', 'kalabarg-pos');
  expect(status).toBe(0);
  expect(`${out}\n`).toBe(generatedSource(loadSpec('kalabarg-pos')));
  expect(out).toContain('// bad     what is wrong so far, as high bits: looked at once, at the end');
  expect(out).toMatch(/\/\/ DE 4\n +if \(m0 & 16\) \{\n +u = 12;/);
  expect(out).toContain('// T[2]  0 at 00-09; 128 elsewhere');
  expect((await kalabarg('spec', 'source', 'nobodys')).status).toBe(1);
});

test('a dialect with three bitmaps has no generated code to read and write frames, and that is said', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-source-')), 'three.json');
  writeFileSync(
    file,
    JSON.stringify({
      extends: 'iso87-ascii',
      name: 'three',
      bitmap: { count: 3, third: 'behind' },
      fields: { 65: null },
    }),
  );
  const { out, errors } = await kalabarg('spec', 'source', file);
  expect(errors).toBe('');
  expect(out).toContain('// scan: no generated code; the codec of each element does it.');
  expect(out).toContain('// write: no generated code');
});
