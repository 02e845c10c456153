import type { RunOptions, RunResult } from '../../simulation/run.ts';
import { shrink } from '../../simulation/shrink.ts';

/** A run that fails where two copies meet a crash in the third and the sixth burst, and whose steps grow with all that is in it. */
function runner({ seed, days, less = {} }: RunOptions): Promise<RunResult> {
  const bursts = less.bursts ?? [1, 2, 3, 4, 5, 6, 7, 8];
  const [copies, tills, errands] = [less.copies ?? 2, less.tills ?? 6, less.errands ?? 16];
  const fails =
    bursts.includes(3) &&
    bursts.includes(6) &&
    copies === 2 &&
    errands >= 4 &&
    less.without?.includes('crashes') !== true;
  const result: RunResult = {
    seed,
    hash: '',
    steps: bursts.length * errands * tills * copies * (12 - (less.without?.length ?? 0)),
    days: days - 1,
    closes: 0,
    bursts: 8,
    sales: 0,
    faults: fails ? ['two copies, one crash'] : [],
    history: { histories: 0, operations: 0, longest: 0, unknown: 0, blurred: 0 },
    requests: 0,
    troubles: { deaths: 0, powerCuts: 0, disk: { torn: 0, lost: 0, full: 0 } },
  };
  return Promise.resolve(result);
}

test('what a failure does not need is left out: troubles, tills, bursts and errands, down to the two bursts that it takes', async () => {
  const told: string[] = [];
  const least = await shrink({ seed: 5, days: 3 }, (text) => told.push(text), runner);
  expect(least?.faults).toEqual(['two copies, one crash']);
  const command = told.at(-1) ?? '';
  expect(command).toMatch(/^the least: npm run simulate -- --seed 5 --days 3 --until \d+ /);
  expect(command).toContain('--tills 1 ');
  expect(command).toContain('--bursts 3,6 --errands 4');
  expect(command).not.toContain('--copies');
  expect(/--without (\S+)/.exec(command)?.[1]?.split(',')).toEqual(
    expect.arrayContaining(['network', 'bank', 'losses', 'nights', 'hsm', 'power', 'thieves', 'office', 'disk']),
  );
  expect(command).not.toContain('crashes');
});

test('what holds is not made smaller', async () => {
  expect(await shrink({ seed: 5, days: 3, less: { copies: 1 } }, () => undefined, runner)).toBeUndefined();
});
