import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { isReportOf, MOST_REPORT_BYTES, readReport } from '../format/index.ts';
import { partOf } from './range.ts';
import type { Updates } from './updates.ts';

/** Updates over HTTPS: whoever has a terminal's certificate gets what is published, and may report of itself. */

export interface UpdatesDoorOptions {
  readonly updates: Updates;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** The terminal of a socket's certificate, as the terminals' port finds it; or why there is none. */
  readonly identityOf: (socket: TLSSocket) => { readonly terminal: string } | { readonly refused: string };
  /** Of one certificate. */
  readonly requestsPerSecond: number;
  /** Told of each request, by what it was for and its status. */
  readonly onRequest: (what: 'metadata' | 'target' | 'director' | 'report' | 'other', status: number) => void;
}

const MAX_CONNECTIONS = 4_096;
/** Of one certificate at once: more are told to come later. */
const MAX_TRANSFERS = 4;
/** Read from the database and written at once. */
const PIECE_BYTES = 262_144;
/** How many seconds' worth a certificate may save up. */
const SAVED_S = 10;
/** Certificates whose rate is known. */
const MAX_KNOWN = 200_000;

declare module 'fastify' {
  interface FastifyRequest {
    /** DE 41 of the client certificate; empty before it was looked at. */
    terminal: string;
  }
}

export function createUpdatesDoor(options: UpdatesDoorOptions): FastifyInstance {
  const { updates, log, tls } = options;
  const server = fastify({
    logger: false,
    bodyLimit: MOST_REPORT_BYTES,
    requestTimeout: 20_000, // of a request; an answer may take its time over a slow line
    keepAliveTimeout: 10_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 400 },
    https: {
      ...tls,
      requestCert: true,
      rejectUnauthorized: false, // so that the reason is told (identityOf)
      minVersion: 'TLSv1.2',
      headersTimeout: 10_000,
      connectionsCheckingInterval: 2_000,
      handshakeTimeout: 15_000,
    },
  });
  server.server.maxConnections = MAX_CONNECTIONS;
  server.server.on('tlsClientError', () => undefined); // counted by nobody: who cannot shake hands is no terminal
  server.decorateRequest('terminal', '');
  guard(server, options);
  const underWay = new Map<string, number>();

  server.get('/tuf/*', async (request, reply) => {
    const { terminal } = request;
    const name = nameOf(request.raw.url ?? '');
    const found = name === undefined ? undefined : await updates.file(terminal, name);
    if (found === undefined) return reply.code(404).send({ code: 'updates.unknown' });
    void reply
      .header('etag', found.etag)
      .header('accept-ranges', 'bytes')
      .header('cache-control', found.forever ? 'public, max-age=31536000, immutable' : 'no-store')
      .type(name?.endsWith('.json') === true || !found.forever ? 'application/json' : 'application/octet-stream');
    if (request.headers['if-none-match'] === found.etag) return reply.code(304).send();
    const unchanged = request.headers['if-range'] === undefined || request.headers['if-range'] === found.etag;
    const part = unchanged ? partOf(request.headers.range, found.length) : 'whole';
    if (part === 'none') return reply.code(416).header('content-range', `bytes */${found.length}`).send();
    const { from, length } = part === 'whole' ? { from: 0, length: found.length } : part;
    if (part !== 'whole')
      void reply.code(206).header('content-range', `bytes ${from}-${from + length - 1}/${found.length}`);
    void reply.header('content-length', length);
    if (length <= PIECE_BYTES) return reply.send(await found.read(from, length));
    const busy = underWay.get(terminal) ?? 0;
    if (busy >= MAX_TRANSFERS) return reply.code(429).header('retry-after', '5').removeHeader('content-length').send();
    underWay.set(terminal, busy + 1);
    reply.raw.once('close', () => {
      const left = (underWay.get(terminal) ?? 1) - 1;
      if (left > 0) underWay.set(terminal, left);
      else underWay.delete(terminal);
    });
    return reply.send(streamOf(found.read, from, length));
  });

  server.post('/tuf/report', async (request, reply) => {
    const signed = readReport(request.body);
    if (!isReportOf(signed, keyOf(request)))
      throw new GatewayError('updates.forged', 'The report is not signed by the key of this certificate.');
    await updates.report(request.terminal, signed, 'https');
    return reply.code(204).send();
  });

  server.setNotFoundHandler((_, reply) => reply.code(404).send({ code: 'updates.unknown' }));
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) =>
    answerFault(error, request, reply, log),
  );
  return server;
}

function guard(
  server: FastifyInstance,
  { identityOf, clock, requestsPerSecond, onRequest, log }: UpdatesDoorOptions,
): void {
  const allowance = new Map<string, { left: number; at: number }>();
  const most = requestsPerSecond * SAVED_S;
  const take = (terminal: string): boolean => {
    const now = clock.monotonic();
    const known = allowance.get(terminal) ?? { left: most, at: now };
    const left = Math.min(most, known.left + ((now - known.at) * requestsPerSecond) / 1_000);
    allowance.delete(terminal); // the one used least lately stands first, and is forgotten first
    if (allowance.size >= MAX_KNOWN) allowance.delete(allowance.keys().next().value ?? '');
    allowance.set(terminal, { left: left >= 1 ? left - 1 : left, at: now });
    return left >= 1;
  };
  server.addHook('onRequest', async (request, reply) => {
    void reply.header('x-content-type-options', 'nosniff');
    const identity = identityOf(socketOf(request));
    if ('refused' in identity) {
      log.warn({ remote: request.ip, reason: identity.refused }, 'updates: certificate refused');
      return reply.code(403).send({ code: 'updates.stranger' });
    }
    request.terminal = identity.terminal;
    if (!take(identity.terminal)) return reply.code(429).header('retry-after', '2').send();
    return undefined;
  });
  server.addHook('onResponse', (request, reply, done) => {
    onRequest(whatOf(request.raw.url ?? ''), reply.statusCode);
    done();
  });
}

function whatOf(url: string): Parameters<UpdatesDoorOptions['onRequest']>[0] {
  if (url.startsWith('/tuf/targets/')) return 'target';
  if (url.startsWith('/tuf/director/')) return 'director';
  if (url === '/tuf/report') return 'report';
  return /^\/tuf\/[a-z0-9._-]+\.json$/.test(url) ? 'metadata' : 'other';
}

/** What stands behind `/tuf/`, of letters that need no escape: nothing is decoded, so that nothing can hide. */
function nameOf(url: string): string | undefined {
  const [, name] = /^\/tuf\/([A-Za-z0-9][A-Za-z0-9._/-]{0,299}(?:\?nonce=[0-9a-f]{0,64})?)$/.exec(url) ?? [];
  return name === undefined || name.includes('..') || name.includes('//') ? undefined : name;
}

async function* streamOf(read: (from: number, length: number) => Promise<Buffer>, from: number, length: number) {
  for (let at = 0; at < length; at += PIECE_BYTES) yield read(from + at, Math.min(PIECE_BYTES, length - at));
}

/** The server speaks TLS alone. */
function socketOf({ raw }: FastifyRequest): TLSSocket {
  const { socket } = raw;
  if (socket instanceof TLSSocket) return socket;
  throw new TypeError('a socket without TLS');
}

function keyOf(request: FastifyRequest): KeyObject {
  const { raw } = socketOf(request).getPeerCertificate();
  return createPublicKey(new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'pem' }));
}

const STATUS: Readonly<Record<string, number>> = {
  'updates.malformed': 400,
  'updates.forged': 403,
  'updates.stranger': 403,
  'updates.rollback': 409,
};

function answerFault(error: Error & { statusCode?: number }, request: FastifyRequest, reply: FastifyReply, log: Log) {
  const code = error instanceof GatewayError ? error.code : undefined;
  const status = code === undefined ? (error.statusCode ?? 500) : (STATUS[code] ?? 500);
  if (status >= 500) log.error({ terminal: request.terminal, error: messageOf(error) }, 'updates: a request failed');
  else if (status === 403) log.warn({ terminal: request.terminal, error: error.message }, 'updates: refused');
  return reply.code(status).send(code === undefined ? {} : { code, detail: status < 500 ? error.message : '' });
}
