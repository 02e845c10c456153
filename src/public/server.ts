import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import { Allowance } from '../ops/allowance.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { Random } from '../ops/random.ts';
import { masked, ownerOf as sessionOwner, type Owner, type OwnerKeys } from '../owners/index.ts';
import { serveAssets } from './assets.ts';
import { limitCrowd, type CrowdLimits } from './crowd.ts';
import { cookieOf } from './cookies.ts';
import type { Door } from './door.ts';
import { faultOf, faultPage, knownFault, type Fault } from './faults.ts';
import { CSRF_FIELD, csrfOf, demandForm, demandOwnPage, readForms } from './forms.ts';
import { html } from './html.ts';
import { languageOf, t } from './language.ts';
import { documentOf, type Page } from './layout.ts';
import type { Papers } from '../papers/index.ts';
import type { Pos } from '../pos/index.ts';
import type { Practice } from '../practice/index.ts';
import { applyRoutes } from './pages/apply/index.ts';
import { paperRoutes } from './pages/apply/papers.ts';
import { noticePaperRoutes } from './pages/shop/notice-papers.ts';
import { caseRoutes } from './pages/case/index.ts';
import { complainRoutes } from './pages/complain.ts';
import { homeRoutes } from './pages/home.ts';
import { languageRoutes } from './pages/language.ts';
import { learnRoutes } from './pages/learn/index.ts';
import { goodsRoutes } from './pages/lists/goods.ts';
import { shopListRoutes } from './pages/lists/shops.ts';
import { shopsRoutes } from './pages/shop/index.ts';
import { posRoutes } from './pages/pos/index.ts';
import { qualifyRoutes } from './pages/qualify.ts';
import { openDrawing, type DrawingOptions } from './pages/receipt/drawing.ts';
import { receiptRoutes } from './pages/receipt/index.ts';
import { SESSION_COOKIE, signInRoutes } from './pages/sign-in.ts';

export interface PublicDoorOptions {
  readonly pool: () => Pool;
  readonly clock: Door['clock'] & Pick<Clock, 'after' | 'cancel'>;
  readonly random: Random;
  readonly log: Log;
  /** PEM; undefined: plain HTTP, for this machine alone or behind a proxy. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Addresses and networks whose X-Forwarded-… are believed. */
  readonly trustedProxies?: readonly string[];
  /** Requests of one address; 0: without a limit. Default 50 */
  readonly requestsPerSecond?: number;
  readonly limits?: Partial<DoorLimits>;
  /** Undefined: none are taken here. */
  readonly papers?: Papers;
  /** Of one-time codes. */
  readonly ownerKeys: OwnerKeys;
  /** The drawn terminals of /learn, once they are there; undefined: lessons are read only. */
  readonly practice?: () => Practice | undefined;
  /** The drawn devices of /pos; undefined: there is no such page, as everywhere but in the demo. */
  readonly pos?: Pos | undefined;
  /** Numbers that shops call, by commas. */
  readonly supportPhones?: string;
  /** Of receipts as PDFs and bitmaps. */
  readonly drawing?: DrawingOptions;
}

const REQUESTS_PER_SECOND = 50;
/** How many seconds' worth an address may save up: a page, its files, and the next pages. */
const SAVED_S = 4;

export interface DoorLimits extends CrowdLimits {
  /** How long the head of a request may take, the body of a form, and a whole request with its picture over a slow line. */
  readonly headMs: number;
  readonly formMs: number;
  readonly requestMs: number;
}
const LIMITS: DoorLimits = { connections: 2_048, perAddress: 512, headMs: 5_000, formMs: 10_000, requestMs: 120_000 };

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), geolocation=(), microphone=(), payment=()',
  // "no-referrer" would take Origin from our own forms
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** The door for shops and households (people.md 2): pages that work without scripts wherever they can. */
export function createPublicDoor(options: PublicDoorOptions): FastifyInstance {
  const limits = { ...LIMITS, ...options.limits };
  const server = open(options, limits);
  const door = doorOf(server, options);
  limitCrowd(server.server, limits, options.trustedProxies ?? []);
  guard(server, options);
  readForms(server, options.clock, limits.formMs);
  answerFaults(server, door);
  server.get('/healthz', () => ({ status: 'up' }));
  languageRoutes(server, door);
  signInRoutes(server, door, options.ownerKeys);
  homeRoutes(server, door, options.pos !== undefined);
  goodsRoutes(server, door);
  shopListRoutes(server, door);
  shopsRoutes(server, door, options);
  learnRoutes(server, door, options);
  qualifyRoutes(server, door);
  applyRoutes(server, door);
  const { papers } = options;
  if (papers !== undefined) {
    paperRoutes(server, door, papers);
    noticePaperRoutes(server, door, papers);
  }
  caseRoutes(server, door);
  complainRoutes(server, door);
  const drawing = openDrawing(options.clock, options.log, options.drawing);
  server.addHook('onClose', () => {
    drawing.close();
  });
  receiptRoutes(server, door, options.supportPhones ?? '', drawing);
  if (options.pos !== undefined) posRoutes(server, door, options.pos, options.clock);
  return server;
}

function open(
  { tls, trustedProxies = [], random }: PublicDoorOptions,
  { headMs, requestMs }: DoorLimits,
): FastifyInstance {
  const shared = {
    logger: false,
    genReqId: () => random.uuid(),
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    requestTimeout: requestMs,
    keepAliveTimeout: 5_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  } as const;
  const times = { headersTimeout: headMs, connectionsCheckingInterval: Math.min(1_000, headMs / 2) };
  if (tls === undefined) return fastify({ ...shared, http: times });
  return fastify({ ...shared, https: { ...times, ...tls, minVersion: 'TLSv1.2' } });
}

function guard(server: FastifyInstance, { requestsPerSecond = REQUESTS_PER_SECOND, clock }: PublicDoorOptions): void {
  const allowance =
    requestsPerSecond === 0 ? undefined : new Allowance(requestsPerSecond, requestsPerSecond * SAVED_S, clock);
  server.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS).header('cache-control', 'no-store');
    if (request.protocol === 'https') void reply.header('strict-transport-security', 'max-age=31536000');
    if (allowance?.take(request.ip) === false)
      return sendFault(request, reply.header('retry-after', '2'), knownFault('often'));
    // PostgreSQL takes no NUL in a text, whichever page would ask it
    if (/%00/.test(request.url)) return sendFault(request, reply, knownFault('unknown'));
    return undefined;
  });
}

function answerFaults(server: FastifyInstance, door: Door): void {
  server.setNotFoundHandler((request, reply) => sendFault(request, reply, knownFault('unknown')));
  server.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error);
    if (fault.status === 500) door.log.error({ err: error, requestId: request.id }, 'a page failed');
    if (fault.status === 503) void reply.header('retry-after', '60');
    if (!request.raw.complete) void reply.header('connection', 'close'); // the rest of it is not read
    return sendFault(request, reply, fault);
  });
  // Needs nothing that could have failed: no database, no session.
  frames.set(server, (request) => ({
    language: door.languageOf(request),
    here: '/',
    asset: (name) => door.asset(name),
  }));
}

/** How a page of errors is framed, by server. */
const frames = new WeakMap<object, (request: FastifyRequest) => Parameters<typeof documentOf>[1]>();

function sendFault(request: FastifyRequest, reply: FastifyReply, fault: Fault): FastifyReply {
  void reply.code(fault.status).header('cache-control', 'no-store');
  const language = languageOf(request);
  const [title, detail] = [t(language, fault.title), t(language, fault.detail)];
  if (/^application\/(?:problem\+)?json/.test(request.headers.accept ?? ''))
    return reply.type('application/problem+json').send(JSON.stringify({ status: fault.status, title, detail }));
  const frame = frames.get(request.server)?.(request);
  const body = faultPage(language, fault, request.id);
  return reply.type('text/html; charset=utf-8').send(frame === undefined ? title : documentOf({ title, body }, frame));
}

function doorOf(server: FastifyInstance, options: PublicDoorOptions): Door {
  const { pool, clock, random, log } = options;
  const asset = serveAssets(server);
  const known = new WeakMap<FastifyRequest, Promise<Owner | undefined>>();
  const ownerOf = (request: FastifyRequest): Promise<Owner | undefined> => {
    const before = known.get(request);
    if (before !== undefined) return before;
    const token = cookieOf(request, SESSION_COOKIE);
    const found = token === undefined ? Promise.resolve(undefined) : sessionOwner(pool(), token, clock.now());
    known.set(request, found);
    return found;
  };
  const csrfToken = (reply: FastifyReply): string => csrfOf(reply.request, reply, random);
  const csrfField = (reply: FastifyReply) =>
    html`<input type="hidden" name="${CSRF_FIELD}" value="${csrfToken(reply)}" />`;
  const render = async (reply: FastifyReply, page: Page): Promise<FastifyReply> => {
    const { request } = reply;
    const owner = await ownerOf(request);
    const here = request.method === 'GET' ? request.url : '/';
    const frame = { language: page.language ?? languageOf(request), here, asset };
    const signedIn = owner === undefined ? {} : { owner: masked(owner.mobile), csrf: csrfField(reply) };
    return reply
      .code(page.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(documentOf(page, { ...frame, ...signedIn }));
  };
  const redirect = (reply: FastifyReply, path: string): FastifyReply => reply.redirect(path, 303);
  return {
    clock,
    random,
    log,
    pool,
    languageOf,
    ownerOf,
    demandOwner: async (request, reply) => {
      const owner = await ownerOf(request);
      if (owner === undefined) redirect(reply, `/sign-in?back=${encodeURIComponent(request.url.slice(0, 300))}`);
      return owner;
    },
    render,
    redirect,
    csrfField,
    csrfToken,
    form: demandForm,
    demandOwnPage,
    asset,
  };
}
