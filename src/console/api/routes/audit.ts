import type { FastifyInstance } from 'fastify';
import { listAudit, type AuditRow } from '../../../people/index.ts';
import { cursorAfter, idAfter } from '../change.ts';
import type { Api } from '../api.ts';
import { isFile, sendExport, text, type Column } from '../export.ts';
import { AuditPage, AuditQuery } from '../schemas.ts';

const asJson = (value: unknown): string | undefined => ((value ?? null) === null ? undefined : JSON.stringify(value));

/** With the hash of each row, so that a file can be held to the chain later. */
const COLUMNS: readonly Column<AuditRow>[] = [
  text('seq', 'ردیف', 'Row', 10),
  text('at', 'زمان', 'At', 24),
  text('actorId', 'شمارهٔ شخص', 'Person', 10),
  text('actor', 'شخص', 'Actor'),
  text('act', 'کار', 'Act', 24),
  text('object', 'دربارهٔ', 'Object', 24),
  text('reason', 'دلیل', 'Reason', 30),
  { title: { fa: 'پیش از آن', en: 'Before' }, width: 30, of: ({ before }) => asJson(before) },
  { title: { fa: 'پس از آن', en: 'After' }, width: 30, of: ({ after }) => asJson(after) },
  text('requestId', 'درخواست', 'Request', 38),
  text('hash', 'چکیده', 'Hash', 66),
];

/** Who did what: an auditor's. */
export function auditRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: AuditQuery }>(
    '/audit',
    {
      config: { permission: 'audit:read' },
      schema: { summary: 'Who did what, the newest first', tags: ['audit'], querystring: AuditQuery, response: { 200: AuditPage } }, // prettier-ignore
    },
    async (request, reply) => {
      const { actor, act, object, cursor, limit, format } = request.query;
      const page = async (before: string | undefined, most: number) => {
        const found = await listAudit(api.people().pool, { actorId: actor, act, object, before, limit: most + 1 });
        const rows = found.slice(0, most);
        return { rows, next: found.length > most ? rows.at(-1)?.seq : undefined };
      };
      if (isFile(format)) return sendExport(api, request, reply, format, { name: 'audit', columns: COLUMNS, page });
      const { rows, next } = await page(idAfter(cursor), limit);
      return { items: rows, next: next === undefined ? null : cursorAfter(next) };
    },
  );
}
