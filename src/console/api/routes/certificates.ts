import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DAY_MS } from '../../../ops/clock.ts';
import { GatewayError } from '../../../ops/errors.ts';
import {
  certifyWithKey,
  importCertificates,
  listCertificates,
  revoke,
  writtenList,
  type Certifying,
  type KnownCertificate,
  type RevocationReason,
} from '../../../terminals/certificates/index.ts';
import type { Api } from '../api.ts';
import {
  CertificateList,
  CertificatePage,
  CertificateQuery,
  FingerprintParams,
  ImportBody,
  Pkcs12Body,
  RevocationListBody,
  RevokeBody,
  TakenList,
} from '../certificate-schemas.ts';
import { cursorAfter, idAfter } from '../change.ts';
import { EmptyBody, TerminalParams } from '../enrolment-schemas.ts';
import { isFile, sendExport, text, type Column } from '../export.ts';

const tags = ['certificates'];
const reading = { permission: 'terminals:read' as const };
const changing = { permission: 'terminals:change' as const };

/** Certificates of terminals (terminals.md 2); one for a device's own key is in enrolment.ts. */
export function certificateRoutes(server: FastifyInstance, api: Api, certifying: Certifying): void {
  readRoutes(server, api);
  issueRoutes(server, api, certifying);
  revokeRoutes(server, api);
}

const COLUMNS: readonly Column<KnownCertificate>[] = [
  text('terminal', 'پایانه', 'Terminal', 10),
  text('serial', 'شمارهٔ سریال', 'Serial', 40),
  text('issuer', 'صادرکننده', 'Issuer', 30),
  text('source', 'منشأ', 'Source', 10),
  text('notBefore', 'آغاز', 'Not before', 24),
  text('notAfter', 'پایان', 'Not after', 24),
  text('revokedAt', 'ابطال', 'Revoked', 24),
  text('reason', 'دلیل ابطال', 'Why revoked'),
];

function readRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: CertificateQuery }>(
    '/certificates',
    { config: reading, schema: { summary: 'Certificates of terminals; of one terminal the newest first', tags, querystring: CertificateQuery, response: { 200: CertificatePage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format, endsWithinDays, terminal, revoked } = request.query;
      const { pool, clock } = api.people();
      const endsBefore = endsWithinDays === undefined ? undefined : clock.now() + endsWithinDays * DAY_MS;
      const page = async (after: string | undefined, most: number) => {
        const found = await listCertificates(pool, { terminal, revoked, endsBefore, after, limit: most + 1 });
        const rows = found.slice(0, most);
        return { rows, next: found.length > most ? rows.at(-1)?.sha256 : undefined };
      };
      if (isFile(format))
        return sendExport(api, request, reply, format, { name: 'certificates', columns: COLUMNS, page });
      const { rows, next } = await page(idAfter(cursor, '[0-9a-f]{64}'), limit);
      return { items: rows, next: next === undefined ? null : cursorAfter(next) };
    },
  );
  server.get(
    '/certificates/crl',
    { config: reading, schema: { summary: 'The newest list of certificates that were revoked here', tags, response: { 200: RevocationListBody } } }, // prettier-ignore
    async () => {
      const written = await writtenList(api.people().pool);
      if (written === undefined)
        throw new GatewayError('certificates.none', 'No list was written yet: the gateway writes one where it has an authority.'); // prettier-ignore
      return written;
    },
  );
}

function issueRoutes(server: FastifyInstance, api: Api, certifying: Certifying): void {
  server.post<{ Params: TerminalParams }>(
    '/terminals/:terminal/pkcs12',
    { config: changing, schema: { summary: 'A key with its certificate, for a device that makes none', tags, params: TerminalParams, body: EmptyBody, response: { 200: Pkcs12Body } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }) => {
        const made = await certifyWithKey(db, certifying, request.params.terminal, by, now);
        const once = { pkcs12: made.pkcs12.toString('base64'), passphrase: made.passphrase };
        return { status: 200, body: made.certificate, once };
      }),
  );
  server.post<{ Body: ImportBody }>(
    '/certificates',
    { config: changing, schema: { summary: 'Certificates of another authority into the registry', tags, body: ImportBody, response: { 200: TakenList } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }) => {
        const given = { pems: request.body.pem, trusted: certifying.authority.trusted };
        return { status: 200, body: { items: await importCertificates(db, given, by, now) } };
      }),
  );
}

function revokeRoutes(server: FastifyInstance, api: Api): void {
  const acting = (
    request: FastifyRequest<{ Body: RevokeBody }>,
    reply: FastifyReply,
    which: Parameters<typeof revoke>[1]['which'],
  ) => {
    const { why, reason } = request.body;
    return api.change(request, reply, reason, async ({ db, by }) => {
      const items = await revoke(db, { which, reason: why as RevocationReason }, { ...by, reason });
      return { status: 200, body: { items } };
    });
  };
  server.post<{ Params: FingerprintParams; Body: RevokeBody }>(
    '/certificates/:sha256/revoke',
    { config: changing, schema: { summary: 'One certificate: let in no more, its connections closed', tags, params: FingerprintParams, body: RevokeBody, response: { 200: CertificateList } } }, // prettier-ignore
    (request, reply) => acting(request, reply, { sha256: request.params.sha256 }),
  );
  server.post<{ Params: TerminalParams; Body: RevokeBody }>(
    '/terminals/:terminal/revoke',
    { config: changing, schema: { summary: 'Every certificate of a terminal', tags, params: TerminalParams, body: RevokeBody, response: { 200: CertificateList } } }, // prettier-ignore
    (request, reply) => acting(request, reply, { terminal: request.params.terminal }),
  );
}
