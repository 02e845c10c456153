/** One thing that was asked, in a history of things that were asked at once. */
export interface Operation<State> {
  /** When it was asked, and when its answer was heard (`Infinity`: never). It took effect somewhere between. */
  readonly from: number;
  readonly to: number;
  /** The states after it; none: it cannot have happened in this one. */
  readonly after: (state: State) => readonly State[];
  /** It may never have taken effect: nobody heard of it. */
  readonly optional?: boolean;
  /** Cannot take effect before that one has (its index). */
  readonly follows?: number;
  readonly label: string;
}

export type Finding = 'linearisable' | 'not linearisable' | 'unknown';

/** Whether one order explains all answers: each operation takes effect at an instant between its question and its answer (Wing and Gong;
 *  with Lowe's memory of what was tried, as porcupine has it).
 *  @param end which states may be the last
 *  @param key of two equal states the same
 *  @param most steps; `unknown` beyond */
export function linearisable<State>(
  operations: readonly Operation<State>[],
  start: State,
  end: (state: State) => boolean,
  key: (state: State) => string,
  most = 200_000,
): Finding {
  const tried = new Set<string>();
  const all = operations.length;
  let steps = 0;
  const done = new Uint8Array(all); // 1: took effect, 2: never did
  const search = (state: State, left: number): Finding => {
    if (left === 0) return end(state) ? 'linearisable' : 'not linearisable';
    if (++steps > most) return 'unknown';
    const place = `${done.join('')} ${key(state)}`;
    if (tried.has(place)) return 'not linearisable';
    tried.add(place);
    // Nothing that was asked after another was answered can come before it.
    let horizon = Number.POSITIVE_INFINITY;
    for (let i = 0; i < all; i++) {
      const operation = operations[i];
      if (done[i] === 0 && operation !== undefined) horizon = Math.min(horizon, operation.to);
    }
    for (let i = 0; i < all; i++) {
      const operation = operations[i];
      if (operation === undefined || done[i] !== 0 || operation.from > horizon) continue;
      const before = operation.follows === undefined ? 1 : done[operation.follows];
      if (before === 0) continue;
      const outcomes: Finding[] = [];
      if (before === 1) {
        done[i] = 1;
        for (const next of operation.after(state)) outcomes.push(search(next, left - 1));
      }
      if ((operation.optional === true || before === 2) && !outcomes.includes('linearisable')) {
        done[i] = 2;
        outcomes.push(search(state, left - 1));
      }
      done[i] = 0;
      if (outcomes.includes('linearisable')) return 'linearisable';
      if (outcomes.includes('unknown')) return 'unknown';
    }
    return 'not linearisable';
  };
  return search(start, all);
}
