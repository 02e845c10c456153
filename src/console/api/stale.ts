import type { FastifyInstance, FastifyRequest } from 'fastify';

/** What a resource is now, for who changed a stale one: the page shows the difference to what it had, and nothing is lost. */
export interface Current {
  readonly current: unknown;
  readonly etag: string;
}

/** What was sent for whom; nothing else of the request counts for reading. */
const PASSED = ['cookie', 'authorization', 'accept-language', 'user-agent'] as const;

/** Reads the resource that a refused change was about, by the route that reads it and as the same person: what they may not see stays
 *  unseen, and a reading that is audited is audited.
 *  @returns undefined: no route reads it, or not for this person */
export async function currentOf(server: FastifyInstance, request: FastifyRequest): Promise<Current | undefined> {
  const route = (request.routeOptions.url ?? '').split('/');
  const path = (request.url.split('?')[0] ?? '').split('/');
  const last = route.findLastIndex((part) => part.startsWith(':'));
  for (let end = route.length; end > last && last > 0; end--) {
    const url = route.slice(0, end).join('/');
    if (!server.hasRoute({ method: 'GET', url })) continue;
    const headers = Object.fromEntries(PASSED.flatMap((name) => {
      const value = request.headers[name];
      return value === undefined ? [] : [[name, value]];
    }));
    const read = await server.inject({ method: 'GET', url: path.slice(0, end).join('/'), headers });
    const { etag } = read.headers;
    if (read.statusCode !== 200 || typeof etag !== 'string') return undefined;
    return { current: read.json<unknown>(), etag };
  }
  return undefined;
} // prettier-ignore
