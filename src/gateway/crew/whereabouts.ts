/** To which workers each terminal is connected: mostly to one. */
export class Whereabouts {
  readonly #workers = new Map<string, Set<number>>();
  readonly #onAmong: (worker: number, terminal: string, workers: number) => void;

  /** @param onAmong each worker that has a terminal is told of how many have it, where that changes and matters */
  constructor(onAmong: (worker: number, terminal: string, workers: number) => void) {
    this.#onAmong = onAmong;
  }

  note(worker: number, terminal: string, here: boolean): void {
    const workers = this.#workers.get(terminal) ?? new Set();
    const before = workers.size;
    if (here) workers.add(worker);
    else workers.delete(worker);
    if (workers.size === 0) this.#workers.delete(terminal);
    else this.#workers.set(terminal, workers);
    if (workers.size === before || Math.max(before, workers.size) === 1) return;
    for (const each of workers) this.#onAmong(each, terminal, workers.size);
  }

  /** The worker ended. */
  forget(worker: number): void {
    for (const [terminal, workers] of this.#workers) if (workers.has(worker)) this.note(worker, terminal, false);
  }
}
