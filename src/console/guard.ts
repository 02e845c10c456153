import type { FastifyInstance } from 'fastify';
import { Allowance } from '../ops/allowance.ts';
import type { Clock } from '../ops/clock.ts';

/** Requests and connections of one address in a second, and how many it may save up. */
const PER_SECOND = 100;
const SAVED = 300;
/** Wrong tokens of one address before it is told to wait, and how fast they are forgiven. */
const WRONG_TOKENS = 20;
const FORGIVEN_PER_SECOND = 1 / 6;
const MAX_CONNECTIONS = 256;

/** What browsers are told of every answer: nothing here is a page, and nothing of it is kept. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** @returns how many wrong tokens an address may still send */
export function wrongTokens(clock: Pick<Clock, 'monotonic'>): Allowance {
  return new Allowance(FORGIVEN_PER_SECOND, WRONG_TOKENS, clock);
}

/** Keeps operators' HTTP from costing the terminals their answers: security headers, few connections, and an address that
 *  asks more than it may is cut off before its request is looked at. */
export function guard(http: FastifyInstance, clock: Pick<Clock, 'monotonic'>): void {
  const allowance = new Allowance(PER_SECOND, SAVED, clock);
  http.server.maxConnections = MAX_CONNECTIONS;
  http.server.on('connection', (socket) => {
    if (!allowance.take(socket.remoteAddress)) socket.destroy();
  });
  http.addHook('onRequest', (request, reply, next) => {
    if (!allowance.take(request.socket.remoteAddress)) {
      reply.hijack();
      request.socket.destroy();
      return;
    }
    void reply.headers(HEADERS);
    next();
  });
}
