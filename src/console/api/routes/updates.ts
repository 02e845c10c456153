import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PoolClient } from 'pg';
import { GatewayError } from '../../../ops/errors.ts';
import type { Permission } from '../../../people/index.ts';
import {
  approveRelease,
  isoOf,
  listReleases,
  releaseOf,
  statusOf,
  certifiedOf,
  withCertification,
  withdrawRelease,
} from '../../../updates/repository/index.ts';
import {
  endFreeze,
  endRollout,
  eventsOf,
  factsOf,
  haltRollout,
  listFreezes,
  listReplacements,
  listRollouts,
  makeFreeze,
  proposeAgain,
  proposeRollout,
  readFreeze,
  releaseRollout,
  rolloutOf,
  verdictOf,
  type ByPerson,
  type Rollout,
} from '../../../updates/rollouts/index.ts';
import type { Api } from '../api.ts';
import { answerRead, cursorAfter, idAfter, versionSeen, type Changed } from '../change.ts';
import { IdParams, PageQuery, ReasonBody } from '../schemas.ts';
import {
  FreezeBody,
  FreezePage,
  HaltBody,
  NewFreezeBody,
  NewRolloutBody,
  ReleaseBody,
  ReleasePage,
  ReplacementPage,
  RolloutBody,
  RolloutPage,
  RolloutSeen,
  UpdateStatus,
} from '../update-schemas.ts';

const tags = ['updates'];
const reading = { permission: 'terminals:read' as const };

/** Signed updates of terminals (docs/updates.md). Staging and publishing are commands: they take files. */
export function updateRoutes(server: FastifyInstance, api: Api): void {
  server.get(
    '/updates',
    { config: reading, schema: { summary: 'Metadata in force, its ends, and what is frozen now', tags, response: { 200: UpdateStatus } } }, // prettier-ignore
    async () => {
      const { pool, clock } = api.people();
      const freeze = await readFreeze(pool, clock.now());
      const frozen = freeze === undefined ? null : { reason: freeze.reason, until: isoOf(freeze.until) };
      return { metadata: await statusOf(pool, clock.now()), frozen };
    },
  );
  releases(server, api);
  rollouts(server, api);
  freezes(server, api);
  server.get<{ Querystring: PageQuery }>(
    '/updates/replacements',
    { config: reading, schema: { summary: 'Devices that cannot be updated, by DE 41', tags, querystring: PageQuery, response: { 200: ReplacementPage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const found = await listReplacements(api.people().pool, {
        after: idAfter(cursor, '[0-9A-Za-z]{8}'),
        limit: limit + 1,
      });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.terminal ?? '') : null };
    },
  );
}

function releases(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: PageQuery }>(
    '/updates/releases',
    { config: reading, schema: { summary: 'Releases, the newest first', tags, querystring: PageQuery, response: { 200: ReleasePage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const { pool } = api.people();
      const found = await listReleases(pool, { after: idAfter(cursor), limit: limit + 1 });
      const items = await withCertification(pool, found.slice(0, limit));
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  server.get<{ Params: IdParams }>(
    '/updates/releases/:id',
    { config: reading, schema: { summary: 'A release', tags, params: IdParams, response: { 200: ReleaseBody } } },
    async ({ params: { id } }) => {
      const { pool } = api.people();
      return certifiedOf(pool, await releaseOf(pool, id));
    },
  );
  const acting = (path: string, permission: Permission, summary: string, work: typeof approveRelease) =>
    server.post<{ Params: IdParams; Body: ReasonBody }>(
      `/updates/releases/:id/${path}`,
      { config: { permission }, schema: { summary, tags, params: IdParams, body: ReasonBody, response: { 200: ReleaseBody } } }, // prettier-ignore
      (request, reply) =>
        api.change(request, reply, request.body.reason, async ({ db, by, signed, now }): Promise<Changed> => {
          const person = { ...by, actor: signed.actor };
          const release = await work(db, request.params.id, person, now);
          return { status: 200, body: await certifiedOf(db, release) };
        }),
    );
  acting('approval', 'updates:approve', 'Approve it, as a second person', approveRelease);
  acting('withdrawal', 'updates:make', 'Take it back: no device is told to take it any more', withdrawRelease);
}

function rollouts(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: PageQuery }>(
    '/updates/rollouts',
    { config: reading, schema: { summary: 'Rollouts, the newest first', tags, querystring: PageQuery, response: { 200: RolloutPage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const found = await listRollouts(api.people().pool, { after: idAfter(cursor), limit: limit + 1 });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  server.get<{ Params: IdParams }>(
    '/updates/rollouts/:id',
    { config: reading, schema: { summary: 'A rollout, its devices and days, and what it waits for', tags, params: IdParams, response: { 200: RolloutSeen } } }, // prettier-ignore
    async (request, reply) => {
      const { pool, clock } = api.people();
      const rollout = await rolloutOf(pool, request.params.id);
      const facts = await factsOf(pool, rollout, await readFreeze(pool, clock.now()), clock.now());
      const { devices, closedDays, updated, control, subjects } = facts;
      const verdict = verdictOf(rollout, facts);
      const why = 'why' in verdict ? verdict.why : [];
      const events = await eventsOf(pool, rollout.id);
      return answerRead(request, reply, { ...rollout, devices: { ...devices, query: 'rollout-devices' }, closedDays, updated: { ...updated, query: 'rollout-days' }, control: { ...control, query: 'rollout-days' }, subjects, next: verdict.kind, why, events }, rollout.version); // prettier-ignore
    },
  );
  server.post<{ Body: NewRolloutBody }>(
    '/updates/rollouts',
    { config: { permission: 'updates:make' }, schema: { summary: 'Propose a rollout of a published release', tags, body: NewRolloutBody, response: { 201: RolloutBody } } }, // prettier-ignore
    (request, reply) => {
      const { releaseId, plan, reason } = request.body;
      return api.change(request, reply, reason, async ({ db, by, signed, now }): Promise<Changed> => {
        const rollout = await proposeRollout(db, releaseId, plan, { ...by, actor: signed.actor }, now);
        return { status: 201, body: rollout, version: rollout.version };
      });
    },
  );
  type Work = (db: PoolClient, id: string, by: ByPerson, now: number) => Promise<Rollout>;
  const acting = (path: string, permission: Permission, summary: string, work: Work) =>
    server.post<{ Params: IdParams; Body: ReasonBody }>(
      `/updates/rollouts/:id/${path}`,
      { config: { permission }, schema: { summary, tags, params: IdParams, body: ReasonBody, response: { 200: RolloutBody } } }, // prettier-ignore
      (request, reply) => changing(api, request, reply, request.body.reason, versionSeen(request), work),
    );
  acting('release', 'updates:approve', 'Let it begin, as a second person', releaseRollout);
  acting('again', 'updates:make', 'Propose it again after a halt: another person releases it', proposeAgain);
  acting('end', 'updates:make', 'End it: who has the release keeps it, no other gets it', endRollout);
  // a stop waits for no version: whatever it is now, it stops
  server.post<{ Params: IdParams; Body: HaltBody }>(
    '/updates/rollouts/:id/halt',
    { config: { permission: 'updates:stop' }, schema: { summary: 'Stop it at once; one person is enough', tags, params: IdParams, body: HaltBody, response: { 200: RolloutBody } } }, // prettier-ignore
    (request, reply) => {
      const { reason } = request.body;
      return changing(api, request, reply, reason, undefined, (db, id, by, now) =>
        haltRollout(db, id, reason, by, now),
      );
    },
  );
}

function freezes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: PageQuery }>(
    '/updates/freezes',
    { config: reading, schema: { summary: 'Freezes that people made, the newest first', tags, querystring: PageQuery, response: { 200: FreezePage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const { pool, clock } = api.people();
      const found = await listFreezes(pool, { after: idAfter(cursor), limit: limit + 1, now: clock.now() });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  server.post<{ Body: NewFreezeBody }>(
    '/updates/freezes',
    { config: { permission: 'updates:stop' }, schema: { summary: 'Let nothing be installed or widened for a while; one person is enough', tags, body: NewFreezeBody, response: { 201: FreezeBody } } }, // prettier-ignore
    (request, reply) => {
      const { from, until, reason } = request.body;
      return api.change(request, reply, reason, async ({ db, by, signed, now }): Promise<Changed> => {
        const wanted = { from: from === undefined ? now : Date.parse(from), until: Date.parse(until), reason };
        return { status: 201, body: await makeFreeze(db, wanted, { ...by, actor: signed.actor }, now) };
      });
    },
  );
  server.post<{ Params: IdParams; Body: ReasonBody }>(
    '/updates/freezes/:id/end',
    { config: { permission: 'updates:approve' }, schema: { summary: 'End a freeze before its time', tags, params: IdParams, body: ReasonBody, response: { 200: FreezeBody } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, signed, now }): Promise<Changed> => ({
        status: 200,
        body: await endFreeze(db, request.params.id, { ...by, actor: signed.actor }, now),
      })),
  );
}

function changing(
  api: Api,
  request: FastifyRequest<{ Params: IdParams }>,
  reply: FastifyReply,
  reason: string | undefined,
  seen: number | undefined,
  work: (db: PoolClient, id: string, by: ByPerson, now: number) => Promise<Rollout>,
): Promise<FastifyReply> {
  return api.change(request, reply, reason, async ({ db, by, signed, now }): Promise<Changed> => {
    const { id } = request.params;
    if (seen !== undefined && (await rolloutOf(db, id)).version !== seen)
      throw new GatewayError('updates.stale', `Rollout ${id} was changed meanwhile: read it again.`);
    const rollout = await work(db, id, { ...by, actor: signed.actor }, now);
    return { status: 200, body: rollout, version: rollout.version };
  });
}
