import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PoolClient } from 'pg';
import { doubtBook, type Doubt, type DoubtBook, type DoubtKind } from '../../../handlers/bank/doubts.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { audit, demandLogin } from '../../../people/index.ts';
import type { Api } from '../api.ts';
import { answerRead, cursorAfter, idAfter, versionSeen, type ChangeContext } from '../change.ts';
import { isFile, sendExport, text, type Column } from '../export.ts';
import { acting, actOnMoney, demandVersion } from '../money.ts';
import { IdParams } from '../schemas.ts';
import { ActBody, DoubtBody, DoubtPage, DoubtQuery, NoteBody, OwnerBody } from '../settlement-schemas.ts';

const tags = ['bank'];
const reading = { permission: 'money:read' as const };

/** What we and the bank may see differently: reversals that it has not taken, or refused, and legs without an outcome (docs/operations.md). */
export function doubtRoutes(server: FastifyInstance, api: Api): void {
  readRoutes(server, api);
  act<ActBody>(server, api, ['retry', 'Send it now, even if the bank refused it', ActBody], {
    reasonOf: ({ reason }) => reason,
    work: async (book, id, _, { db, by, now }) => {
      await audit(db, by, { act: 'bank.doubt-retried', object: `advice:${id}` });
      return book.retry(id, now);
    },
  });
  act<OwnerBody>(server, api, ['owner', 'Take it over: the owner looks after it from now on', OwnerBody], {
    reasonOf: () => undefined,
    work: async (book, id, { owner, note }, { db, by }) => {
      await demandLogin(db, owner);
      await audit(db, by, {
        act: 'bank.doubt-owned',
        object: `advice:${id}`,
        after: { owner, ...(note === undefined ? {} : { note }) },
      });
      return book.own(id, owner, note);
    },
  });
  act<NoteBody>(
    server,
    api,
    ['resolution', 'End one that the bank refused for good, once it is settled with the bank', NoteBody],
    {
      reasonOf: ({ note }) => note,
      work: (book, id, { note }, { by }) => book.resolve(id, by.actor.name, note.slice(0, 500)),
    },
  );
}

const COLUMNS: readonly Column<Doubt>[] = [
  { title: { fa: 'شماره', en: 'Number' }, width: 10, of: ({ id }) => id },
  text('kind', 'نوع', 'Kind', 10),
  text('mti', 'MTI', 'MTI', 6),
  text('terminal', 'پایانه', 'Terminal', 10),
  text('rrn', 'شمارهٔ مرجع', 'RRN', 14),
  { title: { fa: 'مبلغ (ریال)', en: 'Rials' }, width: 18, of: ({ amountRials }) => amountRials },
  { title: { fa: 'از', en: 'Since' }, width: 24, of: ({ since }) => new Date(since).toISOString() },
  text('attempts', 'بار', 'Attempts', 8),
  { title: { fa: 'علت', en: 'Why' }, width: 40, of: ({ why }) => why },
  text('owner', 'مسئول', 'Owner'),
  { title: { fa: 'توضیح', en: 'Note' }, width: 40, of: ({ note }) => note },
];

function shown(doubt: Doubt): object {
  const {
    id = null,
    kind,
    mti,
    terminal,
    rrn,
    amountRials,
    since,
    attempts,
    why = null,
    nextAt,
    owner,
    note = null,
    version = null,
  } = doubt;
  return {
    ...{
      id,
      kind,
      mti,
      terminal,
      rrn,
      rials: String(amountRials),
      currency: 'IRR',
      attempts,
      why,
      owner,
      note,
      version,
    },
    since: new Date(since).toISOString(),
    nextAt: nextAt === undefined ? null : new Date(nextAt).toISOString(),
  };
}

function readRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: DoubtQuery }>(
    '/doubts',
    { config: reading, schema: { summary: 'What is in doubt with the bank, the oldest first', tags, querystring: DoubtQuery, response: { 200: DoubtPage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format, kind, owner } = request.query;
      const book = doubtBook(api.people().pool);
      const page = async (after: string | undefined, most: number) => {
        const found = await book.list(most + 1, { kind: kind as DoubtKind | undefined, owner, after });
        const rows = found.slice(0, most);
        return { rows, next: found.length > most ? rows.at(-1)?.place : undefined };
      };
      if (isFile(format)) return sendExport(api, request, reply, format, { name: 'doubts', columns: COLUMNS, page });
      const { rows, next } = await page(idAfter(cursor, '[0-9ah-]{1,60}'), limit);
      const counts = (await book.count()).map(({ oldest, ...each }) => ({
        ...each,
        oldest: new Date(oldest).toISOString(),
        query: 'doubts-by-kind',
      }));
      return { items: rows.map(shown), next: next === undefined ? null : cursorAfter(next), counts };
    },
  );
  server.get<{ Params: IdParams }>(
    '/doubts/:id',
    {
      config: reading,
      schema: { summary: 'One of them: an advice', tags, params: IdParams, response: { 200: DoubtBody } },
    },
    async (request, reply) => {
      const found = await oneDoubt(doubtBook(api.people().pool), request.params.id);
      return answerRead(request, reply, shown(found), found.version ?? 0);
    },
  );
}

async function oneDoubt(book: DoubtBook, id: string): Promise<Doubt> {
  const [found] = await book.list(1, { id });
  if (found === undefined) throw new GatewayError('api.unknown', 'That is in doubt no more.');
  return found;
}

interface DoubtAct<Body> {
  readonly reasonOf: (body: Body) => string | undefined;
  /** @returns false: not as it stands */
  readonly work: (book: DoubtBook, id: string, body: Body, context: ChangeContext) => Promise<boolean>;
}

function act<Body>(
  server: FastifyInstance,
  api: Api,
  [path, summary, schema]: readonly [string, string, object],
  { reasonOf, work }: DoubtAct<Body>,
): void {
  server.post<{ Params: IdParams }>(
    `/doubts/:id/${path}`,
    acting('bank:change', summary, tags, { params: IdParams, body: schema, response: { 200: DoubtBody } }),
    (request: FastifyRequest<{ Params: IdParams }>, reply: FastifyReply) => {
      const seen = versionSeen(request);
      const { id } = request.params;
      const body = request.body as Body;
      return actOnMoney(api, request, reply, {
        reason: reasonOf(body),
        work: async (context) => {
          await lock(context.db, id);
          const book = doubtBook(context.db);
          const before = await oneDoubt(book, id);
          demandVersion(seen, before.version ?? 0);
          if (!(await work(book, id, body, context)))
            throw new GatewayError('bank.advice', `Doubt ${id} is ${before.kind}: that is not possible as it stands.`);
          const [after] = await book.list(1, { id });
          const found = after ?? before; // it is in doubt no more
          return { status: 200, body: shown(found), version: found.version ?? 0 };
        },
      });
    },
  );
}

async function lock(db: PoolClient, id: string): Promise<void> {
  await db.query('select 1 from bank_advices where advice_id = $1 for update', [id]);
}
