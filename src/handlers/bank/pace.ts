import { backoffMs } from '../../net/link/index.ts';

/** Advices under way at once, at most. */
const MOST = 128;
/** Attempts in a row that the bank did not take: it takes none at the moment. */
const STANDSTILL = 8;
const PAUSE = { baseMs: 500, capMs: 30_000 };

/** How fast advices go to a bank that may take none of them (decision 40). All at once while it takes them; each that it does not
 *  take halves how many are under way, each that it takes doubles it; and where it takes none, one goes now and then, to see. It
 *  slows, and never gives up: what is to be delivered stays in the queue. */
export class Pace {
  readonly #random: () => number;
  readonly #pause: typeof PAUSE;
  #window = MOST;
  #failures = 0;
  #pauses = 0;
  #pausedAt = -Infinity;
  #resumeAt = -Infinity;

  constructor(random: () => number, pause: typeof PAUSE = PAUSE) {
    this.#random = random;
    this.#pause = pause;
  }

  /** How many may be under way at once now. */
  get window(): number {
    return this.#window;
  }

  /** How many more may begin. */
  room(underWay: number, now: number): number {
    return now < this.#resumeAt ? 0 : Math.max(0, this.#window - underWay);
  }

  taken(): void {
    this.#window = Math.min(MOST, this.#window * 2);
    this.#failures = 0;
    this.#pauses = 0;
    this.#resumeAt = -Infinity;
  }

  /** @param begunAt when the attempt began: those of before a pause do not make it longer */
  notTaken(begunAt: number, now: number): void {
    this.#window = Math.max(1, Math.floor(this.#window / 2));
    this.#failures++;
    if (this.#failures < STANDSTILL || begunAt <= this.#pausedAt) return;
    this.#pausedAt = now;
    this.#resumeAt = now + backoffMs(this.#pauses++, this.#pause.baseMs, this.#pause.capMs, this.#random);
  }
}
