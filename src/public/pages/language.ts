import type { FastifyInstance } from 'fastify';
import { setCookie } from '../cookies.ts';
import type { Door } from '../door.ts';
import { LANGUAGE_COOKIE } from '../language.ts';
import { safePath } from '../paths.ts';

const YEAR_S = 31_536_000;

/** `/language?to=en&back=/apply`: the switch in the head of every page. */
export function languageRoutes(server: FastifyInstance, door: Door): void {
  server.get<{ Querystring: { to?: unknown; back?: unknown } }>('/language', ({ query: { to, back } }, reply) => {
    if (to === 'fa' || to === 'en') setCookie(reply, LANGUAGE_COOKIE, to, { maxAgeS: YEAR_S });
    return door.redirect(reply, safePath(back));
  });
}
