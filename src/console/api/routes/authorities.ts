import type { FastifyInstance } from 'fastify';
import type { PoolClient } from 'pg';
import {
  authoritiesSeen,
  bindingsOn,
  decideBinding,
  endBinding,
  listAuthorityDays,
  listBindings,
  openOrders,
  proposeBinding,
  seenAuthority,
  sumStoodIn,
  type AuthorityBinding,
} from '../../../ledger/index.ts';
import { addDays } from '../../../field/jalali.ts';
import { DAY_MS, tehran } from '../../../ops/clock.ts';
import type { Api } from '../api.ts';
import { Authorities, AuthorityDayPage, Binding, BindingBody, BindingPage, EndBody } from '../authority-schemas.ts';
import { cursorAfter, idAfter, type Changed } from '../change.ts';
import { IdParams, PageQuery, ReasonBody } from '../schemas.ts';

const tags = ['authorities'];
const reading = { permission: 'rules:read' as const };
const DAYS = 30;

/** Remote authorities: who may be asked, by whose word, and what their days came to (docs/counterparts.md). */
export function authorityRoutes(server: FastifyInstance, api: Api): void {
  server.get(
    '/authorities',
    { config: reading, schema: { summary: 'Who may be asked, what copies have in their files, what is to be told, what stood in', tags, response: { 200: Authorities } } }, // prettier-ignore
    async () => {
      const { pool, clock } = api.people();
      const now = clock.now();
      const today = tehran(now).isoDate;
      const inForce = await bindingsOn(pool, today);
      const seen = await authoritiesSeen(pool, now - DAY_MS);
      const isInForce = (digest: string): boolean => inForce.some((binding) => binding.digest === digest);
      return {
        day: today,
        inForce,
        seen: seen.map((each) => ({ ...each, inForce: isInForce(each.digest) })),
        open: await openOrders(pool),
        stood: await sumStoodIn(pool, { from: addDays(today, -DAYS), to: today }),
      };
    },
  );
  server.get<{ Querystring: PageQuery }>(
    '/authority-days',
    { config: reading, schema: { summary: 'Lists of authorities by day, with what they came to, the newest first', tags, querystring: PageQuery, response: { 200: AuthorityDayPage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const [day, authority] = idAfter(cursor, '\\d{4}-\\d{2}-\\d{2} [a-z][a-z0-9-]{1,19}')?.split(' ') ?? [];
      const before = day === undefined || authority === undefined ? undefined : { day, authority };
      const found = await listAuthorityDays(api.people().pool, { before, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const next = found.length > limit && last !== undefined ? cursorAfter(`${last.day} ${last.authority}`) : null;
      return { items, next };
    },
  );
  server.get<{ Querystring: PageQuery }>(
    '/authority-bindings',
    { config: reading, schema: { summary: 'Who was let be asked, or not, by whom and since when, the newest first', tags, querystring: PageQuery, response: { 200: BindingPage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const found = await listBindings(api.people().pool, { before: idAfter(cursor), limit: limit + 1 });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  server.post<{ Body: BindingBody }>(
    '/authority-bindings',
    { config: { permission: 'money:make' }, schema: { summary: 'Propose an authority as a copy has it in its file; another person approves', tags, body: BindingBody, response: { 201: Binding } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by }): Promise<Changed> => {
        const { authority, digest, from, reason } = request.body;
        const content = await seenAuthority(db, authority, digest);
        return { status: 201, body: await proposeBinding(db, { content, from, reason, by: by.actor.name }) };
      }),
  );
  const acting = (
    path: string,
    permission: 'money:approve' | 'money:stop',
    summary: string,
    work: (db: PoolClient, id: string, by: string) => Promise<AuthorityBinding>,
  ) =>
    server.post<{ Params: IdParams; Body: ReasonBody }>(
      `/authority-bindings/:id/${path}`,
      { config: { permission }, schema: { summary, tags, params: IdParams, body: ReasonBody, response: { 200: Binding } } }, // prettier-ignore
      (request, reply) =>
        api.change(request, reply, request.body.reason, async ({ db, by }): Promise<Changed> => ({
          status: 200,
          body: await work(db, request.params.id, by.actor.name),
        })),
    );
  acting('approval', 'money:approve', 'Approve it, as a second person: it is asked from its day on', (db, id, by) => decideBinding(db, id, 'approved', by)); // prettier-ignore
  acting('rejection', 'money:stop', 'Reject it, or take one’s own proposal back', (db, id, by) => decideBinding(db, id, 'rejected', by)); // prettier-ignore
  server.post<{ Params: IdParams; Body: EndBody }>(
    '/authority-bindings/:id/end',
    { config: { permission: 'money:stop' }, schema: { summary: 'Ask it nothing more from now on: one person is enough', tags, params: IdParams, body: EndBody, response: { 200: Binding } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by }): Promise<Changed> => ({
        status: 200,
        body: await endBinding(db, request.params.id, request.body.reason, by.actor.name),
      })),
  );
}
