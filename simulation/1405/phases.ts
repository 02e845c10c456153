interface Spent {
  readonly times: number;
  readonly ms: number;
  readonly cpuMs: number;
}

/** Where the time of a replay goes: by what was done how often, seconds, and those that the database's processes had a processor. The latter
 *  are the same on a machine that others use. */
export class Phases {
  readonly #spent = new Map<string, Spent>();
  readonly #cpuMs: () => number;

  /** @param cpuMs what the database has used so far */
  constructor(cpuMs: () => number = () => 0) {
    this.#cpuMs = cpuMs;
  }

  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const [begun, used] = [performance.now(), this.#cpuMs()];
    try {
      return await work();
    } finally {
      const { times, ms, cpuMs } = this.#spent.get(name) ?? { times: 0, ms: 0, cpuMs: 0 };
      const [more, moreCpu] = [performance.now() - begun, this.#cpuMs() - used];
      this.#spent.set(name, { times: times + 1, ms: ms + more, cpuMs: cpuMs + moreCpu });
    }
  }

  /** The longest first. */
  table(): string[] {
    const sorted = [...this.#spent].sort(([, a], [, b]) => b.ms - a.ms);
    const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1).padStart(8)} s`;
    return sorted.map(([name, { times, ms, cpuMs }]) => `${seconds(ms)} ${seconds(cpuMs)}  ${name} (${times})`);
  }
}
