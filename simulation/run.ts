import { takeDown } from './checks/inspect.ts';
import { chanceOf } from './chance.ts';
import { burst, sellLate, settleDown } from './day.ts';
import { mutateFunctions, type Mutant } from './mutants.ts';
import { STARTS_MS } from './programme.ts';
import { office } from './office.ts';
import { night } from './settlement.ts';
import { World, type Trouble } from './world.ts';

/** Bounds on what a seed draws. */
export interface Less {
  readonly copies?: number;
  readonly tills?: number;
  readonly without?: readonly Trouble[];
  /** Only these bursts of customers, the first is 1; the others do not come. */
  readonly bursts?: readonly number[];
  /** At most so many errands for a till in a burst. */
  readonly errands?: number;
}

export interface RunOptions {
  readonly seed: number;
  readonly days: number;
  /** Ends after this step. */
  readonly until?: number | undefined;
  /** Where its story is told, line by line. */
  readonly trace?: ((line: string) => void) | undefined;
  readonly mutant?: Mutant | undefined;
  /** Less of it than the seed says. */
  readonly less?: Less | undefined;
}

/** What befell a run. */
interface Troubled {
  /** Of copies of the gateway and of workers. */
  readonly deaths: number;
  /** Of the database. */
  readonly powerCuts: number;
  readonly disk: World['disk']['counts'];
}

export interface RunResult {
  readonly seed: number;
  readonly hash: string;
  readonly steps: number;
  readonly days: number;
  /** Of the calendar: those without a customer too, each with its close. */
  readonly closes: number;
  /** Bursts of customers, those left out included. */
  readonly bursts: number;
  readonly sales: number;
  readonly faults: readonly string[];
  readonly history: World['history']['counts'];
  readonly requests: number;
  readonly troubles: Troubled;
  /** Its story for a page, where it was traced. */
  readonly mermaid?: string | undefined;
}

const HOUR = 3_600_000;

/** One world from one seed. It ends at the first fault, or after its days. */
export async function run(options: RunOptions): Promise<RunResult> {
  const chance = chanceOf(`shape ${options.seed}`);
  const { less = {} } = options;
  const [copies, tills, households] = [chance.between(1, 2), chance.between(3, 8), chance.between(2, 12)];
  const startMs = STARTS_MS[options.seed % 2] ?? STARTS_MS[0];
  const world = await World.open(options.seed, {
    copies: Math.min(less.copies ?? 2, copies),
    tills: Math.min(less.tills ?? 8, tills),
    households,
    startMs,
    unhurried: chance.happens(0.9),
    without: new Set(less.without),
  });
  if (options.mutant !== undefined) mutateFunctions(world.store, options.mutant);
  const story = options.trace === undefined ? undefined : world.tell(options.trace);
  const rejected = (error: unknown): void => {
    world.scheduler.faults.push(error);
  };
  process.on('unhandledRejection', rejected);
  let days = 0;
  const stopped = stopAt(world, options.until);
  try {
    await takeDown(world);
    for (; days < options.days && world.faults.length === 0; days++) await day(world, less);
  } catch (error) {
    if (error !== stopped.signal) world.fault(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    process.off('unhandledRejection', rejected);
  }
  const { faults, sales, history, scheduler, store } = world;
  const result = {
    seed: options.seed,
    hash: scheduler.digest(),
    steps: scheduler.steps,
    days,
    closes: Math.round((scheduler.now - startMs) / (24 * HOUR)),
    sales: sales.length,
    faults,
    history: history.counts,
    requests: store.requests,
    bursts: world.counts.bursts,
    troubles: { deaths: world.counts.deaths, powerCuts: world.counts.powerCuts, disk: world.disk.counts },
    ...(story === undefined ? {} : { mermaid: story.mermaid() }),
  };
  await world.close();
  return result;
}

/** From one morning to the next. */
async function day(world: World, less: Less): Promise<void> {
  const chance = world.chance.stream(`day ${world.scheduler.steps}`);
  const bursts = chance.between(1, 3);
  if (!world.without.has('office')) await office(world);
  for (let i = 0; i < bursts && world.faults.length === 0; i++) {
    const errands = Math.min(chance.between(4, 16), less.errands ?? Number.POSITIVE_INFINITY);
    world.counts.bursts++;
    if (less.bursts?.includes(world.counts.bursts) !== false) await burst(world, errands);
    world.scheduler.jump(chance.between(HOUR / 2, 3 * HOUR));
  }
  if (world.faults.length > 0) return;
  // Now and then nobody buys for some days, and what was bought is brought back after them.
  if (chance.happens(0.12)) world.scheduler.jump(chance.between(1, 8) * 24 * HOUR);
  const midnight = nextMidnight(world.scheduler.now);
  if (world.without.has('nights')) {
    world.scheduler.jump(midnight + 7 * HOUR - world.scheduler.now);
    return;
  }
  world.scheduler.jump(midnight - chance.between(0, 20_000) - world.scheduler.now);
  const lateErrands = chance.between(0, 4);
  await night(world, midnight, () => sellLate(world, lateErrands, midnight));
  await settleDown(world, true);
  if (world.faults.length > 0) return;
  world.scheduler.jump(7 * HOUR);
  await world.scheduler.pass(10_000); // what the night brought falls due
  await takeDown(world);
}

/** In Tehran. */
function nextMidnight(now: number): number {
  const offset = 3.5 * HOUR;
  return (Math.floor((now + offset) / (24 * HOUR)) + 1) * 24 * HOUR - offset;
}

function stopAt(world: World, until: number | undefined): { readonly signal: Error } {
  const signal = new Error('stopped');
  if (until !== undefined)
    world.scheduler.onStep = (step) => {
      if (step > until) throw signal;
    };
  return { signal };
}
