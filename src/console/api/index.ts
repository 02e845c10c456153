import swagger from '@fastify/swagger';
import fastJson from 'fast-json-stringify';
import type { FastifyInstance, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import type { Standing } from '../../health/index.ts';
import type { Certifying } from '../../terminals/certificates/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { systemRandom, type Random } from '../../ops/random.ts';
import { systemClock, type Clock } from '../../ops/clock.ts';
import { once } from '../../ops/once.ts';
import { createAjv } from '../../ops/schema.ts';
import { VERSION } from '../../ops/version.ts';
import type { Jobs } from '../../settlement/jobs/index.ts';
import type { Papers } from '../../papers/index.ts';
import type { OwnerKeys } from '../../owners/index.ts';
import type { By, People } from '../../people/index.ts';
import type { Allowance } from '../../ops/allowance.ts';
import { admit, demandPermission, sameText, tooMany, type Caller } from './access.ts';
import type { Api } from './api.ts';
import { answerChange } from './change.ts';
import { isStale, sendProblem } from './problems.ts';
import { breakRoutes } from './routes/breaks.ts';
import { dayRoutes } from './routes/days.ts';
import { doubtRoutes } from './routes/doubts.ts';
import { paymentRoutes } from './routes/payments.ts';
import { authorityRoutes } from './routes/authorities.ts';
import { auditRoutes } from './routes/audit.ts';
import { captureRoutes } from './routes/captures.ts';
import { certificateRoutes } from './routes/certificates.ts';
import { checkRoutes } from './routes/checks.ts';
import { complaintRoutes } from './routes/complaints.ts';
import { jobRoutes } from './routes/jobs.ts';
import { keyRoutes } from './routes/keys.ts';
import { messageRoutes } from './routes/messages.ts';
import { changeRoutes } from './routes/changes.ts';
import { deskRoutes } from './routes/desk.ts';
import { endingRoutes, type Radar } from './routes/endings.ts';
import { enrolmentRoutes } from './routes/enrolment.ts';
import { paperRoutes } from './routes/papers.ts';
import { householdMoveRoutes } from './routes/household-moves.ts';
import { householdRoutes } from './routes/households.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { noticeRoutes } from './routes/notices.ts';
import { overviewRoutes } from './routes/overview.ts';
import { peopleRoutes } from './routes/people.ts';
import { rulesRoutes } from './routes/rules.ts';
import { sessionRoutes } from './routes/session.ts';
import { shopRoutes } from './routes/shops.ts';
import { priceRoutes } from './routes/prices.ts';
import { signalRoutes } from './routes/signals.ts';
import { standInRoutes } from './routes/stand-ins.ts';
import { standingRoutes } from './routes/standing.ts';
import { certificationRoutes } from './routes/certifications.ts';
import { healthRoutes } from './routes/health.ts';
import { terminalRoutes } from './routes/terminals.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { minimumRoutes } from './routes/minimums.ts';
import { transactionRoutes } from './routes/transactions.ts';
import { updateRoutes } from './routes/updates.ts';
import { viewRoutes } from './routes/views.ts';
import { overviewReader } from './overview.ts';
import { oneReplay, type ReplayDoor } from './replay.ts';
import { Problem } from './schemas.ts';
import { currentOf } from './stale.ts';
import { openStreams } from './stream.ts';
import { unreadableIn } from './unreadable.ts';

export interface ApiOptions {
  /** Undefined until the database has its tables and the keys are there. */
  readonly people: () => People | undefined;
  /** The same; without it there are no papers here. */
  readonly papers?: () => Papers | undefined;
  /** Of owners' codes; undefined as long as `people` is. */
  readonly owners?: () => OwnerKeys | undefined;
  /** Hashes PANs; undefined as long as `people` is. */
  readonly hashPan?: () => ((pan: string) => Buffer) | undefined;
  /** The data folder: where recordings lie, and the settings of settlement (default: none). */
  readonly data?: string;
  /** Draws codes (default: the machine's). */
  readonly random?: Random;
  readonly log: Log;
  /** Who issues terminals' certificates (default: nobody). */
  readonly certifying?: Certifying;
  /** Of streams and of what is kept a little while (default: the machine's). */
  readonly clock?: Clock;
  /** The queues of settlement; without it they are not shown. */
  readonly jobs?: Jobs;
  /** Of the demo: what its link bears (default: this is no demo). */
  readonly demoCode?: string;
  /** What plays recordings (default: nothing does). */
  readonly replay?: ReplayDoor | undefined;
  /** What ends, beside what the database knows (default: nothing). */
  readonly radar?: Radar;
  /** What the doctor found last that is not in order (default: nobody makes rounds). */
  readonly doctor?: () => Promise<readonly Standing[]>;
}

/** `/api/v1` (people.md 3): JSON, problems, cursors, ETags, idempotency keys; its OpenAPI document at `/api/v1/openapi.json`. */
export function registerApi(server: FastifyInstance, options: ApiOptions, wrong: Allowance): void {
  void server.register(
    async (scope) => {
      await scope.register(swagger, { openapi: DOCUMENT });
      validate(scope);
      scope.removeContentTypeParser('text/plain');
      scope.setErrorHandler(async (error, request, reply) => {
        const now = isStale(error) ? await currentOf(scope, request) : undefined;
        return sendProblem(error, request, reply, options.log, now);
      });
      const api = openApi(scope, options, wrong);
      scope.addHook('onRoute', (route) => {
        const responses: object = route.schema?.response ?? {};
        const permission = route.config?.permission;
        const wants = permission === undefined ? {} : { 'x-permission': permission };
        route.schema = { ...route.schema, ...wants, response: { ...responses, '4xx': PROBLEM, '5xx': PROBLEM } };
      });
      scope.setNotFoundHandler((request, reply) =>
        sendProblem(new GatewayError('api.unknown', 'There is no such route.'), request, reply, options.log),
      );
      sessionRoutes(scope, api);
      peopleRoutes(scope, api);
      tokenRoutes(scope, api);
      viewRoutes(scope, api);
      auditRoutes(scope, api);
      shopRoutes(scope, api);
      paperRoutes(scope, api, options.papers ?? (() => undefined));
      standingRoutes(scope, api);
      complaintRoutes(scope, api);
      messageRoutes(scope, api);
      checkRoutes(scope, api);
      changeRoutes(scope, api);
      priceRoutes(scope, api);
      signalRoutes(scope, api);
      deskRoutes(scope, api);
      const certifying = options.certifying ?? { authority: { trusted: '' }, random: systemRandom.bytes };
      enrolmentRoutes(scope, api, certifying);
      certificateRoutes(scope, api, certifying);
      const radar = options.radar ?? { keyDays: 1_095, ofFiles: () => [] };
      endingRoutes(scope, api, radar);
      liveRoutes(scope, api, radar, options);
      terminalRoutes(scope, api);
      updateRoutes(scope, api);
      minimumRoutes(scope, api);
      healthRoutes(scope, api);
      certificationRoutes(scope, api);
      noticeRoutes(scope, api);
      transactionRoutes(scope, api, options.data);
      dayRoutes(scope, api, options.data);
      paymentRoutes(scope, api);
      breakRoutes(scope, api);
      doubtRoutes(scope, api);
      const about = { summary: 'This document', tags: ['about'], hide: true };
      scope.get('/openapi.json', { config: { open: true }, schema: about }, () => scope.swagger());
    },
    { prefix: '/api/v1' },
  );
}

/** What happens now, what waits for whom, and the rules by which it goes. */
function liveRoutes(
  scope: FastifyInstance,
  api: Api,
  radar: Radar,
  { clock = systemClock, log, jobs, data, replay, doctor }: ApiOptions,
): void {
  const people = (): People => api.people();
  const reader = overviewReader({ people, clock, radar, jobCounts: async () => jobs?.counts() });
  const streams = openStreams({ people, clock, log, read: () => reader.now() });
  scope.addHook('preClose', () => streams.close());
  overviewRoutes(scope, api, reader, streams);
  inboxRoutes(scope, api, { keyDays: radar.keyDays, doctor });
  rulesRoutes(scope, api);
  householdRoutes(scope, api);
  householdMoveRoutes(scope, api);
  authorityRoutes(scope, api);
  standInRoutes(scope, api);
  captureRoutes(scope, api, data, oneReplay(replay));
  keyRoutes(scope, api, radar);
  jobRoutes(scope, jobs);
}

const PROBLEM = {
  description: 'What is wrong, and what to do',
  content: { 'application/problem+json': { schema: Problem } },
};

const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'kalabarg-gateway, operators',
    version: VERSION,
    description: 'docs/people.md 3. Lists go by cursor, changes rest on If-Match and may bear an Idempotency-Key.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  components: {
    securitySchemes: {
      session: { type: 'apiKey' as const, in: 'cookie', name: '__Host-kalabarg' },
      token: { type: 'http' as const, scheme: 'bearer' },
    },
  },
  security: [{ session: [] }, { token: [] }],
};

/** Bodies are taken as they are, if a person could have typed them; of queries and paths, which are text, numbers are read. What a route reads
 *  and writes is compiled when it is first asked: all of them take two seconds, which a gateway that starts does not have. */
function validate(scope: FastifyInstance): void {
  const ofText = createAjv({ coerce: true, defaults: true });
  const ofBodies = createAjv({ defaults: true });
  scope.setValidatorCompiler<object>(({ schema, httpPart }) => {
    const fitsOf = once(() => (httpPart === 'body' ? ofBodies : ofText).compile(schema));
    return (value: unknown) => {
      const unreadable = unreadableIn(value);
      if (unreadable.length > 0) return { error: unreadable };
      const fits = fitsOf();
      return fits(value) ? { value } : { error: (fits.errors ?? []) as FastifySchemaValidationError[] };
    };
  });
  scope.setSerializerCompiler<object>(({ schema }) => {
    const writer = once(() => fastJson(schema) as (value: unknown) => string);
    return (value: unknown) => writer()(value);
  });
}

function openApi(
  scope: FastifyInstance,
  { people: opened, owners, hashPan, random = systemRandom, log, demoCode }: ApiOptions,
  wrong: Allowance,
): Api {
  const callers = new WeakMap<FastifyRequest, Caller>();
  const people = (): People => {
    const there = opened();
    if (there === undefined) throw new GatewayError('api.busy', 'The gateway starts: try again in a moment.');
    return there;
  };
  const callerOf = (request: FastifyRequest): Caller => {
    const caller = callers.get(request);
    if (caller === undefined) throw new Error(`${request.url} is open: nobody is signed in there`);
    return caller;
  };
  const byOf = (request: FastifyRequest, reason?: string): By => ({
    actor: callerOf(request).signed.actor,
    requestId: request.id,
    ...(reason === undefined ? {} : { reason }),
  });
  scope.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
    const { open, permission } = request.routeOptions.config;
    if (open === true || request.is404) return;
    try {
      const caller = await admit(people(), request, wrong);
      callers.set(request, caller);
      if (permission !== undefined) await demandPermission(people(), caller, permission, byOf(request));
    } catch (error) {
      // Before a byte of the body is read: a stranger's connection ends with the answer.
      if (!callers.has(request)) void reply.header('connection', 'close');
      await sendProblem(error, request, reply, log);
    }
  });
  return {
    people,
    ownerKeys: () => {
      const keys = owners?.();
      if (keys === undefined) throw new GatewayError('api.busy', 'The gateway starts: try again in a moment.');
      return keys;
    },
    random,
    hashPan: (pan) => {
      const hash = hashPan?.();
      if (hash === undefined) throw new GatewayError('api.busy', 'The gateway starts: try again in a moment.');
      return hash(pan);
    },
    demandDemo: ({ socket }, code) => {
      if (demoCode !== undefined && sameText(demoCode, code)) return;
      if (!wrong.take(socket.remoteAddress)) throw tooMany('Too many wrong links from this address.', 60_000);
      throw new GatewayError('sign-in.refused', 'This is no demo, or not its link: npm start prints it.');
    },
    byOf,
    callerOf,
    change: (request, reply, reason, work) =>
      answerChange(people(), { request, reply, signed: callerOf(request).signed, by: byOf(request, reason) }, work),
  };
}
