import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Allowance } from '../ops/allowance.ts';
import { transaction } from '../ops/database.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { audit, type People } from '../people/index.ts';
import type { Jobs } from '../settlement/jobs/index.ts';
import { admit, demandPermission } from './api/access.ts';
import { sendProblem } from './api/problems.ts';
import { BoardAdapter } from './board-adapter.ts';

/** Bull Board over the queues of settlement: for engineers who are signed in, and nobody else. What they do there is in the audit. */
export interface JobsBoardOptions {
  readonly people: () => People | undefined;
  readonly jobs: Jobs;
  readonly wrong: Allowance;
  readonly log: Log;
}

const PREFIX = '/console/jobs';
/** Its page has styles in elements; nothing of it comes from elsewhere. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

export function registerJobsBoard(server: FastifyInstance, options: JobsBoardOptions): void {
  const { jobs, log } = options;
  const adapter = new BoardAdapter(PREFIX);
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'settlement', miscLinks: [], hideRedisDetails: true } },
  });
  let shown = false;
  void server.register(
    (scope, _, done) => {
      scope.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, log));
      scope.addHook('onRequest', async (request, reply) => {
        try {
          await admitEngineer(request, options);
        } catch (error) {
          await sendProblem(error, request, reply, log);
          return;
        }
        void reply.header('content-security-policy', POLICY);
        if (shown) return;
        // of a queue on PostgreSQL the board only calls what both kinds have
        board.addQueue(new BullMQAdapter(await jobs.queue(), { readOnlyMode: false }));
        shown = true;
      });
      adapter.register(scope);
      done();
    },
    { prefix: PREFIX },
  );
}

async function admitEngineer(request: FastifyRequest, { people: opened, wrong }: JobsBoardOptions): Promise<void> {
  const people = opened();
  if (people === undefined) throw new GatewayError('api.busy', 'The gateway starts: try again in a moment.');
  // the board knows no token of ours: that the request comes from this site is said by the browser
  const caller = await admit(people, request, wrong, 'same-origin');
  const by = { actor: caller.signed.actor, requestId: request.id };
  await demandPermission(people, caller, 'jobs:work', by);
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const after = { method: request.method, path: request.url.slice(PREFIX.length, 300) };
  await transaction(people.pool, (db) => audit(db, by, { act: 'jobs.acted', object: 'queue:settlement', after }));
}
