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

test('a day of the whole gateway holds, and a seed does the same again to the last step', async () => {
  const told = await simulate('--seed', '1', '--seeds', '2', '--days', '1');
  expect(told.flatMap(({ faults }) => faults)).toEqual([]);
  expect(told.every(({ sales }) => sales > 5)).toBe(true);
  const [again] = await simulate('--seed', '1', '--days', '1');
  expect(again).toEqual(told[0]);
  expect(told[1]?.hash).not.toBe(told[0]?.hash);
}, 240_000);

test.each(['cash-line-missing', 'doubt-without-reversal'])(
  'a mutant is found: %s',
  async (mutant) => {
    const told = await simulate('--mutant', mutant, '--seed', '1', '--seeds', '3', '--days', '1');
    expect(told.at(-1)?.faults).not.toEqual([]);
  },
  240_000,
);
