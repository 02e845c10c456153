import { readdirSync, readFileSync } from 'node:fs';

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

const MS_A_TICK = 10;
const PARENT = 1;
const OWN = [11, 12];
const ENDED = [13, 14];

/** What the server of this id and its processes, those that have ended too, have used of the processors (Linux; elsewhere 0). */
export function serverCpuMs(pid: number): number {
  let ticks = 0;
  for (const name of process.platform === 'linux' ? readdirSync('/proc') : []) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    const isServer = Number(name) === pid;
    if (!isServer && fields[PARENT] !== String(pid)) continue;
    for (const place of isServer ? [...OWN, ...ENDED] : OWN) ticks += Number(fields[place]);
  }
  return ticks * MS_A_TICK;
}

/** The fields of /proc/N/stat after the name: state, parent and so on. */
function statOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return []; // it has just ended
  }
}
