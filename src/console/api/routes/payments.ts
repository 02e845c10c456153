import type { FastifyInstance } from 'fastify';
import { toJalali } from '../../../field/jalali.ts';
import { transaction } from '../../../ops/database.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { audit } from '../../../people/index.ts';
import { closeLeftover, listLeftovers, type Leftover } from '../../../settlement/answers/index.ts';
import {
  answerFiles,
  boardFiles,
  fileLines,
  type AnswerFile,
  type FileLine,
  type FileOnBoard,
} from '../../../settlement/board/index.ts';
import {
  blockedCarries,
  decideUnblockIn,
  holdOrderIn,
  proposeUnblockIn,
  sayArrivedIn,
  saySendAgainIn,
} from '../../../settlement/clearing/index.ts';
import { maskedSheba } from '../../../timeline/index.ts';
import type { Api } from '../api.ts';
import { answerRead, cursorAfter, idAfter, versionSeen } from '../change.ts';
import { MerchantParams } from '../shop-schemas.ts';
import { isFile, money, sendExport, text, type Column } from '../export.ts';
import { acting, actOnMoney, demandVersion } from '../money.ts';
import { IdParams } from '../schemas.ts';
import {
  AnswerPage,
  AnswersQuery,
  CarryPage,
  CarryQuery,
  DeliveryBody,
  FileLinePage,
  FileParams,
  FileQuery,
  LeftoverBody,
  LeftoverPage,
  LeftoverQuery,
  LinesQuery,
  NoteBody,
  OrderHeld,
  OrderParams,
  PaymentFileBody,
  PaymentFilePage,
  ShebaBody,
  UnblockBody,
  Unblocked,
  VerdictBody,
  WhyBody,
} from '../settlement-schemas.ts';

const tags = ['settlement'];
const reading = { permission: 'money:read' as const };

/** Payment files with their orders, what banks answered, and what people do about them (docs/settlement.md). */
export function paymentRoutes(server: FastifyInstance, api: Api): void {
  fileRoutes(server, api);
  orderRoutes(server, api);
  answerRoutes(server, api);
  carryRoutes(server, api);
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const FILE_COLUMNS: readonly Column<FileOnBoard>[] = [
  text('id', 'شناسهٔ فایل', 'MsgId', 38),
  text('day', 'روز کاری', 'Business day', 12),
  text('rail', 'سامانه', 'Rail', 8),
  text('state', 'وضعیت', 'State', 12),
  { title: { fa: 'حواله‌ها', en: 'Orders' }, of: ({ orders }) => BigInt(orders) },
  money('rials', 'مبلغ (ریال)', 'Rials'),
  text('payOn', 'روز پرداخت', 'Pay on', 12),
  text('cycle', 'چرخه', 'Cycle', 8),
  text('maker', 'سازنده', 'Maker'),
  text('checker', 'آزادکننده', 'Checker'),
  {
    title: { fa: 'رسیدن به بانک', en: 'Delivered' },
    width: 24,
    of: ({ deliveredAt }) => iso(deliveredAt) ?? undefined,
  },
  text('sha256', 'SHA-256', 'SHA-256', 66),
];

const LINE_COLUMNS: readonly Column<FileLine>[] = [
  text('position', 'ردیف', 'Position', 8),
  text('id', 'شناسهٔ حواله', 'InstrId', 20),
  text('merchant', 'پذیرنده', 'Merchant', 17),
  text('name', 'نام', 'Name', 30),
  { title: { fa: 'شبا', en: 'Sheba' }, width: 16, of: ({ sheba }) => maskedSheba(sheba) },
  money('rials', 'مبلغ (ریال)', 'Rials'),
  text('state', 'وضعیت', 'State', 10),
  text('reason', 'علت', 'Reason', 24),
  { title: { fa: 'از', en: 'Since' }, width: 24, of: ({ changedAt }) => changedAt.toISOString() },
];

function shownFile(file: FileOnBoard): object {
  const { id, day, rail, orders, rials, payOn, cycle, sha256, bytes, state, maker, checker, againBy, version } = file;
  return {
    ...{
      id,
      businessDay: day,
      businessDayJalali: toJalali(day),
      rail,
      orders,
      rials,
      currency: 'IRR',
      query: 'files-of-day',
    },
    ...{ payOn, cycle, sha256, bytes, state, maker, checker, againBy, version },
    writtenAt: iso(file.writtenAt),
    releasedAt: iso(file.releasedAt),
    leavingAt: iso(file.leavingAt),
    deliveredAt: iso(file.deliveredAt),
  };
}

function fileRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: FileQuery }>(
    '/payment-files',
    { config: reading, schema: { summary: 'Payment files, the newest first', tags, querystring: FileQuery, response: { 200: PaymentFilePage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format, day, state } = request.query;
      const { pool } = api.people();
      const page = async (after: { day: string; id: string } | undefined, most: number) => {
        const found = await boardFiles(pool, { after, day, state, limit: most + 1 });
        const rows = found.slice(0, most);
        const last = rows.at(-1);
        return { rows, next: found.length > most && last !== undefined ? { day: last.day, id: last.id } : undefined };
      };
      if (isFile(format))
        return sendExport(api, request, reply, format, { name: 'payment-files', columns: FILE_COLUMNS, page });
      const place = idAfter(cursor, '\\d{4}-\\d{2}-\\d{2} [A-Z0-9]{1,35}')?.split(' ');
      const { rows, next } = await page(
        place === undefined ? undefined : { day: place[0] ?? '', id: place[1] ?? '' },
        limit,
      );
      return { items: rows.map(shownFile), next: next === undefined ? null : cursorAfter(`${next.day} ${next.id}`) };
    },
  );
  server.get<{ Params: FileParams }>(
    '/payment-files/:id',
    { config: reading, schema: { summary: 'One payment file', tags, params: FileParams, response: { 200: PaymentFileBody } } }, // prettier-ignore
    async (request, reply) => {
      const file = await oneFile(api, request.params.id);
      return answerRead(request, reply, { ...shownFile(file), receipt: file.receipt }, file.version);
    },
  );
  server.get<{ Params: FileParams; Querystring: LinesQuery }>(
    '/payment-files/:id/lines',
    { config: reading, schema: { summary: 'Its lines by their position', tags, params: FileParams, querystring: LinesQuery, response: { 200: FileLinePage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format, state } = request.query;
      const { id } = await oneFile(api, request.params.id);
      const { pool } = api.people();
      const page = async (after: number | undefined, most: number) => {
        const found = await fileLines(pool, id, { after: after ?? 0, limit: most + 1, state });
        const rows = found.slice(0, most);
        return { rows, next: found.length > most ? rows.at(-1)?.position : undefined };
      };
      if (isFile(format))
        return sendExport(api, request, reply, format, { name: `payment-file-${id}`, columns: LINE_COLUMNS, page });
      const { rows, next } = await page(Number(idAfter(cursor, '\\d{1,9}') ?? 0), limit);
      const items = rows.map(({ sheba, changedAt, ...line }) => ({
        ...line,
        sheba: maskedSheba(sheba),
        changedAt: changedAt.toISOString(),
      }));
      return { items, next: next === undefined ? null : cursorAfter(String(next)) };
    },
  );
  server.post<{ Params: FileParams; Body: DeliveryBody }>(
    '/payment-files/:id/delivery',
    acting('money:stop', 'A file that may have reached the bank or not: what the bank says. That it did not arrive wants two persons', tags, { params: FileParams, body: DeliveryBody, response: { 200: PaymentFileBody } }), // prettier-ignore
    (request, reply) => {
      const seen = versionSeen(request);
      const { id } = request.params;
      const { said, reason } = request.body;
      return actOnMoney(api, request, reply, {
        reason,
        work: async ({ db, by }) => {
          const word = { by: by.actor.name, reason };
          demandVersion(seen, (await oneFile(api, id, db)).version);
          await (said === 'arrived' ? sayArrivedIn(db, id, word) : saySendAgainIn(db, id, word));
          const file = await oneFile(api, id, db);
          return { status: 200, body: { ...shownFile(file), receipt: file.receipt }, version: file.version };
        },
      });
    },
  );
}

async function oneFile(
  api: Api,
  id: string,
  db: Parameters<typeof boardFiles>[0] = api.people().pool,
): Promise<FileOnBoard> {
  const [file] = await boardFiles(db, { id, limit: 1 });
  if (file === undefined) throw new GatewayError('api.unknown', 'There is no such payment file.');
  return file;
}

function orderRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Params: OrderParams }>(
    '/payment-orders/:id/sheba',
    { config: reading, schema: { summary: 'The whole Sheba of an order: the reading is audited', tags, params: OrderParams, response: { 200: ShebaBody } } }, // prettier-ignore
    async (request) => {
      const { id } = request.params;
      return transaction(api.people().pool, async (db) => {
        const { rows } = await db.query<{ sheba: string; name: string }>('select sheba, name from payment_orders where instruction_id = $1', [id]); // prettier-ignore
        const [order] = rows;
        if (order === undefined) throw new GatewayError('api.unknown', 'There is no such order.');
        await audit(db, api.byOf(request), { act: 'sheba.read', object: `order:${id}` });
        return { id, ...order };
      });
    },
  );
  server.post<{ Params: OrderParams; Body: WhyBody }>(
    '/payment-orders/:id/hold',
    acting('money:stop', 'Keep one order from leaving: its file is made again without it. Whoever stops rests on nothing that was read', tags, { params: OrderParams, body: WhyBody, response: { 200: OrderHeld } }), // prettier-ignore
    (request, reply) => {
      const { reason } = request.body;
      return actOnMoney(api, request, reply, {
        reason,
        work: async ({ db, by }) => {
          const held = await holdOrderIn(db, request.params.id, { by: by.actor.name, reason });
          const { instructionId: order, merchant, day, rials } = held;
          return {
            status: 200,
            body: { order, merchant, businessDay: day, rials: String(rials), currency: 'IRR', state: 'held' },
          };
        },
      });
    },
  );
}

const ANSWER_COLUMNS: readonly Column<AnswerFile>[] = [
  text('name', 'فایل', 'File', 40),
  text('kind', 'نوع', 'Kind', 10),
  text('identity', 'شناسه', 'Identity', 50),
  text('lines', 'سطرها', 'Lines', 8),
  { title: { fa: 'زمان', en: 'Taken at' }, width: 24, of: ({ takenAt }) => takenAt.toISOString() },
  text('leftovers', 'باقی‌مانده', 'Leftovers', 10),
  text('openLeftovers', 'باقی‌ماندهٔ باز', 'Open leftovers', 10),
];

const LEFTOVER_COLUMNS: readonly Column<Leftover>[] = [
  text('id', 'شماره', 'Number', 8),
  text('bookedOn', 'تاریخ ثبت', 'Booked on', 12),
  text('direction', 'سمت', 'Direction', 8),
  money('rials', 'مبلغ (ریال)', 'Rials'),
  text('shown', 'شرح', 'What stands there', 60),
  text('reason', 'علت', 'Why', 40),
  text('file', 'فایل', 'File', 30),
  text('line', 'سطر', 'Line', 8),
  text('closedBy', 'بسته‌شده به‌دست', 'Closed by'),
  text('note', 'توضیح', 'Note', 40),
];

function answerRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: AnswersQuery }>(
    '/bank-answers',
    { config: reading, schema: { summary: 'Files in which banks answered, the newest first', tags, querystring: AnswersQuery, response: { 200: AnswerPage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format } = request.query;
      const { pool } = api.people();
      const page = async (after: { at: string; id: string } | undefined, most: number) => {
        const found = await answerFiles(pool, { after, limit: most + 1 });
        const rows = found.slice(0, most);
        const last = rows.at(-1);
        return { rows, next: found.length > most && last !== undefined ? { at: last.place, id: last.id } : undefined };
      };
      if (isFile(format))
        return sendExport(api, request, reply, format, { name: 'bank-answers', columns: ANSWER_COLUMNS, page });
      const place = idAfter(cursor, '\\d{1,20} [0-9a-f]{64}')?.split(' ');
      const { rows, next } = await page(
        place === undefined ? undefined : { at: place[0] ?? '', id: place[1] ?? '' },
        limit,
      );
      return {
        items: rows.map(({ takenAt, ...answer }) => ({ ...answer, takenAt: takenAt.toISOString() })),
        next: next === undefined ? null : cursorAfter(`${next.at} ${next.id}`),
      };
    },
  );
  server.get<{ Querystring: LeftoverQuery }>(
    '/bank-answers/leftovers',
    { config: reading, schema: { summary: 'What banks booked or said that names no order of ours, the oldest first', tags, querystring: LeftoverQuery, response: { 200: LeftoverPage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format, state } = request.query;
      const { pool } = api.people();
      const page = async (after: string | undefined, most: number) => {
        const found = await listLeftovers(pool, state === 'all', { after, limit: most + 1 });
        const rows = found.slice(0, most);
        return { rows, next: found.length > most ? rows.at(-1)?.id : undefined };
      };
      if (isFile(format))
        return sendExport(api, request, reply, format, { name: 'leftovers', columns: LEFTOVER_COLUMNS, page });
      const { rows, next } = await page(idAfter(cursor), limit);
      return { items: rows, next: next === undefined ? null : cursorAfter(next) };
    },
  );
  server.get<{ Params: IdParams }>(
    '/bank-answers/leftovers/:id',
    { config: reading, schema: { summary: 'One of them', tags, params: IdParams, response: { 200: LeftoverBody } } },
    async (request, reply) => {
      const found = await oneLeftover(api, request.params.id);
      return answerRead(request, reply, found, found.version);
    },
  );
  server.post<{ Params: IdParams; Body: NoteBody }>(
    '/bank-answers/leftovers/:id/close',
    acting('money:stop', 'Say what it is', tags, { params: IdParams, body: NoteBody, response: { 200: LeftoverBody } }),
    (request, reply) => {
      const seen = versionSeen(request);
      const { note } = request.body;
      const { id } = request.params;
      return actOnMoney(api, request, reply, {
        work: async ({ db, by }) => {
          await db.query('select 1 from bank_leftovers where leftover_id = $1 for update', [id]);
          demandVersion(seen, (await oneLeftover(api, id, db)).version);
          await closeLeftover(db, id, by.actor.name, note);
          const found = await oneLeftover(api, id, db);
          return { status: 200, body: found, version: found.version };
        },
      });
    },
  );
}

async function oneLeftover(
  api: Api,
  id: string,
  db: Parameters<typeof listLeftovers>[0] = api.people().pool,
): Promise<Leftover> {
  const [found] = await listLeftovers(db, true, { id, limit: 1 });
  if (found === undefined) throw new GatewayError('api.unknown', 'There is no such leftover.');
  return found;
}

interface ShownCarry {
  readonly merchant: string;
  readonly businessDay: string;
  readonly rials: string;
  readonly reason: string;
  readonly refusedSheba: string;
  readonly sheba: string;
  readonly proposedBy: string | null;
}

const CARRY_COLUMNS: readonly Column<ShownCarry>[] = [
  text('merchant', 'پذیرنده', 'Merchant', 17),
  text('businessDay', 'روز کاری', 'Business day', 12),
  money('rials', 'مبلغ (ریال)', 'Rials'),
  text('reason', 'علت', 'Reason', 40),
  text('refusedSheba', 'شبای ردشده', 'Refused Sheba'),
  text('sheba', 'شبای کنونی', 'Sheba now'),
  text('proposedBy', 'پیشنهاددهنده', 'Proposed by'),
];

/** What came back because of a Sheba, and waits: one person says that it may go on, another approves (settlement/clearing/unblock.ts). */
function carryRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: CarryQuery }>(
    '/blocked-carries',
    { config: reading, schema: { summary: 'What came back from the bank and waits for a right Sheba and two persons; at most 1,000', tags, querystring: CarryQuery, response: { 200: CarryPage } } }, // prettier-ignore
    async (request, reply) => {
      const found = await blockedCarries(api.people().pool);
      const rows = found.map(({ carryId, day, refusedSheba, sheba, ...each }) => ({
        ...each,
        carry: carryId,
        businessDay: day,
        currency: 'IRR',
        refusedSheba: maskedSheba(refusedSheba),
        sheba: maskedSheba(sheba),
      }));
      const { format } = request.query;
      const page = () => Promise.resolve({ rows, next: undefined });
      if (isFile(format))
        return sendExport(api, request, reply, format, { name: 'blocked-carries', columns: CARRY_COLUMNS, page });
      return { items: rows, next: null };
    },
  );
  server.post<{ Params: MerchantParams; Body: UnblockBody }>(
    '/shops/:merchant/unblock',
    acting('money:make', 'Say that what a shop has blocked may go to its Sheba as it is now', tags, { params: MerchantParams, body: UnblockBody, response: { 200: Unblocked } }), // prettier-ignore
    (request, reply) => {
      const { merchant } = request.params;
      const { reason, sameSheba } = request.body;
      return actOnMoney(api, request, reply, {
        reason,
        work: async ({ db, by }) => {
          const { count, rials } = await proposeUnblockIn(db, merchant, { reason, by: by.actor.name, sameSheba });
          return {
            status: 200,
            body: { merchant, carries: count, rials: String(rials), currency: 'IRR', state: 'proposed' },
          };
        },
      });
    },
  );
  server.post<{ Params: MerchantParams; Body: VerdictBody }>(
    '/shops/:merchant/unblock/decision',
    acting('money:approve', 'Another person approves what was proposed, or rejects it', tags, { params: MerchantParams, body: VerdictBody, response: { 200: Unblocked } }), // prettier-ignore
    (request, reply) => {
      const { merchant } = request.params;
      const state = request.body.verdict === 'approve' ? 'approved' : 'rejected';
      return actOnMoney(api, request, reply, {
        reason: request.body.reason,
        work: async ({ db, by }) => {
          const { count, rials } = await decideUnblockIn(db, merchant, state, by.actor.name);
          return { status: 200, body: { merchant, carries: count, rials: String(rials), currency: 'IRR', state } };
        },
      });
    },
  );
}
