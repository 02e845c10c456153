import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { persianLine } from '../../../field/persian.ts';
import type { Door } from '../../door.ts';
import type { Page } from '../../layout.ts';

/** Lists that are the same for everybody: read from the database once in a while, however many ask. */

/** How old a list may be. */
const KEEP_MS = 30_000;
const BROWSER_S = 60;
/** Different searches that are kept; the one asked for longest ago is forgotten. */
const MOST = 500;

/** @returns a reader that asks the database at most once in 30 s for the same key, however many ask at once */
export function kept<T>(clock: Door['clock'], read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, { readonly at: number; readonly value: Promise<T> }>();
  return (key) => {
    const now = clock.monotonic();
    const found = known.get(key);
    if (found !== undefined && now - found.at < KEEP_MS) return found.value;
    known.delete(key);
    if (known.size >= MOST) known.delete(known.keys().next().value ?? '');
    const value = read(key);
    known.set(key, { at: now, value });
    value.catch(() => known.get(key)?.value === value && known.delete(key)); // asked again by the next
    return value;
  };
}

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
