import { readFileSync } from 'node:fs';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { encodeFrame, FrameDecoder, type Codec, type Message } from '../../codec/index.ts';
import type { Clock, Timer } from '../../ops/clock.ts';
import { GatewayError, fileFault, reasonOf } from '../../ops/errors.ts';
import { placeText } from '../../field/place.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** PEM files: the CA, and the terminal's own certificate and key. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** A laboratory's relay, which is plain TCP. */
export interface PlainEndpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: undefined;
}

/** A gateway in this same process: what is sent, and its answer (undefined: none), without header. */
export interface DirectLine {
  readonly tls: undefined;
  readonly send: (request: Buffer) => Promise<Buffer | undefined>;
}

/** Requests out, answers in. */
export interface Connection {
  readonly open: boolean;
  exchange(
    request: Uint8Array,
    stan: string,
    timeoutMs: number,
  ): Promise<{ message: Message; body: Buffer } | undefined>;
  close(): void;
  /** The line breaks this moment; what was sent has left. */
  cut(): void;
}

/** @param context of `endpoint.tls`, where many connections share one
 *  @throws GatewayError `terminal.connect` */
export async function openConnection(
  endpoint: Endpoint | PlainEndpoint | DirectLine,
  codec: Codec,
  clock: Clock,
  context?: SecureContext,
): Promise<Connection> {
  return 'send' in endpoint ? direct(endpoint, codec) : TerminalConnection.open(endpoint, codec, clock, context);
}

function direct({ send }: DirectLine, codec: Codec): Connection {
  let open = true;
  const close = (): void => {
    open = false;
  };
  return {
    get open() {
      return open;
    },
    exchange: async (request) => {
      const body = open ? await send(Buffer.from(request)) : undefined;
      return body === undefined ? undefined : { message: codec.decode(body), body };
    },
    close,
    cut: close,
  };
}

const CONNECT_MS = 10_000;
const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;

/** A device's TLS connection: requests out, answers in, matched by STAN. */
class TerminalConnection implements Connection {
  readonly #socket: Socket;
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #frames = new FrameDecoder(FRAMING);
  readonly #waiting = new Map<string, (answer: Message | undefined) => void>();
  open = true;

  private constructor(socket: Socket, codec: Codec, clock: Clock) {
    this.#socket = socket;
    this.#codec = codec;
    this.#clock = clock;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of this.#frames.push(chunk)) if (!frame.keepAlive) this.#take(frame.body);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined); // what is no message cannot be cut further
      }
    });
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      this.open = false;
      for (const settle of this.#waiting.values()) settle(undefined);
    });
  }

  /** @throws GatewayError `terminal.connect` */
  static async open(
    endpoint: Endpoint | PlainEndpoint,
    codec: Codec,
    clock: Clock,
    context?: SecureContext,
  ): Promise<TerminalConnection> {
    const { host, port, tls } = endpoint;
    const socket =
      tls === undefined
        ? connectPlain({ host, port })
        : connect({ host, port, ...named(host), secureContext: context ?? tlsContext(tls) });
    let late: Timer | undefined;
    try {
      await new Promise<void>((done, fail) => {
        late = clock.after(CONNECT_MS, () => {
          fail(new Error(`no connection within ${CONNECT_MS} ms`));
        });
        socket.once(tls === undefined ? 'connect' : 'secureConnect', done);
        socket.once('error', fail);
      });
    } catch (cause) {
      socket.destroy();
      throw new GatewayError(
        'terminal.connect',
        `No gateway answers on ${placeText({ host, port })}: ${reasonOf(cause)}. Start it, or check host and port.`,
        {
          cause,
        },
      );
    } finally {
      clock.cancel(late);
    }
    return new TerminalConnection(socket, codec, clock);
  }

  /** Sends a request and waits for the answer with its STAN.
   *  @returns undefined when none came within `timeoutMs` or the connection closed */
  exchange(
    request: Uint8Array,
    stan: string,
    timeoutMs: number,
  ): Promise<{ message: Message; body: Buffer } | undefined> {
    if (!this.open) return Promise.resolve(undefined);
    return new Promise((done) => {
      const timer = this.#clock.after(timeoutMs, () => {
        settle(undefined);
      });
      const settle = (message: Message | undefined): void => {
        this.#clock.cancel(timer);
        this.#waiting.delete(stan);
        done(message === undefined ? undefined : { message, body: message.encode() });
      };
      this.#waiting.set(stan, settle);
      this.#socket.write(encodeFrame(request, FRAMING));
    });
  }

  close(): void {
    this.#socket.end();
  }

  cut(): void {
    this.open = false;
    this.#socket.destroy();
  }

  #take(body: Buffer): void {
    const message = this.#codec.decode(body);
    this.#waiting.get(message.get(11) ?? '')?.(message);
  }
}

/** The gateway's certificate must be of the name that is called, or of the address (RFC 6066: SNI has names only). */
function named(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

/** Reads a terminal's certificate and key, once for all its connections.
 *  @throws GatewayError `terminal.certificate` */
export function tlsContext(tls: Endpoint['tls']): SecureContext {
  return createSecureContext({ ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key) });
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new GatewayError('terminal.certificate', fileFault(file, 'read', cause), { cause });
  }
}
