import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';

/** Of what set-up built in dist/web/. */
const BUILT = new URL('../../dist/web/', import.meta.url);

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly assets?: readonly string[];
  readonly imports?: readonly string[];
}

/** Every file that a browser loads for these modules: what they import at once, their styles and fonts. */
function filesOf(manifest: Readonly<Record<string, Chunk>>, modules: readonly string[]): Set<string> {
  const files = new Set<string>();
  const add = (name: string): void => {
    const chunk = manifest[name];
    if (chunk === undefined) throw new Error(`the build has no ${name}`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const file of [...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
    for (const each of chunk.imports ?? []) add(each);
  };
  modules.forEach(add);
  return files;
}

test.each(['sign-in/sign-in', 'inbox/page', 'terminals/list'])('the first view of %s is below 300 KB', (page) => {
  const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', BUILT), 'utf8')) as Record<string, Chunk>;
  const files = [...filesOf(manifest, ['index.html', `src/pages/${page}.tsx`])];
  const bytes = files.map((file) => gzipSync(readFileSync(new URL(file, BUILT))).length);
  expect(bytes.length).toBeGreaterThan(3);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(300 * 1024);
});

test('what browsers are sent is packed beforehand', () => {
  const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', BUILT), 'utf8')) as Record<string, Chunk>;
  for (const { file } of Object.values(manifest))
    if (file.endsWith('.js'))
      for (const end of ['.gz', '.br']) expect(existsSync(new URL(file + end, BUILT))).toBe(true);
});
