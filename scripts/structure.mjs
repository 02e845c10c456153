// Draws who imports whom among the folders of src/ into docs/architecture.md (npm run docs:structure).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));
const page = fileURLToPath(new URL('../docs/architecture.md', import.meta.url));
const BLOCK = /(<!-- structure -->\n)[^]*(\n<!-- end -->)/;
const IMPORT = /(?:from|import\()\s*'(\.{1,2}\/[^']+)'/g;
/** Tools that every folder may use: their arrows would hide the others. */
const TOOLS = ['field', 'ops'];

/** The top folder that a file of src/ lies in, or the file itself at the root: `gateway`. */
function roomOf(path) {
  return relative(src, path).split('/')[0].replace(/\.ts$/, '');
}

/** By folder, those it imports from. */
export function arrows() {
  const found = new Map();
  const files = readdirSync(src, { recursive: true }).filter((name) => name.endsWith('.ts'));
  for (const name of files.sort()) {
    const file = join(src, name);
    const from = roomOf(file);
    if (TOOLS.includes(from)) continue;
    const reached = found.get(from) ?? new Set();
    found.set(from, reached);
    for (const [, target] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const to = roomOf(resolve(dirname(file), target));
      if (to !== from && !TOOLS.includes(to)) reached.add(to);
    }
  }
  return found;
}

/** Mermaid. An arrow that follows from two others is left out. */
export function drawing() {
  const found = arrows();
  const below = (room) => new Set([...(found.get(room) ?? [])].flatMap((next) => [next, ...below(next)]));
  const lines = [...found].flatMap(([room, reached]) => {
    const implied = new Set([...reached].flatMap((next) => [...below(next)]));
    const drawn = [...reached].filter((to) => !implied.has(to)).sort();
    return drawn.length === 0 ? [] : [`  ${room} --> ${drawn.join(' & ')}`];
  });
  return ['```mermaid', 'flowchart TD', ...lines.sort(), '```'].join('\n');
}

/** What docs/architecture.md has. */
export function drawn() {
  return BLOCK.exec(readFileSync(page, 'utf8'))?.[0].replace(BLOCK, (all, begin, end) =>
    all.slice(begin.length, -end.length),
  );
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(page, 'utf8');
  writeFileSync(
    page,
    text.replace(BLOCK, (_, begin, end) => begin + drawing() + end),
  );
}
