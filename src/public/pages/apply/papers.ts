import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../../../ops/errors.ts';
import { byOwner, type Owner } from '../../../owners/index.ts';
import {
  keepPaper,
  MOST_BYTES,
  paperRefused,
  takeAway,
  type PaperRefused,
  type Papers,
} from '../../../papers/index.ts';
import { missingPapers, ownCase, type ItemCode } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { t, type Language, type Text } from '../../language.ts';

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
        if (wantsJson(request)) return refused(door, request, reply, error);
        if (!(error instanceof GatewayError && GONE.includes(error.code))) throw error; // somebody was first, or it is with us now
      }
      return door.redirect(reply, step);
    },
  );
  void server.register((uploads, _options, done) => {
    uploads.removeAllContentTypeParsers();
    // what the body is said to be does not count: its content does
    uploads.addContentTypeParser('*', (_request, payload, next) => {
      next(null, payload);
    });
    uploads.post<{ Params: Place; Body: Readable }>('/apply/:number/papers/:item/:kind', async (request, reply) => {
      try {
        door.demandOwnPage(request);
        const owner = await door.ownerOf(request);
        if (owner === undefined) throw new GatewayError('papers.signed-out', 'Nobody is signed in.');
        return await upload(door, papers, request, reply, owner);
      } catch (error) {
        if (!request.raw.complete) void reply.header('connection', 'close'); // the rest of it is not read
        return refused(door, request, reply, error);
      }
    });
    done();
  });
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

function wantsJson(request: FastifyRequest): boolean {
  return /^application\/json/.test(request.headers.accept ?? '');
}

const TEXTS: Readonly<Record<string, readonly [status: number, text: Text]>> = {
  'papers.busy': [503, { fa: 'سامانه همین حالا مدرک‌های زیادی می‌گیرد. یک دقیقهٔ دیگر دوباره بفرستید.', en: 'Many papers are coming in at this moment: send it again in a minute.' }],
  'papers.cut': [400, { fa: 'اتصال قطع شد و چیزی ثبت نشد. دوباره بفرستید.', en: 'The connection was lost, and nothing was kept. Send it again.' }],
  'papers.kind': [422, { fa: 'چنین مدرکی خواسته نشده است؛ صفحه را تازه کنید.', en: 'No such paper is asked for: reload the page.' }],
  'papers.many': [409, { fa: 'این پرونده ۳۰ مدرک دارد؛ نخست یکی را حذف کنید.', en: 'The case has 30 papers: remove one first.' }],
  'papers.signed-out': [401, { fa: 'زمان ورود شما گذشته است؛ صفحه را تازه کنید و دوباره وارد شوید.', en: 'Your session has ended: reload the page and sign in again.' }],
  'papers.unknown': [404, { fa: 'این مدرک دیگر نیست؛ صفحه را تازه کنید.', en: 'The paper is not there any more: reload the page.' }],
  'public.csrf': [403, { fa: 'صفحه کهنه شده است؛ آن را تازه کنید و دوباره بفرستید.', en: 'The page is old: reload it and send again.' }],
  'shops.refused': [409, { fa: 'اکنون مدرکی در این بخش خواسته نمی‌شود؛ صفحه را تازه کنید.', en: 'No paper is asked for here now: reload the page.' }],
  'shops.unknown': [404, { fa: 'چنین پرونده‌ای نیست.', en: 'There is no such case.' }],
}; // prettier-ignore

/** @throws what is no refusal */
function refused(door: Door, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  if (!(error instanceof GatewayError)) throw error;
  const language = door.languageOf(request);
  const [status, detail] = wordsOf(error, language);
  return reply.code(status).type('application/problem+json').send(JSON.stringify({ status, detail }));
}

/** @throws what is no refusal */
function wordsOf(error: GatewayError, language: Language): readonly [number, string] {
  if (error.code === 'papers.refused')
    return [422, (error as PaperRefused).faults.map((fault) => `${t(language, fault)}.`).join(' ')];
  const known = TEXTS[error.code];
  if (known === undefined) throw error;
  return [known[0], t(language, known[1])];
}
