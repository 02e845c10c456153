import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import {
  beginRecording,
  Codecs,
  framesFrom,
  jsonLine,
  listRecordings,
  pairExchanges,
  readOrder,
  removeOrder,
  sanitiseCapture,
  type CapturedFrame,
} from '../../../capture/index.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { transaction } from '../../../ops/database.ts';
import { audit } from '../../../people/index.ts';
import { shownFrame } from '../../../timeline/index.ts';
import type { Api } from '../api.ts';
import { cursorAfter, idAfter, type Changed } from '../change.ts';
import {
  Frames,
  FramesQuery,
  NewRecordingBody,
  RecordingParams,
  Recordings,
  ReplayBody,
  ReplayReport,
  TestQuery,
} from '../capture-schemas.ts';
import type { ReplayDoor, ReplayOutcome } from '../replay.ts';
import { ReasonBody } from '../schemas.ts';

const tags = ['captures'];
const working = { permission: 'captures:work' as const };
/** A test is a conversation, not a day. */
const MOST_OF_A_TEST = 2_000;
/** Somebody waits for a replay; the command plays longer ones. */
const MOST_OF_A_REPLAY = 400;

/** Recordings of running copies, as `kalabarg capture` orders them: copies that share this data folder follow. */
export function captureRoutes(server: FastifyInstance, api: Api, data: string | undefined, replay: ReplayDoor): void {
  const folder = (): string => {
    if (data === undefined) throw new GatewayError('captures.none', 'This process has no data folder: nothing is recorded here.');
    return data;
  };
  server.get(
    '/captures',
    { config: working, schema: { summary: 'What is recorded now, and recordings, the newest first', tags, response: { 200: Recordings } } },
    () => seen(folder(), replay),
  );
  server.post<{ Body: NewRecordingBody }>(
    '/captures',
    { config: working, schema: { summary: 'Record terminals, or a share of new connections; it ends by itself', tags, body: NewRecordingBody, response: { 201: Recordings } } },
    (request, reply) => {
      const { terminals = [], share = 0, bank, minutes, maxMegabytes, reason } = request.body;
      if ((terminals.length > 0) === (share > 0))
        throw new GatewayError('captures.which', 'Name terminals, or give a share of new connections: one of them.');
      return api.change(request, reply, reason, async ({ db, by, now }): Promise<Changed> => {
        const running = readOrder(folder());
        if (running !== undefined && running.until > now)
          throw new GatewayError('captures.running', `${running.file} is being recorded: stop it first.`);
        await audit(db, by, { act: 'capture.started', object: 'capture', after: { terminals, share, bank, minutes } });
        beginRecording(folder(), { terminals, share, bank, maxBytes: maxMegabytes << 20, forMs: minutes * 60_000, now });
        return { status: 201, body: seen(folder(), replay) };
      });
    },
  );
  server.post<{ Body: ReasonBody }>(
    '/captures/stop',
    { config: working, schema: { summary: 'End the recording', tags, body: ReasonBody, response: { 200: Recordings } } },
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by }): Promise<Changed> => {
        const order = readOrder(folder());
        if (order === undefined) throw new GatewayError('captures.idle', 'Nothing is being recorded.');
        await audit(db, by, { act: 'capture.stopped', object: `capture:${order.file}` });
        removeOrder(folder());
        return { status: 200, body: seen(folder(), replay) };
      }),
  );
  frames(server, folder);
  replaying(server, api, folder, replay);
} // prettier-ignore

function seen(folder: string, { to }: ReplayDoor) {
  const order = readOrder(folder);
  return {
    replayTo: to === '' ? null : to,
    recording: order === undefined ? null : { ...order, until: new Date(order.until).toISOString() },
    items: listRecordings(folder)
      .slice(0, 500)
      .map((each) => ({ ...each, changedAt: new Date(each.changedAt).toISOString() })),
  };
}

function frames(server: FastifyInstance, folder: () => string): void {
  server.get<{ Params: RecordingParams; Querystring: FramesQuery }>(
    '/captures/:file',
    { config: working, schema: { summary: 'Its frames in their order, a page at a time: a sequence diagram', tags, params: RecordingParams, querystring: FramesQuery, response: { 200: Frames } } },
    async ({ params: { file }, query: { connection, cursor, limit } }) => {
      const from = Number(idAfter(cursor, '\\d{1,15}') ?? 0);
      const page = await framesFrom(folder(), file, { from, connection, limit });
      return { file, items: pictured(page.frames, file), next: page.next === undefined ? null : cursorAfter(String(page.next)) };
    },
  );
  server.get<{ Params: RecordingParams; Querystring: TestQuery }>(
    '/captures/:file/test',
    {
      config: working,
      schema: {
        summary: 'A regression test of it, sanitised once more: a file for test/captures, as `kalabarg capture to-test` writes it',
        tags,
        params: RecordingParams,
        querystring: TestQuery,
        response: { 200: { description: 'JSONL', content: { 'application/jsonl': { schema: { type: 'string' } } } } },
      },
    },
    async (request, reply) => {
      const { file } = request.params;
      const page = await framesFrom(folder(), file, { from: 0, connection: request.query.connection, limit: MOST_OF_A_TEST });
      if (page.frames.length === 0) throw new GatewayError('captures.empty', `${file} holds no frames of that connection.`);
      const { frames: sanitised } = sanitiseCapture({ frames: page.frames, notes: [] }, randomBytes(32));
      void reply.header('content-disposition', `attachment; filename="${file}"`).type('application/jsonl; charset=utf-8');
      return reply.send(sanitised.map(jsonLine).join(''));
    },
  );
} // prettier-ignore

function replaying(server: FastifyInstance, api: Api, folder: () => string, replay: ReplayDoor): void {
  server.post<{ Params: RecordingParams; Body: ReplayBody }>(
    '/captures/:file/replay',
    { config: working, schema: { summary: 'Play its terminals against the test gateway, and compare the answers field by field', tags, params: RecordingParams, body: ReplayBody, response: { 200: ReplayReport } } },
    async (request) => {
      const { file } = request.params;
      const { connection, reason } = request.body;
      const page = await framesFrom(folder(), file, { from: 0, connection, limit: MOST_OF_A_REPLAY });
      if (page.frames.length === 0) throw new GatewayError('captures.empty', `${file} holds no frames of that connection.`);
      // Told before it is played: whatever becomes of it, it was begun.
      const after = { to: replay.to, ...(connection === undefined ? {} : { connection }) };
      await transaction(api.people().pool, (db) => audit(db, api.byOf(request, reason), { act: 'capture.replayed', object: `capture:${file}`, after }));
      const cut = page.next === undefined ? [] : [`only the first ${page.frames.length} messages were played; kalabarg replay plays all`];
      return reported(file, replay.to, await replay.play(file, page.frames), cut);
    },
  );
} // prettier-ignore

function reported(file: string, to: string, { played, different, notes, tookMs }: ReplayOutcome, cut: readonly string[]): object {
  const items = played.map(({ number, title, connection, recordedMs = null, tookMs: took = null, differences }) => ({
    ...{ number, title, connection, recordedMs, tookMs: took },
    differences: differences.map(({ path, name, expected = null, actual = null }) => ({ path, name, expected, actual })),
  }));
  return { file, to, different, tookMs, notes: [...notes, ...cut], items };
} // prettier-ignore

/** Frames of one page, each request with its answer. */
function pictured(all: readonly CapturedFrame[], file: string): object[] {
  const codecs = new Codecs();
  const { exchanges, unmatched } = pairExchanges(all, codecs);
  const places = new Map(all.map((frame, place) => [frame, place]));
  const asked = new Map(exchanges.flatMap(({ request, answer }) => (answer === undefined ? [] : [[answer, request]])));
  const unanswered = new Set(exchanges.filter(({ answer }) => answer === undefined).map(({ request }) => request));
  const unasked = new Set(unmatched);
  return all.map((frame) => {
    const message = frame.body.length === 0 ? undefined : codecs.decode(frame);
    const { from, dialect, mti, hex, fields } = shownFrame(frame, message, file);
    const request = asked.get(frame);
    const bank = from === 'bank' || dialect === 'bank-switch';
    const alive = frame.body.length === 0;
    return {
      ...{ at: new Date(frame.at).toISOString(), from, to: from === 'gateway' ? (bank ? 'bank' : 'terminal') : 'gateway' },
      ...{ connection: frame.connection, dialect, mti, hex, fields },
      answers: request === undefined ? null : (places.get(request) ?? null),
      tookMs: request === undefined ? null : Math.round((frame.at - request.at) * 1_000) / 1_000,
      note: alive ? 'keep-alive' : message === undefined ? 'undecodable' : unanswered.has(frame) ? 'unanswered' : unasked.has(frame) ? 'unasked' : null,
    };
  });
} // prettier-ignore
