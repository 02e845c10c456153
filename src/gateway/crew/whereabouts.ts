import type { Elsewhere } from './protocol.ts';

/** How many connections each terminal has to each worker: nearly always one to one. */
export class Whereabouts {
  readonly #most: number;
  readonly #tell: (worker: number, told: Elsewhere) => void;
  /** By terminal, then by worker. */
  readonly #connections = new Map<string, Map<number, number>>();

  /** @param most connections of one certificate */
  constructor(most: number, tell: (worker: number, told: Elsewhere) => void) {
    this.#most = most;
    this.#tell = tell;
  }

  note(worker: number, terminal: string, connections: number): void {
    const here = this.#connections.get(terminal) ?? new Map<number, number>();
    const came = connections > (here.get(worker) ?? 0);
    if (connections === 0) here.delete(worker);
    else here.set(worker, connections);
    if (here.size === 0) this.#connections.delete(terminal);
    else this.#connections.set(terminal, here);
    const all = [...here.values()].reduce((sum, each) => sum + each, 0);
    for (const [each, its] of here)
      if (each !== worker) this.#tell(each, { kind: 'elsewhere', terminal, connections: all - its });
    if (here.size > 1 && came) this.#tell(worker, { kind: 'elsewhere', terminal, connections: all - connections });
    if (came && all > this.#most) this.#tell(mostOf(here), { kind: 'displace', terminal });
  }

  /** The worker ended. */
  forget(worker: number): void {
    for (const [terminal, here] of this.#connections) if (here.has(worker)) this.note(worker, terminal, 0);
  }
}

function mostOf(here: ReadonlyMap<number, number>): number {
  return [...here].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}
