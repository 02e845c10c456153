// Makes the packages that others install, from the build of dist/: dist-packages/*.tgz, one each for the program, the codec and
// the HSM. A library is its entry and what it reaches, as CommonJS; a small module in front of it serves `import`, so that a
// process that does both has one copy (decision 32).
// node scripts/packages.mjs [folder] [iso8583] [payment-hsm] [kalabarg-gateway]
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { apiPage } from './api-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const [folder, ...wanted] = process.argv.slice(2);
const out = resolve(folder ?? join(root, 'dist-packages'));
const isWanted = (name) => wanted.length === 0 || wanted.includes(name);
const program = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What goes with each library besides what its entry reaches. */
const LIBRARIES = {
  iso8583: { extra: ['specs'] },
  'payment-hsm': { extra: [] },
};
const IMPORTS = /(?:\bfrom |\bimport |\bimport\()(['"])([^'"]+)\1/g;
/** Where a CommonJS module lies, as `import.meta.url` says it. */
const FILE_URL = "require('node:url').pathToFileURL(__filename).href";

execFileSync(process.execPath, [join(root, 'scripts/setup.mjs')], { stdio: ['ignore', 2, 2] });
mkdirSync(out, { recursive: true });
for (const [name, { extra }] of Object.entries(LIBRARIES)) {
  if (!isWanted(name)) continue;
  rmSync(join(out, name), { recursive: true, force: true });
  makeLibrary(name, join(out, name), extra);
  pack(join(out, name));
}
if (isWanted(program.name)) pack(root);

/** Everything of a library, in `folder`. */
function makeLibrary(name, folder, extra) {
  const source = join(root, 'packages', name);
  const { name: title, ...manifest } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const entry = manifest.main.replace('./dist/', '');
  for (const file of reachable(entry)) write(join(folder, 'dist', file), commonJs(file));
  for (const file of reachable(manifest.types.replace('./dist/', '')))
    write(join(folder, 'dist', file), declarations(file));
  const types = join(folder, manifest.types);
  // What the declarations say of Buffer: a compiler of today loads no types by itself.
  writeFileSync(types, `/// <reference types="node" />\n${readFileSync(types, 'utf8')}`);
  const { version, license, engines, repository } = program;
  write(
    join(folder, 'package.json'),
    JSON.stringify({ name: title, version, license, ...manifest, engines, repository, type: 'commonjs' }, null, 2),
  );
  write(join(folder, 'index.mjs'), forImport(folder, manifest.main));
  write(join(folder, 'index.d.mts'), `export * from '${manifest.main}';\n`);
  write(join(folder, 'README.md'), readFileSync(join(source, 'README.md'), 'utf8').replaceAll('VERSION', version));
  for (const each of ['LICENSE', ...extra]) cpSync(join(root, each), join(folder, each), { recursive: true });
  write(join(folder, 'docs/API.md'), apiPage(title, version, types));
}

/** Files of dist/ that `entry` imports, directly or not. Packages of others are an error: these libraries have none. */
function reachable(entry) {
  const found = new Set([entry]);
  for (const file of found) {
    for (const [, , target] of readFileSync(join(dist, file), 'utf8').matchAll(IMPORTS)) {
      if (isBuiltin(target)) continue;
      if (!target.startsWith('.')) throw new Error(`${file} imports ${target}: the libraries have no dependencies`);
      const path = join(dirname(file), target);
      found.add(file.endsWith('.d.ts') ? path.replace(/\.(ts|js)$/, '.d.ts') : path);
    }
  }
  return found;
}

function commonJs(file) {
  const text = readFileSync(join(dist, file), 'utf8').replaceAll('import.meta.url', FILE_URL);
  const { CommonJS: module } = ts.ModuleKind;
  const options = { module, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  const { outputText } = ts.transpileModule(text, { compilerOptions: options, fileName: join(dist, file) });
  return outputText.replace(/^\/\/# sourceMappingURL.*\n?/m, '');
}

/** Old compilers find `./x.js`, not `./x.ts`. */
function declarations(file) {
  return readFileSync(join(dist, file), 'utf8').replace(/(['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2');
}

function forImport(folder, main) {
  const names = Object.keys(createRequire(import.meta.url)(join(folder, main))).sort();
  return `import library from '${main}';\n\nexport const {\n  ${names.join(',\n  ')},\n} = library;\n`;
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function pack(folder) {
  const options = ['pack', '--json', '--ignore-scripts', '--pack-destination', out];
  const [made] = JSON.parse(
    execFileSync('npm', options, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 2] }),
  );
  console.log(
    `${made.filename}: ${made.entryCount} files, ${kilobytes(made.size)} packed, ${kilobytes(made.unpackedSize)} unpacked`,
  );
}

function kilobytes(bytes) {
  return `${Math.ceil(bytes / 1000)} kB`;
}
