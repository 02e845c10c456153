import type { FastifyInstance } from 'fastify';
import { listAudit } from '../../../people/index.ts';
import { cursorAfter, idAfter } from '../change.ts';
import type { Api } from '../api.ts';
import { AuditPage, AuditQuery } from '../schemas.ts';

/** Who did what: an auditor's. */
export function auditRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: AuditQuery }>(
    '/audit',
    {
      config: { permission: 'audit:read' },
      schema: { summary: 'Who did what, the newest first', tags: ['audit'], querystring: AuditQuery, response: { 200: AuditPage } }, // prettier-ignore
    },
    async ({ query: { actor, act, object, cursor, limit } }) => {
      const filter = { actorId: actor, act, object, before: idAfter(cursor), limit: limit + 1 };
      const found = await listAudit(api.people().pool, filter);
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.seq ?? '0') : null };
    },
  );
}
