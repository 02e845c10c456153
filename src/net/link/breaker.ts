/** closed: traffic flows · open: none, the endpoint is only probed by echoes · half-open: a few, until one succeeds. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /** Unanswered requests in a row that open it. */
  readonly failures: number;
  /** How long it stays open at least. */
  readonly openMs: number;
  /** Requests that may be at work at once while half-open. */
  readonly trials: number;
}

/** Keeps requests away from an endpoint that takes them and does not answer. One answer closes it again. */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #now: () => number;
  readonly #onChange: (state: BreakerState) => void;
  #state: BreakerState = 'closed';
  #failures = 0;
  #openedAt = 0;

  constructor(options: BreakerOptions, now: () => number, onChange: (state: BreakerState) => void) {
    this.#options = options;
    this.#now = now;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether one more request may leave while `inFlight` are at work there. */
  admits(inFlight: number): boolean {
    if (this.#state === 'closed') return true;
    return this.#state === 'half-open' && inFlight < this.#options.trials;
  }

  /** A request was answered: whatever the answer says, the other side works. */
  success(): void {
    this.#failures = 0;
    this.#become('closed');
  }

  failure(): void {
    this.#failures++;
    if (this.#state === 'closed' && this.#failures < this.#options.failures) return;
    this.#openedAt = this.#now();
    this.#become('open');
  }

  /** An echo was answered: the line is alive, so after `openMs` real requests may try. */
  echoed(): void {
    if (this.#state === 'open' && this.#now() - this.#openedAt >= this.#options.openMs) this.#become('half-open');
  }

  #become(state: BreakerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange(state);
  }
}
