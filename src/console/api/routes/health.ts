import type { FastifyInstance } from 'fastify';
import { sickTerminals } from '../../../terminals/health/index.ts';
import type { Api } from '../api.ts';
import { SickList, SickQuery } from '../certification-schemas.ts';

/** Terminals whose traffic says that something is wrong with them (terminals.md 1). */
export function healthRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: SickQuery }>(
    '/terminals/sick',
    { config: { permission: 'terminals:read' }, schema: { summary: 'Sick terminals of a day, and what to do', tags: ['terminals'], querystring: SickQuery, response: { 200: SickList } } }, // prettier-ignore
    async ({ query: { day, rule } }) => {
      const { pool, clock } = api.people();
      return { items: await sickTerminals(pool, { now: clock.now(), day, rule }) };
    },
  );
}
