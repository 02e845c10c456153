import type { Timer } from '../../ops/clock.ts';
import { HsmError } from '../errors.ts';
import { Connection, type ConnectionSettings, type Endpoint } from './connection.ts';
import type { Field, Message } from './frame.ts';

export interface PoolSettings extends ConnectionSettings {
  readonly endpoints: readonly Endpoint[];
  /** Connections to each endpoint. */
  readonly connections: number;
  /** Most commands that are under way on one connection; the HSM has as many processing threads. */
  readonly maxInFlight: number;
}

/** Most commands that wait for a connection; more are refused at once, so that the gateway can answer in time. */
const MAX_WAITING = 10_000;
const FIRST_RETRY_MS = 20;
const LAST_RETRY_MS = 5_000;

interface Slot {
  readonly endpoint: Endpoint;
  connection: Connection | undefined;
  retryMs: number;
  timer: Timer | undefined;
}

interface Job {
  readonly command: string;
  readonly fields: readonly Field[];
  readonly done: (answer: Message) => void;
  readonly fail: (error: unknown) => void;
  /** Ends its wait for a connection. */
  timer: Timer | undefined;
  retried: boolean;
}

/** Connections to one or more HSMs that hold the same LMK. The least busy one takes the next command; one that breaks is made
 *  anew, ever more slowly while it cannot be. */
export class Pool {
  readonly #settings: PoolSettings;
  readonly #slots: Slot[];
  #waiting: Job[] = [];
  #closed = false;
  #lastError: HsmError | undefined;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#slots = settings.endpoints.flatMap((endpoint) =>
      Array.from({ length: settings.connections }, () => ({
        endpoint,
        connection: undefined,
        retryMs: FIRST_RETRY_MS,
        timer: undefined,
      })),
    );
    for (const slot of this.#slots) void this.#connect(slot);
  }

  /** Runs one command. One that a broken connection swallowed is sent once more: host commands leave nothing behind.
   *  @throws HsmError `hsm.unavailable`, `hsm.timeout`, `hsm.busy`, `hsm.closed` */
  send(command: string, fields: readonly Field[]): Promise<Message> {
    if (this.#closed) return Promise.reject(new HsmError('hsm.closed', 'The HSM is closed.'));
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new HsmError('hsm.busy', `${MAX_WAITING} commands wait for the HSM already.`));
    }
    return new Promise((done, fail) => {
      const job: Job = { command, fields, done, fail, timer: undefined, retried: false };
      this.#waiting.push(job);
      this.#giveUpInTime(job);
      this.#serve();
    });
  }

  #giveUpInTime(job: Job): void {
    const { clock, timeoutMs } = this.#settings;
    clock.cancel(job.timer);
    job.timer = clock.after(timeoutMs, () => {
      if (!this.#waiting.includes(job)) return; // it is with a connection, which has its own timer
      this.#waiting = this.#waiting.filter((other) => other !== job);
      job.fail(this.#lastError ?? new HsmError('hsm.timeout', 'No connection to the HSM was free in time.'));
    });
  }

  /** Connections that are up, of how many. */
  get health(): { readonly up: number; readonly of: number; readonly lastError: string } {
    const up = this.#slots.filter((slot) => slot.connection !== undefined).length;
    return { up, of: this.#slots.length, lastError: this.#lastError?.message ?? '' };
  }

  close(): void {
    this.#closed = true;
    const { clock } = this.#settings;
    for (const slot of this.#slots) {
      clock.cancel(slot.timer);
      slot.connection?.close();
    }
    for (const { fail, timer } of this.#waiting.splice(0)) {
      clock.cancel(timer);
      fail(new HsmError('hsm.closed', 'The HSM is closed.'));
    }
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const free = this.#leastBusy();
      if (free === undefined) return;
      const job = this.#waiting.shift();
      if (job !== undefined) void this.#run(free, job);
    }
  }

  async #run(connection: Connection, job: Job): Promise<void> {
    try {
      job.done(await connection.send(job.command, job.fields));
    } catch (error) {
      const lost = error instanceof HsmError && error.code === 'hsm.unavailable';
      if (lost && !job.retried && !this.#closed) {
        job.retried = true;
        this.#waiting.unshift(job);
        this.#giveUpInTime(job);
      } else job.fail(error);
    } finally {
      if (!this.#waiting.includes(job)) this.#settings.clock.cancel(job.timer);
      this.#serve();
    }
  }

  #leastBusy(): Connection | undefined {
    let best: Connection | undefined;
    for (const { connection } of this.#slots) {
      if (connection === undefined || connection.inFlight >= this.#settings.maxInFlight) continue;
      if (best === undefined || connection.inFlight < best.inFlight) best = connection;
    }
    return best;
  }

  async #connect(slot: Slot): Promise<void> {
    try {
      const connection = await Connection.open(slot.endpoint, this.#settings);
      if (this.#closed) {
        connection.close();
        return;
      }
      slot.connection = connection;
      slot.retryMs = FIRST_RETRY_MS;
      connection.onClosed = () => {
        slot.connection = undefined;
        this.#again(slot);
      };
      this.#serve();
    } catch (error) {
      this.#lastError =
        error instanceof HsmError ? error : new HsmError('hsm.unavailable', 'No connection to the HSM.');
      this.#again(slot);
    }
  }

  #again(slot: Slot): void {
    if (this.#closed) return;
    slot.timer = this.#settings.clock.after(slot.retryMs, () => void this.#connect(slot));
    slot.timer.unref();
    slot.retryMs = Math.min(slot.retryMs * 2, LAST_RETRY_MS);
  }
}
