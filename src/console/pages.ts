import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The console's pages: what scripts/build-web.mjs made of web/. One document for every address below /console, and its files, which
 *  are named by their content and kept by browsers for good. */

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};
const NONCE = '%NONCE%';
const BUILT = fileURLToPath(new URL('../web/', import.meta.url));

/** Nothing from elsewhere, nothing inline but the styles that bear the nonce of this one answer, and in nobody's frame. */
const policyOf = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "font-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

const MISSING = `The console's pages are not built. Run: npm run build (npm start does it by itself)
صفحه‌های میز کار ساخته نشده‌اند. اجرا کنید: npm run build
`;

interface File {
  readonly type: string;
  readonly etag: string;
  /** By content coding. */
  readonly bytes: Readonly<Partial<Record<'br' | 'gzip', Buffer>>> & { readonly identity: Buffer };
}

/** @param folder of the built pages (default: beside this program) */
export function registerPages(server: FastifyInstance, folder = BUILT): void {
  const document = join(folder, 'index.html');
  const html = existsSync(document) ? readFileSync(document, 'utf8') : undefined;
  const files = html === undefined ? new Map<string, File>() : readFiles(join(folder, 'assets'));
  const send = (_request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (html === undefined) return reply.code(503).type('text/plain; charset=utf-8').send(MISSING);
    const nonce = randomBytes(16).toString('base64url');
    return reply
      .header('content-security-policy', policyOf(nonce))
      .type('text/html; charset=utf-8')
      .send(html.replaceAll(NONCE, nonce));
  };
  server.get('/console', send);
  server.get<{ Params: { '*': string } }>('/console/*', (request, reply) => {
    const path = request.params['*'];
    if (!path.startsWith('assets/')) return send(request, reply);
    const file = files.get(path.slice('assets/'.length));
    if (file === undefined) {
      reply.callNotFound();
      return reply;
    }
    return sendFile(request, reply, file);
  });
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { type, etag, bytes }: File): FastifyReply {
  void reply.headers({ etag, vary: 'accept-encoding', 'cache-control': 'public, max-age=31536000, immutable' });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const coding = (['br', 'gzip'] as const).find((each) => bytes[each] !== undefined && takes(request, each));
  if (coding !== undefined) void reply.header('content-encoding', coding);
  return reply.type(type).send(bytes[coding ?? 'identity']);
}

/** RFC 9110, 12.5.3: listed, and not with a weight of zero. */
function takes(request: FastifyRequest, coding: string): boolean {
  const given = request.headers['accept-encoding'];
  const listed = (typeof given === 'string' ? given : '').split(',').map((each) => each.trim().toLowerCase());
  return listed.some((each) => each.split(';')[0]?.trim() === coding && !/;\s*q=0(?:\.0*)?$/.test(each));
}

function readFiles(folder: string): Map<string, File> {
  const names = readdirSync(folder);
  const packed = (name: string): Buffer | undefined =>
    names.includes(name) ? readFileSync(join(folder, name)) : undefined;
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)];
      if (type === undefined) return [];
      const identity = readFileSync(join(folder, name));
      const [br, gzip] = [packed(`${name}.br`), packed(`${name}.gz`)];
      const bytes = { identity, ...(br === undefined ? {} : { br }), ...(gzip === undefined ? {} : { gzip }) };
      return [[name, { type, etag: etagOf(identity), bytes }] as const];
    }),
  );
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
}
