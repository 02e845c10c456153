/** The STANs that one copy of the gateway heard of a terminal since it last wrote them: runs of numbers, `[lo, hi, lo, hi, …]`, both in it.
 *  What one copy did not hear another may have: only together they have gaps (sql/add.sql). */
export interface HeardStans {
  readonly runs: number[];
  /** Times that the number went back, which a device alone does only when it begins again. */
  leaps: number;
}

/** Runs of one terminal between two writes: beyond them what lies between counts as heard. */
const MOST_RUNS = 2_000;
/** STANs are 1 to 999999, then 1 again. */
const ROUND = 999_999;
/** Messages of a concentrator overtake each other so far. */
const OVERTAKEN = 50;

export function heard(): HeardStans {
  return { runs: [], leaps: 0 };
}

/** @param last the STAN before, as this copy heard it; undefined: it is the first
 *  @param repeat a repeat has the STAN of its first, which may be long ago */
export function hear(stans: HeardStans, stan: number, last: number | undefined, repeat: boolean): void {
  const { runs } = stans;
  const end = runs.length - 1;
  if (runs[end] === stan - 1) runs[end] = stan;
  else if (runs[end] !== stan) runs.push(stan, stan);
  if (runs.length > 2 * MOST_RUNS) bound(runs);
  if (last !== undefined && !repeat && wentBack(last, stan)) stans.leaps++;
}

function wentBack(last: number, stan: number): boolean {
  const ahead = (stan - last + ROUND) % ROUND;
  return ahead >= ROUND / 2 && ahead < ROUND - OVERTAKEN;
}

/** Sorted and joined; what is still too much becomes one run, so that nothing is called a gap that is none. */
function bound(runs: number[]): void {
  const joined = joinedRuns(runs);
  const ends = joined.length / 2 > MOST_RUNS / 2 ? [joined[0] ?? 0, joined.at(-1) ?? 0] : joined;
  runs.length = 0;
  runs.push(...ends);
}

function joinedRuns(runs: readonly number[]): number[] {
  const pairs = Array.from({ length: runs.length / 2 }, (_, n) => [runs[2 * n] ?? 0, runs[2 * n + 1] ?? 0] as const);
  pairs.sort(([one], [other]) => one - other);
  const joined: number[] = [];
  for (const [lo, hi] of pairs) {
    const end = joined.length - 1;
    if (end >= 0 && lo <= (joined[end] ?? 0) + 1) joined[end] = Math.max(joined[end] ?? 0, hi);
    else joined.push(lo, hi);
  }
  return joined;
}

/** What was heard later comes to what could not be written. */
export function addStans(to: HeardStans, more: HeardStans): void {
  to.runs.push(...more.runs);
  if (to.runs.length > 2 * MOST_RUNS) bound(to.runs);
  to.leaps += more.leaps;
}

/** As PostgreSQL reads it: `{[1,5],[7,7]}`. */
export function multirangeOf({ runs }: HeardStans): string {
  let text = '';
  for (let at = 0; at < runs.length; at += 2) text += `,[${runs[at] ?? 0},${runs[at + 1] ?? 0}]`;
  return `{${text.slice(1)}}`;
}
