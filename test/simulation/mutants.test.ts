import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MUTANTS } from '../../simulation/mutants.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('what each mutant changes is there once: a change of the product that moves it changes the mutant too', () => {
  const lost = MUTANTS.flatMap(({ name, changes }) =>
    changes
      .filter(({ file, from, to }) => from === to || readFileSync(root + file, 'utf8').split(from).length !== 2)
      .map(({ file }) => `${name}: ${file}`),
  );
  expect(lost).toEqual([]);
});

test('mutants have names of their own, and do a harm that is said', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(60);
  expect(MUTANTS.filter(({ harm }) => harm.length < 12)).toEqual([]);
});
