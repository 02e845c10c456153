import type { FastifyInstance } from 'fastify';
import { inboxOf, type InboxSources } from '../../inbox/index.ts';
import type { Api } from '../api.ts';
import { Inbox } from '../inbox-schemas.ts';

/** What waits for who asks: what they may do, and not what they have proposed themselves. */
export function inboxRoutes(server: FastifyInstance, api: Api, sources: InboxSources): void {
  server.get(
    '/inbox',
    { config: {}, schema: { summary: 'What waits for you, the most urgent first', tags: ['overview'], response: { 200: Inbox } } }, // prettier-ignore
    async (request) => {
      const { pool, clock } = api.people();
      const { actor, permissions } = api.callerOf(request).signed;
      const groups = await inboxOf(pool, { id: actor.id, login: actor.name, permissions }, clock.now(), sources);
      const sum = (of: (group: (typeof groups)[number]) => number): number => groups.reduce((all, each) => all + of(each), 0);
      return { query: 'inbox', count: sum(({ count }) => count), overdue: sum(({ overdue }) => overdue), groups };
    },
  ); // prettier-ignore
}
