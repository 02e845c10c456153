import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  actOnDevice,
  checklistOf,
  listDevices,
  readDevice,
  type Device as KeptDevice,
  type DeviceRequest,
} from '../../../enrolment/index.ts';
import { certify, type Certifying } from '../../../terminals/certificates/index.ts';
import { shopOf } from '../../../shops/index.ts';
import type { Api } from '../api.ts';
import { answerRead, cursorAfter, idAfter, versionSeen, type Changed } from '../change.ts';
import {
  AssignBody,
  CancelBody,
  Certificate,
  Checklist,
  CsrBody,
  Device,
  DevicePage,
  DeviceQuery,
  EmptyBody,
  TerminalParams,
} from '../enrolment-schemas.ts';
import { IdParams } from '../schemas.ts';
import { MerchantParams } from '../shop-schemas.ts';

/** What follows an approval: the shop's device, its certificate, its checklist. */
export function enrolmentRoutes(server: FastifyInstance, api: Api, certifying: Certifying): void {
  const tags = ['terminals'];
  const changing = (summary: string, schema: object) => ({
    config: { permission: 'terminals:change' as const },
    schema: { summary, tags, ...schema },
  });
  readRoutes(server, api, tags);
  const acts: readonly [DeviceRequest['kind'], string, object][] = [
    ['assign', 'A device is taken for it, or the serial is corrected', AssignBody],
    ['ship', 'It is on its way', EmptyBody],
    ['deliver', 'The shop has it', EmptyBody],
    ['cancel', 'It is not wanted any more; its terminal goes out of service', CancelBody],
  ];
  for (const [kind, summary, body] of acts) {
    server.post<{ Params: IdParams; Body: AssignBody & CancelBody }>(
      `/devices/:id/${kind}`,
      changing(summary, { params: IdParams, body, response: { 200: Device } }),
      (request, reply) => acting(api, request, reply, { ...request.body, kind }),
    );
  }
  server.post<{ Params: TerminalParams; Body: CsrBody }>(
    '/terminals/:terminal/certificate',
    changing('A certificate for the key of a request: CN = DE 41, for a client', {
      params: TerminalParams,
      body: CsrBody,
      response: { 200: Certificate },
    }),
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
        const { terminal } = request.params;
        return { status: 200, body: await certify(db, certifying, { terminal, csr: request.body.csr }, by, now) };
      }),
  );
}

function readRoutes(server: FastifyInstance, api: Api, tags: readonly string[]): void {
  const reading = (summary: string, schema: object) => ({
    config: { permission: 'terminals:read' as const },
    schema: { summary, tags, ...schema },
  });
  server.get<{ Querystring: DeviceQuery }>(
    '/devices',
    reading('Devices of approved shops, the oldest first', { querystring: DeviceQuery, response: { 200: DevicePage } }),
    async ({ query: { cursor, limit, ...filter } }) => {
      const { pool } = api.people();
      const found = await listDevices(pool, { ...filter, after: idAfter(cursor), limit: limit + 1 });
      const items = found.slice(0, limit).map(shown);
      return { items, next: found.length > limit ? cursorAfter(found[limit - 1]?.id ?? '0') : null };
    },
  );
  server.get<{ Params: IdParams }>(
    '/devices/:id',
    reading('A device, and whom it waits on', { params: IdParams, response: { 200: Device } }),
    async (request, reply) => {
      const device = await readDevice(api.people().pool, request.params.id);
      return answerRead(request, reply, shown(device), device.version);
    },
  );
  server.get<{ Params: MerchantParams }>(
    '/shops/:merchant/checklist',
    reading('What the shop still has to do until it is paid, from the books', {
      params: MerchantParams,
      response: { 200: Checklist },
    }),
    async ({ params }) => {
      const { pool, clock } = api.people();
      const shopId = await shopOf(pool, params.merchant);
      return { items: await checklistOf(pool, shopId, clock.now()) };
    },
  );
}

function acting(
  api: Api,
  request: FastifyRequest<{ Params: IdParams }>,
  reply: FastifyReply,
  what: DeviceRequest,
): Promise<FastifyReply> {
  const reason = what.kind === 'cancel' ? what.reason : undefined;
  return api.change(request, reply, reason, async ({ db, by, now }): Promise<Changed> => {
    const device = await actOnDevice(db, { id: request.params.id, seen: versionSeen(request) }, what, by, now);
    return { status: 200, body: shown(device), version: device.version };
  });
}

const iso = (ms: number): string => new Date(ms).toISOString();

function shown(device: KeptDevice): object {
  const { id, caseId, merchant, kind, model, serial, terminal, fault, endReason, version } = device;
  const { state, waiting } = device.position;
  return {
    ...{ id, case: caseId, merchant, kind, model, serial, terminal, state, fault, endReason },
    ...(waiting === undefined ? {} : { waiting: { ...waiting, since: iso(waiting.since), until: iso(waiting.until) } }),
    version,
  };
}
