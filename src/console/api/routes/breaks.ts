import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Pool, PoolClient } from 'pg';
import { isDay } from '../../../field/jalali.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { demandLogin, type Permission } from '../../../people/index.ts';
import { actOnBreak, breakEvents, listBreaks, type Break, type BreakAct } from '../../../settlement/acquirer/index.ts';
import { opaqueId } from '../../../timeline/index.ts';
import type { Api } from '../api.ts';
import { answerRead, cursorAfter, idAfter, versionSeen } from '../change.ts';
import { isFile, money, sendExport, text, type Column } from '../export.ts';
import { acting, actOnMoney, demandVersion } from '../money.ts';
import { IdParams } from '../schemas.ts';
import {
  AssignBody,
  BreakBody,
  BreakPage,
  BreakQuery,
  CommentBody,
  ProposalBody,
  VerdictBody,
} from '../settlement-schemas.ts';

const tags = ['settlement'];
const reading = { permission: 'money:read' as const };

/** Differences between the books and acquirers, or within the books: each has an owner, an age, and one end by two persons. */
export function breakRoutes(server: FastifyInstance, api: Api): void {
  readRoutes(server, api);
  act(server, api, ['assign', 'Give it to a person', 'breaks:work', AssignBody], ({ owner }: AssignBody) => ({
    kind: 'assign',
    owner,
  }));
  act(server, api, ['comment', 'Write down what is known', 'breaks:work', CommentBody], ({ text: said }: CommentBody) => ({ kind: 'comment', text: said })); // prettier-ignore
  act(server, api, ['proposal', 'Propose its end: a contra posting, or none', 'money:make', ProposalBody], proposed);
  act(server, api, ['decision', 'Another person approves, and it is posted; or rejects', 'money:approve', VerdictBody], ({ verdict }: VerdictBody) => ({ kind: 'decide', verdict: verdict === 'approve' ? 'approved' : 'rejected' })); // prettier-ignore
}

function proposed({ post, rials, reason }: ProposalBody): BreakAct {
  return { kind: 'propose', post: post as 'credit', reason, ...(rials === undefined ? {} : { rials: BigInt(rials) }) };
}

const COLUMNS: readonly Column<Break>[] = [
  text('id', 'شماره', 'Number', 8),
  text('class', 'نوع', 'Class', 14),
  text('state', 'وضعیت', 'State', 10),
  text('settlementDate', 'تاریخ تسویه', 'Settlement date', 12),
  text('businessDay', 'روز کاری', 'Business day', 12),
  text('merchant', 'پذیرنده', 'Merchant', 17),
  text('terminal', 'پایانه', 'Terminal', 10),
  text('rrn', 'شمارهٔ مرجع', 'RRN', 14),
  money('rials', 'مبلغ (ریال)', 'Rials'),
  text('detail', 'شرح', 'Detail', 50),
  text('owner', 'مسئول', 'Owner'),
  text('post', 'سند', 'Post', 8),
  money('postRials', 'مبلغ سند (ریال)', 'Post (rials)'),
  text('proposedBy', 'پیشنهاددهنده', 'Proposed by'),
  text('ageDays', 'سن (روز)', 'Age (days)', 8),
];

function readRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: BreakQuery }>(
    '/breaks',
    { config: reading, schema: { summary: 'Breaks, the oldest first', tags, querystring: BreakQuery, response: { 200: BreakPage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format, state, ...rest } = request.query;
      const { pool, clock } = api.people();
      if (rest.day !== undefined && !isDay(rest.day)) throw new GatewayError('api.invalid', `${rest.day} is no day.`);
      const filter = { ...rest, ...(state === 'all' ? {} : { state }), now: clock.now() };
      const page = async (after: string | undefined, most: number) => {
        const found = await listBreaks(pool, { ...filter, limit: most + 1, ...(after === undefined ? {} : { after }) });
        const rows = found.slice(0, most);
        return { rows, next: found.length > most ? rows.at(-1)?.id : undefined };
      };
      if (isFile(format)) return sendExport(api, request, reply, format, { name: 'breaks', columns: COLUMNS, page });
      const { rows, next } = await page(idAfter(cursor), limit);
      return { items: rows.map(shown), next: next === undefined ? null : cursorAfter(next) };
    },
  );
  server.get<{ Params: IdParams }>(
    '/breaks/:id',
    { config: reading, schema: { summary: 'A break, and what was done to it', tags, params: IdParams, response: { 200: BreakBody } } }, // prettier-ignore
    async (request, reply) => {
      const { pool, clock } = api.people();
      const found = await oneBreak(pool, request.params.id, clock.now());
      return answerRead(request, reply, await whole(pool, found), found.version);
    },
  );
}

function shown(found: Break): object {
  return { ...found, currency: 'IRR' };
}

async function whole(db: Pool | PoolClient, found: Break): Promise<object> {
  const { household, transaction: id, businessDay } = found;
  const { rows } =
    household === null || id === null || businessDay === null
      ? { rows: [] }
      : await db.query<{ day: string }>(
          `select business_day::text as day from transactions
            where household_id = $1 and transaction_id = $2 and business_day between $3::date - 3 and $3::date order by 1 desc limit 1`,
          [household, id, businessDay],
        );
  const day = rows[0]?.day;
  const transaction = day === undefined || household === null || id === null ? null : opaqueId({ household, id, day });
  return { ...shown(found), transaction, events: await breakEvents(db, found.id) };
}

async function oneBreak(db: Pool | PoolClient, id: string, now: number): Promise<Break> {
  const [found] = await listBreaks(db, { ids: [id], now, limit: 1 });
  if (found === undefined) throw new GatewayError('break.unknown', `There is no break ${id}.`);
  return found;
}

function act(
  server: FastifyInstance,
  api: Api,
  [path, summary, permission, body]: readonly [string, string, Permission, object],
  actOf: (body: never) => BreakAct,
): void {
  server.post<{ Params: IdParams }>(
    `/breaks/:id/${path}`,
    acting(permission, summary, tags, { params: IdParams, body, response: { 200: BreakBody } }),
    (request: FastifyRequest<{ Params: IdParams }>, reply: FastifyReply) => {
      const seen = versionSeen(request);
      const { id } = request.params;
      const what = actOf(request.body as never);
      const { reason } = request.body as { reason?: string };
      return actOnMoney(api, request, reply, {
        reason,
        work: async ({ db, by, now }) => {
          await db.query('select 1 from breaks where break_id = $1 for update', [id]);
          demandVersion(seen, (await oneBreak(db, id, now)).version);
          if (what.kind === 'assign') await demandLogin(db, what.owner);
          await actOnBreak(db, id, what, by.actor.name, now);
          const found = await oneBreak(db, id, now);
          return { status: 200, body: await whole(db, found), version: found.version };
        },
      });
    },
  );
}
