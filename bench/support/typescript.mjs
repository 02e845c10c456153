// Lets Node.js 20 run TypeScript as it stands: types are stripped file by file (as in the tests), nothing is checked.
import { transformFileAsync } from '@babel/core';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const result = await transformFileAsync(fileURLToPath(url), { root, sourceMaps: 'inline' });
  return { format: 'module', shortCircuit: true, source: result.code };
}
