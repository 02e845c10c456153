import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('./kalabarg runs this checkout from any folder', () => {
  const help = execFileSync(join(root, 'kalabarg'), ['decode', '--help'], { cwd: tmpdir(), encoding: 'utf8' });
  expect(help).toContain('Usage: kalabarg decode');
});

test('nothing tells a person to ask the registry for our name', () => {
  const texts = ['README.md', 'scripts', 'src', 'docs', 'examples'].flatMap((name) => filesOf(join(root, name)));
  const asking = /(?:npx|npm exec|yarn dlx|pnpm dlx) +(?:--yes +)?kalabarg\b(?!`? would)/;
  expect(texts.filter((file) => asking.test(readFileSync(file, 'utf8')))).toEqual([]);
});

function filesOf(path: string): string[] {
  if (path.endsWith('.md')) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(md|ts|mjs|yaml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

test('the image runs the command by its name, and only a dead process is restarted', () => {
  const image = readFileSync(join(root, 'Dockerfile'), 'utf8');
  expect(image).toContain('ln -s /app/bin/kalabarg.js /usr/local/bin/kalabarg');
  expect(image).toMatch(/^ENTRYPOINT \["kalabarg"\]\nCMD \["serve"\]$/m);
  expect(/HEALTHCHECK[^\n]*\\\n[^\n]*/.exec(image)?.[0]).toContain('/healthz');
});
