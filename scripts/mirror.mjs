import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Copies what the program reads beside its code (SQL, fonts, scripts of pages) from src/ to dist/. What a file that is gone left in dist/ goes too: an
 *  old migration beside its successor would be applied. What build-web.mjs and vendor.mjs put there stays. */
export function mirror(root) {
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
    if (!entry.isFile() || entry.name === '.tsbuildinfo' || /^(web|vendor)\//.test(relative(dist, built))) continue;
    const copied = join(src, relative(dist, built)); // scripts of pages too, which are .js on both sides
    const compiled = copied.replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts');
    if (!existsSync(copied) && !existsSync(compiled)) rmSync(built);
  }
}
