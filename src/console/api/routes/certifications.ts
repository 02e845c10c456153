import type { FastifyInstance } from 'fastify';
import {
  certificationOf,
  confirmVerdict,
  listCertifications,
  proposeVerdict,
  registerReport,
  revokeVerdict,
} from '../../../certification/registry/index.ts';
import type { Api } from '../api.ts';
import {
  CertificationBody,
  CertificationPage,
  CertificationQuery,
  ReportBody,
  RevokeBody,
  VerdictBody,
} from '../certification-schemas.ts';
import { cursorAfter, idAfter, type Changed } from '../change.ts';
import { IdParams, ReasonBody } from '../schemas.ts';

const tags = ['certifications'];
const reading = { permission: 'terminals:read' as const };
const believing = { permission: 'updates:approve' as const };
const changing = { permission: 'terminals:change' as const };
/** Every frame of every case stands in a report. */
const MOST_REPORT_BYTES = 16 * 1_048_576;

/** Which device is certified, with which software, in which profile (terminals.md 5). */
export function certificationRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: CertificationQuery }>(
    '/certifications',
    { config: reading, schema: { summary: 'Verdicts of devices, the newest first', tags, querystring: CertificationQuery, response: { 200: CertificationPage } } }, // prettier-ignore
    async ({ query: { cursor, limit, ...filter } }) => {
      const wanted = { ...filter, before: idAfter(cursor), limit: limit + 1 };
      const found = await listCertifications(api.people().pool, wanted);
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  server.get<{ Params: IdParams }>(
    '/certifications/:id',
    { config: reading, schema: { summary: 'A verdict', tags, params: IdParams, response: { 200: CertificationBody } } },
    ({ params: { id } }) => certificationOf(api.people().pool, id),
  );
  server.post<{ Body: VerdictBody }>(
    '/certifications',
    { config: changing, schema: { summary: 'Say a verdict: it holds when another person confirms it', tags, body: VerdictBody, response: { 201: CertificationBody } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }) =>
        made(await proposeVerdict(db, request.body, by, now)),
      ),
  );
  server.post<{ Body: ReportBody }>(
    '/certifications/reports',
    { config: changing, bodyLimit: MOST_REPORT_BYTES, schema: { summary: 'Register a signed report whose key is believed', tags, body: ReportBody, response: { 201: CertificationBody } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }) =>
        made(await registerReport(db, JSON.stringify(request.body), by, now)),
      ),
  );
  server.post<{ Params: IdParams; Body: ReasonBody }>(
    '/certifications/:id/confirm',
    { config: believing, schema: { summary: 'Confirm what another person said', tags, params: IdParams, body: ReasonBody, response: { 200: CertificationBody } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => ({
        status: 200,
        body: await confirmVerdict(db, request.params.id, by, now),
      })),
  );
  server.post<{ Params: IdParams; Body: RevokeBody }>(
    '/certifications/:id/revoke',
    { config: changing, schema: { summary: 'Take a verdict back', tags, params: IdParams, body: RevokeBody, response: { 200: CertificationBody } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => ({
        status: 200,
        body: await revokeVerdict(db, { id: request.params.id, reason: request.body.reason }, by, now),
      })),
  );
}

function made(body: object): Changed {
  return { status: 201, body };
}
