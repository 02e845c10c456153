import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toJalali } from '../../../field/jalali.ts';
import { GatewayError } from '../../../ops/errors.ts';
import {
  capturedFrames,
  codeWords,
  listTransactions,
  opaqueId,
  panIn,
  readFacts,
  refOf,
  search,
  timelineOf,
  type Facts,
  type Step,
  type Timeline,
  type TransactionPlace,
  type TransactionRow,
  type Waiting,
} from '../../../timeline/index.ts';
import type { Api } from '../api.ts';
import { cursorAfter, idAfter } from '../change.ts';
import { isFile, money, sendExport, text, type Column } from '../export.ts';
import {
  SearchBody,
  SearchQuery,
  SearchResult,
  TimelineBody,
  TransactionBody,
  TransactionPage,
  TransactionParams,
  TransactionQuery,
} from '../transaction-schemas.ts';

const tags = ['transactions'];
const reading = { permission: 'money:read' as const };

/** Transactions, the road of each, and search (docs/api.md). */
export function transactionRoutes(server: FastifyInstance, api: Api, data: string | undefined): void {
  listRoute(server, api);
  oneRoutes(server, api, data);
  searchRoutes(server, api);
}

function listRoute(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: TransactionQuery }>(
    '/transactions',
    { config: reading, schema: { summary: 'Transactions, the newest first', tags, querystring: TransactionQuery, response: { 200: TransactionPage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format, ...filter } = request.query;
      const { pool } = api.people();
      const page = (after: TransactionPlace | undefined, most: number) =>
        listTransactions(pool, filter, { after, limit: most });
      if (isFile(format))
        return sendExport(api, request, reply, format, { name: 'transactions', columns: COLUMNS, page });
      const { rows, next } = await page(placeOf(cursor), limit);
      return {
        items: rows.map(shown),
        next: next === undefined ? null : cursorAfter(`${next.day}${next.id === undefined ? '' : ` ${next.id}`}`),
      };
    },
  );
}

function placeOf(cursor: string | undefined): TransactionPlace | undefined {
  const found = idAfter(cursor, '\\d{4}-\\d{2}-\\d{2}(?: \\d{1,18})?');
  if (found === undefined) return undefined;
  const [day = '', id] = found.split(' ');
  return { day, ...(id === undefined ? {} : { id }) };
}

const COLUMNS: readonly Column<TransactionRow>[] = [
  text('day', 'روز کاری', 'Business day', 12),
  { title: { fa: 'روز کاری (شمسی)', en: 'Business day (Jalali)' }, width: 12, of: ({ day }) => toJalali(day) },
  { title: { fa: 'زمان', en: 'At' }, width: 24, of: ({ at }) => new Date(at).toISOString() },
  text('kind', 'نوع', 'Kind', 10),
  text('state', 'وضعیت', 'State', 10),
  text('terminal', 'پایانه', 'Terminal', 10),
  text('merchant', 'پذیرنده', 'Merchant', 17),
  text('shop', 'فروشگاه', 'Shop', 24),
  text('card', 'کارت', 'Card', 18),
  text('rrn', 'شمارهٔ مرجع', 'RRN', 14),
  text('stan', 'شمارهٔ پیگیری', 'STAN', 8),
  text('code', 'کد پاسخ', 'Code', 6),
  {
    title: { fa: 'معنی کد', en: 'Meaning' },
    width: 32,
    of: ({ code, reason }, language) => codeWords(code, reason)?.[language],
  },
  money('total', 'مبلغ (ریال)', 'Total (rials)'),
  money('voucher', 'کالابرگ (ریال)', 'Voucher (rials)'),
  money('cardPart', 'کارت (ریال)', 'Card (rials)'),
  money('cash', 'نقد (ریال)', 'Cash (rials)'),
  money('givenBack', 'برگشتی (ریال)', 'Given back (rials)'),
];

const iso = (ms: number): string => new Date(ms).toISOString();

function shown(row: TransactionRow): object {
  const { day, at, code, reason, total, voucher, cardPart, cash, givenBack } = row;
  return {
    id: opaqueId(row),
    businessDay: day,
    businessDayJalali: toJalali(day),
    at: iso(at),
    kind: row.kind,
    state: row.state,
    terminal: row.terminal,
    merchant: row.merchant,
    shop: row.shop,
    card: row.card,
    rrn: row.rrn,
    stan: row.stan,
    code,
    reason,
    codeWords: codeWords(code, reason),
    totalRials: total,
    voucherRials: voucher,
    cardRials: cardPart,
    cashRials: cash,
    givenBackRials: givenBack,
    currency: 'IRR',
  };
}

function oneRoutes(server: FastifyInstance, api: Api, data: string | undefined): void {
  const factsOf = async (id: string): Promise<Facts> => {
    const { pool, clock } = api.people();
    const ref = refOf(id);
    const facts = ref === undefined ? undefined : await readFacts(pool, ref, clock.now());
    if (facts === undefined) throw new GatewayError('api.unknown', 'There is no such transaction.');
    return facts;
  };
  server.get<{ Params: TransactionParams }>(
    '/transactions/:id',
    { config: reading, schema: { summary: 'One transaction', tags, params: TransactionParams, response: { 200: TransactionBody } } }, // prettier-ignore
    async ({ params }) => whole(await factsOf(params.id)),
  );
  server.get<{ Params: TransactionParams }>(
    '/transactions/:id/timeline',
    { config: reading, schema: { summary: 'Its road from the bytes to the shop’s Sheba; why it was not paid, why it was charged', tags, params: TransactionParams, response: { 200: TimelineBody } } }, // prettier-ignore
    async ({ params }) => {
      const facts = await factsOf(params.id);
      const captured = await capturedFrames(data, facts.row);
      return road(facts, timelineOf(facts, captured, api.people().clock.now()));
    },
  );
}

function whole({ row, original, related }: Facts): object {
  return {
    ...shown(row),
    household: row.household === '' ? null : row.household,
    authCode: row.authCode,
    localDate: row.localDate,
    localTime: row.localTime,
    creditLeftRials: row.left,
    feeRials: row.fee,
    quoteRef: row.quoteRef,
    original: original === undefined ? null : relation(original),
    related: related.map(relation),
  };
}

function relation(each: Pick<TransactionRow, 'household' | 'id' | 'day' | 'kind' | 'state' | 'at' | 'total'>): object {
  return { id: opaqueId(each), kind: each.kind, state: each.state, at: iso(each.at), rials: each.total };
}

function road({ row }: Facts, { steps, waiting, answer }: Timeline): object {
  const said = (each: Timeline['answer']['paid']): object => ({
    ...each,
    ...(each.waiting === undefined ? {} : { waiting: waitingOf(each.waiting) }),
  });
  return {
    transaction: shown(row),
    steps: steps.map(stepOf),
    waiting: waiting === undefined ? null : waitingOf(waiting),
    answer: { paid: said(answer.paid), charged: said(answer.charged) },
  };
}

function stepOf({ at, waiting, ...rest }: Step): object {
  return {
    ...rest,
    at: at === null ? null : iso(at),
    ...(waiting === undefined ? {} : { waiting: waitingOf(waiting) }),
  };
}

function waitingOf({ since, until, ...rest }: Waiting): object {
  return { ...rest, since: iso(since), ...(until === undefined ? {} : { until: iso(until) }) };
}

/** A whole PAN comes in a body: an address is kept by browsers, proxies and their logs. It is hashed here, and goes no further. */
function searchRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: SearchQuery }>(
    '/search',
    { config: reading, schema: { summary: 'By RRN, STAN, terminal, card (603799*0078), order, file, receipt, complaint, case, shop', tags, querystring: SearchQuery, response: { 200: SearchResult } } }, // prettier-ignore
    ({ query: { q } }) => {
      if (panIn(q) !== undefined)
        throw new GatewayError('search.pan', 'A whole card number does not belong in an address: POST /api/v1/search.');
      return searched(api, q);
    },
  );
  server.post<{ Body: SearchBody }>(
    '/search',
    { config: reading, schema: { summary: 'The same, and by a whole card number', tags, body: SearchBody, response: { 200: SearchResult } } }, // prettier-ignore
    (request: FastifyRequest<{ Body: SearchBody }>, reply: FastifyReply) =>
      searched(api, request.body.q).then((found) => reply.send(found)),
  );
}

async function searched(api: Api, q: string): Promise<object> {
  const pan = panIn(q);
  const { read, hits, more } = await search(api.people().pool, q, pan === undefined ? undefined : api.hashPan(pan));
  return { read, more, hits: hits.map(({ at, ...hit }) => ({ ...hit, ...(at === undefined ? {} : { at: iso(at) }) })) };
}
