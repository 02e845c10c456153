import type { FastifyInstance } from 'fastify';
import { listTokens, makeToken, revokeToken, type Permission } from '../../../people/index.ts';
import type { Changed } from '../change.ts';
import type { Api } from '../api.ts';
import { IdParams, MadeToken, NewTokenBody, TokenPage } from '../schemas.ts';

/** What a person is signed in with, and tokens for that person's programs. Everybody's own. */
export function tokenRoutes(server: FastifyInstance, api: Api): void {
  const tags = ['tokens'];
  server.get(
    '/tokens',
    { schema: { summary: 'My sessions and tokens', tags, response: { 200: TokenPage } } },
    async (request) => {
      const people = api.people();
      const items = await listTokens(people.pool, api.callerOf(request).signed.actor.id, people.clock.now());
      return { items, next: null };
    },
  );
  server.post<{ Body: NewTokenBody }>(
    '/tokens',
    { schema: { summary: 'Make a token: it is shown once', tags, body: NewTokenBody, response: { 201: MadeToken } } },
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now, signed }): Promise<Changed> => {
        const { name, scopes, expiresAt } = request.body;
        const wanted = { name, scopes: scopes as Permission[], expiresAt: Date.parse(expiresAt) };
        const { id, token } = await makeToken(db, signed, wanted, { by, now });
        return { status: 201, body: { id }, once: { token } };
      }),
  );
  server.delete<{ Params: IdParams }>(
    '/tokens/:id',
    { schema: { summary: 'Take a token or session away', tags, params: IdParams, response: { 204: { type: 'null', description: 'Done' } } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, signed }): Promise<Changed> => {
        await revokeToken(db, signed.actor.id, request.params.id, by);
        return { status: 204 };
      }),
  );
}
