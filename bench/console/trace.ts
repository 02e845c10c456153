import type { CDPSession, Page } from 'playwright-core';

/** What the main thread of a page did, from Chromium's own trace. */

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  /** Of it on a processor: what the thread did not wait for. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Milliseconds. */
export interface Work {
  /** The longest task of each update: what one frame had to wait for at most. */
  readonly longest: readonly number[];
  /** The same in time of the thread, which the load of the machine does not lengthen. */
  readonly busiest: readonly number[];
  /** Of each update. */
  readonly script: readonly number[];
  readonly layout: readonly number[];
  readonly paint: readonly number[];
  /** Between two frames that the page was given. */
  readonly frames: readonly number[];
}

const CATEGORIES = ['toplevel', 'devtools.timeline', 'blink.user_timing', '__metadata'];
const SCRIPT = ['FunctionCall', 'EvaluateScript', 'FireAnimationFrame', 'TimerFire', 'RunMicrotasks'];
const LAYOUT = ['UpdateLayoutTree', 'Layout'];
const PAINT = ['PrePaint', 'Paint', 'Layerize', 'Commit'];
/** Named by the page at each update. */
export const MARK = 'bench-update';

/** Times the frames of a page: a frame is late when its neighbours are far apart. */
const FRAMES = `(() => { const all = (window.benchFrames = []); let last = performance.now();
  const next = (now) => { all.push(now - last); last = now; requestAnimationFrame(next); }; requestAnimationFrame(next); })()`;

/** @param during what happens meanwhile */
export async function traced(page: Page, during: () => Promise<void>): Promise<Work> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'] },
  });
  await page.evaluate(FRAMES);
  await during();
  const frames = await page.evaluate<number[]>('window.benchFrames');
  await ended(session);
  await session.detach();
  return { ...workOf(events), frames };
}

async function ended(session: CDPSession): Promise<void> {
  const complete = new Promise((done) => {
    session.once('Tracing.tracingComplete', done);
  });
  await session.send('Tracing.end');
  await complete;
}

/** Every update is what happened from its mark to the next one. */
function workOf(events: readonly TraceEvent[]): Omit<Work, 'frames'> {
  const marks = events.filter(({ name }) => name === MARK).sort((one, other) => one.ts - other.ts);
  const [first] = marks;
  if (first === undefined) throw new Error('The page did not mark its updates: no event came.');
  // the mark stands on the main thread of the page
  const own = events.filter(({ pid, tid, ph }) => pid === first.pid && tid === first.tid && ph === 'X');
  const updates = marks.slice(0, -1).map(({ ts }, at) => {
    const within = own.filter((event) => event.ts >= ts - 2_000 && event.ts < (marks[at + 1]?.ts ?? 0) - 2_000);
    const sum = (names: readonly string[]): number =>
      outermost(within.filter(({ name }) => names.includes(name))).reduce((all, { dur = 0 }) => all + dur, 0) / 1_000;
    const tasks = within.filter(({ name }) => name.endsWith('RunTask'));
    const most = (of: (task: TraceEvent) => number): number => Math.max(0, ...tasks.map((task) => of(task) / 1_000));
    const [longest, busiest] = [most(({ dur = 0 }) => dur), most(({ dur = 0, tdur = dur }) => tdur)];
    return { longest, busiest, script: sum(SCRIPT), layout: sum(LAYOUT), paint: sum(PAINT) };
  });
  const of = (what: keyof (typeof updates)[number]): number[] => updates.map((update) => update[what]);
  return {
    longest: of('longest'),
    busiest: of('busiest'),
    script: of('script'),
    layout: of('layout'),
    paint: of('paint'),
  };
}

/** What lies within another of them is counted with it. */
function outermost(events: readonly TraceEvent[]): readonly TraceEvent[] {
  const sorted = events.toSorted((one, other) => one.ts - other.ts);
  let end = 0;
  return sorted.filter(({ ts, dur = 0 }) => {
    if (ts < end) return false;
    end = ts + dur;
    return true;
  });
}
