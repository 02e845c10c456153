import type { FastifyInstance } from 'fastify';
import { isDay } from '../../../field/jalali.ts';
import { lift } from '../../../handlers/guard/index.ts';
import { GatewayError } from '../../../ops/errors.ts';
import {
  blockTerminal,
  changeTerminal,
  endTerminal,
  listTerminals,
  movesOf,
  moveTerminal,
  nameActor,
  registerTerminal,
  terminalOf,
  type Terminal,
  type TerminalState,
  type Verdict,
} from '../../../terminals/index.ts';
import type { Api } from '../api.ts';
import { answerRead, cursorAfter, idAfter, versionSeen, type ChangeContext, type Changed } from '../change.ts';
import { TerminalParams } from '../enrolment-schemas.ts';
import { isFile, sendExport, text, type Column } from '../export.ts';
import {
  MoveBody,
  NewTerminalBody,
  TerminalBody,
  TerminalPage,
  TerminalPatch,
  TerminalQuery,
  TerminalRead,
  TerminalReason,
} from '../terminal-schemas.ts';

const tags = ['terminals'];
const reading = { permission: 'terminals:read' as const };
const changing = { permission: 'terminals:change' as const };

/** The registry of terminals (terminals.md 1). */
export function terminalRoutes(server: FastifyInstance, api: Api): void {
  readRoutes(server, api);
  changeRoutes(server, api);
  stopRoutes(server, api);
}

const COLUMNS: readonly Column<Terminal>[] = [
  text('terminal', 'پایانه', 'Terminal', 10),
  text('merchant', 'پذیرنده', 'Merchant', 17),
  text('state', 'وضعیت', 'State', 12),
  text('profile', 'نمایه', 'Profile'),
  text('model', 'مدل', 'Model'),
  text('serial', 'شمارهٔ سریال', 'Serial'),
  text('psp', 'شرکت پرداخت', 'PSP'),
  text('place', 'محل', 'Place', 30),
  text('software', 'نرم‌افزار', 'Software'),
  text('certification', 'گواهی فنی', 'Certification', 14),
  text('registeredAt', 'ثبت', 'Registered', 24),
  text('lastContactAt', 'آخرین تماس', 'Last contact', 24),
  text('certificateEnds', 'پایان گواهی', 'Certificate ends', 24),
];

function readRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: TerminalQuery }>(
    '/terminals',
    { config: reading, schema: { summary: 'Terminals by DE 41', tags, querystring: TerminalQuery, response: { 200: TerminalPage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format, state, certification, ...filter } = request.query;
      const wanted = { ...filter, state: state as TerminalState | undefined, certification: certification as Verdict | undefined }; // prettier-ignore
      const page = async (after: string | undefined, most: number) => {
        const found = await listTerminals(api.people().pool, { ...wanted, after, limit: most + 1 });
        const rows = found.slice(0, most);
        return { rows, next: found.length > most ? rows.at(-1)?.terminal : undefined };
      };
      if (isFile(format)) return sendExport(api, request, reply, format, { name: 'terminals', columns: COLUMNS, page });
      const { rows, next } = await page(idAfter(cursor, '[0-9A-Za-z]{8}'), limit);
      return { items: rows, next: next === undefined ? null : cursorAfter(next) };
    },
  );
  server.get<{ Params: TerminalParams }>(
    '/terminals/:terminal',
    { config: reading, schema: { summary: 'All that is known of a terminal', tags, params: TerminalParams, response: { 200: TerminalRead } } }, // prettier-ignore
    async (request, reply) => {
      const { pool } = api.people();
      const { terminal } = request.params;
      const found = await terminalOf(pool, terminal);
      return answerRead(request, reply, { ...found, moves: await movesOf(pool, terminal) }, found.version);
    },
  );
}

function changeRoutes(server: FastifyInstance, api: Api): void {
  server.post<{ Body: NewTerminalBody }>(
    '/terminals',
    { config: changing, schema: { summary: 'A new terminal at a shop', tags, body: NewTerminalBody, response: { 201: TerminalBody } } }, // prettier-ignore
    (request, reply) => {
      const { terminal, merchant, reason, ...about } = request.body;
      return api.change(request, reply, reason, async ({ db, by }) => ({
        ...answered(await registerTerminal(db, { terminal, merchant, about: about }, by)),
        status: 201,
      }));
    },
  );
  server.patch<{ Params: TerminalParams; Body: TerminalPatch }>(
    '/terminals/:terminal',
    { config: changing, schema: { summary: 'Serial, model, PSP, place, profile, key scheme', tags, params: TerminalParams, body: TerminalPatch, response: { 200: TerminalBody } } }, // prettier-ignore
    (request, reply) => {
      const { reason, ...about } = request.body;
      const { terminal } = request.params;
      const seen = versionSeen(request);
      return api.change(request, reply, reason, async ({ db, by }) =>
        answered(await changeTerminal(db, { terminal, about: about, seen }, by)),
      );
    },
  );
  server.post<{ Params: TerminalParams; Body: MoveBody }>(
    '/terminals/:terminal/move',
    { config: changing, schema: { summary: 'To another shop, today or from a later day on', tags, params: TerminalParams, body: MoveBody, response: { 200: TerminalBody } } }, // prettier-ignore
    (request, reply) => {
      const { merchant, onDay, reason } = request.body;
      const { terminal } = request.params;
      const seen = versionSeen(request);
      if (onDay !== undefined && !isDay(onDay)) throw new GatewayError('api.invalid', `${onDay} is no day.`);
      return api.change(request, reply, reason, async ({ db, by, now }) =>
        answered(await moveTerminal(db, { terminal, merchant, onDay, seen }, { ...by, reason }, now)),
      );
    },
  );
}

/** Whoever stops a terminal rests on nothing that was read: these take no If-Match. */
function stopRoutes(server: FastifyInstance, api: Api): void {
  type Act = (context: ChangeContext, terminal: string, reason: string) => Promise<Terminal>;
  const acts: readonly [string, string, Act][] = [
    ['block', 'It sells nothing; it may give back and advise', ({ db, by }, terminal, reason) => blockTerminal(db, terminal, { ...by, reason })], // prettier-ignore
    [
      'unblock',
      'It may sell again',
      async ({ db, by }, terminal, reason) => {
        await nameActor(db, { ...by, reason });
        await lift(db, terminal, by.actor.name, reason);
        return terminalOf(db, terminal);
      },
    ],
    ['lost', 'Stolen, or nobody knows where: cut off at once, for good', ({ db, by }, terminal, reason) => endTerminal(db, terminal, 'lost', { ...by, reason })], // prettier-ignore
    ['retire', 'Out of service for good', ({ db, by }, terminal, reason) => endTerminal(db, terminal, 'retired', { ...by, reason })], // prettier-ignore
  ];
  for (const [path, summary, act] of acts) {
    server.post<{ Params: TerminalParams; Body: TerminalReason }>(
      `/terminals/:terminal/${path}`,
      { config: changing, schema: { summary, tags, params: TerminalParams, body: TerminalReason, response: { 200: TerminalBody } } }, // prettier-ignore
      (request, reply) => {
        const { reason } = request.body;
        return api.change(request, reply, reason, async (context) =>
          answered(await act(context, request.params.terminal, reason)),
        );
      },
    );
  }
}

function answered(terminal: Terminal): Changed {
  return { status: 200, body: terminal, version: terminal.version };
}
