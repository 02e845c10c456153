import type { FastifyInstance } from 'fastify';
import { transaction } from '../../../ops/database.ts';
import { audit, type Permission } from '../../../people/index.ts';
import {
  askAgain,
  beginChangeFor,
  demandShop,
  remindersOf,
  sayClosed,
  shebaChanges,
  stopSheba,
  type ChangeKind,
  type ItemCode,
} from '../../../shops/index.ts';
import { versionSeen, type Changed } from '../change.ts';
import type { Api } from '../api.ts';
import { ChangeBody, ClosedBody, Reminders, ReverifyBody, ShebaChanges } from '../change-schemas.ts';
import { IdParams } from '../schemas.ts';
import { Case, MerchantParams } from '../shop-schemas.ts';
import { shownCase } from './shops.ts';

/** What changes about shops that work: their Sheba, owner, address and devices, and what they show again (people.md 4). */
export function changeRoutes(server: FastifyInstance, api: Api): void {
  const doing = (permission: Permission, summary: string, schema: object) => ({
    config: { permission },
    schema: { summary, tags: ['shops'], ...schema },
  });
  server.post<{ Params: MerchantParams; Body: ChangeBody }>(
    '/shops/:merchant/changes',
    doing('shops:enter', 'Begin a change for the owner: a case of its kind', { params: MerchantParams, body: ChangeBody, response: { 201: Case } }), // prettier-ignore
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
        const change = { merchantId: request.params.merchant, kind: request.body.kind as ChangeKind };
        const kept = await beginChangeFor(db, change, by, now);
        return { status: 201, body: shownCase(kept, now), version: kept.version };
      }),
  );
  server.post<{ Params: IdParams; Body: ClosedBody }>(
    '/cases/:id/account-closed',
    doing('shops:review', 'The bank has closed the old account: the new Sheba is not waited for', { params: IdParams, body: ClosedBody, response: { 200: Case } }), // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        const said = { id: request.params.id, seen: versionSeen(request), reason: request.body.reason };
        const kept = await sayClosed(db, said, by);
        return { status: 200, body: shownCase(kept, now), version: kept.version };
      }),
  );
  server.post<{ Params: MerchantParams; Body: ReverifyBody }>(
    '/shops/:merchant/reverify',
    doing('shops:review', 'Ask a shop to show items again, by a day', { params: MerchantParams, body: ReverifyBody, response: { 201: Case } }), // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        const { items, until, reason } = request.body;
        const asked = { merchantId: request.params.merchant, items: items as ItemCode[], until, reason };
        const kept = await askAgain(db, asked, by, now);
        return { status: 201, body: shownCase(kept, now), version: kept.version };
      }),
  );
  server.get<{ Params: MerchantParams }>(
    '/shops/:merchant/shebas',
    doing('shops:read', 'New Shebas of a shop: the reading is audited', {
      params: MerchantParams,
      response: { 200: ShebaChanges },
    }),
    async (request) => {
      const { merchant } = request.params;
      const by = { actor: api.callerOf(request).signed.actor, requestId: request.id };
      return transaction(api.people().pool, async (db) => {
        await demandShop(db, merchant);
        await audit(db, by, { act: 'shebas.read', object: `merchant:${merchant}` });
        return { items: await shebaChanges(db, merchant) };
      });
    },
  );
  server.post<{ Params: MerchantParams; Body: ClosedBody }>(
    '/shops/:merchant/shebas/stop',
    doing('shops:judge', 'Stop a new Sheba before its day: one person is enough', { params: MerchantParams, body: ClosedBody, response: { 200: ShebaChanges } }), // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        const { merchant } = request.params;
        await stopSheba(db, { merchantId: merchant, reason: request.body.reason }, by, now);
        return { status: 200, body: { items: await shebaChanges(db, merchant) } };
      }),
  );
  server.get<{ Params: MerchantParams }>(
    '/shops/:merchant/reminders',
    doing('shops:read', 'What a shop was reminded of', { params: MerchantParams, response: { 200: Reminders } }),
    async ({ params: { merchant } }) => {
      const { pool } = api.people();
      await demandShop(pool, merchant);
      return { items: await remindersOf(pool, merchant) };
    },
  );
}
