import type { FastifyInstance } from 'fastify';
import { wordsOf } from '../../../handlers/screen-text.ts';
import {
  chargesOf,
  findHouseholds,
  listMoves,
  listWindows,
  purchasesOf,
  rationsOf,
  reasonOf,
  showCredit,
  showProgrammes,
  whatIf,
} from '../../../ledger/index.ts';
import { tehran } from '../../../ops/clock.ts';
import { transaction } from '../../../ops/database.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { audit } from '../../../people/index.ts';
import type { Api } from '../api.ts';
import { cursorAfter, idAfter } from '../change.ts';
import {
  HouseholdList,
  HouseholdParams,
  HouseholdPurchasePage,
  HouseholdQuery,
  HouseholdSeen,
  ProgrammeList,
  WhatIfAnswer,
  WhatIfBody,
} from '../household-schemas.ts';
import { PageQuery } from '../schemas.ts';

const tags = ['households'];
const reading = { permission: 'households:read' as const };
const MOST_FOUND = 20;
const MOST_MOVES = 10;

/** What households have, and what they would get. Nobody's name is here; each look at one stands in the audit. */
export function householdRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: HouseholdQuery }>(
    '/households',
    { config: reading, schema: { summary: 'By number, or by a card as a receipt shows it', tags, querystring: HouseholdQuery, response: { 200: HouseholdList } } }, // prettier-ignore
    async ({ query: { household, card } }) => {
      const masked = card === undefined ? undefined : starred(card);
      return { items: await findHouseholds(api.people().pool, { household, masked, limit: MOST_FOUND }) };
    },
  );
  server.get<{ Params: HouseholdParams }>(
    '/households/:household',
    { config: reading, schema: { summary: 'Credit and its ends, rations, charges: the reading is audited', tags, params: HouseholdParams, response: { 200: HouseholdSeen } } }, // prettier-ignore
    async (request) => {
      const { household } = request.params;
      const { pool } = api.people();
      const [[about], credit] = await Promise.all([
        findHouseholds(pool, { household, limit: 1 }),
        showCredit(pool, household),
      ]);
      if (about === undefined || credit === undefined) throw unknown(household);
      await transaction(pool, (db) => audit(db, api.byOf(request), { act: 'household.read', object: `household:${household}` }));
      const { outlook } = credit;
      const { asOf } = outlook;
      const buckets = credit.buckets.map((bucket) => ({ ...bucket, open: bucket.validFrom <= asOf && bucket.validTo >= asOf }));
      return {
        ...about,
        currency: 'IRR',
        credit: { query: 'ledger.buckets', leftRials: String(outlook.leftRials), endsOn: outlook.ends ?? null },
        buckets: buckets.map(textual),
        rations: await rationsOf(pool, household, asOf),
        charges: await chargesOf(pool, household),
        nextCharge: outlook.nextCharge ?? null,
        months: outlook.months.map((month) => ({ ...month, due: month.due ?? null })),
        moves: await listMoves(pool, { household, limit: MOST_MOVES }),
      };
    },
  ); // prettier-ignore
  server.get<{ Params: HouseholdParams; Querystring: PageQuery }>(
    '/households/:household/transactions',
    { config: reading, schema: { summary: 'What was asked for with its cards, the newest first', tags, params: HouseholdParams, querystring: PageQuery, response: { 200: HouseholdPurchasePage } } }, // prettier-ignore
    async (request) => {
      const { household } = request.params;
      const { limit, cursor } = request.query;
      const { pool } = api.people();
      const [about] = await findHouseholds(pool, { household, limit: 1 });
      if (about === undefined) throw unknown(household);
      await transaction(pool, (db) => audit(db, api.byOf(request), { act: 'household.read', object: `household:${household}` })); // prettier-ignore
      const found = await purchasesOf(pool, household, { before: idAfter(cursor), limit: limit + 1 });
      const items = found.slice(0, limit).map((each) => ({ ...each, text: wordsOf(each.rc ?? '09') }));
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  );
  programmes(server, api);
}

function programmes(server: FastifyInstance, api: Api): void {
  server.get(
    '/programmes',
    { config: { permission: 'rules:read' }, schema: { summary: 'Programmes, their rules by date, and ends of credit that were moved', tags, response: { 200: ProgrammeList } } }, // prettier-ignore
    async () => {
      const { pool, clock } = api.people();
      const today = tehran(clock.now()).isoDate;
      const { programmes: all, guilds = {} } = await showProgrammes(pool);
      const newest = <Row extends { readonly from: string }>(rows: readonly Row[]): Row | null =>
        rows.filter(({ from }) => from <= today).at(-1) ?? null;
      const items = all.map(({ programme, rules = [], charges = [], entitlements = [], baskets = [] }) => {
        const inForce = { rules: newest(rules), charges: newest(charges) };
        return { programme, inForce, rules, charges, entitlements, baskets };
      });
      return { today, items, windows: await listWindows(pool), guilds };
    },
  );
  server.post<{ Body: WhatIfBody }>(
    '/programmes/what-if',
    { config: reading, schema: { summary: 'What a purchase would come to, by the ledger’s own function; nothing is kept', tags, body: WhatIfBody, response: { 200: WhatIfAnswer } } }, // prettier-ignore
    async (request) => {
      const { household, totalRials, rest, basket, terminal, guild, day } = request.body;
      const { pool, clock } = api.people();
      const lines = basket?.map((line) => ({ ...line, unit: line.unit as '00', amountRials: BigInt(line.amountRials) }));
      const wanted = { household, totalRials: BigInt(totalRials), rest: rest as 'card' | 'cash', basket: lines, terminal, guild, day };
      const verdict = await whatIf(pool, wanted, clock.now());
      await transaction(pool, (db) => audit(db, api.byOf(request), { act: 'household.asked', object: `household:${household}` }));
      return { currency: 'IRR', ...textual(verdict), good: verdict.good ?? null, lines: verdict.lines.map(textual), text: verdict.reason.startsWith('goods.') ? reasonOf(verdict.reason) : wordsOf(verdict.rc) };
    },
  ); // prettier-ignore
}

function unknown(household: string): GatewayError {
  return new GatewayError('household.unknown', `There is no household ${household}.`);
}

/** Rials are text in JSON. */
function textual(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? value.toString() : (value as unknown)]),
  );
} // prettier-ignore

/** `603799*0078`, as many stars as were typed: of a card of 16 digits six. */
function starred(card: string): string {
  const stars = card.length - 10;
  return `${card.slice(0, 6)}${'*'.repeat(stars === 1 ? 6 : stars)}${card.slice(-4)}`;
}
