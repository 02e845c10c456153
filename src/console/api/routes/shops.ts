import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { tehran } from '../../../ops/clock.ts';
import { transaction } from '../../../ops/database.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { audit, type Permission } from '../../../people/index.ts';
import {
  actOnCase,
  beginCase,
  listCases,
  positionOf,
  readCase,
  shopRules,
  type CaseLine,
  type CaseRequest,
  type ItemCode,
  type KeptCase,
  type QueuePlace,
  sampleOf,
  type ReasonCode,
} from '../../../shops/index.ts';
import { answerRead, versionSeen, type Changed } from '../change.ts';
import type { Api } from '../api.ts';
import { isFile, sendExport, text, type Column } from '../export.ts';
import { IdParams, ReasonBody } from '../schemas.ts';
import {
  Case,
  CasePage,
  CaseQuery,
  ItemBody,
  ItemParams,
  JudgeBody,
  NewCaseBody,
  ReviewBody,
  Rules,
} from '../shop-schemas.ts';

/** Cases of shops that want to join (people.md 4): typed by a clerk, judged and signed by reviewers. */
export function shopRoutes(server: FastifyInstance, api: Api): void {
  readRoutes(server, api);
  const changing = (permission: Permission, summary: string, schema: object) => ({
    config: { permission },
    schema: { summary, tags: ['shops'], response: { 200: Case }, ...schema },
  });
  server.post<{ Body: NewCaseBody }>(
    '/cases',
    changing('shops:enter', 'Begin the application of a shop: a draft', { body: NewCaseBody, response: { 201: Case } }),
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
        const kept = await beginCase(db, request.body, by, now);
        return { status: 201, body: shownCase(kept, now), version: kept.version };
      }),
  );
  server.put<{ Params: ItemParams; Body: ItemBody }>(
    '/cases/:id/items/:code',
    changing('shops:enter', 'Fill in what is asked', { params: ItemParams, body: ItemBody }),
    (request, reply) =>
      acting(api, request, reply, { kind: 'fill', code: request.params.code as ItemCode, value: request.body.value }),
  );
  for (const kind of ['submit', 'withdraw', 'reopen'] as const) {
    server.post<{ Params: IdParams; Body: ReasonBody }>(
      `/cases/:id/${kind}`,
      changing('shops:enter', SUMMARIES[kind], { params: IdParams, body: ReasonBody }),
      (request, reply) => acting(api, request, reply, { kind }, request.body.reason),
    );
  }
  server.post<{ Params: ItemParams; Body: JudgeBody }>(
    '/cases/:id/items/:code/judgement',
    changing('shops:review', 'Accept, reject, waive an item, or ask for it again', {
      params: ItemParams,
      body: JudgeBody,
    }),
    (request, reply) => acting(api, request, reply, judgement(request.params.code as ItemCode, request.body)),
  );
  server.post<{ Params: IdParams; Body: ReviewBody }>(
    '/cases/:id/reviews',
    changing('shops:review', 'Sign: the second of two different persons decides', {
      params: IdParams,
      body: ReviewBody,
    }),
    (request, reply) => {
      const { verdict, note } = request.body;
      const given = note === undefined ? {} : { note };
      return acting(api, request, reply, { kind: 'sign', verdict: verdict as 'approve' | 'refuse', ...given }, note);
    },
  );
}

const SUMMARIES = {
  submit: 'Send the application: it is checked at once',
  withdraw: 'Withdraw the application',
  reopen: 'Go on with an application that lapsed',
} as const;

function judgement(code: ItemCode, { event, reason, note, validUntil }: JudgeBody): CaseRequest {
  return {
    kind: 'judge',
    code,
    event: event as 'accept',
    ...(reason === undefined ? {} : { reason: reason as ReasonCode }),
    ...(note === undefined ? {} : { note }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
}

function acting(
  api: Api,
  request: FastifyRequest<{ Params: IdParams }>,
  reply: FastifyReply,
  what: CaseRequest,
  reason?: string,
): Promise<FastifyReply> {
  return api.change(request, reply, reason, async ({ db, by, now }): Promise<Changed> => {
    const kept = await actOnCase(db, { id: request.params.id, seen: versionSeen(request) }, what, by, now);
    return { status: 200, body: shownCase(kept, now), version: kept.version };
  });
}

function readRoutes(server: FastifyInstance, api: Api): void {
  const reading = (summary: string, schema: object) => ({
    config: { permission: 'shops:read' as const },
    schema: { summary, tags: ['shops'], ...schema },
  });
  server.get('/shop-rules', reading('What the scheme asks of shops today', { response: { 200: Rules } }), () => {
    const { pool, clock } = api.people();
    return shopRules(pool, { day: tehran(clock.now()).isoDate });
  });
  server.get<{ Querystring: CaseQuery }>(
    '/cases',
    reading('Cases, the oldest due first', { querystring: CaseQuery, response: { 200: CasePage } }),
    async (request, reply) => {
      const { pool, clock } = api.people();
      const { cursor, limit, format, ...filter } = request.query;
      const reader = api.callerOf(request).signed.actor.id;
      const page = async (after: QueuePlace | undefined, most: number) => {
        const { lines, next } = await listCases(pool, { ...filter, reader, after, limit: most }, clock.now());
        return { rows: lines, next };
      };
      if (isFile(format)) return sendExport(api, request, reply, format, { name: 'cases', columns: COLUMNS, page });
      const { rows, next } = await page(placeAfter(cursor), limit);
      return { items: rows, next: next === undefined ? null : cursorOf(next) };
    },
  );
  server.get<{ Params: IdParams }>(
    '/cases/:id',
    reading('A case with what was typed: the reading is audited', { params: IdParams, response: { 200: Case } }),
    async (request, reply) => {
      const { pool, clock } = api.people();
      const { id } = request.params;
      const by = { actor: api.callerOf(request).signed.actor, requestId: request.id };
      const kept = await transaction(pool, async (db) => {
        const found = await readCase(db, id);
        const looked = await sampleOf(db, found, by.actor.id);
        await audit(db, by, { act: 'case.read', object: `case:${id}` });
        return looked ?? found;
      });
      return answerRead(request, reply, shownCase(kept, clock.now()), kept.version);
    },
  );
}

const COLUMNS: readonly Column<CaseLine>[] = [
  text('number', 'شماره', 'Number', 12),
  text('name', 'نام', 'Name', 30),
  text('kind', 'نوع', 'Kind', 12),
  text('guild', 'صنف', 'Guild'),
  text('state', 'وضعیت', 'State', 12),
  text('waitsOn', 'در انتظار', 'Waits on', 12),
  text('waitsSince', 'از', 'Since', 24),
  text('waitsUntil', 'تا', 'Until', 24),
];

const PLACE = /^(infinity|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z) (\d{1,18})$/;

function cursorOf({ due, id }: QueuePlace): string {
  return Buffer.from(`${due} ${id}`).toString('base64url');
}

/** @throws GatewayError `api.invalid` */
function placeAfter(cursor: string | undefined): QueuePlace | undefined {
  if (cursor === undefined) return undefined;
  const [, due, id] = PLACE.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (due === undefined || id === undefined)
    throw new GatewayError('api.invalid', 'The cursor is not one that this list gave.');
  return { due, id };
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** A case as the API shows it. */
export function shownCase(kept: KeptCase, now: number): object {
  const { id, number, kind, name, guild, rules, facts, items, merchantId, version } = kept;
  const { state, waiting } = positionOf(facts, now);
  const { until, since, ...party } = waiting ?? { until: 0, since: 0 };
  return {
    id,
    number,
    kind,
    name,
    guild,
    rules: rules.version,
    state,
    ...(waiting === undefined
      ? {}
      : { waiting: { ...party, since: iso(since), ...(until === Infinity ? {} : { until: iso(until) }) } }),
    due: iso(facts.due),
    ...(merchantId === undefined ? {} : { merchant: merchantId }),
    items: items.map(({ code, state: is, version: of, since: from, value, reason, note, validUntil }) => ({
      code,
      state: is,
      version: of,
      since: iso(from),
      ...(value === undefined ? {} : { value }),
      ...(reason === undefined ? {} : { reason }),
      ...(note === undefined ? {} : { note }),
      ...(validUntil === undefined ? {} : { validUntil: iso(validUntil) }),
    })),
    reviews: facts.reviews.map(({ at, ...review }) => ({ ...review, at: iso(at) })),
    version,
  };
}
