import type { FastifyInstance } from 'fastify';
import { tehran } from '../../../ops/clock.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { readReading } from '../../../ledger/index.ts';
import {
  costsOf,
  decideRules,
  demandSense,
  digestOf,
  inForce,
  listProposals,
  previewRules,
  proposalOf,
  proposeRules,
  showRules,
  waitingProposal,
} from '../../../settlement/rules/index.ts';
import { audit } from '../../../people/index.ts';
import type { Api } from '../api.ts';
import { cursorAfter, idAfter, type Changed } from '../change.ts';
import {
  Costs,
  CostsQuery,
  NewRulesBody,
  NoteBody,
  ReadingUnits,
  RulesByDay,
  RulesByDayQuery,
  RulesPreview,
  RulesPreviewBody,
  RulesProposalBody,
  RulesProposalPage,
  RulesQuery,
  SettlementRules,
} from '../rules-schemas.ts';
import { changesBetween, holdingsOn, rulesKept } from '../rules-by-day.ts';
import { IdParams, PageQuery } from '../schemas.ts';

const tags = ['settlement'];
const reading = { permission: 'rules:read' as const };

/** Rules of settlement: shown by date, proposed by a maker, approved by a checker. */
export function rulesRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: RulesQuery }>(
    '/settlement-rules',
    { config: reading, schema: { summary: 'What holds on a day, all rules by date, and what is proposed', tags, querystring: RulesQuery, response: { 200: SettlementRules } } }, // prettier-ignore
    async ({ query }) => {
      const { pool, clock } = api.people();
      const day = query.day ?? tehran(clock.now()).isoDate;
      const rules = await showRules(pool);
      const waiting = (await waitingProposal(pool)) ?? null;
      return { day, inForce: inForce(rules, day), rules, digest: digestOf(rules), waiting };
    },
  );
  server.get<{ Querystring: PageQuery }>(
    '/settlement-rules/proposals',
    { config: reading, schema: { summary: 'Who changed what, the newest first', tags, querystring: PageQuery, response: { 200: RulesProposalPage } } }, // prettier-ignore
    async ({ query: { limit, cursor } }) => {
      const found = await listProposals(api.people().pool, { before: idAfter(cursor), limit: limit + 1 });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  server.get<{ Params: IdParams }>(
    '/settlement-rules/proposals/:id',
    {
      config: reading,
      schema: { summary: 'A proposal', tags, params: IdParams, response: { 200: RulesProposalBody } },
    },
    ({ params: { id } }) => proposalOf(api.people().pool, id),
  );
  server.post<{ Body: RulesPreviewBody }>(
    '/settlement-rules/preview',
    { config: reading, schema: { summary: 'What rules would change; nothing is kept', tags, body: RulesPreviewBody, response: { 200: RulesPreview } } }, // prettier-ignore
    async ({ body: { rules } }) => {
      const { pool, clock } = api.people();
      demandSense(rules);
      return { changes: await previewRules(pool, rules, clock.now()) };
    },
  );
  costing(server, api);
  byDay(server, api);
  deciding(server, api);
}

/** What one purchase would cost by the rows of a day, and in which units amounts are read. */
function costing(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: CostsQuery }>(
    '/settlement-rules/what-if',
    { config: reading, schema: { summary: 'Card part and fees of one purchase, by the rows of a day', tags, querystring: CostsQuery, response: { 200: Costs } } }, // prettier-ignore
    async ({ query: { voucherRials, cardRials, guild, day = tehran(api.people().clock.now()).isoDate } }) => {
      const asked = { voucherRials: BigInt(voucherRials), cardRials: BigInt(cardRials), guild, day };
      return { day, ...(await costsOf(api.people().pool, asked)) };
    },
  );
  server.get(
    '/units',
    { schema: { summary: 'In which units of money amounts are read today', tags: ['session'], response: { 200: ReadingUnits } } }, // prettier-ignore
    async () => {
      const { pool, clock } = api.people();
      const day = tehran(clock.now()).isoDate;
      const units = (await readReading(pool))(day);
      return { day, units: units.map((unit) => ({ ...unit, stepRials: undefined, rials: String(unit.rials) })) };
    },
  );
}

function byDay(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: RulesByDayQuery }>(
    '/rules-by-day',
    { config: reading, schema: { summary: 'All rules that hold on a day, of programmes and of settlement, and what is other than on another day', tags, querystring: RulesByDayQuery, response: { 200: RulesByDay } } }, // prettier-ignore
    async ({ query: { day: asked, against = null } }) => {
      const { pool, clock } = api.people();
      const today = tehran(clock.now()).isoDate;
      const day = asked ?? today;
      const kept = await rulesKept(pool);
      const holds = holdingsOn(kept, day);
      const changes = against === null ? [] : changesBetween(holdingsOn(kept, against), holds);
      return { today, day, holds, against, changes };
    },
  );
}

function deciding(server: FastifyInstance, api: Api): void {
  server.post<{ Body: NewRulesBody }>(
    '/settlement-rules/proposals',
    { config: { permission: 'money:make' }, schema: { summary: 'Propose them; another person approves', tags, body: NewRulesBody, response: { 201: RulesProposalBody } } }, // prettier-ignore
    (request, reply) => {
      const { rules, digest, reason } = request.body;
      return api.change(request, reply, reason, async ({ db, signed, by, now }): Promise<Changed> => {
        demandSense(rules);
        if (digest !== undefined && digestOf(await showRules(db)) !== digest)
          throw new GatewayError('rules.stale', 'The rules are others by now: read them again, and propose anew.');
        const proposed = await proposeRules(db, rules, { reason, by: signed.actor.name, now });
        await audit(db, by, { act: 'rules.proposed', object: `settlement-proposal:${proposed.id}` });
        return { status: 201, body: proposed };
      });
    },
  );
  for (const [path, verdict, summary] of [
    ['approval', 'approved', 'Approve them, as a second person'],
    ['rejection', 'rejected', 'Reject what was proposed'],
  ] as const)
    server.post<{ Params: IdParams; Body: NoteBody }>(
      `/settlement-rules/proposals/:id/${path}`,
      { config: { permission: 'money:approve' }, schema: { summary, tags, params: IdParams, body: NoteBody, response: { 200: RulesProposalBody } } }, // prettier-ignore
      (request, reply) => {
        const { note } = request.body;
        return api.change(request, reply, note, async ({ db, signed, by, now }): Promise<Changed> => {
          const decided = await decideRules(db, request.params.id, { verdict, by: signed.actor.name, note, now });
          await audit(db, by, { act: `rules.${verdict}`, object: `settlement-proposal:${decided.id}` });
          return { status: 200, body: decided };
        });
      },
    );
}
