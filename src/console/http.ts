import fastify, { type FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import { registerBackupGauge } from '../backup/index.ts';
import type { Clock, Now } from '../ops/clock.ts';
import { DECISIONS } from '../ops/function-set.ts';
import { VERSION } from '../ops/version.ts';
import type { Log } from '../ops/log.ts';
import { systemRandom, type Random } from '../ops/random.ts';
import { registerBreakGauge, registerOwingGauge, registerSuspenseGauge } from '../settlement/acquirer/gauges.ts';
import { registerLateGauge, registerLeftoverGauge } from '../settlement/answers/gauges.ts';
import { registerInboxGauge } from '../settlement/transfer/gauges.ts';
import { inboxFolder } from '../settlement/transfer/index.ts';
import { registerApi, type ApiOptions } from './api/index.ts';
import { guard, wrongTokens } from './guard.ts';
import { registerJobsBoard } from './jobs-board.ts';
import { registerPages } from './pages.ts';

export interface Books {
  readonly pool: Pool;
  readonly dataDir: string;
  readonly clock: Now;
  readonly log: Log;
}

export interface HttpOptions {
  readonly registry: Registry;
  /** What `/metrics` says (default: the registry alone). */
  readonly metrics?: () => Promise<string>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Names requests (default: the machine's). */
  readonly random?: Pick<Random, 'uuid'>;
  /** What keeps purchases from being made now, by part; empty: ready. */
  readonly notReady: () => Promise<string[]>;
  /** The parts that this process serves (default: not said). */
  readonly serves?: readonly string[];
  /** Whose figures of settlement are metrics here (default: none). */
  readonly books?: Books;
  readonly api?: ApiOptions;
  /** Folder of the built console (default: beside the program). */
  readonly pages?: string;
}

/** Which version runs, and by which functions it decides: during an upgrade copies differ. */
const RUNS = { version: VERSION, functions: DECISIONS };

/** `/healthz` (the process lives), `/readyz` (purchases can be made), `/metrics` (Prometheus), `/api/v1` and the pages that
 *  use it, `/console`. */
export function createHttp(options: HttpOptions): FastifyInstance {
  const { clock, random = systemRandom } = options;
  const server = fastify({
    logger: false,
    bodyLimit: 65_536,
    genReqId: () => random.uuid(),
    // The whole of a request, and its head: whoever is slower is cut off (408).
    requestTimeout: 10_000,
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    keepAliveTimeout: 5_000,
    forceCloseConnections: true,
  });
  guard(server, clock);
  server.get('/healthz', () => ({ status: 'up' }));
  server.get('/readyz', async (_request, reply) => {
    const reasons = await options.notReady();
    const serves = { ...(options.serves === undefined ? {} : { serves: options.serves }), ...RUNS };
    if (reasons.length === 0) return { status: 'ready', ...serves };
    return reply.code(503).send({ status: 'not ready', reasons, ...serves });
  });
  server.get('/metrics', async (_request, reply) => {
    return reply.type(options.registry.contentType).send(await (options.metrics?.() ?? options.registry.metrics()));
  });
  if (options.books !== undefined) {
    const { pool, dataDir, clock: time, log } = options.books;
    registerBreakGauge(options.registry, pool, time, log);
    registerLeftoverGauge(options.registry, pool, log);
    registerLateGauge(options.registry, pool, time, log);
    registerSuspenseGauge(options.registry, pool, log);
    registerInboxGauge(options.registry, inboxFolder(dataDir), log);
    registerBackupGauge(options.registry, dataDir);
    registerOwingGauge(options.registry, pool, time, log);
  }
  if (options.api !== undefined) {
    const wrong = wrongTokens(clock);
    registerApi(server, options.api, wrong);
    const { people, jobs, log } = options.api;
    if (jobs !== undefined) registerJobsBoard(server, { people, jobs, wrong, log });
    registerPages(server, options.pages);
  }
  return server;
}
