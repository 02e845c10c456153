/** A window is divided into so many slices: what is older than a window is forgotten a slice at a time. */
const SLICES = 10;
/** Keys kept a rule; the one that was quiet longest goes first. */
const MOST_KEYS = 50_000;

interface Counts {
  readonly slices: Uint32Array;
  /** Number of the slice that was written last. */
  last: number;
}

/** Counts events of many keys over a sliding window, in bounded memory. */
export class Windows {
  readonly #sliceMs: number;
  readonly #keys = new Map<string, Counts>();

  /** @param windowMs how far back events count */
  constructor(windowMs: number) {
    this.#sliceMs = windowMs / SLICES;
  }

  /** Counts one event of `key` at `now` (ms), and says how many it has had in the window, this one included. */
  add(key: string, now: number): number {
    const counts = this.#at(key, now);
    const slot = counts.last % SLICES;
    counts.slices[slot] = (counts.slices[slot] ?? 0) + 1;
    return counts.slices.reduce((sum, count) => sum + count, 0);
  }

  #at(key: string, now: number): Counts {
    const slice = Math.floor(now / this.#sliceMs);
    const known = this.#keys.get(key);
    this.#keys.delete(key); // whoever is heard of moves to the end
    const counts = known ?? { slices: new Uint32Array(SLICES), last: slice };
    for (let n = Math.max(counts.last, slice - SLICES) + 1; n <= slice; n++) counts.slices[n % SLICES] = 0;
    counts.last = Math.max(counts.last, slice);
    this.#keys.set(key, counts);
    if (this.#keys.size > MOST_KEYS) this.#keys.delete(this.#keys.keys().next().value ?? '');
    return counts;
  }
}
