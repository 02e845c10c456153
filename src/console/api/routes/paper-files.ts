import type { FastifyInstance, FastifyReply } from 'fastify';

/** Files of papers as bodies of requests and answers. */
export const BINARY = { type: 'string', format: 'binary' };

/** What the body is said to be does not count: its content does. */
export function takeBodiesAsTheyCome(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, payload, done) => {
    done(null, payload);
  });
}

/** @param id names the file that a browser saves */
export function showPaper(
  reply: FastifyReply,
  id: string,
  { media, bytes }: { readonly media: string; readonly bytes: Buffer },
): FastifyReply {
  const name = `paper-${id}.${media === 'image/jpeg' ? 'jpg' : 'pdf'}`;
  return reply
    .type(media)
    .header('content-disposition', `inline; filename="${name}"`)
    .header('content-security-policy', "default-src 'none'; frame-ancestors 'self'; sandbox")
    .send(bytes);
}
