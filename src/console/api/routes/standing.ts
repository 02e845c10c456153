import type { FastifyInstance } from 'fastify';
import {
  capabilitiesOf,
  confirmDecision,
  decide,
  shopStanding,
  type ShopCapability,
  type StandingState,
} from '../../../shops/index.ts';
import type { Api } from '../api.ts';
import type { Changed } from '../change.ts';
import { ReasonBody } from '../schemas.ts';
import { DecisionBody, DecisionParams, MerchantParams, Shop, ShopCapabilities } from '../shop-schemas.ts';

/** How shops stand with the scheme (people.md 4.4). Decisions are only added: there is nothing to be stale. */
export function standingRoutes(server: FastifyInstance, api: Api): void {
  const tags = ['shops'];
  const judging = { permission: 'shops:judge' as const };
  server.get<{ Params: MerchantParams }>(
    '/shops/:merchant',
    {
      config: { permission: 'shops:read' },
      schema: {
        summary: 'A shop, and what was decided about it',
        tags,
        params: MerchantParams,
        response: { 200: Shop },
      },
    },
    ({ params }) => shopStanding(api.people().pool, params.merchant),
  );
  server.get<{ Params: MerchantParams }>(
    '/shops/:merchant/capabilities',
    {
      config: { permission: 'shops:read' },
      schema: {
        summary: 'What a shop may do now, until when, and why not',
        tags,
        params: MerchantParams,
        response: { 200: ShopCapabilities },
      },
    },
    async ({ params }) => {
      const { pool, clock } = api.people();
      return { items: (await capabilitiesOf(pool, params.merchant, clock.now())).map(inIso) };
    },
  );
  server.post<{ Params: MerchantParams; Body: DecisionBody }>(
    '/shops/:merchant/decisions',
    {
      config: judging,
      schema: { summary: 'Decide: a suspension is in force at once, all else waits for a second person', tags, params: MerchantParams, body: DecisionBody, response: { 201: Shop } }, // prettier-ignore
    },
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        const decision = { ...request.body, state: request.body.state as StandingState };
        return { status: 201, body: await decide(db, request.params.merchant, decision, by, now) };
      }),
  );
  server.post<{ Params: DecisionParams; Body: ReasonBody }>(
    '/shops/:merchant/decisions/:id/confirmation',
    {
      config: judging,
      schema: { summary: 'Confirm what another person decided', tags, params: DecisionParams, body: ReasonBody, response: { 200: Shop } }, // prettier-ignore
    },
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        return { status: 200, body: await confirmDecision(db, request.params, by, now) };
      }),
  );
}

/** Instants as text. */
function inIso(capability: ShopCapability): object {
  const { since, until, ...rest } = { since: undefined, until: undefined, ...capability };
  return {
    ...rest,
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  };
}
