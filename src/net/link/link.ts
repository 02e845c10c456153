import type { Server } from 'node:net';
import { compile, loadSpec } from '../../codec/index.ts';
import { atMost, type Timer } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import { systemRandom } from '../../ops/random.ts';
import { identityOf, type Connection } from './connection.ts';
import { Endpoint } from './endpoint.ts';
import { Matching } from './matching.ts';
import { PriorityQueue } from './queue.ts';
import type { Shared } from './shared.ts';
import { signOff } from './signon.ts';
import { accept, dial, endpointName } from './sockets.ts';
import type {
  Exchange,
  Link,
  LinkAnswer,
  LinkEndpoint,
  LinkEvent,
  LinkOptions,
  LinkRequest,
  LinkState,
} from './types.ts';

interface Queued {
  readonly request: LinkRequest;
  readonly settle: (answer: LinkAnswer) => void;
  /** Ends its wait in the queue at the deadline; undefined: it is not in the queue. */
  timer: Timer | undefined;
  expired: boolean;
}

const DEFAULTS = {
  window: 256,
  queueLimit: 10_000,
  rekeyMs: 86_400_000,
  breaker: { failures: 20, openMs: 5_000, trials: 4 },
  reconnect: { baseMs: 100, capMs: 5_000 },
  random: systemRandom.fraction,
};
const CLOSE_GRACE_MS = 5_000;
/** Connections a bank may open to us (server mode). */
const MAX_ACCEPTED = 32;

/** The links to one card switch: connections kept up, requests spread over them, answers matched (issue 5, wire.md 10). */
export class SwitchLink implements Link {
  readonly listening: Promise<void>;
  readonly #options: LinkOptions & typeof DEFAULTS;
  readonly #shared: Shared;
  readonly #endpoints: Endpoint[] = [];
  readonly #queue: PriorityQueue<Queued>;
  readonly #closing = new AbortController();
  readonly #keepers: Promise<void>[] = [];
  #server: Server | undefined;
  #networkStan = 0;
  #turn = 0;
  #readyCount = -1;

  constructor(options: LinkOptions) {
    this.#options = { ...DEFAULTS, ...options };
    const { clock, hsm, zmk, log, timeoutMs, echoMs, rekeyMs } = this.#options;
    this.#queue = new PriorityQueue(this.#options.queueLimit);
    this.#shared = {
      codec: compile(loadSpec('bank-switch')),
      hsm,
      zmk,
      clock,
      log,
      timeoutMs,
      echoMs,
      rekeyMs,
      matching: new Matching(() => clock.now()),
      nextNetworkStan: () => {
        this.#networkStan = (this.#networkStan % 999_999) + 1;
        return String(this.#networkStan).padStart(6, '0');
      },
      event: (event) => {
        this.#event(event);
      },
      tap: options.onFrame,
      dial: options.dial ?? dial,
    };
    for (const target of options.endpoints) {
      const endpoint = this.#addEndpoint(endpointName(target));
      for (let i = 0; i < options.connectionsPerEndpoint; i++) this.#keepers.push(endpoint.keep(target));
    }
    this.listening = options.listen === undefined ? Promise.resolve() : this.#listen(options.listen);
    this.listening.catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'no bank can connect to us');
    });
    this.#changed();
  }

  get port(): number | undefined {
    const address = this.#server?.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  }

  ready(): boolean {
    return this.#endpoints.some((endpoint) => endpoint.ready);
  }

  state(): readonly LinkState[] {
    return this.#endpoints.map((endpoint) => endpoint.state());
  }

  queued(): number {
    return this.#queue.size;
  }

  async send(request: LinkRequest): Promise<LinkAnswer> {
    const answer = await new Promise<LinkAnswer>((settle) => {
      this.#enqueue({ request, settle, timer: undefined, expired: false });
      this.#pump();
    });
    if (answer.kind === 'unsent') this.#event({ kind: 'unsent', mti: request.mti, why: answer.why });
    return answer;
  }

  async close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    this.#closing.abort();
    this.#server?.close();
    this.#refuseQueued('the gateway stops');
    const { clock } = this.#shared;
    const until = clock.monotonic() + graceMs;
    while (this.#shared.matching.size > 0 && clock.monotonic() < until) await clock.sleep(10);
    const open = this.#endpoints.flatMap(({ connections }) => [...connections]);
    const signedOff = Promise.all(open.map((connection) => signOff(connection).catch(() => undefined))); // gone already: that is the aim
    await atMost(clock, Math.max(100, Math.min(1_000, until - clock.monotonic())), signedOff);
    for (const connection of open) connection.destroy('the gateway stops');
    await Promise.all([...this.#keepers, ...open.map(({ closed }) => closed)]);
  }

  async #listen(at: LinkEndpoint): Promise<void> {
    const endpoint = this.#addEndpoint(`listen ${endpointName(at)}`);
    this.#server = await accept(at, (socket) => {
      if (endpoint.connections.size >= MAX_ACCEPTED || this.#closing.signal.aborted) socket.destroy();
      else void endpoint.serve(socket);
    });
  }

  #addEndpoint(name: string): Endpoint {
    const endpoint = new Endpoint(name, {
      shared: this.#shared,
      breaker: this.#options.breaker,
      reconnect: this.#options.reconnect,
      random: this.#options.random,
      closing: this.#closing.signal,
      onChange: () => {
        this.#changed();
        this.#pump();
      },
    });
    this.#endpoints.push(endpoint);
    return endpoint;
  }

  #enqueue(item: Queued): void {
    const { request, settle } = item;
    if (!this.#queue.add(request.priority, item)) {
      settle(unsent('the queue to the bank is full'));
      return;
    }
    const { clock } = this.#shared;
    item.timer = clock.after(request.deadlineAt - clock.now(), () => {
      item.expired = true;
      settle(unsent('its deadline passed'));
    });
  }

  /** Hands queued requests to connections with room. Without any connection they are refused at once. */
  #pump(): void {
    while (this.#queue.size > 0) {
      if (this.#closing.signal.aborted) {
        this.#refuseQueued('the gateway stops');
        return;
      }
      const place = this.#pick();
      if (place === undefined) {
        // Windows are full: the next answer pumps again.
        if (!this.ready()) this.#refuseQueued('no link to the bank is signed on');
        return;
      }
      const item = this.#queue.take();
      if (item === undefined) return;
      this.#shared.clock.cancel(item.timer);
      if (!item.expired) void this.#carry(item, place.connection, place.endpoint);
    }
  }

  /** The least busy connection that may take a request; equals take turns. */
  #pick(): { connection: Connection; endpoint: Endpoint } | undefined {
    let best: { connection: Connection; endpoint: Endpoint } | undefined;
    const { length } = this.#endpoints;
    this.#turn = (this.#turn + 1) % Math.max(1, length);
    for (let i = 0; i < length; i++) {
      const endpoint = this.#endpoints[(this.#turn + i) % length];
      const connection = endpoint?.pick(this.#options.window);
      if (endpoint === undefined || connection === undefined) continue;
      if (best === undefined || connection.inFlight < best.connection.inFlight) best = { connection, endpoint };
    }
    return best;
  }

  /** Seals a request for a connection and sends it there. A connection that ends before the write costs nothing: the
   *  request goes back to the queue. After the write it is never sent again, here or elsewhere. */
  async #carry(item: Queued, connection: Connection, endpoint: Endpoint): Promise<void> {
    const { request, settle } = item;
    const sealed = await connection.reserve(() => sealFor(connection, request));
    const now = this.#shared.clock.now();
    if ('kind' in sealed) {
      settle(sealed);
    } else if (request.deadlineAt <= now) {
      settle(unsent('its deadline passed'));
    } else if (!connection.ready) {
      this.#enqueue(item);
    } else {
      const waitMs = request.deadlineAt - now;
      const exchange = await connection.exchange(identityOf(request.mti, sealed.fields), sealed.bytes, waitMs);
      if (exchange !== undefined) this.#conclude(exchange, request, endpoint, now);
      settle(exchange ?? unsent('a request of the same STAN, DE 7 and terminal is at work'));
    }
    this.#pump();
  }

  #conclude(exchange: Exchange, request: LinkRequest, endpoint: Endpoint, sentAt: number): void {
    const { mti, fields } = request;
    if (exchange.kind === 'answer') {
      endpoint.breaker.success();
      this.#event({ kind: 'answered', mti, seconds: (this.#shared.clock.now() - sentAt) / 1_000 });
      return;
    }
    // A lost connection shows by itself and has its own back-off; the breaker is for those that stay up and say nothing.
    if (exchange.kind !== 'lost') endpoint.breaker.failure();
    const about = { endpoint: endpoint.name, mti, stan: fields['11'], terminal: fields['41'], how: exchange.kind };
    this.#shared.log.warn(about, 'a request to the bank has no answer');
    this.#event({ kind: 'given-up', mti, how: exchange.kind });
  }

  #refuseQueued(why: string): void {
    for (const { settle, timer } of this.#queue.drain()) {
      this.#shared.clock.cancel(timer);
      settle(unsent(why));
    }
  }

  #changed(): void {
    const count = this.state().reduce((sum, { ready }) => sum + ready, 0);
    if (count === this.#readyCount) return;
    this.#readyCount = count;
    this.#event({ kind: 'ready', connections: count });
  }

  #event(event: LinkEvent): void {
    this.#options.onEvent?.(event);
  }
}

async function sealFor(
  connection: Connection,
  request: LinkRequest,
): Promise<{ bytes: Buffer; fields: LinkRequest['fields'] } | Extract<LinkAnswer, { kind: 'unsent' }>> {
  const keys = connection.keys.current;
  if (keys === undefined) return unsent('the connection has no keys');
  try {
    const fields = { ...request.fields, ...(await request.pin?.(keys.zpk)) };
    return { bytes: await connection.seal(request.mti, fields), fields };
  } catch (cause) {
    return { ...unsent(messageOf(cause)), cause };
  }
}

function unsent(why: string): Extract<LinkAnswer, { kind: 'unsent' }> {
  return { kind: 'unsent', why };
}
