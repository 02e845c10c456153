import { run, type Less, type RunOptions, type RunResult } from './run.ts';
import { commandOf, faultOf, flagsOf } from './tally.ts';
import { TROUBLES } from './world.ts';

/** How a run is made smaller; a run of the product in the program, anything in a test. */
type Runner = (options: RunOptions) => Promise<RunResult>;

/** The least of a failing run that still fails: leaves out kinds of trouble, copies, tills, bursts of customers and their errands, round by
 *  round, until nothing more can go. Another fault than the first counts too: the smaller run is the one to look at. */
export async function shrink(
  options: RunOptions,
  tell: (text: string) => void,
  runner: Runner = run,
): Promise<RunResult | undefined> {
  let least: Less = options.less ?? {};
  let failing = await runner({ ...options, less: least });
  if (failing.faults.length === 0) return undefined;
  const attempt = async (less: Less): Promise<boolean> => {
    const days = failing.days + 1; // the one that failed was not counted
    const result = await runner({ ...options, days: Math.min(options.days, days), less });
    tell(`${flagsOf(less)}: ${faultOf(result) ?? 'holds'} (${result.steps} steps)`);
    if (result.faults.length === 0 || result.steps > failing.steps) return false;
    least = less;
    failing = result;
    return true;
  };
  for (let before = Number.POSITIVE_INFINITY; failing.steps < before;) {
    before = failing.steps;
    for (const trouble of TROUBLES)
      if (least.without?.includes(trouble) !== true)
        await attempt({ ...least, without: [...(least.without ?? []), trouble] });
    if (least.copies === undefined) await attempt({ ...least, copies: 1 });
    for (const tills of [1, 2, 4]) if (tills < (least.tills ?? 8) && (await attempt({ ...least, tills }))) break;
    await leaveOutBursts(least.bursts ?? numbersTo(failing.bursts), (bursts) => attempt({ ...least, bursts }));
    for (const errands of [1, 2, 4, 8])
      if (errands < (least.errands ?? 16) && (await attempt({ ...least, errands }))) break;
  }
  tell(`the least: ${commandOf(failing, least, options.mutant?.name)}`);
  return failing;
}

/** Half of the bursts, then quarters, down to one, as long as some can go. */
async function leaveOutBursts(
  all: readonly number[],
  fails: (bursts: readonly number[]) => Promise<boolean>,
): Promise<void> {
  let left = all;
  for (let size = Math.ceil(left.length / 2); left.length > 1; size = Math.ceil(size / 2)) {
    for (let at = 0; at < left.length && left.length > 1;) {
      const fewer = left.filter((_, index) => index < at || index >= at + size);
      if (fewer.length > 0 && (await fails(fewer))) left = fewer;
      else at += size;
    }
    if (size === 1) return;
  }
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
