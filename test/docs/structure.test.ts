import { expect, test } from '@jest/globals';

const script = new URL('../../scripts/structure.mjs', import.meta.url).href;
const { drawing, drawn } = (await import(script)) as { drawing: () => string; drawn: () => string | undefined };

test('docs/architecture.md draws the arrows that there are (npm run docs:structure draws them)', () => {
  expect(drawing()).toContain('cli --> ');
  expect(drawn()).toBe(drawing());
});
