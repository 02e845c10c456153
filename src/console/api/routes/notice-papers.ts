import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  keepNoticePaper,
  MOST_BYTES,
  paperRefused,
  readNoticePaper,
  takeNoticePaperAway,
  type Papers,
} from '../../../papers/index.ts';
import { noticePapers, readNotice, type NoticePaper } from '../../../shops/index.ts';
import type { Api } from '../api.ts';
import { NoticePaper as Paper, NoticePapers, PaperParams } from '../paper-schemas.ts';
import { IdParams } from '../schemas.ts';
import { BINARY, showPaper, takeBodiesAsTheyCome } from './paper-files.ts';

/** What a shop brings with its answer to a notice and with its appeal, typed in by a clerk; read by who may decide it and by auditors. */
export function noticePaperRoutes(server: FastifyInstance, api: Api, papers: () => Papers): void {
  const route = (permission: 'shops:read' | 'shops:enter', summary: string, schema: object) => ({
    config: { permission },
    schema: { summary, tags: ['shops'], ...schema },
  });
  const actOf = (request: FastifyRequest) => ({ by: api.byOf(request), now: api.people().clock.now() });
  server.get<{ Params: IdParams }>(
    '/notices/:id/papers',
    route('shops:read', 'Papers that the shop brought', { params: IdParams, response: { 200: NoticePapers } }),
    async ({ params: { id } }) => {
      const { pool, clock } = api.people();
      const { id: notice } = await readNotice(pool, id, clock.now());
      return { items: (await noticePapers(pool, notice)).map(shown) };
    },
  );
  server.get<{ Params: PaperParams }>(
    '/notices/:id/papers/:paper',
    route('shops:read', 'What a paper shows: who may decide the notice, or an auditor; the reading is audited', {
      params: PaperParams,
      response: { 200: { content: { 'image/jpeg': { schema: BINARY }, 'application/pdf': { schema: BINARY } } } },
    }),
    async (request, reply) => {
      const { id: notice, paper } = request.params;
      const { permissions } = api.callerOf(request).signed;
      const judged = permissions.includes('shops:judge') ? 'judged' : 'none';
      const reads = permissions.includes('audit:read') ? 'all' : judged;
      const read = await readNoticePaper(papers(), api.people().pool, { notice, paper }, { ...actOf(request), reads });
      return showPaper(reply, paper, read);
    },
  );
  server.delete<{ Params: PaperParams }>(
    '/notices/:id/papers/:paper',
    route('shops:enter', 'Remove a paper, as long as its word is not said', {
      params: PaperParams,
      response: { 204: { type: 'null' } },
    }),
    async (request, reply) => {
      const { id: notice, paper } = request.params;
      await takeNoticePaperAway(papers(), api.people().pool, { notice, paper }, actOf(request));
      return reply.code(204).send();
    },
  );
  void server.register((uploads, _options, done) => {
    takeBodiesAsTheyCome(uploads);
    uploads.post<{ Params: IdParams; Body: Readable }>(
      '/notices/:id/papers',
      route(
        'shops:enter',
        'Add a paper to what the shop says now: the body is the file (JPEG, PNG or PDF, 10 MiB at most)',
        {
          params: IdParams,
          response: { 200: Paper, 201: Paper },
        },
      ),
      async (request, reply) => {
        if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) {
          void reply.header('connection', 'close'); // not a byte of it is read
          throw paperRefused('large');
        }
        const { by, now } = actOf(request);
        const upload = { by, now, who: `person ${by.actor.id ?? ''}` };
        const { pool } = api.people();
        const kept = await keepNoticePaper(papers(), pool, request.params.id, request.body, upload).finally(() => {
          if (!request.raw.complete) void reply.header('connection', 'close'); // the rest of it is not read
        });
        return reply.code(kept.added ? 201 : 200).send(shown(kept.paper));
      },
    );
    done();
  });
}

function shown({ uploadedAt, ...paper }: NoticePaper): object {
  return { ...paper, uploadedAt: new Date(uploadedAt).toISOString() };
}
