import { createHash, type Hash } from 'node:crypto';
import { clockOf, type Clock, type Timer } from '../src/ops/clock.ts';

/** Something that lives and can die: a copy of the gateway, the bank, the devices. What it waits for dies with it. */
export interface Process {
  readonly name: string;
  readonly alive: boolean;
}

interface Event extends Timer {
  readonly at: number;
  readonly order: number;
  readonly owner: Process;
  readonly label: string;
  readonly work: () => void;
  cancelled: boolean;
}

/** Told of each step before it is taken. */
export type Watcher = (step: number, at: number, owner: string, label: string) => void;

/** The world as one queue of events in virtual time. An event runs, and everything that follows from it without waiting; only then
 *  the next one: so the order of the events is the whole of what could differ between two runs, and the seed gives that. */
export class Scheduler {
  readonly #queue = new Heap();
  readonly #startMs: number;
  readonly #hash: Hash = createHash('sha256');
  #passed = 0;
  #order = 0;
  #steps = 0;
  onStep: Watcher = () => undefined;
  /** What went wrong somewhere that nobody awaits. */
  readonly faults: unknown[] = [];

  /** @param startMs ms since the epoch */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  get now(): number {
    return this.#startMs + this.#passed;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Takes part in the hash of the run: two runs with the same hash did the same. */
  note(text: string): void {
    this.#hash.update(text).update('\n');
  }

  /** The hash of everything that was done so far. */
  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  after(owner: Process, ms: number, label: string, work: () => void): Timer {
    const at = this.#passed + Math.max(0, ms);
    const event: Event = { at, order: this.#order++, owner, label, work, cancelled: false, unref: () => undefined };
    this.#queue.push(event);
    return event;
  }

  cancel(timer: Timer | undefined): void {
    if (timer !== undefined) (timer as Event).cancelled = true;
  }

  /** Time as one process sees it.
   *  @param skewMs how far its time of day is off */
  clock(owner: Process, skewMs = 0): Clock {
    return clockOf({
      now: () => Math.floor(this.now + skewMs),
      monotonic: () => this.#passed,
      after: (ms, work) => this.after(owner, ms, 'timer', work),
      cancel: (timer) => {
        this.cancel(timer);
      },
      soon: (work) => {
        this.after(owner, 0, 'soon', work);
      },
    });
  }

  /** Runs until `isDone`, or until no event is left before `untilMs` of this run.
   *  @returns whether `isDone` */
  async run(isDone: () => boolean, untilMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    await drained();
    while (!isDone()) {
      const event = this.#next();
      if (event === undefined) {
        if (Number.isFinite(untilMs)) this.#passed = Math.max(this.#passed, untilMs);
        return false;
      }
      if (event.at > untilMs) {
        this.#queue.push(event);
        this.#passed = Math.max(this.#passed, untilMs);
        return false;
      }
      this.#passed = Math.max(this.#passed, event.at);
      this.#steps++;
      this.#hash.update(`${this.#passed} ${event.owner.name} ${event.label}\n`);
      this.onStep(this.#steps, this.#passed, event.owner.name, event.label);
      event.work();
      await drained();
    }
    return true;
  }

  /** Waits for `work`, while the world goes on.
   *  @throws Error when the world comes to rest, or `withinMs` pass, before it is done */
  async until<T>(work: Promise<T>, what: string, withinMs = 86_400_000): Promise<T> {
    let settled: { readonly value: T } | { readonly error: unknown } | undefined;
    work.then(
      (value) => (settled = { value }),
      (error: unknown) => (settled = { error }),
    );
    await this.run(() => settled !== undefined, this.#passed + withinMs);
    if (settled === undefined) throw new Error(`${what} does not end: nothing that it waits for will happen`);
    if ('error' in settled) throw settled.error;
    return settled.value;
  }

  /** Lets `ms` pass, with all that happens in it. */
  async pass(ms: number): Promise<void> {
    await this.run(() => false, this.#passed + ms);
  }

  /** Lets `ms` pass in which nothing happens, as over a night without a customer: what falls due meanwhile comes at its end. Beats of
   *  loops that fall into it are left out, as on a machine that was stopped. */
  jump(ms: number): void {
    this.#passed += ms;
  }

  #next(): Event | undefined {
    for (;;) {
      const event = this.#queue.pop();
      if (event === undefined || (!event.cancelled && event.owner.alive)) return event;
    }
  }
}

/** What waits for nothing of the machine, however long it is there. */
const IDLE = new Set(['FileHandle', 'MessagePort', 'Immediate', 'Timeout', 'PipeWrap', 'TTYWrap', 'TCPSocketWrap']);
const isBusy = (): boolean => process.getActiveResourcesInfo().some((name) => !IDLE.has(name));

/** Every promise that can settle by itself has, and no file is being read or written: those are waited for, so that when they are done
 *  never makes a difference. */
async function drained(): Promise<void> {
  await turn();
  if (!isBusy()) return;
  for (let quiet = 0; quiet < 3;) {
    await turn();
    quiet = isBusy() ? 0 : quiet + 1;
  }
}

function turn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

/** The earliest first; of one instant, in the order in which they were put there. */
class Heap {
  readonly #items: Event[] = [];

  push(event: Event): void {
    const items = this.#items;
    let at = items.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (above === undefined || before(above, event)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = event;
  }

  pop(): Event | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [items[child], items[child + 1]];
      if (left === undefined) break;
      let least = left;
      if (right !== undefined && before(right, left)) {
        least = right;
        child++;
      }
      if (before(last, least)) break;
      items[at] = least;
      at = child;
    }
    items[at] = last;
    return first;
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
