import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GatewayError } from '../../../ops/errors.ts';
import { findView, listViews, removeView, saveView } from '../../../people/index.ts';
import { panIn } from '../../../timeline/index.ts';
import type { Api } from '../api.ts';
import { answerRead, versionSeen, type Changed } from '../change.ts';
import { View, ViewBody, ViewParams, ViewQuery, Views } from '../view-schemas.ts';

/** Filters of lists under a name. Everybody's own: nobody reads or changes another's. */
export function viewRoutes(server: FastifyInstance, api: Api): void {
  const tags = ['session'];
  const meOf = (request: FastifyRequest): string => api.callerOf(request).signed.actor.id;
  server.get<{ Querystring: ViewQuery }>(
    '/me/views',
    { schema: { summary: 'My views of lists', tags, querystring: ViewQuery, response: { 200: Views } } },
    async (request) => ({ items: await listViews(api.people().pool, meOf(request), request.query.page) }),
  );
  server.get<{ Params: ViewParams }>(
    '/me/views/:page/:name',
    { schema: { summary: 'One of them', tags, params: ViewParams, response: { 200: View } } },
    async (request, reply) => {
      const view = await findView(api.people().pool, meOf(request), request.params);
      return answerRead(request, reply, view, view.version);
    },
  );
  server.put<{ Params: ViewParams; Body: ViewBody }>(
    '/me/views/:page/:name',
    { schema: { summary: 'Keep filters under a name', tags, params: ViewParams, body: ViewBody, response: { 200: View, 201: View } } }, // prettier-ignore
    (request, reply) => {
      const { params, body } = request;
      demandNoPan([params.name, ...Object.values(body.filters)]);
      return api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
        const change = { personId: meOf(request), by, now, seen: () => versionSeen(request) };
        const { view, made } = await saveView(db, { ...params, ...body }, change);
        return { status: made ? 201 : 200, body: view, version: view.version };
      });
    },
  );
  server.delete<{ Params: ViewParams }>(
    '/me/views/:page/:name',
    { schema: { summary: 'Remove a view', tags, params: ViewParams, response: { 204: { type: 'null', description: 'Done' } } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
        const change = { personId: meOf(request), by, now, seen: () => versionSeen(request) };
        await removeView(db, request.params, change);
        return { status: 204 };
      }),
  );
}

/** What is kept, and what the audit says of it, holds no whole card number. */
function demandNoPan(texts: readonly string[]): void {
  if (texts.some((text) => panIn(text) !== undefined))
    throw new GatewayError('views.pan', 'A whole card number is not kept: give its first six and last four digits.');
}
