import type { FastifyReply, FastifyRequest } from 'fastify';

/** @returns the value of a cookie of ours (no character of it is ever encoded) */
export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

export interface CookieOptions {
  /** How long the browser keeps it; undefined: until it is closed. */
  readonly maxAgeS?: number;
}

/** A cookie that only we read, and that no other site makes a browser send with a change. A name of `__Host-` demands HTTPS of the
 *  browser (or its own machine, as in the demo), this host alone, and every path. */
export function setCookie(reply: FastifyReply, name: string, value: string, { maxAgeS }: CookieOptions = {}): void {
  const secure = name.startsWith('__Host-') ? '; Secure' : '';
  const kept = maxAgeS === undefined ? '' : `; Max-Age=${maxAgeS}`;
  void reply.header('set-cookie', `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${secure}${kept}`);
}
