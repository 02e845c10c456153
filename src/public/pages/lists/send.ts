import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { persianLine } from '../../../field/persian.ts';
import type { Door } from '../../door.ts';
import type { Page } from '../../layout.ts';

/** Lists that are the same for everybody: read from the database once in a while, however many ask. */

/** How old a list may be. */
export const KEEP_MS = 30_000;
const BROWSER_S = 60;

/** Sends a list: whoever has it already is told so. Who is signed in has a page of their own, which nobody keeps. */
export async function sendKept(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  of: { readonly data: unknown; readonly page: () => Page },
): Promise<FastifyReply> {
  if ((await door.ownerOf(request)) !== undefined) return door.render(reply, of.page());
  const hash = createHash('sha256').update(
    JSON.stringify([of.data, door.languageOf(request), door.asset('door.css'), request.url]),
  );
  const etag = `"${hash.digest('base64url').slice(0, 22)}"`;
  void reply.headers({ etag, vary: 'cookie', 'cache-control': `public, max-age=${BROWSER_S}` });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return door.render(reply, of.page());
}

const MOST_SEARCHED = 60;

/** What was searched for, as names are kept: Persian letters, no marks of direction. What is no text finds nothing in particular. */
export function searched(given: unknown): string {
  return typeof given === 'string' ? (persianLine(given.slice(0, MOST_SEARCHED)) ?? '') : '';
}
