import type { FastifyInstance } from 'fastify';
import { listMessages } from '../../../messages/index.ts';
import type { Api } from '../api.ts';
import { cursorAfter, idAfter } from '../change.ts';
import { MessagePage, MessageQuery } from '../message-schemas.ts';

/** What applicants and shops were told (people.md 5). A code is never shown here. */
export function messageRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: MessageQuery }>(
    '/messages',
    {
      config: { permission: 'shops:read' },
      schema: {
        summary: 'What people were told by SMS, the newest first; codes are blanked',
        tags: ['messages'],
        querystring: MessageQuery,
        response: { 200: MessagePage },
      },
    },
    async ({ query: { mobile, about, state, cursor, limit } }) => {
      const filter = { mobile, about, state, before: idAfter(cursor), limit: limit + 1 };
      const found = await listMessages(api.people().pool, filter);
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '0') : null };
    },
  );
}
