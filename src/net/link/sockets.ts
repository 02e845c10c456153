import { connect, createServer, isIP, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { GatewayError, reasonOf } from '../../ops/errors.ts';
import type { Dial, LinkEndpoint } from './types.ts';

export function endpointName({ host, port, tls }: LinkEndpoint): string {
  return `${tls === undefined ? 'tcp' : 'tls'}://${host}:${port}`;
}

/** Opens a TCP or TLS connection.
 *  @throws GatewayError `link.connect` when it is refused, not trusted, or takes longer than `timeoutMs` */
export const dial: Dial = (endpoint, timeoutMs, clock) => {
  const { host, port, tls } = endpoint;
  const socket =
    tls === undefined
      ? connect({ host, port })
      : connectTls({ host, port, minVersion: 'TLSv1.2', ...named(tls.servername ?? host), ...pem(tls) });
  return new Promise((done, fail) => {
    const timer = clock.after(timeoutMs, () => {
      refuse(new Error(`no connection within ${timeoutMs} ms`));
    });
    const refuse = (cause: Error): void => {
      clock.cancel(timer);
      socket.destroy();
      fail(new GatewayError('link.connect', `${endpointName(endpoint)}: ${reasonOf(cause)}`, { cause }));
    };
    socket.once('error', refuse);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clock.cancel(timer);
      socket.off('error', refuse);
      done(socket);
    });
  });
};

/** Listens for a bank that connects to us. With TLS, a client certificate of `ca` is demanded.
 *  @throws GatewayError `link.listen` */
export async function accept(endpoint: LinkEndpoint, take: (socket: Socket) => void): Promise<Server> {
  const { host, port, tls } = endpoint;
  const server =
    tls === undefined
      ? createServer(take)
      : createTlsServer({ ...pem(tls), requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' }, take);
  await new Promise<void>((done, fail) => {
    server.once('error', (cause: Error) => {
      fail(new GatewayError('link.listen', `${endpointName(endpoint)}: ${reasonOf(cause)}`, { cause }));
    });
    server.listen(port, host, done);
  });
  return server;
}

/** SNI carries names, never addresses (RFC 6066); the certificate is checked against the host either way. */
function named(servername: string): { servername?: string } {
  return isIP(servername) === 0 ? { servername } : {};
}

function pem(tls: NonNullable<LinkEndpoint['tls']>): { ca: string; cert?: string; key?: string } {
  return {
    ca: tls.ca,
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  };
}
