import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GatewayError } from '../../../ops/errors.ts';
import { keepPaper, MOST_BYTES, paperRefused, readPaper, takeAway, type Papers } from '../../../papers/index.ts';
import type { By } from '../../../people/index.ts';
import { missingPapers, readCase, type ItemCode, type KeptPaper } from '../../../shops/index.ts';
import type { Api } from '../api.ts';
import { Paper, PaperList, PaperParams, PaperQuery } from '../paper-schemas.ts';
import { IdParams } from '../schemas.ts';
import { noticePaperRoutes } from './notice-papers.ts';
import { BINARY, showPaper, takeBodiesAsTheyCome } from './paper-files.ts';

/** Papers of cases (people.md 4 "Papers"): uploaded by a clerk, read by reviewers of the case and auditors. They are only added and
 *  removed: no version needs to have been seen. */
export function paperRoutes(server: FastifyInstance, api: Api, opened: () => Papers | undefined): void {
  const papers = (): Papers => {
    const there = opened();
    if (there === undefined) throw new GatewayError('api.busy', 'The gateway starts: try again in a moment.');
    return there;
  };
  noticePaperRoutes(server, api, papers);
  const byOf = (request: FastifyRequest): By => ({ actor: api.callerOf(request).signed.actor, requestId: request.id });
  const route = (permission: 'shops:read' | 'shops:enter' | 'papers:read', summary: string, schema: object) => ({
    config: { permission },
    schema: { summary, tags: ['shops'], ...schema },
  });
  server.get<{ Params: IdParams }>(
    '/cases/:id/papers',
    route('shops:read', 'Papers of a case, and which are missing', { params: IdParams, response: { 200: PaperList } }),
    async ({ params: { id } }) => {
      const kept = await readCase(api.people().pool, id);
      return { items: kept.papers.map(shown), missing: missingPapers(kept) };
    },
  );
  server.delete<{ Params: PaperParams }>(
    '/cases/:id/papers/:paper',
    route('shops:enter', 'Remove a paper, for ever', { params: PaperParams, response: { 204: { type: 'null' } } }),
    async (request, reply) => {
      const { id: caseId, paper } = request.params;
      const { pool, clock } = api.people();
      await takeAway(papers(), pool, { caseId, paper }, { by: byOf(request), now: clock.now() });
      return reply.code(204).send();
    },
  );
  server.get<{ Params: PaperParams }>(
    '/cases/:id/papers/:paper',
    route('papers:read', 'What a paper shows: the reading is audited', {
      params: PaperParams,
      response: { 200: { content: { 'image/jpeg': { schema: BINARY }, 'application/pdf': { schema: BINARY } } } },
    }),
    async (request, reply) => {
      const { id: caseId, paper } = request.params;
      const { pool, clock } = api.people();
      const reads = api.callerOf(request).signed.permissions.includes('audit:read') ? 'all' : 'cases';
      const read = await readPaper(papers(), pool, { caseId, paper }, { by: byOf(request), now: clock.now(), reads });
      return showPaper(reply, paper, read);
    },
  );
  void server.register((uploads, _options, done) => {
    takeBodiesAsTheyCome(uploads);
    uploads.post<{ Params: IdParams; Querystring: PaperQuery; Body: Readable }>(
      '/cases/:id/papers',
      route('shops:enter', 'Add a paper: the body is the file (JPEG, PNG or PDF, 10 MiB at most)', {
        params: IdParams,
        querystring: PaperQuery,
        response: { 200: Paper, 201: Paper },
      }),
      async (request, reply) => {
        const { item, kind } = request.query;
        const { pool, clock } = api.people();
        if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) {
          void reply.header('connection', 'close'); // not a byte of it is read
          throw paperRefused('large');
        }
        const by = byOf(request);
        const place = { caseId: request.params.id, item: item as ItemCode, kind };
        const upload = { by, now: clock.now(), who: `person ${by.actor.id ?? ''}` };
        const { paper, added } = await keepPaper(papers(), pool, place, request.body, upload).finally(() => {
          if (!request.raw.complete) void reply.header('connection', 'close'); // the rest of it is not read
        });
        return reply.code(added ? 201 : 200).send(shown(paper));
      },
    );
    done();
  });
}

function shown({ uploadedAt, ...paper }: KeptPaper): object {
  return { ...paper, uploadedAt: new Date(uploadedAt).toISOString() };
}
