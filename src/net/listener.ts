import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { FrameOptions } from '../codec/index.ts';
import { atMost, type Clock } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import { listenError } from '../ops/listen-error.ts';
import type { Loop } from '../ops/repeat.ts';
import { forgetSecret, keepSecret, sendAlert, type Alert } from './alert.ts';
import { Book, type BookRefusal, type Holder, type Neighbours } from './book.ts';
import { Door, type DoorRefusal, type Newcomer } from './door.ts';
import { identityOf, type Identity } from './identity.ts';
import type { Limits } from './limits.ts';
import { Session, type FrameHandler, type Peer, type PeerCertificate } from './session.ts';
import { Turns } from './turns.ts';

/** Where terminals connect, and how their messages are framed there. */
export interface ListenOn {
  readonly host: string;
  readonly port: number;
  /** The setting that a person changes when the port is taken. */
  readonly setting: string;
  readonly framing: FrameOptions;
}

/** Why a connection was refused or ended by us: a closed set, for metrics. */
export type Refusal = DoorRefusal | BookRefusal | 'tls' | 'session' | 'revoked';

/** What is asked of a certificate beyond TLS; answered at once, from memory. */
export interface Admission {
  /** Why it is not let in; undefined: it is. */
  refusal(terminal: string, certificate: PeerCertificate): string | undefined;
  /** Whether one that has expired may come to renew itself. */
  mayRenew(terminal: string, certificate: PeerCertificate): boolean;
}

interface NotAdmitted {
  readonly refusal: Refusal;
  readonly terminal: string;
  readonly reason: string;
  readonly alert: Alert;
}

export interface ListenerOptions {
  readonly on: readonly ListenOn[];
  readonly limits: Limits;
  readonly idleTimeoutMs: number;
  readonly clock: Clock;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly handle: FrameHandler;
  /** Default: TLS alone decides. */
  readonly admission?: Admission | undefined;
  /** Default: this process alone serves these terminals. */
  readonly neighbours?: Neighbours | undefined;
  readonly onConnections: (count: number) => void;
  /** Sockets of all kinds, also those whose handshake is not done. */
  readonly onSockets: (count: number) => void;
  /** @param about `terminal`: the common name of the certificate, where one was seen, else empty */
  readonly onRefused: (refusal: Refusal, about: { remote: string; terminal: string; reason: string }) => void;
  /** A look at the connections failed; the next one comes all the same. */
  readonly onFault: (error: unknown) => void;
}

export interface Listener {
  /** The port of the first of `on`. */
  readonly port: number;
  /** New connections get these certificates. */
  setTls(tls: ListenerOptions['tls']): void;
  /** Ends the connections of whoever is not let in any more. */
  recheck(): void;
  /** Stops listening, lets what is in flight be answered for at most `graceMs`, then ends every connection. */
  close(graceMs: number): Promise<void>;
}

/** What terminals may agree on: forward secrecy and AEAD; no CBC, no SHA-1, no RSA key exchange. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');
const PROTOCOL = { ciphers: CIPHERS, honorCipherOrder: true, minVersion: 'TLSv1.2' } as const;
const CHECK_MS = 1_000;
const REASONS: Readonly<Record<DoorRefusal | BookRefusal, string>> = {
  'address-full': 'the address has as many connections as one address may have',
  displaced: 'displaced in its handshake by newer ones of its address',
  'handshake-timeout': 'the handshake was not done in time',
  'terminal-full': 'the certificate has as many connections as one may have',
  full: 'all places are taken',
};

/** Listens for terminals: TLS 1.2 or later, a client certificate of our CA or no connection at all.
 *  @throws GatewayError `port.taken`, naming the port and the setting */
export async function listenForTerminals(options: ListenerOptions): Promise<Listener> {
  const hall = new Hall(options);
  const servers: Server[] = [];
  try {
    for (const on of options.on)
      servers.push(
        await listen(on, (socket) => {
          hall.enter(socket, on.framing);
        }),
      );
  } catch (error) {
    for (const server of servers) server.close();
    await hall.close(0);
    throw error;
  }
  return {
    port: portOf(servers[0]),
    setTls: (tls) => {
      hall.setTls(tls);
    },
    recheck: () => {
      hall.recheck();
    },
    close: async (graceMs) => {
      for (const server of servers) server.close();
      await hall.close(graceMs);
    },
  };
}

async function listen(on: ListenOn, enter: (socket: Socket) => void): Promise<Server> {
  // Half-open: a terminal that has said all it wants to say still hears its answer.
  const server = createServer({ allowHalfOpen: true }, enter);
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      fail(listenError(error, on.port, on.setting));
    });
    server.listen(on.port, on.host, done);
  });
  return server;
}

function portOf(server: Server | undefined): number {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** All connections of all ports: from the door over the handshake to a place and a session. */
class Hall {
  readonly #options: ListenerOptions;
  readonly #door: Door;
  readonly #book: Book;
  readonly #tls: ReturnType<typeof createTlsServer>;
  /** Sockets in their handshake, by remote and local port, with how they are framed. */
  readonly #entering = new Map<string, { readonly newcomer: Newcomer; readonly framing: FrameOptions }>();
  readonly #framings = new WeakMap<Socket, FrameOptions>();
  readonly #check: Loop;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const { clock, onFault } = options;
    this.#door = new Door({
      clock,
      onFault,
      limits: options.limits,
      begin: (newcomer) => {
        this.#handshake(newcomer);
      },
      onRefused: (reason, newcomer) => {
        this.#entering.delete(keyOf(newcomer.socket));
        this.#refused(reason, newcomer.remote, '', REASONS[reason]);
      },
      onSockets: options.onSockets,
    });
    const displaced = (reason: BookRefusal, session: Session): void => {
      this.#refused(
        reason,
        session.peer.remote,
        session.peer.terminal,
        `${REASONS[reason]}: a newer one took its place`,
      );
      session.destroy();
    };
    this.#book = new Book(options.limits, new Turns(clock), displaced, options.neighbours);
    this.#tls = this.#tlsServer();
    this.#check = clock.every(
      CHECK_MS,
      () => {
        const now = clock.monotonic();
        for (const session of this.#book.sessions()) session.check(now);
        this.#book.sweep();
      },
      { onError: onFault },
    );
  }

  enter(socket: Socket, framing: FrameOptions): void {
    this.#framings.set(socket, framing);
    this.#door.admit(socket);
  }

  setTls(tls: ListenerOptions['tls']): void {
    this.#tls.setSecureContext({ ...tls, ...PROTOCOL });
    this.#tls.setTicketKeys(randomBytes(48)); // whoever was let in under the authorities of before is looked at again
  }

  recheck(): void {
    const { admission } = this.#options;
    for (const session of this.#book.sessions()) {
      const { terminal, remote, certificate } = session.peer;
      const reason = certificate === undefined ? undefined : admission?.refusal(terminal, certificate);
      if (reason === undefined) continue;
      this.#refused('revoked', remote, terminal, reason);
      session.destroy();
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#door.close();
    await this.#check.stop();
    const drained = Promise.all([...this.#book.sessions()].map((session) => session.drain()));
    await atMost(this.#options.clock, graceMs, drained);
    for (const session of this.#book.sessions()) session.destroy();
  }

  #tlsServer(): ReturnType<typeof createTlsServer> {
    const { tls, limits } = this.#options;
    const server = createTlsServer({
      ...tls,
      ...PROTOCOL,
      requestCert: true,
      rejectUnauthorized: false, // `#secured` judges, so that the refusal can be told and logged
      handshakeTimeout: 2 * limits.handshakeTimeoutMs, // the door is sooner
    });
    server.on('keylog', keepSecret);
    server.on('tlsClientError', (error, socket) => {
      forgetSecret(socket);
      const entered = this.#judged(socket);
      if (entered !== undefined) this.#refused('tls', entered.newcomer.remote, '', tlsReason(error));
      socket.destroy();
    });
    server.on('secureConnection', (socket) => {
      this.#secured(socket);
      forgetSecret(socket);
    });
    return server;
  }

  #handshake(newcomer: Newcomer): void {
    const { socket } = newcomer;
    const framing = this.#framings.get(socket);
    if (framing === undefined) return;
    const key = keyOf(socket);
    this.#entering.set(key, { newcomer, framing });
    socket.once('close', () => {
      if (this.#entering.delete(key))
        this.#refused('tls', newcomer.remote, '', 'closed by the other end in its handshake');
    });
    this.#tls.emit('connection', socket);
  }

  #secured(socket: TLSSocket): void {
    const entered = this.#judged(socket);
    if (entered === undefined) {
      socket.destroy(); // closed meanwhile
      return;
    }
    const { newcomer, framing } = entered;
    const entrant = this.#admitted(identityOf(socket));
    if ('refusal' in entrant) {
      const { refusal, terminal, reason, alert } = entrant;
      this.#refused(refusal, newcomer.remote, terminal, reason);
      sendAlert(socket, newcomer.socket, alert);
      socket.destroy();
      return;
    }
    const { terminal } = entrant;
    this.#door.passed(newcomer);
    const place = this.#book.place(terminal);
    if (typeof place === 'string') {
      this.#refused(place, newcomer.remote, terminal, REASONS[place]);
      socket.destroy();
      return;
    }
    this.#seat(socket, { remote: newcomer.remote, ...entrant }, place, framing);
  }

  /** Whom TLS let in is asked for once more; who has expired may come to renew. */
  #admitted(identity: Identity): Omit<Peer, 'remote'> | NotAdmitted {
    const { admission } = this.#options;
    const { certificate, terminal, expired } =
      identity.kind === 'terminal'
        ? { ...identity, expired: undefined }
        : { certificate: identity.expired, terminal: identity.name, expired: true as const };
    const barred = certificate === undefined ? undefined : admission?.refusal(terminal, certificate);
    if (barred !== undefined) return { refusal: 'revoked', terminal, reason: barred, alert: 'certificate_revoked' };
    if (certificate !== undefined && (expired === undefined || admission?.mayRenew(terminal, certificate) === true))
      return { terminal, certificate, ...(expired === undefined ? {} : { expired }) };
    const { reason, alert } = identity as Extract<Identity, { kind: 'refused' }>;
    return { refusal: 'tls', terminal, reason, alert };
  }

  #seat(socket: TLSSocket, peer: Peer, holder: Holder, framing: FrameOptions): void {
    const { idleTimeoutMs, handle, clock, onConnections } = this.#options;
    const session = new Session(socket, peer, holder.lane, {
      framing,
      idleTimeoutMs,
      handle,
      clock,
      onRefused: (reason) => {
        this.#refused('session', peer.remote, peer.terminal, reason);
      },
    });
    this.#book.add(holder, session);
    onConnections(this.#book.count);
    socket.once('close', () => {
      this.#book.remove(holder, session);
      onConnections(this.#book.count);
    });
  }

  /** Whose handshake is judged now; undefined when the door has closed it already. */
  #judged(socket: TLSSocket): { readonly newcomer: Newcomer; readonly framing: FrameOptions } | undefined {
    const key = keyOf(socket);
    const entered = this.#entering.get(key);
    this.#entering.delete(key);
    return entered;
  }

  #refused(refusal: Refusal, remote: string, terminal: string, reason: string): void {
    this.#options.onRefused(refusal, { remote, terminal, reason });
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress ?? '?'} ${socket.remotePort ?? 0} ${socket.localPort ?? 0}`;
}

/** What failed, in OpenSSL's words without its source lines. */
function tlsReason(error: Error & { reason?: string; code?: string }): string {
  if (error.reason === 'wrong version number' || error.reason === 'http request') return 'what came is not TLS';
  return error.reason ?? messageOf(error);
}
