import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { emptyProject, root, type Project } from './project.ts';

const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};
/** 0200 of terminal 10000001 with DE 2, 7, 11 and 41. */
const FRAME = '0200422000000080000016603799000000007111230506070001233130303030303031';

let project: Project;
let files: string[];

/** The packed program, unpacked where an install would put it, with the dependencies that it declares and no other. */
beforeAll(() => {
  project = emptyProject();
  const packs = join(project.folder, 'packs');
  project.run(process.execPath, join(root, 'scripts', 'packages.mjs'), packs, 'kalabarg-gateway');
  const own = join(project.folder, 'node_modules', 'kalabarg-gateway');
  mkdirSync(join(project.folder, 'node_modules', '.bin'), { recursive: true });
  mkdirSync(own);
  project.run('tar', '-xzf', join(packs, `kalabarg-gateway-${version}.tgz`), '-C', own, '--strip-components=1');
  project.link(...Object.keys(dependencies));
  symlinkSync('../kalabarg-gateway/bin/kalabarg.js', join(project.folder, 'node_modules', '.bin', 'kalabarg'));
  files = readdirSync(own, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(own.length + 1));
});
afterAll(() => {
  project.remove();
});

const kalabarg = (...args: string[]): string => project.run('npx', '--no-install', 'kalabarg', ...args);

test('npx kalabarg tells its version and decodes', () => {
  expect(kalabarg('--version')).toBe(`${version}\n`);
  const picture = kalabarg('decode', FRAME);
  expect(picture).toContain('0200 financial request');
  expect(picture).toMatch(/ 11 System trace audit number +000123/);
  expect(JSON.parse(kalabarg('decode', '--masked', FRAME))).toMatchObject({
    fields: { 2: '603799******0071', 11: '000123' },
  });
});

test('it ships what runs, what is read and the licence; no sources, tests, data or keys', () => {
  for (const wanted of ['LICENSE', 'README.md', 'CHANGELOG.md', 'docs/wire.md', 'specs/kalabarg-pos.json'])
    expect(files).toContain(wanted);
  expect(files.some((file) => file.startsWith('dist/ledger/migrations/') && file.endsWith('.sql'))).toBe(true);
  const needless = files.filter((file) =>
    /^(src|test|bench|data|scripts|dist-packages)\/|\.(key|pem|crt|tgz|log)$/.test(file),
  );
  expect(needless).toEqual(['test/captures/purchase-split-voucher-and-card.jsonl']);
});

test('it loads TypeBox as one file, which says whose it is', () => {
  const code = files.filter((file) => /^dist\/.*\.js$/.test(file)).map((file) => [file, readFileSync(join(project.folder, 'node_modules/kalabarg-gateway', file), 'utf8')] as const); // prettier-ignore
  expect(code.filter(([, text]) => /from ['"]typebox/.test(text))).toEqual([]);
  expect(code.find(([file]) => file === 'dist/vendor/typebox.js')?.[1]).toMatch(/The MIT License[^]*Haydn Paterson/);
});

test('it ships every file that lies beside the code: SQL, fonts, style and scripts of pages', () => {
  const beside = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.ts'))
    .map((entry) => join('dist', relative(join(root, 'src'), join(entry.parentPath, entry.name))));
  expect(beside).toContain('dist/public/assets/papers.js');
  expect(beside.filter((file) => !files.includes(file))).toEqual([]);
});

test('its parts are importable by their names', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  const parts = Object.keys(exports).filter((name) => !name.endsWith('.json'));
  const script = `for (const part of process.argv.slice(2)) console.log(Object.keys(await import(part)).length > 1);`;
  const names = parts.map((part) => part.replace('.', 'kalabarg-gateway'));
  const printed = project.run(process.execPath, project.write('parts.mjs', script), ...names);
  expect(printed.trim().split('\n')).toEqual(parts.map(() => 'true'));
});
