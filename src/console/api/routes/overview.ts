import type { FastifyInstance } from 'fastify';
import type { Range } from '../../../overview/index.ts';
import type { Api } from '../api.ts';
import type { OverviewReader } from '../overview.ts';
import { Overview, OverviewNow, OverviewQuery } from '../overview-schemas.ts';
import type { Streams } from '../stream.ts';

/** What happens now, for whoever is signed in: nothing of it is about a person. */
export function overviewRoutes(server: FastifyInstance, api: Api, reader: OverviewReader, streams: Streams): void {
  const tags = ['overview'];
  server.get<{ Querystring: OverviewQuery }>(
    '/overview',
    {
      config: { permission: 'overview:read' },
      schema: {
        summary: 'Purchases of a range, and how everything stands now',
        tags,
        querystring: OverviewQuery,
        response: { 200: Overview },
      },
    },
    ({ query: { range } }) => reader.whole(range as Range),
  );
  server.get(
    '/overview/stream',
    {
      config: { permission: 'overview:read' },
      schema: {
        summary:
          'The same without the range, every five seconds, as server-sent events `now`; it ends with the session',
        tags,
        response: { 200: { description: 'Events', content: { 'text/event-stream': { schema: OverviewNow } } } },
      },
    },
    (request, reply) => streams.open(reply, api.callerOf(request)),
  );
}
