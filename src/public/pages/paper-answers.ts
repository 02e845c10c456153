import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify';
import { GatewayError } from '../../ops/errors.ts';
import type { Owner } from '../../owners/index.ts';
import type { PaperRefused } from '../../papers/index.ts';
import type { Door } from '../door.ts';
import { t, type Language, type Text } from '../language.ts';

/** Uploads as assets/papers.js sends them: the body of a request is the file, and every answer is JSON. */

/** @param take for an owner who is signed in, from a page of ours */
export function takeFiles<Route extends RouteGenericInterface>(
  server: FastifyInstance,
  door: Door,
  path: string,
  take: (
    request: FastifyRequest<Route & { Body: Readable }>,
    reply: FastifyReply,
    owner: Owner,
  ) => Promise<FastifyReply>,
): void {
  void server.register((uploads, _options, done) => {
    uploads.removeAllContentTypeParsers();
    // what the body is said to be does not count: its content does
    uploads.addContentTypeParser('*', (_request, payload, next) => {
      next(null, payload);
    });
    uploads.post(path, async (request, reply) => {
      try {
        door.demandOwnPage(request);
        const owner = await door.ownerOf(request);
        if (owner === undefined) throw new GatewayError('papers.signed-out', 'Nobody is signed in.');
        return await take(request as FastifyRequest<Route & { Body: Readable }>, reply, owner);
      } catch (error) {
        if (!request.raw.complete) void reply.header('connection', 'close'); // the rest of it is not read
        return refusePaper(door, request, reply, error);
      }
    });
    done();
  });
}

export function wantsJson(request: FastifyRequest): boolean {
  return /^application\/json/.test(request.headers.accept ?? '');
}

const TEXTS: Readonly<Record<string, readonly [status: number, text: Text]>> = {
  'papers.busy': [503, { fa: 'سامانه همین حالا مدرک‌های زیادی می‌گیرد. یک دقیقهٔ دیگر دوباره بفرستید.', en: 'Many papers are coming in at this moment: send it again in a minute.' }],
  'papers.cut': [400, { fa: 'اتصال قطع شد و چیزی ثبت نشد. دوباره بفرستید.', en: 'The connection was lost, and nothing was kept. Send it again.' }],
  'papers.kind': [422, { fa: 'چنین مدرکی خواسته نشده است؛ صفحه را تازه کنید.', en: 'No such paper is asked for: reload the page.' }],
  'papers.many': [409, { fa: 'اینجا ۳۰ مدرک هست؛ نخست یکی را حذف کنید.', en: 'There are 30 papers here: remove one first.' }],
  'papers.signed-out': [401, { fa: 'زمان ورود شما گذشته است؛ صفحه را تازه کنید و دوباره وارد شوید.', en: 'Your session has ended: reload the page and sign in again.' }],
  'papers.unknown': [404, { fa: 'این مدرک دیگر نیست؛ صفحه را تازه کنید.', en: 'The paper is not there any more: reload the page.' }],
  'public.csrf': [403, { fa: 'صفحه کهنه شده است؛ آن را تازه کنید و دوباره بفرستید.', en: 'The page is old: reload it and send again.' }],
  'shops.refused': [409, { fa: 'اکنون مدرکی در این بخش خواسته نمی‌شود؛ صفحه را تازه کنید.', en: 'No paper is asked for here now: reload the page.' }],
  'shops.unknown': [404, { fa: 'چنین پرونده‌ای نیست.', en: 'There is no such case.' }],
}; // prettier-ignore

/** Says it to assets/papers.js, in the language of the page.
 *  @throws what is no refusal */
export function refusePaper(door: Door, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
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
