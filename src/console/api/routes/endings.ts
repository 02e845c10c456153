import type { FastifyInstance } from 'fastify';
import { DAY_MS } from '../../../ops/clock.ts';
import { closenessOf, endingsOf, type Ending } from '../../../terminals/index.ts';
import type { Api } from '../api.ts';
import { EndingList, EndingQuery } from '../certificate-schemas.ts';

export interface Radar {
  /** How long a key may serve. */
  readonly keyDays: number;
  /** Of the files that this process serves with. */
  readonly ofFiles: () => readonly Ending[];
}

/** What ends by itself: certificates, keys, licences, roots (terminals.md 2). */
export function endingRoutes(server: FastifyInstance, api: Api, { keyDays, ofFiles }: Radar): void {
  server.get<{ Querystring: EndingQuery }>(
    '/endings',
    {
      config: { permission: 'terminals:read' },
      schema: {
        summary: 'What ends soon, the soonest first: certificates, keys, licences, roots',
        tags: ['certificates'],
        querystring: EndingQuery,
        response: { 200: EndingList },
      },
    },
    async ({ query: { withinDays, what, limit } }) => {
      const { pool, clock } = api.people();
      const now = clock.now();
      const last = now + withinDays * DAY_MS;
      const found = [...ofFiles(), ...(await endingsOf(pool, { keyDays, within: withinDays, now }))]
        .filter((each) => each.endsAt <= last && (what === undefined || each.what === what))
        .sort((one, other) => one.endsAt - other.endsAt);
      const items = found.slice(0, limit).map((each) => ({
        ...each,
        endsAt: new Date(each.endsAt).toISOString(),
        within: closenessOf(each, now) ?? withinDays,
      }));
      return { items, query: 'endings', total: found.length };
    },
  );
}
