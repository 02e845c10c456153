import type { FastifyInstance } from 'fastify';
import { transaction } from '../../../ops/database.ts';
import { audit, type Permission } from '../../../people/index.ts';
import {
  actOnShopNotice,
  addViolation,
  demandShop,
  dispute,
  disputesOf,
  giveNotice,
  listNotices,
  readNotice,
  recordOf,
  releaseDispute,
  sanctionTables,
  type Notice as ShopNotice,
} from '../../../shops/index.ts';
import { answerRead, cursorAfter, idAfter, versionSeen, type Changed } from '../change.ts';
import type { Api } from '../api.ts';
import {
  DecidedBody,
  Dispute,
  DisputeBody,
  Disputes,
  Notice,
  NoticeBody,
  NoticePage,
  NoticeQuery,
  ReleaseBody,
  SaidBody,
  SanctionTables,
  ShopRecord,
  ViolationBody,
} from '../notice-schemas.ts';
import { IdParams } from '../schemas.ts';
import { DecisionParams, MerchantParams } from '../shop-schemas.ts';

const doing = (permission: Permission, summary: string, schema: object) => ({
  config: { permission },
  schema: { summary, tags: ['shops'], ...schema },
});

/** Violations, notices, appeals (people.md 4.4). */
export function noticeRoutes(server: FastifyInstance, api: Api): void {
  violationRoutes(server, api);
  disputeRoutes(server, api);
  server.get<{ Querystring: NoticeQuery }>(
    '/notices',
    doing('shops:read', 'Notices, the oldest first', { querystring: NoticeQuery, response: { 200: NoticePage } }),
    async ({ query: { cursor, limit, merchant, waitsOn } }) => {
      const { pool, clock } = api.people();
      const filter = { merchant, waitsOn, after: idAfter(cursor), limit: limit + 1 };
      const found = await listNotices(pool, filter, clock.now());
      const items = found.slice(0, limit).map(shownNotice);
      return { items, next: found.length > limit ? cursorAfter(found[limit - 1]?.id ?? '0') : null };
    },
  );
  server.get<{ Params: IdParams }>(
    '/notices/:id',
    doing('shops:read', 'A notice: the reading is audited', { params: IdParams, response: { 200: Notice } }),
    async (request, reply) => {
      const { pool, clock } = api.people();
      const by = { actor: api.callerOf(request).signed.actor, requestId: request.id };
      const notice = await transaction(pool, async (db) => {
        const found = await readNotice(db, request.params.id, clock.now());
        await audit(db, by, { act: 'notice.read', object: `notice:${found.id}` });
        return found;
      });
      return answerRead(request, reply, shownNotice(notice), notice.version);
    },
  );
  server.post<{ Params: MerchantParams; Body: NoticeBody }>(
    '/shops/:merchant/notices',
    doing('shops:judge', 'Give notice of a sanction: the shop has ten days to answer', { params: MerchantParams, body: NoticeBody, response: { 201: Notice } }), // prettier-ignore
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
        const { violations, sanction, days, text } = request.body;
        const given = { merchantId: request.params.merchant, violations, sanction: sanction as 'RESTRICTED', text };
        const notice = await giveNotice(db, { ...given, ...(days === undefined ? {} : { days }) }, by, now);
        return { status: 201, body: shownNotice(notice), version: notice.version };
      }),
  );
  wordRoutes(server, api);
}

/** What the shop says, typed by a clerk, and what the second and the third person decide. */
function wordRoutes(server: FastifyInstance, api: Api): void {
  for (const [path, kind, summary] of [
    ['response', 'respond', 'Type what the shop answers'],
    ['appeal', 'appeal', 'Type the appeal of the shop'],
  ] as const) {
    server.post<{ Params: IdParams; Body: SaidBody }>(
      `/notices/:id/${path}`,
      doing('shops:enter', summary, { params: IdParams, body: SaidBody, response: { 200: Notice } }),
      (request, reply) =>
        api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
          const seen = { id: request.params.id, seen: versionSeen(request) };
          const notice = await actOnShopNotice(db, seen, { kind, text: request.body.text }, by, now);
          return { status: 200, body: shownNotice(notice), version: notice.version };
        }),
    );
  }
  for (const [path, kind, summary] of [
    ['decision', 'decide', 'Decide, as another person than who gave notice: the sanction begins, or the notice falls'],
    ['final', 'decide_appeal', 'Decide the appeal, as a third person'],
  ] as const) {
    server.post<{ Params: IdParams; Body: DecidedBody }>(
      `/notices/:id/${path}`,
      doing('shops:judge', summary, { params: IdParams, body: DecidedBody, response: { 200: Notice } }),
      (request, reply) =>
        api.change(request, reply, request.body.text, async ({ db, by, now }): Promise<Changed> => {
          const seen = { id: request.params.id, seen: versionSeen(request) };
          const notice = await actOnShopNotice(db, seen, { kind, ...request.body }, by, now);
          return { status: 200, body: shownNotice(notice), version: notice.version };
        }),
    );
  }
}

function violationRoutes(server: FastifyInstance, api: Api): void {
  server.get(
    '/sanctions',
    doing('shops:read', 'What violations weigh and what they add up to, by date', { response: { 200: SanctionTables } }), // prettier-ignore
    async () => ({ items: await sanctionTables(api.people().pool) }),
  );
  server.get<{ Params: MerchantParams }>(
    '/shops/:merchant/violations',
    doing('shops:read', 'What was found about a shop, and what it proposes', { params: MerchantParams, response: { 200: ShopRecord } }), // prettier-ignore
    async ({ params }) => shownRecord(await recordOf(api.people().pool, params.merchant, api.people().clock.now())),
  );
  server.post<{ Params: MerchantParams; Body: ViolationBody }>(
    '/shops/:merchant/violations',
    doing('shops:judge', 'Keep a violation: it proposes, and changes nothing by itself', { params: MerchantParams, body: ViolationBody, response: { 201: ShopRecord } }), // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.note, async ({ db, by, now }): Promise<Changed> => {
        const { kind, at, note, evidence = [] } = request.body;
        const found = { merchantId: request.params.merchant, kind, at: Date.parse(at), note, evidence };
        return { status: 201, body: shownRecord(await addViolation(db, found, by, now)) };
      }),
  );
}

function shownRecord(record: Awaited<ReturnType<typeof recordOf>>): object {
  return { ...record, query: 'violations-that-count' };
}

function disputeRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Params: MerchantParams }>(
    '/shops/:merchant/disputes',
    doing('shops:read', 'Transactions held out of its pay-outs', { params: MerchantParams, response: { 200: Disputes } }), // prettier-ignore
    async ({ params: { merchant } }) => {
      const { pool } = api.people();
      await demandShop(pool, merchant);
      return { items: await disputesOf(pool, merchant) };
    },
  );
  server.post<{ Params: MerchantParams; Body: DisputeBody }>(
    '/shops/:merchant/disputes',
    doing('shops:judge', 'Hold what one purchase brought, until a day', { params: MerchantParams, body: DisputeBody, response: { 201: Dispute } }), // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        return { status: 201, body: await dispute(db, { ...request.body, merchantId: request.params.merchant }, by, now) }; // prettier-ignore
      }),
  );
  server.post<{ Params: DecisionParams; Body: ReleaseBody }>(
    '/shops/:merchant/disputes/:id/release',
    doing('shops:judge', 'Let it go: of two persons the second does it', { params: DecisionParams, body: ReleaseBody, response: { 200: Dispute } }), // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        const { merchant, id } = request.params;
        const released = { merchantId: merchant, id, reason: request.body.reason };
        return { status: 200, body: await releaseDispute(db, released, by, now) };
      }),
  );
}

function shownNotice({ facts, position, ...notice }: ShopNotice): object {
  const { state, on, since, until, can, upheld } = position;
  const iso = (ms: number): string => new Date(ms).toISOString();
  return {
    ...notice,
    state,
    ...(on === undefined || until === undefined ? {} : { waiting: { on, since: iso(since), until: iso(until), can } }),
    ...(upheld === undefined ? {} : { upheld }),
    notifiedBy: facts.notifiedBy,
    ...(facts.decision === undefined ? {} : { decidedBy: facts.decision.person }),
    ...(facts.final === undefined ? {} : { finalBy: facts.final.person }),
  };
}
