import type { FastifyInstance } from 'fastify';
import { transaction } from '../../../ops/database.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { masked } from '../../../owners/index.ts';
import { listAnswers, listRegistries, recentAnswers } from '../../../registries/index.ts';
import { askOwner, checkAgain, confirmCase, demandCase, type Checked } from '../../../shops/index.ts';
import type { Api } from '../api.ts';
import { cursorAfter, idAfter, versionSeen, type Changed } from '../change.ts';
import {
  Answers,
  CheckBody,
  CheckParams,
  ConfirmationBody,
  ConfirmationSent,
  Registries,
  RegistryAnswers,
  RegistryAnswersQuery,
} from '../check-schemas.ts';
import { IdParams, ReasonBody } from '../schemas.ts';
import { Case } from '../shop-schemas.ts';
import { shownCase } from './shops.ts';

/** What registries say of cases, and what only the owner can (people.md 4). */
export function checkRoutes(server: FastifyInstance, api: Api): void {
  registryRoutes(server, api);
  confirmationRoutes(server, api);
}

function registryRoutes(server: FastifyInstance, api: Api): void {
  const reading = { permission: 'shops:read' as const };
  server.get(
    '/registries',
    { config: reading, schema: { summary: 'Registries that are asked, and how they answer', tags: ['shops'], response: { 200: Registries } } }, // prettier-ignore
    async () => {
      const { pool, clock } = api.people();
      const items = await listRegistries(pool, clock.now());
      return { items: items.map((each) => ({ ...each, query: 'registry-answers' })) };
    },
  );
  server.get<{ Querystring: RegistryAnswersQuery }>(
    '/registries/answers',
    { config: reading, schema: { summary: 'What registries said, the newest first', tags: ['shops'], querystring: RegistryAnswersQuery, response: { 200: RegistryAnswers } } }, // prettier-ignore
    async ({ query: { registry, verdict, limit, cursor } }) => {
      const found = await recentAnswers(api.people().pool, { registry, verdict, before: idAfter(cursor), limit: limit + 1 });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  ); // prettier-ignore
  server.get<{ Params: IdParams }>(
    '/cases/:id/checks',
    { config: reading, schema: { summary: 'What registries said about a case, the newest first', tags: ['shops'], params: IdParams, response: { 200: Answers } } }, // prettier-ignore
    async ({ params: { id } }) => {
      const { pool } = api.people();
      await demandCase(pool, id);
      return { items: await listAnswers(pool, id) };
    },
  );
  server.post<{ Params: CheckParams; Body: CheckBody }>(
    '/cases/:id/items/:code/check',
    {
      config: { permission: 'shops:review' as const },
      schema: { summary: 'Have the registry asked again', tags: ['shops'], params: CheckParams, body: CheckBody, response: { 200: Case } }, // prettier-ignore
    },
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        const { id, code } = request.params;
        const what = { id, code: code as Checked, seen: versionSeen(request) };
        const kept = await checkAgain(db, what, by, now);
        return { status: 200, body: shownCase(kept, now), version: kept.version };
      }),
  );
}

function confirmationRoutes(server: FastifyInstance, api: Api): void {
  const entering = { permission: 'shops:enter' as const };
  server.post<{ Params: IdParams; Body: ReasonBody }>(
    '/cases/:id/confirmation',
    {
      config: entering,
      schema: { summary: 'Send the owner the code with which they confirm what a clerk typed', tags: ['shops'], params: IdParams, body: ReasonBody, response: { 201: ConfirmationSent } }, // prettier-ignore
    },
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        const how = { by, keys: api.ownerKeys(), random: api.random };
        const { challenge, mobile } = await askOwner(db, request.params.id, how, now);
        return { status: 201, body: { mobile: masked(mobile) }, once: { challenge } };
      }),
  );
  server.post<{ Params: IdParams; Body: ConfirmationBody }>(
    '/cases/:id/confirmation/code',
    {
      config: entering,
      schema: { summary: 'Enter the code that the owner said', tags: ['shops'], params: IdParams, body: ConfirmationBody, response: { 200: Case } }, // prettier-ignore
    },
    async (request, reply) => {
      const { pool, clock } = api.people();
      const now = clock.now();
      const given = { ...request.body, keys: api.ownerKeys(), requestId: request.id };
      // Committed whatever it says: a wrong attempt counts. The code itself is taken once, so that no key is needed.
      const kept = await transaction(pool, (db) => confirmCase(db, request.params.id, given, api.byOf(request), now));
      if (kept === undefined)
        throw new GatewayError(
          'owners.code',
          'The code is wrong, has lapsed, or what it confirms was changed. Send another.',
        );
      return reply.header('etag', `"${kept.version}"`).send(shownCase(kept, now));
    },
  );
}
