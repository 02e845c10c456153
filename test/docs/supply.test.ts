import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What comes from others, and what the page of threats says of our own. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Package {
  readonly license?: string;
  readonly dev?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly version: string;
}
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
const all = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(([path, of]) => ({ name: path.replace(/^.*node_modules\//, ''), ...of }));
const { allowScripts, dependencies, optionalDependencies } = JSON.parse(read('package.json')) as {
  allowScripts: Record<string, boolean>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
};

const script = new URL('../../scripts/licences.mjs', import.meta.url).href;
const { licencesPage, LICENCES, NAMED } = (await import(script)) as {
  licencesPage: () => string;
  LICENCES: readonly string[];
  NAMED: Record<string, { licence: string; why: string }>;
};

test('every package in the lock file has its hash', () => {
  expect(all.length).toBeGreaterThan(500);
  expect(all.filter(({ integrity }) => !/^sha512-/.test(integrity ?? '')).map(({ name }) => name)).toEqual([]);
});

test('what we depend on directly is of one version, not of a range', () => {
  const loose = Object.entries({ ...dependencies, ...optionalDependencies }).filter(([, of]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(of)); // prettier-ignore
  expect(loose).toEqual([]);
});

/** They have a program that npm would run; what is not allowed in package.json is not needed: each says what stands in its place. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'cpu-features': 'ssh2 works without it',
  'msgpackr-extract': 'built binaries of its platform come as packages',
  ssh2: 'node:crypto in place of its own binding',
  '@parcel/watcher': 'vite watches without it',
  'unrs-resolver': 'built binaries of its platform come as packages',
};

test('an install script runs of the packages named, and of no other', () => {
  const withScripts = all.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name);
  expect(withScripts.filter((name) => allowScripts[name] !== true && NOT_RUN[name] === undefined)).toEqual([]);
  expect(Object.keys({ ...allowScripts, ...NOT_RUN }).filter((name) => !withScripts.includes(name))).toEqual([]);
});

test('what production brings is under a licence of the list, or is named with its reason', () => {
  const odd = all
    .filter(({ dev }) => dev !== true)
    .filter(({ name, license = 'none' }) => !LICENCES.includes(license) && NAMED[name]?.licence !== license)
    .map(({ name, license }) => `${name}: ${license ?? 'none'}`);
  expect(odd).toEqual([]);
  const needless = Object.keys(NAMED).filter((name) => !all.some((each) => each.name === name && each.dev !== true));
  expect(needless).toEqual([]);
});

test('docs/licences.md names the licence of every package of production (npm run docs:licences writes it)', () => {
  expect(read('docs/licences.md')).toBe(licencesPage());
});

test('npm run sbom lists every package of production as CycloneDX', () => {
  const said = execFileSync('npm', ['run', '-s', 'sbom'], { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
  const { bomFormat, components } = JSON.parse(said) as { bomFormat: string; components: { name: string; version: string; group?: string }[] }; // prettier-ignore
  expect(bomFormat).toBe('CycloneDX');
  const listed = new Set(components.map(({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`)); // prettier-ignore
  const wanted = all.filter(({ dev }) => dev !== true).map(({ name, version }) => `${name}@${version}`);
  expect([...new Set(wanted)].filter((each) => !listed.has(each))).toEqual([]);
  const ofDevelopment = all.filter(({ dev }) => dev === true).map(({ name, version }) => `${name}@${version}`);
  expect(ofDevelopment.filter((each) => listed.has(each) && !wanted.includes(each))).toEqual([]);
});

test('actions of a workflow, where there is one, are pinned by a commit', () => {
  const folder = join(root, '.github/workflows');
  const uses = (existsSync(folder) ? readdirSync(folder) : []).flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/uses: *(\S+)/g)].map(([, what = '']) => what),
  );
  expect(uses.filter((what) => !/^\.\/|@[0-9a-f]{40}$/.test(what))).toEqual([]);
});

test('docs/security.md names files that there are, and says of every threat and clause by what it is tried', () => {
  const page = read('docs/security.md');
  const named = [...page.matchAll(/`((?:src|test|deploy|docs|scripts)\/[\w./@-]+)`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(120);
  expect([...new Set(named)].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const tables = page.split('\n## ').filter((part) => /^(Threats|PCI)/.test(part));
  const rows = tables.flatMap((part) => part.split('\n').filter((line) => /^\| (?!threat|clause|requirement|---)/.test(line))); // prettier-ignore
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.filter((row) => !/\| [^|]*`test\/[\w/-]+\.test\.ts`[^|]* \|$/.test(row))).toEqual([]);
});
