import { run, type Less, type RunOptions, type RunResult } from './run.ts';
import { flagsOf } from './tally.ts';
import { TROUBLES } from './world.ts';

/** The least of a failing run that still fails: leaves out one kind of trouble after the other, copies, tills and days, and keeps what the
 *  failure can do without. Another fault than the first counts too: the smaller run is the one to look at. */
export async function shrink(options: RunOptions, tell: (text: string) => void): Promise<RunResult | undefined> {
  let least: Less = options.less ?? {};
  let failing = await run({ ...options, less: least });
  if (failing.faults.length === 0) return undefined;
  let { days } = failing;
  const attempt = async (less: Less): Promise<void> => {
    const result = await run({ ...options, days: Math.max(1, days), less });
    tell(`${flagsOf(less)}: ${result.faults.length === 0 ? 'holds' : 'fails'} (${result.steps} steps)`);
    if (result.faults.length === 0 || result.steps > failing.steps) return;
    least = less;
    failing = result;
    days = result.days;
  };
  for (const trouble of TROUBLES) await attempt({ ...least, without: [...(least.without ?? []), trouble] });
  await attempt({ ...least, copies: 1 });
  for (const tills of [1, 2, 4]) if (least.tills === undefined) await attempt({ ...least, tills });
  tell(`the least: --seed ${options.seed} --days ${Math.max(1, days)} ${flagsOf(least)}`);
  return failing;
}
