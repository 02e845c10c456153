import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import type { Now } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import {
  assignBreak,
  breakEvents,
  commentBreak,
  decideResolution,
  listBreaks,
  proposeResolution,
  type Break,
} from '../settlement/acquirer/index.ts';
import { hasPeople, hindrance, whoHas, type Permission, type Signed } from '../people/index.ts';
import { isDay } from '../field/jalali.ts';
import { AssignBody, CommentBody, IdParams, ListQuery, NoBody, ResolveBody } from './desk-schemas.ts';
import type { Allowance } from '../ops/allowance.ts';
import { OperatorTokens } from './operators.ts';
import { createAjv } from '../ops/schema.ts';

export interface DeskOptions {
  readonly pool: Pool;
  readonly dataDir: string;
  readonly clock: Now;
  readonly log: Log;
  /** Also from other machines: behind a proxy that ends TLS. */
  readonly remote: boolean;
}

const STATUS: Readonly<Record<string, number>> = {
  'break.unknown': 404,
  'break.state': 409,
  'break.same-person': 403,
  'break.rials': 422,
  'date.invalid': 400,
};
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/** The break desk over HTTP, below `/desk`. Who acts is whose token it is, never what a body says; an end that one
 *  person proposes is approved by another. Errors are `{error, message}`. Source: docs/settlement.md. */
export function registerDesk(server: FastifyInstance, options: DeskOptions, wrong: Allowance): void {
  void server.register(
    (desk, _options, done) => {
      const ajv = createAjv({ coerce: true, defaults: true });
      desk.setValidatorCompiler(({ schema }) => ajv.compile(schema as object));
      desk.setErrorHandler((error, _request, reply) => answerError(error, reply, options.log));
      const operators: Operators = new WeakMap();
      const gate = {
        ...options,
        tokens: new OperatorTokens(options.dataDir),
        wrong,
        people: watchPeople(options),
      };
      desk.addHook('onRequest', async (request, reply) => {
        const operator = await admit(request, reply, gate);
        if (operator !== undefined) operators.set(request, operator); // else it is answered already
      });
      desk.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'route.unknown', 'There is no such route.'));
      readRoutes(desk, options);
      writeRoutes(desk, options, operators);
      done();
    },
    { prefix: '/desk' },
  );
}

/** Whose token a request came with. */
type Operators = WeakMap<FastifyRequest, string>;

interface Gate extends Pick<DeskOptions, 'pool' | 'clock' | 'remote'> {
  readonly tokens: OperatorTokens;
  readonly wrong: Allowance;
  readonly people: () => Promise<boolean>;
}

/** Before a byte of the body is read. A stranger's connection ends with the answer: a body that comes slowly keeps nothing open.
 *  @returns whose token it is; undefined for a stranger, who is answered here */
async function admit(request: FastifyRequest, reply: FastifyReply, gate: Gate): Promise<string | undefined> {
  const { tokens, wrong, remote } = gate;
  const address = request.socket.remoteAddress;
  if (!remote && !LOOPBACK.test(address ?? '')) {
    void reply.header('connection', 'close');
    void refuse(reply, 403, 'desk.loopback', 'The desk answers on this machine only (settlement.json: desk.remote).');
    return undefined;
  }
  const people = await gate.people();
  const signed = people ? await personOf(request, gate) : undefined;
  const operator = people ? signed?.actor.name : tokens.ownerOf(request.headers.authorization);
  if (signed !== undefined && !may(signed, request, reply, gate)) return undefined;
  if (operator !== undefined) return operator;
  void reply.header('connection', 'close');
  if (wrong.take(address)) {
    void reply.header('www-authenticate', 'Bearer realm="kalabarg"');
    void refuse(
      reply,
      401,
      'desk.token',
      `Wants "Authorization: Bearer <token>" (kalabarg ${people ? 'token make' : 'reconcile token <name>'}).`,
    );
  } else {
    void reply.header('retry-after', '60');
    void refuse(reply, 429, 'desk.tokens', 'Too many wrong tokens from this address: wait a minute.');
  }
  return undefined;
}

const LOOK_EVERY_MS = 1_000;

/** Whether the database has people, asked once a second at most until it has: strangers cost it nothing. */
function watchPeople({ pool, clock }: DeskOptions): () => Promise<boolean> {
  let people = false;
  let askedAt = -Infinity;
  return async () => {
    const now = clock.now();
    if (people || Math.abs(now - askedAt) < LOOK_EVERY_MS) return people;
    askedAt = now;
    people = await hasPeople(pool);
    return people;
  };
}

/** Where the database has people, a token is one of theirs. */
async function personOf({ headers }: FastifyRequest, { pool, clock }: Gate): Promise<Signed | undefined> {
  const token = /^Bearer ([A-Za-z0-9_-]{1,128})$/i.exec(headers.authorization ?? '')?.[1];
  const signed = token === undefined ? undefined : await whoHas(pool, token, clock.now());
  return signed?.kind === 'session' ? undefined : signed; // a session is a browser's cookie, and has its own guard
}

/** What each route wants; reading wants no more than to be signed in. */
const WANTED: Readonly<Record<string, Permission>> = {
  assign: 'breaks:work',
  comment: 'breaks:work',
  resolve: 'money:make',
  approve: 'money:approve',
  reject: 'money:approve',
};

/** @returns false: it was refused here */
function may(signed: Signed, request: FastifyRequest, reply: FastifyReply, { clock }: Gate): boolean {
  const wanted = WANTED[request.routeOptions.url?.split('/').at(-1) ?? ''];
  const lacking = wanted === undefined ? undefined : hindrance(signed, wanted, clock.now());
  if (lacking === undefined) return true;
  void reply.header('connection', 'close');
  if (lacking === 'proof')
    void refuse(reply, 403, 'people.proof', 'Wants a sign-in within the last 15 minutes: kalabarg login.');
  else void refuse(reply, 403, 'people.permission', `${signed.actor.name} may not ${wanted ?? ''}.`);
  return false;
}

function readRoutes(desk: FastifyInstance, { pool, clock }: DeskOptions): void {
  desk.get<{ Querystring: ListQuery }>('/breaks', { schema: { querystring: ListQuery } }, async ({ query }) => {
    const { state, day, limit, ...filter } = query;
    if (day !== undefined && !isDay(day))
      throw new GatewayError('date.invalid', `"${day}" is not a day: give YYYY-MM-DD.`);
    const known = { ...filter, ...(state === 'all' ? {} : { state }), ...(day === undefined ? {} : { day }) };
    const breaks = await listBreaks(pool, { ...known, limit: limit + 1, now: clock.now() });
    const page = breaks.slice(0, limit);
    return { breaks: page, next: breaks.length > limit ? page.at(-1)?.id : null };
  });
  desk.get<{ Params: IdParams }>('/breaks/:id', { schema: { params: IdParams } }, async ({ params }) => {
    const found = await theBreak(pool, params.id, clock);
    return { break: found, events: await breakEvents(pool, params.id) };
  });
}

function writeRoutes(desk: FastifyInstance, { pool, clock }: DeskOptions, operators: Operators): void {
  const actorOf = (request: object): string => operators.get(request as FastifyRequest) ?? '';
  const after = async ({ id }: IdParams, work: Promise<void>): Promise<{ break: Break }> => {
    await work;
    return { break: await theBreak(pool, id, clock) };
  };
  const schema = (body: object): { schema: object } => ({ schema: { params: IdParams, body } });
  desk.post<{ Params: IdParams; Body: AssignBody }>('/breaks/:id/assign', schema(AssignBody), (request) =>
    after(request.params, assignBreak(pool, request.params.id, request.body.owner, actorOf(request))),
  );
  desk.post<{ Params: IdParams; Body: CommentBody }>('/breaks/:id/comment', schema(CommentBody), (request) =>
    after(request.params, commentBreak(pool, request.params.id, request.body.text, actorOf(request))),
  );
  desk.post<{ Params: IdParams; Body: ResolveBody }>('/breaks/:id/resolve', schema(ResolveBody), (request) => {
    const { post, rials, reason } = request.body;
    const resolution = { post, reason, ...(rials === undefined ? {} : { rials: BigInt(rials) }) };
    return after(request.params, proposeResolution(pool, request.params.id, resolution, actorOf(request)));
  });
  for (const [path, verdict] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const) {
    desk.post<{ Params: IdParams }>(`/breaks/:id/${path}`, schema(NoBody), (request) =>
      after(request.params, decideResolution(pool, request.params.id, verdict, actorOf(request), clock.now())),
    );
  }
}

/** @throws GatewayError `break.unknown` */
async function theBreak(pool: Pool, id: string, clock: Now): Promise<Break> {
  const [found] = await listBreaks(pool, { ids: [id], now: clock.now() });
  if (found === undefined) throw new GatewayError('break.unknown', `There is no break ${id}.`);
  return found;
}

function answerError(error: unknown, reply: FastifyReply, log: Log): FastifyReply {
  if (error instanceof GatewayError) {
    const status = STATUS[error.code];
    if (status !== undefined) return refuse(reply, status, error.code, error.message);
  }
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  if (statusCode < 500) return refuse(reply, statusCode, 'request.invalid', message);
  log.error({ err: error }, 'desk');
  return refuse(reply, 500, 'desk.failed', 'The request failed here; the log says why.');
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ error: code, message });
}
