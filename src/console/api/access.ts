import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  audit,
  hindrance,
  rolesThatGive,
  whoHas,
  type By,
  type People,
  type Permission,
  type Signed,
} from '../../people/index.ts';
import type { Allowance } from '../../ops/allowance.ts';

/** Who asks: a browser with its cookie, or a program with a bearer token. */
export interface Caller {
  readonly signed: Signed;
  /** What a page of ours must send with every change; undefined: the caller came with a bearer token. */
  readonly csrfToken: string | undefined;
}

/** Bound to this host, over TLS (or to this machine), for no script and no other site. */
const COOKIE = '__Host-kalabarg';
const BARE = `${COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`;
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** @param maxAgeMs of a session */
export function sessionCookie(token: string, maxAgeMs: number): string {
  return `${COOKIE}=${token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(maxAgeMs / 1_000)}`;
}

export function noCookie(): string {
  return BARE;
}

export function csrfTokenOf(token: string): string {
  return createHmac('sha256', token).update('csrf').digest('base64url');
}

/** @param wrong how many wrong tokens an address may send
 *  @param page `same-origin`: a page of this site that does not know the token of ours
 *  @throws GatewayError `sign-in.none`, `api.csrf`, `sign-in.locked` */
export async function admit(
  people: People,
  request: FastifyRequest,
  wrong: Allowance,
  page: 'ours' | 'same-origin' = 'ours',
): Promise<Caller> {
  const bearer = /^Bearer ([A-Za-z0-9_-]{1,128})$/i.exec(request.headers.authorization ?? '')?.[1];
  const cookie = bearer === undefined ? cookieOf(request.headers.cookie) : undefined;
  const token = bearer ?? cookie;
  if (token === undefined) throw new GatewayError('sign-in.none', 'Sign in, or send "Authorization: Bearer <token>".');
  const signed = await whoHas(people.pool, token, people.clock.now());
  if (signed === undefined || (cookie !== undefined && signed.kind !== 'session')) {
    if (!wrong.take(request.socket.remoteAddress)) throw tooMany('Too many wrong tokens from this address.', 60_000);
    throw new GatewayError('sign-in.none', 'The session or token has ended: sign in again.');
  }
  if (cookie === undefined) return { signed, csrfToken: undefined };
  const csrfToken = csrfTokenOf(cookie);
  if (!READING.has(request.method)) (page === 'ours' ? demandOurPage : demandSameOrigin)(request, csrfToken);
  return { signed, csrfToken };
}

export function tooMany(message: string, waitMs: number): GatewayError {
  return Object.assign(new GatewayError('sign-in.locked', message), { waitMs });
}

function cookieOf(header: string | undefined): string | undefined {
  const pairs = (header ?? '').slice(0, 4_096).split(';');
  const own = pairs.map((pair) => pair.trim()).filter((pair) => pair.startsWith(`${COOKIE}=`));
  return own.length === 1 ? own[0]?.slice(COOKIE.length + 1) : undefined;
}

/** @throws GatewayError `api.csrf` */
function demandOurPage(request: FastifyRequest, csrfToken: string): void {
  demandSameSite(request);
  if (sameText(csrfToken, String(request.headers['x-csrf-token'] ?? ''))) return;
  throw new GatewayError('api.csrf', 'X-CSRF-Token is missing or wrong: GET /api/v1/me gives it.');
}

/** Compares without telling by its time how much is right. */
export function sameText(wanted: string, given: string): boolean {
  const [one, other] = [Buffer.from(wanted), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** A browser must say that the request comes from a page of this very origin.
 *  @throws GatewayError `api.csrf` */
function demandSameOrigin(request: FastifyRequest): void {
  demandSameSite(request);
  if (request.headers['sec-fetch-site'] === 'same-origin' || request.headers.origin !== undefined) return;
  throw new GatewayError('api.csrf', 'The request does not say that it comes from a page of this site.');
}

/** What browsers say by themselves of where a request comes from; programs say nothing.
 *  @throws GatewayError `api.csrf` */
export function demandSameSite(request: FastifyRequest): void {
  const { 'sec-fetch-site': site, origin, host } = request.headers;
  const foreign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && origin !== `https://${host ?? ''}` && origin !== `http://${host ?? ''}`);
  if (foreign) throw new GatewayError('api.csrf', 'The request comes from another site.');
}

/** @throws GatewayError `people.permission`, `people.proof`; the attempt stands in the audit */
export async function demandPermission(
  people: People,
  { signed }: Caller,
  permission: Permission,
  by: By,
): Promise<void> {
  const lacking = hindrance(signed, permission, people.clock.now());
  if (lacking === undefined) return;
  if (lacking === 'proof')
    throw new GatewayError('people.proof', 'Prove password and code again first: POST /api/v1/session/proof.');
  await transaction(people.pool, (db) =>
    audit(db, by, { act: 'permission.refused', object: `permission:${permission}` }),
  );
  const roles = rolesThatGive(permission).join(' or ');
  throw new GatewayError(
    'people.permission',
    `${signed.actor.name} may not ${permission}: that needs the role ${roles}.`,
  );
}
