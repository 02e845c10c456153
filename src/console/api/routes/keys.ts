import type { FastifyInstance } from 'fastify';
import { keyActs, keysByScheme, sharedKeys, terminalKeys } from '../../../merchants/index.ts';
import type { Api } from '../api.ts';
import { cursorAfter, idAfter } from '../change.ts';
import { KeyActPage, KeyList, TerminalKeyPage } from '../key-schemas.ts';
import { PageQuery } from '../schemas.ts';
import type { Radar } from './endings.ts';

const tags = ['keys'];
const reading = { permission: 'keys:read' as const };

/** Check values, schemes and ages of keys; who did what with them. */
export function keyRoutes(server: FastifyInstance, api: Api, { keyDays }: Radar): void {
  server.get(
    '/keys',
    { config: reading, schema: { summary: 'Shared keys with check value and age; terminals by key scheme', tags, response: { 200: KeyList } } }, // prettier-ignore
    async () => {
      const { pool, clock } = api.people();
      const now = clock.now();
      return { keyDays, items: await sharedKeys(pool, now), terminals: (await keysByScheme(pool, now, keyDays)).map((scheme) => ({ ...scheme, query: 'keys-by-scheme' })) }; // prettier-ignore
    },
  );
  server.get<{ Querystring: PageQuery }>(
    '/keys/terminals',
    { config: reading, schema: { summary: 'Master keys of terminals, by terminal', tags, querystring: PageQuery, response: { 200: TerminalKeyPage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const { pool, clock } = api.people();
      const after = idAfter(cursor, '[0-9A-Za-z]{8}');
      const found = await terminalKeys(pool, clock.now(), { after, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = items.at(-1)?.name.slice('terminal:'.length) ?? '';
      return { items, next: found.length > limit ? cursorAfter(last) : null };
    },
  );
  server.get<{ Querystring: PageQuery }>(
    '/keys/log',
    { config: reading, schema: { summary: 'Who did what with keys, the newest first', tags, querystring: PageQuery, response: { 200: KeyActPage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const found = await keyActs(api.people().pool, { before: idAfter(cursor), limit: limit + 1 });
      const items = found.slice(0, limit).map((act) => ({ ...act, at: act.at.toISOString() }));
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
}
