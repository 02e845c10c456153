import type { FastifyInstance } from 'fastify';
import type { PoolClient } from 'pg';
import type { Permission } from '../../../people/index.ts';
import {
  approveMinimum,
  countsOf,
  endExemption,
  endMinimum,
  exempt,
  listExemptions,
  listMinimums,
  minimumOf,
  proposeMinimum,
  terminalsBelow,
  type Minimum,
  type Standing,
} from '../../../updates/minimums/index.ts';
import type { ByPerson } from '../../../updates/rollouts/index.ts';
import type { Api } from '../api.ts';
import { cursorAfter, idAfter, type Changed } from '../change.ts';
import {
  BelowPage,
  BelowQuery,
  ExemptionBody,
  ExemptionPage,
  MinimumBody,
  MinimumPage,
  MinimumSeen,
  NewExemptionBody,
  NewMinimumBody,
} from '../minimum-schemas.ts';
import { IdParams, PageQuery, ReasonBody } from '../schemas.ts';
import { HaltBody } from '../update-schemas.ts';

const tags = ['updates'];
const reading = { permission: 'terminals:read' as const };

/** Minimum versions of terminals (docs/updates.md). */
export function minimumRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: PageQuery }>(
    '/updates/minimums',
    { config: reading, schema: { summary: 'Minimum versions, the newest first', tags, querystring: PageQuery, response: { 200: MinimumPage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const { pool, clock } = api.people();
      const found = await listMinimums(pool, { after: idAfter(cursor), limit: limit + 1, now: clock.now() });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  server.get<{ Params: IdParams }>(
    '/updates/minimums/:id',
    { config: reading, schema: { summary: 'A minimum version, and how terminals stand to it', tags, params: IdParams, response: { 200: MinimumSeen } } }, // prettier-ignore
    async ({ params: { id } }) => {
      const { pool, clock } = api.people();
      return { ...(await minimumOf(pool, id, clock.now())), terminals: { ...(await countsOf(pool, id, clock.now())), query: 'minimum-standings' } }; // prettier-ignore
    },
  );
  server.get<{ Params: IdParams; Querystring: BelowQuery }>(
    '/updates/minimums/:id/terminals',
    { config: reading, schema: { summary: 'Terminals that have not enough, by DE 41', tags, params: IdParams, querystring: BelowQuery, response: { 200: BelowPage } } }, // prettier-ignore
    async ({ params: { id }, query: { limit, cursor, standing } }) => {
      const { pool, clock } = api.people();
      await minimumOf(pool, id, clock.now());
      const what = { standing: standing as Standing | undefined, after: idAfter(cursor, '[0-9A-Za-z]{8}'), limit: limit + 1 }; // prettier-ignore
      const found = await terminalsBelow(pool, id, what, clock.now());
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.terminal ?? '') : null };
    },
  );
  changes(server, api);
  exemptions(server, api);
}

function changes(server: FastifyInstance, api: Api): void {
  server.post<{ Body: NewMinimumBody }>(
    '/updates/minimums',
    { config: { permission: 'updates:make' }, schema: { summary: 'Propose a published release as the minimum version', tags, body: NewMinimumBody, response: { 201: MinimumBody } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, signed, now }): Promise<Changed> => ({
        status: 201,
        body: await proposeMinimum(db, request.body, { ...by, actor: signed.actor }, now),
      })),
  );
  type Work = (db: PoolClient, id: string, by: ByPerson, now: number) => Promise<Minimum>;
  const acting = (
    path: string,
    permission: Permission,
    summary: string,
    body: typeof ReasonBody | typeof HaltBody,
    work: Work,
  ) =>
    server.post<{ Params: IdParams; Body: ReasonBody }>(
      `/updates/minimums/:id/${path}`,
      { config: { permission }, schema: { summary, tags, params: IdParams, body, response: { 200: MinimumBody } } },
      (request, reply) =>
        api.change(request, reply, request.body.reason, async ({ db, by, signed, now }): Promise<Changed> => ({
          status: 200,
          body: await work(db, request.params.id, { ...by, actor: signed.actor }, now),
        })),
    );
  acting('approval', 'updates:approve', 'Approve it, as a second person: terminals below are told from now on', ReasonBody, approveMinimum); // prettier-ignore
  acting('end', 'updates:stop', 'End it: nothing is refused for it any more; one person is enough', HaltBody, endMinimum); // prettier-ignore
}

function exemptions(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: PageQuery }>(
    '/updates/exemptions',
    { config: reading, schema: { summary: 'Exemptions from minimum versions, the newest first', tags, querystring: PageQuery, response: { 200: ExemptionPage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const { pool, clock } = api.people();
      const found = await listExemptions(pool, { after: idAfter(cursor), limit: limit + 1, now: clock.now() });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  server.post<{ Body: NewExemptionBody }>(
    '/updates/exemptions',
    { config: { permission: 'updates:approve' }, schema: { summary: 'Let a terminal, a shop or a model sell below a minimum version until a day', tags, body: NewExemptionBody, response: { 201: ExemptionBody } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, signed, now }): Promise<Changed> => ({
        status: 201,
        body: await exempt(db, request.body, { ...by, actor: signed.actor }, now),
      })),
  );
  server.post<{ Params: IdParams; Body: HaltBody }>(
    '/updates/exemptions/:id/end',
    { config: { permission: 'updates:stop' }, schema: { summary: 'End an exemption before its day', tags, params: IdParams, body: HaltBody, response: { 200: ExemptionBody } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, signed, now }): Promise<Changed> => ({
        status: 200,
        body: await endExemption(db, request.params.id, { ...by, actor: signed.actor }, now),
      })),
  );
}
