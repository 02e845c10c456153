import type { FastifyInstance } from 'fastify';
import { tehran } from '../../../ops/clock.ts';
import { transaction } from '../../../ops/database.ts';
import { audit } from '../../../people/index.ts';
import {
  addComment,
  agreement,
  claimCase,
  claimOf,
  differencesOf,
  listComments,
  readCase,
  reasonTemplates,
  relationsOf,
  releaseCase,
  shopItems,
} from '../../../shops/index.ts';
import type { Api } from '../api.ts';
import type { Changed } from '../change.ts';
import {
  Agreement,
  AgreementQuery,
  Claim,
  ClaimBody,
  Comment,
  CommentBody,
  Comments,
  Desk,
  ReasonTemplates,
  ShopItems,
} from '../desk-schemas.ts';
import { IdParams, ReasonBody } from '../schemas.ts';
import { MerchantParams } from '../shop-schemas.ts';

/** What reviewers have beside a case: who has it in hand, its papers, what changed, who else said the same, and their own comments. */
export function deskRoutes(server: FastifyInstance, api: Api): void {
  const tags = ['shops'];
  const reviewing = (summary: string, schema: object) => ({
    config: { permission: 'shops:review' as const },
    schema: { summary, tags, ...schema },
  });
  server.get<{ Params: IdParams }>(
    '/cases/:id/desk',
    reviewing('Beside the fields: claim, papers, differences, relations', {
      params: IdParams,
      response: { 200: Desk },
    }),
    ({ params: { id } }) => {
      const { pool, clock } = api.people();
      return transaction(pool, async (db) => {
        const kept = await readCase(db, id);
        const claim = (await claimOf(db, id, clock.now())) ?? null;
        const papers = kept.papers.map(({ id: paper, item, kind, pages }) => {
          return { id: paper, item, kind, pages, href: `/api/v1/cases/${id}/papers/${paper}` };
        });
        return { claim, papers, differences: await differencesOf(db, id), relations: await relationsOf(db, kept) };
      });
    },
  );
  server.post<{ Params: IdParams; Body: ClaimBody }>(
    '/cases/:id/claim',
    reviewing('Take it in hand, or give it to another reviewer', {
      params: IdParams,
      body: ClaimBody,
      response: { 200: Claim },
    }),
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
        return { status: 200, body: await claimCase(db, request.params.id, request.body.person, by, now) };
      }),
  );
  server.post<{ Params: IdParams; Body: ReasonBody }>(
    '/cases/:id/claim/release',
    reviewing('Put it down again', { params: IdParams, body: ReasonBody }),
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        await releaseCase(db, request.params.id, by, now);
        return { status: 204 };
      }),
  );
  server.get<{ Params: IdParams }>(
    '/cases/:id/comments',
    reviewing('What reviewers said among themselves', { params: IdParams, response: { 200: Comments } }),
    async ({ params }) => ({ items: await listComments(api.people().pool, params.id) }),
  );
  server.post<{ Params: IdParams; Body: CommentBody }>(
    '/cases/:id/comments',
    reviewing('Say something that the shop does not see; it stays as it is', {
      params: IdParams,
      body: CommentBody,
      response: { 201: Comment },
    }),
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
        return { status: 201, body: await addComment(db, request.params.id, request.body.text, by, now) };
      }),
  );
  wholeDesk(server, api, tags);
  listedRoute(server, api, tags);
}

function wholeDesk(server: FastifyInstance, api: Api, tags: readonly string[]): void {
  server.get(
    '/reason-templates',
    {
      config: { permission: 'shops:read' },
      schema: {
        summary: 'With which words an item is returned, and what helps',
        tags,
        response: { 200: ReasonTemplates },
      },
    },
    async () => {
      const { pool, clock } = api.people();
      return { items: await reasonTemplates(pool, tehran(clock.now()).isoDate) };
    },
  );
  server.get<{ Querystring: AgreementQuery }>(
    '/review-agreement',
    {
      config: { permission: 'audit:read' },
      schema: {
        summary: 'How often one more reviewer, who is not told, says what was decided',
        tags,
        querystring: AgreementQuery,
        response: { 200: Agreement },
      },
    },
    ({ query }) => agreement(api.people().pool, query.since),
  );
}

function listedRoute(server: FastifyInstance, api: Api, tags: readonly string[]): void {
  server.get<{ Params: MerchantParams }>(
    '/shops/:merchant/items',
    {
      config: { permission: 'shops:read' },
      schema: {
        summary: 'What a shop has shown, and what its list says: the reading is audited',
        tags,
        params: MerchantParams,
        response: { 200: ShopItems },
      },
    },
    (request) => {
      const { pool, clock } = api.people();
      const by = { actor: api.callerOf(request).signed.actor, requestId: request.id };
      return transaction(pool, async (db) => {
        const { position, ...shop } = await shopItems(db, request.params.merchant, clock.now());
        await audit(db, by, { act: 'shop.read', object: `merchant:${shop.merchant}` });
        const { since = 0, until = 0, ...party } = position.waiting ?? {};
        const waiting = { ...party, since: new Date(since).toISOString(), until: new Date(until).toISOString() };
        return { ...shop, state: position.state, ...(position.waiting === undefined ? {} : { waiting }) };
      });
    },
  );
}
