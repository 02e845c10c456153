import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../node_modules/.cache/simulation/js/', import.meta.url));
const ZLIB = new URL('./zlib.mjs', import.meta.url).href;
mkdirSync(CACHE, { recursive: true });
let mutant;

/** @param data the changes of a mutant: [file (end of its path), from, to] each */
export function initialize(data) {
  mutant = data;
}

/** TypeScript as it lies there, with what a mutant changes in it. */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const file = fileURLToPath(url);
  let text = readFileSync(file, 'utf8').replace(/(import \{ create(?:Gzip|Gunzip) \} from )'node:zlib'/, `$1'${ZLIB}'`);
  for (const [end, from, to] of mutant ?? []) {
    if (!file.endsWith(end)) continue;
    if (text.split(from).length !== 2)
      throw new Error(`${end}: "${from}" is there ${text.split(from).length - 1} times`);
    text = text.replace(from, () => to);
  }
  const cached = join(CACHE, `${createHash('sha256').update(`${file}\n${text}`).digest('hex')}.js`);
  if (!existsSync(cached)) {
    const { transformSync } = await import('@babel/core'); // takes half a second: not where all is in the cache
    const { code } = transformSync(text, {
      filename: file,
      babelrc: false,
      configFile: false,
      retainLines: true,
      presets: [['@babel/preset-typescript', { rewriteImportExtensions: false, onlyRemoveTypeImports: true }]],
    });
    const own = `${cached}.${process.pid}`;
    writeFileSync(own, code);
    renameSync(own, cached); // another process reads all of it or nothing
  }
  return { format: 'module', shortCircuit: true, source: readFileSync(cached, 'utf8') };
}
