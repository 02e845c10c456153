import type { FastifyInstance } from 'fastify';
import { addDays } from '../../../field/jalali.ts';
import {
  decideStandIn,
  listStandIns,
  listStoodIn,
  proposeStandIn,
  standInInForce,
  type StandInRule,
  type StoodFilter,
  type StoodIn,
  type StoodPlace,
} from '../../../ledger/index.ts';
import { tehran } from '../../../ops/clock.ts';
import type { Api } from '../api.ts';
import { StandInRuleBody, StandInRulePage, StandInRuleSeen, StoodPage, StoodQuery } from '../authority-schemas.ts';
import { cursorAfter, idAfter, type Changed } from '../change.ts';
import { isFile, money, sendExport, text, type Column } from '../export.ts';
import { IdParams, PageQuery, ReasonBody } from '../schemas.ts';

const tags = ['authorities'];
const reading = { permission: 'rules:read' as const };
const DAYS = 30;

const COLUMNS: readonly Column<StoodIn>[] = [
  text('day', 'روز', 'Day'),
  text('at', 'زمان', 'At', 24),
  text('of', 'به جای', 'In place of'),
  text('authority', 'مرجع', 'Authority'),
  text('merchant', 'پذیرنده', 'Merchant', 18),
  text('terminal', 'پایانه', 'Terminal'),
  text('rrn', 'شمارهٔ مرجع', 'RRN'),
  money('rials', 'مبلغ تأییدشده', 'Granted'),
  money('refusedRials', 'مبلغ ردشده', 'Refused'),
  text('state', 'وضعیت', 'State'),
  text('why', 'دلیل', 'Why', 30),
];

/** Stand-in for authorities and banks that do not answer: its rules of two persons, and what stood (docs/counterparts.md). */
export function standInRoutes(server: FastifyInstance, api: Api): void {
  const seen = async (rules: readonly StandInRule[]) => {
    const { pool, clock } = api.people();
    const holds = await standInInForce(pool, tehran(clock.now()).isoDate);
    return rules.map((rule) => ({ ...rule, inForce: holds.includes(rule.id) }));
  };
  server.get<{ Querystring: PageQuery }>(
    '/stand-in-rules',
    { config: reading, schema: { summary: 'Up to what is granted, by whose word and since when, the newest first', tags, querystring: PageQuery, response: { 200: StandInRulePage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const found = await listStandIns(api.people().pool, { before: idAfter(cursor), limit: limit + 1 });
      const items = await seen(found.slice(0, limit));
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  server.post<{ Body: StandInRuleBody }>(
    '/stand-in-rules',
    { config: { permission: 'money:make' }, schema: { summary: 'Propose one; nothing is granted until another person approves it', tags, body: StandInRuleBody, response: { 201: StandInRuleSeen } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by }): Promise<Changed> => {
        const { householdRials, shopRials, standsFor, ...rule } = request.body;
        const made = await proposeStandIn(db, {
          ...rule,
          standsFor: standsFor as StandInRule['standsFor'],
          householdRials: BigInt(householdRials),
          shopRials: BigInt(shopRials),
          by: by.actor.name,
        });
        return { status: 201, body: { ...made, inForce: false } };
      }),
  );
  for (const [path, verdict, permission, summary] of [
    ['approval', 'approved', 'money:approve', 'Approve it, as a second person'],
    ['rejection', 'rejected', 'money:stop', 'Reject it, or take one’s own proposal back'],
  ] as const)
    server.post<{ Params: IdParams; Body: ReasonBody }>(
      `/stand-in-rules/:id/${path}`,
      { config: { permission }, schema: { summary, tags, params: IdParams, body: ReasonBody, response: { 200: StandInRuleSeen } } }, // prettier-ignore
      (request, reply) =>
        api.change(request, reply, request.body.reason, async ({ db, by }): Promise<Changed> => {
          const rule = await decideStandIn(db, request.params.id, verdict, by.actor.name);
          const holds = await standInInForce(db, tehran(api.people().clock.now()).isoDate);
          return { status: 200, body: { ...rule, inForce: holds.includes(rule.id) } };
        }),
    );
  server.get<{ Querystring: StoodQuery }>(
    '/stand-ins',
    { config: { permission: 'money:read' }, schema: { summary: 'What stood in, and what became of it, the newest day first', tags, querystring: StoodQuery, response: { 200: StoodPage } } }, // prettier-ignore
    async (request, reply) => {
      const { of, state, from, to, limit, cursor, format } = request.query;
      const { pool, clock } = api.people();
      const last = to ?? tehran(clock.now()).isoDate;
      const filter = { of, state, from: from ?? addDays(last, -DAYS), to: last } as StoodFilter;
      const page = async (after: StoodPlace | undefined, most: number) => {
        const found = await listStoodIn(pool, filter, { after, limit: most + 1 });
        const rows = found.slice(0, most);
        return { rows, next: found.length > most ? rows.at(-1) : undefined };
      };
      if (isFile(format)) return sendExport(api, request, reply, format, { name: 'stand-ins', columns: COLUMNS, page });
      const { rows, next } = await page(placeAfter(cursor), limit);
      return { items: rows, next: next === undefined ? null : cursorAfter([next.day, next.of, next.number].join(' ')) };
    },
  );
}

function placeAfter(cursor: string | undefined): StoodPlace | undefined {
  const [day, of, number] = idAfter(cursor, '\\d{4}-\\d{2}-\\d{2} (?:authority|bank) \\d{1,18}')?.split(' ') ?? [];
  if (day === undefined || of === undefined || number === undefined) return undefined;
  return { day, of: of as StoodPlace['of'], number };
}
