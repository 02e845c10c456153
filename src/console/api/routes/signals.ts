import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isDay } from '../../../field/jalali.ts';
import { GatewayError } from '../../../ops/errors.ts';
import {
  actOnSignal,
  listSignals,
  lockSignal,
  proposeVersion,
  readSignal,
  ruleId,
  ruleVersions,
  signVersion,
  tryRule,
  type Signal,
  type SignalAct,
  type SignalState,
} from '../../../signals/index.ts';
import { addViolation } from '../../../shops/index.ts';
import type { Api } from '../api.ts';
import { answerRead, cursorAfter, idAfter, versionSeen, type Changed } from '../change.ts';
import { IdParams, ReasonBody } from '../schemas.ts';
import {
  FoundBody,
  NewVersionBody,
  RuleList,
  RuleParams,
  RuleVersionBody,
  SignalBody,
  SignalPage,
  SignalQuery,
  TrialBody,
  TrialResult,
  VersionParams,
  WhyBody,
} from '../signal-schemas.ts';

const tags = ['signals'];
const reading = { permission: 'shops:read' as const };
const judging = { permission: 'shops:judge' as const };
const IRR = { currency: 'IRR' };

/** What closed days show about shops (docs/shops.md, Signals). Nothing here stops a shop: a person does, by a decision. */
export function signalRoutes(server: FastifyInstance, api: Api): void {
  inbox(server, api);
  rules(server, api);
}

function inbox(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: SignalQuery }>(
    '/signals',
    { config: reading, schema: { summary: 'Signals, the oldest first', tags, querystring: SignalQuery, response: { 200: SignalPage } } }, // prettier-ignore
    async ({ query }) => {
      const { limit, cursor, rule, merchant } = query;
      const state = query.state as SignalState | 'waiting' | undefined;
      const found = await listSignals(api.people().pool, {
        state,
        rule,
        merchant,
        after: idAfter(cursor),
        limit: limit + 1,
      });
      const items = found.slice(0, limit).map((each) => ({ ...each, ...IRR }));
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  server.get<{ Params: IdParams }>(
    '/signals/:id',
    { config: reading, schema: { summary: 'A signal and its evidence', tags, params: IdParams, response: { 200: SignalBody } } }, // prettier-ignore
    async (request, reply) => {
      const signal = await readSignal(api.people().pool, request.params.id);
      return answerRead(request, reply, shown(signal), signal.version);
    },
  );
  const acting = (request: FastifyRequest<{ Params: IdParams }>, reply: FastifyReply, act: SignalAct) => {
    const seen = versionSeen(request);
    const reason = act.kind === 'look' ? undefined : act.reason;
    return api.change(request, reply, reason, async ({ db, by, now }): Promise<Changed> => {
      const locked = await lockSignal(db, request.params.id, act.kind, seen);
      const signal = await actOnSignal(db, locked, act, by, now);
      return { status: 200, body: shown(signal), version: signal.version };
    });
  };
  const changing = (summary: string, body: object) => ({
    config: judging,
    schema: { summary, tags, params: IdParams, body, response: { 200: SignalBody } },
  });
  server.post<{ Params: IdParams; Body: ReasonBody }>(
    '/signals/:id/look',
    changing('Take it up: somebody looks at it', ReasonBody),
    (request, reply) => acting(request, reply, { kind: 'look' }),
  );
  server.post<{ Params: IdParams; Body: WhyBody }>(
    '/signals/:id/dismissal',
    changing('It is nothing, and why', WhyBody),
    (request, reply) => acting(request, reply, { kind: 'dismiss', reason: request.body.reason }),
  );
  server.post<{ Params: IdParams; Body: FoundBody }>(
    '/signals/:id/violation',
    changing('It breaks a rule: kept in the record of the shop, with the transactions', FoundBody),
    (request, reply) => {
      const seen = versionSeen(request);
      const { kind, reason } = request.body;
      return api.change(request, reply, reason, async ({ db, by, now }): Promise<Changed> => {
        const locked = await lockSignal(db, request.params.id, 'violation', seen);
        const { id, merchant: merchantId, rrns: evidence, day } = locked;
        // a closed day: its end is past by the books, though not always by the clock
        const at = Math.min(Date.parse(`${day}T12:00:00Z`), now);
        await addViolation(db, { merchantId, kind, at, note: reason, evidence, signal: id }, by, now);
        const signal = await actOnSignal(db, locked, { kind: 'violation', reason, violation: kind }, by, now);
        return { status: 200, body: shown(signal), version: signal.version };
      });
    },
  );
}

function shown(signal: Signal): object {
  return { ...signal, ...IRR };
}

type RuleVersion = Awaited<ReturnType<typeof ruleVersions>>[number];

function shownVersion(version: RuleVersion): object {
  return { ...version, precision: { ...version.precision, query: 'signals-of-version' } };
}

/** One trial at a time in this copy: it reads whole days. */
function oneAtATime<T>(): (work: () => Promise<T>) => Promise<T> {
  let busy = false;
  return async (work) => {
    if (busy) throw new GatewayError('signals.busy', 'Another trial is under way: try again in a minute.');
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  };
}

/** Of a trial that somebody waits for, a day at most so long; the command has more patience. */
const TRIAL_DAY_MS = 20_000;

function rules(server: FastifyInstance, api: Api): void {
  server.get(
    '/signal-rules',
    { config: reading, schema: { summary: 'Rules, their versions, and how precise each is', tags, response: { 200: RuleList } } }, // prettier-ignore
    async () => ({ items: (await ruleVersions(api.people().pool)).map(shownVersion) }),
  );
  server.post<{ Params: RuleParams; Body: NewVersionBody }>(
    '/signal-rules/:rule/versions',
    {
      config: judging,
      schema: { summary: 'Propose a version: it is off until it was tried and two persons have signed it', tags, params: RuleParams, body: NewVersionBody, response: { 201: RuleVersionBody } }, // prettier-ignore
    },
    (request, reply) => {
      demandDays(request.body.validFrom);
      return api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        return {
          status: 201,
          body: shownVersion(await proposeVersion(db, request.params.rule, request.body, by, now)),
        };
      });
    },
  );
  const alone = oneAtATime<object>();
  server.post<{ Params: VersionParams; Body: TrialBody }>(
    '/signal-rules/:rule/versions/:version/trials',
    {
      config: judging,
      schema: { summary: 'Try it on closed days: whom it would have touched; raises nothing', tags, params: VersionParams, body: TrialBody, response: { 201: TrialResult } }, // prettier-ignore
    },
    async (request, reply) => {
      const { from, to } = request.body;
      demandDays(from, to);
      const { pool, clock } = api.people();
      const rule = ruleId(request.params.rule);
      const by = api.callerOf(request).signed.actor.id;
      const { version } = request.params;
      const trial = await alone(() =>
        tryRule(pool, { rule, version, from, to, by, now: clock.now(), mostMs: TRIAL_DAY_MS }),
      );
      return reply.code(201).send({ query: 'signal-trial', ...trial, ...IRR });
    },
  );
  server.post<{ Params: VersionParams; Body: ReasonBody }>(
    '/signal-rules/:rule/versions/:version/signatures',
    {
      config: judging,
      schema: { summary: 'Sign it: the second person turns it on', tags, params: VersionParams, body: ReasonBody, response: { 201: RuleVersionBody } }, // prettier-ignore
    },
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        const { rule, version } = request.params;
        return { status: 201, body: shownVersion(await signVersion(db, rule, version, by, now)) };
      }),
  );
}

/** @throws GatewayError `signals.days` */
function demandDays(...days: readonly string[]): void {
  const wrong = days.find((each) => !isDay(each));
  if (wrong !== undefined) throw new GatewayError('signals.days', `${wrong} is not a day of the calendar.`);
}
