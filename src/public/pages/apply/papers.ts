import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../../../ops/errors.ts';
import { byOwner, type Owner } from '../../../owners/index.ts';
import { keepPaper, MOST_BYTES, paperRefused, takeAway, type Papers } from '../../../papers/index.ts';
import { missingPapers, ownCase, type ItemCode } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { refusePaper, takeFiles, wantsJson } from '../paper-answers.ts';

interface Place {
  readonly number: string;
  readonly item: string;
  readonly kind: string;
}

/** Papers of an owner's own case: the body of a request is the file, sent by assets/papers.js. */
export function paperRoutes(server: FastifyInstance, door: Door, papers: Papers): void {
  server.post<{ Params: { number: string; paper: string } }>(
    '/apply/:number/papers/:paper/removal',
    async (request, reply) => {
      const owner = await door.demandOwner(request, reply);
      if (owner === undefined) return reply;
      door.form(request);
      const { number, paper } = request.params;
      const before = await ownCase(door.pool(), number, owner);
      const there = before.papers.find(({ id }) => id === paper);
      const by = byOwner(owner, request.id);
      const step = `/apply/${number}/${there?.item ?? ''}`;
      try {
        const place = { caseId: before.id, paper: there?.id ?? '0' };
        const kept = await takeAway(papers, door.pool(), place, { by, now: door.clock.now() });
        if (wantsJson(request)) return await reply.send(shown(kept.version, missingPapers(kept, there?.item)));
      } catch (error) {
        if (wantsJson(request)) return refusePaper(door, request, reply, error);
        if (!(error instanceof GatewayError && GONE.includes(error.code))) throw error; // somebody was first, or it is with us now
      }
      return door.redirect(reply, step);
    },
  );
  takeFiles<{ Params: Place }>(server, door, '/apply/:number/papers/:item/:kind', (request, reply, owner) =>
    upload(door, papers, request, reply, owner),
  );
}

const GONE = ['papers.unknown', 'shops.refused'];

async function upload(
  door: Door,
  papers: Papers,
  request: FastifyRequest<{ Params: Place; Body: Readable }>,
  reply: FastifyReply,
  owner: Owner,
): Promise<FastifyReply> {
  const { number, item, kind } = request.params;
  const own = await ownCase(door.pool(), number, owner);
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) throw paperRefused('large');
  const place = { caseId: own.id, item: item as ItemCode, kind };
  const by = byOwner(owner, request.id);
  const taken = await keepPaper(papers, door.pool(), place, request.body, {
    by,
    now: door.clock.now(),
    who: `owner ${owner.mobile}`,
  });
  const { id, bytes } = taken.paper;
  const missing = missingPapers(taken.kept, place.item);
  return reply
    .code(taken.added ? 201 : 200)
    .send({ ...shown(taken.kept.version, missing), paper: { id, kilobytes: Math.max(1, Math.round(bytes / 1_024)) } });
}

/** The version that the page's form sends next, and what is still missing there. */
function shown(version: number, missing: readonly { readonly kind: string }[]): object {
  return { version, missing: missing.map(({ kind }) => kind) };
}
