import type { Clock } from '../../ops/clock.ts';

/** Keeps a burst of calls from holding the event loop: what is over a turn's budget waits for a later turn, in order. */
export class Pacer {
  readonly #budget: number;
  readonly #clock: Pick<Clock, 'soon'>;
  #left: number;
  #scheduled = false;
  #waiting: { readonly cost: number; readonly start: () => void }[] = [];
  #head = 0;

  /** @param budget how much may run in one turn of the event loop, in the unit of `run`'s cost */
  constructor(budget: number, clock: Pick<Clock, 'soon'>) {
    this.#budget = budget;
    this.#clock = clock;
    this.#left = budget;
  }

  /** Runs `work` now when this turn's budget allows, else in a later turn. */
  run<T>(cost: number, work: () => T): Promise<T> {
    if (this.#left <= 0 || this.#waiting.length > 0) return this.#turn(cost).then(work);
    this.#spend(cost);
    return new Promise((done) => {
      done(work());
    });
  }

  #turn(cost: number): Promise<void> {
    return new Promise((start) => {
      this.#waiting.push({ cost, start });
    });
  }

  #spend(cost: number): void {
    this.#left -= cost;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#nextTurn();
    });
  }

  #nextTurn(): void {
    this.#scheduled = false;
    this.#left = this.#budget;
    while (this.#left > 0) {
      const next = this.#waiting[this.#head];
      if (next === undefined) break;
      this.#head++;
      this.#spend(next.cost);
      next.start();
    }
    if (this.#head < this.#waiting.length) return;
    this.#waiting = [];
    this.#head = 0;
  }
}
