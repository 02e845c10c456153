import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';

/** What dist/ takes as one file, by what the sources import: its hundreds of small ones take longer to load than most commands to run. */
const BUNDLED = { typebox: 'typebox', 'typebox/value': 'typebox-value' };

/** Puts them into dist/vendor, and lets the compiled code import them from there. */
export async function vendor(root) {
  const dist = join(root, 'dist');
  const folder = join(dist, 'vendor');
  rmSync(folder, { recursive: true, force: true });
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(Object.entries(BUNDLED).map(([module, name]) => [name, module])),
    platform: 'node',
  });
  await bundle.write({ dir: folder, chunkFileNames: '[name].js' });
  await bundle.close();
  for (const [module, name] of Object.entries(BUNDLED)) {
    const licence = readFileSync(join(root, 'node_modules', module.split('/')[0], 'license'), 'utf8');
    const file = join(folder, `${name}.js`);
    writeFileSync(file, `/*\n${licence}*/\n${readFileSync(file, 'utf8')}`);
  }
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !/^(?!web\/|vendor\/).*\.js$/.test(relative(dist, file))) continue;
    const code = readFileSync(file, 'utf8');
    const bundled = code.replaceAll(/ from '(typebox(?:\/value)?)';/g, (_, module) => {
      return ` from '${relative(dirname(file), join(folder, BUNDLED[module]))}.js';`; // from a folder below dist/: it begins with ../
    });
    if (bundled !== code) writeFileSync(file, bundled);
  }
}
