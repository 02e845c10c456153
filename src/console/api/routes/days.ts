import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PoolClient } from 'pg';
import { isDay, toJalali } from '../../../field/jalali.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { payingProfile, summarise } from '../../../settlement/index.ts';
import { boardDays, dayEvents, dayTotals, type DayOnBoard } from '../../../settlement/board/index.ts';
import {
  beginIn,
  businessDayOf,
  decideWaiverIn,
  findingsOfDay,
  openWaiver,
  proposeWaiverIn,
  releaseIn,
  SHARDS,
} from '../../../settlement/clearing/index.ts';
import type { Api } from '../api.ts';
import { answerRead, cursorAfter, idAfter, versionSeen, type Changed } from '../change.ts';
import { isFile, sendExport, text, type Column } from '../export.ts';
import { acting, actOnMoney, demandVersion } from '../money.ts';
import {
  ActBody,
  BusinessDay,
  BusinessDayBody,
  BusinessDayPage,
  DayParams,
  DaysQuery,
  MakeBody,
  ReleasedDay,
  VerdictBody,
  WhyBody,
} from '../settlement-schemas.ts';

const tags = ['settlement'];
const reading = { permission: 'money:read' as const };
const MOST_HELD = 200;

/** Business days on a board, and what people do to a day's clearing (docs/settlement.md). */
export function dayRoutes(server: FastifyInstance, api: Api, data: string | undefined): void {
  readRoutes(server, api);
  makeRoute(server, api, data);
  releaseRoutes(server, api);
}

function readRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: DaysQuery }>(
    '/business-days',
    { config: reading, schema: { summary: 'How far each business day is, the newest first', tags, querystring: DaysQuery, response: { 200: BusinessDayPage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format } = request.query;
      const { pool, clock } = api.people();
      const page = async (before: string | undefined, most: number) => {
        const rows = await boardDays(pool, { before, limit: most + 1 }, clock.now());
        const shown = rows.slice(0, most);
        return { rows: shown, next: rows.length > most ? shown.at(-1)?.day : undefined };
      };
      if (isFile(format))
        return sendExport(api, request, reply, format, { name: 'business-days', columns: COLUMNS, page });
      const { rows, next } = await page(idAfter(cursor, '\\d{4}-\\d{2}-\\d{2}'), limit);
      return { items: rows.map(onBoard), next: next === undefined ? null : cursorAfter(next) };
    },
  );
  server.get<{ Params: DayParams }>(
    '/business-days/:date',
    { config: reading, schema: { summary: 'One business day: what it came to, what keeps it, who did what', tags, params: DayParams, response: { 200: BusinessDayBody } } }, // prettier-ignore
    async (request, reply) => {
      const { pool, clock } = api.people();
      const day = await oneDay(pool, request.params.date, clock.now());
      return answerRead(request, reply, await whole(api, day), day.version);
    },
  );
}

async function oneDay(
  db: PoolClient | ReturnType<Api['people']>['pool'],
  date: string,
  now: number,
): Promise<DayOnBoard> {
  const [day] = isDay(date) ? await boardDays(db, { day: date, limit: 1 }, now) : [];
  if (day === undefined) throw new GatewayError('api.unknown', `This gateway has no business day ${date}.`);
  return day;
}

const COLUMNS: readonly Column<DayOnBoard>[] = [
  text('day', 'روز کاری', 'Business day', 12),
  { title: { fa: 'شمسی', en: 'Jalali' }, width: 12, of: ({ day }) => toJalali(day) },
  text('state', 'وضعیت', 'State', 12),
  text('maker', 'سازنده', 'Maker'),
  text('checker', 'آزادکننده', 'Checker'),
  { title: { fa: 'فایل‌ها', en: 'Files' }, of: ({ files }) => BigInt(files.files) },
  { title: { fa: 'حواله‌ها', en: 'Orders' }, of: ({ files }) => BigInt(files.orders) },
  { title: { fa: 'مبلغ فایل‌ها (ریال)', en: 'Files (rials)' }, width: 20, of: ({ files }) => BigInt(files.rials) },
  { title: { fa: 'مغایرت باز', en: 'Open breaks' }, of: ({ breaks }) => BigInt(breaks.open) },
  { title: { fa: 'مبلغ مغایرت (ریال)', en: 'Breaks (rials)' }, width: 18, of: ({ breaks }) => BigInt(breaks.rials) },
  { title: { fa: 'منتظر', en: 'Waits on' }, of: ({ waiting }) => waiting?.on },
  text('error', 'خطا', 'Error', 40),
];

function onBoard(day: DayOnBoard): object {
  const { files, answers, acquirers, breaks, steps, waiting, ...rest } = day;
  return {
    businessDay: rest.day,
    businessDayJalali: toJalali(rest.day),
    state: rest.state,
    maker: rest.maker,
    checker: rest.checker,
    error: rest.error,
    steps: steps.map((step) => ({ ...step, at: step.at?.toISOString() ?? null })),
    files: { ...files, currency: 'IRR', query: 'files-of-day' },
    answers: answers === null ? null : { ...answers, query: 'orders-of-day' },
    acquirers: { ...acquirers, query: 'acquirer-files-of-day' },
    breaks: { ...breaks, currency: 'IRR', query: 'open-breaks-of-day' },
    waiting: waiting === null ? null : waitingOf(waiting),
    version: rest.version,
  };
}

function waitingOf({ on, since, until, late, notOf }: NonNullable<DayOnBoard['waiting']>): object {
  return {
    on,
    since: new Date(since).toISOString(),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
    late,
    ...(notOf === undefined ? {} : { notOf }),
  };
}

async function whole(api: Api, day: DayOnBoard): Promise<object> {
  const { pool } = api.people();
  const begun = day.version > 0;
  const waiver = await openWaiver(pool, day.day);
  const held = begun ? (await summarise(pool, day.day)).held : [];
  return {
    ...onBoard(day),
    totals: { ...(await dayTotals(pool, day.day)), currency: 'IRR', query: 'nets-of-day' },
    findings: begun ? await findingsOfDay(pool, day.day) : [],
    waiver: waiver === undefined ? null : { ...waiver, at: waiver.at.toISOString() },
    held: held.slice(0, MOST_HELD).map(({ rials, ...each }) => ({ ...each, rials: String(rials) })),
    events: (await dayEvents(pool, day.day)).map(({ at, ...event }) => ({ ...event, at: at.toISOString() })),
  };
}

/** The day's jobs go on where the settlement part runs, within its sweep. */
function makeRoute(server: FastifyInstance, api: Api, data: string | undefined): void {
  server.post<{ Params: DayParams; Body: MakeBody }>(
    '/business-days/:date/make',
    acting('money:make', 'Close the day and make its payment files; another person releases them', tags, { params: DayParams, body: MakeBody, response: { 200: BusinessDay } }), // prettier-ignore
    async (request, reply) => {
      const { date } = request.params;
      const { profile, reason } = request.body;
      const { pool } = api.people();
      if (data === undefined) throw new GatewayError('api.busy', 'Settlement has no data folder in this process.');
      const paying = await payingProfile(pool, data, profile);
      return actOnMoney(api, request, reply, {
        reason,
        work: async ({ db, by, now }) => {
          const day = await businessDayOf(db, date);
          await beginIn(db, { day, profile: paying, maker: by.actor.name, shards: SHARDS }, now);
          return dayAnswer(db, day, now);
        },
      });
    },
  );
}

async function dayAnswer(db: PoolClient, date: string, now: number): Promise<Changed> {
  const day = await oneDay(db, date, now);
  return { status: 200, body: onBoard(day), version: day.version };
}

function releaseRoutes(server: FastifyInstance, api: Api): void {
  type Of<Body> = FastifyRequest<{ Params: DayParams; Body: Body }>;
  const act = (
    request: Of<{ reason?: string }>,
    reply: FastifyReply,
    work: (db: PoolClient, day: string, who: string) => Promise<unknown>,
  ) => {
    const seen = versionSeen(request);
    const { date } = request.params;
    return actOnMoney(api, request, reply, {
      reason: request.body.reason,
      work: async ({ db, by, now }) => {
        await db.query('select 1 from clearings where business_day = $1 for update', [date]);
        demandVersion(seen, (await oneDay(db, date, now)).version);
        const held = await work(db, date, by.actor.name);
        const answer = await dayAnswer(db, date, now);
        return Array.isArray(held) ? { ...answer, body: { ...answer.body, heldNow: held.map(heldNow) } } : answer;
      },
    });
  };
  server.post<{ Params: DayParams; Body: ActBody }>(
    '/business-days/:date/release',
    acting('money:approve', 'Let the day’s files go: a person who did not make them. What may not be paid by now is held, and nothing leaves', tags, { params: DayParams, body: ActBody, response: { 200: ReleasedDay } }), // prettier-ignore
    (request, reply) => act(request, reply, releaseIn),
  );
  server.post<{ Params: DayParams; Body: WhyBody }>(
    '/business-days/:date/acceptance',
    acting('money:make', 'Propose that the day is made although what stopped it stands', tags, { params: DayParams, body: WhyBody, response: { 200: BusinessDay } }), // prettier-ignore
    (request, reply) =>
      act(request, reply, (db, day, by) => proposeWaiverIn(db, day, { reason: request.body.reason, by })),
  );
  server.post<{ Params: DayParams; Body: VerdictBody }>(
    '/business-days/:date/acceptance/decision',
    acting('money:approve', 'Another person accepts exactly those findings, or does not', tags, { params: DayParams, body: VerdictBody, response: { 200: BusinessDay } }), // prettier-ignore
    (request, reply) =>
      act(request, reply, (db, day, by) =>
        decideWaiverIn(db, day, request.body.verdict === 'approve' ? 'approved' : 'rejected', by),
      ),
  );
}

function heldNow({ instructionId, merchant, rials, reason }: Awaited<ReturnType<typeof releaseIn>>[number]): object {
  return { order: instructionId, merchant, rials: String(rials), reason };
}
