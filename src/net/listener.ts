import { createServer, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError, messageOf } from '../ops/errors.ts';
import { Session, type Peer, type SessionOptions } from './session.ts';

export interface ListenerOptions extends SessionOptions {
  readonly host: string;
  readonly port: number;
  /** The setting that a person changes when the port is taken. */
  readonly portSetting: string;
  readonly maxConnections: number;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly onConnections: (count: number) => void;
  readonly onHandshakeError: (reason: string) => void;
}

export interface Listener {
  readonly port: number;
  /** New connections get these certificates. */
  setTls(tls: ListenerOptions['tls']): void;
  /** Stops listening, lets what is in flight be answered for at most `graceMs`, then ends every connection. */
  close(graceMs: number): Promise<void>;
}

/** Listens for terminals: TLS 1.2 or later, a client certificate of our CA or no connection at all.
 *  @throws GatewayError `port.taken`, naming the port and the setting */
export async function listenForTerminals(options: ListenerOptions): Promise<Listener> {
  const sessions = new Set<Session>();
  const server = createServer({
    ...options.tls,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    handshakeTimeout: 10_000,
  });
  server.maxConnections = options.maxConnections;
  server.on('tlsClientError', (error) => {
    options.onHandshakeError(messageOf(error));
  });
  server.on('secureConnection', (socket) => {
    const session = new Session(socket, peerOf(socket), options);
    sessions.add(session);
    options.onConnections(sessions.size);
    socket.once('close', () => {
      sessions.delete(session);
      options.onConnections(sessions.size);
    });
  });
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      fail(listenError(error, options.port, options.portSetting));
    });
    server.listen(options.port, options.host, done);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    setTls: (tls) => {
      server.setSecureContext(tls);
    },
    close: async (graceMs) => {
      server.close();
      const drained = Promise.all([...sessions].map((session) => session.drain()));
      // The timer must not outlive the wait: an idle gateway would stay for all of its grace.
      await Promise.race([drained, sleep(graceMs, undefined, { ref: false })]);
      for (const session of sessions) session.destroy();
    },
  };
}

/** What to tell a person whose port cannot be had. */
export function listenError(error: NodeJS.ErrnoException, port: number, setting: string): GatewayError {
  const why = error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be had (${error.message})`;
  return new GatewayError('port.taken', `Port ${port} ${why}. Free it, or choose another with ${setting}=<port>.`, {
    cause: error,
  });
}

function peerOf(socket: TLSSocket): Peer {
  const name: unknown = socket.getPeerCertificate().subject.CN;
  return {
    terminal: typeof name === 'string' ? name : '',
    remote: `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`,
  };
}
