// Compiles src/ to dist/ and copies what the program reads beside it (SQL). What a file that is gone left
// in dist/ goes too: an old migration beside its successor would be applied.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
const [src, dist] = [join(root, 'src'), join(root, 'dist')];
for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith('.ts')) continue;
  const from = join(entry.parentPath, entry.name);
  const to = join(dist, relative(src, from));
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const built = join(entry.parentPath, entry.name);
  if (!entry.isFile() || entry.name === '.tsbuildinfo') continue;
  const source = join(src, relative(dist, built)).replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts');
  if (!existsSync(source)) rmSync(built);
}
