import type { Socket } from 'node:net';
import { messageOf } from '../../ops/errors.ts';
import { backoffMs } from './backoff.ts';
import { Breaker, type BreakerOptions } from './breaker.ts';
import { Connection } from './connection.ts';
import type { Shared } from './shared.ts';
import { keepAlive, signOn } from './signon.ts';
import type { LinkEndpoint, LinkState } from './types.ts';

export interface EndpointOptions {
  readonly shared: Shared;
  readonly breaker: BreakerOptions;
  readonly reconnect: { readonly baseMs: number; readonly capMs: number };
  readonly random: () => number;
  /** Aborted when the link closes. */
  readonly closing: AbortSignal;
  /** A connection came or went, or the breaker may let requests through: look at the queue. */
  readonly onChange: () => void;
}

/** A connection that ended sooner than this after its sign-on counts as a failed attempt: the back-off goes on. */
const STABLE_MS = 2_000;

/** One place where the bank is reached: its connections, kept up, and the breaker over them. */
export class Endpoint {
  readonly name: string;
  readonly breaker: Breaker;
  readonly connections = new Set<Connection>();
  readonly #options: EndpointOptions;

  constructor(name: string, options: EndpointOptions) {
    const { shared, breaker } = options;
    this.name = name;
    this.#options = options;
    this.breaker = new Breaker(
      breaker,
      () => shared.clock.now(),
      (state) => {
        shared.log.warn({ endpoint: name, breaker: state }, 'the breaker of a bank endpoint changed');
        shared.event({ kind: 'breaker', endpoint: name, state });
      },
    );
  }

  get inFlight(): number {
    let sum = 0;
    for (const connection of this.connections) sum += connection.inFlight;
    return sum;
  }

  /** A connection is signed on, and the breaker is not open. */
  get ready(): boolean {
    return this.breaker.state !== 'open' && [...this.connections].some((connection) => connection.ready);
  }

  state(): LinkState {
    const ready = [...this.connections].filter((connection) => connection.ready).length;
    return { endpoint: this.name, ready, inFlight: this.inFlight, breaker: this.breaker.state };
  }

  /** The least busy connection with room, where the breaker lets one more request through. */
  pick(window: number): Connection | undefined {
    if (!this.breaker.admits(this.inFlight)) return undefined;
    let best: Connection | undefined;
    for (const connection of this.connections) {
      if (!connection.ready || connection.inFlight >= window) continue;
      if (best === undefined || connection.inFlight < best.inFlight) best = connection;
    }
    return best;
  }

  /** Keeps one connection up until the link closes: connects, serves until it ends, pauses, again. */
  async keep(target: LinkEndpoint): Promise<void> {
    const { shared, closing, reconnect, random } = this.#options;
    let failures = 0;
    while (!closing.aborted) {
      const since = shared.clock.now();
      try {
        const signedOn = await this.serve(await shared.dial(target, shared.timeoutMs, shared.clock));
        if (signedOn && shared.clock.now() - since >= STABLE_MS) failures = 0;
      } catch (error) {
        if (failures === 0) shared.log.warn({ error: messageOf(error) }, 'the bank cannot be reached');
      }
      const pauseMs = backoffMs(failures++, reconnect.baseMs, reconnect.capMs, random);
      await shared.clock.sleep(pauseMs, closing);
    }
  }

  /** One connection from its sign-on to its end.
   *  @returns whether it was ever signed on */
  async serve(socket: Socket): Promise<boolean> {
    const { shared, closing } = this.#options;
    const connection = new Connection(socket, this.name, shared);
    this.connections.add(connection);
    let stop: (() => void) | undefined;
    try {
      if (closing.aborted) connection.destroy('the gateway stops');
      await signOn(connection, shared);
      stop = this.#signedOn(connection);
    } catch (error) {
      connection.destroy(messageOf(error));
    }
    const why = await connection.closed;
    stop?.();
    this.connections.delete(connection);
    if (!closing.aborted) {
      shared.log.warn({ endpoint: this.name, why }, 'a connection to the bank ended');
      shared.event({ kind: 'disconnected', endpoint: this.name, why });
    }
    this.#options.onChange();
    return stop !== undefined;
  }

  #signedOn(connection: Connection): () => void {
    const { shared, onChange } = this.#options;
    shared.log.info({ endpoint: this.name }, 'signed on at the bank');
    shared.event({ kind: 'connected', endpoint: this.name, why: 'signed on' });
    const probing = (): boolean => this.breaker.state === 'open';
    const stop = keepAlive(connection, shared, probing, () => {
      this.breaker.echoed();
      onChange();
    });
    this.breaker.echoed(); // a sign-on shows as much as an echo
    onChange();
    return stop;
  }
}
