import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../../../ops/errors.ts';
import type { Jobs } from '../../../settlement/jobs/index.ts';
import { JobList, JobQuery } from '../job-schemas.ts';

/** The queues of settlement, for engineers. What they may do with them is on the board (`/console/jobs`). */
export function jobRoutes(server: FastifyInstance, jobs: Jobs | undefined): void {
  server.get<{ Querystring: JobQuery }>(
    '/jobs',
    { config: { permission: 'jobs:work' }, schema: { summary: 'Jobs of settlement by state, the newest first', tags: ['jobs'], querystring: JobQuery, response: { 200: JobList } } }, // prettier-ignore
    async ({ query: { state } }) => {
      if (jobs === undefined) throw new GatewayError('jobs.none', 'This process has no queues.');
      return { query: 'jobs-by-state', ...(await jobs.list(state)) };
    },
  );
}
