import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAM = fileURLToPath(new URL('../../simulation/run.mjs', import.meta.url));

interface Told {
  readonly hash: string;
  readonly steps: number;
  readonly sales: number;
  readonly faults: readonly string[];
}

/** Ends with 1 where something does not hold. */
async function simulate(...args: string[]): Promise<Told[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, '--json', ...args]).catch(
    (error: unknown) => error as { stdout: string },
  );
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
}

test('a day of the whole gateway holds, and two seeds do the same again to the last step, in another process', async () => {
  const twoDays = ['--seed', '3', '--seeds', '2', '--days', '1'];
  const [told, again] = await Promise.all([simulate(...twoDays), simulate(...twoDays)]);
  expect(told.flatMap(({ faults }) => faults)).toEqual([]);
  expect(told.every(({ sales }) => sales > 5)).toBe(true);
  expect(again).toEqual(told);
  expect(told[1]?.hash).not.toBe(told[0]?.hash);
}, 240_000);

test('mutants are found: one of the code, one of the functions in the database', async () => {
  const hunts = ['cash-line-missing', 'quote-after-its-end'].map((mutant) =>
    simulate('--mutant', mutant, '--seed', '1', '--seeds', '2', '--days', '1'),
  );
  for (const told of await Promise.all(hunts)) expect(told.at(-1)?.faults).not.toEqual([]);
}, 240_000);

test('the story of a run changes nothing in it, and leads up to the step that is asked for', async () => {
  const until = ['--seed', '3', '--until', '400'];
  const [[plain], told] = await Promise.all([
    simulate(...until),
    promisify(execFile)(process.execPath, [PROGRAM, ...until, '--trace']),
  ]);
  const lines = told.stdout.trim().split('\n');
  expect(lines.at(-1)).toContain(plain?.hash ?? 'none');
  expect(lines.at(-2)).toMatch(/^ +(39\d|400) /);
  expect(lines.filter((line) => line.includes('▶')).length).toBeGreaterThan(5);
}, 240_000);
