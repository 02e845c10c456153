import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  actOnComplaint,
  complaintPosition,
  fileComplaint,
  listComplaints,
  readComplaint,
  type ComplaintKind,
  type ComplaintRequest,
  type KeptComplaint,
  type Remedy,
} from '../../../complaints/index.ts';
import { transaction } from '../../../ops/database.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { audit, type Permission } from '../../../people/index.ts';
import type { Api } from '../api.ts';
import { answerRead, cursorAfter, idAfter, versionSeen, type Changed } from '../change.ts';
import {
  Complaint,
  ComplaintBody,
  ComplaintPage,
  ComplaintQuery,
  ProposalBody,
  TextBody,
  VerdictBody,
  WhyBody,
} from '../complaint-schemas.ts';
import { isFile, money, sendExport, text, type Column } from '../export.ts';
import { IdParams } from '../schemas.ts';

/** Complaints about purchases (people.md 8): support works them, and two people decide what is posted. */
export function complaintRoutes(server: FastifyInstance, api: Api): void {
  readRoutes(server, api);
  server.post<{ Body: ComplaintBody }>(
    '/complaints',
    {
      config: { permission: 'breaks:work' },
      schema: { summary: 'File what somebody tells by phone: the system looks first', tags: ['complaints'], body: ComplaintBody, response: { 201: Complaint } }, // prettier-ignore
    },
    (request, reply) =>
      api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
        const { kind, rrn, terminal, totalRials, last4, mobile, text } = request.body;
        const filed = await fileComplaint(
          db,
          { rrn, terminal, totalRials: BigInt(totalRials), last4 },
          { kind: kind as ComplaintKind, filedBy: 'support', mobile, told: text },
          by,
          now,
        );
        if (filed === undefined)
          throw new GatewayError('complaints.receipt', 'No purchase is as the receipt says: compare RRN, terminal, total and the last four digits.'); // prettier-ignore
        return { status: 201, body: shown(filed, now), version: filed.version };
      }),
  );
  acting(server, api, ['ask', 'Ask the complainant: they have ten days', 'breaks:work', TextBody], ({ text }: TextBody) => ({ kind: 'ask', text })); // prettier-ignore
  acting(server, api, ['answer', 'What the complainant answered by phone', 'breaks:work', TextBody], ({ text }: TextBody) => ({ kind: 'answer', text })); // prettier-ignore
  acting(server, api, ['contest', 'The complainant is not content with the system’s answer', 'breaks:work', TextBody], ({ text }: TextBody) => ({ kind: 'contest', text })); // prettier-ignore
  acting(server, api, ['refusal', 'Refuse, with the reason that is told', 'breaks:work', WhyBody], ({ reason }: WhyBody) => ({ kind: 'refuse', reason })); // prettier-ignore
  acting(server, api, ['proposal', 'Propose what is posted', 'breaks:work', ProposalBody], ({ remedy, rials, reason }: ProposalBody) => ({ kind: 'propose', remedy: remedy as Remedy, rials: rials === undefined ? undefined : BigInt(rials), reason })); // prettier-ignore
  acting(server, api, ['decision', 'Another person approves, and it is posted; or rejects', 'money:approve', VerdictBody], ({ verdict, reason }: VerdictBody) => (verdict === 'approve' ? { kind: 'approve' } : { kind: 'reject', reason })); // prettier-ignore
}

function acting(
  server: FastifyInstance,
  api: Api,
  [path, summary, permission, body]: readonly [string, string, Permission, object],
  requestOf: (body: never) => ComplaintRequest,
): void {
  server.post<{ Params: IdParams }>(
    `/complaints/:id/${path}`,
    { config: { permission }, schema: { summary, tags: ['complaints'], params: IdParams, body, response: { 200: Complaint } } }, // prettier-ignore
    (request: FastifyRequest<{ Params: IdParams }>, reply: FastifyReply) =>
      api.change(request, reply, undefined, async ({ db, by, now }): Promise<Changed> => {
        const which = { id: request.params.id, seen: versionSeen(request) };
        const kept = await actOnComplaint(db, which, requestOf(request.body as never), by, now);
        return { status: 200, body: shown(kept, now), version: kept.version };
      }),
  );
}

interface Line {
  readonly kept: KeptComplaint;
  readonly state: string;
  readonly waitsOn: string | null;
  readonly number: string;
  readonly shop: string;
  readonly rrn: string;
  readonly totalRials: string;
  readonly remedyRials: string | null;
}

const COLUMNS: readonly Column<Line>[] = [
  text('number', 'شماره', 'Number', 12),
  { title: { fa: 'ثبت', en: 'Filed' }, width: 24, of: ({ kept }) => iso(kept.facts.filedAt) },
  { title: { fa: 'نوع', en: 'Kind' }, of: ({ kept }) => kept.facts.kind },
  { title: { fa: 'ثبت‌کننده', en: 'Filed by' }, of: ({ kept }) => kept.filedBy },
  text('state', 'وضعیت', 'State', 12),
  text('waitsOn', 'در انتظار', 'Waits on'),
  { title: { fa: 'یافتهٔ سامانه', en: 'Finding' }, of: ({ kept }) => kept.facts.finding },
  { title: { fa: 'پذیرنده', en: 'Merchant' }, width: 17, of: ({ kept }) => kept.purchase.merchant },
  text('shop', 'فروشگاه', 'Shop', 30),
  { title: { fa: 'پایانه', en: 'Terminal' }, width: 10, of: ({ kept }) => kept.purchase.terminal },
  text('rrn', 'شمارهٔ مرجع', 'RRN', 14),
  money('totalRials', 'مبلغ (ریال)', 'Rials'),
  { title: { fa: 'جبران', en: 'Remedy' }, of: ({ kept }) => kept.remedy ?? undefined },
  money('remedyRials', 'مبلغ جبران (ریال)', 'Remedy (rials)'),
];

function lineOf(kept: KeptComplaint, now: number): Line {
  const { number, purchase, remedyRials } = kept;
  const { state, waiting } = complaintPosition(kept.facts, now);
  return { kept, state, waitsOn: waiting?.on ?? null, number, shop: purchase.name, rrn: purchase.rrn, totalRials: purchase.total, remedyRials: remedyRials === null ? null : String(remedyRials) }; // prettier-ignore
}

function readRoutes(server: FastifyInstance, api: Api): void {
  const config = { permission: 'complaints:read' as const };
  server.get<{ Querystring: ComplaintQuery }>(
    '/complaints',
    { config, schema: { summary: 'Complaints, the oldest first', tags: ['complaints'], querystring: ComplaintQuery, response: { 200: ComplaintPage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format, waitsOn, state } = request.query;
      const { pool, clock } = api.people();
      const page = async (after: string | undefined, most: number) => {
        const found = await listComplaints(pool, { waitsOn, state, after, limit: most + 1 });
        const rows = found.slice(0, most);
        return { rows, next: found.length > most ? rows.at(-1)?.id : undefined };
      };
      if (isFile(format)) {
        const lines = async (after: string | undefined, most: number) => {
          const { rows, next } = await page(after, most);
          return { rows: rows.map((kept) => lineOf(kept, clock.now())), next };
        };
        return sendExport(api, request, reply, format, { name: 'complaints', columns: COLUMNS, page: lines });
      }
      const { rows, next } = await page(idAfter(cursor), limit);
      return {
        items: rows.map((each) => shown(each, clock.now())),
        next: next === undefined ? null : cursorAfter(next),
      };
    },
  );
  server.get<{ Params: IdParams }>(
    '/complaints/:id',
    { config, schema: { summary: 'A complaint: the reading is audited', tags: ['complaints'], params: IdParams, response: { 200: Complaint } } }, // prettier-ignore
    async (request, reply) => {
      const { pool, clock } = api.people();
      const { id } = request.params;
      const by = { actor: api.callerOf(request).signed.actor, requestId: request.id };
      const kept = await transaction(pool, async (db) => {
        const found = await readComplaint(db, id);
        await audit(db, by, { act: 'complaint.read', object: `complaint:${id}` });
        return found;
      });
      return answerRead(request, reply, shown(kept, clock.now()), kept.version);
    },
  );
}

const iso = (ms: number): string => new Date(ms).toISOString();

function shown(kept: KeptComplaint, now: number): object {
  const { id, number, filedBy, facts, purchase, told, asked, remedy, remedyRials, reason, posting, version } = kept;
  const { state, waiting } = complaintPosition(facts, now);
  const { since, until, ...party } = waiting ?? { since: 0, until: 0 };
  return {
    id,
    number,
    kind: facts.kind,
    filedBy,
    filedAt: iso(facts.filedAt),
    state,
    ...(waiting === undefined
      ? {}
      : { waiting: { ...party, since: iso(since), ...(until === Infinity ? {} : { until: iso(until) }) } }),
    finding: facts.finding,
    foundAt: iso(facts.foundAt),
    merchant: purchase.merchant,
    shop: purchase.name,
    terminal: purchase.terminal,
    rrn: purchase.rrn,
    totalRials: purchase.total,
    businessDay: purchase.day,
    told,
    ...(asked === null ? {} : { asked }),
    ...(remedy === null ? {} : { remedy }),
    ...(remedyRials === null ? {} : { remedyRials: String(remedyRials) }),
    ...(reason === null ? {} : { reason }),
    ...(posting === null ? {} : { posting }),
    version,
  };
}
