import { GatewayError, messageOf } from './errors.ts';

export interface PartsOptions {
  /** A part is about to come up. */
  readonly onStep?: (name: string) => void;
  readonly onUp?: (name: string, tookMs: number) => void;
  /** A part could not be closed; the others are closed all the same. */
  readonly onFault?: (name: string, why: string) => void;
}

/** What is up, in the order it came up. It goes down in the reverse order: at a stop, and where a later part cannot come up. */
export class Parts {
  readonly #options: PartsOptions;
  readonly #up: { readonly name: string; readonly close: () => Promise<void> | void }[] = [];
  readonly #stopping = new AbortController();
  #closing: string | undefined;
  #closed = false;

  constructor(options: PartsOptions = {}) {
    this.#options = options;
  }

  /** Aborted when a stop is asked for: whoever waits gives up. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The part that is being closed now. */
  get closing(): string | undefined {
    return this.#closing;
  }

  /** Brings a part up, unless a stop was asked for.
   *  @throws GatewayError `stopped`, and whatever `open` throws */
  async up<T>(
    name: string,
    open: () => T | Promise<T>,
    close: (part: T) => Promise<void> | void = () => undefined,
  ): Promise<T> {
    this.#demandGoing();
    this.#options.onStep?.(name);
    const since = performance.now();
    const part = await open();
    this.add(name, () => close(part));
    this.#options.onUp?.(name, performance.now() - since);
    this.#demandGoing();
    return part;
  }

  /** A part that comes up after everything went down goes down at once. */
  add(name: string, close: () => Promise<void> | void): void {
    this.#up.push({ name, close });
    if (this.#closed) void this.close();
  }

  /** Nothing more comes up. */
  stop(): void {
    this.#stopping.abort();
  }

  async close(): Promise<void> {
    this.stop();
    for (let part = this.#up.pop(); part !== undefined; part = this.#up.pop()) {
      this.#closing = part.name;
      try {
        await part.close();
      } catch (error) {
        this.#options.onFault?.(part.name, messageOf(error));
      }
    }
    this.#closing = undefined;
    this.#closed = true;
  }

  #demandGoing(): void {
    if (this.#stopping.signal.aborted) throw new GatewayError('stopped', 'Stopped before it was ready.');
  }
}
